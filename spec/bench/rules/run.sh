#!/bin/bash
# ./dev bench rules [CONTACTS]: recruitment v1, contacts per CPU second on one core, moonsift beside its peers. "decisions"
# starts from attributes in memory, "json" is one JSON line in, one out. All rows in one run; each is the median of three
# passes after a warm-up, and counts only if its check lines are JavaScript's. A peer that is not there says why.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
bin=${MOONSIFT_BIN:-$root/build/release/moonsift}
bench=${bin%/*}/bench/rules_bench
n=${1:-50000}
checked=20000 # contacts whose check lines are compared
slow=10000    # contacts for peers that are slow
peers=$root/build/bench/rules-peers

for tool in node lua5.4 "$bin" "$bench"; do
    command -v "$tool" >/dev/null ||
        { echo "bench rules: $tool is missing; ./dev bench rules installs and builds what it needs" >&2; exit 2; }
done
lua5.4 -e 'require "cjson"' 2>/dev/null ||
    { echo "bench rules: Lua has no cjson; install lua-cjson" >&2; exit 2; }

[ "$n" -ge 20000 ] ||
    echo 'bench rules: with fewer than 20,000 contacts JavaScript is not warm, and ratios to it say nothing' >&2

# shellcheck source=sql.sh
. ./sql.sh
work=$(mktemp -d)
trap 'sql_stop; rm -rf "$work"' EXIT
core=$(($(nproc) - 1)) pin=()
! taskset -c $core true 2>/dev/null || pin=(taskset -c $core)

node gen.js 1 "$n" >"$work/contacts"
head -n "$checked" "$work/contacts" >"$work/checked"
head -n "$slow" "$work/contacts" >"$work/slow"

# ---- figures and their table --------------------------------------------------------------------

declare -A decisions json # by peer
all_same=1

# figure COMMAND...: what it prints, or "-" when it fails; why stands in $work/why then
figure() { "${pin[@]}" "$@" 2>"$work/why" || echo -; }
md5() { md5sum | cut -c1-32; }
want() { node bench.js "$work/$1" check | md5; }
want_checked=$(want checked) want_slow=$(want slow)

# row PEER TITLE MD5 OF ITS LINES WANTED
row() {
    local lines=same
    [ "$3" = "$4" ] || { lines=DIFFERENT; all_same=0; }
    printf '%-30s %12s %12s  %s\n' "$2" "${decisions[$1]}" "${json[$1]:--}" "$lines"
}

# missing PEER TITLE WHY
missing() {
    decisions[$1]=- json[$1]=-
    printf '%-30s %12s %12s  %s\n' "$2" - - "not here: ${3:-it did not start}"
}
why() { grep -v '^npm warn' "$work/why" | head -1 | cut -c1-60; }

# ---- peers ----------------------------------------------------------------------------------------

javascript() {
    decisions[js]=$(figure node bench.js "$work/contacts" eval)
    json[js]=$(figure node bench.js "$work/contacts" json)
    row js 'plain JavaScript' "$want_checked" "$want_checked"
}

# lua INTERPRETER STYLE TITLE
lua() {
    local peer=$1-$2
    if ! "$1" -e 'require "cjson"' 2>"$work/why"; then
        missing "$peer" "$3" "$(why)"
        return
    fi
    decisions[$peer]=$(figure "$1" bench.lua "$work/contacts" eval "$2")
    json[$peer]=$(figure "$1" bench.lua "$work/contacts" json "$2")
    row "$peer" "$3" "$("$1" bench.lua "$work/checked" check "$2" | md5)" "$want_checked"
}

# The npm packages of peers/, in the build folder: installed again when the list has changed. (`npm ci` wants the packages
# of all platforms in the list.)
install_engines() {
    command -v npm >/dev/null || { echo 'npm is missing' >&2; return 1; }
    ! cmp -s peers/package-lock.json "$peers/installed" || return 0
    rm -rf "$peers" && mkdir -p "$peers" &&
        cp peers/package.json peers/package-lock.json peers/.npmrc "$peers" &&
        (cd "$peers" && timeout 120 npm install >&2) && cp peers/package-lock.json "$peers/installed"
}

# engine NAME TITLE
engine() {
    if ! NODE_PATH=$peers/node_modules node engines.js "$work/slow" check "$1" >"$work/lines" 2>"$work/why"; then
        missing "$1" "$2" "$(why)"
        return
    fi
    export NODE_PATH=$peers/node_modules
    decisions[$1]=$(figure node engines.js "$work/slow" eval "$1")
    json[$1]=$(figure node engines.js "$work/slow" json "$1")
    row "$1" "$2" "$(md5 <"$work/lines")" "$want_slow"
}

engines() {
    if install_engines 2>"$work/why"; then
        engine zen '@gorules/zen-engine'
        engine jre json-rules-engine
    else
        missing zen '@gorules/zen-engine' "$(why)"
        missing jre json-rules-engine "$(why)"
    fi
}

postgres() {
    local sum='sum(p), sum(cardinality(labels) + cardinality(fired)), sum(length(attrs::text))'
    if ! { sql_start && sql_load "$work/slow"; } >"$work/why" 2>&1; then
        missing sql 'SQL, select' "$(why)"
        return
    fi
    decisions[sql]=$(sql_rate "SELECT $sum FROM scored" 2>"$work/why" || echo -)
    row sql 'SQL, select' "$(sql_lines 'SELECT id, line FROM check_line')" "$want_slow"
    if ! sql_pllua >"$work/why" 2>&1; then
        missing pllua 'Lua 5.4 inside PostgreSQL' "$(why)"
        return
    fi
    decisions[pllua]=$(sql_rate 'SELECT sum(length(judge_pllua(a)::text)) FROM src' 2>"$work/why" || echo -)
    row pllua 'Lua 5.4 inside PostgreSQL' \
        "$(sql_lines 'SELECT id, line_pllua(id, a) AS line FROM src')" "$want_slow"
}

# ---- moonsift -------------------------------------------------------------------------------------

# ours PEER TITLE FOLDER VERTICAL
ours() {
    decisions[$1]=$(figure "$bench" "$work/contacts" eval "$3" "$4")
    json[$1]=$(figure "$bench" "$work/contacts" json "$3" "$4")
    row "$1" "$2" "$(MOONSIFT_RULES_DIR=$3 "$bin" evaluate "$4" --at 2025-02-01 <"$work/checked" |
        node check_line.js | md5)" "$want_checked"
}

explained() {
    decisions[explain]=$(figure "$bench" "$work/contacts" explain "$root/scripts")
    json[explain]=-
    row explain 'moonsift, all explained' same same
}

# ---- against the bar ------------------------------------------------------------------------------

# ratio NAME FIGURE OF PEER's_FIGURE MUST AIM
ratio() {
    awk -v name="$1" -v a="$2" -v b="$3" -v must="$4" -v aim="$5" 'BEGIN {
        known = a ~ /^[0-9.]+$/ && b ~ /^[0-9.]+$/ && b > 0
        value = known ? a / b : 0
        text = known ? sprintf(b == 1 ? "%.0f" : "%.2f", value) : "-"
        state = known && value >= must ? "ok" : "SHORT"
        printf "RATIO %s %s must %s aim %s target %s\n", name, text, must, aim, state
    }'
}

best_engine() { printf '%s\n' "${decisions[zen]}" "${decisions[jre]}" | sort -n | tail -1; }

echo "recruitment v1, $n contacts, per CPU second; node $(node --version), $(lua5.4 -v | cut -d' ' -f1,2)"
printf '%-30s %12s %12s  %s\n' peer decisions/s json/s 'check line'
javascript
lua lua5.4 flat 'Lua 5.4, one function'
lua lua5.4 table 'Lua 5.4, table of rules'
lua luajit flat 'LuaJIT, one function'
lua luajit table 'LuaJIT, table of rules'
engines
postgres
ours declared 'moonsift' "$root/scripts" recruitment
ours functions 'moonsift, rules as functions' "$root/spec/bench/rules" recruitment_functions
explained

echo
ratio decisions_vs_js "${decisions[declared]}" "${decisions[js]}" 1.0 4
ratio decisions_vs_zen "${decisions[declared]}" "${decisions[zen]}" 1.0 100
ratio custom_vs_lua_table "${decisions[functions]}" "${decisions[lua5.4-table]}" 2.5 4
ratio custom_vs_best_engine "${decisions[functions]}" "$(best_engine)" 15 15
ratio json_vs_js "${json[declared]}" "${json[js]}" 1.0 3
ratio json_vs_zen "${json[declared]}" "${json[zen]}" 10 10
ratio explain_per_second "${decisions[explain]}" 1 50000 200000
ratio check_line_same "$all_same" 1 1 1
