#include "crm.h"
#include <stdlib.h>

static const ms_plugin_info info = {
    .size = sizeof info,
    .id = "crm",
    .version = "0.1.0",
    .summary = "Contacts, conversations, messages and labels in the stand-alone tables.",
};

/* Chatwoot keeps labels in taggings and has a messages table whose types are numbers. */
static const char detect[] =
    "SELECT CASE"
    " WHEN to_regclass('public.contacts') IS NULL THEN NULL"
    " WHEN to_regclass('public.taggings') IS NOT NULL THEN false"
    " ELSE to_regclass('public.contact_labels') IS NOT NULL AND EXISTS ("
    "SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.messages')"
    " AND attname = 'message_type' AND atttypid = 'varchar'::regtype) END";

static const ms_crm crm = {
    .size = sizeof crm,
    .layout = "stand-alone",
    .summary = "The tables that `moonsift migrate up` creates where there is no Chatwoot.",
    .detect = detect,
    .resolve = ms_crm_resolve,
    .read = ms_crm_read,
    .write = ms_crm_write,
    .store = ms_crm_store,
    .accounts = ms_crm_accounts,
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

MS_PLUGIN_EXPORT(crm)
{
    return &entry;
}
