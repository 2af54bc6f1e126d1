/* Loading from disk, versions, and running out of memory at every point of loading. */
#include "lua_support.h"

#include <sys/stat.h>
#include <unistd.h>

static void test_recruitment_loads(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_source_file *files = NULL;
    size_t n = 0;
    ms_script *script = NULL;
    ms_error err = {0};
    assert_int_equal(ms_script_files(arena, SOURCE_DIR "/scripts", "recruitment", &files, &n, &err),
                     MS_OK);
    assert_int_equal(n, 2); /* cases.yaml belongs to the version */
    ms_status status = ms_script_load(MS_STR("recruitment"), files, n, NULL, &script, &err);
    if (status)
        fail_msg("%s", err.text);
    const ms_vertical *v = ms_script_vertical(script);
    assert_true(ms_str_eqz(v->name, "recruitment"));
    assert_int_equal(v->version.n, 64);
    assert_int_equal(v->n_rules, 17);
    assert_int_equal(v->n_labels, 13);
    for (uint32_t i = 0; i < v->n_labels; i++)
        assert_true(v->labels[i].owned);
    ms_script_free(script);
    ms_arena_free(arena);
}

static void test_versions(void **state)
{
    (void)state;
    const ms_source_file a[] = {{MS_STR("vertical.lua"), MS_STR("x")},
                                {MS_STR("cases.yaml"), MS_STR("y")}};
    const ms_source_file b[] = {{MS_STR("cases.yaml"), MS_STR("y")},
                                {MS_STR("vertical.lua"), MS_STR("x")}};
    const ms_source_file c[] = {{MS_STR("vertical.lua"), MS_STR("xy")},
                                {MS_STR("cases.yaml"), MS_STR("")}};
    const ms_source_file d[] = {{MS_STR("vertical.luax"), MS_STR("")},
                                {MS_STR("cases.yaml"), MS_STR("y")}};
    char va[65], vb[65], vc[65], vd[65], v1[65], v0[65];
    assert_true(ms_script_version(a, 2, va));
    assert_true(ms_script_version(b, 2, vb));
    assert_true(ms_script_version(c, 2, vc));
    assert_true(ms_script_version(d, 2, vd));
    assert_true(ms_script_version(a, 1, v1));
    assert_true(ms_script_version(a, 0, v0));
    assert_string_equal(va, vb); /* order does not matter */
    assert_string_not_equal(va, vc);
    assert_string_not_equal(va, vd);
    assert_string_not_equal(va, v1);
    assert_string_not_equal(va, v0);
}

static void test_folders(void **state)
{
    (void)state;
    char dir[] = "/tmp/moonsift-spec-XXXXXX", path[128], command[128];
    ms_arena *arena = ms_arena_new(0);
    ms_source_file *files = NULL;
    size_t n = 0;
    ms_error err = {0};
    assert_non_null(mkdtemp(dir));
    assert_int_equal(ms_script_files(arena, dir, "v", &files, &n, &err), MS_NOT_FOUND);
    assert_non_null(strstr(err.text, "vertical v: cannot open"));
    snprintf(path, sizeof path, "%s/v", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(ms_script_files(arena, dir, "v", &files, &n, &err), MS_NOT_FOUND);
    assert_non_null(strstr(err.text, "v/vertical.lua is not there"));
    snprintf(path, sizeof path, "%s/v/vertical.lua", dir);
    assert_int_equal(mkfifo(path, 0600), 0); /* the master would wait for its writer for ever */
    assert_int_equal(ms_script_files(arena, dir, "v", &files, &n, &err), MS_INVALID);
    assert_non_null(strstr(err.text, "is no regular file"));
    assert_int_equal(unlink(path), 0);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("-- here", f);
    fclose(f);
    snprintf(path, sizeof path, "%s/v/notes.txt", dir);
    assert_int_equal(fclose(fopen(path, "w")), 0);
    assert_int_equal(ms_script_files(arena, dir, "v", &files, &n, &err), MS_OK);
    assert_int_equal(n, 1);
    assert_true(ms_str_eqz(files[0].text, "-- here"));
    static const char *const names[] = {"", ".", "..", "../v", "v/", "V", "a b", "v\n"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(ms_script_files(arena, dir, names[i], &files, &n, &err), MS_INVALID);
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
    ms_arena_free(arena);
}

static void test_what_is_not_a_vertical(void **state)
{
    (void)state;
    ms_source_file files[40];
    ms_script *script = (ms_script *)&files;
    ms_error err = {0};
    for (int i = 0; i < 40; i++)
        files[i] = (ms_source_file){MS_STR("x.lua"), MS_STR("")};
    assert_int_equal(ms_script_load(MS_STR("v"), files, 0, NULL, &script, &err), MS_INVALID);
    assert_null(script);
    assert_int_equal(ms_script_load(MS_STR("v"), files, 3, NULL, &script, &err), MS_INVALID);
    assert_int_equal(ms_script_load(MS_STR("v"), files, 40, NULL, &script, &err), MS_INVALID);
    assert_int_equal(ms_script_load(MS_STR("v"), files, 3, NULL, &script, NULL), MS_INVALID);
    ms_script_free(NULL);
}

/* Every allocation of loading is refused once, in steps: never a crash, always the same answer. */
static void test_every_memory_limit(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_source_file *files = NULL;
    size_t n = 0, refusals = 0, enough = 0;
    ms_error err = {0};
    assert_int_equal(ms_script_files(arena, SOURCE_DIR "/scripts", "recruitment", &files, &n, &err),
                     MS_OK);
    for (size_t bytes = 1; bytes < 2 << 20 && !enough; bytes += bytes < 60000 ? 97 : 2003) {
        ms_script_limits limits = {.memory_bytes = bytes};
        ms_script *script = NULL;
        ms_status status = ms_script_load(MS_STR("recruitment"), files, n, &limits, &script, &err);
        if (status == MS_OK)
            enough = bytes;
        else if (status != MS_LIMIT_MEM)
            fail_msg("%zu bytes: %s %s", bytes, ms_status_name(status), err.text);
        refusals += status != MS_OK;
        ms_script_free(script);
    }
    print_message("           %zu refusals, then %zu bytes are enough\n", refusals, enough);
    assert_true(refusals > 100);
    assert_true(enough > 0);
    ms_arena_free(arena);
}

static void test_loading_has_its_own_time(void **state)
{
    (void)state;
    ms_script_limits limits = {.cpu_ms = 5, .load_ms = 2000};
    ms_script *script = NULL;
    ms_error err;
    const char *slow =
        HEAD "local x = 0 for i = 1, 3000000 do x = x + i end " RULE("a.n:present()");
    assert_int_equal(load_limited(slow, strlen(slow), &limits, &script, &err), MS_OK);
    ms_script_free(script);
    limits.load_ms = 10;
    const char *endless = "\nfor i = 1, math.huge do end";
    assert_int_equal(load_limited(endless, strlen(endless), &limits, &script, &err), MS_LIMIT_CPU);
    assert_non_null(strstr(err.text, "vertical.lua:2: used up its time (10 ms)"));
    assert_non_null(strstr(err.hint, "loop"));
}

static void test_release(void **state)
{
    (void)state;
    assert_int_equal(strncmp(ms_lua_release(), "Lua 5.4.", 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recruitment_loads),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_what_is_not_a_vertical),
        cmocka_unit_test(test_every_memory_limit),
        cmocka_unit_test(test_loading_has_its_own_time),
        cmocka_unit_test(test_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
