/* The scan of one file: an explicit stack of open containers, the part at hand above the top. Parts
 * come out of their container one at a time and are gone before the next, so what is in memory is
 * one path from the file down. Every byte below was typed by an attacker. */
#include "jail/inspect.h"

#include "jail/match/engine.h"
#include "jail/match/members.h"
#include "jail/object/memory.h"
#include "jail/object/sniff.h"
#include "jail/unpack/unpack.h"

#include <stdlib.h>

struct frame {
    struct object object;
    struct child child; /* its bytes, when they are a part's */
    uint64_t base;      /* where a windowed object begins in the file */
    struct scan *scan;
    /* while it is open */
    const struct unpacker *how;
    bool is_second; /* `how` is the second way to read it: an archive behind something else */
    void *state;
    struct unpack unpack;
};

struct scan {
    struct inspection *in;
    struct inspected *out;
    struct why *why;
    struct frame *frames; /* [0] is the file; the part at hand stands above the open ones */
    uint64_t depth;       /* deepest object that may be opened, plus one */
    uint64_t gaps;
    uint32_t next_id;
};

/* Every gap of the scan passes here: a container of a million broken parts must end, too. */
static void give_gap(struct scan *s, uint32_t object, enum gap_kind kind, uint64_t at,
                     struct span detail)
{
    if (s->gaps > s->in->budget.objects)
        return;
    if (s->gaps == s->in->budget.objects) {
        kind = GAP_TOO_MANY;
        detail = SPAN_OF("more gaps than one file may have; the scan of its parts ends here");
        s->in->budget.spent = true;
    }
    s->gaps++;
    s->in->sink.gap(s->in->sink.ctx, object, kind, at, detail);
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail)
{
    give_gap(ctx, object, kind, at, detail);
}

static void on_member(void *ctx, struct object *container, const struct member *m)
{
    struct scan *s = ctx;
    members_scan(s->in->members, container, m, &s->in->budget, &s->in->sink);
}

/* Both kinds are for ZIP, the one container that asks. */
static bool on_password(void *ctx, uint32_t index, struct span *out)
{
    struct scan *s = ctx;
    bool is_any;
    return engine_password(s->in->engine, index, out, &is_any);
}

static void gap(struct frame *f, enum gap_kind kind, const char *detail)
{
    give_gap(f->scan, f->object.id, kind, 0, span_text(detail));
}

/* A large stored part is a stretch of the file itself: all windowed objects are. */
static struct span fetch_part(void *ctx, uint64_t at, size_t len)
{
    struct frame *f = ctx;
    return source_view(&f->scan->frames[0].object.source, f->base + at, len);
}

static void set_source(struct frame *part, const struct frame *parent)
{
    const struct child *c = &part->child;
    if (c->windowed) {
        part->base = parent->base + c->window_at;
        part->object.source =
            (struct source){.size = c->window_len, .fetch = fetch_part, .ctx = part};
    } else if (c->whole_in_parent) {
        part->object.source = source_of(c->borrowed);
    } else {
        part->object.source = source_of(span_make(c->bytes, c->len));
    }
}

static void close_container(struct frame *f)
{
    if (f->how && f->how->close)
        f->how->close(&f->unpack, f->state);
    arena_free(f->unpack.arena);
    f->unpack.arena = NULL;
    f->unpack.name_at = NULL;
    f->how = NULL;
}

static void close_frame(struct frame *f)
{
    close_container(f);
    unpack_drop(&f->unpack, &f->child);
}

/* Starts on a container. False: nothing to iterate, the frame is closed again. */
static bool open_frame(struct frame *f, const struct unpacker *how)
{
    f->unpack.arena = arena_new(LIMIT_ARENA_BYTES);
    f->state = f->unpack.arena ? arena_alloc(f->unpack.arena, 1, how->state_bytes) : NULL;
    if (!f->state) {
        gap(f, GAP_MEMORY, "no memory to open it");
        return false;
    }
    f->how = how;
    return how->open(&f->unpack, f->state);
}

static bool is_too_deep(struct frame *f)
{
    if (f->object.depth < f->scan->depth)
        return false;
    gap(f, GAP_TOO_DEEP, "its parts are nested too deep to be opened");
    return true;
}

/* What ClamAV's signatures want it scanned as, when that can be opened and its own type cannot. */
static void retype(struct object *o)
{
    for (unsigned t = 0; t < TYPE_COUNT; t++)
        if (type_handling(o->type) == HANDLING_LEAF && (o->retypes >> t & 1) &&
            type_handling((enum object_type)t) != HANDLING_LEAF)
            o->type = (enum object_type)t;
}

/* The way its type says. False: it is not open; the gap is given when there should be parts. */
static bool open_first(struct frame *f)
{
    retype(&f->object);
    if (type_handling(f->object.type) == HANDLING_LEAF)
        return false;
    const struct unpacker *how = unpack_find(f->object.type);
    if (!how)
        gap(f, GAP_NOT_OPENED, type_meaning(f->object.type));
    if (!how || is_too_deep(f))
        return false;
    if (open_frame(f, how))
        return true;
    close_container(f);
    return false;
}

/* The other way, when it is an archive seen from its end. */
static bool open_second(struct frame *f)
{
    if (f->is_second || f->scan->in->budget.spent)
        return false;
    f->is_second = true;
    const struct unpacker *how = unpack_find_behind(&f->object);
    if (!how || is_too_deep(f))
        return false;
    if (open_frame(f, how))
        return true;
    close_container(f);
    return false;
}

/* As other types, when ClamAV's signatures want that. */
static enum err match_again(struct frame *f, const struct sink *sink)
{
    struct object *o = &f->object;
    for (unsigned t = 0; t < TYPE_COUNT; t++) {
        if (!(o->retypes >> t & 1))
            continue;
        struct object again = *o;
        again.type = (enum object_type)t;
        again.is_retyped = true;
        again.container = o;
        TRY(engine_scan(f->scan->in->engine, &again, &f->scan->in->budget, sink, f->scan->why));
        o->source.failed = o->source.failed || again.source.failed;
    }
    return ERR_NONE;
}

/* Identify, tell, match. */
static enum err examine(struct frame *f)
{
    struct scan *s = f->scan;
    struct inspection *in = s->in;
    struct object *o = &f->object;
    o->type = o->memory ? TYPE_DATA : sniff_type(&o->source);
    o->evidence = f->child.evidence < EVIDENCE_COUNT ? f->child.evidence : type_evidence(o->type);
    s->out->objects++;
    if (in->sink.object)
        in->sink.object(in->sink.ctx, o);
    if (in->engine) {
        struct sink sink = in->sink;
        TRY(engine_scan(in->engine, o, &in->budget, &sink, s->why));
        TRY(match_again(f, &sink));
    }
    s->out->bytes += o->memory ? o->memory->bytes : o->source.size;
    return ERR_NONE;
}

static void say_unread(struct frame *f)
{
    const struct memory *m = f->object.memory;
    if (m && m->is_cut)
        give_gap(f->scan, f->object.id, GAP_UNREADABLE, m->unread_at,
                 SPAN_OF("a region of its memory"));
    if (f->object.source.failed && source_in_memory(&f->object.source) == false)
        gap(f, GAP_CHANGED, "not all of its bytes could be read");
}

static void unpack_setup(struct frame *f)
{
    f->unpack = (struct unpack){
        .object = &f->object, .budget = &f->scan->in->budget, .sink_ctx = f->scan, .gap = on_gap};
    if (f->scan->in->engine)
        f->unpack.password = on_password;
    if (f->scan->in->members)
        f->unpack.member = on_member;
}

/* The next part of `top` into the frame above it. */
static bool next_part(struct frame *top)
{
    struct scan *s = top->scan;
    struct frame *part = top + 1;
    *part = (struct frame){.scan = s, .child = {.evidence = EVIDENCE_COUNT}};
    unpack_setup(part);
    if (s->in->budget.spent || !top->how->next(&top->unpack, top->state, &part->child))
        return false;
    if (!budget_object(&s->in->budget)) {
        gap(top, GAP_TOO_MANY, "more parts than one file may have");
        return false;
    }
    set_source(part, top);
    part->object.id = ++s->next_id;
    part->object.parent = top->object.id;
    part->object.depth = top->object.depth + 1;
    part->object.name = part->child.name;
    part->object.container = &top->object;
    part->object.is_trusted = top->object.is_trusted;
    return true;
}

/* One object: examined, then opened when it is a container. True: it is open now. */
static bool enter(struct frame *f, enum err *err)
{
    *err = examine(f);
    bool may_open = *err == ERR_NONE && !f->scan->in->budget.spent && !f->scan->in->no_unpack &&
                    !f->object.memory;
    if (may_open && (open_first(f) || open_second(f)))
        return true;
    say_unread(f);
    close_frame(f);
    return false;
}

static enum err walk(struct scan *s)
{
    enum err err = ERR_NONE;
    uint64_t open = enter(&s->frames[0], &err) ? 1 : 0;
    while (open > 0) {
        struct frame *top = &s->frames[open - 1];
        if (err == ERR_NONE && next_part(top)) {
            open += enter(top + 1, &err) ? 1 : 0;
            continue;
        }
        unpack_drop(&top[1].unpack, &top[1].child);
        close_container(top);
        if (err == ERR_NONE && open_second(top))
            continue;
        say_unread(top);
        close_frame(top);
        open--;
    }
    return err;
}

enum err inspect_file(struct inspection *in, struct inspected *out, struct why *why)
{
    *out = (struct inspected){0};
    uint64_t depth = in->budget.depth < LIMIT_DEPTH ? in->budget.depth : LIMIT_DEPTH;
    struct scan s = {.in = in, .out = out, .why = why, .depth = depth};
    /* Objects at depth 0 .. depth-1 may be open, one more is at hand. */
    s.frames = calloc(depth + 2, sizeof *s.frames);
    if (!s.frames)
        return fail(why, ERR_NOMEM, "inspect: no memory for the stack of containers");
    s.frames[0] = (struct frame){.scan = &s, .child = {.evidence = EVIDENCE_COUNT}};
    unpack_setup(&s.frames[0]);
    s.frames[0].object.source = in->source;
    s.frames[0].object.md5 = in->md5;
    s.frames[0].object.memory = in->memory;
    (void)budget_object(&in->budget);
    members_begin(in->members);
    enum err err = walk(&s);
    in->source.failed = s.frames[0].object.source.failed;
    free(s.frames);
    return err;
}
