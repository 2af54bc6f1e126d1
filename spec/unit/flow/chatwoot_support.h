/* What the specs of the chatwoot plugin share: Chatwoot's tables with two accounts and somebody in
 * them, and the short ways to ask of the crm plugin's specs. */
#ifndef SPEC_CHATWOOT_SUPPORT_H
#define SPEC_CHATWOOT_SUPPORT_H

#include "crm_support.h"
#include <sys/wait.h>

const ms_plugin_entry *moonsift_plugin_chatwoot(void);

static const ms_crm *stand_alone;

/* The newest release; `self` remembers what the survey said. */
static inline void survey(void)
{
    ms_rows rows = {0};
    ms_error err = {0};
    if (ms_db_query(&database.client, arena, crm->survey, NULL, 0, &rows, &err) != MS_OK ||
        crm->surveyed(crm_self, &rows, &err) != MS_OK)
        fail_msg("%s", err.text);
}

static inline int open_chatwoot(void **state)
{
    (void)state;
    spec_pg_new(&database.pg);
    spec_pg_chatwoot(&database.pg, "chatwoot");
    spec_database_connect(&database, "chatwoot");
    stand_alone = ms_loaded_table(database.crm, MS_TABLE_CRM);
    ms_loaded *loaded = spec_plugin(database.plugins, moonsift_plugin_chatwoot());
    crm = ms_loaded_table(loaded, MS_TABLE_CRM);
    crm_self = ms_loaded_self(loaded);
    script("CREATE SCHEMA moonsift; CREATE TABLE moonsift.contact_ref (account_id bigint,"
           " source text, external_id text, contact_id bigint,"
           " PRIMARY KEY (account_id, source, external_id))");
    return 0;
}

/* Each test starts with accounts 1 and 2, without contacts and tags, in the newest release. A
 * session that is not in UTC shows what takes a time without zone for its own. */
static inline int nobody(void **state)
{
    (void)state;
    arena = ms_arena_new(0);
    script("TRUNCATE accounts, contacts, labels, tags, taggings, moonsift.contact_ref"
           " RESTART IDENTITY;"
           "INSERT INTO accounts (name, created_at, updated_at) SELECT 'Account', t, t"
           " FROM (SELECT now() AT TIME ZONE 'utc' AS t) n, generate_series(1, 2);"
           "ALTER DATABASE chatwoot SET timezone = 'Pacific/Auckland'");
    survey();
    return 0;
}

/* A contact that was last saved on the first of May. */
static inline void contact(int64_t id, int64_t account, const char *email, const char *phone,
                           const char *attributes)
{
    ms_error err = {0};
    ms_rows rows = {0};
    ms_value params[] = {ms_int(id), ms_int(account), ms_string_or_null(ms_str_z(email)),
                         ms_string_or_null(ms_str_z(phone)),
                         ms_string_or_null(ms_str_z(attributes))};
    if (ms_db_query(&database.client, arena,
                    "INSERT INTO contacts (id, account_id, name, email, phone_number,"
                    " custom_attributes, created_at, updated_at) VALUES ($1::bigint, $2, 'N' || "
                    "($1::bigint)::text, $3, $4,"
                    " $5::jsonb, '2026-05-01', '2026-05-01')",
                    params, 5, &rows, &err) != MS_OK)
        fail_msg("%s", err.text);
}

/* As Rails does: the tag by its name as it is, and a tagging without tagger. */
static inline void tagged(const char *name, const char *type, int64_t id, const char *about)
{
    ms_error err = {0};
    ms_rows rows = {0};
    ms_value params[] = {ms_string(ms_str_z(name)), ms_string(ms_str_z(type)), ms_int(id),
                         ms_string(ms_str_z(about))};
    if (ms_db_query(
            &database.client, arena,
            "WITH made AS (INSERT INTO tags (name) VALUES ($1)"
            "  ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id)"
            " INSERT INTO taggings (tag_id, taggable_type, taggable_id, context, created_at)"
            " SELECT id, $2, $3, $4, '2026-05-01' FROM made",
            params, 4, &rows, &err) != MS_OK)
        fail_msg("%s", err.text);
}

/* Another session's transaction: returns when `first` has run, `then` and the commit follow 0.3 s
 * later, while the spec is waiting for its locks. To be waited for. */
static inline pid_t hold(const char *first, const char *then)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        ms_str program = ms_arena_format(arena, "%s/psql", database.pg.bin);
        ms_str begin = ms_arena_format(arena, "BEGIN; %s", first);
        ms_str end = ms_arena_format(arena, "SELECT pg_sleep(0.3); %s; COMMIT", then);
        if (dup2(ready[1], 9) == 9 && dup2(2, 1) == 1)
            execl(program.p, "psql", "-qXtA", "-o", "/dev/null", "-h", database.pg.folder, "-U",
                  "moonsift", "-c", begin.p, "-c", "\\! echo >&9", "-c", end.p, "chatwoot",
                  (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static inline const char *read_told(const int64_t *ids, size_t n, int64_t account, bool lock)
{
    ms_rows rows = read_contacts(ids, n, account, lock);
    return told(&rows);
}

static inline const char *read_one(int64_t account, int64_t id)
{
    return read_told(&id, 1, account, false);
}

#endif
