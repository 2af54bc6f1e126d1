/* The plugin's entry: who it is, what it provides, what it can be told. */
#include "pg.h"

#include <moonsift/provide/config.h>
#include <stdlib.h>

static const char *const needs[] = {MS_CAP_LOOP, NULL};

static const ms_plugin_info info = {
    .size = sizeof info,
    .id = "postgres",
    .version = "0.1.0",
    .summary = "PostgreSQL through libpq: pools, pipelined transactions, PgBouncer.",
    .needs = needs,
};

#define SECTION "plugins.postgres"
static const ms_config_key keys[] = {
    {SECTION, "dsn_file", "file", NULL,
     "File with the DSN that postgres.query uses. Without it postgres.query is refused; the "
     "pipeline's own databases are set under crm and knowledge.",
     true},
    {SECTION, "pool", "integer", "4", "Most connections of postgres.query.", false},
    {SECTION, "connect_timeout_ms", "integer", "5000",
     "How long a call waits when there is no connection at all.", false},
    {SECTION, "statement_timeout_ms", "integer", "0",
     "PostgreSQL ends a statement of postgres.query after this; 0: never.", false},
    {0},
};
static const ms_config_keys config_keys = {.size = sizeof config_keys, .items = keys};

static ms_status activate(const ms_host *host, const ms_value *config, ms_plugin **out,
                          ms_error *err)
{
    *out = NULL;
    const ms_cap_loop *loop = host->capability(host, MS_CAP_LOOP);
    if (!loop)
        return ms_fail(err, MS_DENIED, "needs %s", MS_CAP_LOOP);
    ms_plugin *self = calloc(1, sizeof *self);
    if (!self)
        return ms_fail(err, MS_NOMEM, "out of memory");
    self->host = host;
    self->loop = loop;
    if (ms_get(config, "dsn") && pg_open(self, config, &self->db, err) != MS_OK) {
        free(self);
        return err->status;
    }
    *out = self;
    return MS_OK;
}

static void deactivate(ms_plugin *self)
{
    pg_database.close(self->db);
    free(self);
}

static const void *table(const char *id)
{
    if (strcmp(id, MS_TABLE_DATABASE) == 0)
        return &pg_database;
    if (strcmp(id, MS_TABLE_FUNCTIONS) == 0)
        return &pg_functions;
    if (strcmp(id, MS_TABLE_CONFIG) == 0)
        return &config_keys;
    return NULL;
}

static const ms_plugin_entry entry = {
    .magic = MS_PLUGIN_MAGIC,
    .size = sizeof entry,
    .abi_major = MS_ABI_MAJOR,
    .abi_minor = MS_ABI_MINOR,
    .info = &info,
    .activate = activate,
    .deactivate = deactivate,
    .table = table,
};

MS_PLUGIN_EXPORT(postgres)
{
    return &entry;
}
