/* json_equal.c: whether two values are the same as JSON. */
#include "base/json.h"

#include <stdlib.h>

/* Longer keys come later; among equal keys the later member comes first, as it is the one that
 * counts. Members of one object lie in one array, so their addresses have their order. */
static int key_order(const void *a, const void *b)
{
    const ms_member *x = *(const ms_member *const *)a, *y = *(const ms_member *const *)b;
    if (x->key.n != y->key.n)
        return x->key.n < y->key.n ? -1 : 1;
    int order = x->key.n ? memcmp(x->key.p, y->key.p, x->key.n) : 0;
    return order ? order : (x < y) - (x > y);
}

/* The members that count, by key; NULL without memory. */
static const ms_member **sorted(const ms_value *v, size_t *n)
{
    const ms_member **list = calloc((size_t)v->count + 1, sizeof *list);
    size_t all = 0;
    *n = 0;
    if (!list)
        return NULL;
    for (uint32_t i = 0; i < v->count; i++)
        list[all++] = &v->as.members[i];
    qsort(list, all, sizeof *list, key_order);
    for (size_t i = 0; i < all; i++) {
        bool repeated = i > 0 && ms_str_eq(list[i]->key, list[i - 1]->key);
        if (!repeated)
            list[(*n)++] = list[i];
    }
    return list;
}

static bool equal_objects(const ms_value *a, const ms_value *b)
{
    size_t n = 0, m = 0;
    const ms_member **x = sorted(a, &n), **y = sorted(b, &m);
    bool equal = x && y && n == m;
    for (size_t i = 0; equal && i < n; i++)
        equal = ms_str_eq(x[i]->key, y[i]->key) && ms_json_equal(&x[i]->value, &y[i]->value);
    free(x);
    free(y);
    return equal;
}

static bool equal_arrays(const ms_value *a, const ms_value *b)
{
    bool equal = a->count == b->count;
    for (uint32_t i = 0; equal && i < a->count; i++)
        equal = ms_json_equal(&a->as.items[i], &b->as.items[i]);
    return equal;
}

static bool is_number(const ms_value *v)
{
    return v->kind == MS_INT || v->kind == MS_DOUBLE;
}

/* An integer equals a double only if the double is exactly that integer. */
static bool equal_numbers(const ms_value *a, const ms_value *b)
{
    if (a->kind == b->kind)
        return a->kind == MS_INT ? a->as.integer == b->as.integer : a->as.number == b->as.number;
    int64_t i = a->kind == MS_INT ? a->as.integer : b->as.integer;
    double d = a->kind == MS_INT ? b->as.number : a->as.number;
    return d >= -0x1p63 && d < 0x1p63 && (double)(int64_t)d == d && (int64_t)d == i;
}

bool ms_json_equal(const ms_value *a, const ms_value *b)
{
    if (is_number(a) && is_number(b))
        return equal_numbers(a, b);
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case MS_BOOL: return a->as.boolean == b->as.boolean;
    case MS_STRING: return ms_str_eq(ms_as_str(a), ms_as_str(b));
    case MS_ARRAY: return equal_arrays(a, b);
    case MS_OBJECT: return equal_objects(a, b);
    case MS_ROWS: return a->as.rows == b->as.rows;
    default: return true;
    }
}
