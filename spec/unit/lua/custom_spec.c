/* Functions of a vertical: what they get, what they may answer, and that nothing of them stays. */
#include "lua_support.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* A rule whose condition is this function of all attributes that are named. */
#define CUSTOM(reads, body)                                                                        \
    HEAD RULE("custom { reads = { " reads " }, says = \"s\", fn = function(v, today) " body        \
              " end }")
#define DERIVE(reads, body)                                                                        \
    HEAD RULE("a.n:present()") "derive { \"out\", custom { reads = { " reads                       \
                               " }, says = \"s\", fn = function(v, today) " body " end } }"

static const struct {
    const char *text, *attributes;
    ms_truth truth;
} answers[] = {
    {CUSTOM("a.n", "return v.n > 3"), "{\"n\":4}", MS_YES},
    {CUSTOM("a.n", "return v.n > 3"), "{\"n\":3}", MS_NO},
    {CUSTOM("a.n", "error \"never called\""), "{}", MS_UNKNOWN},
    {CUSTOM("a.n", "error \"never called\""), "{\"n\":\"x\"}", MS_UNKNOWN},
    {CUSTOM("a.n, a.m", "error \"never called\""), "{\"n\":1}", MS_UNKNOWN},
    {CUSTOM("a.n", "return nil"), "{\"n\":1}", MS_UNKNOWN},
    {CUSTOM("a.n", ""), "{\"n\":1}", MS_UNKNOWN},
    {CUSTOM("a.n", "return math.type(v.n) == \"integer\""), "{\"n\":1}", MS_YES},
    {CUSTOM("a.n", "return v.m == nil"), "{\"n\":1,\"m\":2}", MS_YES}, /* not read, not there */
    {CUSTOM("a.w", "return v.w == 12.34"), "{\"w\":12.34}", MS_YES},
    {CUSTOM("a.c", "return v.c == \"high\""), "{\"c\":\" High\"}", MS_YES},
    {CUSTOM("a.cs", "return #v.cs == 2 and v.cs[1] == \"x\" and v.cs[2] == \"z\""),
     "{\"cs\":[\"z\",\"x\",\"z\"]}", MS_YES},
    {CUSTOM("a.b", "return v.b == false"), "{\"b\":false}", MS_YES},
    {CUSTOM("a.t", "return v.t == \"x\""), "{\"t\":\" x \"}", MS_YES},
    {CUSTOM("a.d", "return today - v.d == 12 and today == 20120"), "{\"d\":\"2025-01-20\"}",
     MS_YES},
    {CUSTOM("a.any", "return v.any == \" x\""), "{\"any\":\" x\"}", MS_YES},
    {CUSTOM("a.any", "return math.type(v.any) == \"integer\" and v.any == 9007199254740993"),
     "{\"any\":9007199254740993}", MS_YES},
    {CUSTOM("a.any", "return math.type(v.any) == \"float\""), "{\"any\":1.5}", MS_YES},
    {CUSTOM("a.any", "return v.any == true"), "{\"any\":true}", MS_YES},
    {CUSTOM("a.any",
            "return v.any[2] == null and type(v.any[2]) == \"null\" and v.any[3].k[1] == 7"),
     "{\"any\":[1,null,{\"k\":[7]}]}", MS_YES},
    {CUSTOM("a.n",
            "local out = {} for k, x in pairs { z = 1, y = 2, [2] = 3, [1] = 4, [1.5] = 5 } do"
            " out[#out + 1] = k .. \"=\" .. x end"
            " return table.concat(out, \" \") == \"1=4 2=3 1.5=5 y=2 z=1\""),
     "{\"n\":1}", MS_YES},
    {CUSTOM("a.n",
            "local t = { 3, 1, 2 } table.sort(t) table.insert(t, 9) table.remove(t, 1)"
            " return table.concat(t, \",\") == \"2,3,9\" and select(\"#\", table.unpack(t)) == 3"),
     "{\"n\":1}", MS_YES},
    {CUSTOM("a.n", "return string.format(\"%5.1f|%03d|%s|%%|%-4s|%x\", 1.25, 7, {}, \"ab\", 255)"
                   " == \"  1.2|007|table|%|ab  |ff\""),
     "{\"n\":1}", MS_YES},
    {CUSTOM("a.t",
            "return v.t:contains \"bc\" and not v.t:contains \"bd\" and v.t:sub(2, 3) == \"bc\""
            " and v.t:upper() == \"ABCD\" and #v.t:rep(3, \"-\") == 14"),
     "{\"t\":\"abcd\"}", MS_YES},
};

static void test_arguments_and_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        bench b = open_bench(answers[i].text);
        ms_truth got = truth(&b, answers[i].attributes);
        if (got != answers[i].truth)
            fail_msg("row %zu: %d, wanted %d: %s", i, got, answers[i].truth, answers[i].text);
        close_bench(&b);
    }
}

static const char *const failures[][2] = {
    {CUSTOM("a.n", "return 1"),
     "vertical.lua:2: the function answers true, false or nil (not known); it "
     "answered a number"},
    {CUSTOM("a.n", "return v.n.x.y"), "vertical.lua:2: attempt to index a n"},
    {CUSTOM("a.n", "\n\nerror(\"because \" .. v.n)"), "vertical.lua:4: because 1"},
    {CUSTOM("a.n", "assert(v.n == 2, \"not two\")"), "not two"},
    {CUSTOM("a.n", "string.rep()"), "vertical.lua:2: string.rep needs a whole number"},
    {CUSTOM("a.n", "string.rep({}, 2)"), "vertical.lua:2: bad argument #1 to "},
    {CUSTOM("a.n", "local x = a.nn"), "vertical.lua:2: unknown attribute \"nn\""},
    {CUSTOM("a.n", "rule {}"), "is declared while the vertical loads, not inside a function"},
    {CUSTOM("a.n", "local c = a.n:at_least(1)"), "not inside a function"},
    {CUSTOM("a.n", "a.n = 1"), "\"n\" cannot be set in this list of attributes"},
    {CUSTOM("a.n", "leak = 1"), "\"leak\" is not declared: write local leak = ..."},
    {CUSTOM("a.n", "return leak"), "there is no \"leak\" in rules"},
};

static void test_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        bench b = open_bench(failures[i][0]);
        assert_int_equal(judge(&b, "{\"n\":1}"), MS_SCRIPT);
        if (!strstr(b.err.text, failures[i][1]) || !strstr(b.err.text, "rule R"))
            fail_msg("wanted %s, got %s", failures[i][1], b.err.text);
        assert_int_equal(judge(&b, "{}"), MS_OK);
        close_bench(&b);
    }
}

static const char *const values[][2] = {
    {"return nil", ""},
    {"return v.n + 1", "2"},
    {"return v.n / 2", "0.5"},
    {"return 9007199254740993", "9007199254740993"},
    {"return math.mininteger", "-9223372036854775808"},
    {"return \"a\\\"\\n\\u{20ac}\"", "\"a\\\"\\n€\""},
    {"return true", "true"},
    {"return null", "null"},
    {"return {}", "{}"},
    {"return array {}", "[]"},
    {"return array { 1, null }", "[1,null]"},
    {"return { b = 1, a = { 2 }, c = {} }", "{\"a\":[2],\"b\":1,\"c\":{}}"},
    {"return { 1, 2.5, \"x\" }", "[1,2.5,\"x\"]"},
};

static void test_derived_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[1024];
        snprintf(text, sizeof text, DERIVE("a.n", "%s"), values[i][0]);
        bench b = open_bench(text);
        assert_int_equal(judge(&b, "{\"n\":1}"), MS_OK);
        assert_string_equal(managed(&b, "out"), values[i][1]);
        assert_int_equal(judge(&b, "{}"), MS_OK);
        assert_string_equal(managed(&b, "out"), "");
        close_bench(&b);
    }
}

static const char *const no_values[][2] = {
    {"return 0/0", "a number that is none"},
    {"return 1/0", "a number that is none"},
    {"return { 1, nil, 3 }", "a list without gaps"},
    {"return { 1, x = 2 }", "a list without gaps"},
    {"return { [0] = 1 }", "a list without gaps"},
    {"return { [true] = 1 }", "a list without gaps"},
    {"return array { x = 1 }", "a list without gaps"},
    {"return a.n", "no value"},
    {"return pairs", "a function is no value"},
    {"local t = {} t[1] = t return t", "levels (or one inside itself)"},
};

static void test_values_that_are_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_values / sizeof *no_values; i++) {
        char text[1024];
        snprintf(text, sizeof text, DERIVE("a.n", "%s"), no_values[i][0]);
        bench b = open_bench(text);
        assert_int_equal(judge(&b, "{\"n\":1}"), MS_SCRIPT);
        if (!strstr(b.err.text, no_values[i][1]) || !strstr(b.err.text, "vertical.lua:3: "))
            fail_msg("wanted %s, got %s", no_values[i][1], b.err.text);
        close_bench(&b);
    }
}

/* ---- nothing outlives a call ---------------------------------------------------------------- */

static void test_upvalues_are_put_back(void **state)
{
    (void)state;
    bench b = open_bench(
        HEAD "local n, last = 0, nil local function bump() n = n + 1 last = n return n end\n"
             "local tools = { bump = bump, deep = { function() n = n + 10 return n end } }\n" RULE(
                 "custom { reads = { a.n }, says = \"s\", fn = function(v) local before = last "
                 "bump() return before == nil and n == 1 end }") "rule { id = \"S\", points = 1, "
                                                                 "because = \"b\", when = custom { "
                                                                 "reads = { a.m }, "
                                                                 "says = \"s\", fn = function() "
                                                                 "return tools.deep[1]() == 10 and "
                                                                 "tools.bump() == 11 end } }");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(truth(&b, "{\"n\":1,\"m\":1}"), MS_YES);
        assert_true(ms_bit(&b.decision.fired, 1));
    }
    close_bench(&b);
}

static void test_upvalues_are_put_back_after_a_failure(void **state)
{
    (void)state;
    bench b = open_bench(HEAD "local first = true\n" RULE(
        "custom { reads = { a.n }, says = \"s\", fn = function(v) local was = first first = false "
        "if v.n == 2 then error \"stop\" end if v.n == 3 then while true do end end "
        "if v.n == 4 then local s = \"x\" while true do s = s .. s end end return was end }"));
    const ms_status wanted[] = {MS_OK, MS_SCRIPT, MS_LIMIT_CPU, MS_LIMIT_MEM};
    for (int i = 0; i < 4; i++) {
        char attributes[32];
        snprintf(attributes, sizeof attributes, "{\"n\":%d}", i + 1);
        assert_int_equal(judge(&b, attributes), wanted[i]);
        assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
    }
    close_bench(&b);
}

/* What pairs gives is a function of the library, not of the vertical: it must not count. */
static void test_an_iterator_does_not_go_on_with_the_next_contact(void **state)
{
    (void)state;
    bench b = open_bench(
        HEAD "local step, walk, key = pairs { x = 1, y = 2 }\n"
             "local kept = { pairs { 7, 8 } }\n" RULE(
                 "custom { reads = { a.n }, says = \"s\", fn = function() "
                 "local first = step(walk, key) local second = step(walk, first) "
                 "return first == \"x\" and second == \"y\" and step(walk, second) == nil "
                 "and kept[1](kept[2]) == 1 end }"));
    for (int i = 0; i < 3; i++)
        assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
    close_bench(&b);
    b = open_bench(HEAD "local step, walk = pairs { x = 1, y = 2 }\n" RULE(
        "custom { reads = { a.n }, says = \"s\", fn = function() walk.first = \"y\" end }"));
    assert_int_equal(judge(&b, "{\"n\":1}"), MS_SCRIPT);
    close_bench(&b);
}

/* Two functions reach the same table, which also reaches itself. */
static void test_upvalues_that_several_functions_reach(void **state)
{
    (void)state;
#define LOOKS                                                                                      \
    "custom { reads = { a.n }, says = \"s\", fn = function() local first = tools.bump() "          \
    "return first == 1 and tools.deep[1].bump() == 2 and tools.list[2] == 6 end }"
    bench b = open_bench(
        HEAD "local n = 0 local tools = { list = { 5, 6 } } function tools.bump() n = n + 1 return "
             "n end tools.deep = { tools }\n" RULE(LOOKS) "rule { id = \"S\", points = 1, because "
                                                          "= \"b\", when = " LOOKS " }");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
        assert_true(ms_bit(&b.decision.fired, 1));
    }
    close_bench(&b);
}

/* What a function kept is gone when its call has ended, and not only when it is called again. */
static void test_nothing_kept_fills_the_memory(void **state)
{
    (void)state;
    const ms_script_limits limits = {.cpu_ms = 2000, .memory_bytes = 6 << 20};
    const char text[] =
        HEAD "local keep local function fill() local t = {} for i = 1, 3 do t[i] = "
             "string.rep(\"x\", 1000000) .. i end return t end\n" RULE(
                 "custom { reads = { a.n }, says = \"s\", fn = function(v) local was = keep "
                 "keep = fill() while v.n == 2 do keep[#keep + 1] = fill() end return was == nil "
                 "end }") "local kept rule { id = \"S\", points = 1, because = \"b\", when = "
                          "custom { reads = { "
                          "a.n }, says = \"s\", fn = function() local was = kept kept = fill() "
                          "return was == nil "
                          "end } }";
    bench b = {.judge = ms_judge_new(), .reader = ms_json_reader_new()};
    assert_int_equal(load_limited(text, strlen(text), &limits, &b.script, &b.err), MS_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
        assert_true(ms_bit(&b.decision.fired, 1));
        assert_int_equal(judge(&b, "{\"n\":2}"), MS_LIMIT_MEM);
    }
    close_bench(&b);
}

/* A function's arguments are made once, and hold nothing but the values of the running call. */
static void test_arguments_cannot_be_changed(void **state)
{
    (void)state;
    static const char *const writes[] = {
        "v.n = 7",     "v.n = nil",           "v.x = 1",  "v[1] = 1",
        "v.any = { }", "v.any[1] = v",        "array(v)", "table.insert(v, 1)",
        "v[v] = 1",    "last = v last.x = 1",
    };
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        char text[2048];
        snprintf(text, sizeof text,
                 HEAD "local last\n" RULE(
                     "custom { reads = { a.n, a.m, a.any }, says = \"s\", fn = function(v) "
                     "if v.n == 1 then %s error \"stop\" end local names = \"\" for k, x in "
                     "pairs(v) do names = names .. k .. \" \" end return names == \"any m n \" and "
                     "v.n == 2 and v.m == 3 and v.x == nil and v[1] == nil and last == "
                     "nil and #v == 0 and #v.any == 2 and v.any[1] == 5 end }"),
                 writes[i]);
        bench b = open_bench(text);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(judge(&b, "{\"n\":1,\"m\":3,\"any\":[4,6]}"), MS_SCRIPT);
            assert_int_equal(truth(&b, "{\"n\":2,\"m\":3,\"any\":[5,6]}"), MS_YES);
        }
        close_bench(&b);
    }
}

/* The large values of one call are not kept for the next: eight functions, each with a megabyte. */
static void test_large_arguments_are_not_kept(void **state)
{
    (void)state;
    enum { LONG = 1000000, FUNCTIONS = 8 };
    const ms_script_limits limits = {.cpu_ms = 2000, .memory_bytes = 4 << 20};
    char *text = calloc(1, 8192), *attributes = malloc(LONG + 64), *at = text;
    assert_non_null(text);
    assert_non_null(attributes);
    at = stpcpy(at, HEAD);
    for (int i = 0; i < FUNCTIONS; i++)
        at += sprintf(at,
                      "rule { id = \"R%d\", points = 1, because = \"b\", when = custom { reads = { "
                      "a.n, a.any }, says = \"s\", fn = function(v) if v.n == %d then error "
                      "\"stop\" end return #v.any == %d end } }\n",
                      i, i, LONG);
    bench b = {.judge = ms_judge_new(), .reader = ms_json_reader_new()};
    if (load_limited(text, strlen(text), &limits, &b.script, &b.err))
        fail_msg("%s", b.err.text);
    for (int i = 0; i <= FUNCTIONS; i++) { /* the last is for all functions to answer */
        at = attributes + sprintf(attributes, "{\"n\":%d,\"any\":\"", i);
        memset(at, 'x', LONG);
        strcpy(at + LONG, "\"}");
        assert_int_equal(judge(&b, attributes), i < FUNCTIONS ? MS_SCRIPT : MS_OK);
    }
    for (int i = 0; i < FUNCTIONS; i++)
        assert_true(ms_bit(&b.decision.fired, (uint32_t)i));
    close_bench(&b);
    free(text);
    free(attributes);
}

static void test_tables_are_frozen(void **state)
{
    (void)state;
    static const char *const writes[] = {
        "bands[1] = 2",           "bands.x = 2",
        "bands.deep.list[1] = 2", "bands[2] = nil",
        "table.insert(bands, 1)", "table.remove(bands, 1)",
        "table.sort(bands)",      "bands.deep = nil",
        "marked[1] = 1",          "made().x = 1",
    };
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        char text[2048];
        snprintf(
            text, sizeof text,
            HEAD
            "local bands = { 2, 1, deep = { list = { 7 } } } local marked = array {} "
            "local own = { 1 } local function made() return own end\n" RULE(
                "custom { reads = { a.n }, says = \"s\", fn = function(v) "
                "if v.n == 1 then %s end return bands[1] == 2 and bands[2] == 1 and "
                "#bands == 2 and bands.deep.list[1] == 7 and #marked == 0 and own.x == nil end }"),
            writes[i]);
        bench b = open_bench(text);
        assert_int_equal(judge(&b, "{\"n\":1}"), MS_SCRIPT);
        if (!strstr(b.err.text, "cannot be set"))
            fail_msg("%s: %s", writes[i], b.err.text);
        assert_int_equal(truth(&b, "{\"n\":2}"), MS_YES);
        close_bench(&b);
    }
}

static void test_frozen_tables_read_like_others(void **state)
{
    (void)state;
    bench b = open_bench(HEAD "local t = { 5, 6, x = { y = 1 } }\n" RULE(
        "custom { reads = { a.n }, says = \"s\", fn = function() local out = {} "
        "for k, v in pairs(t) do out[#out + 1] = tostring(k) end for i, v in ipairs(t) do "
        "out[#out + 1] = i .. \":\" .. v end return table.concat(out, \" \") == \"1 2 x "
        "1:5 2:6\" "
        "and table.concat(t, \"+\") == \"5+6\" and select(\"#\", table.unpack(t)) == 2 end "
        "}") "derive { \"out\", custom { reads = { a.n }, says = \"s\", fn = function() "
             "return t.x end } }");
    assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
    assert_string_equal(managed(&b, "out"), "{\"y\":1}");
    close_bench(&b);
}

/* ---- limits --------------------------------------------------------------------------------- */

static void test_the_time_limit_names_the_line(void **state)
{
    (void)state;
    bench b = open_bench(CUSTOM("a.n", "\n while true do end"));
    assert_int_equal(judge(&b, "{\"n\":1}"), MS_LIMIT_CPU);
    assert_non_null(strstr(b.err.text, "vertical.lua:3: used up its time (20 ms)"));
    assert_int_equal(judge(&b, "{}"), MS_OK);
    close_bench(&b);
}

/* Many functions that each stay below the limit: the decision as a whole does not. */
static void test_all_functions_of_a_decision_share_the_time(void **state)
{
    (void)state;
    static const ms_script_limits limits = {.cpu_ms = 40};
    char *text = malloc(200 * 256), *at = stpcpy(text, HEAD);
    bench b = {.judge = ms_judge_new(), .reader = ms_json_reader_new()};
    for (int i = 0; i < 200; i++)
        at += sprintf(at,
                      "rule { id = \"R%d\", points = 1, because = \"b\", when = custom { reads = "
                      "{ a.n }, says = \"s\", fn = function(v) local x = 0 for i = 1, v.n do x = i "
                      "end return true end } }\n",
                      i);
    assert_int_equal(load_limited(text, strlen(text), &limits, &b.script, &b.err), MS_OK);
    assert_int_equal(judge(&b, "{\"n\":300000}"), MS_LIMIT_CPU);
    for (int i = 0; i < 20; i++) /* each decision has its own time */
        assert_int_equal(judge(&b, "{\"n\":100}"), MS_OK);
    close_bench(&b);
    free(text);
}

static void test_memory_of_a_call_is_given_back(void **state)
{
    (void)state;
    bench b =
        open_bench(CUSTOM("a.n", "local t = {} for i = 1, 2000 do t[i] = { i } end return true"));
    for (int i = 0; i < 500; i++)
        assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
    close_bench(&b);
}

/* What a script keeps fills its memory: it loads, its functions fail cleanly, and contacts that do
 * not need them are judged. */
static void test_a_script_that_fills_its_memory(void **state)
{
    (void)state;
    bool filled = false;
    for (int kib = 1000; kib < 4096; kib += 100) {
        ms_script_limits limits = {.memory_bytes = 4 << 20};
        char text[2048];
        snprintf(
            text, sizeof text,
            HEAD
            "local keep = {} for i = 1, %d do keep[i] = string.rep(\"x\", 1000) .. i end\n" RULE(
                "custom { reads = { a.n }, says = \"s\", fn = function() "
                "local s = keep[1] while true do s = s .. s .. \"x\" end end }"),
            kib);
        bench b = {.judge = ms_judge_new(), .reader = ms_json_reader_new()};
        ms_status status = load_limited(text, strlen(text), &limits, &b.script, &b.err);
        for (int i = 0; i < 3 && !status; i++) {
            assert_int_equal(judge(&b, "{\"n\":1}"), MS_LIMIT_MEM);
            filled |= strstr(b.err.text, "has filled its memory") != NULL;
            assert_int_equal(judge(&b, "{}"), MS_OK);
        }
        if (status)
            assert_int_equal(status, MS_LIMIT_MEM);
        close_bench(&b);
    }
    assert_true(filled);
}

typedef struct worker {
    bool spins;
    int wrong;
} worker;

static void *work(void *arg)
{
    worker *w = arg;
    sigset_t all;
    sigfillset(&all); /* a thread of the host that takes no signals */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    bench b = open_bench(
        CUSTOM("a.n", "local x = 0 while v.n == 2 or x < 1000 do x = x + 1 end return true"));
    for (int i = 0; i < (w->spins ? 4 : 400); i++) {
        ms_status status = judge(&b, w->spins ? "{\"n\":2}" : "{\"n\":1}");
        w->wrong += status != (w->spins ? MS_LIMIT_CPU : MS_OK);
    }
    close_bench(&b);
    return NULL;
}

static void test_threads_have_their_own_limits(void **state)
{
    (void)state;
    worker workers[6] = {{.spins = true},  {.spins = false}, {.spins = true},
                         {.spins = false}, {.spins = true},  {.spins = false}};
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].wrong, 0);
    }
}

/* After the calls the timer stops: nothing interrupts a host that waits. */
static void test_no_ticks_while_no_script_runs(void **state)
{
    (void)state;
    bench b = open_bench(CUSTOM("a.n", "return true"));
    assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES);
    while (usleep(30000) != 0) /* the last ticks may interrupt this */
        ;
    for (int i = 0; i < 5; i++)
        assert_int_equal(usleep(20000), 0);
    assert_int_equal(truth(&b, "{\"n\":1}"), MS_YES); /* and it starts again */
    close_bench(&b);
    b = open_bench(CUSTOM("a.n", "while true do end"));
    while (usleep(30000) != 0)
        ;
    assert_int_equal(judge(&b, "{\"n\":1}"), MS_LIMIT_CPU);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_and_answers),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_derived_values),
        cmocka_unit_test(test_values_that_are_none),
        cmocka_unit_test(test_upvalues_are_put_back),
        cmocka_unit_test(test_upvalues_are_put_back_after_a_failure),
        cmocka_unit_test(test_an_iterator_does_not_go_on_with_the_next_contact),
        cmocka_unit_test(test_upvalues_that_several_functions_reach),
        cmocka_unit_test(test_nothing_kept_fills_the_memory),
        cmocka_unit_test(test_arguments_cannot_be_changed),
        cmocka_unit_test(test_large_arguments_are_not_kept),
        cmocka_unit_test(test_tables_are_frozen),
        cmocka_unit_test(test_frozen_tables_read_like_others),
        cmocka_unit_test(test_the_time_limit_names_the_line),
        cmocka_unit_test(test_all_functions_of_a_decision_share_the_time),
        cmocka_unit_test(test_memory_of_a_call_is_given_back),
        cmocka_unit_test(test_a_script_that_fills_its_memory),
        cmocka_unit_test(test_threads_have_their_own_limits),
        cmocka_unit_test(test_no_ticks_while_no_script_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
