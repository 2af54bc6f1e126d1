/* What strangers wrote, on the terminal of whoever looks at it. */
#include "base/text.h"
#include "cli/verb.h"

/* Line breaks and tabs are the output's own. */
static bool acts_on_terminal(uint32_t c)
{
    bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
    bool turns = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                 (c >= 0x2066 && c <= 0x2069);
    return control || turns || c == 0x2028 || c == 0x2029;
}

/* Of up to three bytes; those of four are letters and pictures. */
static uint32_t decode(const unsigned char *p, size_t n)
{
    switch (n) {
    case 1: return p[0];
    case 2: return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    case 3: return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    default: return 'x';
    }
}

void ms_cli_show(FILE *to, ms_str text)
{
    size_t from = 0;
    for (size_t i = 0, n; i < text.n; i += n) {
        size_t length = ms_utf8_length(text.p + i, text.n - i);
        n = length ? length : 1;
        uint32_t c = length ? decode((const unsigned char *)text.p + i, length) : 0xfffd;
        if (length && !acts_on_terminal(c))
            continue;
        fwrite(text.p + from, 1, i - from, to);
        fprintf(to, "\\u%04x", c);
        from = i + n;
    }
    fwrite(text.p + from, 1, text.n - from, to);
}
