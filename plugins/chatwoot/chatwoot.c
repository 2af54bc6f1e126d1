#include "chatwoot.h"
#include <stdlib.h>

static const ms_plugin_info info = {
    .size = sizeof info,
    .id = "chatwoot",
    .version = "0.1.0",
    .summary = "Contacts and their labels in the tables of a Chatwoot installation.",
};

/* Inboxes, conversations and messages are Chatwoot's own: nothing is to be stored. */
static ms_status store(ms_plugin *self, ms_arena *arena, const ms_crm_event *events, size_t n,
                       ms_statements *out, ms_error *err)
{
    (void)self, (void)arena, (void)events, (void)n, (void)out, (void)err;
    return MS_OK;
}

static ms_status accounts(ms_plugin *self, ms_arena *arena, const int64_t *account_ids, size_t n,
                          ms_statements *out, ms_error *err)
{
    (void)self, (void)arena, (void)account_ids, (void)n, (void)out, (void)err;
    return MS_OK;
}

static const ms_crm crm = {
    .size = sizeof crm,
    .layout = "chatwoot",
    .summary = "The tables of Chatwoot: contacts with their attributes, labels as taggings.",
    .detect = ms_chatwoot_detect,
    .resolve = ms_chatwoot_resolve,
    .read = ms_chatwoot_read,
    .write = ms_chatwoot_write,
    .store = store,
    .accounts = accounts,
    .lock = ms_chatwoot_lock,
    .survey = ms_chatwoot_survey,
    .surveyed = ms_chatwoot_surveyed,
};

static ms_status activate(const ms_host *host, const ms_value *config, ms_plugin **out,
                          ms_error *err)
{
    (void)config;
    *out = calloc(1, sizeof **out);
    if (!*out)
        return ms_fail(err, MS_NOMEM, "out of memory");
    (*out)->host = host;
    return MS_OK;
}

static void deactivate(ms_plugin *self)
{
    free(self);
}

static const void *table(const char *id)
{
    return strcmp(id, MS_TABLE_CRM) == 0 ? &crm : NULL;
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

MS_PLUGIN_EXPORT(chatwoot)
{
    return &entry;
}
