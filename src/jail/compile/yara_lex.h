/* Words of a YARA source. */
#ifndef CANDOR_YARA_LEX_H
#define CANDOR_YARA_LEX_H

#include "common/arena.h"

/* Kinds below 256 are the single characters themselves. */
enum {
    YT_END = 256,
    YT_BAD, /* cannot be read: lex->error says why */
    YT_NAME,
    YT_STRING_ID, /* $a; text keeps the sigil */
    YT_WILD,      /* $a*; text is "$a" */
    YT_COUNT,     /* #a, @a, !a: text is "$a" */
    YT_OFFSET,
    YT_LENGTH,
    YT_INT,
    YT_FLOAT,
    YT_TEXT,  /* text: decoded */
    YT_REGEX, /* text: between the slashes, escapes still in it; i: YARA_LEX_I, YARA_LEX_S */
    YT_HEX,   /* text: between the braces; at: where it begins in the source */
    YT_READ,  /* int8 ... uint32be: text is the word */
    YT_DOTS,
    YT_EQ,
    YT_NE,
    YT_LE,
    YT_GE,
    YT_SHL,
    YT_SHR,
    YT_FIRST_WORD,
#define WORD(id, text) YT_##id,
#include "jail/compile/yara_words.def"
#undef WORD
};

enum { YARA_LEX_I = 1, YARA_LEX_S = 2 };

struct yara_token {
    int kind;
    uint32_t line, column;
    size_t at;          /* offset of its first byte in the source */
    struct span source; /* as written */
    struct span text;
    int64_t i;
    double f;
};

/* A place in one source. Copying it is a way to look ahead. */
struct yara_lex {
    struct span bytes; /* borrowed */
    struct arena *arena;
    size_t at, line_at; /* next byte; where the current line begins */
    uint32_t line;
    int last;              /* kind of the token before: hex strings follow '=' only */
    bool long_text;        /* inside a meta section: """ begins a text of many lines */
    const char *error;     /* static storage */
    bool is_out_of_memory; /* then the token is YT_BAD */
};

struct yara_lex yara_lex_of(struct span bytes, struct arena *arena);
/* Reads the next token. Comments and white space are skipped. */
void yara_lex_next(struct yara_lex *lex, struct yara_token *out);
/* Line and column of byte `at` of the source, which lies at or behind `from`'s. */
void yara_lex_place(const struct yara_lex *lex, const struct yara_token *from, size_t at,
                    uint32_t *line, uint32_t *column);
/* "'..'" or "a name", for messages; static storage. */
const char *yara_lex_kind(int kind);

#endif
