/*
 * flow/batch.h: the deliveries that are judged together, from stored bodies to statements.
 *
 * A batch passes these steps, one file each; the worker sends the statements between them:
 *
 *     gather.c  bodies -> events -> who is meant           -> resolve
 *     card.c    contacts as stored, and what the events change about them
 *     select.c  deliveries of verticals that are parked, slow or suspect are put aside
 *     decide.c  rules -> decision, conflicts, difference
 *     write.c   contacts, journal, state, outcomes         -> one transaction
 *
 * Deliveries of one contact in one batch share one decision. Everything lives in the batch's arena.
 */
#ifndef MS_FLOW_BATCH_H
#define MS_FLOW_BATCH_H

#include "flow/columns.h"
#include "flow/ids.h"
#include "flow/versions.h"
#include "rules/judge.h"
#include <moonsift/provide/sources.h>

/* ---- what the worker is set up with --------------------------------------------------------- */

/* A configured source, without its secrets. */
typedef struct ms_route_source {
    ms_str name;
    const ms_source_kind *kind;
    ms_plugin *plugin;
    ms_str vertical; /* p == NULL: none of its own */
} ms_route_source;

typedef struct ms_route_inbox {
    int64_t id;
    ms_str vertical;
} ms_route_inbox;

typedef struct ms_route_account {
    int64_t id;
    ms_str vertical; /* p == NULL: its contacts are stored, not judged */
    const ms_route_inbox *inboxes;
    size_t n_inboxes;
} ms_route_account;

/* Which vertical judges what (DESIGN 4.9). "none" is a vertical that judges nothing. */
typedef struct ms_routes {
    const ms_route_source *sources;
    size_t n_sources;
    const ms_route_account *accounts;
    size_t n_accounts;
} ms_routes;

const ms_route_source *ms_routes_source(const ms_routes *routes, ms_str name);
/* The source's, else the inbox's, else the account's vertical; `fixed` tells whether it came from
 * source or inbox, so that it is remembered for the contact. p == NULL: none. */
ms_str ms_routes_vertical(const ms_routes *routes, const ms_route_source *source,
                          int64_t account_id, int64_t inbox_id, bool *fixed);

/* ---- one attribute document ----------------------------------------------------------------- */

typedef struct ms_attr {
    ms_str key;
    ms_str raw; /* JSON text */
} ms_attr;

/* Keys in order, each once. What was removed leaves a hole: raw.p == NULL. A sender decides how
 * many keys there are, so a long list has an index. */
typedef struct ms_attrs {
    ms_attr *items;
    size_t n, capacity; /* n: holes included */
    uint32_t *index;    /* by hash: position + 1, 0 free; NULL while the list is short */
    size_t index_size;  /* a power of two, at least twice the capacity */
} ms_attrs;

/* `source` is one JSON object; p == NULL counts as {}. False: not an object, or no memory. */
bool ms_attrs_parse(ms_arena *arena, ms_json_reader *reader, ms_str source, ms_attrs *out);
const ms_attr *ms_attrs_find(const ms_attrs *attrs, ms_str key); /* NULL: not there */
bool ms_attrs_set(ms_arena *arena, ms_attrs *attrs, ms_str key, ms_str raw);
void ms_attrs_remove(ms_attrs *attrs, ms_str key);
ms_str ms_attrs_text(ms_arena *arena, const ms_attrs *attrs); /* p == NULL: no memory */
/* Equal as JSON values; p == NULL (not there) equals only itself. */
bool ms_raw_equal(ms_arena *arena, ms_str a, ms_str b);

/* ---- deliveries and contacts ---------------------------------------------------------------- */

typedef struct ms_card ms_card;

/* One contact as a sender names it. */
typedef struct ms_person {
    int64_t account_id;
    const ms_route_source *source;
    ms_str external_id, email, phone_number, identifier; /* normalised */
    ms_card *card;                                       /* after resolve */
    bool is_new;
    ms_attrs seen;        /* what the sender said last: custom attributes */
    ms_attrs seen_fields; /* name, email ... as JSON strings */
    int64_t ref_contact;  /* whom contact_ref names; 0: it has no row */
    bool seen_changed;
    bool named; /* by a delivery that stays in the batch */
} ms_person;

typedef enum ms_item_end {
    MS_END_NONE,
    MS_END_DONE,
    MS_END_SKIPPED,
    MS_END_HELD,
    MS_END_FAILED
} ms_item_end;

/* One delivery. */
typedef struct ms_item {
    int64_t account_id, event_id, received_at; /* again: when it was put back */
    int shard;
    int attempts; /* judges that died over it, this one included */
    bool again;   /* it was held: its data are stored, the judgement is missing */
    ms_str type, body;
    const ms_route_source *source;
    ms_event event;
    ms_person **people; /* by index of event.contacts */
    ms_person *main;    /* whom it is about; NULL: nobody */
    ms_item_end end;
    ms_str reason;
} ms_item;

/* What a contact looked like and is to look like. */
struct ms_card {
    int64_t account_id, contact_id;
    bool exists;  /* the row is there; otherwise it is to be created */
    bool touched; /* name .. attributes differ from the row */
    bool named;   /* a person that stays in the batch is it */
    bool shared;  /* a delivery is about it and others */
    bool later;   /* there was no time for it in this batch */
    ms_str name, email, phone_number, identifier;
    ms_attrs attributes;  /* working copy: stored, then changed by events, then by the decision */
    const ms_str *labels; /* as stored */
    size_t n_labels;

    /* contact_state */
    bool has_state;
    ms_str vertical; /* p == NULL: not assigned yet */
    int version;
    uint64_t input_hash;
    ms_attrs last_written;
    bool assigned; /* vertical is new and came from source or inbox: remember it */

    /* set by the events of this batch */
    bool contact_event;   /* one of them was about the contact itself */
    bool again;           /* one of them was held before */
    bool changed;         /* an attribute changed */
    int64_t clock;        /* received_at of the last one, microseconds */
    int64_t cause;        /* event id of the last one */
    uint64_t before_hash; /* of what the rules read, before the events */

    /* the decision */
    const ms_active *active;
    bool judged, state_changed;
    int64_t decision_id; /* 0: nothing to journal */
    ms_item_end end;
    ms_str reason;
    int held_by;                           /* end is held: by this version; 0: by none */
    ms_str input;                          /* document the rules saw */
    ms_str diff, conflicts;                /* JSON objects */
    const ms_str *computed, *add, *remove; /* label titles */
    size_t n_computed, n_add, n_remove;
    const ms_str *fired, *unknown, *errors;
    size_t n_fired, n_unknown, n_errors;
    int points;
    ms_str status;
};

/* A delivery that is not judged in this batch. */
typedef struct ms_aside {
    int64_t account_id, event_id;
    ms_str vertical;
} ms_aside;

/* The first end of a delivery counts. */
void ms_item_end_with(ms_item *item, ms_item_end end, ms_str reason);

typedef struct ms_batch {
    ms_arena *arena;
    const ms_routes *routes;
    const ms_versions *versions;
    ms_judge *judge;
    ms_json_reader *reader;
    ms_ids *ids;
    const ms_crm *crm;
    ms_plugin *crm_self;
    bool normalise;

    ms_item *items; /* in order of arrival */
    size_t n_items;
    ms_person **people;
    size_t n_people, people_capacity;
    ms_card **cards; /* by account and id */
    size_t n_cards;
    bool no_memory; /* the host's own ran out */
    bool moved;     /* somebody else was told who a person is meanwhile: do it again */

    /* Verticals that fail or take long. */
    ms_park_rule park_rule;
    int64_t now_ms;
    int64_t judge_us; /* how long the rules may take; then the rest is left for later; 0: all */
    ms_pace pace;     /* deliveries of verticals that are slower than that are put aside */
    bool waiting[MS_PACES];    /* some were before: a vertical that was so slow still is */
    ms_aside *parked;          /* put aside */
    ms_aside *aside[MS_PACES]; /* put aside, by the pace they need; none at MS_PACE_QUICK */
    size_t n_parked, n_aside[MS_PACES];
    const ms_active *park; /* is to be parked, because of park_reason: nothing is to be written */
    ms_str park_reason;
} ms_batch;

/* Hash of what the rules read in the card as it stands; 0 when nothing judges it. */
uint64_t ms_card_hash(ms_batch *b, ms_card *card);

/* ---- the steps ------------------------------------------------------------------------------ */

/* Rows: account_id, event_id, shard, source, type, received (microseconds), body, again, attempts.
 * The second takes from `ids` alone; the third takes one delivery and counts the attempt before it
 * answers, unless it was the last one that this judge counted. */
extern const char ms_batch_claim_sql[];         /* $1 shards, $2 limit, $3 event ids left out */
extern const char ms_batch_claim_aside_sql[];   /* $1 shards, $2 limit, $3 event ids */
extern const char ms_batch_claim_careful_sql[]; /* $1 shards, $2 event id */
bool ms_batch_gather(ms_batch *b, const ms_rows *rows);

/* Statement 1: resolve (crm); statement 2: whom contact_ref names. */
bool ms_batch_resolve(ms_batch *b, ms_statements *out, ms_error *err);
bool ms_batch_resolved(ms_batch *b, const ms_rows *resolved, const ms_rows *refs);

/* Statement 1: read and lock (crm); statements 2 and 3, behind the lock: contact_ref again, with
 * what the senders said last, and contact_state. Loaded is false with `moved` when contact_ref
 * names another contact than before the lock. */
bool ms_batch_read(ms_batch *b, ms_statements *out, ms_error *err);
bool ms_batch_loaded(ms_batch *b, const ms_rows *contacts, const ms_rows *refs,
                     const ms_rows *states);

/* Finds the contacts' verticals; may be done twice. */
void ms_batch_assign(ms_batch *b);
/* The same, and takes what is not to be judged now out of the batch. */
bool ms_batch_select(ms_batch *b);

/* Takes the deliveries of contacts that are left for later out of the batch. */
void ms_batch_drop_later(ms_batch *b);

/* Applies the events in order, judges, and finds the differences. Decide ends early when a vertical
 * is to be parked, and leaves contacts for later when its time is over: one at least is judged. */
bool ms_batch_merge(ms_batch *b);
bool ms_batch_decide(ms_batch *b);

/* Everything that is to be written, queue rows deleted at the end. */
bool ms_batch_write(ms_batch *b, ms_statements *out, ms_error *err);

#endif
