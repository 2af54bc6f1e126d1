/*
 * host/config_keys.c: the one table of keys. A key that nothing reads does not belong here.
 */
#include "host/config_inner.h"

#include <stdlib.h>

#define KIB (INT64_C(1) << 10)
#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

const ms_ckey ms_config_keys_table[] = {
    {"listen", MS_C_ADDRESS, .preset = "127.0.0.1:8080",
     .summary = "Where webhooks arrive: HOST:PORT, :PORT or unix:/path; port 0 picks a free one."},
    {"user", MS_C_STRING, .preset = "moonsift",
     .summary = "System user the processes become when they are started as root."},

    {"processes.receive", MS_C_INTEGER, .preset = "1", .min = 1, .max = 64,
     .summary = "Processes that take webhooks."},
    {"processes.judge", MS_C_COUNT, .preset = "auto", .min = 1, .max = 64,
     .summary = "Processes that run rules; auto: one per core."},

    {"crm.dsn", MS_C_DSN,
     .summary = "Database with contacts and decisions, without a password. Unset: the embedded "
                "PostgreSQL."},
    {"crm.dsn_file", MS_C_FILE, .secret = true,
     .summary = "File with the DSN, for one with a password."},
    {"crm.pool", MS_C_INTEGER, .preset = "4", .min = 1, .max = 100,
     .summary = "Connections of each process."},
    {"crm.pooled", MS_C_BOOLEAN, .preset = "false",
     .summary = "The DSN leads to a pooler in transaction mode (PgBouncer)."},

    {"embedded.dir", MS_C_FILE,
     .summary = "Folder of the embedded PostgreSQL. Unset: /var/lib/moonsift as root, else "
                "$XDG_STATE_HOME/moonsift."},
    {"embedded.bin", MS_C_FILE,
     .summary = "Folder with PostgreSQL's programs. Unset: the newest that is installed."},

    {"rules.dir", MS_C_FILE,
     .summary = "Folder with the verticals. Unset: scripts beside this file, then ./scripts."},
    {"rules.cpu_ms", MS_C_INTEGER, .preset = "20", .min = 1, .max = 60000,
     .summary = "Milliseconds of CPU that one decision may use."},
    {"rules.memory", MS_C_SIZE, .preset = "16MiB", .min = MIB, .max = 4 * GIB,
     .summary = "Memory of one vertical's Lua state."},

    {"rules.park_after", MS_C_INTEGER, .preset = "5", .max = 64,
     .summary = "Failures of a vertical in a row, or times and memories used up within "
                "rules.park_window, after which it is parked; 0: never."},
    {"rules.park_window", MS_C_DURATION, .preset = "60s", .min = SECOND, .max = DAY,
     .summary = "How long a time or memory limit that was hit counts."},

    {"limits.head", MS_C_SIZE, .preset = "16KiB", .min = KIB, .max = MIB,
     .summary = "Request line and headers together."},
    {"limits.body", MS_C_SIZE, .preset = "1MiB", .min = KIB, .max = 64 * MIB,
     .summary = "Body of a webhook; a source's max_body goes before it."},
    {"limits.idle", MS_C_DURATION, .preset = "60s", .min = SECOND, .max = HOUR,
     .summary = "How long a connection may wait between requests."},
    {"limits.connections", MS_C_INTEGER, .preset = "10000", .min = 1, .max = 1000000,
     .summary = "Connections open at once; further ones wait."},
    {"limits.connections_per_ip", MS_C_INTEGER, .preset = "0", .max = 1000000,
     .summary = "Connections of one address; 0: no limit of its own."},
    {"limits.requests_per_s", MS_C_INTEGER, .preset = "0", .max = 1000000,
     .summary = "Requests a second of one address, 429 above; 0: no limit."},
    {"limits.burst", MS_C_INTEGER, .preset = "0", .max = 1000000,
     .summary = "Requests an address can save up; 0: twice requests_per_s."},

    {"queue.batch", MS_C_INTEGER, .preset = "256", .min = 1, .max = 10000,
     .summary = "Deliveries judged in one transaction."},
    {"queue.keep", MS_C_DURATION, .preset = "8d", .min = HOUR, .max = 365 * DAY,
     .summary = "How long a delivery's key is remembered, to recognise it when it comes again."},

    {"spool.dir", MS_C_FILE,
     .summary = "Folder for deliveries while the database is away. Unset: beside the embedded "
                "database."},
    {"spool.max", MS_C_SIZE, .preset = "256MiB", .min = MIB, .max = 1024 * GIB,
     .summary = "Most that one receiver spools."},

    {"log.format", MS_C_CHOICE, .preset = "auto", .choices = "auto|text|json",
     .summary = "auto: text on a terminal, JSON otherwise."},
    {"log.level", MS_C_CHOICE, .preset = "info", .choices = "debug|info|warn|error",
     .summary = "Least important lines to write."},
    {NULL},
};

const ms_ckey ms_config_source_keys[] = {
    {"kind", MS_C_STRING, .summary = "What sends here: see moonsift plugins list."},
    {"account", MS_C_INTEGER, .min = 1, .max = INT64_MAX,
     .summary = "Account of deliveries that do not name one."},
    {"vertical", MS_C_STRING,
     .summary = "Vertical that judges contacts from here, before the "
                "inbox's and the account's."},
    {"max_body", MS_C_SIZE, .min = KIB, .max = 64 * MIB,
     .summary = "Body of one delivery; unset: limits.body."},
    {NULL},
};

const ms_ckey ms_config_plugin_keys[] = {
    {"file", MS_C_FILE, .summary = "Shared object to load the plugin from."},
    {"grant", MS_C_LIST, .summary = "Capabilities the plugin may use."},
    {NULL},
};

int ms_config_key_index(ms_str path)
{
    for (int i = 0; ms_config_keys_table[i].path; i++)
        if (ms_str_eqz(path, ms_config_keys_table[i].path))
            return i;
    return -1;
}

bool ms_ckind_named(const char *name, ms_ckind *out)
{
    static const struct {
        const char *name;
        ms_ckind kind;
    } kinds[] = {{"string", MS_C_STRING},     {"integer", MS_C_INTEGER}, {"boolean", MS_C_BOOLEAN},
                 {"duration", MS_C_DURATION}, {"size", MS_C_SIZE},       {"file", MS_C_FILE},
                 {"list", MS_C_LIST}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    return false;
}
