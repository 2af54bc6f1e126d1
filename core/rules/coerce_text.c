/* Text: trimmed, of the length and form that is declared. */
#include "rules/inside.h"

#include "base/text.h"

void ms_take_form(ms_judge *j, const ms_field *f, ms_str form, ms_slot *slot, ms_str *json)
{
    slot->changed = !ms_same(form, f->as.string);
    slot->text = slot->changed ? ms_judge_text(j, form.p, form.n) : f->as.string;
    *json = slot->changed ? ms_judge_quoted(j, form) : f->raw;
}

ms_why ms_coerce_text(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                      ms_slot *slot, ms_str *json)
{
    (void)quoted;
    if (f->kind != MS_STRING)
        return MS_WHY_KIND;
    ms_str s = ms_trim(f->as.string);
    if ((int64_t)s.n < a->min)
        return MS_WHY_LESS;
    if (a->max > 0 && (int64_t)s.n > a->max)
        return MS_WHY_MORE;
    if (a->regex) {
        bool limit = false; /* a text that exhausts the search is not known to match */
        if (!ms_pattern_matches(j, a->regex, s, &limit))
            return limit ? MS_WHY_SLOW : MS_WHY_PATTERN;
    } else if (s.n == 0) {
        return MS_WHY_FORM; /* white space alone: nothing would be left to store */
    }
    slot->text = s;
    slot->changed = s.n != f->as.string.n;
    *json = slot->changed ? ms_judge_quoted(j, s) : f->raw;
    return MS_WHY_NONE;
}
