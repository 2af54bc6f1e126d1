/* Text: trimmed, of the length and form that is declared. */
#include "rules/inside.h"

#include "base/text.h"

bool ms_coerce_text(ms_judge *j, const ms_attribute *a, const ms_field *f, ms_slot *slot,
                    ms_str *json)
{
    if (f->kind != MS_STRING)
        return false;
    ms_str s = ms_trim(f->as.string);
    if ((int64_t)s.n < a->min || (a->max > 0 && (int64_t)s.n > a->max))
        return false;
    if (a->regex) {
        bool limit = false; /* a text that exhausts the search is not known to match */
        if (!ms_pattern_matches(j, a->regex, s, &limit))
            return false;
    } else if (s.n == 0) {
        return false; /* white space alone: nothing would be left to store */
    }
    slot->text = s;
    slot->changed = s.n != f->as.string.n;
    *json = slot->changed ? ms_judge_quoted(j, s) : f->raw;
    return true;
}
