/* The ring of one jail, read as hostile: every record is copied once, checked against where the
 * batch stands, and never read again. */
#include "open/intake.h"

#include "common/text.h"

#include <string.h>

/* The file that must come next; s->count when all are finished. */
static uint32_t next_file(const struct slot *s)
{
    uint32_t i = 0;
    while (i < s->count && s->files[i].is_done)
        i++;
    return i;
}

static enum err on_start(const struct intake *in, struct slot *s, const struct record *r,
                         struct why *why)
{
    /* Once each: a second START would set the clock back for ever. */
    if (r->file >= s->count || r->file != next_file(s) || r->file == s->started)
        return fail(why, ERR_PEER, "file %u out of turn", r->file);
    s->started = r->file;
    s->attempts = 0;
    s->deadline_ms = slot_now_ms() + in->timeout_s * 1000;
    collect_clear(&s->collect);
    return ERR_NONE;
}

static enum err on_done(const struct intake *in, struct slot *s, const struct record *r)
{
    struct slot_file *f = &s->files[s->started];
    f->report->bytes = r->len;
    f->report->object_count = r->at;
    collect_clear(&s->collect);
    in->give(in->ctx, f);
    return ERR_NONE;
}

/* A record about the file at hand. */
static enum err on_file(const struct intake *in, struct slot *s, const struct record *r,
                        struct why *why)
{
    if (s->started >= s->count || s->files[s->started].is_done || r->file != s->started)
        return fail(why, ERR_PEER, "record %s for no file at hand", channel_name(r->kind));
    if (r->kind == MSG_DONE)
        return on_done(in, s, r);
    return collect_record(&s->collect, r, s->files[s->started].report, why);
}

/* Of the file at hand; of any while none was begun, since those that lie outside of the window are
 * hashed together first. slot_serve refuses what is neither. */
static enum err on_need(struct slot *s, const struct record *r, struct why *why)
{
    bool at_hand = s->started < s->count && r->file == s->started;
    if (s->started != SLOT_NONE && (!at_hand || s->files[s->started].is_done))
        return fail(why, ERR_PEER, "a piece of no file at hand");
    slot_serve(s, r, LIMIT_WINDOW_BYTES);
    return ERR_NONE;
}

static enum err on_about(const struct intake *in, struct slot *s, const struct record *r,
                         struct why *why)
{
    if (!in->about || s->count > 0 || r->evidence >= ABOUT_COUNT)
        return fail(why, ERR_PEER, "nobody asked about rules");
    in->about(in->rule_ctx, r, buf_get(&s->collect.name), collect_whole(&s->collect, r));
    collect_clear(&s->collect);
    return ERR_NONE;
}

enum err intake_record(const struct intake *in, struct slot *s, const struct record *r,
                       struct why *why)
{
    if (s->ended)
        return fail(why, ERR_PEER, "a record after the end");
    switch (r->kind) {
    case MSG_START:
        return on_start(in, s, r, why);
    case MSG_NEED:
        return on_need(s, r, why);
    case MSG_TEXT:
        return collect_text(&s->collect, r, why);
    case MSG_RULE:
        if (!in->rule)
            return fail(why, ERR_PEER, "nobody asked for rules");
        in->rule(in->rule_ctx, r);
        return ERR_NONE;
    case MSG_ABOUT:
        return on_about(in, s, r, why);
    case MSG_END:
        s->ended = true;
        return ERR_NONE;
    case MSG_FAIL:
        if (s->started != SLOT_NONE)
            return on_file(in, s, r, why);
        text_escape_into(s->failure, sizeof s->failure, collect_whole(&s->collect, r));
        collect_clear(&s->collect);
        return ERR_NONE;
    default:
        return on_file(in, s, r, why);
    }
}

bool intake_drain(const struct intake *in, struct slot *s, bool *bad)
{
    struct ring *ring = s->memory->ring;
    uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
    uint32_t count = head - s->taken;
    if (count == 0 || s->ended)
        return false;
    *bad = count > RECORD_RING;
    for (uint32_t i = 0; i < count && !*bad && !s->ended; i++) {
        struct record r;
        memcpy(&r, &ring->records[s->taken % RECORD_RING], sizeof r);
        s->taken++;
        *bad = intake_record(in, s, &r, NULL) != ERR_NONE;
    }
    struct window *w = s->memory->window;
    __atomic_store_n(&w->tail, s->taken, __ATOMIC_RELEASE);
    __atomic_add_fetch(&w->go, 1, __ATOMIC_SEQ_CST);
    channel_wake(&w->go);
    return true;
}
