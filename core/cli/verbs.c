/*
 * cli/verbs.c: the list of verbs.
 */
#include "base/text.h"
#include "cli/verb.h"

/* In the order people need them. */
const ms_verb *const ms_verbs[] = {
    &ms_verb_init,       &ms_verb_types,
    &ms_verb_schema,     &ms_verb_check,
    &ms_verb_test,       &ms_verb_rules,
    &ms_verb_serve,      &ms_verb_evaluate,
    &ms_verb_explain,    &ms_verb_deliveries,
    &ms_verb_versions,   &ms_verb_activate,
    &ms_verb_rollback,   &ms_verb_unpark,
    &ms_verb_migrate,    &ms_verb_db,
    &ms_verb_config,     &ms_verb_plugins,
    &ms_verb_completion, &ms_verb_version,
    &ms_verb_help,       NULL,
};
enum { N_VERBS = sizeof ms_verbs / sizeof ms_verbs[0] };

const ms_verb *ms_verb_find(const char *name)
{
    for (size_t i = 0; ms_verbs[i]; i++)
        if (strcmp(ms_verbs[i]->name, name) == 0)
            return ms_verbs[i];
    return NULL;
}

const char *ms_verb_nearest(const char *name)
{
    const char *names[N_VERBS] = {NULL};
    for (size_t i = 0; ms_verbs[i]; i++)
        names[i] = ms_verbs[i]->name;
    return ms_nearest(ms_str_z(name), names);
}
