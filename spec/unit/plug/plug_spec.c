/* Loading, granting and describing plugins; every misbehaving fixture gets a sentence. */
#include "plug_support.h"

#include <unistd.h>

/* ---- refusals ------------------------------------------------------------------------------- */

static void misbehaving_files_are_refused(void **state)
{
    world *w = *state;
    const struct {
        const char *path;
        ms_status status;
        const char *text, *hint; /* parts */
    } cases[] = {
        {FIXTURE("wrong_magic"), MS_INVALID, "magic 0xdeadbeef, wanted 0x7466736d",
         "MS_PLUGIN_MAGIC"},
        {FIXTURE("wrong_abi"), MS_INVALID, "built for plugin ABI 0.2, this host has 0.1",
         "build it again"},
        {FIXTURE("short_entry"), MS_INVALID, "the entry has 24 bytes, ABI 0.1 wants at least 48",
         ""},
        {FIXTURE("short_table"), MS_INVALID,
         "table moonsift.functions/1 of plugin short_table has 4 bytes, wanted at least 16", ""},
        {FIXTURE("bad_id"), MS_INVALID, "\"Bad.Id\" is no plugin id", "lower-case word"},
        {FIXTURE("unknown_need"), MS_INVALID,
         "plugin unknown_need needs moonsift.teleport/1, which this host does not have",
         "this host has moonsift.loop/1, moonsift.json/1"},
        {FIXTURE("no_entry"), MS_INVALID, "exports no function moonsift_plugin",
         "MS_PLUGIN_EXPORT"},
        {FIXTURE("null_entry"), MS_INVALID, "moonsift_plugin returned NULL", ""},
        {FIXTURE("not_there"), MS_NOT_FOUND, "No such file", ""},
        {SPEC_DIR "/fixtures/plugins/fixture.h", MS_INVALID, "cannot be loaded", "shared object"},
        {SPEC_DIR "/fixtures/plugins", MS_INVALID, "cannot be loaded", ""},
        {SPEC_DIR "/fixtures/plugins/fixture.h/x", MS_NOT_FOUND, "Not a directory", ""},
        {"libc.so.6", MS_NOT_FOUND, "libc.so.6: No such file", ""}, /* no search of the system */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ms_error err = {0};
        ms_loaded *loaded = NULL;
        ms_status s = ms_plugins_load(w->plugins, cases[i].path, &loaded, &err);
        if (!strstr(err.text, cases[i].text) || !strstr(err.hint, cases[i].hint))
            fail_msg("%s: %s / %s", cases[i].path, err.text, err.hint);
        assert_memory_equal(err.text, cases[i].path, strlen(cases[i].path));
        assert_int_equal(s, cases[i].status);
        assert_int_equal(err.status, s);
        assert_null(loaded);
    }
    assert_int_equal(ms_plugins_count(w->plugins), 0);
}

static const void *no_table(const char *id)
{
    (void)id;
    return NULL;
}

static ms_status never_active(const ms_host *host, const ms_value *config, ms_plugin **out,
                              ms_error *err)
{
    (void)host;
    (void)config;
    (void)out;
    (void)err;
    return MS_OK; /* and no instance */
}

static void nothing(ms_plugin *self)
{
    (void)self;
}

static ms_plugin_info made_info(const char *id)
{
    return (ms_plugin_info){sizeof(ms_plugin_info), id, "1", "Made up.", NULL};
}

static ms_plugin_entry made_entry(const ms_plugin_info *info)
{
    return (ms_plugin_entry){MS_PLUGIN_MAGIC,
                             sizeof(ms_plugin_entry),
                             MS_ABI_MAJOR,
                             MS_ABI_MINOR,
                             info,
                             never_active,
                             nothing,
                             no_table};
}

static void ids_are_lower_case_words(void **state)
{
    world *w = *state;
    const char *const bad[] = {"",
                               "A",
                               "9a",
                               "_a",
                               "a b",
                               "a.b",
                               "a-b",
                               "\xc3\xa9",
                               "a/b",
                               NULL,
                               "a234567890123456789012345678901234"};
    ms_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ms_plugin_info info = made_info(bad[i]);
        ms_plugin_entry entry = made_entry(&info);
        assert_int_equal(ms_plugins_add(w->plugins, &entry, "made", NULL, &err), MS_INVALID);
    }
    ms_plugin_info info = made_info("a_1");
    ms_plugin_entry entry = made_entry(&info);
    ms_loaded *loaded = NULL;
    assert_int_equal(ms_plugins_add(w->plugins, &entry, "made", &loaded, &err), MS_OK);
    assert_int_equal(ms_plugins_activate(loaded, NULL, NULL, &err), MS_INTERNAL);
    assert_non_null(strstr(err.text, "gave no instance"));
    assert_false(ms_loaded_active(loaded));
    ms_plugins_free(w->plugins); /* before `entry` goes */
    w->plugins = ms_plugins_new(w->loop, &err);
}

static void holes_in_the_entry_are_named(void **state)
{
    world *w = *state;
    ms_error err;
    ms_plugin_info info = made_info("holes");
    ms_plugin_entry entry = made_entry(&info);
    entry.deactivate = NULL;
    assert_int_equal(ms_plugins_add(w->plugins, &entry, "made", NULL, &err), MS_INVALID);
    assert_string_equal(err.text, "made: the entry lacks deactivate");
    entry = made_entry(&info);
    info.version = "";
    assert_int_equal(ms_plugins_add(w->plugins, &entry, "made", NULL, &err), MS_INVALID);
    assert_string_equal(err.text, "made: plugin holes has no version");
    entry = made_entry(NULL);
    assert_int_equal(ms_plugins_add(w->plugins, &entry, "made", NULL, &err), MS_INVALID);
    assert_int_equal(ms_plugins_add(w->plugins, NULL, "made", NULL, &err), MS_INVALID);
}

static void an_id_is_taken_once(void **state)
{
    world *w = *state;
    ms_error err;
    load(w, FIXTURE("template"));
    assert_int_equal(ms_plugins_load(w->plugins, FIXTURE("template"), NULL, &err), MS_CONFLICT);
    assert_non_null(strstr(err.text, "there is a plugin template already, from " BINARY_DIR));
    assert_int_equal(ms_plugins_count(w->plugins), 1);
}

/* ---- grants and activation ------------------------------------------------------------------ */

static void a_need_must_be_granted(void **state)
{
    world *w = *state;
    ms_error err = {0};
    const char *const none[] = {NULL}, *const half[] = {"moonsift.loop/1", NULL};
    const char *const all[] = {"moonsift.json/1", "moonsift.loop/1", NULL};
    const char *const wrong[] = {"moonsift.lop/1", NULL};
    ms_loaded *loaded = load(w, FIXTURE("ungranted_need"));
    assert_int_equal(ms_plugins_activate(loaded, NULL, NULL, &err), MS_DENIED);
    assert_non_null(strstr(err.text, "plugin ungranted_need ("));
    assert_non_null(strstr(err.text, "needs moonsift.loop/1, which is not granted"));
    assert_string_equal(err.hint, "add to moonsift.yaml: plugins: { ungranted_need: { grant: "
                                  "[moonsift.loop/1, moonsift.json/1] } }");
    assert_int_equal(ms_plugins_activate(loaded, NULL, none, &err), MS_DENIED);
    assert_int_equal(ms_plugins_activate(loaded, NULL, half, &err), MS_DENIED);
    assert_non_null(strstr(err.text, "needs moonsift.json/1"));
    assert_int_equal(ms_plugins_activate(loaded, NULL, wrong, &err), MS_INVALID);
    assert_non_null(strstr(err.text, "there is no capability moonsift.lop/1"));
    assert_false(ms_loaded_active(loaded));
    assert_null(ms_loaded_self(loaded));
    assert_int_equal(ms_plugins_activate(loaded, NULL, all, &err), MS_OK);
    assert_true(ms_loaded_active(loaded));
    assert_int_equal(ms_plugins_activate(loaded, NULL, all, &err), MS_CONFLICT);
}

static void what_is_not_granted_is_not_there(void **state)
{
    world *w = *state;
    ms_loaded *loaded = activate(w, FIXTURE("double_completion"), NULL, NULL); /* needs nothing */
    const ms_host *host = *(const ms_host **)(void *)ms_loaded_self(loaded);
    assert_null(host->capability(host, "moonsift.loop/1"));
    assert_null(host->capability(host, "moonsift.json/1"));
    assert_null(host->capability(host, NULL));
    const char *const json[] = {"moonsift.json/1", NULL};
    ms_error err;
    ms_loaded *more = load(w, FIXTURE("plain"));
    assert_int_equal(ms_plugins_activate(more, NULL, json, &err), MS_OK);
    host = *(const ms_host **)(void *)ms_loaded_self(more);
    assert_non_null(host->capability(host, "moonsift.json/1")); /* granted, not needed */
    assert_null(host->capability(host, "moonsift.loop/1"));
}

static void without_a_loop_nothing_that_needs_one_runs(void **state)
{
    (void)state;
    ms_error err;
    ms_loaded *loaded = NULL;
    const char *const grants[] = {"moonsift.loop/1", NULL};
    ms_plugins *plugins = ms_plugins_new(NULL, &err);
    assert_int_equal(ms_plugins_load(plugins, FIXTURE("template"), &loaded, &err), MS_OK);
    assert_int_equal(ms_plugins_activate(loaded, NULL, grants, &err), MS_UNAVAILABLE);
    ms_plugins_free(plugins);
}

static void a_failing_activate_leaves_nothing(void **state)
{
    world *w = *state;
    ms_error err = {0};
    const char *const grants[] = {"moonsift.loop/1", NULL};
    ms_loaded *loaded = load(w, FIXTURE("failing_activate"));
    assert_int_equal(ms_plugins_activate(loaded, NULL, grants, &err), MS_UNAVAILABLE);
    assert_non_null(strstr(err.text, "plugin failing_activate ("));
    assert_non_null(strstr(err.text, "): the teleporter has no power"));
    assert_string_equal(err.hint, "plug it in");
    assert_non_null(strstr(logged(w), "left 1 watches or timers open"));
    usleep(5000);
    ms_loop_run(w->loop); /* its timer would trap */
    assert_false(ms_loaded_active(loaded));
    const ms_member members[] = {{MS_STR("late"), ms_bool(true)}};
    const ms_value config = ms_object(members, 1);
    assert_int_equal(ms_plugins_activate(loaded, &config, grants, &err), MS_OK); /* again */
    ms_plugins_free(w->plugins); /* closes the timer that deactivate forgets */
    w->plugins = ms_plugins_new(w->loop, &err);
    ms_loop_run(w->loop);
}

/* ---- order ---------------------------------------------------------------------------------- */

static char order[32];
struct ms_plugin {
    char name;
};
static ms_plugin instances[] = {{'a'}, {'b'}, {'c'}};
static size_t next_instance;

static ms_status activate_next(const ms_host *host, const ms_value *config, ms_plugin **out,
                               ms_error *err)
{
    (void)host;
    (void)config;
    (void)err;
    *out = &instances[next_instance++];
    return MS_OK;
}

static void note_order(ms_plugin *self)
{
    order[strlen(order)] = self->name;
}

static void the_last_activated_goes_first(void **state)
{
    world *w = *state;
    ms_error err;
    ms_plugin_info infos[] = {made_info("one"), made_info("two"), made_info("three")};
    ms_plugin_entry entries[3];
    ms_loaded *loaded[3];
    for (size_t i = 0; i < 3; i++) {
        entries[i] = made_entry(&infos[i]);
        entries[i].activate = activate_next;
        entries[i].deactivate = note_order;
        assert_int_equal(ms_plugins_add(w->plugins, &entries[i], "made", &loaded[i], &err), MS_OK);
    }
    const size_t turns[] = {2, 0, 1}; /* not the order in which they were added */
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ms_plugins_activate(loaded[turns[i]], NULL, NULL, &err), MS_OK);
    ms_plugins_free(w->plugins);
    assert_string_equal(order, "cba");
    w->plugins = ms_plugins_new(w->loop, &err);
}

/* ---- description ---------------------------------------------------------------------------- */

static ms_value describe(world *w, ms_loaded *loaded)
{
    ms_value v;
    assert_true(ms_loaded_describe(loaded, w->arena, &v));
    return v;
}

static void the_template_is_described_whole(void **state)
{
    world *w = *state;
    ms_value v = describe(w, load(w, FIXTURE("template")));
    ms_buf buf = {0};
    ms_json_write(&buf, &v);
    ms_buf_char(&buf, '\0');
    assert_string_equal(
        buf.p,
        "{\"id\":\"template\",\"version\":\"0.1.0\",\"abi\":\"0.1\",\"summary\":\"Greets, now or "
        "later; a plugin to copy from.\",\"needs\":[\"moonsift.loop/1\"],\"tables\":["
        "\"moonsift.functions/1\",\"moonsift.config/1\"],\"functions\":[{\"name\":\"greet\","
        "\"summary\":\"Greets somebody with the configured greeting.\",\"parameters\":[{\"name\":"
        "\"name\",\"type\":\"string?\",\"summary\":\"Who is greeted; the world when left off.\"}],"
        "\"result\":\"string\",\"waits\":false},{\"name\":\"later\",\"summary\":\"Answers its "
        "second argument after a while.\",\"parameters\":[{\"name\":\"milliseconds\",\"type\":"
        "\"integer\",\"summary\":\"How long to wait, at most a minute.\"},{\"name\":\"x\","
        "\"type\":\"any?\",\"summary\":\"What to answer; null when left off.\"}],\"result\":"
        "\"any\",\"waits\":true}],\"config\":[{\"section\":\"plugins.template\",\"name\":"
        "\"greeting\",\"type\":\"string\",\"default\":\"Hello\",\"summary\":\"First word of "
        "template.greet.\",\"secret\":false}],\"sources\":[],\"database\":false}");
    ms_buf_free(&buf);
}

/* Linked in or loaded from a file: one surface. */
static void both_doors_lead_to_the_same(void **state)
{
    world *w = *state;
    ms_error err;
    ms_plugins *files = ms_plugins_new(w->loop, &err);
    size_t n = 0;
    for (; ms_bundled_plugins[n]; n++) {
        ms_loaded *linked = NULL, *loaded = NULL;
        assert_int_equal(
            ms_plugins_add(w->plugins, ms_bundled_plugins[n](), "bundled", &linked, &err), MS_OK);
        char path[512];
        snprintf(path, sizeof path, "%s/plugins/%s.so", BINARY_DIR, ms_loaded_info(linked)->id);
        if (ms_plugins_load(files, path, &loaded, &err) != MS_OK)
            fail_msg("%s", err.text);
        assert_ptr_not_equal(ms_loaded_info(linked), ms_loaded_info(loaded));
        ms_value a = describe(w, linked), b = describe(w, loaded);
        assert_true(ms_json_equal(&a, &b));
        /* What the bundled ones need they get; files get nothing by themselves. */
        assert_int_equal(ms_plugins_activate(linked, NULL, NULL, &err), MS_OK);
        bool needs = ms_loaded_info(loaded)->needs && ms_loaded_info(loaded)->needs[0];
        assert_int_equal(ms_plugins_activate(loaded, NULL, NULL, &err), needs ? MS_DENIED : MS_OK);
    }
    assert_true(n >= 3);
    assert_non_null(ms_plugins_find(w->plugins, "postgres"));
    ms_value v = describe(w, ms_plugins_find(w->plugins, "postgres"));
    assert_true(ms_as_bool(ms_get(&v, "database"), false));
    v = describe(w, ms_plugins_find(w->plugins, "crm"));
    assert_non_null(ms_get(ms_get(&v, "crm"), "layout"));
    ms_plugins_free(files);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(misbehaving_files_are_refused),
        TEST(ids_are_lower_case_words),
        TEST(holes_in_the_entry_are_named),
        TEST(an_id_is_taken_once),
        TEST(a_need_must_be_granted),
        TEST(what_is_not_granted_is_not_there),
        TEST(without_a_loop_nothing_that_needs_one_runs),
        TEST(a_failing_activate_leaves_nothing),
        TEST(the_last_activated_goes_first),
        TEST(the_template_is_described_whole),
        TEST(both_doors_lead_to_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
