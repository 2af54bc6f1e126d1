/* Contacts, their labels, and the accounts they belong to. */
#include "crm.h"

/* ---- read ----------------------------------------------------------------------------------- */

#define CONTACT_COLUMNS                                                                            \
    "c.account_id, c.id::bigint AS contact_id, c.name, c.email, c.phone_number, c.identifier,"     \
    " CASE WHEN jsonb_typeof(c.custom_attributes) = 'object'"                                      \
    "  THEN c.custom_attributes ELSE '{}' END::text AS attributes"
#define WANTED_CONTACTS                                                                            \
    " FROM public.contacts c WHERE (c.account_id, c.id) IN"                                        \
    " (SELECT * FROM unnest($1::bigint[], $2::bigint[]))"

static const char read_sql[] =
    "SELECT " CONTACT_COLUMNS ","
    " (SELECT coalesce(json_agg(l.title ORDER BY l.title COLLATE \"C\"), '[]')::text"
    "   FROM public.contact_labels x JOIN public.labels l ON l.id = x.label_id"
    "   WHERE x.contact_id = c.id) AS labels" WANTED_CONTACTS " ORDER BY c.id";

/* Labels are read when all locks are had, by a function, because a volatile function's query sees
 * what was committed while this statement waited; the statement itself would see old labels beside
 * a new contact. */
static const char lock_sql[] =
    "WITH locked AS MATERIALIZED ("
    "SELECT " CONTACT_COLUMNS WANTED_CONTACTS " ORDER BY c.id FOR UPDATE OF c"
    ") SELECT c.*, coalesce(l.labels, '[]') AS labels FROM locked c LEFT JOIN"
    " moonsift.labels_of((SELECT array_agg(contact_id) FROM locked)) l USING (contact_id)"
    " ORDER BY contact_id";

ms_status ms_crm_read(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                      const int64_t *contact_ids, size_t n, bool lock, ms_statements *out,
                      ms_error *err)
{
    ms_crm_columns c;
    ms_status status = ms_crm_columns_new(&c, self, arena, n, 2, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        *ms_crm_columns_at(&c, 0, i) = ms_int(account_ids[i]);
        *ms_crm_columns_at(&c, 1, i) = ms_int(contact_ids[i]);
    }
    return ms_crm_columns_append(&c, lock ? lock_sql : read_sql, out, err);
}

/* ---- write: rows ---------------------------------------------------------------------------- */

/* clang-format off */
/* What is to stand in the rows. A text that is too long for its column is cut where that keeps its
 * sense (name), else left out. An e-mail address, phone number or identifier that another contact
 * of the account has, or an earlier one of this batch gets, is left out as well: both contacts are
 * kept, and nobody is merged by accident. */
#define WANTED_ROWS                                                                                \
    "WITH given AS ("                                                                              \
    " SELECT r.*,"                                                                                 \
    "  row_number() OVER (PARTITION BY account_id, lower(btrim(email, E' \\t\\r\\n'))"             \
    "   ORDER BY id) AS email_rank,"                                                               \
    "  row_number() OVER (PARTITION BY account_id, phone ORDER BY id) AS phone_rank,"              \
    "  row_number() OVER (PARTITION BY account_id, identifier ORDER BY id) AS identifier_rank"     \
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],"     \
    "  $7::text[]) AS r(account_id, id, name, email, phone, identifier, attributes)"               \
    "), wanted AS ("                                                                               \
    " SELECT g.account_id, g.id, left(g.name, 255) AS name,"                                       \
    "  CASE WHEN g.email_rank = 1 AND length(g.email) <= 255 AND NOT EXISTS ("                     \
    "   SELECT FROM public.contacts o WHERE o.account_id = g.account_id AND o.id <> g.id"          \
    "    AND lower(btrim(o.email, E' \\t\\r\\n')) = lower(btrim(g.email, E' \\t\\r\\n')))"         \
    "   THEN g.email END AS email,"                                                                \
    "  CASE WHEN g.phone_rank = 1 AND length(g.phone) <= 50 AND NOT EXISTS ("                      \
    "   SELECT FROM public.contacts o WHERE o.account_id = g.account_id AND o.id <> g.id"          \
    "    AND o.phone_number = g.phone) THEN g.phone END AS phone_number,"                          \
    "  CASE WHEN g.identifier_rank = 1 AND length(g.identifier) <= 255 AND NOT EXISTS ("           \
    "   SELECT FROM public.contacts o WHERE o.account_id = g.account_id AND o.id <> g.id"          \
    "    AND o.identifier = g.identifier) THEN g.identifier END AS identifier,"                    \
    "  coalesce(g.attributes, '{}')::jsonb AS attributes"                                          \
    " FROM given g"                                                                                \
    ")"
/* clang-format on */

static const char update_sql[] = WANTED_ROWS
    " UPDATE public.contacts c SET name = w.name, email = w.email, phone_number = w.phone_number,"
    "  identifier = w.identifier, custom_attributes = w.attributes"
    " FROM wanted w WHERE c.id = w.id AND c.account_id = w.account_id"
    "  AND (c.name, c.email, c.phone_number, c.identifier, c.custom_attributes)"
    "   IS DISTINCT FROM (w.name, w.email, w.phone_number, w.identifier, w.attributes)";

static const char insert_sql[] = WANTED_ROWS
    " INSERT INTO public.contacts (id, account_id, name, email, phone_number, identifier,"
    "  custom_attributes)"
    " SELECT id, account_id, name, email, phone_number, identifier, attributes FROM wanted";

static ms_status write_rows(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts,
                            size_t n, bool create, ms_statements *out, ms_error *err)
{
    ms_crm_columns c;
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < n; i++)
        rows += create ? contacts[i].create : contacts[i].update && !contacts[i].create;
    if (!rows)
        return MS_OK;
    ms_status status = ms_crm_columns_new(&c, self, arena, rows, 7, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const ms_crm_contact *w = &contacts[i];
        if (create ? !w->create : w->create || !w->update)
            continue;
        ms_crm_columns_row(&c, row++,
                           (ms_value[]){
                               ms_int(w->account_id),
                               ms_int(w->contact_id),
                               ms_string_or_null(w->name),
                               ms_string_or_null(w->email),
                               ms_string_or_null(w->phone_number),
                               ms_string_or_null(w->identifier),
                               ms_string_or_null(w->attributes),
                           });
    }
    return ms_crm_columns_append(&c, create ? insert_sql : update_sql, out, err);
}

/* ---- write: labels -------------------------------------------------------------------------- */

#define GIVEN_LABELS                                                                               \
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS r(account_id, contact_id, title)"

/* Labels that a vertical declares and the account has not got. The look before the insert is not
 * for safety (ON CONFLICT is) but because every conflict would use up an id. */
static const char new_labels_sql[] =
    "INSERT INTO public.labels (account_id, title)"
    " SELECT DISTINCT r.account_id, r.title" GIVEN_LABELS " WHERE length(r.title) <= 255"
    "  AND NOT EXISTS (SELECT FROM public.labels l"
    "   WHERE l.account_id = r.account_id AND l.title = r.title)"
    " ON CONFLICT (title, account_id) DO NOTHING";

static const char add_labels_sql[] =
    "INSERT INTO public.contact_labels (contact_id, label_id)"
    " SELECT DISTINCT c.id, l.id" GIVEN_LABELS
    " JOIN public.contacts c ON c.id = r.contact_id AND c.account_id = r.account_id"
    " JOIN public.labels l ON l.account_id = r.account_id AND l.title = r.title"
    " WHERE NOT EXISTS (SELECT FROM public.contact_labels x"
    "  WHERE x.contact_id = c.id AND x.label_id = l.id)"
    " ON CONFLICT (contact_id, label_id) DO NOTHING";

static const char remove_labels_sql[] = "DELETE FROM public.contact_labels x"
                                        " USING (SELECT r.*" GIVEN_LABELS ") r, public.labels l"
                                        " WHERE l.account_id = r.account_id AND l.title = r.title"
                                        "  AND x.contact_id = r.contact_id AND x.label_id = l.id";

static size_t label_count(const ms_crm_contact *contact, bool add)
{
    return add ? contact->n_add : contact->n_remove;
}

static ms_status write_labels(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts,
                              size_t n, bool add, ms_statements *out, ms_error *err)
{
    ms_crm_columns c;
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < n; i++)
        rows += label_count(&contacts[i], add);
    if (!rows)
        return MS_OK;
    ms_status status = ms_crm_columns_new(&c, self, arena, rows, 3, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const ms_str *titles = add ? contacts[i].add_labels : contacts[i].remove_labels;
        for (size_t k = 0; k < label_count(&contacts[i], add); k++)
            ms_crm_columns_row(&c, row++,
                               (ms_value[]){ms_int(contacts[i].account_id),
                                            ms_int(contacts[i].contact_id), ms_string(titles[k])});
    }
    if (!add)
        return ms_crm_columns_append(&c, remove_labels_sql, out, err);
    status = ms_crm_columns_append(&c, new_labels_sql, out, err);
    return status == MS_OK ? ms_crm_columns_append(&c, add_labels_sql, out, err) : status;
}

/* Updates go first: an address that somebody gives up is free for somebody new. */
ms_status ms_crm_write(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts, size_t n,
                       ms_statements *out, ms_error *err)
{
    ms_status status = write_rows(self, arena, contacts, n, false, out, err);
    if (status == MS_OK)
        status = write_rows(self, arena, contacts, n, true, out, err);
    if (status == MS_OK)
        status = write_labels(self, arena, contacts, n, false, out, err);
    if (status == MS_OK)
        status = write_labels(self, arena, contacts, n, true, out, err);
    return status;
}

/* ---- accounts ------------------------------------------------------------------------------- */

/* A trigger gives new accounts the standard labels. */
static const char accounts_sql[] =
    "INSERT INTO public.accounts (id, name)"
    " SELECT DISTINCT r.id, 'Account ' || r.id FROM unnest($1::bigint[]) AS r(id)"
    " WHERE r.id BETWEEN 1 AND 2000000000"
    "  AND NOT EXISTS (SELECT FROM public.accounts a WHERE a.id = r.id)"
    " ON CONFLICT (id) DO NOTHING";

/* Ids from outside must not be handed out again. */
static const char account_ids_sql[] =
    "SELECT setval('public.accounts_id_seq', m.id)"
    " FROM (SELECT max(a.id) AS id FROM public.accounts a WHERE a.id = ANY($1::bigint[])) m,"
    "  public.accounts_id_seq s WHERE m.id >= s.last_value + s.is_called::int";

ms_status ms_crm_accounts(ms_plugin *self, ms_arena *arena, const int64_t *account_ids, size_t n,
                          ms_statements *out, ms_error *err)
{
    ms_crm_columns c;
    if (!n)
        return MS_OK;
    ms_status status = ms_crm_columns_new(&c, self, arena, n, 1, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        *ms_crm_columns_at(&c, 0, i) = ms_int(account_ids[i]);
    status = ms_crm_columns_append(&c, accounts_sql, out, err);
    return status == MS_OK ? ms_crm_columns_append(&c, account_ids_sql, out, err) : status;
}
