#!/bin/bash
# ./dev bench sandbox [SECONDS [ROUNDS]]: how long good events wait while attacks run, against none, in phases of 8 s in
# turns, seven of each; what counts is the median of their p99s. One host, two judges; good
# contacts of one account at 100/s in every phase, and in every other phase 20 attacks/s on verticals of another that were
# activated just before, so that what it takes until they are parked counts too. Waiting is from the acceptance of the
# webhook to the stored decision, by the database's time stamps.
set -euo pipefail
cd "$(dirname "$0")/../../.."
for tool in node lua5.4 openssl psql "${MOONSIFT_BIN:=build/release/moonsift}"; do
    command -v "$tool" >/dev/null ||
        { echo "bench sandbox: $tool is missing; ./dev bench sandbox installs and builds what it needs" >&2; exit 2; }
done
export MOONSIFT_BIN
exec lua5.4 spec/bench/sandbox/bench.lua "${1:-8}" "${2:-7}"
