/*
 * Table "moonsift.crm/1": one layout of contacts, conversations, messages and labels.
 *
 * The adapter writes SQL, the host runs it: inside one transaction with the host's own journal, so
 * that a decision and its effects commit together. Each function appends statements to `out`; the
 * host executes them in order and hands result sets back where one is promised. Memory comes from
 * the arena of the call.
 */
#ifndef MOONSIFT_PROVIDE_CRM_H
#define MOONSIFT_PROVIDE_CRM_H

#include <moonsift/event.h>
#include <moonsift/plugin.h>
#include <moonsift/provide/database.h>

#define MS_TABLE_CRM "moonsift.crm/1"

/* A growing list of statements; the host owns it. */
typedef struct ms_statements {
    ms_statement *items;
    size_t n, capacity;
} ms_statements;

/* Who is meant, as the sender says it. E-mail trimmed and lower case, phone E.164, or p == NULL. */
typedef struct ms_crm_ref {
    int64_t account_id;
    ms_str source; /* configured source's name */
    ms_str external_id, email, phone_number, identifier;
    bool native; /* the sender is this very CRM: external_id is its contact's id, and nothing else
                    of the reference counts. Looked at by layouts that are the system of record. */
} ms_crm_ref;

/* What is to be written to one contact. */
typedef struct ms_crm_contact {
    int64_t account_id, contact_id;
    bool create; /* the row does not exist yet: insert it under this id */
    bool update; /* any of name .. additional differs from what is stored */
    ms_str name, email, phone_number, identifier; /* final values, p == NULL: NULL */
    ms_str attributes;                            /* final JSON object */
    ms_str patch; /* JSON object: the keys of `attributes` that change; p == NULL: not told apart */
    ms_str drop;  /* JSON array of the keys that go; p == NULL: none. Both are looked at by layouts
                     that others write to at the same time: they merge. */
    const ms_str *add_labels, *remove_labels; /* titles */
    size_t n_add, n_remove;
} ms_crm_contact;

/* Conversations and messages of one event, with the contacts it resolved to. */
typedef struct ms_crm_event {
    ms_str source;
    const ms_event *event;
    const int64_t *contact_ids; /* by index of event->contacts; 0: not stored */
} ms_crm_event;

typedef struct ms_crm {
    uint32_t size;
    const char *layout; /* "stand-alone" */
    const char *summary;

    /* One statement, one row, one column: "t" when this layout is what the database holds, "f" when
     * another layout is, NULL when there is none yet. */
    const char *detect;

    /* One statement; rows in order of `refs`: contact_id, is_new ("t": nobody known; the id is
     * reserved for the contact to be created). Matches by the sender's own id, then e-mail, then
     * phone; identifier is matched like the sender's id. */
    ms_status (*resolve)(ms_plugin *self, ms_arena *arena, const ms_crm_ref *refs, size_t n,
                         ms_statements *out, ms_error *err);

    /* One statement; rows in id order, locked FOR UPDATE when `lock`: account_id, contact_id, name,
     * email, phone_number, identifier, attributes (JSON text, never NULL), labels (JSON array of
     * titles, sorted). Missing contacts have no row. */
    ms_status (*read)(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                      const int64_t *contact_ids, size_t n, bool lock, ms_statements *out,
                      ms_error *err);

    /* Writes contacts (create, update) and their labels. Only differences are handed in. */
    ms_status (*write)(ms_plugin *self, ms_arena *arena, const ms_crm_contact *contacts, size_t n,
                       ms_statements *out, ms_error *err);

    /* Stores inboxes, conversations and messages, idempotently, newest state wins by updated_at;
     * may append nothing. Runs after `write`. */
    ms_status (*store)(ms_plugin *self, ms_arena *arena, const ms_crm_event *events, size_t n,
                       ms_statements *out, ms_error *err);

    /* Makes sure that these accounts can be written to (row, labels). May append nothing. */
    ms_status (*accounts)(ms_plugin *self, ms_arena *arena, const int64_t *account_ids, size_t n,
                          ms_statements *out, ms_error *err);

    /* Optional (NULL: `read` needs none). Statements without result that lock these contacts in id
     * order, to be run before `read`, so that what it reads beside the row (labels) is as new as
     * the row that it waited for. */
    ms_status (*lock)(ms_plugin *self, ms_arena *arena, const int64_t *account_ids,
                      const int64_t *contact_ids, size_t n, ms_statements *out, ms_error *err);

    /* Optional. One statement; rows key, value (text, may be NULL): what is worth knowing about
     * the database. `release` (a sentence), `missing_rights` (comma list, empty: none) and whatever
     * else the layout tells. Reads the catalogues only. */
    const char *survey;

    /* With `survey`: takes its rows, once, before any other function but `detect`; the adapter
     * remembers what its statements depend on. Without it, it assumes the newest release. */
    ms_status (*surveyed)(ms_plugin *self, const ms_rows *rows, ms_error *err);
} ms_crm;

#endif
