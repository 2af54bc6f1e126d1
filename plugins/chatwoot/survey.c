/* Which layout a database has, and which release made it. */
#include "chatwoot.h"

/*
 * The catalogues of PostgreSQL and not information_schema: the latter shows a role only what it has
 * a right to, and a role with the few rights that moonsift needs would find a column missing that
 * is there.
 */
#define HAS_COLUMN(table, column)                                                                  \
    "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public." table "')"            \
    " AND attname = '" column "' AND attnum > 0 AND NOT attisdropped)"
#define TYPE_OF(table, column)                                                                     \
    "(SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid ="                           \
    " to_regclass('public." table "') AND attname = '" column "' AND NOT attisdropped)"

/* Chatwoot's labels are taggings, its message types numbers; the stand-alone layout has neither. */
#define IS_CHATWOOT                                                                                \
    "(to_regclass('public.taggings') IS NOT NULL AND to_regclass('public.tags') IS NOT NULL"       \
    " AND coalesce(" TYPE_OF("messages", "message_type") " = 'integer', false))"
#define IS_STAND_ALONE                                                                             \
    "(to_regclass('public.taggings') IS NULL"                                                      \
    " AND to_regclass('public.contact_labels') IS NOT NULL"                                        \
    " AND coalesce(" TYPE_OF("messages", "message_type") " = 'character varying', false))"

const char ms_chatwoot_detect[] = "SELECT CASE WHEN to_regclass('public.contacts') IS NULL"
                                  " THEN NULL ELSE " IS_CHATWOOT " END";

/* A right on a table that is not there counts as missing; has_*_privilege would raise an error. */
#define RIGHT(kind, object, right)                                                                 \
    "CASE WHEN to_regclass('public." object "') IS NULL OR NOT has_" kind                          \
    "_privilege(to_regclass('public." object "'), '" right "')"                                    \
    " THEN '" right " on " object "' END"
#define COLUMN_RIGHT(table, column)                                                                \
    "CASE WHEN " HAS_COLUMN(table, column) " AND has_column_privilege(to_regclass('public." table  \
                                           "'), '" column                                          \
                                           "', 'UPDATE') THEN NULL ELSE 'UPDATE (" column          \
                                           ") on " table "' END"

/* clang-format off */
/* Columns tell the release: webhooks.secret came with 4.11.2, channel_api.secret with 4.13.0, which
 * is also where Chatwoot stopped to keep tags.taggings_count. */
const char ms_chatwoot_survey[] =
    "SELECT key, value FROM (VALUES"
    " (1, 'layout', CASE WHEN to_regclass('public.contacts') IS NULL THEN 'none'"
    "   WHEN " IS_CHATWOOT " THEN 'chatwoot' WHEN " IS_STAND_ALONE " THEN 'stand-alone'"
    "   ELSE 'unknown' END),"
    " (2, 'release', CASE WHEN NOT " IS_CHATWOOT " THEN NULL"
    "   WHEN " HAS_COLUMN("channel_api", "secret") " THEN 'Chatwoot 4.13.0 or newer'"
    "   WHEN " HAS_COLUMN("webhooks", "secret") " THEN 'Chatwoot 4.11.2 or newer, before 4.13.0'"
    "   ELSE 'Chatwoot before 4.11.2' END),"
    " (3, 'signs_webhooks', (" HAS_COLUMN("webhooks", "secret") ")::text),"
    " (4, 'counts_taggings', (" HAS_COLUMN("tags", "taggings_count")
    "   AND NOT " HAS_COLUMN("channel_api", "secret") ")::text),"
    " (5, 'caches_labels', (" HAS_COLUMN("contacts", "cached_label_list") ")::text),"
    " (6, 'contact_id_type', " TYPE_OF("contacts", "id") "),"
    " (7, 'missing_rights', concat_ws(', ',"
    "   " RIGHT("table", "contacts", "SELECT") ","
    "   " RIGHT("table", "tags", "SELECT") ","
    "   " RIGHT("table", "taggings", "SELECT") ","
    "   " COLUMN_RIGHT("contacts", "custom_attributes") ","
    "   " COLUMN_RIGHT("contacts", "updated_at") ","
    "   " RIGHT("table", "tags", "INSERT") ","
    "   " RIGHT("sequence", "tags_id_seq", "USAGE") ","
    "   " RIGHT("table", "taggings", "INSERT") ","
    "   " RIGHT("table", "taggings", "DELETE") ","
    "   " RIGHT("sequence", "taggings_id_seq", "USAGE") "))"
    ") AS told(place, key, value) ORDER BY place";
/* clang-format on */

ms_status ms_chatwoot_surveyed(ms_plugin *self, const ms_rows *rows, ms_error *err)
{
    if (rows->n_columns != 2)
        return ms_fail(err, MS_INTERNAL, "a survey has two columns, not %u", rows->n_columns);
    for (uint32_t i = 0; i < rows->n_rows; i++) {
        ms_str key = ms_cell(rows, i, 0);
        bool yes = ms_str_eqz(ms_cell(rows, i, 1), "true");
        if (ms_str_eqz(key, "counts_taggings"))
            self->counts_taggings = yes;
        else if (ms_str_eqz(key, "caches_labels"))
            self->caches_labels = yes;
    }
    return MS_OK;
}
