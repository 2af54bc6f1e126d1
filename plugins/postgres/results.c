/* What the server answered, as rows or as a sentence. */
#include "pg.h"

#include <stdlib.h>

bool pg_rows(const PGresult *result, ms_rows *out)
{
    size_t columns = (size_t)PQnfields(result), rows = (size_t)PQntuples(result);
    *out = (ms_rows){
        .n_columns = (uint32_t)columns,
        .n_rows = (uint32_t)rows,
        .command = ms_str_z(PQcmdStatus((PGresult *)result)), /* libpq lacks the const */
    };
    if (columns == 0)
        return true;
    if (rows >= SIZE_MAX / sizeof(ms_str) / columns)
        return false;
    ms_str *block = malloc((rows + 1) * columns * sizeof *block);
    if (!block)
        return false;
    for (size_t k = 0; k < columns; k++)
        block[k] = ms_str_z(PQfname(result, (int)k));
    ms_str *cell = block + columns;
    out->columns = block;
    out->cells = cell;
    for (int i = 0; i < (int)rows; i++)
        for (int k = 0; k < (int)columns; k++, cell++)
            *cell = PQgetisnull(result, i, k)
                        ? MS_NONE
                        : (ms_str){PQgetvalue(result, i, k), (size_t)PQgetlength(result, i, k)};
    return true;
}

/* ---- errors --------------------------------------------------------------------------------- */

ms_status pg_status(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        ms_status status;
    } map[] = {
        {"40", MS_CONFLICT},       /* serialization failure, deadlock */
        {"55P03", MS_CONFLICT},    /* lock not available */
        {"23505", MS_CONFLICT},    /* unique violation */
        {"08", MS_UNAVAILABLE},    /* connection exception; PgBouncer's own errors, too */
        {"53", MS_UNAVAILABLE},    /* too many connections, disk full */
        {"57P", MS_UNAVAILABLE},   /* shutting down, starting up, terminated */
        {"58", MS_UNAVAILABLE},    /* the server's disk */
        {"XX", MS_UNAVAILABLE},    /* the server's own fault */
        {"25006", MS_UNAVAILABLE}, /* read-only: a standby, or a server that failed over */
        {"42501", MS_DENIED},      /* not granted */
        {"42P01", MS_NOT_FOUND},   /* no such table: a migration is missing */
        {"42703", MS_NOT_FOUND},   /* no such column */
        {"42883", MS_NOT_FOUND},   /* no such function */
        {"3F000", MS_NOT_FOUND},   /* no such schema */
        {"57014", MS_TIMEOUT},     /* statement_timeout */
        {"25P03", MS_TIMEOUT},     /* idle_in_transaction_session_timeout */
    };
    for (size_t i = 0; sqlstate && i < sizeof map / sizeof *map; i++)
        if (strncmp(sqlstate, map[i].prefix, strlen(map[i].prefix)) == 0)
            return map[i].status;
    return MS_INVALID;
}

/* Data exceptions (class 22) quote the datum: `invalid input syntax for type bigint: "..."`. What
 * stands between the first and the last quote goes, and so does all behind a colon. */
static void leave_out_data(char *message)
{
    char *first = strchr(message, '"');
    char *last = strrchr(message, '"');
    if (first && last > first)
        memmove(first + 1, last, strlen(last) + 1);
    char *colon = strstr(message, ": ");
    if (colon)
        *colon = '\0';
}

static int line_of(const char *script, const char *position)
{
    int line = 1;
    long characters = position ? atol(position) : 0;
    for (const char *p = script; *p && characters > 1; p++) {
        if (((unsigned char)*p & 0xC0) != 0x80) /* the server counts characters, not bytes */
            characters--;
        line += *p == '\n';
    }
    return line;
}

ms_status pg_error(const PGresult *result, const char *what, const char *script, ms_error *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const char *advice = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    char message[400];
    snprintf(message, sizeof message, "%s", primary ? primary : PQresultErrorMessage(result));
    if (state && strncmp(state, "22", 2) == 0)
        leave_out_data(message);
    message[strcspn(message, "\n")] = '\0';
    ms_status status = state ? pg_status(state) : MS_UNAVAILABLE; /* none: libpq's own message */
    if (script && position)
        ms_fail(err, status, "%s line %d: %s (%s)", what, line_of(script, position), message,
                state ? state : "no SQLSTATE");
    else
        ms_fail(err, status, "%s: %s (%s)", what, message, state ? state : "no SQLSTATE");
    /* Advice about names and types; that of other classes may quote data. */
    if (advice && state && strncmp(state, "42", 2) == 0)
        ms_hint(err, "%s", advice);
    return status;
}

void pg_connection_message(const PGconn *pg, char *out, size_t size)
{
    size_t n = 0;
    bool blank = true; /* runs of white space become one blank; none at the ends */
    for (const char *p = PQerrorMessage(pg); *p && n + 1 < size; p++) {
        bool white = *p == ' ' || *p == '\n' || *p == '\t';
        if (!white || !blank)
            out[n++] = white ? ' ' : *p;
        blank = white;
    }
    if (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}
