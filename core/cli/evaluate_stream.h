/*
 * cli/evaluate_stream.h: lines from one descriptor through evaluators to another, in order, in
 * constant memory, on one or several threads.
 */
#ifndef MS_CLI_EVALUATE_STREAM_H
#define MS_CLI_EVALUATE_STREAM_H

#include "rules/evaluate.h"

typedef struct ms_evaluate_job {
    int in, out;
    unsigned jobs; /* threads */
    /* Makes what one thread judges with; called on that thread. `state` is handed to `end`. */
    ms_status (*begin)(void *user, void **state, ms_evaluator **evaluator, ms_error *err);
    void (*end)(void *state);
    void *user;
} ms_evaluate_job;

typedef struct ms_evaluate_count {
    uint64_t lines, errors;
    bool closed; /* nobody reads `out` any more */
} ms_evaluate_count;

/* Runs to the end of `in`, or until a failure. */
ms_status ms_evaluate_stream(const ms_evaluate_job *job, ms_evaluate_count *count, ms_error *err);

#endif
