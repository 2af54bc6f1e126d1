/*
 * Secrets in the configuration: where they may stand, how they are shown, and that a role which
 * must not have them forgets them.
 */
#include "config_fixture.h"

static void secrets_come_from_files_and_the_environment_only(void **state)
{
    (void)state;
    const ms_config_source *list;
    put("old", "first\n", 0600);
    put("new", "second\r\n\n", 0600);
    put("empty", "\n", 0600);
    put("lines", "one\ntwo\n", 0600);
    put("open", "for all\n", 0644);
    ms_config *c = good("sources: {a: {kind: parrot, secret_file: old}}\n");
    ms_config_sources(c, &list);
    assert_str(ms_as_str(ms_get(list[0].settings, "secret")), "first");
    assert_null(ms_get(list[0].settings, "secret_file"));
    ms_config_free(c);
    c = good("sources: {a: {kind: parrot, secret_file: [new, old]}}\n");
    ms_config_sources(c, &list);
    const ms_value *both = ms_get(list[0].settings, "secret");
    assert_int_equal(both->count, 2);
    assert_str(ms_as_str(&both->as.items[0]), "second");
    assert_str(ms_as_str(&both->as.items[1]), "first");
    ms_config_free(c);
    setenv("MOONSIFT_SOURCES_A_1_SECRET", "from outside", 1);
    c = good("sources: {a-1: {kind: parrot, secret_file: missing-but-not-asked}}\n");
    ms_config_sources(c, &list);
    assert_str(ms_as_str(ms_get(list[0].settings, "secret")), "from outside");
    ms_config_free(c);
    unsetenv("MOONSIFT_SOURCES_A_1_SECRET");

    bad("sources:\n  a:\n    kind: parrot\n    secret: hunter2\n",
        ":4: sources.a.secret: the configuration is no place for a secret");
    assert_non_null(strstr(told, "secret_file: PATH"));
    assert_non_null(strstr(told, "MOONSIFT_SOURCES_A_SECRET"));
    assert_null(strstr(told, "hunter2"));
    bad("sources: {a: {kind: parrot, secret_file: missing}}\n", "No such file or directory");
    bad("sources: {a: {kind: parrot, secret_file: empty}}\n", "is empty");
    bad("sources: {a: {kind: parrot, secret_file: lines}}\n", "more than one line");
    bad("sources: {a: {kind: parrot, secret_file: .}}\n", "Is a directory");
    bad("sources: {a: {kind: parrot, secret_file: 5}}\n", "a path or a list of paths");
    bad("sources: {a: {kind: parrot, secret_file: []}}\n", "a path or a list of paths");
    c = good("sources: {a: {kind: parrot, secret_file: open}}\n");
    assert_non_null(strstr(told, "warning "));
    assert_non_null(strstr(told, "chmod o-r"));
    assert_null(strstr(told, "for all"));
    ms_config_free(c);
}

static void a_dsn_with_a_password_has_no_place_in_the_file(void **state)
{
    (void)state;
    static const char *const passwords[] = {
        "postgresql://u:hunter2@db/crm", "postgres://u:hunter2@db",
        "postgresql://db/crm?password=hunter2", "'host=db password=hunter2'",
        "\"password = 'hunter2' host=db\""};
    char text[256];
    for (size_t i = 0; i < sizeof passwords / sizeof passwords[0]; i++) {
        snprintf(text, sizeof text, "crm: {dsn: %s}\n", passwords[i]);
        bad(text, "crm.dsn holds a password");
        assert_non_null(strstr(told, "crm.dsn_file"));
        assert_null(strstr(told, "hunter2"));
    }
    put("dsn", "postgresql://u:hunter2@db/crm\n", 0600);
    bad("crm: {dsn: host=db, dsn_file: dsn}\n", "are both there");
    ms_config *c = good("crm: {dsn_file: dsn}\n");
    assert_str(ms_config_dsn(c, "crm"), "postgresql://u:hunter2@db/crm");
    ms_config_free(c);
    setenv("MOONSIFT_CRM_DSN", "host=elsewhere password=x", 1);
    c = good("crm: {dsn: host=db}\n");
    assert_str(ms_config_dsn(c, "crm"), "host=elsewhere password=x");
    ms_config_free(c);
    unsetenv("MOONSIFT_CRM_DSN");
}

static void a_password_is_split_off_a_dsn(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"host=db dbname=crm", "host=db dbname=crm", NULL},
        {"host=db password=x dbname=crm", "host=db dbname=crm", "x"},
        {"password='a b\\'c' host=db", " host=db", "a b'c"},
        {"host='pass word' password=x\\ y", "host='pass word'", "x y"},
        {"sslpassword=1 host=db", "sslpassword=1 host=db", NULL},
        {"application_name='password=no'", "application_name='password=no'", NULL},
        {"postgresql://db/crm", "postgresql://db/crm", NULL},
        {"postgresql://u@db/crm", "postgresql://u@db/crm", NULL},
        {"postgresql://u:p%40q@db/crm?sslmode=require", "postgresql://u@db/crm?sslmode=require",
         "p@q"},
        {"postgresql://db/crm?sslmode=x&password=y&a=b", "postgresql://db/crm?sslmode=x&a=b", "y"},
        {"postgresql://u:p@", "postgresql://u@", "p"},
        {"postgresql://", "postgresql://", NULL},
        {"password", "", NULL},
        {"", "", NULL},
    };
    ms_arena *arena = ms_arena_new(0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ms_str rest, password;
        assert_true(ms_dsn_split(arena, ms_str_z(cases[i][0]), &rest, &password));
        assert_str(rest, cases[i][1]);
        if (cases[i][2])
            assert_str(password, cases[i][2]);
        else
            assert_null(password.p);
    }
    ms_arena_free(arena);
}

static void a_role_forgets_what_it_must_not_hold(void **state)
{
    (void)state;
    const ms_config_source *list;
    put("dsn", "host=db password=topmost\n", 0600);
    put("old", "first\n", 0600);
    setenv("MOONSIFT_SOURCES_B_SECRET", "from outside", 1);
    const char *text = "crm: {dsn_file: dsn}\n"
                       "sources: {a: {kind: parrot, secret_file: [old, old]}, b: {kind: parrot}}\n";
    ms_config *receive = good(text), *judge = good(text), *other = good(text);

    ms_config_keep(receive, "receive");
    ms_config_sources(receive, &list);
    assert_true(ms_config_dsn(receive, "crm").n > 0);
    assert_str(ms_as_str(ms_get(list[1].settings, "secret")), "from outside");
    assert_string_equal(getenv("MOONSIFT_SOURCES_B_SECRET"), "from outside");

    ms_config_keep(judge, "judge");
    ms_config_sources(judge, &list);
    assert_true(ms_config_dsn(judge, "crm").n > 0);
    assert_int_equal(ms_get(list[1].settings, "secret")->kind, MS_NULL);
    assert_int_equal(ms_get(list[0].settings, "secret")->as.items[1].kind, MS_NULL);
    assert_string_equal(getenv("MOONSIFT_SOURCES_B_SECRET"), "");

    ms_config_keep(other, "deliver");
    assert_null(ms_config_dsn(other, "crm").p);
    ms_config_keep(other, "deliver"); /* twice does no harm */
    ms_config_free(other);
    ms_config_free(judge);
    ms_config_free(receive);
    unsetenv("MOONSIFT_SOURCES_B_SECRET");
}

#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory, and shadows of it, of its own */
/* Looks for the bytes in all of this process's writable memory. */
static int times_in_memory(const char *needle_reversed)
{
    char needle[64], line[512];
    size_t n = strlen(needle_reversed);
    int times = 0;
    for (size_t i = 0; i < n; i++)
        needle[i] = needle_reversed[n - 1 - i];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx rw", &from, &to) != 2 || !strstr(line, " rw") ||
            (!strstr(line, "[heap]") && !strstr(line, " 00:00 0")) || strstr(line, "[stack]"))
            continue;
        for (const char *p = (const char *)from; p + n < (const char *)to; p++)
            times += p != needle && p[0] == needle[0] && memcmp(p, needle, n) == 0;
    }
    if (maps)
        fclose(maps);
    explicit_bzero(needle, sizeof needle);
    return times;
}

static void nothing_of_a_secret_is_left_in_memory(void **state)
{
    (void)state;
    char reversed[] = "zyxwvu-987654321-terces"; /* so that the spec itself does not hold it */
    char secret[sizeof reversed];
    size_t n = sizeof reversed - 1;
    for (size_t i = 0; i <= n; i++)
        secret[i] = i < n ? reversed[n - 1 - i] : '\0';
    char path[128];
    snprintf(path, sizeof path, "%s/probe", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, secret, n), n);
    close(fd);
    explicit_bzero(secret, sizeof secret);
    assert_int_equal(times_in_memory(reversed), 0);
    ms_config *c = good("sources: {a: {kind: parrot, secret_file: probe}}\n");
    assert_int_equal(times_in_memory(reversed), 1);
    ms_config_keep(c, "judge");
    assert_int_equal(times_in_memory(reversed), 0);
    ms_config_free(c);
    ms_config_free(good("sources: {a: {kind: parrot, secret_file: probe}}\n"));
    assert_int_equal(times_in_memory(reversed), 0);
}
#endif

static void secrets_are_masked_when_shown(void **state)
{
    (void)state;
    ms_arena *arena = ms_arena_new(0);
    ms_value shown;
    setenv("MOONSIFT_CRM_DSN", "host=db password=hunter2", 1);
    setenv("MOONSIFT_SOURCES_A_SECRET", "hunter3", 1);
    ms_config *c = good("sources: {a: {kind: parrot}}\n");
    assert_true(ms_config_describe(c, arena, &shown));
    int masked = 0;
    for (uint32_t i = 0; i < shown.count; i++) {
        ms_str value = ms_as_str(ms_get(&shown.as.items[i], "value"));
        assert_true(!value.p || !memmem(value.p, value.n, "hunter", 6));
        masked += ms_str_eqz(value, "********");
    }
    assert_int_equal(masked, 2);
    ms_config_free(c);
    ms_arena_free(arena);
    unsetenv("MOONSIFT_CRM_DSN");
    unsetenv("MOONSIFT_SOURCES_A_SECRET");
}

int main(void)
{
    const struct CMUnitTest specs[] = {
        cmocka_unit_test(secrets_come_from_files_and_the_environment_only),
        cmocka_unit_test(a_dsn_with_a_password_has_no_place_in_the_file),
        cmocka_unit_test(a_password_is_split_off_a_dsn),
        cmocka_unit_test(a_role_forgets_what_it_must_not_hold),
        cmocka_unit_test(secrets_are_masked_when_shown),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(nothing_of_a_secret_is_left_in_memory),
#endif
    };
    return cmocka_run_group_tests(specs, set_up, tear_down);
}
