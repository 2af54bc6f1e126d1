/* The codes of what can be wrong with a vertical. A code keeps its meaning for ever; a new kind of
 * problem gets a new one. */
#include "rules/problems.h"

#include "base/buf.h"

static const ms_code codes[] = {
    {"E101", "unknown attribute",
     "A condition, a template or a function names an attribute that attributes { ... } does not "
     "declare. Correct the spelling (the message names the nearest), or declare it."},
    {"E102", "value is not a choice",
     "An attribute of type choice or choices is compared with a text that is not in its list, so "
     "the condition could never be yes. Correct the text, or add it to the attribute's list."},
    {"E103", "compared with the wrong kind of value",
     "Integers are compared with whole numbers, money with at most two decimals, numbers with at "
     "most six, dates and times with \"2025-02-01\", texts with texts in quotes that the type "
     "takes; days, counts and points are whole numbers."},
    {"E104", "types that do not compare",
     "Two attributes are compared or joined to a range, but have different types, or types without "
     "an order. Both have to be integer, money, number, date or time."},
    {"E105", "no such condition",
     "The attribute's type has no condition of this name. The message lists those it has; a "
     "condition on numbers needs an attribute declared as integer, money or number. Operators of "
     "Lua (>=, +, ..) make no condition either: a.orders:at_least(5), not a.orders >= 5."},
    {"E106", "bounds the wrong way round",
     "The lower bound is above the upper one, so nothing can lie between. Swap them."},
    {"E107", "pattern not understood",
     "A pattern is a regular expression (PCRE2) in quotes that has to match the whole text. In Lua "
     "a backslash in quotes is written twice; [[...]] needs no doubling."},
    {"E108", "declared twice",
     "Names, rule ids and the once-only declarations (vertical, attributes, labels, status) stand "
     "once in a vertical. Rename or remove one of the two."},
    {"E109", "no such field",
     "A declaration has a field that it does not take, often a misspelt one. The message names the "
     "nearest."},
    {"E110", "field missing",
     "A field that is needed is not there, is empty or has the wrong type: id, when, because, "
     "points, title, says, type, ..."},
    {"E111", "written the wrong way",
     "The declaration or list has another form. The message shows how it is written."},
    {"E112", "too many",
     "The vertical, a list or a condition is larger than what is allowed. Split the vertical, or "
     "put the conditions into fewer, simpler rules."},
    {"E113", "no such rule before this line",
     "fired \"ID\" asks for a rule that stands above it. Correct the id, or move the rule up."},
    {"E114", "not known yet when rules are judged",
     "Rules make the score, so they cannot ask for it, for errors or for outcomes. Write outcome "
     "{ ... } instead of rule { ... }; outcomes are judged afterwards."},
    {"E115", "something has to be declared",
     "A vertical declares its name (that of its folder), its attributes and at least one rule."},
    {"E116", "choices not usable",
     "choice and choices list 1 to 64 different lower-case texts without blanks around them; "
     "what comes in is made lower-case and trimmed before it is compared."},
    {"E117", "template not understood",
     "In words { ... } an attribute is written {name}, or {name:thousands} for numbers; lists, "
     "booleans and as-is attributes cannot be put into words."},
    {"E118", "colon missing",
     "Conditions are asked with a colon: a.budget_max:at_least(50000), not a.budget_max.at_least."},
    {"E119", "default not valid",
     "otherwise = ... is what rules see while the attribute is absent, so it has to be a value "
     "that the attribute's type and bounds allow: { \"budget_max\", integer, otherwise = 0 }."},
    {"E120", "column name not usable",
     "columns = { \"Budget\", \"Max budget\" } lists other names that people's files have for the "
     "attribute. A name stands for one attribute only (case, blanks and _ - . do not count), and "
     "is "
     "not the attribute's own."},

    {"E121", "condition that nothing asks",
     "Lua's and, or, not, == and if know nothing of conditions: they keep one of two and drop the "
     "other. Join conditions with all { ... } (and), any { ... } (or) and none { ... } (not). A "
     "condition that belongs to no rule is taken away."},
    {"E122", "too many values",
     "A condition or declaration was given more values than it takes; Lua would drop the rest. For "
     "Lua 80,000 are two numbers: write 80000."},
    {"E123", "written twice",
     "The same field stands twice in one pair of braces, and Lua would drop the first value. Keep "
     "one of the two; two conditions are joined with all { ... } or any { ... }."},
    {"E124", "value that nothing reads",
     "A value without a field's name stands where none belongs, or behind an item that is nothing, "
     "and would be dropped. Write the field's name in front of it (says = \"...\"), or take it "
     "away."},

    {"E130", "group not declared",
     "A rule counts in a group that no group { \"name\", ... } declares. Correct the spelling, or "
     "declare it."},
    {"E131", "limits of a group",
     "A group counts 0 points when none of its rules fired. So its min is 0 or less, and its max 0 "
     "or more."},
    {"E132", "value is not a stage",
     "status lists all its values under stages, and this one is none of them. Correct the "
     "spelling, or put it into stages where it belongs in the order."},
    {"E133", "fact cannot be looked up",
     "A fact says where it is looked up, from = knowledge { query = ... }, and has a type that the "
     "answer fits: number (similarity of the best match), integer (how many), boolean (whether "
     "any), text or choice (the title of the best), choices (the titles of all)."},

    {"E201", "not Lua",
     "The file cannot be read as Lua: a brace, comma, quote or `end` is missing near this line, "
     "often on the line before; or a character stands outside of quotes that came with pasted "
     "text, as curly quotes and non-breaking spaces do."},
    {"E202", "source refused",
     "A file is source text in UTF-8 of at most 64 KiB, without compiled Lua and without absurdly "
     "deep or long expressions."},
    {"E203", "global name set",
     "A vertical keeps nothing between contacts, so there are no global variables. Write local in "
     "front of the name."},
    {"E204", "name does not exist in rules",
     "Rules see the declarations and plain functions only: no files, network, clock, chance, "
     "patterns, coroutines or loading of code. Correct the spelling, or do it with conditions."},
    {"E205", "out of time",
     "Loading took longer than it may (500 ms), most likely a loop that does not end."},
    {"E206", "out of memory",
     "Loading needed more memory than a vertical may have (16 MiB), most likely a list or text "
     "that grows in a loop."},
    {"E207", "raised an error",
     "The vertical's own code stopped at this line while it was loaded. What stands behind it has "
     "not been looked at yet."},
    {"E208", "not while contacts are judged",
     "Declarations and objects are made while the vertical loads and do not change afterwards; a "
     "function can neither declare nor set anything in them."},
    {"E209", "does not hold together",
     "The declarations are right one by one, but not as a whole. The message says what is in the "
     "way."},

    {"E301", "label not declared",
     "A rule gives a label that labels { ... } does not list. Correct the spelling, or list it "
     "there with a colour and a sentence: labels outside the list belong to people."},
    {"E302", "label declared twice",
     "A label stands once in labels { ... }. Remove one of the two."},
    {"E303", "label not usable",
     "A label has a title, a colour such as \"#10b981\", a sentence under says and, if wanted, "
     "sidebar = true. A vertical has at most 64."},

    {"E401", "cases are not YAML", "cases.yaml cannot be read. The message says where it stops."},
    {"E402", "case in the wrong form",
     "A case has name, at, contact: { attr: {...} } and expect with at least one of score, "
     "lead_status, labels, fired, unknown, errors and attributes. A misspelt key would test "
     "nothing, so it is refused."},
    {"E403", "case expects what the vertical does not have",
     "A case names a rule, label or attribute that does not exist, so it could never pass, or "
     "would test nothing. Correct the spelling in cases.yaml."},

    {"W201", "rules overlap",
     "Two rules look at the same attribute and some values count for both. Make the bounds meet "
     "(at_least(50000) beside less_than(50000)), or put both into one group { ... }, which says "
     "how they count together."},
    {"W202", "gap between rules",
     "Two rules look at neighbouring ranges of the same attribute, but the values between them "
     "count for neither, often because of more_than where at_least was meant."},
    {"W203", "rule can never be yes",
     "No contact fulfils the condition: its parts contradict each other or the attribute's bounds. "
     "Often all { ... } stands where any { ... } was meant."},
    {"W204", "status case never reached",
     "Whenever this case would be chosen an earlier one is chosen already, or its rule can never "
     "be yes. Put the narrower case first."},
    {"W205", "label never set",
     "labels { ... } lists it but no rule gives it, so it is neither added nor removed. Give it to "
     "a rule, or take it out of the list."},
    {"W206", "rule changes nothing",
     "The rule has no points and no label, and no other rule, derived attribute or status asks for "
     "it."},
    {"W207", "rule can never be no",
     "Nobody fails the condition: it is yes for everybody, or for everybody of whom the attribute "
     "is known. Often a bound repeats the attribute's own, or any { ... } stands where all { ... } "
     "was meant; that an attribute is known at all is asked with present()."},
    {"W208", "rule shadowed",
     "The rule only gives a label, and whenever it is yes another rule gives the same label. "
     "Remove it, or make its condition say what the other one does not."},
    {"W209", "label never given",
     "Rules give the label, but none of them can be yes, so a contact that carries it only ever "
     "loses it. Correct those rules (W203 names them)."},
    {"W210", "points never count",
     "Whatever the contact, the rule's points leave the score as it is: all points together cannot "
     "lift it above its lower bound, or the other rules of its group leave nothing for it to add."},
    {"W211", "group without rules",
     "No rule names the group, so it counts nothing. Put it into the rules it was meant for, or "
     "take it out."},
    {"W212", "limit of a group changes nothing",
     "The rules of the group never come to more than its max, or to less than its min. Lower the "
     "limit, or take it out."},
    {"W213", "fact that nothing reads",
     "The look-up would be made for every contact, though no condition, function or number uses "
     "what it gives."},

    {"W214", "function that fails",
     "A function was tried with a few values of what it reads, and stopped. A contact with such "
     "values could not be judged. Make it answer for them, too, or nil where it cannot know."},

    {"W301", "rule without a name",
     "Explanations and reports show the name beside the id: name = \"budget-80k\"."},
    {"W302", "attribute without a sentence",
     "says = \"...\" tells people what the attribute means, in documentation and in the editor."},
    {"W303", "no cases",
     "Beside vertical.lua there is no cases.yaml, so nothing shows that the rules do what is "
     "meant. `moonsift init` writes an example."},
    {"W304", "deprecated attribute read",
     "The attribute says deprecated = \"use budget_min\", but something still reads it. Do what "
     "the "
     "sentence says, or take the mark away."},
    {"W305", "label that Chatwoot cannot hold",
     "A label's title is two or more lower-case letters, digits, hyphens and underscores, and "
     "begins with a letter or digit. Chatwoot's catalogue refuses others, so that no screen would "
     "show the label. What people are to read stands under says."},
};
enum { N_CODES = sizeof codes / sizeof codes[0] };

const ms_code *ms_code_at(size_t i)
{
    return i < N_CODES ? &codes[i] : NULL;
}

const ms_code *ms_code_find(const char *code)
{
    if (strlen(code) != 4)
        return NULL;
    for (size_t i = 0; i < N_CODES; i++)
        if ((code[0] & ~0x20) == codes[i].code[0] && strcmp(code + 1, codes[i].code + 1) == 0)
            return &codes[i];
    return NULL;
}
