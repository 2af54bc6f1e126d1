#include "rules/problems.h"

#include <stdlib.h>

static void grow(ms_problems *list)
{
    size_t capacity = list->capacity ? 2 * list->capacity : 32;
    ms_problem *items = ms_alloc_zero(list->arena, capacity, sizeof *items);
    if (!items) {
        list->failed = true;
        return;
    }
    if (list->n)
        memcpy(items, list->items, list->n * sizeof *items);
    list->items = items;
    list->capacity = capacity;
}

void ms_problem_add(ms_problems *list, const char *code, ms_str file, uint32_t line, ms_str text)
{
    const ms_code *known = ms_code_find(code);
    ms_problem p = {.code = known ? known : ms_code_find("E209"), .line = line};
    if (list->n == list->capacity)
        grow(list);
    p.file = ms_arena_dup(list->arena, file);
    p.text = ms_arena_dup(list->arena, text);
    if (!p.file.p || !p.text.p)
        list->failed = true;
    if (!list->failed)
        list->items[list->n++] = p;
}

void ms_problem_say(ms_problems *list, const char *code, ms_str file, uint32_t line,
                    const char *format, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    ms_problem_add(list, code, file, line, ms_str_z(text));
}

size_t ms_problems_errors(const ms_problems *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += ms_code_is_error(list->items[i].code);
    return n;
}

static bool comes_before(const ms_problem *a, const ms_problem *b)
{
    size_t n = a->file.n < b->file.n ? a->file.n : b->file.n;
    int order = memcmp(a->file.p, b->file.p, n);
    if (order || a->file.n != b->file.n)
        return order ? order < 0 : a->file.n < b->file.n;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Keeps the order of equals, which qsort would not; the lists are short. */
void ms_problems_sort(ms_problems *list)
{
    for (size_t i = 1; i < list->n; i++) {
        ms_problem p = list->items[i];
        size_t at = i;
        for (; at > 0 && comes_before(&p, &list->items[at - 1]); at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = p;
    }
}
