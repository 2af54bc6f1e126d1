/* What one condition reads, with all that it asks. */
#include "rules/inside.h"

/* Rules ask earlier ones alone, and the score rules before outcomes: each is looked at once. */
static void mark_asked(const ms_vertical *v, uint32_t condition, bool *asked)
{
    const ms_cond *root = &v->conditions[condition];
    for (uint32_t i = 0; i < root->size; i++) {
        if (root[i].op == MS_C_FIRED)
            asked[root[i].a] = true;
        for (uint32_t k = 0; root[i].op == MS_C_SCORE && k < v->n_rules; k++)
            asked[k] |= v->rules[k].points != 0;
    }
}

void ms_condition_reads(const ms_vertical *v, uint32_t condition, bool reads[MS_MAX_SLOTS])
{
    bool asked[MS_MAX_RULES] = {false};
    memset(reads, 0, MS_MAX_SLOTS * sizeof *reads);
    ms_read_tree(v, condition, reads);
    mark_asked(v, condition, asked);
    for (uint32_t i = v->n_rules; i-- > 0;) {
        if (!asked[i])
            continue;
        ms_read_tree(v, v->rules[i].condition, reads);
        mark_asked(v, v->rules[i].condition, asked);
    }
    ms_read_computed(v, reads);
    for (uint32_t i = 0; i < v->n_facts; i++) /* what is looked up depends on what is asked for */
        if (reads[v->n_attributes + v->n_computed + i])
            ms_read_templates(v->facts[i].query, v->facts[i].n_query, reads);
    for (uint32_t i = v->n_ranges; i-- > 0;) {
        ms_pair r = v->ranges[i];
        reads[r.low] = reads[r.high] = reads[r.low] || reads[r.high];
    }
}
