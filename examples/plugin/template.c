/*
 * template.c: a whole plugin, to copy from.
 *
 * It provides two functions:
 *
 *     template.greet(name)              answers at once
 *     template.later(milliseconds, x)   answers `x` after a while, without blocking anybody
 *
 * and one key of moonsift.yaml:
 *
 *     plugins:
 *       template:
 *         file: ./template.so
 *         grant: [moonsift.loop/1]
 *         greeting: Goedemorgen
 *
 * README.md beside this file says how to build and try it. Everything a plugin may include stands
 * under core/include/moonsift; half of those headers is explanation.
 */
#include <moonsift/cap/loop.h>
#include <moonsift/provide/config.h>
#include <moonsift/provide/functions.h>
#include <stdlib.h>

/* ---- the instance --------------------------------------------------------------------------- */

/* A call of template.later that waits. The instance keeps a list of them, so that deactivate can
 * end them: the host's rule is one completion for each call. */
typedef struct later {
    struct later *next, *prev;
    ms_plugin *self;
    ms_call *call;
    ms_timer *timer;
    const ms_value *answer; /* borrowed from the arguments, which stay until the call completes */
} later;

/* Yours to define; the host passes the pointer around and never looks inside. */
struct ms_plugin {
    const ms_host *host;
    const ms_cap_loop *loop;
    char greeting[64];
    later waiting; /* head of the ring of calls under way */
};

/* ---- template.greet: answers before it returns ---------------------------------------------- */

static void greet(ms_plugin *self, ms_call *call, const ms_value *args, size_t n)
{
    /* Number and kinds were checked against `parameters` below; `name` may have been left off. */
    ms_str name = n > 0 && args[0].kind == MS_STRING ? ms_as_str(&args[0]) : MS_STR("world");
    size_t room = strlen(self->greeting) + name.n + 4;

    /* The call's arena is the place for results: it goes when the call is over. */
    char *text = self->host->alloc(call->arena, room);
    if (!text) {
        ms_error err;
        ms_fail(&err, MS_NOMEM, "out of memory");
        call->complete(call, MS_NOMEM, NULL, &err);
        return;
    }
    int length = snprintf(text, room, "%s, " MS_FMT "!", self->greeting, MS_ARG(name));
    const ms_value result = ms_string((ms_str){text, (size_t)length});
    call->complete(call, MS_OK, &result, NULL);
}

static const ms_parameter greet_parameters[] = {
    {"name", "string?", "Who is greeted; the world when left off."},
    {0},
};

/* ---- template.later: keeps the call and completes it from the loop -------------------------- */

static void let_go(later *l)
{
    l->self->loop->untimer(l->timer);
    l->prev->next = l->next;
    l->next->prev = l->prev;
}

static void time_is_up(void *arg)
{
    later *l = arg;
    const ms_value *answer = l->answer;
    ms_call *call = l->call;
    let_go(l);
    /* `l` lives in the call's arena: it must not be touched once the call is complete. */
    call->complete(call, MS_OK, answer, NULL);
}

static void call_later(ms_plugin *self, ms_call *call, const ms_value *args, size_t n)
{
    static const ms_value nothing = {.kind = MS_NULL};
    enum { LONGEST_MS = 60000 };
    ms_error err;
    int64_t delay = ms_as_int(&args[0], 0);
    if (delay < 0 || delay > LONGEST_MS) {
        ms_fail(&err, MS_INVALID, "milliseconds is %lld, wanted 0 to %d", (long long)delay,
                LONGEST_MS);
        ms_hint(&err, "give a smaller number");
        call->complete(call, err.status, NULL, &err);
        return;
    }
    later *l = self->host->alloc(call->arena, sizeof *l);
    if (!l) {
        ms_fail(&err, MS_NOMEM, "out of memory");
        call->complete(call, MS_NOMEM, NULL, &err);
        return;
    }
    *l = (later){.self = self, .call = call, .answer = n > 1 ? &args[1] : &nothing};
    ms_status s = self->loop->timer(self->host, (uint64_t)delay, 0, time_is_up, l, &l->timer, &err);
    if (s != MS_OK) {
        call->complete(call, s, NULL, &err);
        return;
    }
    l->next = &self->waiting;
    l->prev = self->waiting.prev;
    l->prev->next = l;
    self->waiting.prev = l;
}

static const ms_parameter later_parameters[] = {
    {"milliseconds", "integer", "How long to wait, at most a minute."},
    {"x", "any?", "What to answer; null when left off."},
    {0},
};

/* ---- tables --------------------------------------------------------------------------------- */

static const ms_function items[] = {
    {
        .name = "greet",
        .summary = "Greets somebody with the configured greeting.",
        .parameters = greet_parameters,
        .result = "string",
        .call = greet,
    },
    {
        .name = "later",
        .summary = "Answers its second argument after a while.",
        .parameters = later_parameters,
        .result = "any",
        .waits = true,
        .call = call_later,
    },
    {0},
};
static const ms_functions functions = {.size = sizeof functions, .items = items};

static const ms_config_key keys[] = {
    {"plugins.template", "greeting", "string", "Hello", "First word of template.greet.", false},
    {0},
};
static const ms_config_keys config_keys = {.size = sizeof config_keys, .items = keys};

/* Asked before activate, too: so that a plugin can be described without running it. */
static const void *table(const char *id)
{
    if (strcmp(id, MS_TABLE_FUNCTIONS) == 0)
        return &functions;
    if (strcmp(id, MS_TABLE_CONFIG) == 0)
        return &config_keys;
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

static ms_status read_greeting(ms_plugin *self, const ms_value *config, ms_error *err)
{
    const ms_value *greeting = ms_get(config, "greeting"); /* `config` may be NULL */
    ms_str text = greeting ? ms_as_str(greeting) : MS_STR("Hello");
    if (!text.p || text.n == 0 || text.n >= sizeof self->greeting) {
        ms_fail(err, MS_INVALID, "greeting must be a text of 1 to %zu bytes",
                sizeof self->greeting - 1);
        return ms_hint(err, "plugins: { template: { greeting: Hello } }");
    }
    memcpy(self->greeting, text.p, text.n);
    return MS_OK;
}

static ms_status activate(const ms_host *host, const ms_value *config, ms_plugin **out,
                          ms_error *err)
{
    *out = NULL;
    ms_plugin *self = calloc(1, sizeof *self);
    if (!self)
        return ms_fail(err, MS_NOMEM, "out of memory");
    self->host = host;
    self->waiting.next = self->waiting.prev = &self->waiting;
    self->loop = host->capability(host, MS_CAP_LOOP); /* granted, for it stands in `needs` */
    ms_status s = read_greeting(self, config, err);
    if (s != MS_OK) {
        free(self); /* on failure nothing stays behind */
        return s;
    }
    *out = self;
    return MS_OK;
}

static void deactivate(ms_plugin *self)
{
    while (self->waiting.next != &self->waiting) {
        later *l = self->waiting.next;
        ms_call *call = l->call;
        ms_error err;
        ms_fail(&err, MS_CANCELLED, "the plugin was stopped before the time was up");
        let_go(l);
        call->complete(call, MS_CANCELLED, NULL, &err);
    }
    free(self);
}

/* ---- the entry ------------------------------------------------------------------------------ */

static const char *const needs[] = {MS_CAP_LOOP, NULL};

static const ms_plugin_info info = {
    .size = sizeof info,
    .id = "template",
    .version = "0.1.0",
    .summary = "Greets, now or later; a plugin to copy from.",
    .needs = needs,
};

static const ms_plugin_entry entry = {
    .magic = MS_PLUGIN_MAGIC,
    .size = sizeof entry,
    .abi_major = MS_ABI_MAJOR,
    .abi_minor = MS_ABI_MINOR,
    .info = &info,
    .activate = activate,
    .deactivate = deactivate,
    .table = table,
};

MS_PLUGIN_EXPORT(template)
{
    return &entry;
}
