/* W304: who still reads what is on its way out. */
#include "lua_support.h"

#include "rules/problems.h"

#define ENTRIES                                                                                    \
    "vertical { name = \"v\", title = \"V\" }\nlocal a = attributes { "                            \
    "{ \"old\", integer, says = \"s\", deprecated = \"use new\" }, "                               \
    "{ \"new\", integer, says = \"s\" }, { \"n\", integer, says = \"s\" } }\n"
#define RULE_OF(when)                                                                              \
    "rule { id = \"R1\", name = \"r\", points = 1, because = \"b\", when = " when " }\n"

/* Line and text of each W304, one a line. */
static void expect_found(const char *rest, const char *want)
{
    char text[2048];
    ms_buf got = {0};
    ms_problems list = {.arena = ms_arena_new(0)};
    snprintf(text, sizeof text, ENTRIES "%s", rest);
    ms_script *script = loaded(text);
    ms_lint(ms_script_vertical(script), &list);
    for (size_t i = 0; i < list.n; i++)
        if (strcmp(list.items[i].code->code, "W304") == 0)
            ms_buf_format(&got, "%u %.*s\n", list.items[i].line, (int)list.items[i].text.n,
                          list.items[i].text.p);
    ms_buf_char(&got, '\0');
    if (strcmp(got.p, want) != 0)
        fail_msg("%s\n got: %s\nwant: %s", rest, got.p, want);
    ms_buf_free(&got);
    ms_arena_free(list.arena);
    ms_script_free(script);
}

#define BY(line, who) line " " who " reads old, which is deprecated: use new\n"

static void test_readers(void **state)
{
    static const struct {
        const char *rest, *want;
    } all[] = {
        {RULE_OF("a.new:at_least(1)"), ""},
        {RULE_OF("a.old:at_least(1)"), BY("3", "R1 (r)")},
        {RULE_OF("none { any { a.new:present(), a.old:missing() } }"), BY("3", "R1 (r)")},
        {RULE_OF("all { a.old:present(), a.old:more_than(5) }"), BY("3", "R1 (r)")},
        {RULE_OF("a.new:at_least(a.old)"), BY("3", "R1 (r)")},
        {RULE_OF("a.n:per(a.old):whole(2):at_least(5)"), BY("3", "R1 (r)")},
        {RULE_OF("custom { reads = { a.new, a.old }, says = \"s\", fn = function() end }"),
         BY("3", "R1 (r)")},
        {RULE_OF("a.new:present()") "outcome { id = \"O1\", name = \"o\", because = \"b\", when = "
                                    "errors:none() }\n",
         ""}, /* asks for all of them, and for none by name */
        {RULE_OF("a.new:present()") "derive { \"w\", words { \"{new}\", \"{old}\" } }\n",
         BY("4", "w")},
        {RULE_OF("a.new:present()") "derive { \"w\", a.old:whole(10) }\n", BY("4", "w")},
        {RULE_OF("a.new:present()") "derive { \"w\", custom { reads = { a.old }, says = \"s\", fn "
                                    "= function() end } }\n",
         BY("4", "w")},
        {RULE_OF("a.new:present()") "status { \"lead_status\", { when = a.old:present(), value = "
                                    "\"hot\" }, otherwise = \"new\" }\n",
         BY("4", "lead_status \"hot\"")},
        {RULE_OF("a.old:present()") "derive { \"w\", fired \"R1\" }\n", BY("3", "R1 (r)")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        expect_found(all[i].rest, all[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_readers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
