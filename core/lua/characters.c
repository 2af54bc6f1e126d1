/* Characters that come with text pasted from word processors and web pages, in words. */
#include "lua/scan.h"

typedef struct odd {
    uint32_t from, to; /* code points */
    const char *text;  /* behind the character itself, or alone when it cannot be seen */
    bool hidden;
} odd;

static const odd ODD[] = {
    {0x00AB, 0x00AB, "is no quote in Lua; write \"", false},
    {0x00BB, 0x00BB, "is no quote in Lua; write \"", false},
    {0x2018, 0x201F, "is a curly quote; write \"", false},
    {0x2032, 0x2036, "is no quote in Lua; write \"", false},
    {0x00A0, 0x00A0, "a non-breaking space", true},
    {0x2000, 0x200A, "a space that is none of the keyboard", true},
    {0x202F, 0x202F, "a non-breaking space", true},
    {0x3000, 0x3000, "a wide space", true},
    {0x00AD, 0x00AD, "an invisible hyphen", true},
    {0x200B, 0x200F, "an invisible character", true},
    {0x2028, 0x202E, "an invisible character", true},
    {0x2060, 0x2064, "an invisible character", true},
    {0xFEFF, 0xFEFF, "an invisible character", true},
    {0x20A0, 0x20CF, "stands outside of quotes; write amounts as numbers: 5000", false},
    {0x00A2, 0x00A5, "stands outside of quotes; write amounts as numbers: 5000", false},
    {0x2010, 0x2015, "is no minus in Lua; write -", false},
    {0x2212, 0x2212, "is no minus in Lua; write -", false},
    {0x2264, 0x2264, "makes no condition; write a.name:at_most(...)", false},
    {0x2265, 0x2265, "makes no condition; write a.name:at_least(...)", false},
    {0x2260, 0x2260, "makes no condition; write a.name:is_not(...)", false},
};

static uint32_t code_point(const char *p, size_t n)
{
    uint32_t c = (unsigned char)p[0];
    if (n > 1)
        c &= 0xFFu >> (n + 1);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)p[i] & 0x3F);
    return c;
}

static const odd *find(uint32_t c)
{
    for (size_t i = 0; i < sizeof ODD / sizeof *ODD; i++)
        if (c >= ODD[i].from && c <= ODD[i].to)
            return &ODD[i];
    return NULL;
}

void ms_scan_character(const char *p, size_t n, char *out, size_t room)
{
    uint32_t c = code_point(p, n);
    const odd *known = find(c);
    if (known && known->hidden)
        snprintf(out, room,
                 "%s (U+%04X) stands outside of quotes; write an ordinary blank, or none",
                 known->text, c);
    else if (known)
        snprintf(out, room, "%.*s (U+%04X) %s", (int)n, p, c, known->text);
    else
        snprintf(out, room,
                 "%.*s (U+%04X) stands outside of quotes; names have the letters a to z, digits "
                 "and _",
                 (int)n, p, c);
}

bool ms_scan_is_quote(const char *p, size_t n)
{
    return n >= 3 && memcmp(p, "\xe2\x80", 2) == 0 && strchr("\x98\x99\x9a\x9c\x9d\x9e", p[2]);
}
