#!/bin/bash
# The databases of run.sh: one private PostgreSQL (moonsift's embedded one, in a folder of its own), in it a database for each
# row, all with the same contacts. Sourced; $work, $bin, $root are run.sh's.
# shellcheck shell=bash disable=SC2034,SC2154

ms() { "$bin" --config "$work/moonsift.yaml" "$@"; }
sql() { psql -X -q -At -F $'\t' -v ON_ERROR_STOP=1 "$@"; }

# What every row gets. Durable, as PostgreSQL is unless told otherwise; the times of commits are what run.sh counts by.
cluster_settings() {
    cat <<'CONF'
fsync = on
synchronous_commit = on
shared_buffers = 512MB
max_wal_size = 4GB
max_connections = 200
track_commit_timestamp = on
CONF
    [ -z "${STATEMENTS-}" ] || printf "shared_preload_libraries = 'pg_stat_statements'\ntrack_io_timing = on\n"
}

cluster_start() {
    ms db start && ms db stop && cluster_settings >>"$work/pg/data/moonsift.conf" && ms db start || return
    PGHOST=$(ms db dsn | grep -o 'host=[^ ]*' | cut -d= -f2)
    export PGHOST PGUSER=moonsift PGDATABASE=moonsift PGOPTIONS='-c client_min_messages=warning'
    postmaster=$(head -1 "$work/pg/data/postmaster.pid")
}

cluster_stop() { ms db stop >/dev/null 2>&1 || true; }

# load DATABASE: the contacts of $work/contacts
load() {
    sql -d "$1" -c 'TRUNCATE contacts RESTART IDENTITY CASCADE' -c 'CREATE UNLOGGED TABLE line (j jsonb)' \
        -c "\\copy line FROM '$work/contacts' WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')" \
        -c "INSERT INTO contacts (id, name, email, phone_number, custom_attributes, account_id)
            SELECT (j->>'id')::int, j->>'name', j->>'email', j->>'phone_number', j->'custom_attributes', 1 FROM line" \
        -c 'DROP TABLE line' -c "SELECT setval('contacts_id_seq', (SELECT max(id) FROM contacts))" \
        -c 'VACUUM ANALYZE contacts' >/dev/null
}

# What the specification's section 5.1 has beyond its section 2: five indexes over the attributes. moonsift's migrations have
# them, schema.sql has not. INDEXES=all gives them to every row, INDEXES=none takes them from moonsift.
indexes() {
    local crm=$root/migrations/crm
    case ${INDEXES-} in
        all) sql -d seed -c 'CREATE SCHEMA moonsift' -f "$crm/0003_total_casts.up.sql" -f "$crm/0005_attribute_indexes.up.sql" ;;
        none) sql -d moonsift -f "$crm/0005_attribute_indexes.down.sql" ;;
    esac
}

# databases NAME...: moonsift's own, and for each name one as the specification's schema has it
databases() {
    local name
    ms migrate up >/dev/null && load moonsift || return
    [ -z "${STATEMENTS-}" ] || sql -d moonsift -c 'CREATE EXTENSION pg_stat_statements' || return
    [ $# -eq 0 ] || { sql -d moonsift -c 'CREATE DATABASE seed' && sql -d seed -f schema.sql && indexes && load seed; } || return
    for name; do sql -d moonsift -c "CREATE DATABASE $name TEMPLATE seed" || return; done
    sql -d moonsift -c CHECKPOINT
}

# ---- what a run brought ---------------------------------------------------------------------------

sent_of() { echo "('x' || translate(left($1, 13), '-', ''))::bit(48)::bigint / 1e5"; }
commit_of() { echo "extract(epoch FROM pg_xact_commit_timestamp($1.xmin))"; }

# Each delivery of a run that began at $1: when it was sent, stored, decided (seconds since 1970).
run_of_peer() {
    echo "SELECT $(sent_of delivery_id) AS sent, $(commit_of e) AS stored, $(commit_of e) AS decided
        FROM events e WHERE created_at >= to_timestamp($1 - 5)"
}
run_of_moonsift() {
    echo "SELECT $(sent_of k.key) AS sent, $(commit_of e) AS stored, $(commit_of o) AS decided
        FROM moonsift.delivery_key k JOIN moonsift.event e ON e.account_id = k.account_id AND e.id = k.event_id
        LEFT JOIN moonsift.outcome o ON o.account_id = e.account_id AND o.event_id = e.id
        WHERE k.created_at >= to_timestamp($1 - 5)"
}

# brought ROW FROM TO: decided until TO, stored until TO, decided in all, p99 from sending to decided (ms)
brought() {
    local kind=peer
    [ "$1" != moonsift ] || kind=moonsift
    sql -d "$1" -c "SELECT count(*) FILTER (WHERE decided <= $3), count(*) FILTER (WHERE stored <= $3), count(decided),
        coalesce(round(percentile_disc(0.99) WITHIN GROUP (ORDER BY (decided - sent) * 1000)::numeric, 1), 0)
        FROM ($(run_of_$kind "$2")) AS run WHERE sent >= $2 - 0.001"
}

# waiting ROW: deliveries that are stored and not decided
waiting() { if [ "$1" = moonsift ]; then sql -d moonsift -c 'SELECT count(*) FROM moonsift.queue'; else echo 0; fi; }

# ---- is it what a serial run gives? ---------------------------------------------------------------

state_sql="SELECT c.id, c.custom_attributes, coalesce(l.titles, '[]') FROM contacts c LEFT JOIN
    (SELECT contact_id, json_agg(title)::text AS titles FROM contact_labels x JOIN labels o ON o.id = x.label_id GROUP BY 1) l
    ON l.contact_id = c.id"

# serial ROW ANSWERED: "same: ..." or "DIFFERS: ..."
serial() {
    local how=merge order='SELECT delivery_id FROM events ORDER BY id'
    [ "$1" != moonsift ] ||
        { how=moonsift order='SELECT key FROM moonsift.delivery_key ORDER BY event_id'; }
    sql -d "$1" -c "$order" >"$work/order" && sql -d "$1" -c "$state_sql" >"$work/state" &&
        node check.js "$work/contacts" "$work/requests" "$how" "$work/order" "$work/state" "$2"
}
