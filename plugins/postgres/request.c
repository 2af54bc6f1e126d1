/* A call as a copy of its own, from exec to done. */
#include "pg.h"

#include <stdlib.h>

enum { MAX_PARAMS = 65535 }; /* of the protocol */

pg_request *pg_request_new(ms_db_done done, void *arg, unsigned flags)
{
    pg_request *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->done = done;
    r->arg = arg;
    r->flags = flags;
    return r;
}

static ms_status fail(pg_request *r, ms_status status, const char *text)
{
    r->status = ms_fail(&r->err, status, "%s", text);
    return r->status;
}

/* ---- fill ----------------------------------------------------------------------------------- */

static size_t add_sql(pg_request *r, ms_str sql)
{
    size_t at = r->text.n;
    pg_text_add(&r->text, sql.p, sql.n);
    pg_text_add(&r->text, "", 1);
    return at;
}

static ms_status add_param(pg_request *r, size_t statement, size_t i, const ms_value *v,
                           size_t *slot)
{
    *slot = PG_NULL;
    if (v->kind == MS_NULL || v->kind == MS_ABSENT)
        return MS_OK;
    *slot = r->text.n;
    const char *wrong = pg_encode(&r->text, v);
    pg_text_add(&r->text, "", 1);
    if (!wrong)
        return MS_OK;
    r->status = ms_fail(&r->err, MS_INVALID, "statement %zu: parameter $%zu %s", statement + 1,
                        i + 1, wrong);
    return r->status;
}

static bool make_room(pg_request *r, const ms_statement *statements, size_t n)
{
    size_t params = 0;
    for (size_t i = 0; i < n; i++) {
        params += statements[i].n_params;
        if (statements[i].n_params > r->max_params)
            r->max_params = statements[i].n_params;
    }
    r->statements = calloc(n ? n : 1, sizeof *r->statements);
    r->params = calloc(params ? params : 1, sizeof *r->params);
    r->rows = calloc(n ? n : 1, sizeof *r->rows);
    r->results = calloc(n ? n : 1, sizeof(PGresult *));
    return r->statements && r->params && r->rows && r->results;
}

ms_status pg_request_fill(pg_request *r, const ms_statement *statements, size_t n)
{
    if (!make_room(r, statements, n))
        return fail(r, MS_NOMEM, "out of memory");
    r->n = n;
    if (r->max_params > MAX_PARAMS)
        return fail(r, MS_INVALID, "a statement has more than 65535 parameters: send an array");
    size_t next = 0;
    for (size_t i = 0; i < n; i++) {
        const ms_statement *s = &statements[i];
        r->statements[i] = (pg_statement){add_sql(r, s->sql), next, s->n_params};
        for (size_t k = 0; k < s->n_params; k++, next++)
            if (add_param(r, i, k, &s->params[k], &r->params[next]) != MS_OK)
                return r->status;
    }
    return r->text.failed ? fail(r, MS_NOMEM, "out of memory") : MS_OK;
}

/* BEGIN stands on the script's first line, so that line numbers stay right; COMMIT on a line of its
 * own, in case the script ends with a comment. */
ms_status pg_request_script(pg_request *r, ms_str sql, bool transaction)
{
    r->script = true;
    r->transaction = transaction;
    if (sql.n > 0 && memchr(sql.p, '\0', sql.n))
        return fail(r, MS_INVALID, "the script holds a NUL byte");
    if (transaction)
        pg_text_add(&r->text, "BEGIN;", 6);
    pg_text_add(&r->text, sql.p, sql.n);
    if (transaction)
        pg_text_add(&r->text, "\n;COMMIT", 8);
    pg_text_add(&r->text, "", 1);
    return r->text.failed ? fail(r, MS_NOMEM, "out of memory") : MS_OK;
}

/* ---- take and complete ---------------------------------------------------------------------- */

void pg_request_take(pg_request *r, size_t i, PGresult *result)
{
    PQclear(r->results[i]);
    r->results[i] = result;
    if (!pg_rows(result, &r->rows[i]) && r->status == MS_OK)
        fail(r, MS_NOMEM, "out of memory for the result");
}

static void request_free(pg_request *r)
{
    for (size_t i = 0; i < r->n; i++) {
        PQclear(r->results[i]);
        free((void *)r->rows[i].columns);
    }
    free(r->results);
    free(r->rows);
    free(r->params);
    free(r->statements);
    pg_text_free(&r->text);
    free(r);
}

void pg_request_complete(pg_request *r, ms_session *session)
{
    if (r->status == MS_OK)
        r->done(r->arg, MS_OK, NULL, r->script ? NULL : r->rows, r->n, session);
    else
        r->done(r->arg, r->status, &r->err, NULL, 0, NULL);
    request_free(r);
}
