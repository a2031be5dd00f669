/* The bounded machine that confirms hex strings and regular expressions: threads in lockstep, time
 * O(program x bytes), never backtracking. Programs come from an image and are hostile: every offset
 * is checked as it is used; a bad program matches nothing. */
#ifndef CANDOR_REGEX_VM_H
#define CANDOR_REGEX_VM_H

#include "common/limits.h"
#include "common/reader.h"
#include "jail/match/piece.h"

/* What the machine sees: `view` holds the object's bytes from `base`; size is the object's. */
struct vm_text {
    struct span view;
    uint64_t base, size;
};

struct vm; /* scratch memory, reused; one per engine */

struct vm *vm_new(void);
void vm_free(struct vm *vm);
/* Steps spent since vm_new; for the budget. */
uint64_t vm_steps(const struct vm *vm);
/* How often since vm_new a thread was dropped, because LIMIT_REGEX_FIBERS were alive or memory ran
 * out: a match may have been missed, which is a gap. */
uint64_t vm_drops(const struct vm *vm);

/* Runs `program` (at offset `start` of `programs`) forward from byte `at` of the object.
 *   flags    PIECE_WIDE: two-byte units, each matched byte is followed by a 0. PIECE_ANY_END: not the
 *            preferred end, but the first (with PIECE_GREEDY the last), with PIECE_FULLWORD of those
 *            behind which no word goes on. Others mean nothing
 *   returns  bytes of the match by the preferences of the program, as a backtracking matcher would
 *            take them (greedy: as often as possible, lazy: as rarely, alternatives: the first); at
 *            most LIMIT_REGEX_BYTES; 0 for an empty one. UINT32_MAX when there is none
 */
uint32_t vm_match(struct vm *vm, struct span programs, uint32_t start, const struct vm_text *text,
                  uint64_t at, uint32_t flags);
/* Runs a reverse program backwards from `at` (exclusive); calls `found` once for every distance in
 * bytes at which the beginning of the piece can lie, nearest first. */
void vm_starts(struct vm *vm, struct span programs, uint32_t start, const struct vm_text *text,
               uint64_t at, uint32_t flags, void (*found)(void *ctx, uint32_t back), void *ctx);
/* Searches a whole string, for `matches`; O(program x text). *at_out (may be NULL): where. Longer
 * strings than 4 GiB are cut. */
bool vm_search(struct vm *vm, struct span program, struct span text, uint64_t *at_out);
/* Whether some match ends behind the text's first byte. */
bool vm_search_past(struct vm *vm, struct span program, struct span text);
/* True when every instruction of the program is inside it and well formed. */
bool vm_check(struct span programs, uint32_t start);
/* Bytes that can begin a match, as a 256-bit set; all ones when the program may match without
 * consuming. */
void vm_first(struct span programs, uint32_t start, uint8_t set[32]);

#endif
