/* A compiled image, seen through its directory. Whoever made the image, reading it through these
 * functions touches nothing outside it. */
#ifndef CANDOR_RULESET_H
#define CANDOR_RULESET_H

#include "common/err.h"
#include "jail/match/image.h"

struct ruleset {
    struct image_head head;
    struct span parts[IMAGE_SECTIONS]; /* borrowed from the image */
    uint32_t counts[IMAGE_SECTIONS];
};

/* Reads head and directory. ERR_IMAGE when it is none of ours, damaged, or of another version.
 * O(1). */
enum err ruleset_open(struct ruleset *out, struct span image, struct why *why);
/* Checks everything that the engine relies on: each offset, length and count, each instruction.
 * Once for each image; O(image). */
enum err ruleset_check(struct span image, struct why *why);

/* Copies record `index` of a part; false, and *out all zero, when there is none. `bytes` is
 * sizeof *out and must be the part's record size. */
bool ruleset_get(const struct ruleset *r, enum image_part part, uint32_t index, void *out,
                 size_t bytes);
#define ruleset_read(r, part, index, out) ruleset_get((r), (part), (index), (out), sizeof *(out))
/* A 32-bit record, 0 past the end. */
uint32_t ruleset_u32(const struct ruleset *r, enum image_part part, uint32_t index);
uint64_t ruleset_u64(const struct ruleset *r, enum image_part part, uint32_t index);
/* Clipped to the string pool. */
struct span ruleset_text(const struct ruleset *r, struct image_text text);
struct span ruleset_text_at(const struct ruleset *r, enum image_part part, uint32_t index);
/* One bit of the bitmap of rules that are always evaluated for a class. */
bool ruleset_always(const struct ruleset *r, unsigned class, uint32_t rule);
static inline uint32_t ruleset_rules(const struct ruleset *r)
{
    return r->counts[IMAGE_RULES];
}

#endif
