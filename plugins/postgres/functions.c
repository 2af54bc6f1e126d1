/* postgres.query: SQL for scripts and operators. */
#include "pg.h"

/* One call under way. Lives in the call's arena. */
typedef struct query {
    const ms_host *host;
    ms_call *call;
} query;

static bool to_objects(const query *q, const ms_rows *rows, ms_value *out)
{
    size_t columns = rows->n_columns, n = rows->n_rows;
    ms_value *items = q->host->alloc(q->call->arena, (n + 1) * sizeof *items);
    ms_member *members = q->host->alloc(q->call->arena, (n * columns + 1) * sizeof *members);
    if (!items || !members)
        return false;
    for (size_t i = 0; i < n; i++) {
        ms_member *row = members + i * columns;
        for (size_t k = 0; k < columns; k++)
            row[k] = (ms_member){rows->columns[k],
                                 ms_string_or_null(ms_cell(rows, (uint32_t)i, (uint32_t)k))};
        items[i] = ms_object(row, columns);
    }
    *out = ms_array(items, n);
    return true;
}

static void answered(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                     size_t n, ms_session *session)
{
    query *q = arg;
    (void)n;
    (void)session;
    ms_value rows;
    ms_error why;
    if (status == MS_OK && !to_objects(q, &results[0], &rows)) {
        status = ms_fail(&why, MS_NOMEM, "out of memory for %u rows", results[0].n_rows);
        err = &why;
    }
    q->call->complete(q->call, status, status == MS_OK ? &rows : NULL, err);
}

static void call_query(ms_plugin *self, ms_call *call, const ms_value *args, size_t n)
{
    ms_error err;
    if (!self->db) {
        ms_fail(&err, MS_DENIED, "no database is configured for it");
        ms_hint(&err, "add to moonsift.yaml: plugins: { postgres: { dsn_file: PATH } }");
        call->complete(call, err.status, NULL, &err);
        return;
    }
    query *q = self->host->alloc(call->arena, sizeof *q);
    if (!q) {
        ms_fail(&err, MS_NOMEM, "out of memory");
        call->complete(call, MS_NOMEM, NULL, &err);
        return;
    }
    *q = (query){self->host, call};
    const ms_value *params = n > 1 && args[1].kind == MS_ARRAY ? &args[1] : NULL;
    const ms_statement statement = {
        ms_as_str(&args[0]),
        params ? params->as.items : NULL,
        params ? params->count : 0,
    };
    pg_database.exec(self->db, NULL, &statement, 1, 0, answered, q);
}

static const ms_parameter query_parameters[] = {
    {"sql", "string", "One statement; $1, $2 ... stand for the parameters."},
    {"params", "any[]?", "Their values. An array goes as a PostgreSQL array, an object as JSON."},
    {0},
};

static const ms_function items[] = {
    {
        .name = "query",
        .summary = "Runs one statement in a transaction of its own on the plugin's database.",
        .parameters = query_parameters,
        .result = "table[]", /* one object a row; values are PostgreSQL's text, or null */
        .waits = true,
        .call = call_query,
    },
    {0},
};

const ms_functions pg_functions = {.size = sizeof pg_functions, .items = items};
