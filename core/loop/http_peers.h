/*
 * loop/http_peers.h: how many connections and requests each address has. Internal to core/loop.
 *
 * A bounded table: addresses with a connection stay, of the others the longest unseen one goes
 * when there are too many. An IPv6 address counts as its /64, as a single sender owns all of that.
 */
#ifndef MS_LOOP_HTTP_PEERS_H
#define MS_LOOP_HTTP_PEERS_H

#include <moonsift/value.h>
#include <sys/socket.h>

typedef struct ms_peers ms_peers;
typedef struct ms_peer ms_peer;

/* requests_per_s 0: requests are not counted. `kept`: addresses without a connection to remember.
 */
ms_peers *ms_peers_new(unsigned requests_per_s, unsigned burst, size_t kept); /* NULL: no memory */
void ms_peers_free(ms_peers *peers);                                          /* NULL is allowed */

/* A new connection of an address; NULL when out of memory. Give it back with ms_peer_leave. */
ms_peer *ms_peer_enter(ms_peers *peers, const struct sockaddr *address, uint64_t now_ms);
void ms_peer_leave(ms_peers *peers, ms_peer *peer);
unsigned ms_peer_connections(const ms_peer *peer);

/* Takes a token for one request; false when there is none. */
bool ms_peer_take(const ms_peers *peers, ms_peer *peer, uint64_t now_ms);

size_t ms_peers_count(const ms_peers *peers); /* addresses remembered */

#endif
