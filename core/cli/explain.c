/* moonsift explain: why a contact has its score and labels. */
#include "base/clock.h"
#include "cli/verb.h"
#include "flow/columns.h"
#include "flow/ids.h"
#include "flow/versions.h"
#include "host/role.h"
#include "rules/judge.h"

#include <stdlib.h>

/* ---- what is looked up ---------------------------------------------------------------------- */

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
    " (extract(epoch FROM d.clock) * 1000000)::bigint, d.id, d.conflicts::text, v.files::text,"
    " (SELECT number = d.version FROM moonsift.active_version a WHERE a.vertical = d.vertical)"
    " FROM moonsift.decision d"
    " JOIN moonsift.version v ON v.vertical = d.vertical AND v.number = d.version"
    " LEFT JOIN public.contacts c ON c.account_id = d.account_id AND c.id = d.contact_id"
    " WHERE d.id = $1::bigint AND ($2::bigint = 0 OR d.account_id = $2::bigint)";

static const char active_sql[] = "SELECT v.vertical, v.number, v.files::text"
                                 " FROM moonsift.active_version a"
                                 " JOIN moonsift.version v USING (vertical, number)"
                                 " WHERE v.vertical = $1";

/* What is judged, whatever it was found by. */
typedef struct subject {
    int64_t account_id, contact_id, clock, decision_id;
    ms_str name, attributes, vertical, conflicts;
    bool active;     /* the version is the active one */
    bool stored;     /* as decided; otherwise as it would be decided now */
    ms_rows version; /* vertical, number, files */
} subject;

static ms_status not_found(const char *what, ms_error *err)
{
    ms_fail(err, MS_NOT_FOUND, "there is no contact or decision \"%s\"", what);
    ms_hint(err, "give a contact's id, e-mail or phone, or a decision such as dec_0e2v5m3k7q9ab; "
                 "see: moonsift deliveries list");
    return MS_NOT_FOUND;
}

static ms_status find_decision(ms_cli *cli, ms_cli_env *env, int64_t id, subject *out,
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
    ms_str *cells = ms_alloc_zero(cli->arena, 3, sizeof *cells);
    if (!cells)
        return ms_fail(err, MS_NOMEM, "out of memory");
    cells[0] = ms_cell(&rows, 0, 4);
    cells[1] = ms_cell(&rows, 0, 5);
    cells[2] = ms_cell(&rows, 0, 9);
    *out = (subject){.account_id = ms_cell_int(ms_cell(&rows, 0, 0), 0),
                     .contact_id = ms_cell_int(ms_cell(&rows, 0, 1), 0),
                     .name = ms_cell(&rows, 0, 2),
                     .attributes = ms_cell(&rows, 0, 3),
                     .vertical = cells[0],
                     .clock = ms_cell_int(ms_cell(&rows, 0, 6), 0),
                     .decision_id = id,
                     .conflicts = ms_cell(&rows, 0, 8),
                     .active = ms_cell_bool(ms_cell(&rows, 0, 10)),
                     .stored = true,
                     .version = {.n_columns = 3, .n_rows = 1, .cells = cells}};
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

static ms_status find_contact(ms_cli *cli, ms_cli_env *env, const char *what, bool now,
                              subject *out, ms_error *err)
{
    ms_rows rows = {0};
    char *end = NULL;
    long long id = strtoll(what + (what[0] == '#'), &end, 10);
    const ms_value params[] = {ms_int(cli->account), ms_int(*end ? 0 : id),
                               ms_string(ms_str_z(what))};
    ms_status status = ms_db_query(&env->db, cli->arena, contact_sql, params, 3, &rows, err);
    if (status != MS_OK)
        return status;
    if (rows.n_rows == 0)
        return not_found(what, err);
    if (rows.n_rows > 1) {
        ms_fail(err, MS_INVALID, "more than one account has a contact \"%s\"", what);
        ms_hint(err, "say which: --account N");
        return MS_INVALID;
    }
    int64_t decision = ms_cell_int(ms_cell(&rows, 0, 5), 0);
    if (decision && !now && !cli->at)
        return find_decision(cli, env, decision, out, err);
    *out = (subject){.account_id = ms_cell_int(ms_cell(&rows, 0, 0), 0),
                     .contact_id = ms_cell_int(ms_cell(&rows, 0, 1), 0),
                     .name = ms_cell(&rows, 0, 2),
                     .attributes = ms_cell(&rows, 0, 3),
                     .vertical = ms_cell(&rows, 0, 4),
                     .clock = cli->at_us,
                     .active = true};
    if (!out->vertical.p)
        out->vertical = account_vertical(env->config, out->account_id);
    if (!out->vertical.p || ms_str_eqz(out->vertical, "none"))
        return MS_OK;
    const ms_value name = ms_string(out->vertical);
    return ms_db_query(&env->db, cli->arena, active_sql, &name, 1, &out->version, err);
}

/* ---- what is printed ------------------------------------------------------------------------ */

static void print_header(const subject *s, int version)
{
    char when[MS_TIME_TEXT], id[MS_ID_TEXT];
    printf(MS_FMT " #%lld · ", MS_ARG(s->name.n ? s->name : MS_STR("(no name)")),
           (long long)s->contact_id);
    if (!s->version.n_rows) {
        printf("no vertical judges this contact (account %lld)\n", (long long)s->account_id);
        return;
    }
    printf(MS_FMT " v%d%s · clock %.16sZ", MS_ARG(s->vertical), version,
           s->active ? " (active)" : "", ms_time_format(s->clock, when));
    if (s->stored)
        printf(" · decision %s\n", ms_id_text("dec", s->decision_id, id));
    else
        puts(" · what would be decided now");
}

/* {"lead_status": ["qualified", "new"]}: kept, and what the rules say. */
static void print_conflicts(ms_cli *cli, ms_str json)
{
    ms_value v;
    if (!json.p || ms_json_parse(cli->arena, json, &v, NULL) != MS_OK || v.kind != MS_OBJECT)
        return;
    for (uint32_t i = 0; i < v.count; i++) {
        const ms_value *pair = &v.as.members[i].value;
        ms_buf buf = {0};
        if (pair->kind != MS_ARRAY || pair->count != 2)
            continue;
        ms_json_write(&buf, &pair->as.items[0]);
        ms_buf_z(&buf, ", though the rules say ");
        ms_json_write(&buf, &pair->as.items[1]);
        printf("kept: " MS_FMT " = " MS_FMT ": a person changed it\n", MS_ARG(v.as.members[i].key),
               MS_ARG(ms_buf_view(&buf)));
        ms_buf_free(&buf);
    }
}

/* Labels that the vertical does not own belong to people. */
static ms_status print_people_labels(ms_cli *cli, ms_cli_env *env, const subject *s,
                                     const ms_vertical *v, ms_error *err)
{
    ms_role role = {.plugins = env->plugins, .db = env->db};
    ms_statements list = {0};
    ms_rows *rows = NULL;
    ms_value labels;
    ms_status status = ms_role_crm(&role, err);
    if (status == MS_OK)
        status = role.crm->read(role.crm_self, cli->arena, &s->account_id, &s->contact_id, 1, false,
                                &list, err);
    if (status == MS_OK)
        status = ms_db_run(&env->db, cli->arena, list.items, list.n, 0, &rows, err);
    if (status != MS_OK || rows[0].n_rows == 0 ||
        ms_json_parse(cli->arena, ms_cell(&rows[0], 0, 7), &labels, NULL) != MS_OK)
        return status;
    for (uint32_t i = 0; labels.kind == MS_ARRAY && i < labels.count; i++) {
        ms_str title = ms_as_str(&labels.as.items[i]);
        bool owned = false;
        for (uint32_t k = 0; k < v->n_labels; k++)
            owned = owned || (v->labels[k].owned && ms_str_eq(v->labels[k].title, title));
        if (!owned)
            printf("left alone: label " MS_FMT " belongs to people\n", MS_ARG(title));
    }
    return MS_OK;
}

static ms_status judge_subject(const subject *s, const ms_vertical *v, ms_judge *judge,
                               ms_json_reader *reader, ms_fields *fields, ms_decision *out,
                               ms_error *err)
{
    int64_t day = 86400000000, today = s->clock / day - (s->clock % day < 0);
    ms_status status = ms_json_read(reader, s->attributes, NULL, fields, NULL, err);
    return status == MS_OK ? ms_judge_contact(judge, v, fields, NULL, today, true, out, err)
                           : status;
}

static int explain(ms_cli *cli, ms_cli_env *env, const subject *s)
{
    ms_error err = {.text = "out of memory"};
    ms_versions *versions = s->version.n_rows ? ms_versions_load(&s->version, NULL) : NULL;
    ms_judge *judge = ms_judge_new();
    ms_json_reader *reader = ms_json_reader_new();
    ms_fields fields = {0};
    ms_decision decision;
    ms_buf buf = {0};
    const ms_active *active = ms_versions_find(versions, s->vertical);
    ms_status status = judge && reader ? MS_OK : MS_NOMEM;
    print_header(s, active ? active->number : 0);
    if (status == MS_OK && active) {
        const ms_vertical *v = active->script ? ms_script_vertical(active->script) : NULL;
        status = v ? judge_subject(s, v, judge, reader, &fields, &decision, &err)
                   : (err = active->error).status;
        if (status == MS_OK) {
            ms_decision_explain(&decision, &buf);
            fwrite(ms_buf_view(&buf).p, 1, buf.n, stdout);
            print_conflicts(cli, s->conflicts);
            status = print_people_labels(cli, env, s, v, &err);
        }
    }
    ms_buf_free(&buf);
    ms_fields_free(&fields);
    ms_json_reader_free(reader);
    ms_judge_free(judge);
    ms_versions_free(versions);
    return status == MS_OK ? 0 : ms_cli_fail(&ms_verb_explain, &err);
}

static int run(ms_cli *cli, int argc, char **argv)
{
    bool now = false;
    const ms_cli_option options[] = {{.name = "now", .given = &now}, {0}};
    ms_cli_env env = {0};
    ms_error err = {0};
    subject s = {0};
    int64_t decision = 0;
    int code = ms_cli_options(&ms_verb_explain, &argc, argv, options);
    if (code)
        return code;
    if (argc != 2)
        return ms_cli_usage(&ms_verb_explain, "say which contact or decision");
    if (cli->json || cli->jsonl) /* better refused than words where a program expects JSON */
        return ms_cli_usage(&ms_verb_explain, "it answers in words; no --json here");
    if (ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG | MS_CLI_DATABASE, &env, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_explain, &err);
    bool by_decision = strncmp(argv[1], "dec_", 4) == 0 && ms_id_parse("dec", argv[1], &decision);
    ms_status status = by_decision ? find_decision(cli, &env, decision, &s, &err)
                                   : find_contact(cli, &env, argv[1], now, &s, &err);
    code = status == MS_OK ? explain(cli, &env, &s) : ms_cli_fail(&ms_verb_explain, &err);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_explain = {
    .name = "explain",
    .summary = "why a contact has its score, status and labels",
    .usage = "explain CONTACT|DECISION [--now] [--at TIME]",
    .help = "CONTACT is an id, an e-mail or a phone number; its last decision is explained from\n"
            "the attributes, version and clock it was made with.\n"
            "\n"
            "  --now          judge it as it stands, with the active version; nothing is written\n"
            "  --at TIME      the same with this clock\n"
            "\n"
            "Examples:\n"
            "  moonsift explain 4211\n"
            "  moonsift explain john@techstartup.com --now\n",
    .run = run,
};
