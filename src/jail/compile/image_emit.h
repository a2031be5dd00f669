/* An image in the making: one growing buffer a part, texts and constants kept once. */
#ifndef CANDOR_IMAGE_EMIT_H
#define CANDOR_IMAGE_EMIT_H

#include "common/buf.h"
#include "common/map.h"
#include "jail/compile/ir.h"
#include "jail/match/image.h"

struct image_out {
    struct arena *arena;
    struct buf parts[IMAGE_SECTIONS];
    uint32_t counts[IMAGE_SECTIONS];     /* records */
    struct map *texts, *consts, *tables; /* what is there already */
    uint32_t hash_any, wants;
    bool bad; /* out of memory, or more than 32 bits can name; stays true */
};

void image_init(struct image_out *o, struct arena *a);
void image_done(struct image_out *o);
/* Appends one record; its index. */
uint32_t image_add(struct image_out *o, enum image_part part, const void *record, size_t bytes);
#define image_append(o, part, record) image_add((o), (part), (record), sizeof *(record))
/* Appends plain bytes to a part that has no records; their place. */
struct image_text image_bytes(struct image_out *o, enum image_part part, struct span s);
/* A text in the pool; the same text is stored once. `s` must outlive the image_out. */
struct image_text image_text_of(struct image_out *o, struct span s);
/* Index of a text in a table of texts (FILES, SPACES, MODULES, TEXTS), added when it is not there.
 */
uint32_t image_named(struct image_out *o, enum image_part table, struct span s);
uint32_t image_const(struct image_out *o, uint64_t value);
/* A module that a source imports. */
void image_import(struct image_out *o, struct span module);
uint32_t image_double(struct image_out *o, double value);
/* Head, directory, sections. */
enum err image_assemble(struct image_out *o, struct buf *out, struct why *why);
/* hash_emit.c: all tables of ir->hashes. */
void image_hashes(struct image_out *o, const struct ir *ir);
/* image_rows.c. Tags and meta of a rule, and its class. */
void image_metas(struct image_out *o, const struct ir_rule *rule, struct image_rule *out);
void image_externals(struct image_out *o, const struct ir *ir);
void image_passwords(struct image_out *o, const struct ir *ir);
void image_magics(struct image_out *o, const struct ir *ir);
void image_signers(struct image_out *o, const struct ir *ir);
/* Which rules are ClamAV's and about bytes; once all rules have been added. numbers: of each rule
 * of the ir, its place in the image, ascending, or COND_LEFT_OUT. */
void image_clam_map(struct image_out *o, const struct ir *ir, const uint32_t *numbers);
/* All of ir->backtracks, in their order. */
void image_backtracks(struct image_out *o, const struct ir *ir);
/* All of ir->icons. */
void image_icons(struct image_out *o, const struct ir *ir);

#endif
