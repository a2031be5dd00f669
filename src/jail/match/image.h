/* The compiled rule set: one block of bytes, 32-bit offsets, no pointers. compile/image_emit.c
 * writes it, ruleset.c checks and reads it. Little-endian; every record is read by copying it out.
 *
 *   head        64 bytes
 *   directory   IMAGE_SECTIONS rows of 16 bytes, in the order of enum image_part
 *   sections    each begins at a multiple of 64, in that order, not overlapping
 *
 * The same sources make the same bytes: nothing in it depends on time, place or memory layout. */
#ifndef CANDOR_IMAGE_H
#define CANDOR_IMAGE_H

#include "common/crypto.h"
#include "jail/match/search.h"

#include <stdint.h>

#define IMAGE_MAGIC "CANDORIM"
enum { IMAGE_VERSION = 15, IMAGE_ALIGN = 64 };

/* PART(id, name, record bytes, what it holds). Order is the format. */
#define IMAGE_PARTS                                                                                \
    PART(TEXT, "text", 1, "string pool; other records point into it")                              \
    PART(FILES, "files", 8, "names of sources and includes")                                       \
    PART(SPACES, "spaces", 8, "names of namespaces")                                               \
    PART(RULES, "rules", 88, "one record a rule, in the order of evaluation")                      \
    PART(STRINGS, "strings", 24, "one record a string, those of a rule together")                  \
    PART(TAGS, "tags", 8, "texts")                                                                 \
    PART(METAS, "metas", 32, "metadata")                                                           \
    PART(EXTERNALS, "externals", 24, "external variables and the values compiled in")              \
    PART(MODULES, "modules", 8, "names of the modules that sources import, in that order")         \
    PART(GLOBALS, "globals", 4, "rules that all others of their namespace depend on")              \
    PART(CODE, "code", 8, "instructions of conditions and gates, see cond.def")                    \
    PART(CONSTS, "consts", 8, "64-bit integers and floats")                                        \
    PART(TEXTS, "texts", 8, "texts that conditions use")                                           \
    PART(LISTS, "lists", 4, "sets of strings and rules: a count, then the members")                \
    PART(REGEXES, "regexes", 8, "programs of `matches`, by place in `programs`")                   \
    PART(PROGRAMS, "programs", 1, "bytecode of regex_vm.h")                                        \
    PART(ALWAYS, "always", 4, "a bitmap of rules for each class: those without a cover")           \
    PART(HASHES, "hashes", 24, "what is known of each hash signature, by digest and value")        \
    PART(SIZES, "sizes", 4, "bitmap over file sizes: may a signature have this one?")              \
    PART(MD5_SIZES, "md5-sizes", 8, "file sizes of MD5 signatures, ascending")                     \
    PART(SHA1_SIZES, "sha1-sizes", 8, "the same of SHA-1")                                         \
    PART(SHA256_SIZES, "sha256-sizes", 8, "the same of SHA-256")                                   \
    PART(MD5_STARTS, "md5-starts", 4, "first signature of each bucket of MD5 values")              \
    PART(SHA1_STARTS, "sha1-starts", 4, "the same of SHA-1")                                       \
    PART(SHA256_STARTS, "sha256-starts", 4, "the same of SHA-256")                                 \
    PART(MD5_TAGS, "md5-tags", 8, "first 8 bytes of each MD5, big-endian, ascending")              \
    PART(SHA1_TAGS, "sha1-tags", 8, "the same of SHA-1")                                           \
    PART(SHA256_TAGS, "sha256-tags", 8, "the same of SHA-256")                                     \
    PART(MD5_REST, "md5-rest", 8, "the other 8 bytes of each MD5")                                 \
    PART(SHA1_REST, "sha1-rest", 12, "the other 12 bytes of each SHA-1")                           \
    PART(SHA256_REST, "sha256-rest", 24, "the other 24 bytes of each SHA-256")                     \
    PART(SEARCH, "search", 1, "anchors and patterns, see search.h")                                \
    PART(WAKES, "wakes", 16, "conditions that need no string and wake a rule, as its anchors do")  \
    PART(BACKTRACKS, "backtracks", 12, "expressions for PCRE2, as text, and how they are read")    \
    PART(ICONS, "icons", 168, "icons of ClamAV's .idb, see clam_icon.h")                           \
    PART(CLAM, "clam", 4, "a bitmap of ClamAV's rules about bytes; empty where there is none")     \
    PART(MEMBERS, "members", 4, "rules about members of containers, ascending: see members.h")     \
    PART(PASSWORDS, "passwords", 16, "to try on encrypted parts of containers")                    \
    PART(MAGICS, "magics", 16, "bytes at a place that say what target a file of no known type is") \
    PART(SIGNERS, "signers", 56, "certificates that are trusted or blocked, see signers.h")

enum image_part {
#define PART(id, name, bytes, holds) IMAGE_##id,
    IMAGE_PARTS
#undef PART
        IMAGE_SECTIONS
};

struct image_head {
    uint8_t magic[8];
    uint32_t version, sections;
    uint64_t modules;  /* fingerprint of the module tables that conditions were compiled against */
    uint32_t bytes;    /* of the whole image */
    uint32_t hash_any; /* bit per enum digest: some signature has no size; see IMAGE_ANY_SECTION */
    uint32_t wants;    /* IMAGE_WANTS_: what its jails' program should make ready */
    uint32_t spare[7];
};
_Static_assert(sizeof(struct image_head) == 64, "head");

struct image_section {
    uint32_t part, at, len, count; /* count * record bytes == len */
};

enum { IMAGE_WANTS_MAGIC = 1 }; /* a source imports the module magic */

/* A place in the string pool, or in `programs`. */
struct image_text {
    uint32_t at, len;
};

enum {
    IMAGE_PRIVATE = 1,
    IMAGE_GLOBAL = 2,
    IMAGE_LOGS = 4 /* its condition prints */
};
/* Hashes of a PE file's sections: in `size` of the record and in the tables of sizes, the section's
 * with this added; IMAGE_SECTION_ANY for any. In hash_any: bit 8 and up, that there are such
 * without a size, by enum digest; bit 16: that there are any. */
#define IMAGE_SECTION (UINT64_C(1) << 62)
#define IMAGE_SECTION_ANY (IMAGE_SECTION | (IMAGE_SECTION - 1))
/* The same of a PE file's imports, the length of their text being the size; bit 17: there are any.
 */
#define IMAGE_IMPORTS (UINT64_C(1) << 63)
#define IMAGE_IMPORTS_ANY (IMAGE_IMPORTS | (IMAGE_SECTION - 1))
enum { IMAGE_ANY_SECTION = 8, IMAGE_HAS_SECTIONS = 1 << 16, IMAGE_HAS_IMPORTS = 1 << 17 };
/* In a hash's line: what has this hash is never found. */
#define IMAGE_HASH_ALLOW 0x80000000u

struct image_rule {
    struct image_text name, kind; /* kind: meta `class` */
    uint32_t space, file, line, flags;
    uint32_t string_first, string_count;
    uint32_t tag_first, tag_count;
    uint32_t meta_first, meta_count;
    uint32_t code_first, code_count; /* the condition */
    uint32_t gate_first, gate_count; /* must be true if the rule is; 0: there is none */
    uint32_t var_count;
    uint32_t covers; /* bit per search_class: has a cover there; `rules list` shows it */
    uint32_t loops;  /* instructions inside loops; for `rules slow` */
    uint32_t retype; /* enum object_type: where it is true of the bytes themselves, the object is
                        scanned again as that, and there it is a finding; TYPE_EMPTY: at once */
};
_Static_assert(sizeof(struct image_rule) == 88, "rule");

enum {
    IMAGE_STRING_PRIVATE = 1,
    IMAGE_STRING_COUNTED = 2, /* a condition asks for more than whether it occurs */
    IMAGE_STRING_HEX = 4,
    IMAGE_STRING_PLACED = 16, /* asked for in a few places only: compared there, not looked for */
    IMAGE_STRING_FIXED = 8    /* asked for at one constant offset only: yara shows that one match */
};

struct image_string {
    struct image_text name;
    uint32_t rule, flags;
    uint64_t fixed_at; /* with FIXED */
};

/* A part of a rule's condition that needs no string: where it is true, the rule may be. */
struct image_wake {
    uint32_t rule;
    uint32_t classes;                /* bit per search_class */
    uint32_t code_first, code_count; /* as those of the rule */
};
_Static_assert(sizeof(struct image_wake) == 16, "wake");

/* An expression that conditions run through backtrack.h. */
struct image_backtrack {
    struct image_text text;
    uint32_t flags; /* BACKTRACK_ and those below */
};
_Static_assert(sizeof(struct image_backtrack) == 12, "backtrack");
enum {
    IMAGE_BACKTRACK_ANYWHERE = 1 << 8, /* its place means nothing */
    IMAGE_BACKTRACK_ROLLS = 1 << 9,    /* from its place on, not right there */
    IMAGE_BACKTRACK_WITHIN = 1 << 10,  /* the match may not end outside of its place either */
    IMAGE_BACKTRACK_ALL = 1 << 11      /* every match counts, not one */
};
/* kind: enum image_lock. */
struct image_password {
    struct image_text text;
    uint32_t kind, spare;
};
_Static_assert(sizeof(struct image_password) == 16, "password");
/* What a password is for. */
enum image_lock { IMAGE_LOCK_ANY, IMAGE_LOCK_ZIP, IMAGE_LOCK_COUNT };

/* flags: trusted (else blocked), the serial counts, may sign code, may sign certificates. */
enum { IMAGE_SIGNER_HASH = 20 };
enum {
    IMAGE_SIGNER_TRUSTED = 1,
    IMAGE_SIGNER_SERIAL = 2,
    IMAGE_SIGNER_CODE = 4,
    IMAGE_SIGNER_CERT = 8
};
struct image_signer {
    uint8_t subject[IMAGE_SIGNER_HASH], serial[IMAGE_SIGNER_HASH];
    struct image_text modulus;
    uint32_t flags, spare;
};
_Static_assert(sizeof(struct image_signer) == 56, "signer");

/* target: enum clam_target. */
struct image_magic {
    uint32_t at, target;
    struct image_text bytes;
};
_Static_assert(sizeof(struct image_magic) == 16, "magic");

struct image_meta {
    struct image_text key, text;
    uint32_t kind, spare; /* enum ir_meta_kind */
    uint64_t value;       /* int64 or the bits of a double */
};

struct image_external {
    struct image_text name;
    uint32_t kind, spare; /* enum fact_kind */
    uint64_t value;       /* int64, bits of a double, or a text: at in the low half, len above */
};

struct image_hash {
    uint64_t size; /* UINT64_MAX: any */
    struct image_text name;
    uint32_t file, line; /* line: perhaps with IMAGE_HASH_ALLOW */
};
_Static_assert(sizeof(struct image_hash) == 24, "hash");

/* One instruction. What a, b and c mean: cond.def. */
struct image_insn {
    uint8_t op, a;
    uint16_t b;
    uint32_t c;
};
_Static_assert(sizeof(struct image_insn) == 8, "instruction");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are copied as they are");

/* In instructions: the string at hand in the innermost loop over strings. */
enum { IMAGE_CURRENT = 0xffffffff };
/* Bounds of the machine; emitter and checker share them. */
enum { COND_STACK = 4096, COND_VARS = 64, COND_FRAMES = 16, COND_ARGS = 16 };

enum cond_op {
#define OP(id, pops, pushes, quantified, operand, meaning) COND_##id,
#include "jail/match/cond.def"
#undef OP
    COND_OP_COUNT
};

enum cond_quant { COND_ALL, COND_ANY, COND_NONE, COND_SOME, COND_PERCENT, COND_QUANT_COUNT };
enum cond_where { COND_ANYWHERE, COND_AT, COND_IN, COND_WHERE_COUNT };

/* Bits of READ's a (width in bytes) and b. */
enum { COND_READ_SIGNED = 1, COND_READ_BIG = 2, COND_READ_FLOAT = 4 };
/* Of COUNT_EDGED's a: a kind before the match, one behind it, each perhaps with NOT. */
enum {
    COND_EDGE_PART = 1, /* ClamAV's (B) */
    COND_EDGE_LINE = 2, /* (L) */
    COND_EDGE_WORD = 3, /* (W) */
    COND_EDGE_KIND = 3,
    COND_EDGE_NOT = 4,
    COND_EDGE_RIGHT = 3, /* bits by which what is behind it is shifted */
    COND_EDGE_WIDE = 64
};
/* Of READ_TEXT's b. AUTO: hexadecimal behind 0x, else decimal. */
enum {
    COND_NUMBER_HEX = 1,
    COND_NUMBER_AUTO = 2,
    COND_NUMBER_LITTLE = 4,
    COND_NUMBER_EXACT = 8 /* every byte is a digit */
};

/* Bit in `sizes` for a file size; the bitmap has 2^n bits. */
uint32_t image_size_bit(uint64_t size, uint32_t bits);
/* Record bytes of a part, 1 for parts that are plain bytes. */
uint32_t image_record_bytes(enum image_part part);
const char *image_part_name(enum image_part part);
const char *image_part_holds(enum image_part part);
/* Fingerprint of all module tables of this program: an image compiled against others is refused. */
uint64_t image_module_print(void);

#endif
