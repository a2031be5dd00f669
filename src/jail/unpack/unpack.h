/* The one interface behind which every container stands. An unpacker is an iterator: inspect.c
 * keeps the open ones on an explicit stack, so there is no recursion, and only the parts along one
 * path are in memory. A new format costs one file, one row in unpack.c, one builder, one test, one
 * fuzz target. */
#ifndef CANDOR_UNPACK_H
#define CANDOR_UNPACK_H

#include "common/arena.h"
#include "common/gaps.h"
#include "jail/object/budget.h"
#include "jail/object/member.h"
#include "jail/object/object.h"

/* What an unpacker works with; made by inspect.c, one per open container. */
struct unpack {
    struct object *object; /* the container; read it through source_view(&object->source, ...) */
    struct budget *budget;
    struct arena *arena; /* dies when the container is closed */
    void *sink_ctx;
    void (*gap)(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail);
    /* May be NULL: nobody asks. See unpack_member. */
    void (*member)(void *ctx, struct object *container, const struct member *m);
    /* A password to try, by number; false when there is none of that number. May be NULL. */
    bool (*password)(void *ctx, uint32_t index, struct span *out);
    uint64_t stored;  /* bytes of stored parts handed out so far: see unpack_stored */
    uint8_t *name_at; /* unpack_name's room, LIMIT_MEMBER_NAME_BYTES; made when first needed */
};

/* One part, filled by next(). */
struct child {
    struct span name; /* hostile bytes; borrowed from the container's arena or source */
    uint8_t *bytes;   /* owned (malloc); inspect.c frees it */
    size_t len, cap;
    bool whole_in_parent; /* a stored part of an in-memory parent: `borrowed` is used, nothing
                             copied */
    struct span borrowed;
    bool windowed; /* a stored part too large to copy, of a parent that is not in memory: bytes
                      [window_at, window_at+window_len) of it; set by unpack_stored */
    uint64_t window_at, window_len;
    enum evidence evidence; /* EVIDENCE_COUNT: let the type decide */
};

struct unpacker {
    const char *name;
    enum object_type type;
    size_t state_bytes;
    /* Reads headers. False: nothing to iterate (a gap was given). */
    bool (*open)(struct unpack *u, void *state);
    /* The next part; false at the end. Never called again once budget->spent; loops inside that
     * give no part look at it, too. `out->name` need only live until the next call. Gaps about the
     * container or about parts that give no bytes are given on the way. A part cut short is still
     * returned, with a gap given. */
    bool (*next)(struct unpack *u, void *state, struct child *out);
    /* May be NULL. Also called after an open that said false. */
    void (*close)(struct unpack *u, void *state);
};

/* NULL when the type is opened by nobody. */
const struct unpacker *unpack_find(enum object_type type);
/* An object of any other type that is a ZIP archive as well, since readers look for that from the
 * end: self-extracting programs, polyglots. NULL when it is none. Looks at the last 64 KiB. */
const struct unpacker *unpack_find_behind(struct object *o);
/* A size that a header claims, as a struct member has it. */
int64_t unpack_claim(uint64_t bytes);
/* Says that a member was met, whether or not it is opened; m->around is filled in when it is 0. */
void unpack_member(struct unpack *u, struct member m);
/* Gap on the container itself. */
void unpack_gap(struct unpack *u, enum gap_kind kind, uint64_t at, const char *detail);
/* Gap that names a part: detail is "name: detail". */
void unpack_gap_part(struct unpack *u, enum gap_kind kind, uint64_t at, struct span part,
                     const char *detail);
/* n machine steps, one for about a byte looked at. False: the budget ran out, now or before; the
 * gap `timed-out` was given the first time. For loops that give no part. */
bool unpack_steps(struct unpack *u, uint64_t n);
/* The container's bytes from `at` to the end of that mebibyte of it, or to `end`. Whoever walks
 * through a container by these asks for each mebibyte once, however short the steps are. Empty:
 * they cannot be had. */
struct span unpack_look(struct unpack *u, uint64_t at, uint64_t end);
/* Room for n more bytes at the end of the child, charged to the budget first (bytes out and
 * memory); NULL when a ceiling is reached: the gap `too-big` has been given, stop writing, return
 * the part. */
uint8_t *unpack_room(struct unpack *u, struct child *c, size_t n);
/* Says that only `used` of the last n were written. */
void unpack_trim(struct unpack *u, struct child *c, size_t n, size_t used);
/* Makes the part out of [at, at+len) of the container itself: borrowed when that is in memory, else
 * copied, or seen through the window when large. Bytes handed out beyond the container's own size
 * are charged as output, so that overlapping parts end. False: past the budget or out of memory, a
 * gap was given; the part is empty. A part that is cut short has its gap, too. */
bool unpack_stored(struct unpack *u, struct child *c, uint64_t at, uint64_t len);
/* A name that outlives the view it was read from: valid until the next unpack_name, at most
 * LIMIT_MEMBER_NAME_BYTES of it. */
struct span unpack_name(struct unpack *u, struct span raw);
/* Forgets a part's bytes and gives their memory back to the budget. */
void unpack_drop(struct unpack *u, struct child *c);

#endif
