/* What is known of one file after a scan: findings, gaps, parts. Built by the opener from records,
 * or directly in tests; read by the renderers and the library. */
#ifndef CANDOR_REPORT_H
#define CANDOR_REPORT_H

#include "common/arena.h"
#include "common/err.h"
#include "common/gaps.h"
#include "common/types.h"

enum verdict { VERDICT_CLEAN, VERDICT_FOUND, VERDICT_PARTIAL, VERDICT_ERROR, VERDICT_COUNT };

struct report_object {
    uint32_t id, parent; /* 0 is the file; a parent has a smaller id than its parts */
    enum object_type type;
    enum evidence evidence;
    uint64_t size;
    struct span name; /* hostile */
};

struct report_finding {
    uint32_t object, rule;
    uint64_t at, len;
    bool has_place;
    struct span name, source, kind; /* rule, source file, class; texts from the rule image */
};

struct report_match {
    uint32_t object, rule, string;
    uint64_t at, len;
    uint8_t xor_key;
    bool is_hex;
    struct span name, bytes;
};

struct report_gap {
    uint32_t object;
    enum gap_kind kind;
    uint64_t at;
    struct span detail; /* may be hostile */
};

struct report {
    struct arena *arena;  /* everything below lives in it */
    struct span path;     /* as walked; any bytes */
    uint64_t size, bytes; /* of the file; matched, parts included */
    uint64_t object_count;
    struct report_object *objects;
    struct report_finding *findings;
    struct report_match *matches;
    struct report_gap *gaps;
    uint32_t objects_len, objects_cap, findings_len, findings_cap;
    uint32_t matches_len, matches_cap, gaps_len, gaps_cap;
    struct span *output; /* what rules print, piece by piece, in order */
    uint32_t output_len, output_cap;
    bool failed; /* our own failure on this file: verdict `error` */
    struct span failure;
    uint64_t device, inode; /* of the file as it was opened, where somebody acts on it later */
    /* the same, for the verdict cache; opened_ns: time of day, 0: its verdict is not to be kept */
    uint64_t opened_size, mtime_ns, ctime_ns, opened_ns;
    bool has_sha256;
    uint8_t sha256[32];
};

/* NULL when out of memory. `path` is copied. */
struct report *report_new(struct span path);
void report_free(struct report *r);
/* How many things it holds; LIMIT_RECORDS_PER_FILE is their bound. */
uint64_t report_records(const struct report *r);
/* Each copies its texts; false when out of memory or past LIMIT_RECORDS_PER_FILE (then a gap
 * `too-many` is there, once). An object's id must be greater than that of the one before. */
bool report_add_object(struct report *r, const struct report_object *o);
bool report_add_finding(struct report *r, const struct report_finding *f);
bool report_add_match(struct report *r, const struct report_match *m);
bool report_add_output(struct report *r, struct span text);
bool report_add_gap(struct report *r, uint32_t object, enum gap_kind kind, uint64_t at,
                    struct span detail);
void report_fail(struct report *r, struct span text);
/* accepted: bit k set when gaps of kind k do not make a file `partial`. */
enum verdict report_verdict(const struct report *r, uint64_t accepted);
const char *report_verdict_name(enum verdict v);
/* NULL for an id that was never reported. */
const struct report_object *report_find_object(const struct report *r, uint32_t id);
/* Names from the outside in, without the file itself. Writes at most `max`, returns how many. */
size_t report_part(const struct report *r, uint32_t object, struct span *names, size_t max);

#endif
