/* What a jail says, at the opener's end: any records in any order. Traps when a file is given out
 * twice, out of turn, without its START or after END, or when a report cannot be walked. */
#include "drive.h"

#include "open/intake.h"

#include <stdlib.h>
#include <string.h>

enum { FILES = 3 };

struct seen {
    struct slot *slot;
    uint32_t given;
};

static struct window window;
static struct ring ring;
static struct spawn_slot memory = {.window = &window, .ring = &ring};

static void walk(const struct report *r)
{
    struct span names[40];
    for (uint32_t i = 0; i < r->findings_len && i < 50; i++)
        (void)report_part(r, r->findings[i].object, names, 40);
    for (uint32_t i = 0; i < r->gaps_len && i < 50; i++)
        (void)report_part(r, r->gaps[i].object, names, 40);
    if ((unsigned)report_verdict(r, 0) >= VERDICT_COUNT)
        __builtin_trap();
}

static void on_give(void *ctx, struct slot_file *f)
{
    struct seen *seen = ctx;
    struct slot *s = seen->slot;
    if (f != &s->files[seen->given] || s->started != seen->given || f->is_done || s->ended)
        __builtin_trap();
    seen->given++;
    f->is_done = true;
    walk(f->report);
    report_free(f->report);
    f->report = NULL;
}

/* One record from the input: fields one by one, so that a mutation means something. */
static size_t make_record(struct record *r, const uint8_t *data, size_t size)
{
    uint8_t head[24] = {0};
    size_t n = size < sizeof head ? size : sizeof head;
    memcpy(head, data, n);
    *r = (struct record){.kind = head[0] % (MSG_COUNT + 2),
                         .file = head[1] == 255 ? 0xffffffff : head[1] % (FILES + 1),
                         .object = head[2],
                         .parent = head[3],
                         .code = head[4],
                         .evidence = head[5],
                         .flags = head[6]};
    memcpy(&r->at, head + 7, sizeof r->at);
    r->len = (uint64_t)head[15] << (head[16] % 64);
    for (unsigned i = 0; i < 4; i++)
        r->text_len[i] = (uint16_t)(head[17 + i] << (head[21] % 9));
    memset(r->text, head[22], sizeof r->text);
    return n;
}

static void fill(struct slot *s)
{
    *s = (struct slot){
        .memory = &memory, .state = SLOT_RUNNING, .count = FILES, .started = SLOT_NONE};
    collect_init(&s->collect);
    for (uint32_t i = 0; i < FILES; i++)
        s->files[i] = (struct slot_file){.fd = -1, .report = report_new(SPAN_OF("file"))};
}

/* The ring as it might be left: anything in it, any head. */
static void drain_raw(const struct intake *in, struct slot *s, const uint8_t *data, size_t size)
{
    bool bad = false;
    if (size < 4)
        return;
    memset(&ring, 0, sizeof ring);
    memcpy(&ring.head, data, 4);
    size_t n = size - 4 < sizeof ring.records ? size - 4 : sizeof ring.records;
    memcpy(ring.records, data + 4, n);
    uint32_t head = ring.head;
    if (intake_drain(in, s, &bad) && head > RECORD_RING && !bad)
        __builtin_trap();
    if (s->taken > RECORD_RING)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct slot s;
    struct seen seen = {.slot = &s};
    struct intake in = {.give = on_give, .ctx = &seen, .timeout_s = 1};
    fill(&s);
    if (size > 0 && data[0] == 0xff) {
        drain_raw(&in, &s, data + 1, size - 1);
    } else {
        for (size_t at = 0; at < size;) {
            struct record r;
            at += make_record(&r, data + at, size - at);
            if (intake_record(&in, &s, &r, NULL) != ERR_NONE)
                break;
        }
    }
    slot_clear(&s);
    collect_done(&s.collect);
    return 0;
}
