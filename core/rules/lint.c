/* What is probably not meant, though it can be judged. */
#include "rules/lint.h"

const char *ms_lint_name(const ms_rule *r, char out[MS_LINT_NAME])
{
    if (r->name.n)
        snprintf(out, MS_LINT_NAME, MS_FMT " (" MS_FMT ")", MS_ARG(r->id), MS_ARG(r->name));
    else
        snprintf(out, MS_LINT_NAME, MS_FMT, MS_ARG(r->id));
    return out;
}

static void say(ms_linting *l, const char *code, const ms_rule *r, const char *what)
{
    char name[MS_LINT_NAME];
    ms_problem_say(l->list, code, l->v->file, r->line, "%s %s", ms_lint_name(r, name), what);
}

/* With the condition in words behind. */
static void say_words(ms_linting *l, const char *code, const ms_rule *r, const char *what)
{
    char name[MS_LINT_NAME];
    ms_buf words = {0};
    ms_condition_words(l->v, r->condition, &words);
    ms_problem_say(l->list, code, l->v->file, r->line, "%s %s: " MS_FMT, ms_lint_name(r, name),
                   what, MS_ARG(ms_buf_view(&words)));
    l->list->failed |= words.failed;
    ms_buf_free(&words);
}

/* ---- rules that answer the same for everybody ----------------------------------------------- */

static bool can_be(const ms_linting *l, uint32_t rule, ms_want want)
{
    const ms_goal goal = {ms_lint_root(l->v, rule), 1, want, NULL};
    return ms_possible(l->v, &goal);
}

static void find_dead(ms_linting *l)
{
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        l->dead[i] = !l->doubtful[i] && !can_be(l, i, MS_WANT_YES);
        if (l->dead[i])
            say_words(l, "W203", &l->v->rules[i], "can never be yes");
    }
}

static void find_never_no(ms_linting *l)
{
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        if (l->dead[i] || can_be(l, i, MS_WANT_NO))
            continue;
        bool unknown = can_be(l, i, MS_WANT_NOT_YES);
        say_words(l, "W207", &l->v->rules[i],
                  unknown ? "is never no, only yes or unknown" : "is yes for everybody");
    }
}

/* ---- what is never reached ------------------------------------------------------------------ */

static const ms_cond *root_of_case(const ms_vertical *v, const ms_status_case *c)
{
    return c->rule == MS_NO_RULE ? &v->conditions[c->condition] : ms_lint_root(v, c->rule);
}

static const char *why_unreached(const ms_linting *l, const ms_status_case *c)
{
    const ms_goal alone = {root_of_case(l->v, c), 1, MS_WANT_YES, NULL};
    if (ms_possible(l->v, &alone))
        return "an earlier case is always chosen before";
    return c->rule == MS_NO_RULE ? "its condition can never be yes" : "its rule can never be yes";
}

static void find_unreached_cases(ms_linting *l)
{
    const ms_status_plan *s = &l->v->status;
    ms_goal goals[MS_MAX_RULES];
    uint32_t n = s->n_cases < MS_MAX_RULES ? s->n_cases : MS_MAX_RULES;
    for (uint32_t i = 0; i < n; i++) {
        const ms_status_case *c = &s->cases[i];
        goals[i] = (ms_goal){root_of_case(l->v, c), 1, MS_WANT_YES, i ? &goals[i - 1] : NULL};
        if (!ms_possible(l->v, &goals[i]))
            ms_problem_say(l->list, "W204", l->v->file, c->line,
                           MS_FMT " \"" MS_FMT "\" is never reached: %s", MS_ARG(s->attribute),
                           MS_ARG(c->value), why_unreached(l, c));
        goals[i].want = MS_WANT_NOT_YES; /* for those behind it */
    }
    if (n && n == s->n_cases && !ms_possible(l->v, &goals[n - 1]))
        ms_problem_say(l->list, "W204", l->v->file, s->cases[n - 1].line,
                       "otherwise, " MS_FMT " \"" MS_FMT "\", is never reached: a case is always "
                       "chosen before",
                       MS_ARG(s->attribute), MS_ARG(s->otherwise));
}

/* The rules that give a label, and how many of them can be yes. */
static uint32_t givers(const ms_linting *l, uint32_t label, uint32_t *alive)
{
    uint32_t n = 0;
    *alive = 0;
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        if (l->v->rules[i].label != (int32_t)label)
            continue;
        n++;
        *alive += !l->dead[i];
    }
    return n;
}

static void find_unreached_labels(ms_linting *l)
{
    for (uint32_t i = 0; i < l->v->n_labels; i++) {
        const ms_label *label = &l->v->labels[i];
        uint32_t alive = 0;
        if (!label->owned)
            ms_problem_say(l->list, "W205", l->v->file, label->line,
                           "label \"" MS_FMT "\" is listed but no rule gives it",
                           MS_ARG(label->title));
        else if (givers(l, i, &alive) && !alive)
            ms_problem_say(l->list, "W209", l->v->file, label->line,
                           "label \"" MS_FMT "\" is never given: no rule that gives it can be yes",
                           MS_ARG(label->title));
    }
}

/* ---- rules that change nothing -------------------------------------------------------------- */

static bool is_asked_for(const ms_vertical *v, uint32_t rule)
{
    for (uint32_t i = 0; i < v->n_conditions; i++)
        if (v->conditions[i].op == MS_C_FIRED && v->conditions[i].a == rule)
            return true;
    for (uint32_t i = 0; i < v->n_derived; i++)
        if (v->derived[i].kind == MS_D_RULE && v->derived[i].rule == rule)
            return true;
    for (uint32_t i = 0; i < v->status.n_cases; i++)
        if (v->status.cases[i].rule == rule)
            return true;
    return false;
}

bool ms_lint_implies(const ms_linting *l, uint32_t rule, uint32_t other)
{
    const ms_goal without = {ms_lint_root(l->v, other), 1, MS_WANT_NOT_YES, NULL};
    const ms_goal goal = {ms_lint_root(l->v, rule), 1, MS_WANT_YES, &without};
    return !ms_possible(l->v, &goal);
}

/* Its label is all that it gives, and another rule gives it always, too. Of two that are the same
 * the later one. */
static void find_shadowed(ms_linting *l, uint32_t rule)
{
    const ms_rule *r = &l->v->rules[rule];
    char name[MS_LINT_NAME], other[MS_LINT_NAME];
    for (uint32_t i = 0; i < l->v->n_rules; i++) {
        if (i == rule || l->v->rules[i].label != r->label || l->dead[i])
            continue;
        if (!ms_lint_implies(l, rule, i) || (i > rule && ms_lint_implies(l, i, rule)))
            continue;
        ms_problem_say(
            l->list, "W208", l->v->file, r->line,
            "%s changes nothing: whenever it is yes, so is %s, which gives the same label",
            ms_lint_name(r, name), ms_lint_name(&l->v->rules[i], other));
        return;
    }
}

/* Where the highest counts alone, no points are more than those that another rule takes away. */
static bool is_in_highest(const ms_vertical *v, const ms_rule *r)
{
    return v->n_groups && !r->outcome && r->group >= 0 && v->groups[r->group].highest;
}

static void find_useless(ms_linting *l)
{
    const ms_vertical *v = l->v;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const ms_rule *r = &v->rules[i];
        if (r->points || l->dead[i] || is_asked_for(v, i) || is_in_highest(v, r))
            continue;
        if (r->label < 0)
            say(l, "W206", r, "changes nothing: no points, no label, and nothing asks for it");
        else
            find_shadowed(l, i);
    }
}

/* The score never leaves its bounds: where all points together cannot lift it above the lower one,
 * it stands there for everybody. */
static void find_lost_points(ms_linting *l)
{
    const ms_vertical *v = l->v;
    char least[MS_DECIMAL_TEXT], most[MS_DECIMAL_TEXT], what[160];
    int64_t sum = 0;
    for (uint32_t i = 0; i < v->n_rules; i++)
        sum += v->rules[i].points > 0 && !l->dead[i] ? v->rules[i].points : 0;
    if (sum > v->score_min)
        return;
    least[ms_decimal(least, v->score_min, 1)] = '\0';
    most[ms_decimal(most, sum, 1)] = '\0';
    snprintf(what, sizeof what,
             "never changes the score: all rules together give at most %s, and it is never below "
             "%s",
             most, least);
    for (uint32_t i = 0; i < v->n_rules; i++)
        if (v->rules[i].points && !l->dead[i])
            say(l, "W210", &v->rules[i], what);
}

static void find_unread_facts(const ms_linting *l)
{
    const ms_vertical *v = l->v;
    uint32_t first = v->n_attributes + v->n_computed;
    for (uint32_t i = first; i < first + v->n_facts; i++)
        if (!ms_sealed_of(v)->slot_read[i])
            ms_problem_say(l->list, "W213", v->file, v->attributes[i].line,
                           "fact \"" MS_FMT "\" is looked up, but nothing reads it",
                           MS_ARG(v->attributes[i].name));
}

/* ---- style ---------------------------------------------------------------------------------- */

static void find_unsaid(ms_linting *l)
{
    const ms_vertical *v = l->v;
    for (uint32_t i = 0; i < v->n_rules; i++)
        if (!v->rules[i].name.n)
            say(l, "W301", &v->rules[i], "has no name for people");
    for (uint32_t i = 0; i < ms_vertical_slots(v); i++) {
        bool fact = ms_vertical_fact(v, i);
        if ((i < v->n_attributes || fact) && !v->attributes[i].says.n)
            ms_problem_say(l->list, "W302", v->file, v->attributes[i].line,
                           "%s \"" MS_FMT "\" does not say what it means",
                           fact ? "fact" : "attribute", MS_ARG(v->attributes[i].name));
    }
}

/* Bytes of other letters than ASCII's are taken as letters. */
static bool is_title(ms_str title)
{
    bool ok = title.n > 1 && title.p[0] != '-' && title.p[0] != '_';
    for (size_t i = 0; i < title.n && ok; i++) {
        unsigned char c = (unsigned char)title.p[i];
        ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c >= 0x80;
    }
    return ok;
}

static void find_titles(ms_linting *l)
{
    for (uint32_t i = 0; i < l->v->n_labels; i++)
        if (!is_title(l->v->labels[i].title))
            ms_problem_say(l->list, "W305", l->v->file, l->v->labels[i].line,
                           "label \"" MS_FMT "\": Chatwoot has labels of two or more lower-case "
                           "letters, digits, - and _",
                           MS_ARG(l->v->labels[i].title));
}

/* ---- the whole ------------------------------------------------------------------------------ */

void ms_lint(const ms_vertical *vertical, ms_problems *list)
{
    ms_linting l = {.v = vertical, .list = list};
    find_dead(&l);
    find_never_no(&l);
    find_unreached_cases(&l);
    ms_lint_overlaps(&l, true);
    find_unreached_labels(&l);
    find_useless(&l);
    find_lost_points(&l);
    ms_lint_groups(&l);
    find_unread_facts(&l);
    find_unsaid(&l);
    find_titles(&l);
    ms_lint_deprecated(&l);
}

static bool has_error(const ms_problems *list, ms_str file, uint32_t line)
{
    for (size_t i = 0; i < list->n; i++)
        if (ms_code_is_error(list->items[i].code) && list->items[i].line == line &&
            ms_str_eq(list->items[i].file, file))
            return true;
    return false;
}

static bool reads_doubtful(const ms_linting *l, uint32_t rule)
{
    bool reads[MS_MAX_SLOTS] = {false};
    const ms_cond *c = ms_lint_root(l->v, rule), *end = c + c->size;
    for (; c < end; c++)
        if (c->op == MS_C_FIRED && l->doubtful[c->a])
            return true;
    ms_lint_reads(l->v, l->v->rules[rule].condition, reads);
    for (uint32_t i = 0; i < ms_vertical_slots(l->v); i++)
        if (reads[i] && has_error(l->list, l->v->file, l->v->attributes[i].line))
            return true;
    return false;
}

void ms_lint_partly(const ms_vertical *vertical, ms_problems *list)
{
    ms_linting l = {.v = vertical, .list = list};
    for (uint32_t i = 0; i < vertical->n_rules; i++)
        l.doubtful[i] = reads_doubtful(&l, i);
    find_dead(&l);
    ms_lint_overlaps(&l, false);
}
