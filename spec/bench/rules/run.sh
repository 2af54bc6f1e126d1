#!/bin/bash
# ./dev bench rules [CONTACTS]: recruitment v1, contacts per CPU second on one core: plain JavaScript, plain Lua
# (one function, and a table of rules), moonsift. "decisions" starts from attributes in memory, "json" is one
# JSON line in, one out. All rows in one run; a row counts only if its check lines are those of JavaScript.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
bin=${MOONSIFT_BIN:-$root/build/release/moonsift}
bench=${bin%/*}/bench/rules_bench
n=${1:-50000}
checked=20000

for tool in node lua5.4 "$bin" "$bench"; do
    command -v "$tool" >/dev/null ||
        { echo "bench rules: $tool is missing; ./dev bench rules installs and builds what it needs" >&2; exit 2; }
done
lua5.4 -e 'require "cjson"' 2>/dev/null ||
    { echo "bench rules: Lua has no cjson; install lua-cjson" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pin=()
! taskset -c 0 true 2>/dev/null || pin=(taskset -c $(($(nproc) - 1)))

node gen.js 1 "$n" >"$work/contacts.jsonl"
head -n "$checked" "$work/contacts.jsonl" >"$work/checked.jsonl"

md5() { md5sum | cut -c1-32; }
want=$(node bench.js "$work/checked.jsonl" check | md5)
same() { if [ "$1" = "$want" ]; then echo same; else echo DIFFERENT; fi; }
ours=$("$bin" evaluate recruitment --at 2025-02-01 <"$work/checked.jsonl" | node check_line.js | md5)

row() { printf '%-26s %12s %12s  %s\n' "$@"; }
rate_js() { "${pin[@]}" node bench.js "$work/contacts.jsonl" "$1"; }
rate_lua() { "${pin[@]}" lua5.4 bench.lua "$work/contacts.jsonl" "$1" "$2"; }
check_lua() { lua5.4 bench.lua "$work/checked.jsonl" check "$1" | md5; }
rate_ours() { "${pin[@]}" "$bench" "$work/contacts.jsonl" "$1" "$root/scripts"; }

echo "recruitment v1, $n contacts, per CPU second; check lines of $((n < checked ? n : checked)) contacts"
row peer decisions/s json/s 'check line'
js_eval=$(rate_js eval) js_json=$(rate_js json)
row 'plain JavaScript' "$js_eval" "$js_json" "$(same "$want")"
for style in flat table; do
    lua_eval=$(rate_lua eval $style) lua_json=$(rate_lua json $style)
    row "Lua 5.4, $style" "$lua_eval" "$lua_json" "$(same "$(check_lua $style)")"
done
our_eval=$(rate_ours eval) our_json=$(rate_ours json)
row moonsift "$our_eval" "$our_json" "$(same "$ours")"

ratio() { awk -v name="$1" -v a="$2" -v b="$3" -v must="$4" 'BEGIN { printf "RATIO %s %.2f %s\n", name, a / b, must }'; }
echo
ratio decisions_vs_js "$our_eval" "$js_eval" 1.0
ratio json_vs_js "$our_json" "$js_json" 1.0
ratio decisions_vs_lua_table "$our_eval" "$lua_eval" 2.5
echo "RATIO check_line_same $(if [ "$(same "$ours")" = same ]; then echo 1; else echo 0; fi) 1"
