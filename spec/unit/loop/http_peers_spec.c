/* loop/http_peers.h: the table stays bounded, and forgetting does not help a busy address. */
#include "loop/http_peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static address of(const char *text)
{
    address a = {0};
    if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
        return a;
    }
    assert_int_equal(inet_pton(AF_INET6, text, &a.v6.sin6_addr), 1);
    a.v6.sin6_family = AF_INET6;
    return a;
}

static ms_peer *enter(ms_peers *peers, const char *text, uint64_t now)
{
    address a = of(text);
    ms_peer *peer = ms_peer_enter(peers, &a.any, now);
    assert_non_null(peer);
    return peer;
}

static unsigned take_all(ms_peers *peers, ms_peer *peer, uint64_t now)
{
    unsigned n = 0;
    while (n < 1000 && ms_peer_take(peers, peer, now))
        n++;
    return n;
}

static void tokens_come_back_with_time(void **state)
{
    (void)state;
    ms_peers *peers = ms_peers_new(10, 5, 8);
    ms_peer *peer = enter(peers, "192.0.2.1", 1000);
    assert_int_equal(take_all(peers, peer, 1000), 5);
    assert_int_equal(take_all(peers, peer, 1099), 0);
    assert_int_equal(take_all(peers, peer, 1100), 1);
    assert_int_equal(take_all(peers, peer, 1400), 3);
    assert_int_equal(take_all(peers, peer, 900), 0); /* a clock that steps back gives nothing */
    assert_int_equal(take_all(peers, peer, 1u << 31), 5);
    assert_int_equal(take_all(peers, peer, UINT64_MAX), 5); /* nor does one that overflows */
    ms_peer_leave(peers, peer);
    ms_peers_free(peers);
}

static void the_burst_is_twice_the_rate_unless_said(void **state)
{
    (void)state;
    ms_peers *peers = ms_peers_new(7, 0, 8);
    ms_peer *peer = enter(peers, "192.0.2.1", 0);
    assert_int_equal(take_all(peers, peer, 0), 14);
    ms_peers_free(peers);
    peers = ms_peers_new(0, 0, 8); /* no limit */
    peer = enter(peers, "192.0.2.1", 0);
    assert_int_equal(take_all(peers, peer, 0), 1000);
    ms_peers_free(peers);
}

static void which_addresses_are_one(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", true},        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true}, {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
        {"2001:db8::1", "2001:db8::2", true},    {"2001:db8::1", "2001:db8:0:1::1", false},
        {"2001:db8::1", "2001:db8::ff:1", true}, {"::1", "127.0.0.1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ms_peers *peers = ms_peers_new(1, 1, 8);
        ms_peer *a = enter(peers, cases[i].a, 0), *b = enter(peers, cases[i].b, 0);
        if ((a == b) != cases[i].same)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        ms_peers_free(peers);
    }
}

static void leaving_and_coming_back_brings_no_tokens(void **state)
{
    (void)state;
    ms_peers *peers = ms_peers_new(1, 2, 8);
    ms_peer *peer = enter(peers, "192.0.2.1", 0);
    assert_int_equal(take_all(peers, peer, 0), 2);
    ms_peer_leave(peers, peer);
    peer = enter(peers, "192.0.2.1", 0);
    assert_int_equal(take_all(peers, peer, 0), 0);
    ms_peers_free(peers);
}

static void the_table_is_bounded(void **state)
{
    (void)state;
    char text[32];
    ms_peers *peers = ms_peers_new(1, 2, 100);
    ms_peer *stays = enter(peers, "198.51.100.1", 0);
    ms_peer *held[50];
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof text, "203.0.113.%d", i);
        held[i] = enter(peers, text, 0);
    }
    for (int i = 0; i < 50000; i++) {
        snprintf(text, sizeof text, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        ms_peer *peer = enter(peers, text, 0);
        assert_true(ms_peer_take(peers, peer, 0));
        ms_peer_leave(peers, peer);
        assert_true(ms_peers_count(peers) <= 151);
    }
    /* Those with a connection are still themselves, and of the others the youngest. */
    assert_ptr_equal(enter(peers, "198.51.100.1", 0), stays);
    assert_int_equal(ms_peer_connections(stays), 2);
    assert_int_equal(take_all(peers, enter(peers, "10.0.195.79", 0), 0), 1);
    assert_int_equal(take_all(peers, enter(peers, "10.0.0.1", 0), 0), 2);
    for (int i = 0; i < 50; i++)
        ms_peer_leave(peers, held[i]);
    assert_true(ms_peers_count(peers) <= 103);
    ms_peers_free(peers);
    ms_peers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest specs[] = {
        cmocka_unit_test(tokens_come_back_with_time),
        cmocka_unit_test(the_burst_is_twice_the_rate_unless_said),
        cmocka_unit_test(which_addresses_are_one),
        cmocka_unit_test(leaving_and_coming_back_brings_no_tokens),
        cmocka_unit_test(the_table_is_bounded),
    };
    return cmocka_run_group_tests(specs, NULL, NULL);
}
