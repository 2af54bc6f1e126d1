/* Decisions as JSON text. Names, labels and rule ids were quoted when the vertical was sealed. */
#include "rules/inside.h"

bool ms_needs_escape(ms_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == '"' || c == '\\')
            return true;
    }
    return false;
}

void ms_put_quoted(ms_buf *buf, ms_str s)
{
    if (ms_needs_escape(s)) {
        ms_json_string(buf, s);
        return;
    }
    ms_buf_char(buf, '"');
    ms_buf_str(buf, s);
    ms_buf_char(buf, '"');
}

/* Starts a member or element: a comma before all but the first. */
static inline void next(ms_buf *buf, bool *first)
{
    if (!*first)
        ms_buf_char(buf, ',');
    *first = false;
}

/* What stands under a known name afterwards; p == NULL: nothing. */
static ms_str value_of(const ms_judge *j, const ms_vertical *v, const ms_name *name)
{
    if (name->managed >= 0)
        return j->managed[name->managed];
    if (j->items[name->slot].state == MS_SLOT_VALID && !j->items[name->slot].defaulted)
        return j->json[name->slot];
    return v->attributes[name->slot].type == MS_T_AS_IS
               ? j->incoming[name - ms_sealed_of(v)->names]->raw
               : MS_NONE;
}

void ms_decision_attributes(const ms_decision *d, const ms_fields *attributes, ms_buf *buf)
{
    const ms_judge *j = d->judge;
    const ms_vertical *v = d->slots->vertical;
    const ms_sealed *s = ms_sealed_of(v);
    bool first = true;
    ms_buf_char(buf, '{');
    for (size_t i = 0; i < j->n_roles; i++) {
        if (j->roles[i] == MS_ROLE_REPEATED)
            continue;
        if (j->roles[i] == MS_ROLE_OTHER) {
            next(buf, &first);
            ms_put_quoted(buf, attributes->items[i].key);
            ms_buf_char(buf, ':');
            ms_buf_str(buf, attributes->items[i].raw);
            continue;
        }
        const ms_name *name = &s->names[j->roles[i]];
        ms_str value = value_of(j, v, name);
        if (!value.p)
            continue;
        next(buf, &first);
        ms_buf_str(buf, name->json);
        ms_buf_str(buf, value);
    }
    for (uint32_t i = 0; i < s->n_managed; i++) { /* those that were not there before */
        uint16_t name = s->managed_name[i];
        if (name == MS_NO_NAME || j->incoming[name] || !j->managed[i].p)
            continue;
        next(buf, &first);
        ms_buf_str(buf, s->names[name].json);
        ms_buf_str(buf, j->managed[i]);
    }
    ms_buf_char(buf, '}');
}

void ms_decision_changes(const ms_change *changes, uint32_t n, ms_buf *buf)
{
    bool first = true;
    ms_buf_char(buf, '{');
    for (uint32_t i = 0; i < n; i++) {
        next(buf, &first);
        if (changes[i].member.p) {
            ms_buf_str(buf, changes[i].member);
        } else {
            ms_put_quoted(buf, changes[i].key);
            ms_buf_char(buf, ':');
        }
        ms_buf_str(buf, changes[i].after.p ? changes[i].after : MS_STR("null"));
    }
    ms_buf_char(buf, '}');
}

void ms_decision_labels(const ms_decision *d, ms_buf *buf)
{
    const ms_sealed *s = ms_sealed_of(d->slots->vertical);
    bool first = true;
    ms_buf_char(buf, '[');
    for (uint64_t left = d->labels; left; left &= left - 1) {
        next(buf, &first);
        ms_buf_str(buf, s->label_json[__builtin_ctzll(left)]);
    }
    ms_buf_char(buf, ']');
}

void ms_decision_rules(const ms_vertical *v, const ms_bits *rules, ms_buf *buf)
{
    const ms_sealed *s = ms_sealed_of(v);
    bool first = true;
    ms_buf_char(buf, '[');
    for (uint32_t w = 0; w < MS_MAX_RULES / 64; w++) {
        for (uint64_t left = rules->word[w]; left; left &= left - 1) {
            next(buf, &first);
            ms_buf_str(buf, s->rule_json[w * 64 + (uint32_t)__builtin_ctzll(left)]);
        }
    }
    ms_buf_char(buf, ']');
}

void ms_decision_errors(const ms_decision *d, ms_buf *buf)
{
    const ms_sealed *s = ms_sealed_of(d->slots->vertical);
    bool first = true;
    ms_buf_char(buf, '[');
    for (uint32_t i = 0; i < d->n_errors; i++) {
        ms_str name = s->names[s->slot_name[d->errors[i]]].json;
        next(buf, &first);
        ms_buf_add(buf, name.p, name.n - 1); /* without the colon */
    }
    ms_buf_char(buf, ']');
}

/* A string says more without its quotes; whoever the contact is, is not told (words.h). */
static void add_shown(const ms_attribute *a, const ms_field *f, ms_buf *buf)
{
    ms_str s = f->kind == MS_STRING ? f->as.string : f->raw;
    char cut[MS_SHOWN_BYTES + 3];
    if (a->personal)
        s = MS_STR("(personal)");
    if (s.n > MS_SHOWN_BYTES) {
        size_t n = MS_SHOWN_BYTES;
        while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
            n--;
        memcpy(cut, s.p, n);
        memcpy(cut + n, "…", 3);
        s = (ms_str){cut, n + 3};
    }
    ms_put_quoted(buf, s);
}

void ms_decision_invalid(const ms_decision *d, ms_buf *buf)
{
    const ms_sealed *s = ms_sealed_of(d->slots->vertical);
    bool first = true;
    ms_buf_char(buf, '{');
    for (uint32_t i = 0; i < d->n_errors; i++) {
        const ms_attribute *a = &d->slots->vertical->attributes[d->errors[i]];
        const ms_slot *slot = &d->slots->items[d->errors[i]];
        next(buf, &first);
        ms_buf_str(buf, s->names[s->slot_name[d->errors[i]]].json);
        ms_buf_str(buf, MS_STR("{\"value\":"));
        add_shown(a, slot->field, buf);
        ms_buf_str(buf, MS_STR(",\"why\":\""));
        ms_why_words(a, (ms_why)slot->why, buf); /* nothing in it needs an escape */
        ms_buf_str(buf, MS_STR("\"}"));
    }
    ms_buf_char(buf, '}');
}

void ms_decision_line(const ms_decision *d, ms_str id, const ms_fields *attributes, ms_buf *buf)
{
    const ms_vertical *v = d->slots->vertical;
    const ms_sealed *s = ms_sealed_of(v);
    ms_buf_str(buf, MS_STR("{\"id\":"));
    ms_buf_str(buf, id.p ? id : MS_STR("null"));
    ms_buf_str(buf, s->head);
    ms_decision_attributes(d, attributes, buf);
    ms_buf_str(buf, MS_STR(",\"changed\":"));
    ms_decision_changes(d->changed, d->n_changed, buf);
    ms_buf_str(buf, MS_STR(",\"writes\":"));
    ms_decision_changes(d->writes, d->n_writes, buf);
    ms_buf_str(buf, MS_STR(",\"score\":"));
    ms_buf_str(buf, d->managed[v->n_derived + 1]);
    ms_buf_str(buf, MS_STR(",\"lead_status\":"));
    ms_str status = d->managed[v->n_derived];
    ms_buf_str(buf, status.p ? status : MS_STR("null"));
    ms_buf_str(buf, MS_STR(",\"labels\":"));
    ms_decision_labels(d, buf);
    ms_buf_str(buf, MS_STR(",\"fired\":"));
    ms_decision_rules(v, &d->fired, buf);
    ms_buf_str(buf, MS_STR(",\"unknown\":"));
    ms_decision_rules(v, &d->unknown, buf);
    ms_buf_str(buf, MS_STR(",\"errors\":"));
    ms_decision_errors(d, buf);
    if (d->n_errors) {
        ms_buf_str(buf, MS_STR(",\"invalid\":"));
        ms_decision_invalid(d, buf);
    }
    ms_buf_char(buf, '}');
}
