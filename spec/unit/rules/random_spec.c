/*
 * 100,000 random contacts against recruitment written once more, straight from SPEC.md: regular
 * expressions of the C library instead of hand-written scanners, if instead of programs.
 */
#include "recruitment.h"

#include <inttypes.h>
#include <regex.h>
#include <time.h>

enum { CONTACTS = 100000, SEED = 20250201 };

static uint64_t random_state = SEED;
static uint32_t below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

/* ---- random contacts ------------------------------------------------------------------------- */

typedef struct raw {
    char json[160]; /* "" : no such key */
    char text[96];  /* content of a string */
    double number;
    enum { NOTHING, NUL, TEXT_VALUE, NUMBER, OTHER } kind;
} raw;

static void put_text(raw *r, const char *text)
{
    r->kind = TEXT_VALUE;
    snprintf(r->text, sizeof r->text, "%s", text);
    size_t n = 0;
    r->json[n++] = '"';
    for (const char *p = text; *p; p++)
        n += (size_t)snprintf(r->json + n, sizeof r->json - n, *p < 32 && *p > 0 ? "\\u%04x" : "%c",
                              *p);
    snprintf(r->json + n, sizeof r->json - n, "\"");
}

static void put_number(raw *r, const char *text)
{
    r->kind = NUMBER;
    snprintf(r->json, sizeof r->json, "%s", text);
    r->number = strtod(text, NULL);
}

static raw strange(void)
{
    static const char *const others[] = {"true", "false", "[]", "{}", "[1]"};
    raw r = {0};
    switch (below(4)) {
    case 0: return r;
    case 1:
        r.kind = NUL;
        snprintf(r.json, sizeof r.json, "null");
        return r;
    case 2: put_text(&r, below(2) ? "" : " "); return r;
    default:
        r.kind = OTHER;
        snprintf(r.json, sizeof r.json, "%s", others[below(5)]);
        return r;
    }
}

/* Pieces of amounts thrown together: most are nearly right. */
static raw amount(void)
{
    static const char *const pieces[] = {"€", " ", "\t", "k", "K", ".", ",", "-", "0", "\n", "x"};
    raw r = {0};
    char text[96] = "", part[32];
    if (below(8) == 0)
        return strange();
    if (below(3) == 0) {
        static const char *const numbers[] = {"%u", "-%u", "%u.5", "%ue3", "0.%u", "%u.0"};
        uint32_t size = 1u << below(31);
        snprintf(part, sizeof part, numbers[below(6)], below(size) + (below(3) ? 0 : 79999));
        put_number(&r, part);
        return r;
    }
    if (below(4) == 0)
        strcat(text, pieces[below(3)]);
    uint32_t groups = below(4);
    snprintf(part, sizeof part, "%u", below(groups ? 2000 : 1u << below(31)));
    strcat(text, part);
    for (const char *sep = pieces[(const uint8_t[]){1, 5, 6}[below(3)]]; groups-- > 0;) {
        if (below(12) == 0)
            sep = pieces[below(11)];
        snprintf(part, sizeof part, below(12) ? "%s%03u" : "%s%u", sep, below(1000));
        strcat(text, part);
    }
    for (uint32_t n = below(3); n-- > 0;)
        strcat(text, pieces[below(11)]);
    put_text(&r, text);
    return r;
}

static raw word(const char *const *words, uint32_t n)
{
    raw r = {0};
    char text[64];
    if (below(8) == 0)
        return strange();
    snprintf(text, sizeof text, "%s%s%s", below(6) ? "" : " ", words[below(n)],
             below(6)   ? ""
             : below(4) ? "\n"
                        : ".");
    if (below(4) == 0)
        for (char *p = text; *p; p++)
            if (below(2) && *p >= 'a' && *p <= 'z')
                *p -= 32;
    put_text(&r, text);
    return r;
}

static raw date(void)
{
    raw r = {0};
    char text[96];
    if (below(8) == 0)
        return strange();
    if (below(8) == 0)
        snprintf(text, sizeof text, "%04u-%02u-%02u", below(10000), below(14), below(34));
    else
        snprintf(text, sizeof text, "%s%u-%02u-%02u%s", below(20) ? "" : " ", 2024 + below(2),
                 1 + below(12), 1 + below(31), below(2) ? "" : "T10:00:00Z");
    put_text(&r, text);
    return r;
}

/* ---- SPEC.md once more -------------------------------------------------------------------------
 */

enum { ABSENT = -2, WRONG = -1 };

typedef struct facts {
    long long min, max, followers;
    int urgency, job, source;
    int dates[2]; /* state: ABSENT, WRONG or 1 */
    long long days[2];
    int errors;
} facts;

static regex_t int_form, date_form;

static long long to_int(const raw *r)
{
    regmatch_t m[8]; /* 2: digits and separators, 7: the k */
    if (r->kind == NOTHING || r->kind == NUL || (r->kind == TEXT_VALUE && !*r->text))
        return ABSENT;
    if (r->kind == NUMBER) {
        double whole = r->number;
        long long n = (long long)whole;
        if (whole < 0 || n > MAX_INT_VALUE)
            return whole > -1 && whole < 0 && r->json[0] == '-' && n == 0 && whole == 0 ? 0 : WRONG;
        return n;
    }
    if (r->kind != TEXT_VALUE || regexec(&int_form, r->text, 8, m, 0))
        return WRONG;
    char digits[96];
    int n = 0;
    for (regoff_t i = m[2].rm_so; i < m[2].rm_eo; i++)
        if (r->text[i] >= '0' && r->text[i] <= '9')
            digits[n++] = r->text[i];
    digits[n] = '\0';
    if (n > 9)
        return WRONG;
    long long value = atoll(digits) * (m[7].rm_so >= 0 ? 1000 : 1);
    return value <= MAX_INT_VALUE ? value : WRONG;
}

static int to_enum(const raw *r, const char *const *words, uint32_t n)
{
    char text[96];
    if (r->kind == NOTHING || r->kind == NUL || (r->kind == TEXT_VALUE && !*r->text))
        return ABSENT;
    if (r->kind != TEXT_VALUE)
        return WRONG;
    const char *start = r->text + strspn(r->text, " \t\r\n");
    snprintf(text, sizeof text, "%s", start);
    for (size_t k = strlen(text); k && strchr(" \t\r\n", text[k - 1]); k--)
        text[k - 1] = '\0';
    for (uint32_t i = 0; i < n; i++)
        if (!strcasecmp(text, words[i]))
            return (int)i;
    return WRONG;
}

/* Days by counting years, for dates from 1970 on; before that by the other rule of the calendar. */
static long long count_days(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    long long y = year - 1 + 400; /* leap years up to the year before, shifted by one cycle */
    long long leaps =
        y / 4 - y / 100 + y / 400 - (1969 + 400) / 4 + (1969 + 400) / 100 - (1969 + 400) / 400;
    return 365LL * (year - 1970) + leaps + before[month - 1] + (leap && month > 2) + day - 1;
}

static int to_date(const raw *r, long long *days)
{
    if (r->kind == NOTHING || r->kind == NUL || (r->kind == TEXT_VALUE && !*r->text))
        return ABSENT;
    if (r->kind != TEXT_VALUE || regexec(&date_form, r->text, 0, NULL, 0))
        return WRONG;
    int month = atoi(r->text + 5), day = atoi(r->text + 8);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return WRONG;
    *days = count_days(atoi(r->text), month, day);
    return 1;
}

static const char *const urgencies[] = {"low", "medium", "high"};
static const char *const jobs[] = {"interim", "permanent", "freelance"};
static const char *const from[] = {"instagram_scrape", "linkedin_scrape", "instagram_dm",
                                   "website_form", "referral"};

static void judge_again(const raw *in, ms_buf *line)
{
    facts f = {.min = to_int(&in[MIN]),
               .max = to_int(&in[MAX]),
               .followers = to_int(&in[FOLLOWERS]),
               .urgency = to_enum(&in[URGENCY], urgencies, 3),
               .job = to_enum(&in[JOB], jobs, 3),
               .source = to_enum(&in[SOURCE], from, 5)};
    f.dates[0] = to_date(&in[SCRAPED], &f.days[0]);
    f.dates[1] = to_date(&in[CONTACT], &f.days[1]);
    f.errors = (f.min == WRONG) + (f.max == WRONG) + (f.followers == WRONG) + (f.urgency == WRONG) +
               (f.job == WRONG) + (f.source == WRONG) + (f.dates[0] == WRONG) +
               (f.dates[1] == WRONG);
    if (f.min >= 0 && f.max >= 0 && f.min > f.max) {
        long long t = f.min;
        f.min = f.max;
        f.max = t;
    }
    const struct {
        bool fired;
        int points;
        const char *id;
    } rules[] = {
        {f.max >= 80000, 25, "R01"},
        {f.max >= 50000 && f.max < 80000, 15, "R02"},
        {f.urgency == 2, 25, "R03"},
        {f.urgency == 0, -10, "R04"},
        {f.job == 0, 10, "R05"},
        {f.job == 1, 5, "R06"},
        {f.job == 2, 10, "R07"},
        {f.source == 0 || f.source == 1, -5, "R08"},
        {(f.source == 0 || f.source == 1) && f.dates[1] != 1, 0, "R09"},
        {f.dates[0] == 1 && f.dates[1] == 1 && f.days[1] >= f.days[0] && 20120 - f.days[1] <= 90,
         15, "R10"},
        {f.followers >= 10000, 10, "R11"},
        {in[INTENT].kind == TEXT_VALUE && !strcmp(in[INTENT].text, "job_search"), 20, "R12"},
    };
    int p = 0;
    for (uint32_t i = 0; i < COUNT(rules); i++)
        p += rules[i].fired ? rules[i].points : 0;
    p = p < 0 ? 0 : p > 100 ? 100 : p;
    ms_buf_format(line, "%lld|%lld|%d|%d|%d|%lld|", f.min, f.max, f.urgency, f.job, f.source,
                  f.followers);
    for (int i = 0; i < 2; i++)
        ms_buf_format(line, "%d:%lld|", f.dates[i], f.dates[i] == 1 ? f.days[i] : 0);
    ms_buf_format(line, "%d|%d|", p, f.errors);
    for (uint32_t i = 0; i < COUNT(rules); i++)
        if (rules[i].fired)
            ms_buf_z(line, rules[i].id);
    bool o1 = p >= 70 && !f.errors;
    ms_buf_format(line, "%s%s%s%s|%s", o1 ? "O1" : "", p < 30 ? "O2" : "",
                  f.urgency == 2 && p >= 80 ? "O3" : "", f.errors ? "O4" : "O5",
                  o1       ? "qualified"
                  : p < 30 ? "unqualified"
                           : "new");
}

static long long number_of(const ms_slot *s)
{
    return s->state == MS_SLOT_VALID ? s->number : s->state == MS_SLOT_INVALID ? WRONG : ABSENT;
}

static void line_of(const ms_decision *d, ms_buf *line)
{
    const ms_slot *s = d->slots->items;
    ms_buf_format(line, "%lld|%lld|%lld|%lld|%lld|%lld|", number_of(&s[MIN]), number_of(&s[MAX]),
                  number_of(&s[URGENCY]), number_of(&s[JOB]), number_of(&s[SOURCE]),
                  number_of(&s[FOLLOWERS]));
    for (int i = SCRAPED; i <= CONTACT; i++) {
        bool valid = s[i].state == MS_SLOT_VALID;
        ms_buf_format(line, "%d:%lld|",
                      valid                           ? 1
                      : s[i].state == MS_SLOT_INVALID ? WRONG
                                                      : ABSENT,
                      valid ? (long long)s[i].number : 0);
    }
    ms_buf_format(line, "%d|%u|", d->points, d->n_errors);
    for (uint32_t i = 0; i < d->slots->vertical->n_rules; i++)
        if (ms_bit(&d->fired, i))
            ms_buf_str(line, d->slots->vertical->rules[i].id);
    ms_buf_char(line, '|');
    ms_buf_str(line, d->status);
}

static void same_as_written_once_more(void **state)
{
    static const char *const names[] = {
        "budget_min",     "budget_max",   "urgency_level",     "job_type_preference", "lead_source",
        "follower_count", "scraped_date", "last_contact_date", "last_intent"};
    static const char *const urgency_words[] = {"low", "medium", "high", "asap", "hig"};
    static const char *const job_words[] = {"interim", "permanent", "freelance", "parttime"};
    static const char *const intents[] = {"job_search", "other"};
    court *c = court_open();
    ms_vertical *v = recruitment(c);
    ms_buf in = {0}, want = {0}, got = {0};
    uint32_t swapped = 0, wrong = 0;
    (void)state;
    assert_int_equal(regcomp(&int_form,
                             "^[ \t\r\n]*(€[ \t\r\n]*)?([0-9]{1,9}|[0-9]{1,3}((\\.[0-9]{3}){1,2}|"
                             "(,[0-9]{3}){1,2}|( [0-9]{3}){1,2}))[ \t\r\n]*([kK][ \t\r\n]*)?$",
                             REG_EXTENDED),
                     0);
    assert_int_equal(regcomp(&date_form, "^[0-9]{4}-[0-9]{2}-[0-9]{2}", REG_EXTENDED), 0);
    for (int i = 0; i < CONTACTS; i++) {
        raw r[9] = {
            amount(), amount(), word(urgency_words, 5), word(job_words, 4), word(from, 5), amount(),
            date(),   date(),   word(intents, 2)};
        in.n = want.n = got.n = 0;
        ms_buf_char(&in, '{');
        for (int k = 0; k < 9; k++)
            if (*r[k].json)
                ms_buf_format(&in, "%s\"%s\":%s", in.n > 1 ? "," : "", names[k], r[k].json);
        ms_buf_z(&in, "}");
        judge_again(r, &want);
        read_fields(c, in.p, in.n);
        assert_int_equal(ms_judge_contact(c->judge, v, &c->top, NULL, 20120, true, &c->d, &c->err),
                         MS_OK);
        line_of(&c->d, &got);
        assert_false(in.failed || want.failed || got.failed);
        if (want.n != got.n || memcmp(want.p, got.p, got.n))
            fail_msg("contact %d of seed %d\n%.*s\nwant %.*s\ngot  %.*s", i, SEED, (int)in.n, in.p,
                     (int)want.n, want.p, (int)got.n, got.p);
        wrong += c->d.n_errors > 0;
        swapped += c->d.slots->items[MIN].state == MS_SLOT_VALID &&
                   c->d.slots->items[MAX].state == MS_SLOT_VALID;
    }
    assert_true(wrong > CONTACTS / 10 && wrong < CONTACTS);
    assert_true(swapped > CONTACTS / 20);
    regfree(&int_form);
    regfree(&date_form);
    ms_buf_free(&in);
    ms_buf_free(&want);
    ms_buf_free(&got);
    ms_vertical_unseal(v);
    court_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_written_once_more)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
