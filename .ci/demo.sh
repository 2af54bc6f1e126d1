# ./dev demo: the main job on a database of its own, in a folder that goes away. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154 # ROOT is of ./dev, colours of lib.sh

demo() {
    local once=$1
    program=$ROOT/build/release/moonsift
    folder=$(mktemp -d "${TMPDIR:-/tmp}/moonsift-demo.XXXXXX")
    host_pid=
    trap demo_end EXIT
    trap 'exit 130' INT TERM
    demo_files
    demo_start
    if [ "$once" = yes ]; then
        demo_once
    else
        demo_stay
    fi
}

demo_files() {
    mkdir -m 0700 "$folder/data"
    port=$(free_port)
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$folder/secret"
    chmod 0600 "$folder/secret"
    cat >"$folder/moonsift.yaml" <<YAML
listen: 127.0.0.1:$port
embedded: { dir: $folder/data }
accounts: { 1: { vertical: recruitment, inboxes: { 4: none } } }
sources: { chatwoot: { kind: chatwoot, secret_file: $folder/secret } }
rules: { dir: $ROOT/scripts }
YAML
    # The host drops to this user, which must reach its data; it reads the rest before.
    if [ "$(id -u)" -eq 0 ]; then
        chmod 0711 "$folder"
        chown moonsift: "$folder/data"
    fi
}

free_port() {
    local port hex
    for port in $(shuf -i 20000-32000 -n 50); do
        printf -v hex ':%04X ' "$port"
        ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*$hex" || continue
        echo "$port"
        return
    done
    die "no free port between 20000 and 32000"
}

ms() { "$program" --config "$folder/moonsift.yaml" "$@"; }

demo_start() {
    say "starting moonsift serve with a PostgreSQL of its own in $folder"
    "$program" --config "$folder/moonsift.yaml" serve --migrate >"$folder/log" 2>&1 </dev/null &
    host_pid=$!
    local i
    for ((i = 0; i < 300; i++)); do
        if curl -fs -m 2 "http://127.0.0.1:$port/readyz" >/dev/null 2>&1; then return; fi
        kill -0 "$host_pid" 2>/dev/null || break
        sleep 0.1
    done
    cat "$folder/log" >&2
    die "the host did not get ready" "the reason stands above"
}

demo_stay() {
    tail -n +1 -f "$folder/log" &
    tail_pid=$!
    cat <<TEXT

The host listens on http://127.0.0.1:$port. In another terminal:

  cd $ROOT
  examples/webhooks/send http://127.0.0.1:$port/hooks/chatwoot $folder/secret examples/webhooks/01_noor_website_form.json
  build/release/moonsift --config $folder/moonsift.yaml deliveries list
  build/release/moonsift --config $folder/moonsift.yaml explain noor.dewit@mail.example

Ctrl-C stops it and removes $folder.

TEXT
    wait "$host_pid" || true
}

demo_end() {
    local code=$?
    trap - EXIT INT TERM
    [ -z "${tail_pid-}" ] || kill "$tail_pid" 2>/dev/null || true
    if [ -n "$host_pid" ] && kill -TERM "$host_pid" 2>/dev/null; then wait "$host_pid" || code=$?; fi
    ms db stop >/dev/null 2>&1 || true # at once, not after its second of grace
    rm -rf "$folder"
    exit "$code"
}

# demo_send NAME NOTE [SECRET_FILE [DELIVERY]]: one webhook, one line with its answer.
demo_send() {
    local name=$1 note=$2 secret=${3-$folder/secret} delivery=${4-demo-$1} answer
    answer=$(examples/webhooks/send "http://127.0.0.1:$port/hooks/chatwoot" "$secret" \
        "examples/webhooks/$name.json" "$delivery")
    printf '  %-28s %-28s -> %s\n' "$name" "$note" "$answer"
}

demo_once() {
    demo_webhooks
    demo_wait
    echo
    say "what became of each delivery, newest first: moonsift deliveries list"
    ms deliveries list
    local contact
    echo
    say "and why: moonsift explain CONTACT (here without the rules that did not fire)"
    for contact in noor.dewit@mail.example luca@ferri.example amara@osei.example +31600000104 \
        ines.moreau@mail.example tom@becker.example; do
        demo_explain "$contact"
    done
    echo
    say "a customer of the shop, no job seeker: stored, and not judged as one"
    demo_explain mike@example.com
    echo
    say "stopping"
}

demo_webhooks() {
    local file name
    say "sending the webhooks of examples/webhooks, signed as Chatwoot signs them"
    for file in examples/webhooks/*.json; do
        name=${file##*/}
        demo_send "${name%.json}" ""
    done
    echo "not the right secret" >"$folder/wrong"
    demo_send 01_noor_website_form "with a wrong signature" "$folder/wrong" demo-wrong
    demo_send 01_noor_website_form "the same delivery again"
}

# Deliveries are answered when they are stored, and judged a moment later.
demo_wait() {
    local i
    for ((i = 0; i < 100; i++)); do
        [ -n "$(ms deliveries list --status waiting --jsonl)" ] || return 0
        sleep 0.1
    done
    cat "$folder/log" >&2
    die "deliveries are still waiting after 10 s" "the host's log stands above"
}

# Header, score, and the rules that fired: with points, with a label, or "then".
demo_explain() {
    echo
    ms explain "$1" | grep -E '^([^ ?-]| +[+-][0-9]+ | +0 .*→)' || die "moonsift explain $1 failed"
}
