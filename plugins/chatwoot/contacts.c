/* Who is meant, and what is stored about them. */
#include "chatwoot.h"

/* ---- resolve -------------------------------------------------------------------------------- */

/*
 * Chatwoot's own events name the contact by its id, and nothing else they say is used. Others are
 * known by what their sender called them before, then by identifier, e-mail and phone number.
 * Chatwoot keeps e-mail addresses in lower case, old rows may not; empty texts are nobody's.
 * Whoever is not found has no id: contacts are made by Chatwoot alone. One that was deleted, or
 * merged into another, is not found either.
 */
static const char resolve_sql[] =
    "SELECT (CASE WHEN r.native THEN"
    "  (SELECT c.id FROM public.contacts c WHERE c.account_id = r.account_id AND c.id = r.id)"
    " ELSE coalesce("
    "  (SELECT c.id FROM moonsift.contact_ref x"
    "    JOIN public.contacts c ON c.id = x.contact_id AND c.account_id = x.account_id"
    "    WHERE x.account_id = r.account_id AND x.source = r.source"
    "     AND x.external_id = r.external_id),"
    "  (SELECT min(c.id) FROM public.contacts c"
    "    WHERE c.account_id = r.account_id AND c.identifier = r.identifier),"
    "  (SELECT min(c.id) FROM public.contacts c"
    "    WHERE c.account_id = r.account_id AND lower(c.email) = lower(r.email)),"
    "  (SELECT min(c.id) FROM public.contacts c"
    "    WHERE c.account_id = r.account_id AND c.phone_number = r.phone))"
    " END)::bigint AS contact_id, false AS is_new"
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bool[], $5::bigint[], $6::text[],"
    "  $7::text[], $8::text[]) WITH ORDINALITY"
    "  AS r(account_id, source, external_id, native, id, identifier, email, phone, ord)"
    " ORDER BY ord";

/* NULL unless it is an id as Chatwoot writes them: digits alone, nothing in front. */
static ms_value id_of(ms_str text)
{
    int64_t id = 0;
    if (!text.p || !text.n || text.n > 18 || text.p[0] == '0')
        return ms_null();
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return ms_null();
        id = id * 10 + (text.p[i] - '0');
    }
    return ms_int(id);
}

static ms_value text_or_null(ms_str text)
{
    return text.n ? ms_string(text) : ms_null();
}

ms_status ms_chatwoot_resolve(ms_plugin *self, ms_arena *arena, const ms_crm_ref *refs, size_t n,
                              ms_statements *out, ms_error *err)
{
    ms_chatwoot_columns c;
    ms_status status = ms_chatwoot_columns_new(&c, self, arena, n, 8, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const ms_crm_ref *r = &refs[i];
        ms_chatwoot_columns_row(&c, i,
                                (ms_value[]){
                                    ms_int(r->account_id),
                                    text_or_null(r->source),
                                    text_or_null(r->external_id),
                                    ms_bool(r->native),
                                    r->native ? id_of(r->external_id) : ms_null(),
                                    text_or_null(r->identifier),
                                    text_or_null(r->email),
                                    text_or_null(r->phone_number),
                                });
    }
    return ms_chatwoot_columns_append(&c, resolve_sql, out, err);
}

/* ---- lock and read -------------------------------------------------------------------------- */

#define WANTED_CONTACTS                                                                            \
    " FROM public.contacts c WHERE (c.account_id, c.id) IN"                                        \
    " (SELECT * FROM unnest($1::bigint[], $2::bigint[])) ORDER BY c.id"

/* The lock that Chatwoot's own UPDATE takes, which it takes also when it changes labels: so labels
 * stand still behind it. */
#define LOCKED " FOR NO KEY UPDATE OF c"

static const char lock_sql[] = "SELECT 1" WANTED_CONTACTS LOCKED;

/* Attributes may be NULL, and anything but an object is nothing that Rails could have stored. An
 * empty address is an address that is not there. The same tagging may be there several times. */
#define READ                                                                                       \
    "SELECT c.account_id::bigint AS account_id, c.id::bigint AS contact_id, c.name,"               \
    " nullif(c.email, '') AS email, nullif(c.phone_number, '') AS phone_number,"                   \
    " nullif(c.identifier, '') AS identifier,"                                                     \
    " CASE WHEN jsonb_typeof(c.custom_attributes) = 'object'"                                      \
    "  THEN c.custom_attributes ELSE '{}' END::text AS attributes,"                                \
    " (SELECT coalesce(json_agg(l.title ORDER BY l.title COLLATE \"C\"), '[]')::text FROM"         \
    "  (SELECT DISTINCT lower(t.name) AS title FROM public.taggings g"                             \
    "    JOIN public.tags t ON t.id = g.tag_id WHERE g.taggable_id = c.id"                         \
    "     AND g.taggable_type = 'Contact' AND g.context = 'labels' AND t.name <> '') l) AS "       \
    "labels" WANTED_CONTACTS

static const char read_sql[] = READ;
static const char read_locked_sql[] = READ LOCKED;

static ms_status append_ids(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                            const int64_t *contact_ids, size_t n, const char *sql,
                            ms_statements *out, ms_error *err)
{
    ms_chatwoot_columns c;
    ms_status status = ms_chatwoot_columns_new(&c, self, arena, n, 2, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        ms_chatwoot_columns_row(&c, i,
                                (ms_value[]){ms_int(account_ids[i]), ms_int(contact_ids[i])});
    return ms_chatwoot_columns_append(&c, sql, out, err);
}

ms_status ms_chatwoot_lock(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                           const int64_t *contact_ids, size_t n, ms_statements *out, ms_error *err)
{
    return append_ids(self, arena, account_ids, contact_ids, n, lock_sql, out, err);
}

ms_status ms_chatwoot_read(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                           const int64_t *contact_ids, size_t n, bool lock, ms_statements *out,
                           ms_error *err)
{
    return append_ids(self, arena, account_ids, contact_ids, n, lock ? read_locked_sql : read_sql,
                      out, err);
}
