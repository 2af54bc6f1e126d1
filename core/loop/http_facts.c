#include "loop/http_facts.h"
#include "base/text.h"

#include <strings.h>

static ms_http_fault bad(const char *detail)
{
    return (ms_http_fault){400, detail};
}

static bool same_ci(ms_str s, const char *z)
{
    return s.n == strlen(z) && strncasecmp(s.p, z, s.n) == 0;
}

static void note_field(ms_http_facts *facts, const ms_header *h)
{
    if (ms_str_eqz(h->name, "host")) {
        facts->hosts++;
        facts->host = h->value;
    } else if (ms_str_eqz(h->name, "content-length")) {
        facts->lengths++;
        facts->length = h->value;
    } else if (ms_str_eqz(h->name, "transfer-encoding")) {
        facts->encodings++;
        facts->encoding = h->value;
    } else if (ms_str_eqz(h->name, "expect")) {
        facts->expects++;
        facts->expect = h->value;
    }
}

void ms_http_collect(ms_header *fields, size_t n, bool old, ms_http_facts *facts)
{
    *facts = (ms_http_facts){.old = old};
    for (size_t i = 0; i < n; i++) {
        ms_header *h = &fields[i];
        char *name = (char *)(uintptr_t)h->name.p; /* in the connection's buffer, which is ours */
        for (size_t k = 0; k < h->name.n; k++)
            if (name[k] >= 'A' && name[k] <= 'Z')
                name[k] |= 0x20;
        h->value = ms_trim(h->value);
        note_field(facts, h);
    }
}

static bool host_is_valid(ms_str host)
{
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];
        bool fine = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                    (c != '\0' && strchr("-._~%!$&'()*+;=:[]", c));
        if (!fine)
            return false;
    }
    return true;
}

ms_http_fault ms_http_check_host(const ms_http_facts *facts, ms_str authority)
{
    if (facts->hosts > 1)
        return bad("There is more than one Host header.");
    if (facts->hosts == 0 && !facts->old)
        return bad("There is no Host header.");
    if (!host_is_valid(facts->host) || !host_is_valid(authority))
        return bad("The Host header is no host.");
    if (authority.p && facts->hosts == 1 &&
        (authority.n != facts->host.n || strncasecmp(authority.p, facts->host.p, authority.n) != 0))
        return bad("The Host header and the request target name different hosts.");
    return MS_HTTP_FINE;
}

static ms_http_fault check_encoding(const ms_http_facts *facts)
{
    if (facts->old)
        return bad("HTTP/1.0 has no Transfer-Encoding.");
    if (facts->lengths > 0)
        return bad("There is a Content-Length beside Transfer-Encoding.");
    if (facts->encodings > 1)
        return bad("There is more than one Transfer-Encoding header.");
    if (same_ci(facts->encoding, "chunked"))
        return MS_HTTP_FINE;
    if (memchr(facts->encoding.p, ',', facts->encoding.n))
        return bad("There is more than one transfer coding.");
    return (ms_http_fault){501, "The only Transfer-Encoding taken here is chunked."};
}

static ms_http_fault check_length(const ms_http_facts *facts, bool sends)
{
    if (facts->lengths > 1)
        return bad("There is more than one Content-Length header.");
    /* In HTTP/1.1 no length means no body; an HTTP/1.0 sender may mean "until I close". */
    if (facts->lengths == 0 && facts->old && sends)
        return (ms_http_fault){411, NULL};
    for (size_t i = 0; i < facts->length.n; i++)
        if (facts->length.p[i] < '0' || facts->length.p[i] > '9')
            return bad("Content-Length is no number.");
    if (facts->lengths == 1 && (facts->length.n == 0 || facts->length.n > 19))
        return bad("Content-Length is no number of bytes.");
    return MS_HTTP_FINE;
}

ms_http_fault ms_http_check_framing(const ms_http_facts *facts, bool sends)
{
    ms_http_fault fault = facts->encodings > 0 ? check_encoding(facts) : check_length(facts, sends);
    if (fault.status == 0 && facts->expects > 0 && !facts->old &&
        (facts->expects > 1 || !same_ci(facts->expect, "100-continue")))
        fault = (ms_http_fault){417, NULL};
    return fault;
}
