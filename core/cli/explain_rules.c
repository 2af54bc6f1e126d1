/* Which rules judge: a stored version, or the files as they stand; and judging with them. */
#include "base/clock.h"
#include "cli/explain.h"
#include "cli/problems.h"
#include "flow/columns.h"
#include "flow/versions.h"

#include <stdlib.h>

#define DAY_US (INT64_C(86400) * 1000000)

static const char version_sql[] =
    "SELECT v.number, v.files::text, a.number IS NOT NULL FROM moonsift.version v"
    " LEFT JOIN moonsift.active_version a USING (vertical, number)"
    " WHERE v.vertical = $1 AND v.number = $2::int";

static ms_status load_draft(ms_cli *cli, ms_cli_env *env, ms_str vertical, ms_explain_rules *out,
                            ms_error *err)
{
    ms_cli_vertical *at = NULL;
    size_t n = 0;
    ms_str name = ms_arena_dup(cli->arena, vertical);
    if (!name.p)
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_status status = ms_cli_verticals(cli, env, name.p, &at, &n, err);
    if (status != MS_OK)
        return status;
    return ms_cli_script(cli, at, &out->script, err);
}

static ms_status load_files(ms_cli *cli, ms_str vertical, ms_str files, ms_explain_rules *out,
                            ms_error *err)
{
    ms_value list;
    ms_status status = ms_json_parse(cli->arena, files, &list, err);
    if (status != MS_OK)
        return status;
    uint32_t n = list.kind == MS_ARRAY ? list.count : 0;
    ms_source_file *sources = ms_alloc_zero(cli->arena, n + 1, sizeof *sources);
    if (!sources)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (uint32_t i = 0; i < n; i++) {
        sources[i].name = ms_as_str(ms_get(&list.as.items[i], "name"));
        sources[i].text = ms_as_str(ms_get(&list.as.items[i], "text"));
    }
    return ms_script_load(vertical, sources, n, NULL, &out->script, err);
}

static ms_status load_version(ms_cli *cli, ms_cli_env *env, ms_str vertical, int number,
                              ms_explain_rules *out, ms_error *err)
{
    ms_rows rows = {0};
    const ms_value params[] = {ms_string(vertical), ms_int(number)};
    ms_status status = ms_db_query(&env->db, cli->arena, version_sql, params, 2, &rows, err);
    if (status == MS_OK && rows.n_rows == 0) {
        ms_fail(err, MS_NOT_FOUND, "there is no version %d of " MS_FMT, number, MS_ARG(vertical));
        return ms_hint(err, "moonsift versions " MS_FMT, MS_ARG(vertical)), MS_NOT_FOUND;
    }
    if (status != MS_OK)
        return status;
    out->number = number;
    out->active = ms_cell_bool(ms_cell(&rows, 0, 2));
    return load_files(cli, vertical, ms_cell(&rows, 0, 1), out, err);
}

/* "12", "v12" or "draft" (0); -1: none of them. */
static int number_of(const char *which)
{
    char *end = NULL;
    if (strcmp(which, "draft") == 0)
        return 0;
    which += which[0] == 'v';
    long long n = which[0] >= '0' && which[0] <= '9' ? strtoll(which, &end, 10) : 0;
    return end && !*end && n > 0 && n <= INT32_MAX ? (int)n : -1;
}

ms_status ms_explain_rules_load(ms_cli *cli, ms_cli_env *env, const ms_subject *s,
                                const char *which, ms_explain_rules *out, ms_error *err)
{
    int number = which ? number_of(which) : s->version;
    *out = (ms_explain_rules){0};
    if (number < 0) {
        ms_fail(err, MS_INVALID, "\"%s\" is no version", which);
        return ms_hint(err, "a number as moonsift versions lists them, or draft"), MS_INVALID;
    }
    if (!which && !number && !s->file) {
        ms_fail(err, MS_NOT_FOUND, "no version of " MS_FMT " was ever activated",
                MS_ARG(s->vertical));
        ms_hint(err, "--version draft judges with the files; moonsift activate " MS_FMT,
                MS_ARG(s->vertical));
        return MS_NOT_FOUND;
    }
    ms_status status = number ? load_version(cli, env, s->vertical, number, out, err)
                              : load_draft(cli, env, s->vertical, out, err);
    if (status == MS_OK)
        out->vertical = ms_script_vertical(out->script);
    return status;
}

void ms_explain_rules_words(const ms_explain_rules *rules, ms_buf *out)
{
    ms_buf_str(out, rules->vertical->name);
    if (rules->number)
        ms_buf_format(out, " v%d%s", rules->number, rules->active ? " (active)" : "");
    else
        ms_buf_z(out, " draft");
}

/* ---- judging -------------------------------------------------------------------------------- */

ms_status ms_judged_make(ms_judged *j, const ms_vertical *v, const ms_subject *s, ms_str attributes,
                         ms_error *err)
{
    int64_t today = s->clock / DAY_US - (s->clock % DAY_US < 0), start;
    j->judge = ms_judge_new();
    j->reader = ms_json_reader_new();
    j->facts_reader = ms_json_reader_new();
    if (!j->judge || !j->reader || !j->facts_reader)
        return ms_fail(err, MS_NOMEM, "out of memory");
    ms_status status = ms_json_read(j->reader, attributes, NULL, &j->fields, NULL, err);
    if (status == MS_OK && s->facts.p)
        status = ms_json_read(j->facts_reader, s->facts, NULL, &j->facts, NULL, err);
    if (status != MS_OK)
        return status;
    start = ms_mono_us();
    status = ms_judge_contact(j->judge, v, &j->fields, &j->facts, today, true, &j->decision, err);
    j->us = ms_mono_us() - start;
    return status;
}

void ms_judged_free(ms_judged *j)
{
    ms_fields_free(&j->fields);
    ms_fields_free(&j->facts);
    ms_json_reader_free(j->reader);
    ms_json_reader_free(j->facts_reader);
    ms_judge_free(j->judge);
    *j = (ms_judged){0};
}
