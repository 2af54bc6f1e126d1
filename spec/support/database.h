/*
 * spec/support/database.h: a private PostgreSQL with a client on it, through the same plugins and
 * the same door as the program's.
 */
#ifndef SPEC_SUPPORT_DATABASE_H
#define SPEC_SUPPORT_DATABASE_H

#include "base/buf.h"
#include "base/text.h"
#include "flow/db.h"
#include "plug/plug.h"
#include "support/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

const ms_plugin_entry *moonsift_plugin_postgres(void);
const ms_plugin_entry *moonsift_plugin_crm(void);

typedef struct spec_database {
    spec_pg pg;
    char dsn[200]; /* of the database that `client` is on */
    ms_loop *loop;
    ms_plugins *plugins;
    ms_loaded *crm;
    ms_db_client client;
} spec_database;

static inline ms_loaded *spec_plugin(ms_plugins *plugins, const ms_plugin_entry *entry)
{
    ms_loaded *loaded = NULL;
    ms_error err = {0};
    if (ms_plugins_add(plugins, entry, "bundled", &loaded, &err) != MS_OK ||
        ms_plugins_activate(loaded, NULL, NULL, &err) != MS_OK)
        fail_msg("%s", err.text);
    return loaded;
}

/* A loop, the plugins and a client of their own: also in a child process, on a server that runs. */
static inline void spec_database_connect(spec_database *d, const char *name)
{
    ms_error err = {0};
    d->loop = ms_loop_new(&err);
    assert_non_null(d->loop);
    d->plugins = ms_plugins_new(d->loop, &err);
    assert_non_null(d->plugins);
    spec_plugin(d->plugins, moonsift_plugin_postgres());
    d->crm = spec_plugin(d->plugins, moonsift_plugin_crm());
    snprintf(d->dsn, sizeof d->dsn, "%s dbname=%s", d->pg.dsn, name);
    if (ms_db_open(&d->client, d->loop, d->plugins, ms_str_z(d->dsn), "spec", &err) != MS_OK)
        fail_msg("%s", err.text);
}

static inline void spec_database_disconnect(spec_database *d)
{
    ms_db_close(&d->client);
    ms_plugins_free(d->plugins);
    ms_loop_free(d->loop);
}

/* Runs a script in one transaction. */
static inline void spec_script(spec_database *d, const char *sql)
{
    ms_error err = {0};
    if (ms_db_script(&d->client, ms_str_z(sql), true, &err) != MS_OK)
        fail_msg("%s: %s", sql, err.text);
}

/* All cells as one text in the arena: columns by ',', rows by ' ', NULL as '-'. */
static inline const char *spec_told(ms_arena *arena, const ms_rows *rows)
{
    ms_buf buf = {0};
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        for (uint32_t c = 0; c < rows->n_columns; c++) {
            ms_str cell = ms_cell(rows, r, c);
            ms_buf_z(&buf, c ? "," : r ? " " : "");
            ms_buf_str(&buf, cell.p ? cell : MS_STR("-"));
        }
    }
    ms_str text = ms_arena_dup(arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return text.p;
}

static inline const char *spec_asked(spec_database *d, ms_arena *arena, const char *sql)
{
    ms_rows rows = {0};
    ms_error err = {0};
    if (ms_db_query(&d->client, arena, sql, NULL, 0, &rows, &err) != MS_OK)
        fail_msg("%s: %s", sql, err.text);
    return spec_told(arena, &rows);
}

/* Clients of databases made one after the other, so that each test begins with an empty one. */
static inline void spec_database_fresh(spec_database *d)
{
    static int count;
    char name[32], sql[64];
    ms_error err = {0};
    snprintf(name, sizeof name, "fresh%d", ++count);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", name);
    spec_database_connect(d, "postgres");
    if (ms_db_script(&d->client, ms_str_z(sql), false, &err) != MS_OK)
        fail_msg("%s", err.text);
    spec_database_disconnect(d);
    spec_database_connect(d, name);
}

#endif
