/* What SQL may write in a Chatwoot database: attributes and labels of contacts that are there. */
#include "chatwoot.h"

#define UTC_NOW "now() AT TIME ZONE 'utc'"

/* ---- attributes ----------------------------------------------------------------------------- */

/*
 * Keys are merged, never the whole replaced: an agent may have saved others meanwhile. What holds
 * no object is left alone, for Rails would fail on it either way and somebody put it there. Rows
 * that would not change are not touched, so that updated_at tells the truth.
 */
static const char attributes_sql[] =
    "UPDATE public.contacts c SET custom_attributes = w.attributes, updated_at = " UTC_NOW
    " FROM (SELECT c.id, (CASE WHEN jsonb_typeof(c.custom_attributes) = 'object'"
    "    THEN c.custom_attributes ELSE '{}' END"
    "   - ARRAY(SELECT jsonb_array_elements_text(r.gone::jsonb))) || r.patch::jsonb AS attributes"
    "  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])"
    "   AS r(account_id, id, patch, gone)"
    "  JOIN public.contacts c ON c.id = r.id AND c.account_id = r.account_id"
    "  WHERE coalesce(jsonb_typeof(c.custom_attributes), 'null') IN ('object', 'null')"
    "  ORDER BY c.id FOR NO KEY UPDATE OF c) w"
    " WHERE c.id = w.id AND c.custom_attributes IS DISTINCT FROM w.attributes";

static ms_str or_text(ms_str text, ms_str otherwise)
{
    return text.p ? text : otherwise;
}

static ms_status write_attributes(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts,
                                  size_t n, ms_statements *out, ms_error *err)
{
    ms_chatwoot_columns c;
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < n; i++)
        rows += contacts[i].update;
    if (!rows)
        return MS_OK;
    ms_status status = ms_chatwoot_columns_new(&c, self, arena, rows, 4, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const ms_crm_contact *w = &contacts[i];
        ms_str all = or_text(w->attributes, MS_STR("{}"));
        if (!w->update)
            continue;
        ms_chatwoot_columns_row(&c, row++,
                                (ms_value[]){
                                    ms_int(w->account_id),
                                    ms_int(w->contact_id),
                                    ms_string(or_text(w->patch, all)),
                                    ms_string(or_text(w->drop, MS_STR("[]"))),
                                });
    }
    return ms_chatwoot_columns_append(&c, attributes_sql, out, err);
}

/* ---- labels --------------------------------------------------------------------------------- */

/* The contacts meant that are there, with the titles as the catalogue writes them. */
#define GIVEN                                                                                      \
    "(SELECT DISTINCT c.id, lower(r.title) AS title"                                               \
    "  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS r(account_id, id, title)"            \
    "  JOIN public.contacts c ON c.id = r.id AND c.account_id = r.account_id"                      \
    "  WHERE r.title <> '' AND length(r.title) <= 255) r"
#define OF_CONTACT(g)                                                                              \
    g ".taggable_id = r.id AND " g ".taggable_type = 'Contact' AND " g ".context = 'labels'"

/* No unique key keeps a tagging from being there twice (its tagger columns are NULL), so writers
 * must wait for each other before they look. */
static const char lock_sql[] =
    "SELECT 1 FROM public.contacts c WHERE (c.account_id, c.id) IN"
    " (SELECT account_id, id FROM unnest($1::bigint[], $2::bigint[], $3::text[])"
    "   AS r(account_id, id, title)) ORDER BY c.id FOR NO KEY UPDATE OF c";

/* All cases of the name, every copy. Those that a person tagged carry no tagger either. */
#define REMOVE                                                                                     \
    "DELETE FROM public.taggings g USING " GIVEN ", public.tags t"                                 \
    " WHERE lower(t.name) = r.title AND g.tag_id = t.id AND " OF_CONTACT("g")
static const char remove_sql[] = REMOVE;
static const char remove_counted_sql[] =
    "WITH gone AS (" REMOVE " RETURNING g.tag_id)"
    " UPDATE public.tags t SET taggings_count = greatest(coalesce(t.taggings_count, 0) - x.n, 0)"
    " FROM (SELECT tag_id, count(*) AS n FROM gone GROUP BY tag_id) x WHERE t.id = x.tag_id";

/* Tags belong to the whole installation. In order of name, so that two writers never wait for each
 * other crosswise; whichever comes second finds the tag in its next statement. */
static const char tags_sql[] = "INSERT INTO public.tags (name) SELECT DISTINCT r.title FROM " GIVEN
                               " WHERE NOT EXISTS (SELECT FROM public.tags t"
                               "  WHERE lower(t.name) = r.title)"
                               " ORDER BY r.title ON CONFLICT (name) DO NOTHING";

/* Of tags that differ in case the one that meets the catalogue is taken. */
#define ADD                                                                                        \
    "INSERT INTO public.taggings (tag_id, taggable_type, taggable_id, context, created_at)"        \
    " SELECT (SELECT t.id FROM public.tags t WHERE lower(t.name) = r.title"                        \
    "   ORDER BY t.name <> r.title, t.id LIMIT 1), 'Contact', r.id, 'labels', " UTC_NOW            \
    " FROM " GIVEN " WHERE NOT EXISTS (SELECT FROM public.taggings x"                              \
    "   JOIN public.tags t ON t.id = x.tag_id WHERE lower(t.name) = r.title AND " OF_CONTACT(      \
        "x") ")"
static const char add_sql[] = ADD;
static const char add_counted_sql[] =
    "WITH made AS (" ADD " RETURNING tag_id)"
    " UPDATE public.tags t SET taggings_count = coalesce(t.taggings_count, 0) + x.n"
    " FROM (SELECT tag_id, count(*) AS n FROM made GROUP BY tag_id) x WHERE t.id = x.tag_id";

/* Where the column is, Rails believes it and not the taggings. */
static const char cache_sql[] =
    "UPDATE public.contacts c SET cached_label_list = w.list FROM (SELECT r.id,"
    "  (SELECT string_agg(t.name, ', ' ORDER BY g.first) FROM (SELECT tag_id, min(g.id) AS first"
    "    FROM public.taggings g WHERE " OF_CONTACT(
        "g") " GROUP BY tag_id) g"
             "   JOIN public.tags t ON t.id = g.tag_id) AS list"
             " FROM (SELECT DISTINCT id FROM " GIVEN ") r) w"
             " WHERE c.id = w.id AND c.cached_label_list IS DISTINCT FROM w.list";

static ms_status label_rows(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts,
                            size_t n, bool add, bool remove, ms_chatwoot_columns *c, ms_error *err)
{
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < n; i++)
        rows += (add ? contacts[i].n_add : 0) + (remove ? contacts[i].n_remove : 0);
    ms_status status = ms_chatwoot_columns_new(c, self, arena, rows, 3, err);
    if (status != MS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const ms_crm_contact *w = &contacts[i];
        ms_value account = ms_int(w->account_id), contact = ms_int(w->contact_id);
        for (size_t k = 0; add && k < w->n_add; k++)
            ms_chatwoot_columns_row(c, row++,
                                    (ms_value[]){account, contact, ms_string(w->add_labels[k])});
        for (size_t k = 0; remove && k < w->n_remove; k++)
            ms_chatwoot_columns_row(c, row++,
                                    (ms_value[]){account, contact, ms_string(w->remove_labels[k])});
    }
    return MS_OK;
}

static ms_status write_labels(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts,
                              size_t n, ms_statements *out, ms_error *err)
{
    ms_chatwoot_columns all, add, remove;
    ms_status status = label_rows(self, arena, contacts, n, true, true, &all, err);
    if (status != MS_OK || !all.n_rows)
        return status;
    status = label_rows(self, arena, contacts, n, true, false, &add, err);
    if (status == MS_OK)
        status = label_rows(self, arena, contacts, n, false, true, &remove, err);
    const struct {
        const ms_chatwoot_columns *columns;
        const char *sql;
    } steps[] = {
        {&all, lock_sql},
        {&remove, self->counts_taggings ? remove_counted_sql : remove_sql},
        {&add, tags_sql},
        {&add, self->counts_taggings ? add_counted_sql : add_sql},
        {&all, self->caches_labels ? cache_sql : NULL},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == MS_OK; i++)
        if (steps[i].sql && steps[i].columns->n_rows)
            status = ms_chatwoot_columns_append(steps[i].columns, steps[i].sql, out, err);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

ms_status ms_chatwoot_write(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts,
                            size_t n, ms_statements *out, ms_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!contacts[i].create)
            continue;
        ms_fail(err, MS_DENIED,
                "contact %lld of account %lld is not there: Chatwoot makes contacts",
                (long long)contacts[i].contact_id, (long long)contacts[i].account_id);
        return ms_hint(err, "create it in Chatwoot, or through its API");
    }
    ms_status status = write_attributes(self, arena, contacts, n, out, err);
    return status == MS_OK ? write_labels(self, arena, contacts, n, out, err) : status;
}
