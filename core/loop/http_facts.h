/*
 * loop/http_facts.h: what the headers say about where a request ends and whom it is for. Internal
 * to core/loop; pure.
 *
 * Two readers that disagree about a request's length can be made to see different requests. So
 * whatever could be read in two ways is refused, also where RFC 9112 would let us choose.
 */
#ifndef MS_LOOP_HTTP_FACTS_H
#define MS_LOOP_HTTP_FACTS_H

#include "loop/http_scan.h"
#include <moonsift/provide/sources.h>

typedef struct ms_http_facts {
    bool old; /* HTTP/1.0 */
    unsigned hosts, lengths, encodings, expects;
    ms_str host, length, encoding, expect; /* the last of each */
} ms_http_facts;

/* Brings names to lower case, in place, takes blanks off values, and notes what matters here. */
void ms_http_collect(ms_header *fields, size_t n, bool old, ms_http_facts *facts);

/* `authority`: of an absolute target, else p == NULL. */
ms_http_fault ms_http_check_host(const ms_http_facts *facts, ms_str authority);

/* `sends`: the method is one that comes with a body. */
ms_http_fault ms_http_check_framing(const ms_http_facts *facts, bool sends);

#endif
