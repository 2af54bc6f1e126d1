/*
 * flow/intake_rows.h: one accepted delivery as a row, as SQL, and as a record of the spool.
 */
#ifndef MS_FLOW_INTAKE_ROWS_H
#define MS_FLOW_INTAKE_ROWS_H

#include "flow/columns.h"
#include "flow/intake.h"

typedef struct ms_intake_row {
    int64_t account_id, event_id, source_time, received_at;
    ms_str source, type, key, order_key, sha256;
    ms_str body; /* p == NULL: not kept */
    bool ignore;
    bool duplicate; /* known before; event_id is then the first one's */
} ms_intake_row;

/* Copies everything into `arena` and hashes the body. False: out of memory. */
bool ms_intake_row_copy(ms_arena *arena, const ms_accepted *delivery, ms_intake_row *out);

/* As bytes for the spool and back. p == NULL, false: out of memory, or not such a record. */
ms_str ms_intake_row_encode(ms_arena *arena, const ms_intake_row *row);
bool ms_intake_row_decode(ms_arena *arena, ms_str record, ms_intake_row *out);

/* The statements that store rows in order, of which the last one returns (index, event id) for each
 * row: another id than the row's own means it was a duplicate. Duplicates within `rows` are marked
 * and left out. */
bool ms_intake_statements(ms_arena *arena, ms_intake_row **rows, size_t n, ms_statements *out);

/* The shard that judges a contact's deliveries, 0 .. MS_SHARDS - 1. */
int ms_intake_shard(int64_t account_id, ms_str order_key);

#endif
