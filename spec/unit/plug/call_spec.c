/* Calls of plugin functions: exactly one completion, whatever the plugin does. */
#include "plug_support.h"

/* ---- calls ---------------------------------------------------------------------------------- */

typedef struct result {
    int times;
    ms_status status;
    char text[256]; /* JSON, or the error */
    char hint[256];
} result;

static void took(void *arg, ms_status status, const ms_value *value, const ms_error *err)
{
    result *r = arg;
    r->times++;
    r->status = status;
    ms_buf buf = {0};
    if (status == MS_OK)
        ms_json_write(&buf, value);
    snprintf(r->text, sizeof r->text, MS_FMT,
             MS_ARG(status == MS_OK ? ms_buf_view(&buf) : ms_str_z(err->text)));
    snprintf(r->hint, sizeof r->hint, "%s", status == MS_OK ? "" : err->hint);
    ms_buf_free(&buf);
}

static result call(world *w, const char *function, const char *json)
{
    result r = {0};
    ms_value args;
    ms_error err;
    assert_int_equal(ms_json_parse(w->arena, ms_str_z(json), &args, &err), MS_OK);
    ms_plugins_call(w->plugins, function, args.as.items, args.count, took, &r);
    return r;
}

static void a_second_completion_is_refused(void **state)
{
    world *w = *state;
    activate(w, FIXTURE("double_completion"), NULL, NULL);
    result r = call(w, "double_completion.twice", "[]");
    assert_int_equal(r.times, 1);
    assert_string_equal(r.text, "1");
    assert_non_null(strstr(logged(w), "plugin.completed_twice"));
    assert_non_null(strstr(logged(w), "\"function\":\"twice\""));
    for (int i = 0; i < 200; i++) { /* more than the ring holds */
        r = call(w, "double_completion.again", "[]");
        assert_int_equal(r.times, 1);
        assert_string_equal(r.text, "\"fresh\"");
    }
}

static void a_missing_completion_is_noticed(void **state)
{
    world *w = *state;
    activate(w, FIXTURE("double_completion"), NULL, NULL);
    result r = call(w, "double_completion.never", "[]");
    assert_int_equal(r.status, MS_INTERNAL);
    assert_string_equal(r.text, "double_completion.never: returned without an answer, and does not "
                                "say that it waits");
    r = call(w, "double_completion.vague", "[]");
    assert_int_equal(r.status, MS_INTERNAL);
    assert_non_null(strstr(r.text, "did not say why"));
    result waits = {0};
    ms_plugins_call(w->plugins, "double_completion.forgets", NULL, 0, took, &waits);
    assert_int_equal(waits.times, 0);
    ms_error err;
    ms_plugins_free(w->plugins);
    assert_int_equal(waits.times, 1);
    assert_int_equal(waits.status, MS_CANCELLED);
    w->plugins = ms_plugins_new(w->loop, &err);
}

static void arguments_of_a_waiting_call_are_kept(void **state)
{
    world *w = *state;
    activate(w, FIXTURE("double_completion"), NULL, NULL);
    char text[] = "kept";
    ms_value item = ms_string((ms_str){text, 4});
    ms_value arg = ms_array(&item, 1);
    result r = {0};
    ms_plugins_call(w->plugins, "double_completion.wait", &arg, 1, took, &r);
    memset(text, 'x', sizeof text);
    memset(&item, 0, sizeof item);
    memset(&arg, 0, sizeof arg);
    assert_int_equal(r.times, 0);
    assert_int_equal(call(w, "double_completion.wake", "[]").status, MS_OK);
    assert_int_equal(r.times, 1);
    assert_string_equal(r.text, "[\"kept\"]");
}

static void arguments_are_checked(void **state)
{
    world *w = *state;
    activate(w, FIXTURE("double_completion"), NULL, NULL);
    const struct {
        const char *args;
        const char *text; /* NULL: right */
    } cases[] = {
        {"[\"s\", 1]", NULL},
        {"[\"s\", 1, null, null, null]", NULL},
        {"[\"s\", 1, 2, true, {}]", NULL},
        {"[\"s\", 1, 2.5, false, []]", NULL},
        {"[]", "argument 1 (s, string) is missing"},
        {"[\"s\"]", "argument 2 (i, integer) is missing"},
        {"[null, 1]", "argument 1 (s) must be of type string"},
        {"[\"s\", 1.5]", "argument 2 (i) must be of type integer"},
        {"[\"s\", \"1\"]", "argument 2 (i) must be of type integer"},
        {"[\"s\", 1, \"2\"]", "argument 3 (n) must be of type number?"},
        {"[\"s\", 1, 2, 1]", "argument 4 (b) must be of type boolean?"},
        {"[\"s\", 1, 2, true, \"t\"]", "argument 5 (t) must be of type table?"},
        {"[\"s\", 1, 2, true, {}, 6]", "takes 5 arguments, got 6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        result r = call(w, "double_completion.kinds", cases[i].args);
        assert_int_equal(r.times, 1);
        assert_int_equal(r.status, cases[i].text ? MS_INVALID : MS_OK);
        if (cases[i].text && !strstr(r.text, cases[i].text))
            fail_msg("%s: %s", cases[i].args, r.text);
    }
}

static void wrong_names_get_the_nearest(void **state)
{
    world *w = *state;
    load(w, FIXTURE("template"));
    activate(w, FIXTURE("double_completion"), NULL, NULL);
    activate(w, FIXTURE("plain"), NULL, NULL);
    const struct {
        const char *name;
        ms_status status;
        const char *text, *hint;
    } cases[] = {
        {"template", MS_INVALID, "PLUGIN.NAME is wanted", ""},
        {"", MS_INVALID, "PLUGIN.NAME is wanted", ""},
        {".x", MS_INVALID, "PLUGIN.NAME is wanted", ""},
        {"x.", MS_INVALID, "PLUGIN.NAME is wanted", ""},
        {"nobody.home", MS_NOT_FOUND, "there is no plugin nobody", "plugins list"},
        {"template.greet", MS_UNAVAILABLE, "plugin template is not active", ""},
        {"double_completion.twise", MS_NOT_FOUND, "has no function twise",
         "did you mean double_completion.twice?"},
        {"double_completion.zzzzzzzzz", MS_NOT_FOUND, "has no function", "plugins describe"},
        {"plain.x", MS_NOT_FOUND, "provides no functions", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        result r = call(w, cases[i].name, "[]");
        if (!strstr(r.text, cases[i].text) || !strstr(r.hint, cases[i].hint))
            fail_msg("%s: %s / %s", cases[i].name, r.text, r.hint);
        assert_int_equal(r.status, cases[i].status);
    }
}

/* ---- the template --------------------------------------------------------------------------- */

static void the_template_greets_now_and_later(void **state)
{
    world *w = *state;
    const char *const grants[] = {"moonsift.loop/1", NULL};
    const ms_member members[] = {{MS_STR("greeting"), ms_string(MS_STR("Goedemorgen"))}};
    const ms_value config = ms_object(members, 1);
    activate(w, FIXTURE("template"), &config, grants);
    assert_string_equal(call(w, "template.greet", "[\"Dirk\"]").text, "\"Goedemorgen, Dirk!\"");
    assert_string_equal(call(w, "template.greet", "[]").text, "\"Goedemorgen, world!\"");
    assert_int_equal(call(w, "template.later", "[-1]").status, MS_INVALID);
    result slow = {0}, quick = {0}, never = {0};
    const ms_value slow_args[] = {ms_int(30), ms_string(MS_STR("slow"))};
    const ms_value quick_args[] = {ms_int(1)}, never_args[] = {ms_int(60000), ms_int(1)};
    ms_plugins_call(w->plugins, "template.later", slow_args, 2, took, &slow);
    ms_plugins_call(w->plugins, "template.later", never_args, 2, took, &never);
    ms_plugins_call(w->plugins, "template.later", quick_args, 1, took, &quick);
    while (!quick.times)
        ms_loop_step(w->loop);
    assert_string_equal(quick.text, "null");
    assert_int_equal(slow.times, 0);
    while (!slow.times)
        ms_loop_step(w->loop);
    assert_string_equal(slow.text, "\"slow\"");
    ms_error err;
    ms_plugins_free(w->plugins);
    assert_int_equal(never.times, 1);
    assert_int_equal(never.status, MS_CANCELLED);
    assert_string_equal(never.text,
                        "template.later: the plugin was stopped before the time was up");
    assert_string_equal(logged(w), ""); /* it left nothing open */
    w->plugins = ms_plugins_new(w->loop, &err);
}

static void the_template_refuses_a_wrong_greeting(void **state)
{
    world *w = *state;
    const char *const grants[] = {"moonsift.loop/1", NULL};
    const ms_member members[] = {{MS_STR("greeting"), ms_int(7)}};
    const ms_value config = ms_object(members, 1);
    ms_error err;
    ms_loaded *loaded = load(w, FIXTURE("template"));
    assert_int_equal(ms_plugins_activate(loaded, &config, grants, &err), MS_INVALID);
    assert_non_null(strstr(err.text, "greeting must be a text"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_second_completion_is_refused),        TEST(a_missing_completion_is_noticed),
        TEST(arguments_of_a_waiting_call_are_kept),  TEST(arguments_are_checked),
        TEST(wrong_names_get_the_nearest),           TEST(the_template_greets_now_and_later),
        TEST(the_template_refuses_a_wrong_greeting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
