/*
 * The reader cuts the input into blocks of whole lines; each thread takes the next block, judges
 * its lines, waits until all blocks before it are written, and writes it. So the order is kept
 * without a writer, and no more than two blocks a thread are in memory. With one thread the same
 * steps run one after the other, without any.
 */
#include "cli/evaluate_stream.h"

#include "base/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

typedef struct block {
    ms_buf in, out;
    uint64_t first_line;
    bool last;     /* the input ends with it */
    bool too_long; /* stands for one line that was not kept */
} block;

typedef struct stream {
    const ms_evaluate_job *job;
    /* reader */
    ms_buf carry; /* begun line behind the last block */
    uint64_t line;
    bool ended;
    /* ring of blocks, by their number: written <= taken <= filled <= written + n */
    block *blocks;
    size_t n;
    uint64_t filled, taken, written;
    bool no_more; /* nothing will be filled */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    ms_evaluate_count count;
    ms_status status; /* the first failure; everything stops */
    ms_error err;
} stream;

static void fail_with(stream *s, const ms_error *err)
{
    pthread_mutex_lock(&s->lock);
    if (!s->status) {
        s->err = *err;
        s->status = err->status;
    }
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

static void fail_stream(stream *s, ms_status status, const char *what)
{
    ms_error err = {0};
    ms_fail(&err, status, "%s", what);
    fail_with(s, &err);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static bool is_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
            return false;
    return true;
}

/* Appends a chunk; the number of bytes, 0 at the end, -1 after a failure. */
static ssize_t read_chunk(stream *s, ms_buf *buf)
{
    ssize_t n;
    if (!ms_buf_reserve(buf, CHUNK)) {
        fail_stream(s, MS_NOMEM, "out of memory while reading");
        return -1;
    }
    do
        n = read(s->job->in, buf->p + buf->n, CHUNK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        fail_stream(s, MS_INTERNAL,
                    errno == EISDIR ? "the input is a folder, not a file" : strerror(errno));
    else
        buf->n += (size_t)n;
    return n;
}

/* Length of the whole lines in `buf`; before *from no newline is worth looking at again. A blank
 * line at the very end waits for what follows: only then is it known not to be the last one. */
static size_t whole_lines(const ms_buf *buf, size_t *from)
{
    const char *end = buf->n > *from ? memrchr(buf->p + *from, '\n', buf->n - *from) : NULL;
    if (!end) {
        *from = buf->n;
        return 0;
    }
    size_t n = (size_t)(end - buf->p) + 1;
    if (n < buf->n)
        return n;
    const char *before = memrchr(buf->p, '\n', n - 1);
    size_t start = before ? (size_t)(before - buf->p) + 1 : 0;
    *from = n - 1;
    return is_blank(buf->p + start, n - 1 - start) ? start : n;
}

static bool keep_rest(stream *s, block *b, size_t from)
{
    s->carry.n = 0;
    ms_buf_add(&s->carry, b->in.p + from, b->in.n - from);
    b->in.n = from;
    if (s->carry.failed)
        fail_stream(s, MS_NOMEM, "out of memory while reading");
    return !s->carry.failed;
}

/* The begun line in `b` is over the limit: forgets it up to its newline. */
static bool skip_line(stream *s, block *b)
{
    b->too_long = true;
    for (;;) {
        b->in.n = 0;
        ssize_t n = read_chunk(s, &b->in);
        if (n < 0)
            return false;
        const char *end = memchr(b->in.p, '\n', b->in.n);
        if (n && !end)
            continue;
        b->last = s->ended = n == 0;
        bool kept = n == 0 || keep_rest(s, b, (size_t)(end - b->in.p) + 1);
        b->in.n = 0;
        return kept;
    }
}

/* Fills `b` with the next whole lines; false when reading failed. */
static bool fill(stream *s, block *b)
{
    ms_buf empty = b->in;
    b->in = s->carry;
    s->carry = empty;
    s->carry.n = 0;
    b->last = b->too_long = false;
    b->first_line = s->line;
    for (size_t from = 0;;) {
        ssize_t n = read_chunk(s, &b->in);
        if (n <= 0) {
            b->last = s->ended = n == 0;
            break;
        }
        size_t lines = whole_lines(&b->in, &from);
        if (lines)
            return keep_rest(s, b, lines);
        if (b->in.n > MS_EVALUATE_LINE_BYTES)
            return skip_line(s, b);
    }
    return b->last;
}

static uint64_t count_lines(const block *b)
{
    uint64_t n = 0;
    const char *p = b->in.p, *end = b->in.n ? p + b->in.n : p;
    if (b->too_long)
        return 1;
    for (; p != end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        n++;
    return n + (b->in.n && end[-1] != '\n');
}

/* ---- judging and writing ----------------------------------------------------------------------
 */

/* The number of error lines among them. */
static uint64_t judge_block(ms_evaluator *e, block *b)
{
    uint64_t number = b->first_line, errors = 0;
    const char *p = b->in.p, *end = b->in.n ? p + b->in.n : p;
    b->out.n = 0;
    if (b->too_long) {
        ms_evaluate_error(++number, "the line is longer than 64 MiB", &b->out);
        return 1;
    }
    while (p != end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        ms_str line = {p, (size_t)((stop ? stop : end) - p)};
        if (b->first_line == 0 && p == b->in.p)
            line = ms_skip_bom(line);
        p = stop ? stop + 1 : end;
        number++;
        if (is_blank(line.p, line.n)) {
            if (p == end && b->last)
                break;
            ms_evaluate_error(number, "an empty line", &b->out);
            errors++;
        } else if (line.n > MS_EVALUATE_LINE_BYTES) {
            ms_evaluate_error(number, "the line is longer than 64 MiB", &b->out);
            errors++;
        } else {
            errors += !ms_evaluate_line(e, line, number, &b->out);
        }
    }
    return errors;
}

static bool write_block(stream *s, const block *b)
{
    if (b->out.failed) {
        fail_stream(s, MS_NOMEM, "out of memory while judging");
        return false;
    }
    for (size_t at = 0; at < b->out.n;) {
        ssize_t n = write(s->job->out, b->out.p + at, b->out.n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            s->count.closed = errno == EPIPE;
            fail_stream(s, MS_INTERNAL, strerror(errno));
            return false;
        }
        at += (size_t)n;
    }
    return true;
}

static ms_status run_here(stream *s, ms_evaluator *e)
{
    block *b = &s->blocks[0];
    while (!s->ended && fill(s, b)) {
        s->count.lines = s->line += count_lines(b);
        s->count.errors += judge_block(e, b);
        if (!write_block(s, b))
            break;
    }
    return s->status;
}

/* ---- several threads --------------------------------------------------------------------------
 */

/* The next block to judge; NULL: there will be none. */
static block *take(stream *s, uint64_t *number)
{
    block *b = NULL;
    pthread_mutex_lock(&s->lock);
    while (!s->status && s->taken == s->filled && !s->no_more)
        pthread_cond_wait(&s->moved, &s->lock);
    if (!s->status && s->taken < s->filled) {
        *number = s->taken++;
        b = &s->blocks[*number % s->n];
    }
    pthread_mutex_unlock(&s->lock);
    return b;
}

/* Waits for its turn to write; false when the stream has failed. */
static bool wait_turn(stream *s, uint64_t number)
{
    pthread_mutex_lock(&s->lock);
    while (!s->status && s->written != number)
        pthread_cond_wait(&s->moved, &s->lock);
    bool ok = !s->status;
    pthread_mutex_unlock(&s->lock);
    return ok;
}

static void give_back(stream *s, uint64_t errors)
{
    pthread_mutex_lock(&s->lock);
    s->written++;
    s->count.errors += errors;
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

static void *work(void *p)
{
    stream *s = p;
    void *state = NULL;
    ms_evaluator *e = NULL;
    ms_error err = {0};
    uint64_t number = 0;
    ms_status status = s->job->begin(s->job->user, &state, &e, &err);
    if (status)
        fail_with(s, &err);
    for (block *b; !status && (b = take(s, &number));) {
        uint64_t errors = judge_block(e, b);
        if (!wait_turn(s, number) || !write_block(s, b))
            break;
        give_back(s, errors);
    }
    s->job->end(state);
    return NULL;
}

/* A block that nobody uses; NULL when the stream has failed. */
static block *free_block(stream *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->status && s->filled == s->written + s->n)
        pthread_cond_wait(&s->moved, &s->lock);
    block *b = s->status ? NULL : &s->blocks[s->filled % s->n];
    pthread_mutex_unlock(&s->lock);
    return b;
}

static void read_all(stream *s)
{
    block *b = NULL;
    while (!s->ended && (b = free_block(s)) && fill(s, b)) {
        s->line += count_lines(b);
        pthread_mutex_lock(&s->lock);
        s->count.lines = s->line;
        s->filled++;
        pthread_cond_broadcast(&s->moved);
        pthread_mutex_unlock(&s->lock);
    }
    pthread_mutex_lock(&s->lock);
    s->no_more = true;
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

static void run_threads(stream *s)
{
    unsigned started = 0;
    pthread_t *threads = calloc(s->job->jobs, sizeof *threads);
    if (!threads)
        fail_stream(s, MS_NOMEM, "out of memory");
    for (; threads && started < s->job->jobs; started++)
        if (pthread_create(&threads[started], NULL, work, s))
            break;
    if (!started)
        fail_stream(s, MS_INTERNAL, "no thread could be started");
    read_all(s);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

static void run_alone(stream *s)
{
    void *state = NULL;
    ms_evaluator *e = NULL;
    s->status = s->job->begin(s->job->user, &state, &e, &s->err);
    if (!s->status)
        run_here(s, e);
    s->job->end(state);
}

ms_status ms_evaluate_stream(const ms_evaluate_job *job, ms_evaluate_count *count, ms_error *err)
{
    stream s = {.job = job,
                .n = job->jobs > 1 ? job->jobs * 2 : 1,
                .lock = PTHREAD_MUTEX_INITIALIZER,
                .moved = PTHREAD_COND_INITIALIZER};
    s.blocks = calloc(s.n, sizeof *s.blocks);
    if (!s.blocks)
        return ms_fail(err, MS_NOMEM, "out of memory");
    if (job->jobs > 1)
        run_threads(&s);
    else
        run_alone(&s);
    for (size_t i = 0; i < s.n; i++) {
        ms_buf_free(&s.blocks[i].in);
        ms_buf_free(&s.blocks[i].out);
    }
    ms_buf_free(&s.carry);
    free(s.blocks);
    *count = s.count;
    if (s.status && err)
        *err = s.err;
    return s.status;
}
