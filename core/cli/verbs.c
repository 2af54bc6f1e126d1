/*
 * cli/verbs.c: the list of verbs.
 */
#include "base/text.h"
#include "cli/verb.h"

/* A verb whose file is not part of this build is left out of the list. */
#pragma weak ms_verb_serve
#pragma weak ms_verb_evaluate
#pragma weak ms_verb_explain
#pragma weak ms_verb_deliveries
#pragma weak ms_verb_migrate
#pragma weak ms_verb_db
#pragma weak ms_verb_config
#pragma weak ms_verb_plugins

/* In the order people need them. One that is not linked into this program is NULL. */
static const ms_verb *const verbs[] = {
    &ms_verb_serve, &ms_verb_evaluate, &ms_verb_explain, &ms_verb_deliveries, &ms_verb_migrate,
    &ms_verb_db,    &ms_verb_config,   &ms_verb_plugins, &ms_verb_version,    &ms_verb_help,
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

const ms_verb *ms_verb_at(size_t i)
{
    for (size_t at = 0; at < N_VERBS; at++)
        if (verbs[at] && i-- == 0)
            return verbs[at];
    return NULL;
}

const ms_verb *ms_verb_find(const char *name)
{
    const ms_verb *verb;
    for (size_t i = 0; (verb = ms_verb_at(i)); i++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

const char *ms_verb_nearest(const char *name)
{
    const char *names[N_VERBS + 1] = {NULL};
    const ms_verb *verb;
    for (size_t i = 0; (verb = ms_verb_at(i)); i++)
        names[i] = verb->name;
    return ms_nearest(ms_str_z(name), names);
}
