/* spool.c: one SQLite connection, one thread that commits in groups, one wake-up back to the loop.
 */
#include "flow/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEEK_BYTES = 8 * 1024 * 1024 };

/* One append under way. */
typedef struct record {
    struct record *next;
    ms_spool_done done;
    void *arg;
    ms_status status;
    size_t n;
    char body[];
} record;

typedef struct record_list {
    record *first, **last;
} record_list;

struct ms_spool {
    char *path;
    pthread_mutex_t db_lock; /* around a whole transaction: both threads use one connection */
    sqlite3 *db;
    sqlite3_stmt *insert;
    bool broken; /* under db_lock: an fsync failed */
    pthread_t thread;
    bool running;
    ms_wake *wake;
    int64_t max_bytes, bytes; /* [loop] bodies that are in it or on their way */
    size_t count;             /* [loop] */
    pthread_mutex_t lock;     /* of what follows */
    pthread_cond_t work;
    record_list waiting, finished;
    bool stop;
    ms_error fault; /* of the last batch that failed */
};

static void list_init(record_list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

static void list_add(record_list *list, record *r)
{
    r->next = NULL;
    *list->last = r;
    list->last = &r->next;
}

/* Everything of `from` behind `to`. */
static void list_move(record_list *to, record_list *from)
{
    if (!from->first)
        return;
    *to->last = from->first;
    to->last = from->last;
    list_init(from);
}

/* ---- SQLite --------------------------------------------------------------------------------- */

/* After a failed fsync the kernel may have dropped what it could not write and call the next one a
 * success; so there is no next one. */
static ms_status fail_broken(const ms_spool *s, ms_error *err)
{
    ms_fail(err, MS_INTERNAL, "spool: %s: the disk did not keep what was written (fsync)", s->path);
    ms_hint(err, "check the disk, then restart the receiver");
    return MS_INTERNAL;
}

static ms_status sql_fail(ms_spool *s, const char *what, ms_error *err)
{
    int code = s->db ? sqlite3_extended_errcode(s->db) : SQLITE_NOMEM, kind = code & 0xFF;
    if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED) {
        ms_fail(err, MS_CONFLICT, "spool: %s: another process has it open", s->path);
        ms_hint(err, "give each receiver a spool of its own: spool.dir");
        return MS_CONFLICT;
    }
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
        s->broken = true;
        return fail_broken(s, err);
    }
    ms_fail(err, MS_INTERNAL, "spool: %s: %s: %s", s->path, what,
            s->db ? sqlite3_errmsg(s->db) : "out of memory");
    if (kind == SQLITE_FULL || kind == SQLITE_IOERR)
        ms_hint(err, "is the disk full? It goes on by itself when there is room");
    if (kind == SQLITE_NOTADB || kind == SQLITE_CORRUPT)
        ms_hint(err, "move the file away; a new one is made");
    return MS_INTERNAL;
}

static ms_status run_sql(ms_spool *s, const char *sql, const char *what, ms_error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? MS_OK : sql_fail(s, what, err);
}

static bool insert_one(ms_spool *s, const record *r)
{
    bool ok = sqlite3_bind_blob64(s->insert, 1, r->body, r->n, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(s->insert) == SQLITE_DONE;
    sqlite3_reset(s->insert);
    sqlite3_clear_bindings(s->insert);
    return ok;
}

/* All of the batch becomes durable, or none of it. */
static ms_status write_batch(ms_spool *s, const record *first, ms_error *err)
{
    if (s->broken)
        return fail_broken(s, err);
    ms_status status = run_sql(s, "BEGIN IMMEDIATE", "begin", err);
    for (const record *r = first; status == MS_OK && r; r = r->next)
        if (!insert_one(s, r))
            status = sql_fail(s, "insert", err);
    if (status == MS_OK)
        status = run_sql(s, "COMMIT", "commit", err);
    if (status != MS_OK && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- the writer's thread -------------------------------------------------------------------- */

static void *write_records(void *arg)
{
    ms_spool *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!s->stop || s->waiting.first) {
        if (!s->waiting.first) {
            pthread_cond_wait(&s->work, &s->lock);
            continue;
        }
        record_list batch;
        ms_error err = {0};
        list_init(&batch);
        list_move(&batch, &s->waiting);
        pthread_mutex_unlock(&s->lock);
        pthread_mutex_lock(&s->db_lock);
        ms_status status = write_batch(s, batch.first, &err);
        pthread_mutex_unlock(&s->db_lock);
        for (record *r = batch.first; r; r = r->next)
            r->status = status;
        pthread_mutex_lock(&s->lock);
        if (status != MS_OK)
            s->fault = err;
        list_move(&s->finished, &batch);
        ms_wake_send(s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- on the loop ---------------------------------------------------------------------------- */

static void deliver(void *arg)
{
    static const ms_error full = {
        .status = MS_TOO_LARGE, .text = "spool: it is full", .hint = "raise spool.max"};
    ms_spool *s = arg;
    record_list done;
    list_init(&done);
    pthread_mutex_lock(&s->lock);
    list_move(&done, &s->finished);
    ms_error fault = s->fault;
    pthread_mutex_unlock(&s->lock);
    while (done.first) {
        record *r = done.first;
        done.first = r->next;
        if (r->status != MS_OK) {
            s->count--;
            s->bytes -= (int64_t)r->n;
        }
        r->done(r->arg, r->status, r->status == MS_TOO_LARGE ? &full : &fault);
        free(r);
    }
}

/* Payloads hold people's data: the file is its owner's alone, and SQLite gives its log the same
 * mode. An existing file is not touched, as closing it would drop the locks of its owner. */
static ms_status create_private(const char *path, ms_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return ms_fail(err, MS_INTERNAL, "spool: %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return MS_OK;
}

static ms_status open_database(ms_spool *s, ms_error *err)
{
    static const char set_up[] =
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS record"
        " (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);"
        "CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY, body BLOB NOT NULL); COMMIT";
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
    sqlite3_stmt *sum = NULL;
    ms_status status = create_private(s->path, err);
    if (status == MS_OK && sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
        status = sql_fail(s, "open", err);
    if (status == MS_OK)
        status = run_sql(s, set_up, "open", err);
    if (status != MS_OK)
        return status;
    if (sqlite3_prepare_v2(s->db, "INSERT INTO record (body) VALUES (?)", -1, &s->insert, NULL) ||
        sqlite3_prepare_v2(s->db, "SELECT count(*), coalesce(sum(length(body)), 0) FROM record", -1,
                           &sum, NULL) ||
        sqlite3_step(sum) != SQLITE_ROW) {
        status = sql_fail(s, "count", err);
    } else {
        s->count = (size_t)sqlite3_column_int64(sum, 0);
        s->bytes = sqlite3_column_int64(sum, 1);
    }
    sqlite3_finalize(sum);
    return status;
}

ms_status ms_spool_open(ms_loop *loop, const char *path, int64_t max_bytes, ms_spool **out,
                        ms_error *err)
{
    ms_spool *s = calloc(1, sizeof *s);
    if (!s)
        return ms_fail(err, MS_NOMEM, "out of memory");
    s->max_bytes = max_bytes;
    list_init(&s->waiting);
    list_init(&s->finished);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->db_lock, NULL);
    pthread_cond_init(&s->work, NULL);
    s->path = strdup(path);
    ms_status status = s->path ? open_database(s, err) : ms_fail(err, MS_NOMEM, "out of memory");
    if (status == MS_OK)
        status = ms_loop_wake(loop, deliver, s, &s->wake, err);
    if (status == MS_OK) {
        int code = pthread_create(&s->thread, NULL, write_records, s);
        s->running = code == 0;
        if (code)
            status = ms_fail(err, MS_INTERNAL, "spool: no thread: %s", strerror(code));
    }
    if (status != MS_OK) {
        ms_spool_close(s);
        return status;
    }
    *out = s;
    return MS_OK;
}

void ms_spool_close(ms_spool *s)
{
    if (!s)
        return;
    if (s->running) {
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        deliver(s);
    }
    if (s->wake)
        ms_loop_unwake(s->wake);
    sqlite3_finalize(s->insert);
    sqlite3_close(s->db);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->db_lock);
    pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s);
}

void ms_spool_append(ms_spool *s, ms_str body, ms_spool_done done, void *arg)
{
    record *r = malloc(sizeof *r + body.n);
    if (!r) { /* nothing to report later with */
        const ms_error err = {.status = MS_NOMEM, .text = "out of memory"};
        done(arg, MS_NOMEM, &err);
        return;
    }
    *r = (record){.done = done, .arg = arg, .n = body.n, .status = MS_TOO_LARGE};
    if (body.n)
        memcpy(r->body, body.p, body.n);
    bool fits = s->bytes + (int64_t)body.n <= s->max_bytes;
    s->count++;
    s->bytes += (int64_t)body.n;
    pthread_mutex_lock(&s->lock);
    list_add(fits ? &s->waiting : &s->finished, r);
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    if (!fits)
        ms_wake_send(s->wake);
}

size_t ms_spool_count(const ms_spool *s)
{
    return s->count;
}

/* ---- draining ------------------------------------------------------------------------------- */

static ms_status read_rows(ms_spool *s, sqlite3_stmt *select, ms_arena *arena, ms_spooled *list,
                           size_t *n, ms_error *err)
{
    int code;
    size_t bytes = 0;
    while ((code = sqlite3_step(select)) == SQLITE_ROW) {
        const ms_str body = {sqlite3_column_blob(select, 1),
                             (size_t)sqlite3_column_bytes(select, 1)};
        list[*n] = (ms_spooled){sqlite3_column_int64(select, 0),
                                ms_arena_dup(arena, body.p ? body : MS_STR(""))};
        if (!list[*n].body.p)
            return ms_fail(err, MS_NOMEM, "out of memory");
        (*n)++;
        bytes += body.n;
        if (bytes >= PEEK_BYTES)
            return MS_OK;
    }
    return code == SQLITE_DONE ? MS_OK : sql_fail(s, "read", err);
}

ms_status ms_spool_peek(ms_spool *s, ms_arena *arena, size_t max, ms_spooled **out, size_t *n,
                        ms_error *err)
{
    sqlite3_stmt *select = NULL;
    ms_status status = MS_OK;
    *n = 0;
    *out = ms_alloc_zero(arena, max, sizeof **out);
    if (!*out)
        return ms_fail(err, MS_NOMEM, "out of memory");
    pthread_mutex_lock(&s->db_lock);
    if (sqlite3_prepare_v2(s->db, "SELECT id, body FROM record ORDER BY id LIMIT ?", -1, &select,
                           NULL) ||
        sqlite3_bind_int64(select, 1, (sqlite3_int64)max))
        status = sql_fail(s, "read", err);
    else
        status = read_rows(s, select, arena, *out, n, err);
    sqlite3_finalize(select);
    pthread_mutex_unlock(&s->db_lock);
    return status;
}

/* Deletes what `sql` says about `id` and counts it off. Under db_lock. */
static ms_status forget(ms_spool *s, const char *sql, int64_t id, ms_error *err)
{
    sqlite3_stmt *drop = NULL;
    ms_status status = MS_OK;
    int64_t bytes = 0;
    size_t count = 0;
    int code = SQLITE_DONE;
    if (s->broken)
        return fail_broken(s, err);
    if (sqlite3_prepare_v2(s->db, sql, -1, &drop, NULL) || sqlite3_bind_int64(drop, 1, id)) {
        status = sql_fail(s, "drop", err);
    } else {
        while ((code = sqlite3_step(drop)) == SQLITE_ROW) {
            bytes += sqlite3_column_int64(drop, 0);
            count++;
        }
        if (code != SQLITE_DONE)
            status = sql_fail(s, "drop", err);
    }
    sqlite3_finalize(drop);
    if (status == MS_OK) {
        s->count -= count;
        s->bytes -= bytes;
    }
    return status;
}

ms_status ms_spool_drop(ms_spool *s, int64_t id, ms_error *err)
{
    pthread_mutex_lock(&s->db_lock);
    ms_status status =
        forget(s, "DELETE FROM record WHERE id <= ? RETURNING length(body)", id, err);
    pthread_mutex_unlock(&s->db_lock);
    return status;
}

/* Copied first: if the deletion fails, the record stands in both tables and is moved again. */
ms_status ms_spool_set_aside(ms_spool *s, int64_t id, ms_error *err)
{
    char copy[128];
    snprintf(copy, sizeof copy,
             "INSERT OR REPLACE INTO refused SELECT id, body FROM record WHERE id = %lld",
             (long long)id);
    pthread_mutex_lock(&s->db_lock);
    ms_status status = s->broken ? fail_broken(s, err) : run_sql(s, copy, "set aside", err);
    if (status == MS_OK)
        status = forget(s, "DELETE FROM record WHERE id = ? RETURNING length(body)", id, err);
    pthread_mutex_unlock(&s->db_lock);
    return status;
}
