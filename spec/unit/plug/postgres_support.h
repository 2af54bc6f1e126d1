/*
 * The postgres plugin as the host uses it, waited for: a loop, the plugin, one pool.
 */
#ifndef SPEC_PLUG_POSTGRES_SUPPORT_H
#define SPEC_PLUG_POSTGRES_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/log.h"
#include "plug/plug.h"
#include "support/pg.h"

#include <moonsift/provide/database.h>
#include <stdlib.h>

typedef struct client {
    ms_loop *loop;
    ms_plugins *plugins;
    const ms_database *api;
    ms_plugin *self;
    ms_db *db;
} client;

/* One call and what it came to. Results as text: cells with '|', rows with '\n', results with ';',
 * NULL as <null>. */
typedef struct answer {
    bool done;
    int times;
    ms_status status;
    ms_error err;
    char text[4096];
    size_t first_cell; /* bytes of the first cell of the first result */
    ms_session *session;
} answer;

static void append(answer *a, const char *p, size_t n)
{
    size_t have = strlen(a->text), room = sizeof a->text - 1 - have;
    memcpy(a->text + have, p, n < room ? n : room);
    a->text[have + (n < room ? n : room)] = '\0';
}

static void append_rows(answer *a, const ms_rows *rows)
{
    for (uint32_t i = 0; i < rows->n_rows; i++)
        for (uint32_t k = 0; k < rows->n_columns; k++) {
            ms_str cell = ms_cell(rows, i, k);
            if (i + k > 0)
                append(a, k > 0 ? "|" : "\n", 1);
            append(a, cell.p ? cell.p : "<null>", cell.p ? cell.n : 6);
        }
}

static void answered(void *arg, ms_status status, const ms_error *err, const ms_rows *results,
                     size_t n, ms_session *session)
{
    answer *a = arg;
    a->done = true;
    a->times++;
    a->status = status;
    a->session = session;
    if (err)
        a->err = *err;
    for (size_t i = 0; results && i < n; i++) {
        if (i > 0)
            append(a, ";", 1);
        append_rows(a, &results[i]);
        if (i == 0 && results[0].n_rows)
            a->first_cell = results[0].cells[0].n;
    }
}

static inline void wait_for(client *c, answer *a)
{
    while (!a->done)
        ms_loop_step(c->loop);
}

static inline ms_statement sql(const char *text)
{
    return (ms_statement){.sql = ms_str_z(text)};
}

static inline ms_statement sql1(const char *text, const ms_value *param)
{
    return (ms_statement){ms_str_z(text), param, 1};
}

/* Sends and waits. */
static inline answer run_all(client *c, ms_session *session, const ms_statement *statements,
                             size_t n, unsigned flags)
{
    answer a = {0};
    c->api->exec(c->db, session, statements, n, flags, answered, &a);
    assert_false(a.done); /* never before exec returns */
    wait_for(c, &a);
    return a;
}

static inline answer run_one(client *c, const char *text)
{
    const ms_statement s = sql(text);
    return run_all(c, NULL, &s, 1, 0);
}

static inline answer run_param(client *c, const char *text, ms_value param)
{
    const ms_statement s = sql1(text, &param);
    return run_all(c, NULL, &s, 1, 0);
}

static inline answer run_script(client *c, ms_session *session, const char *text, bool transaction)
{
    answer a = {0};
    c->api->script(c->db, session, ms_str_z(text), transaction, answered, &a);
    assert_false(a.done);
    wait_for(c, &a);
    return a;
}

#define assert_ok(a)                                                                               \
    do {                                                                                           \
        answer checked_ = (a);                                                                     \
        if (checked_.status != MS_OK)                                                              \
            fail_msg("%s: %s", ms_status_name(checked_.status), checked_.err.text);                \
    } while (0)

static inline ms_db *open_db(client *c, const char *dsn, int64_t pool, int64_t connect_ms,
                             int64_t statement_ms)
{
    const ms_member members[] = {
        {MS_STR("dsn"), ms_string(ms_str_z(dsn))},
        {MS_STR("pool"), ms_int(pool)},
        {MS_STR("connect_timeout_ms"), ms_int(connect_ms)},
        {MS_STR("statement_timeout_ms"), ms_int(statement_ms)},
        {MS_STR("role"), ms_string(MS_STR("spec"))},
    };
    const ms_value config = ms_object(members, 5);
    ms_error err;
    ms_db *db = NULL;
    if (c->api->open(c->self, &config, &db, &err) != MS_OK)
        fail_msg("%s", err.text);
    return db;
}

static inline void open_client(client *c, const char *dsn, int64_t pool)
{
    ms_error err = {0};
    ms_loaded *loaded = NULL;
    *c = (client){0};
    c->loop = ms_loop_new(&err);
    c->plugins = ms_plugins_new(c->loop, &err);
    for (size_t i = 0; ms_bundled_plugins[i]; i++)
        assert_int_equal(ms_plugins_add(c->plugins, ms_bundled_plugins[i](), "bundled", NULL, &err),
                         MS_OK);
    loaded = ms_plugins_find(c->plugins, "postgres");
    assert_non_null(loaded);
    if (ms_plugins_activate(loaded, NULL, NULL, &err) != MS_OK)
        fail_msg("%s", err.text);
    c->api = ms_loaded_table(loaded, MS_TABLE_DATABASE);
    c->self = ms_loaded_self(loaded);
    c->db = open_db(c, dsn, pool, 5000, 0);
}

static inline void close_client(client *c)
{
    c->api->close(c->db);
    ms_plugins_free(c->plugins);
    ms_loop_free(c->loop);
}

#endif
