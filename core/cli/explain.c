/* moonsift explain: why a contact has its score and labels, and what would change them. */
#include "cli/explain.h"

#include "cli/fold.h"
#include "host/role.h"

enum { INDENT = 9 }; /* below the names of rules, when rows are folded */

/* ---- labels of people ----------------------------------------------------------------------- */

static bool is_owned(const ms_vertical *v, ms_str title)
{
    for (uint32_t i = 0; i < v->n_labels; i++)
        if (v->labels[i].owned && ms_str_eq(v->labels[i].title, title))
            return true;
    return false;
}

/* Labels that the vertical does not own belong to people. */
static ms_status find_people_labels(ms_cli *cli, ms_cli_env *env, ms_explanation *e, ms_error *err)
{
    const ms_subject *s = e->subject;
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
        ms_json_parse(cli->arena, ms_cell(&rows[0], 0, 7), &labels, NULL) != MS_OK ||
        labels.kind != MS_ARRAY)
        return status;
    ms_str *people = ms_alloc_zero(cli->arena, labels.count + 1, sizeof *people);
    if (!people)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (uint32_t i = 0; i < labels.count; i++) {
        ms_str title = ms_as_str(&labels.as.items[i]);
        if (!is_owned(e->rules->vertical, title))
            people[e->n_people++] = title;
    }
    e->people = people;
    return MS_OK;
}

/* ---- putting it together -------------------------------------------------------------------- */

/* All that has to be freed. */
typedef struct held {
    ms_explain_rules rules, other;
    ms_judged judged, unchanged, other_judged;
    ms_effects effects;
    ms_buf text;
} held;

static ms_status judge_all(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked, held *h,
                           ms_explanation *e, ms_error *err)
{
    const ms_subject *s = e->subject;
    ms_str attributes = s->attributes;
    ms_status status = ms_explain_rules_load(cli, env, s, asked->version, &h->rules, err);
    if (status == MS_OK && asked->diff)
        status = ms_explain_rules_load(cli, env, s, asked->diff, &h->other, err);
    if (status == MS_OK && asked->n_what_if) {
        status = ms_what_if(cli, h->rules.vertical, s->attributes, asked->what_if, asked->n_what_if,
                            &attributes, err);
        if (status == MS_OK)
            status = ms_judged_make(&h->unchanged, h->rules.vertical, s, s->attributes, err);
        e->unchanged = &h->unchanged;
    }
    if (status == MS_OK)
        status = ms_judged_make(&h->judged, h->rules.vertical, s, attributes, err);
    e->rules = &h->rules;
    e->judged = &h->judged;
    if (status == MS_OK && asked->diff) {
        e->other = &h->other;
        e->other_judged = &h->other_judged;
        return ms_judged_make(&h->other_judged, h->other.vertical, s, attributes, err);
    }
    if (status == MS_OK && !asked->n_what_if) {
        e->effects = &h->effects;
        status = ms_effects_find(&h->judged.decision, &h->judged.fields, &h->judged.facts,
                                 cli->arena, &h->effects, err);
    }
    return status;
}

static int explain(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked, const ms_subject *s)
{
    held h = {0};
    ms_error err = {0};
    ms_explanation e = {.subject = s, .asked = asked};
    ms_status status = judge_all(cli, env, asked, &h, &e, &err);
    if (status == MS_OK && !s->file && !asked->diff && !asked->n_what_if)
        status = find_people_labels(cli, env, &e, &err);
    if (status == MS_OK && cli->json)
        ms_explain_json(&e, &h.text);
    else if (status == MS_OK)
        ms_explain_print(cli, &e, &h.text);
    if (status == MS_OK && h.text.failed)
        status = ms_fail(&err, MS_NOMEM, "out of memory");
    if (status == MS_OK && cli->json)
        fwrite(h.text.p, 1, h.text.n, stdout);
    else if (status == MS_OK)
        ms_cli_fold(cli, ms_buf_view(&h.text), INDENT);
    ms_buf_free(&h.text);
    ms_judged_free(&h.other_judged);
    ms_judged_free(&h.unchanged);
    ms_judged_free(&h.judged);
    ms_script_free(h.other.script);
    ms_script_free(h.rules.script);
    return status == MS_OK ? 0 : ms_cli_fail(&ms_verb_explain, &err);
}

static int not_judged(ms_cli *cli, const ms_subject *s)
{
    ms_explanation e = {.subject = s};
    ms_buf text = {0};
    if (cli->json) {
        ms_explain_json(&e, &text);
    } else {
        ms_subject_words(s, &text);
        ms_buf_format(&text, "no vertical judges this contact (account %lld)\n",
                      (long long)s->account_id);
    }
    if (!text.failed && cli->json)
        fwrite(text.p, 1, text.n, stdout);
    else if (!text.failed)
        ms_cli_show(stdout, ms_buf_view(&text));
    int code = text.failed;
    ms_buf_free(&text);
    return code;
}

/* ---- the command line ----------------------------------------------------------------------- */

/* --what-if may repeat: it is taken off here, and the rest is for the table of flags. */
static int take_what_ifs(ms_cli *cli, int *argc, char **argv, ms_explain_asked *a)
{
    static const char flag[] = "--what-if";
    const size_t n = sizeof flag - 1;
    int kept = 1, i = 1;
    a->what_if = ms_alloc_zero(cli->arena, (size_t)*argc + 1, sizeof *a->what_if);
    if (!a->what_if)
        return 1;
    for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], flag, n) != 0 || (argv[i][n] && argv[i][n] != '='))
            argv[kept++] = argv[i];
        else if (argv[i][n])
            a->what_if[a->n_what_if++] = argv[i] + n + 1;
        else if (++i < *argc)
            a->what_if[a->n_what_if++] = argv[i];
        else
            return ms_cli_usage(&ms_verb_explain, "--what-if needs a value, KEY=VALUE");
    }
    while (i < *argc)
        argv[kept++] = argv[i++];
    argv[kept] = NULL;
    *argc = kept;
    return 0;
}

static int take_options(ms_cli *cli, int *argc, char **argv, ms_explain_asked *a)
{
    const char *what_if = NULL;
    const ms_cli_option options[] = {{"version", 0, &a->version, NULL},
                                     {"diff", 0, &a->diff, NULL},
                                     {"vertical", 0, &a->vertical, NULL},
                                     {"what-if", 0, &what_if, NULL},
                                     {"now", 0, NULL, &a->now},
                                     {"verify", 0, NULL, &a->verify},
                                     {NULL, 0, NULL, NULL}};
    int code = take_what_ifs(cli, argc, argv, a);
    if (!code)
        code = ms_cli_options(&ms_verb_explain, argc, argv, options);
    if (code)
        return code;
    if (*argc != 2)
        return ms_cli_usage(&ms_verb_explain, "say which contact, decision or FILE.json");
    a->what = argv[1];
    bool file = ms_subject_is_file(a->what);
    if (a->verify && (file || a->version || a->diff || a->n_what_if || a->now || cli->at))
        return ms_cli_usage(&ms_verb_explain, "--verify makes a stored decision again, as it was");
    if (a->now && strncmp(a->what, "dec_", 4) == 0)
        return ms_cli_usage(&ms_verb_explain, "--now is for a contact; a decision is as it was");
    if (a->diff && a->n_what_if)
        return ms_cli_usage(&ms_verb_explain, "--diff or --what-if, not both");
    if (a->now && file)
        return ms_cli_usage(&ms_verb_explain, "--now is for a contact; a file is judged as it is");
    if (a->vertical && !file)
        return ms_cli_usage(&ms_verb_explain, "--vertical is for a file");
    return 0;
}

/* A file and its draft need no database. */
static bool needs_database(const ms_explain_asked *a)
{
    bool stored = (a->version && strcmp(a->version, "draft") != 0) ||
                  (a->diff && strcmp(a->diff, "draft") != 0);
    return stored || !ms_subject_is_file(a->what);
}

static int run(ms_cli *cli, int argc, char **argv)
{
    ms_explain_asked asked = {0};
    ms_cli_env env = {0};
    ms_error err = {0};
    ms_subject s = {0};
    int code = take_options(cli, &argc, argv, &asked);
    if (code)
        return code;
    cli->json |= cli->jsonl;
    unsigned want = MS_CLI_CONFIG | (needs_database(&asked) ? MS_CLI_DATABASE | MS_CLI_TABLES : 0);
    if (ms_cli_open(cli, NULL, 0, want, &env, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_explain, &err);
    ms_status status = ms_subject_is_file(asked.what)
                           ? ms_subject_read(cli, &env, &asked, &s, &err)
                           : ms_subject_find(cli, &env, &asked, &s, &err);
    if (status == MS_OK && asked.verify && !s.stored)
        status = ms_fail(&err, MS_NOT_FOUND, "contact %s was never judged", asked.what);
    if (status != MS_OK)
        code = ms_cli_fail(&ms_verb_explain, &err);
    else if (!s.vertical.p)
        code = not_judged(cli, &s);
    else if (asked.verify)
        code = ms_explain_verify(cli, &env, &s);
    else
        code = explain(cli, &env, &asked, &s);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_explain = {
    .name = "explain",
    .summary = "why a contact has its score, status and labels, and what would change them",
    .usage = "explain CONTACT|DECISION|FILE.json [--version V|draft] [--diff V|draft]\n"
             "               [--what-if KEY=VALUE]... [--at TIME] [--now] [--verify] [--json]",
    .help =
        "CONTACT is an id, an e-mail or a phone number; its last decision is explained from the\n"
        "attributes, version and clock it was made with, and what a single change of one\n"
        "attribute would gain or lose. FILE.json is a contact document, {\"name\": ...,\n"
        "\"attributes\": {...}}, or the attributes alone; it is judged with the files of its\n"
        "vertical, without a database. Nothing is written.\n"
        "\n"
        "  --version V          judge with version V instead, or with the files: draft\n"
        "  --diff V             only what version V, or draft, says otherwise\n"
        "  --what-if KEY=VALUE  judge with another value, KEY= with none; may be repeated\n"
        "  --now                the contact as it stands, with the active version\n"
        "  --at TIME            the same with this clock\n"
        "  --verify             make the stored decision again: \"same\", or what differs (exit "
        "3)\n"
        "  --vertical NAME      which vertical judges FILE.json, whatever it says itself\n"
        "  --json               one document, {\"schema\":\"moonsift.explain/1\", ...}\n"
        "  -v                   how each attribute was read, and how long judging took\n"
        "\n"
        "Examples:\n"
        "  moonsift explain 4211 --what-if urgency_level=low --what-if budget_max=\n"
        "  moonsift explain contact.json --vertical recruitment\n"
        "  moonsift explain john@techstartup.com --now --diff draft\n",
    .run = run,
};
