#include "cli/cases.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/yaml.h"

static const char *const case_keys[] = {"name", "at", "contact", "expect", NULL};
static const char *const contact_keys[] = {"attr", "facts", NULL};
static const char *const expect_keys[] = {"score",   "lead_status", "labels",     "fired",
                                          "unknown", "errors",      "attributes", NULL};
static const ms_str file = {"cases.yaml", 10};

typedef struct reader {
    ms_problems *problems;
    const ms_yaml_marks *marks;
} reader;

__attribute__((format(printf, 4, 5))) static bool wrong(reader *r, const char *code, uint32_t line,
                                                        const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    ms_problem_add(r->problems, code, file, line, ms_str_z(text));
    return false;
}

/* Where a node stands; `otherwise` when it has no line of its own. */
static uint32_t line_of(const ms_yaml_marks *marks, const void *node, uint32_t otherwise)
{
    int line = node && marks ? ms_yaml_line(marks, node) : 0;
    return line > 0 ? (uint32_t)line : otherwise;
}

/* ---- form ----------------------------------------------------------------------------------- */

/* "score:4.0" is a key of that name in YAML: a blank is missing. */
static bool wrong_key(reader *r, uint32_t line, const char *what, ms_str key,
                      const char *const *known)
{
    const char *colon = memchr(key.p, ':', key.n), *near = ms_nearest(key, known);
    for (size_t k = 0; colon && known[k]; k++)
        if (ms_str_eqz((ms_str){key.p, (size_t)(colon - key.p)}, known[k]))
            return wrong(r, "E402", line,
                         "%s has no key \"" MS_FMT "\"; a blank is missing behind \"%s:\"", what,
                         MS_ARG(key), known[k]);
    char all[128] = "";
    for (size_t k = 0, n = 0; !near && known[k] && n < sizeof all; k++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", k ? ", " : "; there are ", known[k]);
    return wrong(r, "E402", line, "%s has no key \"" MS_FMT "\"%s%s%s%s", what, MS_ARG(key), all,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static bool check_keys(reader *r, uint32_t line, const char *what, const ms_value *v,
                       const char *const *known)
{
    bool ok = true;
    if (!v || v->kind != MS_OBJECT)
        return wrong(r, "E402", line, "%s has to be keys with values", what);
    for (uint32_t i = 0; i < v->count; i++) {
        const ms_member *m = &v->as.members[i];
        bool found = false;
        for (size_t k = 0; known[k] && !found; k++)
            found = ms_str_eqz(m->key, known[k]);
        if (found)
            continue;
        ok = wrong_key(r, line_of(r->marks, m, line), what, m->key, known);
    }
    return ok;
}

static bool check_texts(reader *r, uint32_t line, const ms_value *expect, const char *key)
{
    const ms_value *list = ms_get(expect, key);
    bool ok = !list || list->kind == MS_ARRAY;
    for (uint32_t i = 0; ok && list && i < list->count; i++)
        ok = list->as.items[i].kind == MS_STRING;
    return ok || wrong(r, "E402", line_of(r->marks, list, line),
                       "expect.%s is a list of texts: [a, b]", key);
}

static bool check_expect(reader *r, uint32_t line, const ms_value *expect)
{
    static const char *const lists[] = {"labels", "fired", "unknown", "errors"};
    if (!check_keys(r, line, "expect", expect, expect_keys))
        return false;
    line = line_of(r->marks, expect, line);
    bool ok = expect->count > 0 || wrong(r, "E402", line,
                                         "expect names nothing; name what must come out: "
                                         "expect: { score: 4.0, labels: [hot] }");
    const ms_value *score = ms_get(expect, "score"), *status = ms_get(expect, "lead_status");
    const ms_value *attributes = ms_get(expect, "attributes");
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        ok = check_texts(r, line, expect, lists[i]) && ok;
    if (score && score->kind != MS_INT && score->kind != MS_DOUBLE)
        ok = wrong(r, "E402", line_of(r->marks, score, line),
                   "expect.score is a number, such as 8.0");
    if (status && status->kind != MS_STRING && status->kind != MS_NULL)
        ok = wrong(r, "E402", line_of(r->marks, status, line),
                   "expect.lead_status is a text, or null for none");
    if (attributes && attributes->kind != MS_OBJECT)
        ok = wrong(r, "E402", line_of(r->marks, attributes, line),
                   "expect.attributes is keys with values; null: not there");
    return ok;
}

static bool read_case(reader *r, const ms_value *v, uint32_t line, ms_case *out)
{
    const int64_t day = INT64_C(86400) * 1000000;
    int64_t at = 0;
    if (!check_keys(r, line, "a case", v, case_keys))
        return false;
    const ms_value *name = ms_get(v, "name"), *when = ms_get(v, "at");
    const ms_value *contact = ms_get(v, "contact");
    *out = (ms_case){.name = ms_as_str(name), .line = line, .marks = r->marks};
    bool ok =
        out->name.n > 0 || wrong(r, "E402", line_of(r->marks, name, line), "a case needs a name");
    if (!when)
        ok = wrong(r, "E402", line, "a case needs the clock it is judged at: at: 2025-02-01");
    else if (!ms_time_parse(ms_as_str(when), &at))
        ok = wrong(r, "E402", line_of(r->marks, when, line),
                   "at is a date as 2025-02-01, or a time as 2025-02-01T14:20:00Z");
    ok = (contact ? check_keys(r, line, "contact", contact, contact_keys)
                  : wrong(r, "E402", line, "a case needs a contact: contact: { attr: { ... } }")) &&
         ok;
    out->contact = ms_get(contact, "attr");
    if (ok && (!out->contact || out->contact->kind != MS_OBJECT))
        ok = wrong(r, "E402", line, "contact needs attr: { ... }, which may be empty");
    out->facts = ms_get(contact, "facts");
    if (ok && out->facts && out->facts->kind != MS_OBJECT)
        ok = wrong(r, "E402", line, "contact.facts is keys with values: what was looked up");
    out->expect = ms_get(v, "expect");
    ok =
        (out->expect ? check_expect(r, line, out->expect)
                     : wrong(r, "E402", line, "a case says what must come out: expect: { ... }")) &&
        ok;
    out->today = at / day - (at % day < 0);
    return ok;
}

static bool is_repeated(reader *r, const ms_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ms_str_eq(cases[i].name, cases[n].name))
            return !wrong(r, "E402", cases[n].line,
                          "\"" MS_FMT "\" is the name of another case, "
                          "too (line %u)",
                          MS_ARG(cases[n].name), cases[i].line);
    return false;
}

ms_status ms_cases_read(ms_str text, ms_problems *problems, ms_case **cases, size_t *n,
                        ms_error *err)
{
    ms_yaml_marks *marks = NULL;
    ms_error why = {0};
    ms_value *root = ms_alloc_zero(problems->arena, 1, sizeof *root);
    *n = 0;
    ms_status status = root ? ms_yaml_parse(problems->arena, text, "cases.yaml", root, &marks, &why)
                            : ms_fail(&why, MS_NOMEM, "out of memory");
    reader r = {.problems = problems, .marks = marks};
    if (status == MS_INVALID) {
        const char *colon = strchr(why.text, ':');
        unsigned line = 1;
        if (colon)
            sscanf(colon + 1, "%u", &line);
        const char *rest = colon ? strchr(colon, ' ') : NULL;
        wrong(&r, "E401", line, "%s", rest ? rest + 1 : why.text);
        return MS_OK;
    }
    if (status) {
        if (err)
            *err = why;
        return status;
    }
    if (root->kind != MS_ARRAY && root->kind != MS_NULL)
        return wrong(&r, "E402", 1, "cases.yaml is a list: - name: ..."), MS_OK;
    uint32_t count = root->kind == MS_ARRAY ? root->count : 0;
    *cases = ms_alloc_zero(problems->arena, count ? count : 1, sizeof **cases);
    if (!*cases)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (uint32_t i = 0; i < count; i++) {
        const ms_value *v = &root->as.items[i];
        if (read_case(&r, v, line_of(marks, v, 1), &(*cases)[*n]))
            *n += !is_repeated(&r, *cases, *n);
    }
    return MS_OK;
}

/* ---- against the vertical ------------------------------------------------------------------- */

enum { MOST_NAMES = MS_MAX_RULES };

/* The vertical's names of one kind, for look-up and suggestions. */
typedef struct names {
    const char *items[MOST_NAMES + 1];
    size_t n;
} names;

static void add_name(names *list, ms_str name)
{
    if (list->n < MOST_NAMES && name.p)
        list->items[list->n++] = name.p; /* from the script's arena: NUL-terminated */
}

static void match_name(reader *r, const ms_case *c, const char *key, const ms_value *value,
                       const names *known)
{
    ms_str name = ms_as_str(value);
    for (size_t i = 0; i < known->n; i++)
        if (ms_str_eqz(name, known->items[i]))
            return;
    const char *near = ms_nearest(name, known->items);
    wrong(r, "E403", line_of(c->marks, value, c->line),
          "\"" MS_FMT "\": expect.%s: the vertical has no \"" MS_FMT "\"%s%s%s", MS_ARG(c->name),
          key, MS_ARG(name), near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void match_list(reader *r, const ms_case *c, const char *key, const names *known)
{
    const ms_value *list = ms_get(c->expect, key);
    for (uint32_t i = 0; list && i < list->count; i++)
        match_name(r, c, key, &list->as.items[i], known);
}

static bool is_of(const names *list, ms_str name)
{
    for (size_t i = 0; i < list->n; i++)
        if (ms_str_eqz(name, list->items[i]))
            return true;
    return false;
}

/* What the contact may have besides: contacts carry keys that no rule reads. */
typedef enum others { NO_OTHERS, OTHERS, OTHERS_OF_CONTACT } others;

/* The keys of an object: a misspelt one would be missing, and the case would test that. */
static void match_keys(reader *r, const ms_case *c, const char *what, const ms_value *object,
                       const names *known, others allowed)
{
    for (uint32_t i = 0; object && object->kind == MS_OBJECT && i < object->count; i++) {
        const ms_member *m = &object->as.members[i];
        if (is_of(known, m->key))
            continue;
        const char *near = ms_nearest(m->key, known->items);
        bool other = allowed == OTHERS
                         ? !near
                         : allowed == OTHERS_OF_CONTACT && ms_get(c->contact, m->key.p) != NULL;
        if (!other)
            wrong(r, "E403", line_of(c->marks, m, c->line),
                  "\"" MS_FMT "\": %s: the vertical has no \"" MS_FMT "\"%s%s%s", MS_ARG(c->name),
                  what, MS_ARG(m->key), near ? "; did you mean \"" : "", near ? near : "",
                  near ? "\"?" : "");
    }
}

static void status_values(const ms_status_plan *s, names *out)
{
    add_name(out, s->otherwise);
    for (uint32_t i = 0; i < s->n_cases; i++)
        add_name(out, s->cases[i].value);
    for (uint32_t i = 0; i < s->n_keep; i++)
        add_name(out, s->keep[i]);
    for (uint32_t i = 0; i < s->n_stages; i++)
        add_name(out, s->stages[i]);
}

void ms_cases_match(const ms_case *cases, size_t n, const ms_vertical *v, ms_problems *problems)
{
    reader r = {.problems = problems};
    names rules = {0}, labels = {0}, attributes = {0}, keys = {0}, facts = {0}, values = {0};
    for (uint32_t i = 0; i < v->n_rules; i++)
        add_name(&rules, v->rules[i].id);
    for (uint32_t i = 0; i < v->n_labels; i++)
        add_name(&labels, v->labels[i].title);
    for (uint32_t i = 0; i < v->n_attributes; i++)
        add_name(&attributes, v->attributes[i].name);
    keys = attributes;
    for (uint32_t i = 0; i < v->n_derived; i++)
        add_name(&keys, v->derived[i].name);
    add_name(&keys, v->status.attribute);
    add_name(&keys, v->score_attribute);
    for (uint32_t i = ms_vertical_slots(v) - v->n_facts; i < ms_vertical_slots(v); i++)
        add_name(&facts, v->attributes[i].name);
    status_values(&v->status, &values);
    for (size_t i = 0; i < n; i++) {
        const ms_case *c = &cases[i];
        const ms_value *status = ms_get(c->expect, "lead_status");
        match_keys(&r, c, "attr", c->contact, &keys, OTHERS);
        match_keys(&r, c, "facts", c->facts, &facts, NO_OTHERS);
        match_keys(&r, c, "expect.attributes", ms_get(c->expect, "attributes"), &keys,
                   OTHERS_OF_CONTACT);
        match_list(&r, c, "fired", &rules);
        match_list(&r, c, "unknown", &rules);
        match_list(&r, c, "labels", &labels);
        match_list(&r, c, "errors", &attributes);
        if (status && status->kind == MS_STRING)
            match_name(&r, c, "lead_status", status, &values);
    }
}
