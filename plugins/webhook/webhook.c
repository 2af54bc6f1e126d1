#include "webhook.h"
#include <moonsift/provide/config.h>
#include <stdlib.h>

static const char *const needs[] = {MS_CAP_JSON, NULL};

static const ms_plugin_info info = {
    .size = sizeof info,
    .id = "webhook",
    .version = "0.1.0",
    .summary = "Receives webhooks: checks who sent them and reads what they say.",
    .needs = needs,
};

/* A new sender is one file and one row. */
static const ms_source_kind kinds[] = {
    {
        .kind = "chatwoot",
        .summary = "Account and API-inbox webhooks of Chatwoot, signed (4.11.2 or newer) or with a "
                   "token in the path.",
        .retries = false,
        .open = ms_chatwoot_open,
        .close = ms_webhook_close,
        .verify = ms_webhook_verify,
        .receive = ms_chatwoot_receive,
        .normalise = ms_chatwoot_normalise,
    },
    {0},
};

static const ms_sources sources = {.size = sizeof sources, .items = kinds};

static const ms_config_key keys[] = {
    {"sources:chatwoot", "secret_file", "file", NULL,
     "Secret that Chatwoot shows beside the webhook. Then every delivery must be signed. A list "
     "while a secret is being replaced.",
     true},
    {"sources:chatwoot", "token_file", "file", NULL,
     "Token that must stand behind the source's name in the URL: /hooks/NAME/TOKEN. For releases "
     "that do not sign.",
     true},
    {"sources:chatwoot", "tolerance", "duration", "300s",
     "How far a signature's timestamp may be off, either way.", false},
    {"sources:chatwoot", "events", "list", NULL,
     "Events to work on; all others are answered and ignored. Default: every known one.", false},
    {0},
};

static const ms_config_keys config_keys = {.size = sizeof config_keys, .items = keys};

static ms_status activate(const ms_host *host, const ms_value *config, ms_plugin **out,
                          ms_error *err)
{
    (void)config;
    *out = NULL;
    const ms_cap_json *json = host->capability(host, MS_CAP_JSON);
    if (!json)
        return ms_fail(err, MS_DENIED, "webhook needs %s", MS_CAP_JSON);
    ms_plugin *self = calloc(1, sizeof *self);
    if (!self)
        return ms_fail(err, MS_NOMEM, "out of memory");
    self->host = host;
    self->json = json;
    *out = self;
    return MS_OK;
}

static void deactivate(ms_plugin *self)
{
    free(self);
}

static const void *table(const char *id)
{
    if (strcmp(id, MS_TABLE_SOURCES) == 0)
        return &sources;
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

MS_PLUGIN_EXPORT(webhook)
{
    return &entry;
}
