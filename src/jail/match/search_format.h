/* The search section: what compile/search_emit.c writes and match/search.c runs. All numbers are
 * little-endian and 4-aligned, all places are byte offsets from the section's start, so that it is
 * mapped and used where it lies (at a multiple of 8). search_check proves every one of them once;
 * what the loops then rely on is said beside each field.
 *
 * A *needle* is a byte string under a mask that must occur wherever its piece matches: a whole
 * literal, or an atom of a program. Bytes are looked at two by two, at even offsets of the object;
 * so each needle has two *grams* of four bytes, one an even distance from its start, one an odd
 * one, whichever are rarest. Grams are compared without bit 5 (0x20), so that one table serves
 * both cases. */
#ifndef CANDOR_SEARCH_FORMAT_H
#define CANDOR_SEARCH_FORMAT_H

#include "common/reader.h"
#include "jail/match/search.h"

enum {
    SEARCH_MAGIC = 0x31485253, /* "SRH1" */
    SEARCH_VERSION = 4,
    SEARCH_STRIDE = 2,
    SEARCH_ALIGN = 8,
    SEARCH_LOG_MIN = 6,
    SEARCH_LOG_MAX = 24,
    SEARCH_NEEDLE_MAX = 65536, /* bytes; longer ones are not made */
    SEARCH_PAIRS_MAX = 64,
    SEARCH_RULES_MAX = 1 << 22,
    SEARCH_WAKE_CLAUSE = 24, /* bits 24 and 25 of a wake */
    SEARCH_WAKE_CLAUSES = 26,
    SEARCH_WAKE_RULE = (1 << SEARCH_WAKE_CLAUSE) - 1,
};

/* What an anchor does to a rule: bits 0 to 23 its number, then which of its clauses holds, then how
 * many it has, less one. A rule is woken once all of them hold. */
static inline uint32_t search_wake(uint32_t rule, uint32_t clause, uint32_t clauses)
{
    return rule | clause << SEARCH_WAKE_CLAUSE | (clauses - 1) << SEARCH_WAKE_CLAUSES;
}

struct search_part {
    uint32_t at, count; /* byte offset, items */
};

/* One class's tables: gram -> anchors -> rules. All parts empty when no rule has a cover here. */
struct search_tables {
    uint32_t bits_log, second_log, brief_log, bucket_log; /* SEARCH_LOG_MIN..SEARCH_LOG_MAX */
    struct search_part bits;                              /* u32 words: hash of a gram */
    struct search_part second;  /* u32 words: hash of a gram and the four bytes behind it */
    struct search_part brief;   /* u32 words: other hash, grams whose next bytes are not known */
    struct search_part starts;  /* u32: first entry of each bucket, and one more; rising */
    struct search_part entries; /* struct search_entry */
    struct search_part anchors; /* struct search_anchor */
    struct search_part rules;   /* u32, as search_wake makes them; rules below rule_count */
    struct search_part pairs;   /* struct search_pair */
};

struct search_head {
    uint32_t magic, version;
    uint32_t bytes; /* of the whole section */
    uint32_t rule_count;
    struct search_part strings, chains, pieces, needles;
    struct search_part pool;     /* bytes of needles and literals */
    struct search_part programs; /* bytes of all programs */
    struct search_tables classes[CLASS_COUNT];
};

struct search_entry {
    uint32_t gram;            /* folded */
    uint32_t next, next_mask; /* the four bytes behind it, folded */
    uint32_t ref;             /* 2 * index + (1: the gram at the odd distance) */
};

enum { SEARCH_NO_NEEDLE = 0xffffffff };

/* Strings of two bytes have no gram; they are looked for by themselves. */
struct search_pair {
    uint16_t value, mask;
    uint32_t anchor; /* whose needle is SEARCH_NO_NEEDLE */
};

/* One needle, or one literal that several pieces are. */
struct search_anchor {
    uint32_t needle;
    uint32_t rule, rules; /* slice of the class's rules */
};

struct search_string {
    uint32_t chain, chains;
};

struct search_chain {
    uint32_t piece, pieces;
};

struct search_piece {
    uint32_t kind, flags;          /* enum piece_kind, PIECE_* */
    uint32_t literal, literal_len; /* slice of the pool; of a program see atom_len */
    uint32_t program, program_len; /* slice of the programs */
    uint32_t forward;              /* offset in that slice */
    uint32_t gap_min, gap_max;     /* RE_NO_MAX: no bound */
    uint32_t needle, needles;      /* none: every position is tried */
    uint8_t xor_min, xor_max;      /* of literals with PIECE_XOR */
    uint8_t atom_len;              /* of a program without needles: `literal` holds so many bytes
                                      that are in every match, padded to 8, then their mask */
    uint8_t pad;
    uint32_t alone;                 /* 1: the only piece of its chain */
    uint16_t pair_value, pair_mask; /* no needles: two bytes that are in every match ... */
    uint32_t pair_at;               /* ... so far behind its beginning; mask 0: not known */
    uint32_t pair_how;              /* PAIR_* */
    uint32_t pair_reverse;          /* backwards: offset in the piece's program slice, the atom
                                       begins there; ahead: how far behind its beginning */
};

enum {
    PAIR_AHEAD,
    PAIR_BACKWARDS, /* not its beginning: the place from which the reverse program finds it */
};

enum {
    NEEDLE_EXACT = 1, /* no mask is stored: every bit counts */
    NEEDLE_FIXED = 2, /* the piece starts `back` bytes before it */
    NEEDLE_WHOLE = 4, /* it is all of its piece */
};

struct search_needle {
    uint32_t bytes; /* in the pool: bytes padded to 8, then as much mask unless EXACT */
    uint32_t len;   /* 1..SEARCH_NEEDLE_MAX */
    uint32_t flags;
    uint32_t piece; /* the one it was made for */
    uint32_t back;
    uint32_t reverse; /* not FIXED: offset in the piece's program slice */
    int16_t gram[2];  /* distance of the even and the odd gram from the needle's start, -3..len-1 */
    uint8_t xor_key, pad[3];
};

static inline uint32_t needle_padded(uint32_t len)
{
    return (len + 7u) & ~7u;
}

#endif
