/* The shared memory between an opener and one jail. Two regions: the window, which the jail maps
 * read-only, and the ring, which it may write. The opener treats every byte of the ring as hostile:
 * it copies a record once, checks it, and never reads it again. Words are 32-bit futexes.
 *
 *   opener                                jail
 *   order in window, go += 1, wake   ->   waits for go
 *   copies, tail += 1, go += 1       <-   record, head += 1, bell += 1, wakes bell if opener_sleeps
 */
#ifndef CANDOR_CHANNEL_H
#define CANDOR_CHANNEL_H

#include "common/limits.h"
#include "common/reader.h"

enum message {
#define MESSAGE(id, name, meaning) MSG_##id,
#include "common/messages.def"
#undef MESSAGE
    MSG_COUNT
};

enum { RECORD_TEXT = 200, RECORD_RING = 250, BATCH_MAX = 64, PAGE = 4096 };

/* One record. Which fields mean what: messages.def. Texts follow each other in `text`. */
struct record {
    uint32_t kind; /* enum message */
    uint32_t file; /* index in the batch */
    uint32_t object, parent;
    uint64_t at, len;
    uint32_t code;
    uint16_t evidence, flags;
    uint16_t text_len[4];
    uint8_t text[RECORD_TEXT + 8];
};
_Static_assert(sizeof(struct record) == 256, "records are 256 bytes");

struct ring {
    uint32_t head; /* records written since the jail began; release-stored */
    uint32_t bell; /* changes whenever there is something to read */
    uint32_t life; /* robust futex: thread id; the kernel sets FUTEX_OWNER_DIED at any end */
    uint32_t spare[13];
    struct record records[RECORD_RING];
};

/* One file of a batch. A file in memory lies whole in the window; another is fetched by NEED. */
struct batch_file {
    uint64_t size;      /* of the file */
    uint64_t at;        /* in the window's data, when is_whole, or of the regions */
    uint32_t regions;   /* of a process: how many */
    uint8_t is_whole;   /* the file's bytes lie there */
    uint8_t is_process; /* a process's memory: NEED names addresses */
    uint16_t spare;
};

/* A stretch of a process's memory. */
struct batch_region {
    uint64_t at, len;
};

/* One source of a compilation: offsets into the window's data. */
/* kind: 0, or what follows. */
enum { BATCH_CERTIFICATES = 4, BATCH_BESIDE = 5 };
struct batch_source {
    uint64_t at, len;
    uint32_t name_at, name_len, space_at, space_len;
    uint32_t kind, spare;
};

struct order {
    uint32_t kind;                             /* MSG_BATCH, MSG_CHECK, MSG_COMPILE */
    uint32_t count;                            /* files, or sources */
    uint32_t first;                            /* BATCH: begin with this file */
    uint32_t options;                          /* ORDER_* */
    uint64_t object_bytes, total_bytes, depth; /* ceilings of the budget; 0 for the default */
    uint64_t table_at; /* COMPILE: offset of the sources' table in the window's data */
    uint64_t externals_at, externals_len;
    uint64_t objects; /* parts of one file; 0 for the default */
    int64_t now_s;    /* BATCH: what `time.now` answers: seconds since 1970 */
    /* BATCH: files given to modules, each: u32 length of the module's name, u32 bytes of the file,
     * both little-endian, name, file */
    uint64_t modules_at, modules_len;
    struct batch_file files[BATCH_MAX];
};

enum {
    ORDER_EXHAUSTIVE = 1,
    ORDER_MATCHES = 2,
    ORDER_KEEP_GOING = 4,
    ORDER_YARA_X = 8,
    ORDER_FAST = 16,
    ORDER_STRICT_ESCAPE = 32,
    ORDER_AS_YARA = 64, /* COMPILE: warn of what YARA warns of, and of nothing else */
    ORDER_COSTS = 128,  /* BATCH: before END, a RULE for each rule that was evaluated */
    /* as yara(1) matches */
    ORDER_NO_UNPACK = 256,        /* the file itself, not its parts */
    ORDER_UNMATCHED = 512,        /* with MATCHES: of rules that are not true, too */
    ORDER_OUTPUT = 1024,          /* what console.log says */
    ORDER_DUMP = 2048,            /* what the modules say of the file */
    ORDER_ABOUT_META = 4096,      /* DESCRIBE: metadata, too */
    ORDER_ALLOW_UNSIGNED = 16384, /* COMPILE: containers that ClamAV did not sign, too */
    ORDER_PUA = 8192,             /* COMPILE: ClamAV's signatures of unwanted applications, too */
    ORDER_PUBLISHED = 32768,      /* COMPILE: refuse what a published rule may not be */
    ORDER_AUDIT = 65536,          /* COMPILE: an AUDIT of each rule, too */
    ORDER_PLAIN = 131072          /* BATCH: plain C where there are wider kernels, for measuring */
};

/* What an ABOUT record says of a rule, in its `evidence`. */
enum about {
    ABOUT_RULE,      /* name; at: line, len: strings, flags: ABOUT_PRIVATE */
    ABOUT_SPACE,     /* its namespace */
    ABOUT_FILE,      /* the source it stands in */
    ABOUT_TAG,       /* one of its tags, in order */
    ABOUT_META_INT,  /* name: the key, at: the value */
    ABOUT_META_BOOL, /* the same, 0 or 1 */
    ABOUT_META_TEXT, /* text: the value */
    ABOUT_MODULE,    /* of no rule: a module that rules may import */
    ABOUT_COUNT
};
enum { ABOUT_PRIVATE = 1 };

/* In the flags of a MATCH, above the key of `xor`. */
enum { MATCH_HEX = 256 };

struct reply {
    uint32_t seq; /* counts NEEDs and INCLUDEs: the jail waits for its own number */
    uint32_t ok;
    uint64_t at, len; /* in the window's data */
};

struct window {
    uint32_t go;            /* changes whenever the jail should look again */
    uint32_t tail;          /* records the opener has taken */
    uint32_t opener_sleeps; /* nonzero: wake the bell */
    uint32_t spare;
    struct reply reply;
    struct order order;
};
/* Data begin here, page-aligned. */
enum { WINDOW_DATA = 4096 * 2 };
_Static_assert(sizeof(struct window) <= WINDOW_DATA, "the window's head fits its pages");

/* "start" ...; "unknown". */
const char *channel_name(uint32_t message);
/* Text `i` of a record, clipped to what the record can hold. */
struct span channel_text(const struct record *r, unsigned i);
/* Appends a text; cut to what fits. Returns how much of it was taken. */
size_t channel_put(struct record *r, unsigned i, struct span text);

/* Futex on shared memory. wait: returns when *word != seen or by a wake; no timeout. */
void channel_wait(const uint32_t *word, uint32_t seen);
void channel_wake(uint32_t *word);

#endif
