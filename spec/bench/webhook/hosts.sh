#!/bin/bash
# Starting the hosts of run.sh, loading them with wrk, and reading what that cost. Sourced; $work, $root and so on are run.sh's.
# shellcheck shell=bash disable=SC2034,SC2154

declare -A pid_of port_of number_of answered_of # by row

free_port() {
    local port hex
    for port in $(shuf -i 20000-32000 -n 50); do
        printf -v hex ':%04X ' "$port"
        grep -q "^ *[0-9]*: [0-9A-F]*$hex" /proc/net/tcp /proc/net/tcp6 2>/dev/null || { echo "$port"; return; }
    done
}

# ---- processes ------------------------------------------------------------------------------------

tree() {
    local p child
    for p; do
        echo "$p"
        for child in $(cat /proc/"$p"/task/*/children 2>/dev/null); do tree "$child"; done
    done
}

# ms_of_cpu PID...: milliseconds of CPU time so far, of children that have ended, too
ms_of_cpu() {
    local p
    for p; do cat "/proc/$p/stat" 2>/dev/null || true; done |
        sed 's/.*) //' | awk -v hz="$(getconf CLK_TCK)" '{ s += $12 + $13 + $14 + $15 } END { printf "%d", s * 1000 / hz }'
}

# private_kb PID...: memory that no other process shares
private_kb() {
    local p
    for p; do cat "/proc/$p/smaps_rollup" 2>/dev/null || true; done | awk '/^Private_/ { s += $2 } END { printf "%d", s }'
}

# The most of several looks while a file is there.
watch_memory() {
    local most=0 now
    while [ -e "$work/watching" ]; do
        # shellcheck disable=SC2046
        now=$(private_kb $(tree "$1"))
        [ "$now" -le "$most" ] || most=$now
        echo "$most" >"$work/memory"
        sleep 0.3
    done
}

# ---- start and stop -------------------------------------------------------------------------------

# start ROW: in the background; false when nothing listens within 30 s
start() {
    local row=$1 i
    port_of[$row]=$(free_port) number_of[$row]=0 answered_of[$row]=0
    if [ "$row" = moonsift ]; then
        sed -i "s/^listen:.*/listen: 127.0.0.1:${port_of[$row]}/" "$work/moonsift.yaml"
        "$bin" --config "$work/moonsift.yaml" serve >"$work/log.$row" 2>&1 </dev/null &
    else
        SECRET=$secret HOOK=/hooks/chatwoot PGDATABASE=$row NODE_PATH=$peers/node_modules \
            node server.js "$row" "${port_of[$row]}" >"$work/log.$row" 2>&1 </dev/null &
    fi
    pid_of[$row]=$!
    for ((i = 0; i < 300; i++)); do
        kill -0 "${pid_of[$row]}" 2>/dev/null || return 1
        if answers "$row"; then return; fi
        sleep 0.1
    done
    return 1
}

answers() {
    if [ "$1" = moonsift ]; then
        curl -fs -m 2 -o "$work/ready" "http://127.0.0.1:${port_of[$1]}/readyz"
    else
        (exec 3<>"/dev/tcp/127.0.0.1/${port_of[$1]}") 2>/dev/null
    fi
}

stop() {
    [ -n "${pid_of[$1]-}" ] || return 0
    kill "${pid_of[$1]}" 2>/dev/null || true
    wait "${pid_of[$1]}" 2>/dev/null || true
    unset "pid_of[$1]"
}

# ---- one run --------------------------------------------------------------------------------------

# load_host ROW CONNECTIONS SECONDS: wrk's RESULT line, see wrk.lua
load_host() {
    SECRET=$secret HOOK=/hooks/chatwoot REQUESTS=$work/requests CONTACTS=$contacts FROM=${number_of[$1]} \
        timeout $(($3 + 20)) wrk -t1 -c"$2" -d"$3"s --timeout 10s -s wrk.lua "http://127.0.0.1:${port_of[$1]}" 2>>"$work/log.$1" |
        grep '^RESULT' || echo 'RESULT 0 0 0 0 0 0 0 0'
}

# drain ROW: until nothing waits, for 15 s at most; seconds
drain() {
    local from now
    from=$(date +%s.%N)
    now=$from
    while [ "$(waiting "$1")" != 0 ] && awk "BEGIN { exit !($now - $from < 15) }"; do
        sleep 0.1
        now=$(date +%s.%N)
    done
    awk "BEGIN { printf \"%.1f\", $now - $from }"
}

# measure ROW CONNECTIONS SECONDS: appends to $work/figures.ROW.CONNECTIONS: events/s, answers/s, p50, p99 of the answer, p99 until
# decided, backlog at the end, seconds until it is gone, errors, host CPU ms per event, CPU of the database (% of a core), private MB
# shellcheck disable=SC2046
measure() {
    local row=$1 cpu0 cpu1 db0 db1 drained watcher
    [ -n "${pid_of[$row]-}" ] || return 0
    echo 0 >"$work/memory"
    touch "$work/watching"
    watch_memory "${pid_of[$row]}" &
    watcher=$!
    cpu0=$(ms_of_cpu $(tree "${pid_of[$row]}")) db0=$(ms_of_cpu $(tree "$postmaster"))
    read -r _ rate p50 p99 errors answered number from to < <(load_host "$row" "$2" "$3")
    db1=$(ms_of_cpu $(tree "$postmaster"))
    rm "$work/watching"
    drained=$(drain "$row")
    cpu1=$(ms_of_cpu $(tree "${pid_of[$row]}"))
    wait "$watcher"
    [ "$answered" -gt 0 ] || return 0
    number_of[$row]=$number
    answered_of[$row]=$((answered_of[$row] + answered))
    read -r decided stored all slowest < <(brought "$row" "$from" "$to")
    awk -v decided="$decided" -v stored="$stored" -v all="$all" -v cpu="$((cpu1 - cpu0))" -v db="$((db1 - db0))" \
        -v kb="$(cat "$work/memory")" -v rest="$rate $p50 $p99 $slowest $((stored - decided)) $drained $errors" \
        -v from="$from" -v to="$to" 'BEGIN { s = to - from
        printf "%.0f %s %.3f %.0f %.1f\n", decided / s, rest, cpu / (all ? all : 1), db / s / 10, kb / 1024 }' \
        >>"$work/figures.$row.$2"
}

# limit NAME EVENTS_A_COMMIT CLIENTS FILE SECONDS: appends to $work/figures.NAME.CLIENTS: events/s, then the median of the latency, ms
limit() {
    local out
    rm -f "$work"/pgbench.*
    out=$(timeout $(($5 + 20)) pgbench -n -T "$5" -M prepared -c "$3" -D contacts="$contacts" -f "$4" \
        -l --log-prefix "$work/pgbench" limits 2>>"$work/log.limits") || return 0
    echo "$out" | awk -v n="$2" -v ms="$(cat "$work"/pgbench.* | awk '{ print $3 / 1000 }' | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }')" \
        '/^tps/ { printf "%.0f %.2f\n", $3 * n, ms }' >>"$work/figures.$1.$3"
}
