/* Choosing atoms: short byte strings of which one must occur wherever a piece matches. */
#ifndef CANDOR_ATOMS_H
#define CANDOR_ATOMS_H

#include "jail/compile/pattern.h"

/* One byte of an atom-to-be: (byte & mask) == value; mask 0 is any byte. */
struct cell {
    uint8_t value, mask;
};

enum { WORD_CELLS = 32, WORDS_MAX = 16, ATOMS_MAX = 64 };

struct word {
    uint8_t len;
    struct cell cells[WORD_CELLS];
};

struct words {
    struct word *items; /* in the arena */
    uint32_t count;     /* 0: none known */
};

/* An atom before it is spelled out: what it is, and the tree of what stands before it in the piece
 * (NULL: nothing). */
struct seed {
    struct word word;
    struct re *prefix;
};

struct choice {
    struct seed *seeds; /* one of them occurs in every match */
    uint32_t count;     /* 0: no atom is to be had */
    int32_t score;      /* in tenths of bits; more is rarer */
};

/* The best choice for a folded, measured tree. `nodes`: its post-order. `width`: cells of a word
 * that are of use (ATOM_MAX, or half of it where units are two bytes). False: out of memory. */
bool atoms_choose(const struct re_list *nodes, uint32_t width, struct arena *a, struct choice *out);
/* The best window of a literal: *at, *len (at most `width`). Returns its score. */
int32_t atoms_window(struct span literal, bool nocase, uint32_t width, uint32_t *at, uint32_t *len);
/* How rare one word is. */
int32_t atoms_score(const struct word *word);

#endif
