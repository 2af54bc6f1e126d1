/* The verticals that a configuration names, read from disk. */
#include "host/serve.h"

typedef struct names {
    ms_str items[1024];
    size_t n;
    bool full;
} names;

static void add_name(names *list, ms_str name)
{
    if (!name.p || ms_str_eqz(name, "none"))
        return;
    for (size_t i = 0; i < list->n; i++)
        if (ms_str_eq(list->items[i], name))
            return;
    list->full = list->n == sizeof list->items / sizeof *list->items;
    if (!list->full)
        list->items[list->n++] = name;
}

static void collect(const ms_config *config, names *list)
{
    const ms_config_account *accounts = NULL;
    const ms_config_source *sources = NULL;
    size_t n = ms_config_accounts(config, &accounts);
    for (size_t i = 0; i < n; i++) {
        add_name(list, accounts[i].vertical);
        for (size_t k = 0; k < accounts[i].n_inboxes; k++)
            add_name(list, accounts[i].inboxes[k].vertical);
    }
    n = ms_config_sources(config, &sources);
    for (size_t i = 0; i < n; i++)
        add_name(list, sources[i].vertical);
}

ms_status ms_drafts_read(ms_arena *arena, const ms_config *config, const char *scripts,
                         ms_draft **out, size_t *n, ms_error *err)
{
    names list = {0};
    collect(config, &list);
    *n = 0;
    if (list.full)
        return ms_fail(err, MS_INVALID, "the configuration names more than %zu verticals", list.n);
    ms_draft *drafts = ms_alloc_zero(arena, list.n + 1, sizeof *drafts);
    if (!drafts)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < list.n; i++) {
        ms_str name = ms_arena_dup(arena, list.items[i]);
        if (!name.p)
            return ms_fail(err, MS_NOMEM, "out of memory");
        drafts[i].name = name;
        ms_status status =
            ms_script_files(arena, scripts, name.p, &drafts[i].files, &drafts[i].n, err);
        if (status != MS_OK)
            return status;
        (*n)++;
    }
    *out = drafts;
    return MS_OK;
}
