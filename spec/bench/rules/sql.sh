#!/bin/bash
# The rows of run.sh that PostgreSQL works out: a view (recruit.sql), and Lua inside the server (pllua, with recruit.lua).
# Sourced. The server is moonsift's embedded one, in a folder of its own. $work, $bin, $pin are run.sh's.

# sql ARGUMENTS OF psql...
sql() { "$bin" --config "$work/sql.yaml" db psql -- -qAt -v ON_ERROR_STOP=1 "$@"; }

sql_start() {
    local owner=()
    [ "$(id -u)" -ne 0 ] || owner=(-o moonsift -g moonsift)
    install -d "${owner[@]}" -m 700 "$work/pg"
    chmod 711 "$work"
    printf 'embedded: { dir: %s/pg }\n' "$work" >"$work/sql.yaml"
    "${pin[@]}" "$bin" --config "$work/sql.yaml" db start
}

sql_stop() { [ ! -e "$work/sql.yaml" ] || "$bin" --config "$work/sql.yaml" db stop >/dev/null 2>&1 || true; }

# sql_load FILE: the contacts of a file
sql_load() {
    sql -c 'CREATE TABLE line (l jsonb)' \
        -c "\\copy line FROM pstdin WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')" \
        -c "CREATE TABLE src AS SELECT (l->>'id')::int AS id, l->'custom_attributes' AS a FROM line" \
        -c 'VACUUM ANALYZE src' -f recruit.sql <"$1"
}

# What pllua judges: M of recruit.lua, kept between calls. A number comes as an object of the server.
sql_pllua() {
    local body="local M = RECRUIT if not M then M = assert(load([==[$(cat recruit.lua)]==]))() RECRUIT = M end
local t = a(function(k, v, ...) if type(v) == 'userdata' then v = tonumber(tostring(v)) end return k, v end)
local o = M.flat(t)"
    sql <<SQL
CREATE EXTENSION pllua;
CREATE FUNCTION judge_pllua(a jsonb) RETURNS jsonb LANGUAGE pllua IMMUTABLE AS \$pl\$ $body
return pgtype.jsonb({ attributes = o.attributes, labels = o.labels, fired = o.fired, points = o.points }) \$pl\$;
CREATE FUNCTION line_pllua(id int, a jsonb) RETURNS text LANGUAGE pllua IMMUTABLE AS \$pl\$ $body
return M.line(id, o) \$pl\$;
SQL
}

# sql_lines QUERY: the md5 of the lines that the query gives as (id, line)
sql_lines() { sql -c "SELECT md5(string_agg(line, E'\\n' ORDER BY id)) FROM ($1) AS lines"; }

# sql_rate QUERY: contacts per second of the backend's CPU time; the median of three after a warm-up
sql_rate() {
    local rounds='' i
    for i in 1 2 3; do rounds+="\\! cat /proc/\$BACKEND/stat"$'\n'"$1;"$'\n'; done
    PGOPTIONS='-c max_parallel_workers_per_gather=0 -c jit=off' sql <<SQL >"$work/ticks"
SELECT pg_backend_pid() AS backend \\gset
\\setenv BACKEND :backend
SELECT 'contacts', count(*) FROM src;
$1;
$rounds
\\! cat /proc/\$BACKEND/stat
SQL
    awk -F '[ |]' -v hz="$(getconf CLK_TCK)" '
        $1 == "contacts" { n = $2 }
        / \(postgres\) / { now = $14 + $15; if (seen++) used[seen - 1] = now - before; before = now }
        END {
            for (i = 1; i <= 3; i++) for (k = i + 1; k <= 3; k++)
                if (used[k] < used[i]) { t = used[i]; used[i] = used[k]; used[k] = t }
            printf "%.0f\n", n * hz / used[2]
        }' "$work/ticks"
}
