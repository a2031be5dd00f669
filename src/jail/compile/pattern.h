/* From one string of a rule to what the engine needs: pieces that are confirmed exactly, and atoms,
 * the short byte strings that must occur where a piece matches. */
#ifndef CANDOR_PATTERN_H
#define CANDOR_PATTERN_H

#include "common/buf.h"
#include "jail/compile/ir.h"
#include "jail/match/piece.h"

/* One of these must occur in every match of its piece. A piece without usable atoms has none: then
 * every position is tried (slow; `rules slow` names it). */
struct atom {
    uint8_t bytes[ATOM_MAX],
        mask[ATOM_MAX]; /* compared as (data & mask) == bytes; mask 0 is a wildcard */
    uint8_t len;
    bool nocase;      /* letters compare without case; bytes are lower case then */
    bool fixed;       /* the match starts exactly `back` bytes before the atom */
    uint32_t back;    /* fixed: 0.. ; else unused */
    uint32_t reverse; /* not fixed: offset in pattern->programs of the program that runs backwards
                         from the atom and yields every possible start */
    uint8_t xor_key;  /* atoms of xor strings are spelled out, one a key */
};

/* Pieces are chained left to right where a jump is long or unbounded (YARA's chaining, threshold
 * 200): piece i must begin gap_min..gap_max bytes after piece i-1 ends. Each piece has one match at
 * most at an offset, never an empty one; the whole ends with the first last piece that fits. */
struct piece {
    enum piece_kind kind;
    /* LITERAL: bytes; wide literals are spelled out; base64 forms too, each a piece alternative */
    struct span literal;
    uint32_t forward; /* PROGRAM: offset in pattern->programs, whole piece from its start */
    uint32_t flags;   /* PIECE_* */
    uint8_t xor_min, xor_max;
    uint32_t min_len;
    uint32_t max_len;          /* RE_NO_MAX */
    uint32_t gap_min, gap_max; /* RE_NO_MAX: no bound. Meaningless for the first piece */
    struct atom *atoms;
    uint32_t atom_count;
};

/* The string matches where any of its alternatives does (ascii and wide, base64's three shifts).
 * Most have one alternative of one piece. */
struct chain {
    struct piece *pieces;
    uint32_t count;
};

struct pattern {
    struct chain *chains;
    uint32_t chain_count;
    struct buf programs; /* bytecode of regex_vm.h, self-contained offsets; owned: pattern_done */
};

/* Errors of the string itself (mixed greedy and lazy repeats, too large) go to *error (at = 0) and
 * return ERR_RULES; then *out needs no pattern_done. Folds s->re in place: once a string. Chains,
 * pieces, atoms and literals are in the arena. Where two alternatives match at one offset, the
 * first chain counts (greedy: the longest). */
enum err pattern_compile(const struct ir_string *s, struct arena *a, struct pattern *out,
                         struct re_error *error, struct why *why);
void pattern_done(struct pattern *p);
/* A regular expression of a condition (`matches`, arguments): program alone, searched in a string.
 * `program` is initialised and empty. Folds `re` in place. */
enum err pattern_compile_regex(struct re *re, uint32_t re_flags, struct buf *program,
                               struct why *why);

#endif
