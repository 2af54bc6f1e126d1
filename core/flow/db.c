#include "flow/db.h"

#include "base/json.h"

/* One call that is waited for. */
typedef struct wait {
    ms_arena *arena;
    ms_rows *results; /* in arena; NULL when nobody wants them */
    size_t n;
    ms_status status;
    ms_error err;
    bool done;
} wait;

/* ---- opening -------------------------------------------------------------------------------- */

static ms_loaded *find_provider(ms_plugins *plugins)
{
    for (size_t i = 0; i < ms_plugins_count(plugins); i++) {
        ms_loaded *loaded = ms_plugins_at(plugins, i);
        if (ms_loaded_active(loaded) && ms_loaded_table(loaded, MS_TABLE_DATABASE))
            return loaded;
    }
    return NULL;
}

ms_status ms_db_open_with(ms_db_client *out, ms_loop *loop, ms_plugins *plugins,
                          const ms_db_settings *settings, ms_error *err)
{
    ms_loaded *provider = find_provider(plugins);
    *out = (ms_db_client){.loop = loop};
    if (!provider) {
        ms_fail(err, MS_NOT_FOUND, "no active plugin provides %s", MS_TABLE_DATABASE);
        ms_hint(err, "moonsift plugins list shows what is loaded; postgres provides it");
        return MS_NOT_FOUND;
    }
    const ms_member members[] = {{MS_STR("dsn"), ms_string(settings->dsn)},
                                 {MS_STR("role"), ms_string(ms_str_z(settings->role))},
                                 {MS_STR("pooled"), ms_bool(settings->pooled)},
                                 {MS_STR("pool"), ms_int(settings->pool)}};
    const ms_value config = ms_object(members, settings->pool ? 4 : 3);
    out->api = ms_loaded_table(provider, MS_TABLE_DATABASE);
    out->self = ms_loaded_self(provider);
    return out->api->open(out->self, &config, &out->db, err);
}

ms_status ms_db_open(ms_db_client *out, ms_loop *loop, ms_plugins *plugins, ms_str dsn,
                     const char *role, ms_error *err)
{
    const ms_db_settings settings = {.dsn = dsn, .role = role};
    return ms_db_open_with(out, loop, plugins, &settings, err);
}

void ms_db_close(ms_db_client *client)
{
    if (client->db)
        client->api->close(client->db);
    *client = (ms_db_client){0};
}

/* ---- waiting -------------------------------------------------------------------------------- */

static bool keep_results(wait *w, const ms_rows *results, size_t n)
{
    w->results = ms_alloc_zero(w->arena, n, sizeof *w->results);
    w->n = n;
    bool ok = w->results != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        const ms_value source = {.kind = MS_ROWS, .as.rows = &results[i]};
        ms_value copy;
        ok = ms_arena_copy(w->arena, &source, &copy);
        if (ok)
            w->results[i] = *copy.as.rows;
    }
    return ok;
}

static void finished(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                     size_t n, ms_session *session)
{
    wait *w = arg;
    (void)session;
    w->status = status;
    w->done = true;
    if (status != MS_OK && err)
        w->err = *err;
    else if (status == MS_OK && w->arena && n && !keep_results(w, results, n))
        w->status = ms_fail(&w->err, MS_NOMEM, "out of memory for the database's answer");
}

static ms_status wait_for(ms_db_client *client, wait *w, ms_error *err)
{
    while (!w->done)
        ms_loop_step(client->loop);
    if (w->status != MS_OK && err)
        *err = w->err;
    return w->status;
}

ms_status ms_db_run(ms_db_client *client, ms_arena *arena, const ms_statement *statements, size_t n,
                    unsigned flags, ms_rows **results, ms_error *err)
{
    wait w = {.arena = arena};
    if (flags & MS_DB_READ_ONLY)
        flags |= MS_DB_BEGIN | MS_DB_COMMIT;
    client->api->exec(client->db, NULL, statements, n, flags, finished, &w);
    ms_status status = wait_for(client, &w, err);
    if (results)
        *results = w.results;
    return status;
}

ms_status ms_db_query(ms_db_client *client, ms_arena *arena, const char *sql,
                      const ms_value *params, size_t n_params, ms_rows *out, ms_error *err)
{
    const ms_statement statement = {ms_str_z(sql), params, n_params};
    ms_rows *results = NULL;
    ms_status status = ms_db_run(client, arena, &statement, 1, 0, &results, err);
    if (status == MS_OK && out && results)
        *out = results[0];
    return status;
}

ms_status ms_db_script(ms_db_client *client, ms_str sql, bool transaction, ms_error *err)
{
    wait w = {0};
    client->api->script(client->db, NULL, sql, transaction, finished, &w);
    return wait_for(client, &w, err);
}
