/* What compiler and matcher both say of a piece: a part of a string that is matched exactly. */
#ifndef CANDOR_PIECE_H
#define CANDOR_PIECE_H

enum { ATOM_MAX = 16 };

enum piece_kind { PIECE_LITERAL, PIECE_PROGRAM };

enum {
    PIECE_NOCASE = 1,
    PIECE_FULLWORD = 2, /* at both ends of each piece, as YARA does; xored: the raw bytes */
    PIECE_WIDE = 4,     /* fullword and \b look at 2-byte units */
    PIECE_GREEDY = 8,
    PIECE_XOR = 16,
    PIECE_ANY_END = 64,    /* the first end that there is, or, greedy, the last; fullword: of those
                              that    end a word */
    PIECE_BYTE_WORDS = 32, /* fullword looks at single bytes although the piece is wide */
};

#endif
