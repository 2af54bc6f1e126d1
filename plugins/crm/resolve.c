/* Who is meant. */
#include "crm.h"

/*
 * Each reference is looked up in the database, then they are walked in order as if they had come
 * one by one: the sender's own id, the identifier, the e-mail, the phone number, and for each first
 * what is stored, then an earlier reference of the same batch (*_at is its place). So how
 * deliveries fall into batches never decides who is who. ids[i] is negative where the id was
 * reserved for somebody new.
 *
 * A reference whose contact was deleted counts as unknown.
 *
 * min(id + 0): the plain minimum may be looked for along the primary key, which reads all contacts
 * when the e-mail is new.
 */
static const char resolve_sql[] =
    "WITH RECURSIVE ref AS ("
    " SELECT r.*,"
    "  min(ord) OVER (PARTITION BY account_id, source, external_id) AS ref_at,"
    "  min(ord) OVER (PARTITION BY account_id, identifier) AS identifier_at,"
    "  min(ord) OVER (PARTITION BY account_id, email) AS email_at,"
    "  min(ord) OVER (PARTITION BY account_id, phone) AS phone_at"
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])"
    "  WITH ORDINALITY AS r(account_id, source, external_id, identifier, email, phone, ord)"
    "), known AS MATERIALIZED ("
    " SELECT r.ord,"
    "  (SELECT c.id FROM moonsift.contact_ref x"
    "    JOIN public.contacts c ON c.id = x.contact_id AND c.account_id = x.account_id"
    "    WHERE x.account_id = r.account_id AND x.source = r.source"
    "     AND x.external_id = r.external_id)::bigint AS ref_id,"
    "  (SELECT min(c.id + 0) FROM public.contacts c"
    "    WHERE c.account_id = r.account_id AND c.identifier = r.identifier)::bigint"
    "   AS identifier_id,"
    "  (SELECT min(c.id + 0) FROM public.contacts c WHERE c.account_id = r.account_id"
    "    AND lower(btrim(c.email, E' \\t\\r\\n')) = r.email)::bigint AS email_id,"
    "  (SELECT min(c.id + 0) FROM public.contacts c"
    "    WHERE c.account_id = r.account_id AND c.phone_number = r.phone)::bigint AS phone_id,"
    "  CASE WHEN r.external_id IS NOT NULL THEN r.ref_at END AS ref_at,"
    "  CASE WHEN r.identifier IS NOT NULL THEN r.identifier_at END AS identifier_at,"
    "  CASE WHEN r.email IS NOT NULL THEN r.email_at END AS email_at,"
    "  CASE WHEN r.phone IS NOT NULL THEN r.phone_at END AS phone_at"
    " FROM ref r"
    "), walk AS ("
    " SELECT 0::bigint AS ord, '{}'::bigint[] AS ids"
    " UNION ALL"
    " SELECT k.ord, w.ids || (SELECT coalesce("
    "   k.ref_id, w.ids[k.ref_at], k.identifier_id, w.ids[k.identifier_at],"
    "   k.email_id, w.ids[k.email_at], k.phone_id, w.ids[k.phone_at],"
    "   -nextval('public.contacts_id_seq')))"
    " FROM walk w JOIN known k ON k.ord = w.ord + 1"
    ")"
    " SELECT abs(ids[ord]) AS contact_id, ids[ord] < 0 AS is_new"
    " FROM walk WHERE ord > 0 ORDER BY ord";

ms_status ms_crm_resolve(ms_plugin *self, ms_arena *arena, const ms_crm_ref *refs, size_t n,
                         ms_statements *out, ms_error *err)
{
    ms_crm_columns c;
    ms_status status = ms_crm_columns_new(&c, self, arena, n, 6, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const ms_crm_ref *r = &refs[i];
        ms_crm_columns_row(&c, i,
                           (ms_value[]){
                               ms_int(r->account_id),
                               ms_string_or_null(r->source),
                               ms_string_or_null(r->external_id),
                               ms_string_or_null(r->identifier.n ? r->identifier : MS_NONE),
                               ms_string_or_null(r->email.n ? r->email : MS_NONE),
                               ms_string_or_null(r->phone_number.n ? r->phone_number : MS_NONE),
                           });
    }
    return ms_crm_columns_append(&c, resolve_sql, out, err);
}
