/*
 * For each code a mistake and how it is mended. A spec puts them into the frame that docs/codes.md
 * describes and sees that the first gives its code and the second nothing at all.
 */
#include "rules/problems.h"

#define CONDITION MS_FRAME_CONDITION
#define DECLARATION MS_FRAME_DECLARATION
#define ATTRIBUTE MS_FRAME_ATTRIBUTE
#define LABEL MS_FRAME_LABEL
#define WHOLE MS_FRAME_FILE
#define CASES MS_FRAME_CASES

static const ms_code_example examples[] = {
    {"E101", CONDITION, "a.budget_maxx:at_least(80000)", "a.budget_max:at_least(80000)"},
    {"E102", CONDITION, "a.urgency:is \"hihg\"", "a.urgency:is \"high\""},
    {"E103", CONDITION, "a.budget_max:at_least(\"80k\")", "a.budget_max:at_least(80000)"},
    {"E104", CONDITION, "a.budget_max:more_than(a.spent)", "a.budget_max:more_than(a.budget_min)"},
    {"E105", CONDITION, "a.note:at_least(5)", "a.orders:at_least(5)"},
    {"E106", CONDITION, "a.orders:between(10, 5)", "a.orders:between(5, 10)"},
    {"E107", CONDITION, "a.note:matches \"(urgent|now\"", "a.note:matches \"(urgent|now)\""},
    {"E108", ATTRIBUTE, "{ \"orders\", integer, says = \"Orders this year\" }",
     "{ \"orders_this_year\", integer, says = \"Orders this year\" }"},
    {"E109", DECLARATION,
     "rule { id = \"R1\", name = \"rich\", point = 10, points = 10,\n"
     "  when = a.budget_max:at_least(80000), because = \"Top band\" }",
     "rule { id = \"R1\", name = \"rich\", points = 10,\n"
     "  when = a.budget_max:at_least(80000), because = \"Top band\" }"},
    {"E110", DECLARATION,
     "rule { id = \"R1\", name = \"rich\", points = 10, when = a.budget_max:at_least(80000) }",
     "rule { id = \"R1\", name = \"rich\", points = 10, when = a.budget_max:at_least(80000),\n"
     "  because = \"Top band\" }"},
    {"E111", CONDITION, "all { a.urgency:is \"high\", a.vip }",
     "all { a.urgency:is \"high\", a.vip:is_true() }"},
    {"E112", DECLARATION,
     "for i = 1, 300 do\n"
     "  rule { id = \"P\" .. i, name = \"orders\", points = 1, when = a.orders:equals(i),\n"
     "    because = \"Has ordered\" }\n"
     "end",
     "rule { id = \"P\", name = \"orders\", points = 1, when = a.orders:between(1, 300),\n"
     "  because = \"Has ordered\" }"},
    {"E113", CONDITION, "fired \"R7\"", "fired \"R0\""},
    {"E114", DECLARATION,
     "rule { id = \"R1\", name = \"top\", points = 10, when = score:at_least(70), because = \"x\" "
     "}",
     "outcome { id = \"O1\", name = \"top\", when = score:at_least(7), because = \"Enough "
     "points\",\n"
     "  label = \"vip\" }"},
    {"E115", WHOLE,
     "vertical { name = \"another-name\", title = \"Example\" }\n"
     "local a = attributes { { \"orders\", integer, says = \"Orders so far\" } }\n"
     "rule { id = \"R1\", name = \"buyer\", points = 10, when = a.orders:at_least(1),\n"
     "  because = \"Has ordered\" }",
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes { { \"orders\", integer, says = \"Orders so far\" } }\n"
     "rule { id = \"R1\", name = \"buyer\", points = 10, when = a.orders:at_least(1),\n"
     "  because = \"Has ordered\" }"},
    {"E116", ATTRIBUTE,
     "{ \"size\", choice { \"Small\", \"Large\" }, says = \"Size of the company\" }",
     "{ \"size\", choice { \"small\", \"large\" }, says = \"Size of the company\" }"},
    {"E117", DECLARATION, "derive { \"range\", words { \"{budget_min}-{budget_max\" } }",
     "derive { \"range\", words { \"{budget_min}-{budget_max}\" } }"},
    {"E118", CONDITION, "a.budget_max.at_least(80000)", "a.budget_max:at_least(80000)"},
    {"E119", ATTRIBUTE,
     "{ \"visits\", integer, otherwise = \"none\", says = \"Visits to our pages\" }",
     "{ \"visits\", integer, otherwise = 0, says = \"Visits to our pages\" }"},
    {"E120", ATTRIBUTE,
     "{ \"visits\", integer, columns = { \"Orders\" }, says = \"Visits to our pages\" }",
     "{ \"visits\", integer, columns = { \"Page views\" }, says = \"Visits to our pages\" }"},

    {"E121", CONDITION, "a.orders:at_least(3) and a.urgency:is \"high\"",
     "all { a.orders:at_least(3), a.urgency:is \"high\" }"},
    {"E122", CONDITION, "a.budget_max:at_least(80,000)", "a.budget_max:at_least(80000)"},
    {"E123", DECLARATION,
     "rule { id = \"R1\", name = \"rich\", points = 10, because = \"Top band\",\n"
     "  when = a.budget_max:at_least(80000),\n"
     "  when = a.orders:at_least(1) }",
     "rule { id = \"R1\", name = \"rich\", points = 10, because = \"Top band\",\n"
     "  when = all { a.budget_max:at_least(80000), a.orders:at_least(1) } }"},
    {"E124", ATTRIBUTE, "{ \"website\", url, \"Their own site\" }",
     "{ \"website\", url, says = \"Their own site\" }"},
    {"E130", DECLARATION,
     "group { \"budget\", counts = \"sum\", max = 40, says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\", group = \"budget\" }\n"
     "rule { id = \"R2\", name = \"top\", points = 30, when = a.budget_max:at_least(80000),\n"
     "  because = \"Pays best\", group = \"bugdet\" }",
     "group { \"budget\", counts = \"sum\", max = 40, says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\", group = \"budget\" }\n"
     "rule { id = \"R2\", name = \"top\", points = 30, when = a.budget_max:at_least(80000),\n"
     "  because = \"Pays best\", group = \"budget\" }"},
    {"E131", DECLARATION,
     "group { \"budget\", counts = \"sum\", min = 10, says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\", group = \"budget\" }\n"
     "rule { id = \"R2\", name = \"top\", points = 30, when = a.budget_max:at_least(80000),\n"
     "  because = \"Pays best\", group = \"budget\" }",
     "group { \"budget\", counts = \"sum\", max = 40, says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\", group = \"budget\" }\n"
     "rule { id = \"R2\", name = \"top\", points = 30, when = a.budget_max:at_least(80000),\n"
     "  because = \"Pays best\", group = \"budget\" }"},
    {"E132", DECLARATION,
     "status { \"lead_status\", stages = { \"new\", \"contacted\", \"customer\" },\n"
     "  { when = a.orders:at_least(1), value = \"costumer\" }, otherwise = \"new\" }",
     "status { \"lead_status\", stages = { \"new\", \"contacted\", \"customer\" },\n"
     "  { when = a.orders:at_least(1), value = \"customer\" }, otherwise = \"new\" }"},
    {"E133", DECLARATION,
     "local f = facts {\n"
     "  { \"services\", integer, says = \"How many of our services fit what was noted\",\n"
     "    from = a.note },\n"
     "}\n"
     "rule { id = \"R1\", name = \"wants-us\", points = 10, when = f.services:at_least(1),\n"
     "  because = \"Asks for what we do\" }",
     "local f = facts {\n"
     "  { \"services\", integer, says = \"How many of our services fit what was noted\",\n"
     "    from = knowledge { query = a.note, category = \"services\" } },\n"
     "}\n"
     "rule { id = \"R1\", name = \"wants-us\", points = 10, when = f.services:at_least(1),\n"
     "  because = \"Asks for what we do\" }"},

    {"E201", DECLARATION,
     "rule { id = \"R1\", name = \"rich\" points = 10,\n"
     "  when = a.budget_max:at_least(80000), because = \"Top band\" }",
     "rule { id = \"R1\", name = \"rich\", points = 10,\n"
     "  when = a.budget_max:at_least(80000), because = \"Top band\" }"},
    {"E202", DECLARATION, "-- caf\\xE9: saved as Latin-1, not as UTF-8", "-- caf\xC3\xA9"},
    {"E203", DECLARATION, "limit = 80000", "local limit = 80000"},
    {"E204", DECLARATION, "local fresh = os.time() - 30 * 86400",
     "local fresh = a.last_contact:within_days(30)\n"
     "rule { id = \"R1\", name = \"fresh\", points = 10, when = fresh, because = \"Wrote lately\" "
     "}"},
    {"E205", DECLARATION, "local n = 0\nwhile n >= 0 do n = n + 1 end",
     "local n = 0\nwhile n < 12 do n = n + 1 end"},
    {"E206", DECLARATION,
     "local list = {}\nfor i = 1, 9000 do list[i] = string.rep(\"x\", 9000) end",
     "local list = {}\nfor i = 1, 9 do list[i] = string.rep(\"x\", 9) end"},
    {"E207", DECLARATION, "local limits\nlocal top = limits.top",
     "local limits = { top = 80000 }\nlocal top = limits.top"},
    {"E208", DECLARATION, "a.budget_max.limit = 80000", "local limit = 80000"},
    {"E209", DECLARATION, "derive { \"qualification_score\", words { \"{orders}\" } }",
     "derive { \"orders_in_words\", words { \"{orders}\" } }"},

    {"E301", DECLARATION,
     "rule { id = \"R1\", name = \"rich\", points = 10, label = \"vpi\",\n"
     "  when = a.budget_max:at_least(80000), because = \"Top band\" }",
     "rule { id = \"R1\", name = \"rich\", points = 10, label = \"vip\",\n"
     "  when = a.budget_max:at_least(80000), because = \"Top band\" }"},
    {"E302", LABEL,
     "{ \"vip\", colour = \"#10b981\", says = \"Important\" },\n"
     "{ \"vip\", colour = \"#ef4444\", says = \"Very important\" }",
     "{ \"vip\", colour = \"#10b981\", says = \"Important\" }"},
    {"E303", LABEL, "{ \"vip\", colour = \"green\", says = \"Important\" }",
     "{ \"vip\", colour = \"#10b981\", says = \"Important\" }"},

    {"E401", CASES, "- name: vip\n  at: 2025-02-01\n  contact: { attr: { vip: true }\n",
     "- name: vip\n  at: 2025-02-01\n  contact: { attr: { vip: true } }\n  expect: { score: 0.5 "
     "}\n"},
    {"W304", WHOLE,
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes {\n"
     "  { \"budget\", integer, says = \"Old budget\", deprecated = \"use budget_max\" },\n"
     "  { \"budget_max\", integer, says = \"Highest yearly budget\" },\n"
     "}\n"
     "rule { id = \"R1\", name = \"top\", points = 10, when = a.budget:at_least(80000),\n"
     "  because = \"Top band\" }",
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes {\n"
     "  { \"budget\", integer, says = \"Old budget\", deprecated = \"use budget_max\" },\n"
     "  { \"budget_max\", integer, says = \"Highest yearly budget\" },\n"
     "}\n"
     "rule { id = \"R1\", name = \"top\", points = 10, when = a.budget_max:at_least(80000),\n"
     "  because = \"Top band\" }"},
    {"E402", CASES,
     "- name: vip\n  at: 2025-02-01\n  contact: { attr: { vip: true } }\n  expect: { sorce: 0.5 "
     "}\n",
     "- name: vip\n  at: 2025-02-01\n  contact: { attr: { vip: true } }\n  expect: { score: 0.5 "
     "}\n"},
    {"E403", CASES,
     "- name: vip\n  at: 2025-02-01\n  contact: { attr: { vip: true } }\n  expect: { labels: [vpi] "
     "}\n",
     "- name: vip\n  at: 2025-02-01\n  contact: { attr: { vip: true } }\n  expect: { labels: [vip] "
     "}\n"},

    {"W201", DECLARATION,
     "rule { id = \"R1\", name = \"many\", points = 10, when = a.orders:at_least(10),\n"
     "  because = \"Orders a lot\" }\n"
     "rule { id = \"R2\", name = \"some\", points = 5, when = a.orders:at_least(1),\n"
     "  because = \"Has ordered\" }",
     "rule { id = \"R1\", name = \"many\", points = 10, when = a.orders:at_least(10),\n"
     "  because = \"Orders a lot\" }\n"
     "rule { id = \"R2\", name = \"some\", points = 5, when = a.orders:between(1, 9),\n"
     "  because = \"Has ordered\" }"},
    {"W202", DECLARATION,
     "rule { id = \"R1\", name = \"many\", points = 10, when = a.orders:more_than(10),\n"
     "  because = \"Orders a lot\" }\n"
     "rule { id = \"R2\", name = \"some\", points = 5, when = a.orders:less_than(10),\n"
     "  because = \"Orders now and then\" }",
     "rule { id = \"R1\", name = \"many\", points = 10, when = a.orders:at_least(10),\n"
     "  because = \"Orders a lot\" }\n"
     "rule { id = \"R2\", name = \"some\", points = 5, when = a.orders:less_than(10),\n"
     "  because = \"Orders now and then\" }"},
    {"W203", CONDITION, "all { a.orders:less_than(5), a.orders:at_least(10) }",
     "any { a.orders:less_than(5), a.orders:at_least(10) }"},
    {"W204", DECLARATION,
     "outcome { id = \"O1\", name = \"good\", when = score:at_least(3), because = \"Enough "
     "points\" }\n"
     "outcome { id = \"O2\", name = \"best\", when = score:at_least(5), because = \"Most points\" "
     "}\n"
     "status { \"lead_status\", { when = fired \"O1\", value = \"good\" },\n"
     "  { when = fired \"O2\", value = \"best\" }, otherwise = \"new\" }",
     "outcome { id = \"O1\", name = \"good\", when = score:at_least(3), because = \"Enough "
     "points\" }\n"
     "outcome { id = \"O2\", name = \"best\", when = score:at_least(5), because = \"Most points\" "
     "}\n"
     "status { \"lead_status\", { when = fired \"O2\", value = \"best\" },\n"
     "  { when = fired \"O1\", value = \"good\" }, otherwise = \"new\" }"},
    {"W205", LABEL,
     "{ \"vip\", colour = \"#10b981\", says = \"Important\" },\n"
     "{ \"rich\", colour = \"#ef4444\", says = \"Top band\" }",
     "{ \"vip\", colour = \"#10b981\", says = \"Important\" }"},
    {"W206", DECLARATION,
     "outcome { id = \"O1\", name = \"good\", when = score:at_least(3), because = \"Enough "
     "points\" }",
     "outcome { id = \"O1\", name = \"good\", when = score:at_least(3), because = \"Enough "
     "points\",\n"
     "  label = \"vip\" }"},
    {"W207", CONDITION, "a.orders:at_least(0)", "a.orders:at_least(1)"},
    {"W208", DECLARATION,
     "outcome { id = \"O1\", name = \"vip-and-good\", because = \"Important, with points\",\n"
     "  when = all { a.vip:is_true(), score:at_least(3) }, label = \"vip\" }",
     "outcome { id = \"O1\", name = \"good\", because = \"Enough points\",\n"
     "  when = score:at_least(3), label = \"vip\" }"},
    {"W209", WHOLE,
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes { { \"orders\", integer { max = 50 }, says = \"Orders so far\" } }\n"
     "rule { id = \"R1\", name = \"many\", points = 10, when = a.orders:more_than(50),\n"
     "  because = \"Orders a lot\", label = \"many\" }\n"
     "labels { { \"many\", colour = \"#10b981\", says = \"Orders a lot\" } }",
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes { { \"orders\", integer { max = 50 }, says = \"Orders so far\" } }\n"
     "rule { id = \"R1\", name = \"many\", points = 10, when = a.orders:at_least(50),\n"
     "  because = \"Orders a lot\", label = \"many\" }\n"
     "labels { { \"many\", colour = \"#10b981\", says = \"Orders a lot\" } }"},
    {"W210", WHOLE,
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes { { \"returns\", integer, says = \"Parcels sent back\" } }\n"
     "rule { id = \"R1\", name = \"returns\", points = -10, when = a.returns:at_least(3),\n"
     "  because = \"Sends much back\" }",
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes { { \"returns\", integer, says = \"Parcels sent back\" } }\n"
     "rule { id = \"R1\", name = \"keeps\", points = 10, when = a.returns:less_than(3),\n"
     "  because = \"Sends little back\" }"},
    {"W211", DECLARATION,
     "group { \"budget\", counts = \"highest\", says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\" }",
     "group { \"budget\", counts = \"highest\", says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\", group = \"budget\" }"},
    {"W212", DECLARATION,
     "group { \"budget\", counts = \"sum\", max = 60, says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\", group = \"budget\" }\n"
     "rule { id = \"R2\", name = \"top\", points = 30, when = a.budget_max:at_least(80000),\n"
     "  because = \"Pays best\", group = \"budget\" }",
     "group { \"budget\", counts = \"sum\", max = 40, says = \"What they can pay\" }\n"
     "rule { id = \"R1\", name = \"rich\", points = 20, when = a.budget_max:at_least(50000),\n"
     "  because = \"Pays well\", group = \"budget\" }\n"
     "rule { id = \"R2\", name = \"top\", points = 30, when = a.budget_max:at_least(80000),\n"
     "  because = \"Pays best\", group = \"budget\" }"},
    {"W213", DECLARATION,
     "local f = facts {\n"
     "  { \"services\", integer, says = \"How many of our services fit what was noted\",\n"
     "    from = knowledge { query = a.note } },\n"
     "}",
     "local f = facts {\n"
     "  { \"services\", integer, says = \"How many of our services fit what was noted\",\n"
     "    from = knowledge { query = a.note } },\n"
     "}\n"
     "rule { id = \"R1\", name = \"wants-us\", points = 10, when = f.services:at_least(1),\n"
     "  because = \"Asks for what we do\" }"},

    {"W214", CONDITION,
     "custom { reads = { a.orders }, says = \"orders in tens\",\n"
     "  fn = function(v) return 100 // v.orders > 5 end }",
     "custom { reads = { a.orders }, says = \"orders in tens\",\n"
     "  fn = function(v) return v.orders > 0 and 100 // v.orders > 5 end }"},
    {"W301", DECLARATION,
     "rule { id = \"R1\", points = 10, when = a.orders:at_least(10), because = \"Orders a lot\" }",
     "rule { id = \"R1\", name = \"many\", points = 10, when = a.orders:at_least(10),\n"
     "  because = \"Orders a lot\" }"},
    {"W302", ATTRIBUTE, "{ \"visits\", integer }",
     "{ \"visits\", integer, says = \"Visits to our pages\" }"},
    {"W303", CASES, NULL,
     "- name: vip\n  at: 2025-02-01\n  contact: { attr: { vip: true } }\n  expect: { score: 0.5 "
     "}\n"},
    {"W305", WHOLE,
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes { { \"orders\", integer, says = \"Orders so far\" } }\n"
     "rule { id = \"R1\", name = \"buyer\", points = 10, when = a.orders:at_least(1),\n"
     "  because = \"Has ordered\", label = \"Good buyer\" }\n"
     "labels { { \"Good buyer\", colour = \"#10b981\", says = \"Has ordered\" } }",
     "vertical { name = \"example\", title = \"Example\" }\n"
     "local a = attributes { { \"orders\", integer, says = \"Orders so far\" } }\n"
     "rule { id = \"R1\", name = \"buyer\", points = 10, when = a.orders:at_least(1),\n"
     "  because = \"Has ordered\", label = \"good-buyer\" }\n"
     "labels { { \"good-buyer\", colour = \"#10b981\", says = \"Has ordered\" } }"},
};
enum { N_EXAMPLES = sizeof examples / sizeof examples[0] };

const ms_code_example *ms_code_example_of(const ms_code *code)
{
    for (size_t i = 0; i < N_EXAMPLES; i++)
        if (strcmp(examples[i].code, code->code) == 0)
            return &examples[i];
    return NULL;
}

const char *ms_frame_name(ms_code_frame frame)
{
    static const char *const names[] = {
        [CONDITION] = "condition", [DECLARATION] = "declaration", [ATTRIBUTE] = "attribute",
        [LABEL] = "labels",        [WHOLE] = "vertical.lua",      [CASES] = "cases.yaml",
    };
    return names[frame];
}
