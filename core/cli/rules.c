/*
 * moonsift rules: the rules of a vertical as they stand in its files: what each asks, gives and
 * reads, in words and as SQL. No database.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/problems.h"
#include "rules/judge.h"
#include "rules/sql.h"

static const ms_verb *const self = &ms_verb_rules;

typedef struct listing {
    const ms_cli *cli;
    const ms_vertical *v;
    bool sql, filter;
    ms_sql_names names;
    ms_buf out;
} listing;

/* ---- parts ---------------------------------------------------------------------------------- */

static void add_points(listing *l, const ms_rule *r)
{
    if (r->outcome)
        ms_buf_z(&l->out, "outcome");
    else
        ms_buf_format(&l->out, "%+d", r->points);
}

static void add_reads(listing *l, const ms_rule *r, const char *between, bool json)
{
    bool reads[MS_MAX_SLOTS];
    const char *before = "";
    ms_condition_reads(l->v, r->condition, reads);
    for (uint32_t i = 0; i < ms_vertical_slots(l->v); i++) {
        bool computed = i >= l->v->n_attributes && !ms_vertical_fact(l->v, i);
        if (!reads[i] || computed) /* what it is made of is there */
            continue;
        ms_buf_z(&l->out, before);
        before = between;
        if (json)
            ms_json_string(&l->out, l->v->attributes[i].name);
        else
            ms_buf_str(&l->out, l->v->attributes[i].name);
    }
}

/* The expression that was asked for; false: there is none, and why. */
static bool add_sql(listing *l, const ms_rule *r, char why[MS_SQL_WHY])
{
    if (!l->filter)
        return ms_condition_sql(l->v, r->condition, &l->names, &l->out, why);
    snprintf(why, MS_SQL_WHY, "a filter would leave nobody out");
    return ms_condition_sql_filter(l->v, r->condition, &l->names, &l->out);
}

/* ---- as text -------------------------------------------------------------------------------- */

static void add_for_people(listing *l, const ms_rule *r)
{
    char why[MS_SQL_WHY];
    ms_buf_format(&l->out, MS_FMT "  ", MS_ARG(r->id));
    add_points(l, r);
    if (r->name.n)
        ms_buf_format(&l->out, "  " MS_FMT, MS_ARG(r->name));
    if (r->label >= 0)
        ms_buf_format(&l->out, "  label " MS_FMT, MS_ARG(l->v->labels[r->label].title));
    if (l->v->n_groups && r->group >= 0)
        ms_buf_format(&l->out, "  group " MS_FMT, MS_ARG(l->v->groups[r->group].name));
    ms_buf_format(&l->out, "  " MS_FMT ":%u\n      when   ", MS_ARG(l->v->file), r->line);
    ms_condition_words(l->v, r->condition, &l->out);
    ms_buf_z(&l->out, "\n      reads  ");
    add_reads(l, r, ", ", false);
    if (l->sql) {
        ms_buf_z(&l->out, l->filter ? "\n      filter " : "\n      sql    ");
        if (!add_sql(l, r, why))
            ms_buf_format(&l->out, "none: %s", why);
    }
    ms_buf_char(&l->out, '\n');
}

/* Tab-separated: id, points, name, label, place, words, reads, and SQL (empty: none). */
static void add_plain(listing *l, const ms_rule *r)
{
    char why[MS_SQL_WHY];
    ms_buf_format(&l->out, MS_FMT "\t", MS_ARG(r->id));
    add_points(l, r);
    ms_buf_format(&l->out, "\t" MS_FMT "\t", MS_ARG(r->name));
    if (r->label >= 0)
        ms_buf_str(&l->out, l->v->labels[r->label].title);
    ms_buf_format(&l->out, "\t" MS_FMT ":%u\t", MS_ARG(l->v->file), r->line);
    ms_condition_words(l->v, r->condition, &l->out);
    ms_buf_char(&l->out, '\t');
    add_reads(l, r, ",", false);
    if (l->sql) {
        ms_buf_char(&l->out, '\t');
        add_sql(l, r, why);
    }
    ms_buf_char(&l->out, '\n');
}

/* ---- as JSON -------------------------------------------------------------------------------- */

static void add_text(listing *l, const char *key, ms_str text)
{
    ms_buf_format(&l->out, ",\"%s\":", key);
    ms_json_string_or_null(&l->out, text);
}

/* What `add` appends, as a string of its own. */
static void add_member(listing *l, const char *key, ms_buf *text, bool there)
{
    add_text(l, key, there ? ms_buf_view(text) : MS_NONE);
    l->out.failed |= text->failed;
    ms_buf_free(text);
}

static void add_json_sql(listing *l, const ms_rule *r)
{
    char why[MS_SQL_WHY];
    ms_buf text = {0};
    bool is = ms_condition_sql(l->v, r->condition, &l->names, &text, why);
    add_member(l, "sql", &text, is);
    if (is)
        return;
    add_text(l, "why", ms_str_z(why));
    is = ms_condition_sql_filter(l->v, r->condition, &l->names, &text);
    add_member(l, "filter", &text, is);
}

static void add_json(listing *l, const ms_rule *r)
{
    ms_buf text = {0};
    ms_buf_z(&l->out, "{\"id\":");
    ms_json_string(&l->out, r->id);
    add_text(l, "name", r->name);
    ms_buf_format(&l->out, ",\"outcome\":%s,\"points\":%d", r->outcome ? "true" : "false",
                  r->points);
    add_text(l, "group", l->v->n_groups && r->group >= 0 ? l->v->groups[r->group].name : MS_NONE);
    add_text(l, "label", r->label >= 0 ? l->v->labels[r->label].title : MS_NONE);
    add_text(l, "because", r->because);
    ms_condition_words(l->v, r->condition, &text);
    add_member(l, "when", &text, true);
    ms_buf_z(&l->out, ",\"reads\":[");
    add_reads(l, r, ",", true);
    ms_buf_format(&l->out, "],\"file\":\"" MS_FMT "\",\"line\":%u", MS_ARG(l->v->file), r->line);
    if (l->sql)
        add_json_sql(l, r);
    ms_buf_char(&l->out, '}');
}

static void add_head(listing *l)
{
    ms_buf_z(&l->out, "{\"schema\":\"moonsift.rules/1\",\"vertical\":");
    ms_json_string(&l->out, l->v->name);
    add_text(l, "version", l->v->version);
    ms_buf_z(&l->out, ",\"rules\":[");
}

/* ---- the verb ------------------------------------------------------------------------------- */

static ms_status find_rule(const ms_vertical *v, const char *id, const ms_rule **out, ms_error *err)
{
    const char *ids[MS_MAX_RULES + 1] = {NULL};
    for (uint32_t i = 0; i < v->n_rules; i++) {
        if (ms_str_eqz(v->rules[i].id, id) || ms_str_eqz(v->rules[i].name, id)) {
            *out = &v->rules[i];
            return MS_OK;
        }
        ids[i] = v->rules[i].id.p;
    }
    const char *near = ms_nearest(ms_str_z(id), ids);
    ms_fail(err, MS_NOT_FOUND, "%.*s has no rule \"%s\"", (int)v->name.n, v->name.p, id);
    if (near)
        return ms_hint(err, "did you mean \"%s\"?", near);
    return ms_hint(err, "all of them: moonsift rules %.*s", (int)v->name.n, v->name.p);
}

/* One rule's expression and nothing else, to be put into a query. */
static ms_status tell_expression(listing *l, const ms_rule *r, ms_error *err)
{
    char why[MS_SQL_WHY];
    if (add_sql(l, r, why)) {
        ms_buf_char(&l->out, '\n');
        return MS_OK;
    }
    ms_fail(err, MS_CHECK, "%s of " MS_FMT ": %s", l->filter ? "no filter" : "no SQL",
            MS_ARG(r->id), why);
    if (!l->filter && ms_condition_sql_filter(l->v, r->condition, &l->names, &l->out)) {
        l->out.n = 0;
        ms_hint(err, "--filter gives SQL that is true wherever the rule may be yes");
    }
    return MS_CHECK;
}

static ms_status tell(listing *l, const char *wanted, ms_error *err)
{
    const ms_vertical *v = l->v;
    const ms_rule *one = NULL;
    ms_status status = wanted ? find_rule(v, wanted, &one, err) : MS_OK;
    if (status)
        return status;
    if (one && l->sql && !l->cli->json && !l->cli->jsonl && !l->cli->plain)
        return tell_expression(l, one, err);
    if (l->cli->json)
        add_head(l);
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        if (one && r != one)
            continue;
        if (l->cli->json || l->cli->jsonl)
            add_json(l, r);
        else
            (l->cli->plain ? add_plain : add_for_people)(l, r);
        if (l->cli->json)
            ms_buf_z(&l->out, !one && i + 1 < v->n_rules ? "," : "");
        else if (l->cli->jsonl)
            ms_buf_char(&l->out, '\n');
    }
    if (l->cli->json)
        ms_buf_z(&l->out, "]}\n");
    return MS_OK;
}

static ms_status list_rules(ms_cli *cli, listing *l, const ms_cli_vertical *at, const char *wanted,
                            ms_error *err)
{
    ms_script *script = NULL;
    ms_status status = ms_cli_script(cli, at, &script, err);
    if (!status) {
        l->v = ms_script_vertical(script);
        status = tell(l, wanted, err);
    }
    if (!status && l->out.failed)
        status = ms_fail(err, MS_NOMEM, "out of memory");
    if (!status && (l->cli->json || l->sql))
        fwrite(l->out.p, 1, l->out.n, stdout);
    else if (!status)
        ms_cli_show(stdout, ms_buf_view(&l->out));
    ms_buf_free(&l->out);
    ms_script_free(script);
    return status;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    listing l = {.cli = cli};
    const ms_cli_option options[] = {
        {"sql", 0, NULL, &l.sql},
        {"filter", 0, NULL, &l.filter},
        {NULL, 0, NULL, NULL},
    };
    char today[64];
    ms_cli_env env = {0};
    ms_cli_vertical *verticals = NULL;
    size_t n = 0;
    ms_error err = {0};
    int code = ms_cli_options(self, &argc, argv, options);
    if (code)
        return code;
    if (argc < 2 || argc > 3)
        return ms_cli_usage(self, "name a vertical, and at most one of its rules");
    char text[MS_TIME_TEXT];
    snprintf(today, sizeof today, "DATE '%.10s' - DATE '1970-01-01'",
             ms_time_format(cli->at_us, text));
    l.names = (ms_sql_names){"custom_attributes", today};
    l.sql |= l.filter;
    ms_status status = ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG, &env, &err);
    if (!status)
        status = ms_cli_verticals(cli, &env, argv[1], &verticals, &n, &err);
    if (!status)
        status = list_rules(cli, &l, &verticals[0], argv[2], &err);
    code = status ? ms_cli_fail(self, &err) : 0;
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_rules = {
    .name = "rules",
    .summary = "what the rules of a vertical ask, give and read, in words and as SQL",
    .usage = "rules VERTICAL [RULE] [--sql] [--filter]",
    .help =
        "Lists the rules as they stand in the files, with points, label, place, condition in\n"
        "words and the attributes on which it depends. RULE is an id or a name.\n"
        "\n"
        "      --sql     the condition as SQL over custom_attributes: true, false, or NULL for\n"
        "                unknown. With RULE this expression alone, to be put into a query; the\n"
        "                database needs migration crm 0011. Days count from --at.\n"
        "      --filter  the same, but where a rule has no SQL as a whole: SQL that is true\n"
        "                wherever the rule may be yes\n"
        "\n"
        "Exit code 3: the rule has no SQL, or the vertical has errors; which is on standard "
        "error.\n"
        "\n"
        "Examples:\n"
        "  moonsift rules recruitment\n"
        "  moonsift rules recruitment R01 --sql --at 2025-02-01\n",
    .run = run,
};
