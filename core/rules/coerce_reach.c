/* How to reach somebody: e-mail addresses and phone numbers, in the form that base/text.h gives
 * those of the contact itself, so that the two compare. */
#include "rules/inside.h"

#include "base/text.h"

/* ---- e-mail --------------------------------------------------------------------------------- */

static bool is_label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || (unsigned char)c >= 0x80;
}

/* Names joined by dots, at least two; a name neither begins nor ends with a hyphen. */
static bool is_mail_domain(ms_str s)
{
    size_t dots = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool at_border = i == 0 || s.p[i - 1] == '.' || i + 1 == s.n || s.p[i + 1] == '.';
        dots += s.p[i] == '.';
        if (s.p[i] != '.' && (!is_label_char(s.p[i]) || (at_border && s.p[i] == '-')))
            return false;
    }
    return dots > 0;
}

/* What a mail server takes without quotes. */
static bool is_mailbox(ms_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool dot = s.p[i] == '.', at_border = i == 0 || i + 1 == s.n;
        if (strchr("()<>[]:;,\\\"", s.p[i]) || (dot && (at_border || s.p[i - 1] == '.')))
            return false;
    }
    return s.n <= 64;
}

ms_why ms_coerce_email(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                       ms_slot *slot, ms_str *json)
{
    char form[MS_EMAIL_BYTES];
    (void)a, (void)quoted;
    if (f->kind != MS_STRING)
        return MS_WHY_KIND;
    size_t n = ms_email_form(f->as.string, form), at = 0;
    if (!n)
        return MS_WHY_FORM;
    while (form[at] != '@')
        at++;
    if (!is_mailbox((ms_str){form, at}) || !is_mail_domain((ms_str){form + at + 1, n - at - 1}))
        return MS_WHY_FORM;
    ms_take_form(j, f, (ms_str){form, n}, slot, json);
    return MS_WHY_NONE;
}

/* ---- phone ---------------------------------------------------------------------------------- */

enum { LONGEST_PHONE = 64 };

/* "(06) 12 34" with country 31: "+316) 12 34"; false when it is not written as dialled inside a
 * country. A bracket that opens before the zero opens nothing any more. */
static bool from_country(ms_str s, ms_str country, char out[LONGEST_PHONE], size_t *n)
{
    size_t zero = s.n && s.p[0] == '(';
    if (!country.n || s.n + country.n + 1 > LONGEST_PHONE || s.n < zero + 2 || s.p[zero] != '0' ||
        s.p[zero + 1] == '0')
        return false;
    *n = 0;
    out[(*n)++] = '+';
    memcpy(out + *n, country.p, country.n);
    *n += country.n;
    memcpy(out + *n, s.p + zero + 1, s.n - zero - 1);
    *n += s.n - zero - 1;
    return true;
}

ms_why ms_coerce_phone(ms_judge *j, const ms_attribute *a, const ms_str *quoted, const ms_field *f,
                       ms_slot *slot, ms_str *json)
{
    char full[LONGEST_PHONE], form[MS_PHONE_BYTES];
    size_t n = 0;
    (void)quoted;
    if (f->kind != MS_STRING)
        return MS_WHY_KIND;
    ms_str s = ms_trim(f->as.string);
    if (from_country(s, a->country, full, &n))
        s = (ms_str){full, n};
    n = ms_phone_form(s, form);
    if (!n)
        return MS_WHY_FORM;
    ms_take_form(j, f, (ms_str){form, n}, slot, json);
    return MS_WHY_NONE;
}
