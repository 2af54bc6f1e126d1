/*
 * Every attack of spec/fixtures/attacks, run twice each as the function of a vertical and while a
 * vertical loads. Line 1 of an attack says what may come of it. A name that rules do not have ends
 * an attack, too: that counts as denied, whatever else it would have tried.
 */
#include "lua_support.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>

#ifdef __SANITIZE_ADDRESS__
enum { CPU_MS = 180 }; /* everything takes several times as long */
#else
enum { CPU_MS = 60 };
#endif
enum { MEMORY = 16 << 20 };

static const ms_script_limits limits = {
    .cpu_ms = CPU_MS, .load_ms = CPU_MS, .memory_bytes = MEMORY};

static int64_t cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static char *read_attack(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, SPEC_DIR "/fixtures/attacks/%s", name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, f) > 0);
    fclose(f);
    return text;
}

/* What came of one run, in the words of the attacks' first lines. */
static void outcome_of(ms_status status, const char *text, const char *value, char *out,
                       size_t size)
{
    bool absent = strstr(text, "in rules") || strstr(text, "attempt to call a nil value") ||
                  strstr(text, "attempt to index a nil value") || strstr(text, "cannot be set");
    if (status == MS_LIMIT_CPU)
        snprintf(out, size, "cpu-limit");
    else if (status == MS_LIMIT_MEM)
        snprintf(out, size, "mem-limit");
    else if (status)
        snprintf(out, size, "%s", absent ? "denied" : "error");
    else if (strcmp(value, "\"denied\"") == 0)
        snprintf(out, size, "denied");
    else
        snprintf(out, size, "ok %.*s", (int)strlen(value) - 2, value + 1);
}

/* The first line lists what may come of it: "-- expect: error or mem-limit". */
static bool expected(const char *attack, const char *outcome)
{
    char line[256];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(attack, "\n"), attack);
    if (strncmp(outcome, "ok ESCAPED", 10) == 0)
        return false;
    if (strcmp(outcome, "denied") == 0)
        return true;
    if (strncmp(outcome, "ok ", 3) == 0 &&
        (strstr(line, "isolated") || strstr(line, "deterministic")))
        return strstr(line, "deterministic") || strcmp(outcome, "ok clean") == 0;
    return strstr(line, outcome) != NULL;
}

static void check_cost(const char *name, int64_t before_ms, long before_kib)
{
    int64_t took = cpu_ms() - before_ms;
    if (took > 2 * CPU_MS)
        fail_msg("%s: %lld ms of CPU time under a limit of %d", name, (long long)took, CPU_MS);
#ifndef __SANITIZE_ADDRESS__ /* its shadow and quarantine count, too */
    if (peak_kib() - before_kib > (MEMORY + (16 << 20)) / 1024)
        fail_msg("%s: grew by %ld KiB", name, peak_kib() - before_kib);
#else
    (void)before_kib;
#endif
}

#define AS_FUNCTION                                                                                \
    "vertical { name = \"v\", title = \"V\" } local a = attributes { { \"n\", integer } }\n" RULE( \
        "a.n:present()") "derive { \"out\", custom { reads = { a.n }, says = \"s\", fn = "         \
                         "function()\n%s\nend } }\n"

/* A good contact must be judged after each attack, by the same script. */
static void run_as_function(const char *name, const char *attack, char outcome[256])
{
    char *text = malloc(strlen(attack) + 1024);
    ms_error err;
    bench b = {.judge = ms_judge_new(), .reader = ms_json_reader_new()};
    sprintf(text, AS_FUNCTION "", attack);
    if (load_limited(text, strlen(text), &limits, &b.script, &err))
        fail_msg("%s does not load: %s", name, err.text);
    for (int i = 0; i < 2; i++) {
        int64_t before = cpu_ms();
        long kib = peak_kib();
        b.err = (ms_error){0};
        ms_status status = judge(&b, "{\"n\":1}");
        check_cost(name, before, kib);
        outcome_of(status, b.err.text, status ? "" : managed(&b, "out"), outcome, 256);
        if (!expected(attack, outcome))
            fail_msg("%s, run %d: %s (%s)", name, i + 1, outcome, b.err.text);
        assert_int_equal(judge(&b, "{}"), MS_OK);
    }
    close_bench(&b);
    free(text);
}

static void run_while_loading(const char *name, const char *attack)
{
    char *text = malloc(strlen(attack) + 1024), outcome[256];
    sprintf(text,
            "local out = (function()\n%s\nend)()\n" HEAD
            "rule { id = \"R\", points = 1, because = \"\" .. out, when = a.n:present() }",
            attack);
    for (int i = 0; i < 2; i++) {
        ms_script *script = NULL;
        ms_error err;
        char value[256] = "";
        int64_t before = cpu_ms();
        long kib = peak_kib();
        ms_status status = load_limited(text, strlen(text), &limits, &script, &err);
        check_cost(name, before, kib);
        if (!status)
            snprintf(value, sizeof value, "\"" MS_FMT "\"",
                     MS_ARG(ms_script_vertical(script)->rules[0].because));
        outcome_of(status, err.text, value, outcome, sizeof outcome);
        if (!expected(attack, outcome))
            fail_msg("%s while loading, run %d: %s (%s)", name, i + 1, outcome, err.text);
        ms_script_free(script);
    }
    free(text);
}

/* Another state has other addresses and another hash seed; it must come to the same bytes. */
static void check_same_elsewhere(const char *name, const char *attack, const char *outcome)
{
    char again[256];
    for (int i = 0; i < 5; i++) {
        void *moved = malloc(1000 + 4096 * (size_t)i);
        run_as_function(name, attack, again);
        assert_string_equal(again, outcome);
        free(moved);
    }
}

static void test_attacks(void **state)
{
    (void)state;
    struct dirent **names = NULL;
    int n = scandir(SPEC_DIR "/fixtures/attacks", &names, NULL, alphasort), ran = 0;
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        if (strstr(names[i]->d_name, ".lua")) {
            char outcome[256];
            char *attack = read_attack(names[i]->d_name);
            run_as_function(names[i]->d_name, attack, outcome);
            if (strstr(attack, "expect: deterministic"))
                check_same_elsewhere(names[i]->d_name, attack, outcome);
            run_while_loading(names[i]->d_name, attack);
            print_message("           %-28s %.16s\n", names[i]->d_name, outcome);
            free(attack);
            ran++;
        }
        free(names[i]);
    }
    free(names);
    assert_true(ran >= 40);
}

/* ---- the four memory faults of Lua before 5.4.8, by what they need -------------------------- */

/* What sets each of them off in Lua, as the function of a vertical and while one loads, on the
 * library that is linked. */
static void test_what_sets_the_memory_faults_off(void **state)
{
    (void)state;
    static const char *const rows[] = {"69_concat_metamethod.lua", "18_weak_newindex_uaf.lua",
                                       "16_close_chain_crash.lua", "17_field_chain_crash.lua"};
    print_message("           linked with %s\n", ms_lua_release());
    assert_int_equal(strncmp(ms_lua_release(), "Lua 5.4.", 8), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char outcome[256];
        char *attack = read_attack(rows[i]);
        run_as_function(rows[i], attack, outcome);
        assert_string_equal(outcome, "denied");
        run_while_loading(rows[i], attack);
        free(attack);
    }
}

static void test_memory_faults_are_out_of_reach(void **state)
{
    (void)state;
    static const char *const needed[] = {
        "setmetatable", "getmetatable",   "coroutine",
        "rawset",       "rawget",         "load",
        "pcall",        "xpcall",         "next",
        "require",      "collectgarbage", "string.dump",
        "string.gsub",  "string.find",    "os",
        "io",           "debug",          "_G",
        "string.match", "string.gmatch",  "string.pack",
        "math.random",  "print",          "dofile",
        "loadfile",     "package",        "warn",
        "table.move",   "table.pack",     "rawequal",
    };
    print_message("           linked with %s\n", ms_lua_release());
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        char text[1024], part[64];
        bool field = strchr(needed[i], '.');
        snprintf(text, sizeof text,
                 HEAD RULE("a.n:present()") "local x = %s assert(x == nil, "
                                            "\"there is one\") error \"in rules\"",
                 needed[i]);
        snprintf(part, sizeof part, field ? "in rules" : "there is no \"%s\" in rules", needed[i]);
        refused(text, part);
    }
    refused(HEAD "local t <close> = { }", "vertical.lua:2: variable 't' got a non-closable value");
}

static void test_long_chains_are_refused(void **state)
{
    (void)state;
    size_t n = 30000;
    char *text = malloc(2 * n + 64), *at = stpcpy(text, "local x = a");
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, ".a");
    refused(text, "vertical.lua:1: more than 200 fields in one chain");
    free(text);
}

static void test_compiled_lua_is_refused(void **state)
{
    (void)state;
    refused("\x1bLua\x54\x00\x19\x93", "compiled Lua is not loaded");
}

static void test_large_sources_are_refused(void **state)
{
    (void)state;
    size_t n = 65537;
    char *text = malloc(n + 1);
    memset(text, ' ', n);
    text[n] = '\0';
    refused(text, "the file has 65537 bytes; 65536 are allowed");
    text[n - 1] = '\0';
    refused(text, "no vertical is declared");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attacks),
        cmocka_unit_test(test_what_sets_the_memory_faults_off),
        cmocka_unit_test(test_memory_faults_are_out_of_reach),
        cmocka_unit_test(test_long_chains_are_refused),
        cmocka_unit_test(test_compiled_lua_is_refused),
        cmocka_unit_test(test_large_sources_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
