#include "lua/script.h"

#include "base/hash.h"

#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Raise it when a change of the library or of judging gives the same files another meaning. */
#define LANGUAGE_REVISION "moonsift-language-1"

/* In every Lua library, in no header: "$LuaVersion: Lua 5.4.4  Copyright (C) ... $$LuaAuthors:
 * ...". What is linked may be another release than the header's. */
extern const char lua_ident[] __attribute__((weak));

const char *ms_lua_release(void)
{
    static char text[32];
    const char *at = lua_ident ? strstr(lua_ident, "Lua 5.") : NULL;
    snprintf(text, sizeof text, "%.*s", at ? (int)(4 + strspn(at + 4, "0123456789.")) : 31,
             at ? at : LUA_RELEASE);
    return text;
}

bool ms_lua_is_mended(void)
{
    unsigned patch = 0;
    return sscanf(ms_lua_release(), "Lua 5.4.%u", &patch) != 1 || patch >= 8;
}

static int by_name(const void *a, const void *b)
{
    const ms_source_file *x = *(const ms_source_file *const *)a;
    const ms_source_file *y = *(const ms_source_file *const *)b;
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int order = n ? memcmp(x->name.p, y->name.p, n) : 0;
    return order ? order : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

/* Sizes stand before the texts, so that no two sets of files run together to the same bytes. */
bool ms_script_version(const ms_source_file *files, size_t n, char out[65])
{
    const ms_source_file **sorted = calloc(n ? n : 1, sizeof *sorted);
    ms_str *pieces = calloc(1 + 3 * n, sizeof *pieces);
    char(*sizes)[64] = calloc(n ? n : 1, sizeof *sizes);
    bool ok = sorted && pieces && sizes;
    if (!ok)
        goto done;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &files[i];
    qsort(sorted, n, sizeof *sorted, by_name);
    pieces[0] = MS_STR(LANGUAGE_REVISION);
    for (size_t i = 0; i < n; i++) {
        int length = snprintf(sizes[i], sizeof sizes[i], "\n%zu %zu\n", sorted[i]->name.n,
                              sorted[i]->text.n);
        pieces[1 + 3 * i] = (ms_str){sizes[i], (size_t)length};
        pieces[2 + 3 * i] = sorted[i]->name;
        pieces[3 + 3 * i] = sorted[i]->text;
    }
    ok = ms_sha256_hex(pieces, 1 + 3 * n, out);
done:
    free(sorted);
    free(pieces);
    free(sizes);
    return ok;
}
