/* What injected code would say to the opener. Each word below is one lie. */
#include "red_worker.h"

#include "red_calls.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

struct worker {
    struct window *w;
    struct ring *ring;
    uint32_t head, asked;
};

static void say(struct worker *k, const struct record *r)
{
    while (k->head - __atomic_load_n(&k->w->tail, __ATOMIC_ACQUIRE) >= RECORD_RING) {
        uint32_t go = __atomic_load_n(&k->w->go, __ATOMIC_ACQUIRE);
        if (k->head - __atomic_load_n(&k->w->tail, __ATOMIC_ACQUIRE) >= RECORD_RING)
            channel_wait(&k->w->go, go);
    }
    memcpy(&k->ring->records[k->head % RECORD_RING], r, sizeof *r);
    k->head++;
    __atomic_store_n(&k->ring->head, k->head, __ATOMIC_RELEASE);
    __atomic_add_fetch(&k->ring->bell, 1, __ATOMIC_SEQ_CST);
    channel_wake(&k->ring->bell);
}

static void say_kind(struct worker *k, uint32_t kind, uint32_t file)
{
    struct record r = {.kind = kind, .file = file, .len = 1, .at = 1};
    say(k, &r);
}

static void hang(void)
{
    for (;;)
        __asm__ volatile("pause" ::: "memory");
}

static void end(int code)
{
    (void)red_64(SYS_exit_group, code, 0, 0, 0, 0, 0);
}

static void lie_twice(struct worker *k, uint32_t i)
{
    for (;;)
        say_kind(k, MSG_START, i);
}

static void lie_foreign(struct worker *k, uint32_t i)
{
    say_kind(k, MSG_DONE, i + 1);
    hang();
}

static void lie_outside(struct worker *k, uint32_t i)
{
    (void)i;
    say_kind(k, MSG_START, 4000000);
    hang();
}

static void lie_skip(struct worker *k, uint32_t i)
{
    say_kind(k, MSG_DONE, i);
    say_kind(k, MSG_START, i + 2);
    hang();
}

static void lie_end(struct worker *k, uint32_t i)
{
    (void)i;
    say_kind(k, MSG_END, 0);
    hang();
}

/* END, and then clean reports for everything that was not finished. */
static void lie_after_end(struct worker *k, uint32_t i)
{
    say_kind(k, MSG_END, 0);
    for (uint32_t f = i; f < k->w->order.count; f++) {
        say_kind(k, MSG_START, f);
        say_kind(k, MSG_DONE, f);
    }
    hang();
}

static void lie_flood(struct worker *k, uint32_t i)
{
    for (;;)
        say_kind(k, MSG_GAP, i);
}

static void lie_text(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_TEXT, .file = i};
    r.text_len[0] = RECORD_TEXT;
    for (;;)
        say(k, &r);
}

/* Texts left lying about for whoever comes into this slot next. */
static void lie_leftover(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_TEXT, .file = i};
    (void)channel_put(&r, 0, SPAN_OF("poison"));
    say(k, &r);
    (void)red_64(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static void lie_lengths(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_FINDING, .file = i, .flags = 0xffff};
    memset(r.text_len, 0xff, sizeof r.text_len);
    memset(r.text, 'x', sizeof r.text);
    say(k, &r);
    say_kind(k, MSG_DONE, i);
}

static void lie_kind(struct worker *k, uint32_t i)
{
    say_kind(k, 77, i);
    hang();
}

static void lie_gap(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_GAP, .file = i, .code = 4000};
    say(k, &r);
    hang();
}

static void lie_object(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_OBJECT, .file = i, .object = 3, .parent = 9};
    say(k, &r);
    hang();
}

/* The same object again: many of them would make looking one up slow. */
static void lie_again(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_OBJECT, .file = i, .object = 3, .parent = 0};
    say(k, &r);
    say(k, &r);
    hang();
}

static void lie_head(struct worker *k, uint32_t i)
{
    (void)i;
    __atomic_add_fetch(&k->ring->head, 100000, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&k->ring->bell, 1, __ATOMIC_SEQ_CST);
    channel_wake(&k->ring->bell);
    hang();
}

static void lie_backwards(struct worker *k, uint32_t i)
{
    (void)i;
    __atomic_sub_fetch(&k->ring->head, 5, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&k->ring->bell, 1, __ATOMIC_SEQ_CST);
    channel_wake(&k->ring->bell);
    hang();
}

/* Dies in secret: the kernel finds no lock word to mark. */
static void lie_life(struct worker *k, uint32_t i)
{
    (void)i;
    __atomic_store_n(&k->ring->life, 1, __ATOMIC_SEQ_CST);
    end(0);
}

static void lie_death(struct worker *k, uint32_t i)
{
    (void)i;
    __atomic_or_fetch(&k->ring->life, FUTEX_OWNER_DIED, __ATOMIC_SEQ_CST);
    channel_wake(&k->ring->life);
    hang();
}

/* Asks for what it may not have; a reply that grants any of it ends in `found` for the test to see.
 */
static void lie_need(struct worker *k, uint32_t i)
{
    static const uint64_t asked[][2] = {
        {0, 10}, {UINT64_MAX, 2}, {0, UINT64_MAX}, {UINT64_MAX - 5, 10}, {UINT64_C(1) << 63, 1}};
    for (size_t n = 0; n < sizeof asked / sizeof asked[0]; n++) {
        struct record r = {.kind = MSG_NEED, .file = i, .at = asked[n][0], .len = asked[n][1]};
        r.parent = ++k->asked;
        say(k, &r);
        while (__atomic_load_n(&k->w->reply.seq, __ATOMIC_ACQUIRE) != k->asked)
            __asm__ volatile("pause" ::: "memory");
        if (k->w->reply.ok)
            say_kind(k, MSG_FINDING, i);
    }
    say_kind(k, MSG_DONE, i);
}

static void lie_include(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_INCLUDE, .file = i};
    (void)channel_put(&r, 0, SPAN_OF("../../etc/shadow"));
    say(k, &r);
    hang();
}

static void lie_segv(struct worker *k, uint32_t i)
{
    (void)k, (void)i;
    volatile uintptr_t nowhere = 16;
    *(volatile int *)nowhere = 1;
}

static void lie_call(struct worker *k, uint32_t i)
{
    (void)k, (void)i;
    (void)red_64(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

/* Spy code: speak to somebody, read a file of the owner, run a program. */
static void lie_talk(struct worker *k, uint32_t i)
{
    (void)k, (void)i;
    (void)red_64(SYS_socket, 2, 1, 0, 0, 0, 0);
}

static void lie_read(struct worker *k, uint32_t i)
{
    (void)k, (void)i;
    (void)red_64(SYS_openat, -100, (long)(uintptr_t)"/etc/passwd", 0, 0, 0, 0);
}

static void lie_run(struct worker *k, uint32_t i)
{
    (void)k, (void)i;
    (void)red_64(SYS_execve, (long)(uintptr_t)"/bin/sh", 0, 0, 0, 0, 0);
}

static void lie_exit(struct worker *k, uint32_t i)
{
    (void)k, (void)i;
    end(0);
}

static void lie_hang(struct worker *k, uint32_t i)
{
    (void)k, (void)i;
    hang();
}

static void lie_fail(struct worker *k, uint32_t i)
{
    struct record r = {.kind = MSG_FAIL, .file = i};
    (void)channel_put(&r, 0, SPAN_OF("\033[2Jfailed"));
    say(k, &r);
    say_kind(k, MSG_DONE, i);
}

static const struct {
    const char *word;
    void (*lie)(struct worker *k, uint32_t i);
    bool before_start;
} lies[] = {
    {"twice", lie_twice, false},       {"foreign", lie_foreign, false},
    {"outside", lie_outside, true},    {"skip", lie_skip, false},
    {"end", lie_end, false},           {"after-end", lie_after_end, false},
    {"flood", lie_flood, false},       {"text", lie_text, false},
    {"leftover", lie_leftover, false}, {"lengths", lie_lengths, false},
    {"kind", lie_kind, false},         {"gap", lie_gap, false},
    {"object", lie_object, false},     {"again", lie_again, false},
    {"head", lie_head, false},         {"backwards", lie_backwards, false},
    {"life", lie_life, false},         {"death", lie_death, false},
    {"need", lie_need, false},         {"include", lie_include, false},
    {"segv", lie_segv, false},         {"call", lie_call, false},
    {"exit", lie_exit, false},         {"hang", lie_hang, false},
    {"fail", lie_fail, false},         {"unstarted", lie_foreign, true},
    {"talk", lie_talk, false},         {"read", lie_read, false},
    {"run", lie_run, false},
};

/* "RED:word;" at the start of a file, or -1. */
static int lie_of(const struct window *w, uint32_t i)
{
    const struct batch_file *f = &w->order.files[i];
    struct span data = span_make((const uint8_t *)w + WINDOW_DATA, 1 << 24);
    struct span bytes =
        f->is_whole ? span_cut(data, (size_t)f->at, (size_t)f->size) : span_cut(data, 0, 0);
    if (!span_equal(span_cut(bytes, 0, 4), SPAN_OF("RED:")))
        return -1;
    for (size_t n = 0; n < sizeof lies / sizeof lies[0]; n++) {
        size_t len = strlen(lies[n].word);
        if (span_equal(span_cut(bytes, 4, len), span_make(lies[n].word, len)) &&
            span_byte(bytes, 4 + len) == ';')
            return (int)n;
    }
    return -1;
}

void red_worker(struct window *w, struct ring *ring)
{
    struct worker k = {.w = w, .ring = ring};
    for (uint32_t i = w->order.first; i < w->order.count && i < BATCH_MAX; i++) {
        int n = w->order.kind == MSG_BATCH ? lie_of(w, i) : -1;
        if (n >= 0 && lies[n].before_start)
            lies[n].lie(&k, i);
        say_kind(&k, MSG_START, i);
        if (n >= 0)
            lies[n].lie(&k, i);
        else
            say_kind(&k, MSG_DONE, i);
    }
    say_kind(&k, MSG_END, 0);
    end(0);
}
