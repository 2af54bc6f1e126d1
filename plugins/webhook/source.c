/* What every sender's source has: secrets, tokens, tolerance, wanted events. */
#include "webhook.h"
#include <moonsift/provide/config.h>
#include <stdlib.h>

enum { TOLERANCE_S = 300, TOLERANCE_MAX_S = 24 * 3600, TOKEN_MIN = 8 };

static ms_status read_tolerance(ms_source *source, const char *name, const ms_value *config,
                                ms_error *err)
{
    const ms_value *value = ms_get(config, "tolerance");
    source->tolerance = TOLERANCE_S;
    if (!value || value->kind == MS_NULL)
        return MS_OK;
    int64_t ms = ms_as_int(value, 0); /* the host hands durations in as milliseconds */
    if (ms < 1000 || ms > (int64_t)TOLERANCE_MAX_S * 1000) {
        ms_fail(err, MS_INVALID, "sources.%s.tolerance is no duration from 1s to 24h", name);
        return ms_hint(err, "write tolerance: 300s, or leave it out");
    }
    source->tolerance = ms / 1000;
    return MS_OK;
}

static int event_index(const char *const *events, ms_str name)
{
    for (int i = 0; events[i]; i++)
        if (ms_str_eqz(name, events[i]))
            return i;
    return -1;
}

static ms_status read_events(ms_source *source, const char *name, const char *const *events,
                             const ms_value *config, ms_error *err)
{
    const ms_value *list = ms_get(config, "events");
    source->wanted = UINT32_MAX;
    if (!list || list->kind == MS_NULL)
        return MS_OK;
    source->wanted = 0;
    if (list->kind != MS_ARRAY || !list->count) {
        ms_fail(err, MS_INVALID, "sources.%s.events is no list of events", name);
        return ms_hint(err, "write events: [%s], or leave it out", events[0]);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        ms_str event = ms_as_str(&list->as.items[i]);
        int index = event_index(events, event);
        if (index < 0) {
            ms_fail(err, MS_INVALID, "sources.%s.events: \"" MS_FMT "\" is no event of this sender",
                    name, MS_ARG(event));
            return ms_hint(err, "known: %s, %s and others; see `moonsift plugins describe webhook`",
                           events[0], events[1]);
        }
        source->wanted |= 1u << index;
    }
    return MS_OK;
}

/* Without a secret the token alone keeps strangers out. */
static ms_status check_credentials(const ms_source *source, const char *name, ms_error *err)
{
    if (!source->secrets.n && !source->tokens.n) {
        ms_fail(err, MS_INVALID, "sources.%s has neither a secret nor a token", name);
        return ms_hint(err, "set secret_file to a file with the webhook's secret, or token_file "
                            "for releases that do not sign");
    }
    for (size_t i = 0; i < source->tokens.n; i++) {
        if (source->tokens.items[i].n < TOKEN_MIN) {
            ms_fail(err, MS_INVALID, "sources.%s: the token is shorter than %d characters", name,
                    TOKEN_MIN);
            return ms_hint(err, "make one with: openssl rand -hex 16");
        }
    }
    return MS_OK;
}

static void warn_unsigned(const ms_source *source, const char *name)
{
    const ms_host *host = source->plugin->host;
    ms_member field = {MS_STR("source"), ms_string(ms_str_z(name))};
    ms_value fields = ms_object(&field, 1);
    if (!source->secrets.n)
        host->log(host, MS_LOG_WARN, "source.unsigned", &fields);
}

ms_status ms_webhook_open(ms_plugin *self, const char *name, const ms_hook_scheme *scheme,
                          const char *const *events, const ms_value *config, ms_source **out,
                          ms_error *err)
{
    *out = NULL;
    ms_source *source = calloc(1, sizeof *source);
    if (!source)
        return ms_fail(err, MS_NOMEM, "out of memory");
    source->plugin = self;
    source->scheme = scheme;

    ms_status status =
        ms_hook_secrets_read(ms_get(config, "secret"), "secret", &source->secrets, err);
    if (status == MS_OK)
        status = ms_hook_secrets_read(ms_get(config, "token"), "token", &source->tokens, err);
    if (status == MS_OK)
        status = check_credentials(source, name, err);
    if (status == MS_OK)
        status = read_tolerance(source, name, config, err);
    if (status == MS_OK)
        status = read_events(source, name, events, config, err);
    if (status != MS_OK) {
        ms_webhook_close(source);
        return status;
    }
    warn_unsigned(source, name);
    *out = source;
    return MS_OK;
}

void ms_webhook_close(ms_source *source)
{
    if (!source)
        return;
    ms_hook_secrets_wipe(&source->secrets);
    ms_hook_secrets_wipe(&source->tokens);
    free(source);
}

ms_status ms_webhook_verify(ms_source *source, const ms_request *request, ms_error *err)
{
    if (source->tokens.n) {
        ms_status status = ms_hook_token_verify(&source->tokens, request->token, err);
        if (status != MS_OK)
            return status;
    }
    if (!source->secrets.n)
        return MS_OK;
    return ms_hook_scheme_verify(source->scheme, &source->secrets, source->tolerance, request, err);
}
