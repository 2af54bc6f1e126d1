#!/bin/sh
# usage: spec/bench/rules/agree.sh [CONTACTS]   the check line of recruitment for seeds 1, 2, 3: moonsift's
# decisions and the JavaScript peer's must have the same md5. MOONSIFT_BIN is the program.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${MOONSIFT_BIN:-$here/../../../build/release/moonsift}
contacts=$(mktemp)
trap 'rm -f "$contacts"' EXIT
for seed in 1 2 3; do
  node "$here/gen.js" "$seed" "${1:-100000}" > "$contacts"
  ours=$("$bin" evaluate recruitment --at 2025-02-01 < "$contacts" | node "$here/check_line.js" | md5sum)
  theirs=$(node "$here/bench.js" "$contacts" check js | md5sum)
  echo "seed $seed: $ours $theirs"
  [ "$ours" = "$theirs" ]
done
