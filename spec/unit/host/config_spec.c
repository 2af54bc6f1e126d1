/*
 * The configuration: every way to get it wrong is told with its line and the way out, and what goes
 * before what.
 */
#include "config_fixture.h"

/* ---- specs ---------------------------------------------------------------------------------- */

static void an_empty_file_is_all_defaults(void **state)
{
    (void)state;
    const char *empty[] = {"", "# nothing\n", "crm:\nsources:\naccounts: {}\n"};
    for (size_t i = 0; i < 3; i++) {
        ms_config *c = good(empty[i]);
        assert_str(ms_config_str(c, "listen"), "127.0.0.1:8080");
        assert_int_equal(ms_config_int(c, "limits.body"), 1 << 20);
        assert_int_equal(ms_config_int(c, "limits.idle"), 60000);
        assert_int_equal(ms_config_int(c, "queue.keep"), 8 * 86400000);
        assert_true(ms_config_int(c, "processes.judge") >= 1); /* auto */
        assert_false(ms_config_bool(c, "crm.pooled"));
        assert_null(ms_config_dsn(c, "crm").p);
        assert_null(ms_config_str(c, "rules.dir").p);
        assert_string_equal(ms_config_file(c), file);
        ms_config_free(c);
    }
    ms_config_free(NULL);
}

static void values_have_their_types(void **state)
{
    (void)state;
    ms_config *c = good("listen: '[::1]:0'\n"
                        "processes: {judge: 3}\n"
                        "crm: {pooled: true, dsn: host=db}\n"
                        "rules: {dir: verticals, memory: 2097152}\n"
                        "limits: {body: 64KiB, idle: 1500ms}\n"
                        "log: {format: json}\n");
    char path[128];
    snprintf(path, sizeof path, "%s/verticals", dir); /* from the file's folder */
    assert_str(ms_config_str(c, "listen"), "[::1]:0");
    assert_int_equal(ms_config_int(c, "processes.judge"), 3);
    assert_true(ms_config_bool(c, "crm.pooled"));
    assert_str(ms_config_dsn(c, "crm"), "host=db");
    assert_str(ms_config_str(c, "rules.dir"), path);
    assert_int_equal(ms_config_int(c, "rules.memory"), 2 << 20);
    assert_int_equal(ms_config_int(c, "limits.body"), 64 << 10);
    assert_int_equal(ms_config_int(c, "limits.idle"), 1500);
    ms_config_free(c);
}

static void unknown_keys_are_told_with_the_nearest(void **state)
{
    (void)state;
    bad("\n\n\n\n\n\nlisen: :80\n",
        "moonsift.yaml:7: unknown key \"lisen\"; did you mean \"listen\"?");
    bad("limits:\n  bdoy: 1\n", ":2: unknown key \"limits.bdoy\"; did you mean \"body\"?");
    bad("judge: 2\n", "did you mean \"processes.judge\"?");
    bad("limits:\n  zebra: 1\n", "unknown key \"limits.zebra\" [moonsift config schema");
    bad("source:\n  a: {}\n", ":1: unknown key \"source\"; did you mean \"sources\"?");
    bad("accounts: {1: {verticla: recruitment}}\n", "did you mean \"vertical\"?");
    bad("sources:\n  a:\n    kind: parrot\n    widow: 5s\n",
        ":4: unknown key \"sources.a.widow\"; did you mean \"window\"?");
    bad("plugins: {parrot: {cagee: 1}}\n", "did you mean \"cage\"?");
    bad("listen_admin: 127.0.0.1:9090\n", "unknown key \"listen_admin\""); /* does nothing yet */
}

static void wrong_values_are_told_with_what_was_expected(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"listen: 8080\n", ":1: listen must be HOST:PORT, :PORT or unix:/path, not 8080"},
        {"listen: localhost\n", "not \"localhost\""},
        {"listen: 'a:70000'\n", "listen must be"},
        {"listen: '::1:80'\n", "listen must be"},
        {"listen: 'a:'\n", "listen must be"},
        {"listen:\n", "listen must be HOST:PORT, :PORT or unix:/path, not nothing"},
        {"processes: {receive: 0}\n", "processes.receive must be a whole number from 1 to 64"},
        {"processes: {receive: 1.5}\n", "not 1.5"},
        {"processes: {receive: '2'}\n", "not \"2\""},
        {"processes: {judge: many}\n", "\"auto\" or a whole number from 1 to 64"},
        {"limits: {idle: 5}\n", "limits.idle must be a duration with its unit"},
        {"limits: {idle: 5x}\n", "from 1s to 1h, not \"5x\""},
        {"limits: {idle: 2d}\n", "from 1s to 1h"},
        {"limits: {idle: -5s}\n", "limits.idle must be"},
        {"limits: {body: 1MB}\n",
         "limits.body must be a size (4096, 64KiB, 1MiB) from 1KiB to 64MiB"},
        {"limits: {body: -1}\n", "limits.body must be"},
        {"limits: {body: 99999999999999999999}\n", "limits.body must be"},
        {"limits: 5\n", ":1: limits must be a group of keys"},
        {"limits: [1]\n", "limits must be a group of keys"},
        {"crm: {pooled: 1}\n", "crm.pooled must be true or false, not 1"},
        {"crm: {pooled: 'true'}\n", "crm.pooled must be true or false"},
        {"crm: {dsn: ''}\n", "crm.dsn must be a DSN"},
        {"log: {level: loud}\n", "log.level must be one of debug|info|warn|error, not \"loud\""},
        {"log: {level: inf}\n", "not \"inf\""},
        {"rules: {dir: [a]}\n", "rules.dir must be a path, not a list"},
        {"rules: {dir: {a: b}}\n", "not a group of keys"},
        {"- a\n", "the file must be a group of keys"},
        {"accounts: {one: {}}\n", "\"one\" is no account id"},
        {"accounts: {0: {}}\n", "\"0\" is no account id"},
        {"accounts: {01: {}}\n", "is no account id"},
        {"accounts: {1: {inboxes: {x: y}}}\n", "\"x\" is no inbox id"},
        {"accounts: {1: {vertical: 7}}\n", "accounts.1.vertical must be a text"},
        {"accounts: {1: {vertical: ../etc}}\n", "is no name of a vertical"},
        {"accounts: {1: recruitment}\n", "accounts.1 must be a group of keys"},
        {"sources: {A/b: {kind: parrot}}\n", "is no name for a source"},
        {"sources: {a: {}}\n", ":1: sources.a has no kind"},
        {"sources: {a: {kind: parot}}\n", "there is no kind \"parot\"; did you mean \"parrot\"?"},
        {"sources: {a: {kind: parrot, window: 5}}\n", "sources.a.window must be a duration"},
        {"sources: {a: {kind: parrot, account: 0}}\n", "sources.a.account must be"},
        {"sources: {a: {kind: parrot, events: x}}\n", "sources.a.events must be a list"},
        {"plugins: {parot: {}}\n", "there is no plugin \"parot\"; did you mean \"parrot\"?"},
        {"plugins: {parrot: {grant: [1]}}\n", "plugins.parrot.grant must be a list"},
        {"a: b: c\n", "moonsift.yaml:1:"},
        {"listen: :1\nlisten: :2\n", "moonsift.yaml:2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(bad(cases[i][0], cases[i][1]), 1);
}

static void every_problem_is_told_not_only_the_first(void **state)
{
    (void)state;
    ms_config *config = NULL;
    ms_error err = {0};
    const char *text = "lisen: :80\nlimits: {idle: 5, body: x}\naccounts: {0: {}}\n";
    assert_int_equal(try_with(text, NULL, 0, &config, &err), MS_INVALID);
    assert_non_null(strstr(err.text, ":1: unknown key \"lisen\""));
    assert_non_null(strstr(err.text, "(and 3 more)"));
    assert_int_equal(bad(text, "accounts"), 4);
}

static void flag_before_environment_before_file_before_default(void **state)
{
    (void)state;
    const ms_config_flag flag = {"listen", ":1"}, wrong = {"listen", "x"}, none = {"lissten", ":1"};
    ms_config *c = NULL;
    ms_error err = {0};
    ms_arena *arena = ms_arena_new(0);
    ms_value keys_shown;
    setenv("MOONSIFT_LISTEN", ":2", 1);
    setenv("MOONSIFT_PROCESSES_JUDGE", "5", 1);
    setenv("MOONSIFT_LIMITS_IDLE", "", 1); /* empty is unset */
    assert_int_equal(try_with("listen: ':3'\nprocesses: {judge: 2}\n", &flag, 1, &c, &err), MS_OK);
    assert_str(ms_config_str(c, "listen"), ":1");
    assert_int_equal(ms_config_int(c, "processes.judge"), 5);
    assert_int_equal(ms_config_int(c, "limits.idle"), 60000);
    ms_config_free(c);
    c = good("listen: ':3'\nprocesses: {receive: 2}\n");
    assert_str(ms_config_str(c, "listen"), ":2");
    assert_true(ms_config_describe(c, arena, &keys_shown));
    size_t seen = 0;
    for (uint32_t i = 0; i < keys_shown.count; i++) {
        const ms_value *item = &keys_shown.as.items[i];
        ms_str key = ms_as_str(ms_get(item, "key")), origin = ms_as_str(ms_get(item, "origin"));
        char expected[128];
        snprintf(expected, sizeof expected, "file %s:2", file);
        if (ms_str_eqz(key, "listen") && ++seen)
            assert_str(origin, "env MOONSIFT_LISTEN");
        if (ms_str_eqz(key, "processes.receive") && ++seen)
            assert_str(origin, expected);
        if (ms_str_eqz(key, "queue.keep") && ++seen) {
            assert_str(origin, "default");
            assert_str(ms_as_str(ms_get(item, "value")), "8d"); /* as it is written */
        }
    }
    assert_int_equal(seen, 3);
    ms_config_free(c);
    assert_int_not_equal(try_with("", &wrong, 1, &c, &err), MS_OK);
    assert_non_null(strstr(err.text, "--listen must be"));
    assert_int_not_equal(try_with("", &none, 1, &c, &err), MS_OK);
    setenv("MOONSIFT_PROCESSES_JUDGE", "5 ", 1);
    assert_int_not_equal(try_with("", NULL, 0, &c, &err), MS_OK);
    assert_non_null(strstr(err.text, "MOONSIFT_PROCESSES_JUDGE must be"));
    unsetenv("MOONSIFT_LISTEN");
    unsetenv("MOONSIFT_PROCESSES_JUDGE");
    unsetenv("MOONSIFT_LIMITS_IDLE");
    ms_arena_free(arena);
}

static void the_file_is_found_or_missed_with_its_name(void **state)
{
    (void)state;
    char cwd[256], missing[128];
    ms_config *c = NULL;
    ms_error err = {0};
    snprintf(missing, sizeof missing, "%s/none.yaml", dir);
    assert_int_equal(ms_config_check(missing, NULL, 0, NULL, NULL, NULL, &c, &err), MS_NOT_FOUND);
    assert_non_null(strstr(err.text, "none.yaml"));
    assert_int_not_equal(ms_config_check(dir, NULL, 0, NULL, NULL, NULL, &c, &err), MS_OK);
    put("moonsift.yaml", "listen: ':7'\n", 0600);
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(ms_config_check(NULL, NULL, 0, NULL, NULL, NULL, &c, &err), MS_OK);
    assert_string_equal(ms_config_file(c), "moonsift.yaml");
    assert_str(ms_config_str(c, "listen"), ":7");
    ms_config_free(c);
    assert_int_equal(unlink("moonsift.yaml"), 0);
    setenv("XDG_CONFIG_HOME", dir, 1);
    assert_int_equal(mkdir("moonsift", 0700), 0);
    put("moonsift/moonsift.yaml", "listen: ':8'\n", 0600);
    assert_int_equal(ms_config_check(NULL, NULL, 0, NULL, NULL, NULL, &c, &err), MS_OK);
    assert_str(ms_config_str(c, "listen"), ":8");
    ms_config_free(c);
    unsetenv("XDG_CONFIG_HOME");
    assert_int_equal(chdir(cwd), 0);
}

static void accounts_and_sources_come_out_in_order(void **state)
{
    (void)state;
    const ms_config_account *accounts;
    const ms_config_source *list;
    ms_config *c = good("accounts:\n  10: {}\n"
                        "  2: {vertical: recruitment, inboxes: {3: ecommerce, 4: recruitment}}\n"
                        "sources:\n  b-1: {kind: parrot, account: 2, max_body: 2KiB}\n"
                        "  a: {kind: parrot, vertical: ecommerce, window: 7s, events: [x, y]}\n");
    assert_int_equal(ms_config_accounts(c, &accounts), 2);
    assert_int_equal(accounts[0].id, 2);
    assert_str(accounts[0].vertical, "recruitment");
    assert_int_equal(accounts[0].n_inboxes, 2);
    assert_int_equal(accounts[0].inboxes[0].id, 3);
    assert_str(accounts[0].inboxes[0].vertical, "ecommerce");
    assert_int_equal(accounts[1].id, 10);
    assert_null(accounts[1].vertical.p);
    assert_int_equal(ms_config_sources(c, &list), 2);
    assert_str(list[0].name, "b-1");
    assert_int_equal(list[0].account, 2);
    assert_int_equal(list[0].max_body, 2048);
    assert_int_equal(ms_as_int(ms_get(list[0].settings, "window"), 0), 300000);
    assert_null(ms_get(list[0].settings, "secret"));
    assert_null(ms_get(list[0].settings, "kind")); /* only what the plugin declared */
    assert_str(list[1].vertical, "ecommerce");
    assert_int_equal(list[1].max_body, 1 << 20);
    assert_int_equal(ms_as_int(ms_get(list[1].settings, "window"), 0), 7000);
    assert_int_equal(ms_get(list[1].settings, "events")->count, 2);
    ms_config_free(c);
}

static void plugins_get_their_section_and_grants(void **state)
{
    (void)state;
    setenv("MOONSIFT_PLUGINS_PARROT_SEED", "millet", 1);
    ms_config *c = good("plugins: {parrot: {cage: 1MiB, grant: [moonsift.json/1]}}\n");
    const ms_value *section = ms_config_plugin(c, "parrot");
    assert_non_null(section);
    assert_int_equal(ms_as_int(ms_get(section, "cage"), 0), 1 << 20);
    assert_str(ms_as_str(ms_get(section, "seed")), "millet");
    assert_null(ms_get(section, "grant"));
    assert_string_equal(ms_config_grants(c, "parrot")[0], "moonsift.json/1");
    assert_null(ms_config_grants(c, "parrot")[1]);
    assert_null(ms_config_plugin(c, "webhook"));
    assert_null(ms_config_grants(c, "webhook"));
    ms_config_free(c);
    unsetenv("MOONSIFT_PLUGINS_PARROT_SEED");
    bad("plugins: {parrot: {seed: millet}}\n", "no place for a secret [set MOONSIFT_PLUGINS");
    assert_null(strstr(told, "millet"));

    ms_arena *arena = ms_arena_new(0);
    ms_value files;
    ms_error err = {0};
    char path[128];
    put("moonsift.yaml", "plugins: {x: {file: x.so}, parrot: {}, y: {file: /opt/y.so}}\n", 0600);
    assert_int_equal(ms_config_plugin_files(file, arena, &files, &err), MS_OK);
    snprintf(path, sizeof path, "%s/x.so", dir);
    assert_int_equal(files.count, 2);
    assert_str(ms_as_str(ms_get(&files, "x")), path);
    assert_str(ms_as_str(ms_get(&files, "y")), "/opt/y.so");
    ms_arena_free(arena);
}

static void the_schema_knows_every_key(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value schema, shown;
    assert_true(ms_config_schema(plugins, arena, &schema));
    ms_config *c = good("");
    assert_true(ms_config_describe(c, arena, &shown));
    for (uint32_t i = 0; i < shown.count; i++) {
        char key[64], *rest = key, *part;
        snprintf(key, sizeof key, MS_FMT, MS_ARG(ms_as_str(ms_get(&shown.as.items[i], "key"))));
        const ms_value *at = &schema;
        while ((part = strsep(&rest, ".")))
            at = ms_get(ms_get(at, "properties"), part);
        assert_non_null(ms_get(at, "description"));
    }
    const ms_value *kinds_of =
        ms_get(ms_get(ms_get(ms_get(&schema, "properties"), "sources"), "patternProperties"),
               "^[a-z][a-z0-9_-]{0,62}$");
    const ms_value *one = ms_get(kinds_of, "oneOf");
    assert_int_equal(one->count, 1);
    assert_non_null(ms_get(ms_get(&one->as.items[0], "properties"), "window"));
    ms_config_free(c);
    ms_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest specs[] = {
        cmocka_unit_test(an_empty_file_is_all_defaults),
        cmocka_unit_test(values_have_their_types),
        cmocka_unit_test(unknown_keys_are_told_with_the_nearest),
        cmocka_unit_test(wrong_values_are_told_with_what_was_expected),
        cmocka_unit_test(every_problem_is_told_not_only_the_first),
        cmocka_unit_test(flag_before_environment_before_file_before_default),
        cmocka_unit_test(the_file_is_found_or_missed_with_its_name),
        cmocka_unit_test(accounts_and_sources_come_out_in_order),
        cmocka_unit_test(plugins_get_their_section_and_grants),
        cmocka_unit_test(the_schema_knows_every_key),
    };
    return cmocka_run_group_tests(specs, set_up, tear_down);
}
