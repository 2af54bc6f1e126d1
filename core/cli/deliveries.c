/* moonsift deliveries list|show: what came in and how it ended. */
#include "base/clock.h"
#include "base/json.h"
#include "cli/verb.h"
#include "flow/columns.h"
#include "flow/ids.h"

#include <stdlib.h>

static const char list_sql[] =
    "SELECT e.id, to_char(e.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), e.type,"
    " e.source, coalesce(o.status, CASE WHEN q.parked IS NOT NULL THEN 'parked'"
    " WHEN q.attempts > 0 THEN 'retry' ELSE 'waiting' END),"
    " coalesce(o.reason, q.parked || coalesce(' v' || p.version || ' is parked: ' || p.reason,"
    " ' was parked'), CASE WHEN q.attempts > 0 THEN 'judges died over it: ' || q.attempts END,"
    " CASE WHEN q.again THEN 'was held, is judged again' END, ''), o.contact_id, c.name, d.id, "
    "d.vertical, d.version, d.points,"
    " d.labels_added, d.labels_removed, e.account_id,"
    " round(extract(epoch FROM o.finished_at - e.received_at) * 1000)"
    " FROM moonsift.event e"
    " LEFT JOIN moonsift.outcome o ON o.account_id = e.account_id AND o.event_id = e.id"
    " LEFT JOIN moonsift.queue q ON q.account_id = e.account_id AND q.event_id = e.id"
    " LEFT JOIN moonsift.parked p ON p.vertical = q.parked"
    " LEFT JOIN moonsift.decision d ON d.account_id = o.account_id AND d.id = o.decision_id"
    " LEFT JOIN public.contacts c ON c.id = o.contact_id AND c.account_id = e.account_id"
    " WHERE ($1::bigint = 0 OR e.account_id = $1::bigint)"
    " AND ($2::text IS NULL OR coalesce(o.status,"
    " CASE WHEN q.parked IS NULL THEN 'waiting' ELSE 'parked' END) = $2)"
    " AND ($3::bigint = 0 OR o.contact_id = $3::bigint)"
    " AND ($4::timestamptz IS NULL OR e.received_at >= $4::timestamptz)"
    " ORDER BY e.id DESC LIMIT $5::bigint";

enum {
    L_ID,
    L_TIME,
    L_TYPE,
    L_SOURCE,
    L_STATUS,
    L_REASON,
    L_CONTACT,
    L_NAME,
    L_DECISION,
    L_VERTICAL,
    L_VERSION,
    L_POINTS,
    L_ADDED,
    L_REMOVED,
    L_ACCOUNT,
    L_MS
};

/* ---- one line ------------------------------------------------------------------------------- */

/* "{a,b}" as " +a +b". */
static void print_labels(ms_str array, char sign)
{
    if (array.n <= 2)
        return;
    printf(" %c", sign);
    for (size_t i = 1; i + 1 < array.n; i++) {
        if (array.p[i] == ',')
            printf(" %c", sign);
        else if (array.p[i] != '"')
            putchar(array.p[i]);
    }
}

static void print_line(const ms_rows *rows, uint32_t r)
{
    char id[MS_ID_TEXT], contact[32] = "-";
    ms_str number = ms_cell(rows, r, L_CONTACT), decision = ms_cell(rows, r, L_DECISION);
    if (number.p)
        snprintf(contact, sizeof contact, "#" MS_FMT, MS_ARG(number));
    printf("%s  " MS_FMT "  %-27.*s %-8s %-8.*s",
           ms_id_text("dlv", ms_cell_int(ms_cell(rows, r, L_ID), 0), id),
           MS_ARG(ms_cell(rows, r, L_TIME)), MS_ARG(ms_cell(rows, r, L_TYPE)), contact,
           MS_ARG(ms_cell(rows, r, L_STATUS)));
    if (decision.p) {
        int64_t points = ms_cell_int(ms_cell(rows, r, L_POINTS), 0);
        printf(" " MS_FMT " v" MS_FMT " %lld.%lld", MS_ARG(ms_cell(rows, r, L_VERTICAL)),
               MS_ARG(ms_cell(rows, r, L_VERSION)), (long long)points / 10, (long long)points % 10);
        print_labels(ms_cell(rows, r, L_ADDED), '+');
        print_labels(ms_cell(rows, r, L_REMOVED), '-');
        printf("  %s", ms_id_text("dec", ms_cell_int(decision, 0), id));
    } else {
        printf(" " MS_FMT, MS_ARG(ms_cell(rows, r, L_REASON)));
    }
    if (ms_cell(rows, r, L_MS).p)
        printf("  " MS_FMT " ms", MS_ARG(ms_cell(rows, r, L_MS)));
    putchar('\n');
}

static ms_value id_value(ms_arena *arena, const char *prefix, ms_str cell)
{
    char text[MS_ID_TEXT];
    if (!cell.p)
        return ms_null();
    return ms_string_or_null(
        ms_arena_dup(arena, ms_str_z(ms_id_text(prefix, ms_cell_int(cell, 0), text))));
}

static ms_value number_value(ms_str cell)
{
    return cell.p ? ms_int(ms_cell_int(cell, 0)) : ms_null();
}

/* "2025-02-01 14:20:00" as programs want it. */
static ms_str instant(ms_arena *arena, ms_str cell)
{
    return ms_arena_format(arena, "%.10sT%sZ", cell.p, cell.p + 11);
}

static bool delivery_value(ms_arena *arena, const ms_rows *rows, uint32_t r, ms_value *out)
{
    const ms_member members[] = {
        {MS_STR("delivery"), id_value(arena, "dlv", ms_cell(rows, r, L_ID))},
        {MS_STR("account"), number_value(ms_cell(rows, r, L_ACCOUNT))},
        {MS_STR("received_at"), ms_string_or_null(instant(arena, ms_cell(rows, r, L_TIME)))},
        {MS_STR("source"), ms_string(ms_cell(rows, r, L_SOURCE))},
        {MS_STR("event"), ms_string(ms_cell(rows, r, L_TYPE))},
        {MS_STR("status"), ms_string(ms_cell(rows, r, L_STATUS))},
        {MS_STR("reason"), ms_string(ms_cell(rows, r, L_REASON))},
        {MS_STR("contact"), number_value(ms_cell(rows, r, L_CONTACT))},
        {MS_STR("decision"), id_value(arena, "dec", ms_cell(rows, r, L_DECISION))},
        {MS_STR("vertical"), ms_string_or_null(ms_cell(rows, r, L_VERTICAL))},
        {MS_STR("version"), number_value(ms_cell(rows, r, L_VERSION))},
        {MS_STR("points"), number_value(ms_cell(rows, r, L_POINTS))},
        {MS_STR("ms"), number_value(ms_cell(rows, r, L_MS))},
    };
    ms_value object = ms_object(members, sizeof members / sizeof *members);
    return ms_arena_copy(arena, &object, out);
}

static void print_json_line(const ms_value *v)
{
    ms_buf buf = {0};
    ms_json_write(&buf, v);
    printf(MS_FMT "\n", MS_ARG(ms_buf_view(&buf)));
    ms_buf_free(&buf);
}

/* --plain: the columns of --json, tab-separated. */
static void print_plain(const ms_value *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const ms_value *cell = &v->as.members[i].value;
        if (i)
            putchar('\t');
        if (cell->kind == MS_INT)
            printf("%lld", (long long)cell->as.integer);
        else if (cell->kind == MS_STRING)
            printf(MS_FMT, MS_ARG(ms_as_str(cell)));
    }
    putchar('\n');
}

static int print_list(ms_cli *cli, const ms_rows *rows)
{
    ms_value *items = ms_alloc_zero(cli->arena, rows->n_rows + 1, sizeof *items);
    for (uint32_t r = 0; items && (cli->json || cli->jsonl || cli->plain) && r < rows->n_rows; r++)
        if (!delivery_value(cli->arena, rows, r, &items[r]))
            return 1;
    if (cli->json && items) {
        const ms_member members[] = {{MS_STR("schema"), ms_string(MS_STR("moonsift.deliveries/1"))},
                                     {MS_STR("deliveries"), ms_array(items, rows->n_rows)}};
        ms_value document = ms_object(members, 2);
        return ms_cli_json(&document) ? 0 : 1;
    }
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        if (cli->jsonl)
            print_json_line(&items[r]);
        else if (cli->plain)
            print_plain(&items[r]);
        else
            print_line(rows, r);
    }
    if (rows->n_rows == 0 && !cli->jsonl && !cli->quiet)
        fputs("no deliveries match\n", stderr);
    return 0;
}

/* ---- list ----------------------------------------------------------------------------------- */

typedef struct list_flags {
    const char *status, *contact, *since, *limit;
} list_flags;

static bool is_status(const char *text)
{
    static const char *const all[] = {"waiting", "parked", "done",  "skipped",
                                      "ignored", "held",   "failed"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(text, all[i]) == 0)
            return true;
    return false;
}

static int list(ms_cli *cli, ms_cli_env *env, const list_flags *flags)
{
    int64_t contact = 0, limit = 50, since = 0;
    ms_rows rows = {0};
    ms_error err = {0};
    int code = ms_cli_number(&ms_verb_deliveries, "--limit", flags->limit, 1, 100000, &limit);
    if (!code)
        code =
            ms_cli_number(&ms_verb_deliveries, "--contact", flags->contact, 1, INT64_MAX, &contact);
    if (code)
        return code;
    if (flags->status && !is_status(flags->status))
        return ms_cli_usage(
            &ms_verb_deliveries,
            "--status is waiting, parked, done, skipped, ignored, held or failed, not \"%s\"",
            flags->status);
    if (flags->since && !ms_time_parse(ms_str_z(flags->since), &since))
        return ms_cli_usage(&ms_verb_deliveries,
                            "--since wants a time such as 2025-02-01T14:20Z, not \"%s\"",
                            flags->since);
    const ms_value params[] = {ms_int(cli->account),
                               flags->status ? ms_string(ms_str_z(flags->status)) : ms_null(),
                               ms_int(contact), ms_time_value(cli->arena, since), ms_int(limit)};
    if (ms_db_query(&env->db, cli->arena, list_sql, params, 5, &rows, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_deliveries, &err);
    return print_list(cli, &rows);
}

/* ---- show ----------------------------------------------------------------------------------- */

static const char show_sql[] =
    "SELECT e.id, to_char(e.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),"
    " e.account_id, e.source, e.type, e.body, e.body_sha256, coalesce(o.status,"
    " CASE WHEN q.parked IS NULL THEN 'waiting' ELSE 'parked' END), coalesce(o.reason, q.parked ||"
    " coalesce(' v' || p.version || ' is parked: ' || p.reason, ' was parked')),"
    " o.contact_id, d.id, d.vertical, d.version, d.points, d.lead_status, d.fired::text,"
    " d.unknown::text, d.errors::text, d.labels::text, d.diff::text, d.conflicts::text"
    " FROM moonsift.event e"
    " LEFT JOIN moonsift.outcome o ON o.account_id = e.account_id AND o.event_id = e.id"
    " LEFT JOIN moonsift.queue q ON q.account_id = e.account_id AND q.event_id = e.id"
    " LEFT JOIN moonsift.parked p ON p.vertical = q.parked"
    " LEFT JOIN moonsift.decision d ON d.account_id = o.account_id AND d.id = o.decision_id"
    " WHERE e.id = $1::bigint AND ($2::bigint = 0 OR e.account_id = $2::bigint)";

enum { S_BODY = 5, S_DECISION = 10 };

static void print_body(ms_arena *arena, ms_str body)
{
    ms_value v;
    ms_buf buf = {0};
    if (!body.p) {
        puts("body      not kept");
        return;
    }
    if (ms_json_parse(arena, body, &v, NULL) == MS_OK) {
        ms_json_write_pretty(&buf, &v);
        body = ms_buf_view(&buf);
    }
    printf("body\n" MS_FMT "\n", MS_ARG(body));
    ms_buf_free(&buf);
}

static int show(ms_cli *cli, ms_cli_env *env, const char *text)
{
    static const char *const names[] = {
        "delivery",    "received", "account", "source",   "event",    NULL,      "sha256",
        "status",      "reason",   "contact", "decision", "vertical", "version", "points",
        "lead_status", "fired",    "unknown", "errors",   "labels",   "diff",    "conflicts"};
    int64_t id = 0;
    ms_rows rows = {0};
    ms_error err = {0};
    if (cli->json || cli->jsonl)
        return ms_cli_usage(&ms_verb_deliveries,
                            "show answers in words; --json is for deliveries list");
    char shown[MS_ID_TEXT];
    if (!ms_id_parse("dlv", text, &id))
        return ms_cli_usage(&ms_verb_deliveries,
                            "\"%s\" is no delivery; they look like "
                            "dlv_0e2v5m3k7q9ab",
                            text);
    const ms_value params[] = {ms_int(id), ms_int(cli->account)};
    ms_status status = ms_db_query(&env->db, cli->arena, show_sql, params, 2, &rows, &err);
    if (status == MS_OK && rows.n_rows == 0) {
        ms_fail(&err, MS_NOT_FOUND, "there is no delivery %s", text);
        ms_hint(&err, "moonsift deliveries list");
        status = MS_NOT_FOUND;
    }
    if (status != MS_OK)
        return ms_cli_fail(&ms_verb_deliveries, &err);
    for (uint32_t c = 0; c < rows.n_columns; c++) {
        ms_str cell = ms_cell(&rows, 0, c);
        if (!names[c] || !cell.n)
            continue;
        if (c == 0 || c == S_DECISION)
            cell = ms_str_z(ms_id_text(c ? "dec" : "dlv", ms_cell_int(cell, 0), shown));
        printf("%-11s " MS_FMT "\n", names[c], MS_ARG(cell));
    }
    print_body(cli->arena, ms_cell(&rows, 0, S_BODY));
    return 0;
}

/* ---- the verb ------------------------------------------------------------------------------- */

static int run(ms_cli *cli, int argc, char **argv)
{
    list_flags flags = {0};
    const ms_cli_option options[] = {{.name = "status", .value = &flags.status},
                                     {.name = "contact", .value = &flags.contact},
                                     {.name = "since", .value = &flags.since},
                                     {.name = "limit", .value = &flags.limit},
                                     {0}};
    ms_cli_env env = {0};
    ms_error err = {0};
    int code = ms_cli_options(&ms_verb_deliveries, &argc, argv, options);
    if (code)
        return code;
    bool is_list = argc == 2 && strcmp(argv[1], "list") == 0;
    bool is_show = argc == 3 && strcmp(argv[1], "show") == 0;
    static const char *const nouns[] = {"list", "show", NULL};
    if (argc > 1 && strcmp(argv[1], "list") != 0 && strcmp(argv[1], "show") != 0)
        return ms_cli_unknown(&ms_verb_deliveries, argv[1], nouns);
    if (!is_list && !is_show)
        return ms_cli_usage(&ms_verb_deliveries, "say list, or show and a delivery");
    if (ms_cli_open(cli, NULL, 0, MS_CLI_CONFIG | MS_CLI_DATABASE, &env, &err) != MS_OK)
        return ms_cli_fail(&ms_verb_deliveries, &err);
    code = is_list ? list(cli, &env, &flags) : show(cli, &env, argv[2]);
    ms_cli_close(&env);
    return code;
}

const ms_verb ms_verb_deliveries = {
    .name = "deliveries",
    .summary = "what came in and how it ended",
    .usage = "deliveries list [--status waiting|parked|done|skipped|ignored|held|failed]\n"
             "                       [--contact ID] [--since TIME] [--limit N]\n"
             "       moonsift deliveries show DELIVERY",
    .help = "  --status S     waiting, parked, done, skipped, ignored, held or failed\n"
            "  --contact ID   only deliveries about this contact\n"
            "  --since TIME   received at or after, e.g. 2025-02-01T14:20Z\n"
            "  --limit N      newest N (50)\n"
            "\n"
            "Examples:\n"
            "  moonsift deliveries list --status held\n"
            "  moonsift deliveries show dlv_0e2v5m3k7q9ab\n",
    .run = run,
};
