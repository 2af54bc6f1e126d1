/* What scripts/moonsift/spec_output.lua prints, among whatever the specs print themselves. */
#include "cli/specs.h"

#include "base/json.h"

static const char mark[] = "@moonsift-spec ";

typedef struct reading {
    ms_arena *arena;
    ms_specs *out;
    size_t capacity;
    bool done; /* all that were to run have run */
} reading;

static bool add(reading *r, const ms_spec *spec)
{
    ms_specs *o = r->out;
    if (o->n == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 32;
        ms_spec *items = ms_alloc_zero(r->arena, capacity, sizeof *items);
        if (!items)
            return false;
        if (o->n)
            memcpy(items, o->items, o->n * sizeof *items);
        o->items = items;
        r->capacity = capacity;
    }
    o->items[o->n++] = *spec;
    o->passed += spec->end == MS_SPEC_PASSED;
    o->failed += spec->end == MS_SPEC_FAILED;
    o->skipped += spec->end == MS_SPEC_SKIPPED;
    return true;
}

static ms_spec_end end_of(ms_str word)
{
    if (ms_str_eqz(word, "success"))
        return MS_SPEC_PASSED;
    return ms_str_eqz(word, "pending") ? MS_SPEC_SKIPPED : MS_SPEC_FAILED;
}

/* False: no memory. A line that is none of ours is a spec's own. */
static bool take_line(reading *r, ms_str line)
{
    ms_value v = ms_null();
    size_t n = sizeof mark - 1;
    if (line.n < n || memcmp(line.p, mark, n) != 0)
        return true;
    ms_str text = ms_arena_dup(r->arena, (ms_str){line.p + n, line.n - n});
    if (!text.p)
        return false;
    if (ms_json_parse(r->arena, text, &v, NULL) || v.kind != MS_OBJECT)
        return true;
    const ms_value *done = ms_get(&v, "done");
    if (done) {
        r->done = done->kind == MS_INT && (size_t)done->as.integer == r->out->n;
        return true;
    }
    const ms_spec spec = {.name = ms_as_str(ms_get(&v, "name")),
                          .place = ms_as_str(ms_get(&v, "place")),
                          .message = ms_as_str(ms_get(&v, "message")),
                          .end = end_of(ms_as_str(ms_get(&v, "end")))};
    return add(r, &spec);
}

/* The end of what was printed is where the reason stands, if anywhere. */
static bool add_early_end(reading *r, ms_str printed)
{
    const size_t most = 2000;
    ms_str tail = printed.n > most ? (ms_str){printed.p + printed.n - most, most} : printed;
    const ms_spec spec = {.name = MS_STR("busted ended before all specs had run"),
                          .place = MS_STR(""),
                          .message = ms_arena_dup(r->arena, tail),
                          .end = MS_SPEC_FAILED};
    return spec.message.p && add(r, &spec);
}

ms_status ms_specs_read(ms_arena *arena, ms_str printed, ms_specs *out, ms_error *err)
{
    reading r = {.arena = arena, .out = out};
    bool ok = true;
    for (ms_str rest = printed; rest.n && ok;) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : rest.n;
        ok = take_line(&r, (ms_str){rest.p, n});
        n += end != NULL;
        rest = (ms_str){rest.p + n, rest.n - n};
    }
    if (ok && !r.done)
        ok = add_early_end(&r, printed);
    return ok ? MS_OK : ms_fail(err, MS_NOMEM, "out of memory");
}
