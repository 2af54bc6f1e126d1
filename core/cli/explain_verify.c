/* A stored decision, made again from its snapshot: the same version, attributes and clock. */
#include "base/clock.h"
#include "cli/explain.h"
#include "flow/columns.h"
#include "flow/ids.h"

static const char stored_sql[] =
    "SELECT points, lead_status, array_to_json(labels)::text, array_to_json(fired)::text,"
    " array_to_json(unknown)::text, array_to_json(errors)::text FROM moonsift.decision"
    " WHERE id = $1::bigint AND account_id = $2::bigint";

typedef struct check {
    ms_cli *cli;
    ms_buf out; /* differences: lines, or members of a list */
    uint32_t n;
} check;

static void differ(check *c, const char *what, ms_str stored, ms_str again)
{
    if (c->cli->json) {
        ms_buf_format(&c->out, "%s{\"what\":\"%s\",\"stored\":", c->n ? "," : "", what);
        ms_json_string(&c->out, stored);
        ms_buf_z(&c->out, ",\"again\":");
        ms_json_string(&c->out, again);
        ms_buf_char(&c->out, '}');
    } else {
        ms_buf_format(&c->out, "%s: stored " MS_FMT ", again " MS_FMT "\n", what,
                      MS_ARG(stored.n ? stored : MS_STR("nothing")),
                      MS_ARG(again.n ? again : MS_STR("nothing")));
    }
    c->n++;
}

/* ["a","b"] as "a, b". */
static ms_str listed(ms_cli *cli, ms_str json)
{
    ms_value list;
    ms_buf buf = {0};
    if (json.p && ms_json_parse(cli->arena, json, &list, NULL) == MS_OK && list.kind == MS_ARRAY)
        for (uint32_t i = 0; i < list.count; i++) {
            ms_buf_z(&buf, i ? ", " : "");
            ms_buf_str(&buf, ms_as_str(&list.as.items[i]));
        }
    ms_str text = ms_arena_dup(cli->arena, ms_buf_view(&buf));
    ms_buf_free(&buf);
    return text;
}

static void compare_list(check *c, const char *what, ms_str stored, const ms_buf *again)
{
    ms_str a = listed(c->cli, stored), b = listed(c->cli, ms_buf_view(again));
    if (!ms_str_eq(a, b))
        differ(c, what, a, b);
}

static void compare(check *c, const ms_rows *rows, const ms_decision *d)
{
    const ms_vertical *v = d->slots->vertical;
    ms_buf text = {0};
    ms_buf_int(&text, d->points);
    if (!ms_str_eq(ms_cell(rows, 0, 0), ms_buf_view(&text)))
        differ(c, "points", ms_cell(rows, 0, 0), ms_buf_view(&text));
    if (!ms_str_eq(ms_cell(rows, 0, 1), d->status))
        differ(c, "lead_status", ms_cell(rows, 0, 1), d->status);
    text.n = 0;
    ms_decision_labels(d, &text);
    compare_list(c, "labels", ms_cell(rows, 0, 2), &text);
    text.n = 0;
    ms_decision_rules(v, &d->fired, &text);
    compare_list(c, "fired", ms_cell(rows, 0, 3), &text);
    text.n = 0;
    ms_decision_rules(v, &d->unknown, &text);
    compare_list(c, "unknown", ms_cell(rows, 0, 4), &text);
    text.n = 0;
    ms_decision_errors(d, &text);
    compare_list(c, "errors", ms_cell(rows, 0, 5), &text);
    c->out.failed |= text.failed;
    ms_buf_free(&text);
}

static void print(const check *c, const ms_subject *s, const ms_explain_rules *rules)
{
    char id[MS_ID_TEXT], when[MS_TIME_TEXT];
    ms_buf head = {0};
    ms_id_text("dec", s->decision_id, id);
    if (c->cli->json) {
        printf("{\"schema\":\"moonsift.explain/1\",\"decision\":\"%s\",\"verify\":{\"same\":%s,"
               "\"differences\":[" MS_FMT "]}}\n",
               id, c->n ? "false" : "true", MS_ARG(ms_buf_view(&c->out)));
        return;
    }
    ms_subject_words(s, &head);
    ms_explain_rules_words(rules, &head);
    ms_cli_show(stdout, ms_buf_view(&head));
    printf(" · clock %.16sZ · decision %s\n", ms_time_format(s->clock, when), id);
    if (c->n)
        ms_cli_show(stdout, ms_buf_view(&c->out));
    else
        puts("same");
    ms_buf_free(&head);
}

int ms_explain_verify(ms_cli *cli, ms_cli_env *env, const ms_subject *s)
{
    check c = {.cli = cli};
    ms_error err = {0};
    ms_rows rows = {0};
    ms_explain_rules rules = {0};
    ms_judged judged = {0};
    const ms_value params[] = {ms_int(s->decision_id), ms_int(s->account_id)};
    ms_status status = ms_db_query(&env->db, cli->arena, stored_sql, params, 2, &rows, &err);
    if (status == MS_OK && !rows.n_rows)
        status = ms_fail(&err, MS_NOT_FOUND, "the decision is gone");
    if (status == MS_OK)
        status = ms_explain_rules_load(cli, env, s, NULL, &rules, &err);
    if (status == MS_OK)
        status = ms_judged_make(&judged, rules.vertical, s, s->attributes, &err);
    if (status == MS_OK) {
        compare(&c, &rows, &judged.decision);
        print(&c, s, &rules);
    }
    if (c.out.failed && status == MS_OK)
        status = ms_fail(&err, MS_NOMEM, "out of memory");
    ms_judged_free(&judged);
    ms_script_free(rules.script);
    ms_buf_free(&c.out);
    if (status != MS_OK)
        return ms_cli_fail(&ms_verb_explain, &err);
    return c.n ? MS_EXIT_CHECK : 0;
}
