#!/bin/bash
# shellcheck disable=SC1091,SC2154 # what database.sh and hosts.sh set
# ./dev bench webhook [SECONDS] [ROUNDS]: signed Chatwoot webhooks into `moonsift serve` and into hosts that people write
# (server.js), and what the database itself can take, on one private PostgreSQL that is durable to disk. All hosts run at
# once and are loaded in turn, so that whatever else the machine does meets all of them. A row that fails says why.
# PEERS='batch' takes only that one along; STATEMENTS=1 also prints which of moonsift's statements took the database's time;
# SHOW=1 also prints the contacts that differ from a serial run. INDEXES=all|none: see database.sh.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
bin=${MOONSIFT_BIN:-$root/build/release/moonsift}
seconds=${1:-3}
rounds=${2:-3}
peers=$root/build/bench/webhook-peers
contacts=50000
secret=bench-secret-0123456789
names=${PEERS-steps cte batch} # of server.js
TODAY=$(date -u +%F) # what the rules' clock says, to all rows
export TODAY

for tool in node wrk psql pgbench curl "$bin"; do
    command -v "$tool" >/dev/null ||
        { echo "bench webhook: $tool is missing; ./dev bench webhook installs and builds what it needs" >&2; exit 2; }
done

# shellcheck source=database.sh
. ./database.sh
# shellcheck source=hosts.sh
. ./hosts.sh
work=$(mktemp -d /tmp/msXXXXXX)
the_end() {
    local row
    rm -f "$work/watching"
    for row in "${!pid_of[@]}"; do stop "$row"; done
    cluster_stop
    rm -rf "$work"
}
trap the_end EXIT
trap 'exit 130' INT TERM

# ---- what is needed -------------------------------------------------------------------------------

prepare() {
    local owner=() three='1: { vertical: recruitment }, 2: { vertical: ecommerce }, 3: { vertical: business_setup }'
    [ "$(id -u)" -ne 0 ] || owner=(-o moonsift -g moonsift)
    chmod 711 "$work"
    install -d "${owner[@]}" -m 700 "$work/pg" "$work/spool"
    (umask 077; echo "$secret" >"$work/secret")
    cat >"$work/moonsift.yaml" <<YAML
listen: 127.0.0.1:8080
embedded: { dir: $work/pg }
accounts: { $three }
sources: { chatwoot: { kind: chatwoot, secret_file: $work/secret } }
spool: { dir: $work/spool }
rules: { dir: $root/scripts }
YAML
    node gen.js contacts "$contacts" >"$work/contacts"
    node gen.js requests 20000 >"$work/requests"
}

# The npm packages of peers/, in the build folder: installed again when the list has changed.
install_peers() {
    command -v npm >/dev/null || { echo 'npm is missing' >&2; return 1; }
    ! cmp -s peers/package-lock.json "$peers/installed" || return 0
    rm -rf "$peers" && mkdir -p "$peers" &&
        cp peers/package.json peers/package-lock.json peers/.npmrc "$peers" &&
        (cd "$peers" && timeout 120 npm install >&2) && cp peers/package-lock.json "$peers/installed"
}

# why FILE: the line that says what went wrong, else the last one
why() { { grep -v '^npm warn' "$1" | grep -m1 -i error || grep . "$1" | tail -1; } | cut -c1-120 || true; }

start_all() {
    local row
    install_peers >"$work/log.npm" 2>&1 || { echo "peers are left out: $(why "$work/log.npm")"; names=; }
    # shellcheck disable=SC2086
    databases $names limits >"$work/log.db" 2>&1 || { echo "the databases could not be made: $(why "$work/log.db")"; exit 1; }
    for row in $names moonsift; do
        start "$row" || { echo "$row does not start: $(why "$work/log.$row")"; stop "$row"; continue; }
        load_host "$row" 64 1 >"$work/warm" # connections, plans and the JIT of node
        read -r _ _ _ _ _ answered_of["$row"] number_of["$row"] _ <"$work/warm"
        drain "$row" >"$work/warm"
    done
}

# ---- all rows -------------------------------------------------------------------------------------

# What the database did for moonsift at 64 connections.
statements() {
    echo "moonsift's statements at 64 connections: ms in all, calls, ms a call, rows a call"
    sql -d moonsift -F '  ' -c "SELECT round(total_exec_time)::text, calls, round((total_exec_time / calls)::numeric, 2),
        round(rows / calls::numeric), left(regexp_replace(query, '\\s+', ' ', 'g'), 110) FROM pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = 'moonsift') ORDER BY total_exec_time DESC LIMIT 25"
}

measure_all() {
    local round row
    [ -z "${STATEMENTS-}" ] || sql -d moonsift -c 'SELECT pg_stat_statements_reset()' >"$work/reset"
    for ((round = 0; round < rounds; round++)); do
        for row in $names moonsift; do measure "$row" 64 "$seconds"; done
        limit unnest 256 2 limit_batch.sql "$seconds"
    done
    [ -z "${STATEMENTS-}" ] || statements >"$work/statements"
    for row in $names moonsift; do measure "$row" 1 "$seconds"; done
    limit single 1 1 limit_single.sql "$seconds"
    for row in $names moonsift; do measure "$row" 256 "$seconds"; done
}

# figure NAME COLUMN: the median of a column of $work/figures.NAME, or "-"
figure() {
    [ -s "$work/figures.$1" ] || { echo -; return; }
    awk -v c="$2" '{ print $c }' "$work/figures.$1" | sort -g | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}

line() { printf '%-26s %5s %8s %9s %8s %8s %9s %8s %7s %6s %9s %6s %8s\n' "$@"; }

table() {
    local row count c columns
    line host conns events/s answers/s p50_ms p99_ms decided99 backlog drain_s errors cpu_ms/ev db_cpu priv_MB
    for count in 64 1 256; do
        for row in $names moonsift; do
            columns=()
            for c in 1 2 3 4 5 6 7 8 9 10 11; do columns+=("$(figure "$row.$count" "$c")"); done
            line "$row" "$count" "${columns[@]}"
        done
    done
    line 'limit: unnest, 256 a commit' 2 "$(figure unnest.2 1)" - "$(figure unnest.2 2)" - - - - - - - -
    line 'limit: one a commit' 1 "$(figure single.1 1)" - "$(figure single.1 2)" - - - - - - - -
}

check_all() {
    local row said
    all_same=-
    for row in $names moonsift; do
        [ -n "${pid_of[$row]-}" ] || continue
        said=$(serial "$row" "${answered_of[$row]}" 2>&1) || said="not checked: $(echo "$said" | tail -1)"
        echo "against a serial run, $row: $said"
        [ "$row" != moonsift ] || case $said in same*) all_same=1 ;; DIFFERS*) all_same=0 ;; esac
    done
    [ -z "${pid_of[moonsift]-}" ] ||
        sql -d moonsift -c "SELECT string_agg(n || ' ' || status, ', ' ORDER BY n DESC) FROM
            (SELECT status, count(*) AS n FROM moonsift.outcome GROUP BY 1) s" | sed 's/^/moonsift ended them as: /'
}

# ratio NAME A B MUST AIM [most]: A / B must be at least MUST; with "most", at most
ratio() {
    awk -v name="$1" -v a="$2" -v b="$3" -v must="$4" -v aim="$5" -v most="${6-}" 'BEGIN {
        known = a ~ /^[0-9.]+$/ && b ~ /^[0-9.]+$/ && b > 0
        value = known ? a / b : 0
        good = most != "" ? value <= must : value >= must
        sign = most != "" ? "<=" : ">="
        printf "RATIO %s %s must %s%s aim %s%s target %s\n", name, known ? sprintf("%.2f", value) : "-",
            sign, must, sign, aim, known && good ? "ok" : "SHORT"
    }'
}

prepare
cluster_start >"$work/log.db" 2>&1 || { echo "no database: $(why "$work/log.db")"; exit 1; }
start_all
measure_all
echo "recruitment v1, $contacts contacts, $rounds x $seconds s at 64 connections (medians), $seconds s at 1 and 256; node $(node --version), PostgreSQL $(sql -d moonsift -c 'SHOW server_version' | cut -d' ' -f1), $(nproc) cores"
table
check_all
[ -z "${STATEMENTS-}" ] || cat "$work/statements"

echo
ms=moonsift.64
ratio decided_vs_batch "$(figure $ms 1)" "$(figure batch.64 1)" 1.5 3
ratio decided_vs_cte "$(figure $ms 1)" "$(figure cte.64 1)" 2.3 5
ratio decided_vs_steps "$(figure $ms 1)" "$(figure steps.64 1)" 4 9
ratio share_of_unnest_ceiling "$(figure $ms 1)" "$(figure unnest.2 1)" 0.3 0.6
ratio p99_answer_vs_batch "$(figure $ms 4)" "$(figure batch.64 4)" 0.6 0.3 most
ratio p99_decided_vs_batch "$(figure $ms 5)" "$(figure batch.64 4)" 1.0 0.6 most
ratio p50_one_connection_vs_pgbench "$(figure moonsift.1 3)" "$(figure single.1 2)" 2 1.3 most
ratio host_cpu_per_event_vs_cte "$(figure $ms 9)" "$(figure cte.64 9)" 0.4 0.15 most
ratio private_MB_256_connections "$(figure moonsift.256 11)" 1 60 30 most
ratio backlog_seconds "$(figure $ms 6)" "$(figure $ms 1)" 1 1 most
ratio same_as_serial "$all_same" 1 1 1
