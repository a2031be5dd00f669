/* Filling a window and serving from it. Reads the owner's files as bytes and looks at none of them.
 */
#include "open/slot.h"

#include "open/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t slot_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint8_t *data_of(const struct slot *s)
{
    return (uint8_t *)s->memory->window + WINDOW_DATA;
}

void slot_clear(struct slot *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->files[i].fd >= 0)
            (void)close(s->files[i].fd);
        report_free(s->files[i].report);
    }
    s->count = 0;
    s->filled = 0;
    s->attempts = 0;
}

void slot_add(struct slot *s, const struct slot_file *f)
{
    must(s->count < BATCH_MAX);
    s->memory->window->order.files[s->count] = (struct batch_file){.size = f->report->size};
    s->files[s->count++] = *f;
}

uint32_t slot_first_left(const struct slot *s)
{
    uint32_t next = 0;
    while (next < s->count && s->files[next].is_done)
        next++;
    return next;
}

void slot_describe_end(const struct slot *s, char *out, size_t size)
{
    if (s->status >= 0 && WIFSIGNALED(s->status) && WTERMSIG(s->status) != SIGKILL)
        (void)snprintf(out, size, "the jail was ended by signal %d%s", WTERMSIG(s->status),
                       WTERMSIG(s->status) == 31 ? " (a forbidden call)" : "");
    else if (s->status >= 0 && WIFEXITED(s->status))
        (void)snprintf(out, size, "the jail ended itself with %d", WEXITSTATUS(s->status));
    else
        (void)snprintf(out, size, "the jail was ended from outside, or broke the protocol");
}

/* Reads until `want` bytes, the end, or an error. A short read that brings it to just `expected`
 * bytes met the end where it should be: asking again would only cost a call. */
static size_t read_fully(int fd, uint8_t *to, size_t want, uint64_t at, size_t expected)
{
    size_t have = 0;
    while (have < want) {
        ssize_t n = pread(fd, to + have, want - have, (off_t)(at + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return have ? have : SIZE_MAX;
        if (n == 0)
            break;
        have += (size_t)n;
        if (have == expected)
            break;
    }
    return have;
}

size_t slot_read(struct slot *s, int fd, uint64_t size, bool *changed)
{
    /* One byte more than it should have shows a file that grew. */
    size_t got = read_fully(fd, data_of(s) + s->filled, (size_t)size + 1, 0, (size_t)size);
    if (got == SIZE_MAX)
        return got;
    *changed = got != size;
    return got < size ? got : (size_t)size;
}

void slot_add_process(struct slot *s, const struct process *process, struct report *report)
{
    size_t bytes = process->count * sizeof *process->regions;
    must(bytes <= LIMIT_WINDOW_BYTES && s->count == 0);
    s->memory->window->order.files[0] =
        (struct batch_file){.size = process->bytes, .regions = process->count, .is_process = 1};
    s->files[0] = (struct slot_file){.fd = process->fd, .report = report, .is_process = true};
    s->count = 1;
    if (bytes)
        memcpy(data_of(s), process->regions, bytes);
}

uint64_t slot_window_bytes(const struct pool_options *options)
{
    uint64_t given = (options->module_data.len + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    return WINDOW_DATA + LIMIT_WINDOW_BYTES + given;
}

void slot_place_modules(struct slot *s, const struct pool_options *options)
{
    if (options->module_data.len > 0)
        memcpy(data_of(s) + LIMIT_WINDOW_BYTES, options->module_data.at, options->module_data.len);
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_unchanged(const struct slot_file *f)
{
    struct stat st;
    return fstat(f->fd, &st) == 0 && (uint64_t)st.st_size == f->report->size &&
           is_same_time(st.st_mtim, f->mtime) && is_same_time(st.st_ctim, f->ctime);
}

static bool is_still_there(const struct slot_file *f, uint64_t at)
{
    return f->is_process || (at < f->report->size && is_unchanged(f));
}

/* The file that a NEED may ask for. Before the first START all of the batch are hashed together. */
static struct slot_file *needed(struct slot *s, const struct record *r)
{
    if (r->file >= s->count || (s->started != SLOT_NONE && r->file != s->started))
        return NULL;
    struct slot_file *f = &s->files[r->file];
    return f->fd >= 0 && !f->is_done ? f : NULL;
}

void slot_serve(struct slot *s, const struct record *r, uint64_t window_bytes)
{
    struct window *w = s->memory->window;
    struct reply reply = {.seq = r->parent};
    struct slot_file *f = needed(s, r);
    uint64_t end, to = r->code;
    if (f && r->len <= window_bytes && to <= window_bytes - r->len &&
        add_u64(r->at, r->len, &end) && is_still_there(f, r->at)) {
        uint64_t left = f->is_process ? r->len : f->report->size - r->at;
        size_t want = (size_t)(r->len < left ? r->len : left);
        size_t got = read_fully(f->fd, data_of(s) + to, want, r->at, want);
        reply.ok = got != SIZE_MAX;
        reply.at = to;
        reply.len = reply.ok ? got : 0;
    }
    uint32_t seq = reply.seq;
    reply.seq = 0;
    memcpy((char *)&w->reply + sizeof seq, (char *)&reply + sizeof seq, sizeof reply - sizeof seq);
    __atomic_store_n(&w->reply.seq, seq, __ATOMIC_RELEASE);
    __atomic_add_fetch(&w->go, 1, __ATOMIC_SEQ_CST);
    channel_wake(&w->go);
}

void slot_order(struct slot *s, uint32_t kind, uint32_t first, const struct pool_options *options)
{
    struct order *o = &s->memory->window->order;
    o->count = s->count;
    o->first = first;
    o->options = options->order_options;
    o->object_bytes = options->object_bytes;
    o->total_bytes = options->total_bytes;
    o->depth = options->depth;
    o->objects = options->objects;
    o->now_s = (int64_t)time(NULL);
    o->modules_at = LIMIT_WINDOW_BYTES;
    o->modules_len = options->module_data.len;
    __atomic_store_n(&o->kind, kind, __ATOMIC_RELEASE);
    __atomic_add_fetch(&s->memory->window->go, 1, __ATOMIC_SEQ_CST);
    channel_wake(&s->memory->window->go);
}
