/* What must be true before anything is served: tables, accounts, versions. */
#include "base/log.h"
#include "host/migrate.h"
#include "host/role.h"

#include <stdio.h>

static const char set[] = "crm";

static void say_step(void *arg, const char *verb, const ms_migration *migration)
{
    (void)arg;
    ms_log *l = ms_log_begin(MS_LOG_INFO, "migrate.apply");
    ms_log_z(l, "step", verb);
    ms_log_int(l, "number", migration->number);
    ms_log_str(l, "name", migration->name);
    ms_log_end(l);
}

static ms_status check_schema(ms_role *role, ms_arena *arena, ms_error *err)
{
    ms_migration *list = NULL;
    size_t n = 0, pending = 0;
    ms_status status = ms_migrate_status(&role->db, arena, set, &list, &n, err);
    for (size_t i = 0; status == MS_OK && i < n; i++)
        pending += !list[i].applied;
    if (status == MS_OK && pending) {
        ms_fail(err, MS_CONFLICT, "%zu migrations of the crm database are not applied", pending);
        ms_hint(err, "apply them: moonsift migrate up (or start with --migrate)");
        return MS_CONFLICT;
    }
    return status;
}

static ms_status make_accounts(ms_role *role, ms_arena *arena, ms_error *err)
{
    const ms_config_account *accounts = NULL;
    size_t n = ms_config_accounts(role->process->config, &accounts);
    int64_t *ids = ms_alloc_zero(arena, n + 1, sizeof *ids);
    ms_statements list = {0};
    if (!ids)
        return ms_fail(err, MS_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        ids[i] = accounts[i].id;
    ms_status status = role->crm->accounts(role->crm_self, arena, ids, n, &list, err);
    if (status == MS_OK && list.n)
        status = ms_db_run(&role->db, NULL, list.items, list.n, 0, NULL, err);
    return status;
}

static ms_status check_drafts(const ms_config *config, const ms_draft *drafts, size_t n,
                              ms_error *err)
{
    const ms_script_limits limits = {.memory_bytes = (size_t)ms_config_int(config, "rules.memory")};
    for (size_t i = 0; i < n; i++) {
        ms_error fault = {0};
        ms_status status = ms_draft_check(&drafts[i], &limits, &fault);
        if (status == MS_OK)
            continue;
        ms_fail(err, MS_CHECK, "vertical " MS_FMT ": %.400s", MS_ARG(drafts[i].name), fault.text);
        ms_hint(err, "%s",
                fault.hint[0] ? fault.hint
                              : "the active version goes on judging until this is mended");
        return MS_CHECK;
    }
    return MS_OK;
}

static ms_status activate(ms_role *role, ms_arena *arena, const ms_draft *drafts, size_t n,
                          ms_error *err)
{
    int changed = 0;
    if (n == 0)
        return MS_OK;
    ms_status status =
        ms_versions_activate(&role->db, arena, drafts, n, "loaded by serve", true, &changed, err);
    if (status == MS_OK && changed) {
        ms_log *l = ms_log_begin(MS_LOG_INFO, "activate");
        ms_log_int(l, "versions", changed);
        ms_log_end(l);
    }
    return status;
}

ms_status ms_setup_run(const ms_process *process, const ms_draft *drafts, size_t n, bool migrate,
                       ms_error *err)
{
    ms_role role;
    ms_arena *arena = ms_arena_new(0);
    ms_status status = MS_NOMEM;
    if (!arena)
        return ms_fail(err, MS_NOMEM, "out of memory");
    status = check_drafts(process->config, drafts, n, err);
    if (status != MS_OK)
        goto done;
    status = ms_role_open(&role, process, NULL, NULL, err);
    if (status != MS_OK)
        goto done;
    if (migrate)
        status = ms_migrate_up(&role.db, set, 0, say_step, NULL, err);
    if (status == MS_OK)
        status = check_schema(&role, arena, err);
    if (status == MS_OK)
        status = ms_role_crm(&role, err);
    if (status == MS_OK)
        status = make_accounts(&role, arena, err);
    if (status == MS_OK)
        status = activate(&role, arena, drafts, n, err);
    ms_role_close(&role);
done:
    ms_arena_free(arena);
    return status;
}
