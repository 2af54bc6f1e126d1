/* Whom `moonsift explain` is about. */
#include "base/text.h"
#include "cli/explain.h"
#include "cli/verticals.h"
#include "flow/columns.h"
#include "flow/ids.h"

#include <stdlib.h>
#include <unistd.h>

enum { LARGEST_FILE = 16 << 20 };

/* ---- from the database ---------------------------------------------------------------------- */

/* By id, e-mail or phone. */
static const char contact_sql[] =
    "SELECT c.account_id, c.id, c.name, c.custom_attributes::text, s.vertical, s.decision_id"
    " FROM public.contacts c LEFT JOIN moonsift.contact_state s"
    " ON s.account_id = c.account_id AND s.contact_id = c.id"
    " WHERE ($1::bigint = 0 OR c.account_id = $1::bigint)"
    " AND (c.id = $2::bigint OR lower(c.email) = lower($3) OR c.phone_number = $3)"
    " ORDER BY c.id LIMIT 2";

static const char decision_sql[] =
    "SELECT d.account_id, d.contact_id, c.name, d.input::text, d.vertical, d.version,"
    " (extract(epoch FROM d.clock) * 1000000)::bigint, d.conflicts::text"
    " FROM moonsift.decision d"
    " LEFT JOIN public.contacts c ON c.account_id = d.account_id AND c.id = d.contact_id"
    " WHERE d.id = $1::bigint AND ($2::bigint = 0 OR d.account_id = $2::bigint)";

static const char active_sql[] = "SELECT number FROM moonsift.active_version WHERE vertical = $1";

static ms_status not_found(const char *what, ms_error *err)
{
    ms_fail(err, MS_NOT_FOUND, "there is no contact or decision \"%s\"", what);
    ms_hint(err, "give a contact's id, e-mail or phone, or a decision such as dec_0e2v5m3k7q9ab; "
                 "see: moonsift deliveries list");
    return MS_NOT_FOUND;
}

static ms_status find_decision(ms_cli *cli, ms_cli_env *env, int64_t id, ms_subject *out,
                               ms_error *err)
{
    ms_rows rows = {0};
    char text[MS_ID_TEXT];
    const ms_value params[] = {ms_int(id), ms_int(cli->account)};
    ms_status status = ms_db_query(&env->db, cli->arena, decision_sql, params, 2, &rows, err);
    if (status != MS_OK)
        return status;
    if (rows.n_rows == 0)
        return not_found(ms_id_text("dec", id, text), err);
    *out = (ms_subject){.account_id = ms_cell_int(ms_cell(&rows, 0, 0), 0),
                        .contact_id = ms_cell_int(ms_cell(&rows, 0, 1), 0),
                        .name = ms_cell(&rows, 0, 2),
                        .attributes = ms_cell(&rows, 0, 3),
                        .vertical = ms_cell(&rows, 0, 4),
                        .version = (int)ms_cell_int(ms_cell(&rows, 0, 5), 0),
                        .clock = ms_cell_int(ms_cell(&rows, 0, 6), 0),
                        .conflicts = ms_cell(&rows, 0, 7),
                        .decision_id = id,
                        .stored = true};
    return MS_OK;
}

/* The vertical that would judge a contact that none has judged yet. */
static ms_str account_vertical(const ms_config *config, int64_t account)
{
    const ms_config_account *accounts = NULL;
    size_t n = ms_config_accounts(config, &accounts);
    for (size_t i = 0; i < n; i++)
        if (accounts[i].id == account)
            return accounts[i].vertical;
    return MS_NONE;
}

/* The version that would judge it now; 0 when none was ever activated. */
static ms_status find_active(ms_cli *cli, ms_cli_env *env, ms_subject *s, ms_error *err)
{
    ms_rows rows = {0};
    if (!s->vertical.p)
        s->vertical = account_vertical(env->config, s->account_id);
    if (!s->vertical.p || ms_str_eqz(s->vertical, "none")) {
        s->vertical = MS_NONE;
        return MS_OK;
    }
    const ms_value name = ms_string(s->vertical);
    ms_status status = ms_db_query(&env->db, cli->arena, active_sql, &name, 1, &rows, err);
    if (status == MS_OK && rows.n_rows)
        s->version = (int)ms_cell_int(ms_cell(&rows, 0, 0), 0);
    return status;
}

static ms_status find_contact(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked,
                              ms_subject *out, ms_error *err)
{
    ms_rows rows = {0};
    char *end = NULL;
    const char *what = asked->what;
    long long id = strtoll(what + (what[0] == '#'), &end, 10);
    const ms_value params[] = {ms_int(cli->account), ms_int(*end ? 0 : id),
                               ms_string(ms_str_z(what))};
    ms_status status = ms_db_query(&env->db, cli->arena, contact_sql, params, 3, &rows, err);
    if (status != MS_OK)
        return status;
    if (rows.n_rows == 0)
        return not_found(what, err);
    if (rows.n_rows > 1) {
        ms_fail(err, MS_INVALID, "more than one contact is \"%s\"", what);
        ms_hint(err, "say which: --account N, or by id");
        return MS_INVALID;
    }
    int64_t decision = ms_cell_int(ms_cell(&rows, 0, 5), 0);
    if (decision && !asked->now && !cli->at)
        return find_decision(cli, env, decision, out, err);
    *out = (ms_subject){.account_id = ms_cell_int(ms_cell(&rows, 0, 0), 0),
                        .contact_id = ms_cell_int(ms_cell(&rows, 0, 1), 0),
                        .name = ms_cell(&rows, 0, 2),
                        .attributes = ms_cell(&rows, 0, 3),
                        .vertical = ms_cell(&rows, 0, 4),
                        .clock = cli->at_us};
    return find_active(cli, env, out, err);
}

ms_status ms_subject_find(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked,
                          ms_subject *out, ms_error *err)
{
    int64_t decision = 0;
    bool by_decision =
        strncmp(asked->what, "dec_", 4) == 0 && ms_id_parse("dec", asked->what, &decision);
    ms_status status = by_decision ? find_decision(cli, env, decision, out, err)
                                   : find_contact(cli, env, asked, out, err);
    if (status != MS_OK)
        return status;
    out->id = ms_arena_format(cli->arena, "%lld", (long long)out->contact_id);
    if (by_decision && cli->at) { /* the same attributes at another time */
        out->clock = cli->at_us;
        out->stored = false;
    }
    if (!out->attributes.p)
        out->attributes = MS_STR("{}");
    return out->id.p ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}

/* ---- from a file ---------------------------------------------------------------------------- */

/* No contact's name for itself has a '/', and none ends so; what is there as a file is meant. */
bool ms_subject_is_file(const char *what)
{
    static const char *const ends[] = {".json", ".jsonl", ".yaml", ".lua"};
    size_t n = strlen(what);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t k = strlen(ends[i]);
        if (n > k && strcmp(what + n - k, ends[i]) == 0)
            return true;
    }
    return strchr(what, '/') || access(what, F_OK) == 0;
}

/* A document whose attributes are not found must not be judged as a contact that has none. */
static ms_status misspelt(const char *path, const ms_value *document, const char *const *keys,
                          ms_error *err)
{
    bool is_contact = ms_get(document, "vertical") != NULL;
    for (uint32_t i = 0; i < document->count; i++) {
        const ms_member *m = &document->as.members[i];
        const char *near = m->value.kind == MS_OBJECT ? ms_nearest(m->key, keys) : NULL;
        if (near)
            return ms_fail(err, MS_INVALID, "%s: \"" MS_FMT "\": did you mean \"%s\"?", path,
                           MS_ARG(m->key), near);
    }
    if (!is_contact)
        return MS_OK;
    ms_fail(err, MS_INVALID, "%s has no \"attributes\"", path);
    return ms_hint(err, "{\"vertical\": ..., \"attributes\": {\"budget_max\": 80000}}");
}

/* The attributes of a document; `document` itself when it holds nothing else. */
static ms_status attributes_of(const char *path, const ms_value *document, ms_value *out,
                               ms_error *err)
{
    static const char *const keys[] = {"attributes", "custom_attributes", "attr", NULL};
    *out = *document;
    for (size_t i = 0; keys[i]; i++) {
        const ms_value *inner = ms_get(document, keys[i]);
        if (!inner || inner->kind == MS_ABSENT)
            continue;
        if (inner->kind != MS_OBJECT && inner->kind != MS_NULL)
            return ms_fail(err, MS_INVALID, "%s: \"%s\" is no object", path, keys[i]);
        *out = inner->kind == MS_OBJECT ? *inner : ms_object(NULL, 0);
        return MS_OK;
    }
    return misspelt(path, document, keys, err);
}

static ms_str as_text(ms_cli *cli, const ms_value *v)
{
    ms_buf buf = {0};
    ms_json_write(&buf, v);
    ms_str text = buf.failed ? MS_NONE : ms_arena_dup(cli->arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return text;
}

/* Named on the command line, in the document, or the only one there is. */
static ms_status choose_vertical(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked,
                                 const ms_value *document, ms_str *out, ms_error *err)
{
    ms_cli_vertical *list = NULL;
    size_t n = 0;
    char names[256] = "";
    *out = asked->vertical ? ms_str_z(asked->vertical) : ms_as_str(ms_get(document, "vertical"));
    if (out->p)
        return MS_OK;
    ms_status status = ms_cli_verticals(cli, env, NULL, &list, &n, err);
    if (status != MS_OK)
        return status;
    if (n == 1) {
        *out = ms_str_z(list[0].name);
        return MS_OK;
    }
    for (size_t i = 0, at = 0; i < n && at < sizeof names; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "", list[i].name);
    ms_fail(err, MS_INVALID, "which vertical is to judge %s?", asked->what);
    ms_hint(err, "--vertical NAME; there are %s", names);
    return MS_INVALID;
}

/* What was looked up, beside the attributes. */
static ms_status facts_of(ms_cli *cli, const char *path, const ms_value *document, ms_str *out,
                          ms_error *err)
{
    const ms_value *facts = ms_get(document, "facts");
    if (!facts || facts->kind == MS_NULL)
        return MS_OK;
    if (facts->kind != MS_OBJECT)
        return ms_fail(err, MS_INVALID, "%s: \"facts\" is no object", path);
    *out = as_text(cli, facts);
    return out->p ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}

ms_status ms_subject_read(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked,
                          ms_subject *out, ms_error *err)
{
    ms_str text;
    ms_value document, attributes;
    ms_error why = {0};
    ms_status status = ms_read_file(cli->arena, asked->what, LARGEST_FILE, &text, err);
    if (status == MS_INTERNAL) /* a folder, or not for us: what was typed is wrong */
        err->status = status = MS_INVALID;
    if (status != MS_OK)
        return status;
    status = ms_json_parse(cli->arena, ms_skip_bom(text), &document, &why);
    if (status == MS_OK && document.kind != MS_OBJECT)
        status = ms_fail(&why, MS_INVALID, "it is no object");
    if (status != MS_OK) {
        ms_fail(err, status, "%s: %s", asked->what, why.text);
        return ms_hint(err, "{\"name\": \"Ana\", \"attributes\": {\"budget_max\": 80000}}"), status;
    }
    status = attributes_of(asked->what, &document, &attributes, err);
    *out = (ms_subject){.file = true, .clock = cli->at_us};
    if (status == MS_OK)
        status = facts_of(cli, asked->what, &document, &out->facts, err);
    if (status == MS_OK)
        status = choose_vertical(cli, env, asked, &document, &out->vertical, err);
    if (status != MS_OK)
        return status;
    const ms_value *id = ms_get(&document, "id");
    out->name = ms_as_str(ms_get(&document, "name"));
    out->attributes = as_text(cli, &attributes);
    out->id_is_text = id && id->kind == MS_STRING;
    if (id && (id->kind == MS_STRING || id->kind == MS_INT))
        out->id = out->id_is_text ? ms_as_str(id) : as_text(cli, id);
    if (!out->name.n && !out->id.n)
        out->name = ms_str_z(asked->what);
    return out->attributes.p ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}
