/*
 * flow/ids.h: ids of deliveries and decisions, made without asking the database.
 *
 * 63 bits: milliseconds since 2025-01-01 (41), node (10), counter (12). Ids of one maker always
 * grow; across makers they follow the clocks. People see them as text: dlv_0d3x..., dec_....
 */
#ifndef MS_FLOW_IDS_H
#define MS_FLOW_IDS_H

#include <moonsift/value.h>
#include <stdio.h>

typedef struct ms_ids {
    int64_t last_ms;
    uint32_t node;    /* 10 bits, random */
    uint32_t counter; /* 12 bits */
} ms_ids;

void ms_ids_init(ms_ids *ids); /* a new random node; call again after a collision */
int64_t ms_ids_next(ms_ids *ids);

enum { MS_ID_TEXT = 24 };
/* "dlv" and 5 -> "dlv_0000000000005"; returns `out`. */
const char *ms_id_text(const char *prefix, int64_t id, char out[MS_ID_TEXT]);
/* Accepts the text with or without prefix, or the plain number; false otherwise. */
bool ms_id_parse(const char *prefix, const char *text, int64_t *id);

#endif
