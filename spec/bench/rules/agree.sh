#!/bin/bash
# usage: spec/bench/rules/agree.sh [CONTACTS] [SEED...]   the check lines of the three verticals, and of recruitment written
# in functions: moonsift's decisions and the JavaScript peers' must have the same md5, for contacts as gen.js makes them and
# for the same contacts spelled otherwise. Seeds are 1, 2, 3 unless given. MOONSIFT_BIN is the program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
bin=${MOONSIFT_BIN:-$root/build/release/moonsift}
n=${1:-100000}
[ $# -gt 1 ] || set -- "$n" 1 2 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

md5() { md5sum | cut -c1-32; }

# agree FILE PEER's_VERTICAL FOLDER VERTICAL
agree() {
    local theirs ours
    theirs=$(node "$here/bench.js" "$1" check "$2" | md5)
    ours=$(MOONSIFT_RULES_DIR=$3 "$bin" evaluate "$4" --at 2025-02-01 --jobs 2 <"$1" | node "$here/check_line.js" | md5)
    printf '%-24s %-14s %s %s\n' "$4" "${1##*/}" "$ours" "$theirs"
    [ "$ours" = "$theirs" ]
}

for seed in "${@:2}"; do
    for vertical in recruitment ecommerce business_setup; do
        node "$here/gen.js" "$seed" "$n" "$vertical" >"$work/seed-$seed"
        node "$here/respell.js" "$seed" <"$work/seed-$seed" >"$work/respelled-$seed"
        for file in "$work/seed-$seed" "$work/respelled-$seed"; do
            agree "$file" "$vertical" "$root/scripts" "$vertical"
            [ "$vertical" != recruitment ] || agree "$file" recruitment "$here" recruitment_functions
        done
    done
done
