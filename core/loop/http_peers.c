#include "loop/http_peers.h"
#include "base/hash.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <uv.h>

enum {
    N_CHAINS = 4096,
    TOKEN = 1000, /* tokens are counted in thousandths, so that a millisecond adds a whole number */
};

struct ms_peer {
    ms_peer *next;          /* in its chain */
    ms_peer *older, *newer; /* among those without a connection */
    unsigned char key[16];  /* IPv4 mapped into IPv6; of IPv6 the /64 */
    unsigned connections;
    uint64_t tokens, at_ms;
};

struct ms_peers {
    unsigned rate;
    uint64_t burst; /* in thousandths */
    uint64_t seed;  /* chains cannot be aimed at without it */
    size_t kept, count, n_idle;
    ms_peer *oldest, *newest;
    ms_peer *chains[N_CHAINS];
};

ms_peers *ms_peers_new(unsigned requests_per_s, unsigned burst, size_t kept)
{
    ms_peers *peers = calloc(1, sizeof *peers);
    if (!peers)
        return NULL;
    if (uv_random(NULL, NULL, &peers->seed, sizeof peers->seed, 0, NULL) != 0)
        peers->seed = uv_hrtime() ^ (uintptr_t)peers;
    peers->rate = requests_per_s;
    peers->burst = (burst > 0 ? burst : 2 * (uint64_t)requests_per_s) * TOKEN;
    peers->kept = kept;
    return peers;
}

void ms_peers_free(ms_peers *peers)
{
    if (!peers)
        return;
    for (size_t i = 0; i < N_CHAINS; i++) {
        for (ms_peer *peer = peers->chains[i], *next; peer; peer = next) {
            next = peer->next;
            free(peer);
        }
    }
    free(peers);
}

size_t ms_peers_count(const ms_peers *peers)
{
    return peers->count;
}

static void key_of(const struct sockaddr *address, unsigned char key[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    memset(key, 0, 16);
    if (address->sa_family == AF_INET) {
        memcpy(key, mapped, sizeof mapped);
        memcpy(key + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        memcpy(key, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
        if (memcmp(key, mapped, sizeof mapped) != 0)
            memset(key + 8, 0, 8);
    }
}

static ms_peer **chain_of(ms_peers *peers, const unsigned char key[16])
{
    uint64_t h = ms_hash64((ms_str){(const char *)key, 16}, peers->seed);
    return &peers->chains[(h ^ h >> 32) % N_CHAINS];
}

/* ---- those without a connection, longest unseen first --------------------------------------- */

static void idle_remove(ms_peers *peers, ms_peer *peer)
{
    *(peer->older ? &peer->older->newer : &peers->oldest) = peer->newer;
    *(peer->newer ? &peer->newer->older : &peers->newest) = peer->older;
    peer->older = peer->newer = NULL;
    peers->n_idle--;
}

static void idle_add(ms_peers *peers, ms_peer *peer)
{
    peer->older = peers->newest;
    *(peers->newest ? &peers->newest->newer : &peers->oldest) = peer;
    peers->newest = peer;
    peers->n_idle++;
}

static void forget(ms_peers *peers, ms_peer *peer)
{
    ms_peer **at = chain_of(peers, peer->key);
    while (*at != peer)
        at = &(*at)->next;
    *at = peer->next;
    idle_remove(peers, peer);
    peers->count--;
    free(peer);
}

/* ---- connections and requests --------------------------------------------------------------- */

ms_peer *ms_peer_enter(ms_peers *peers, const struct sockaddr *address, uint64_t now_ms)
{
    unsigned char key[16];
    key_of(address, key);
    ms_peer **chain = chain_of(peers, key);
    ms_peer *peer = *chain;
    while (peer && memcmp(peer->key, key, sizeof key) != 0)
        peer = peer->next;
    if (!peer) {
        peer = calloc(1, sizeof *peer);
        if (!peer)
            return NULL;
        memcpy(peer->key, key, sizeof key);
        peer->tokens = peers->burst;
        peer->at_ms = now_ms;
        peer->next = *chain;
        *chain = peer;
        peers->count++;
    } else if (peer->connections == 0) {
        idle_remove(peers, peer);
    }
    peer->connections++;
    return peer;
}

void ms_peer_leave(ms_peers *peers, ms_peer *peer)
{
    if (--peer->connections > 0)
        return;
    idle_add(peers, peer);
    while (peers->n_idle > peers->kept)
        forget(peers, peers->oldest);
}

unsigned ms_peer_connections(const ms_peer *peer)
{
    return peer->connections;
}

bool ms_peer_take(const ms_peers *peers, ms_peer *peer, uint64_t now_ms)
{
    if (peers->rate == 0)
        return true;
    uint64_t passed = now_ms > peer->at_ms ? now_ms - peer->at_ms : 0;
    uint64_t full_after = peers->burst / peers->rate + 1;
    uint64_t gained = passed > full_after ? peers->burst : passed * peers->rate;
    peer->at_ms = now_ms;
    peer->tokens = peer->tokens + gained > peers->burst ? peers->burst : peer->tokens + gained;
    if (peer->tokens < TOKEN)
        return false;
    peer->tokens -= TOKEN;
    return true;
}
