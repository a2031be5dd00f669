/* What a person or a program reads of a scan: plain text, JSON lines, SARIF. Everything a stranger
 * could have written is escaped here, and only here. */
#ifndef CANDOR_RENDER_H
#define CANDOR_RENDER_H

#include "common/buf.h"
#include "common/report.h"
#include "user/rules_about.h"

#include <stdio.h>

/* What a whole scan came to. */
struct summary {
    uint64_t files, objects, bytes; /* files reported; parts and bytes matched, files included */
    uint64_t cached;                /* files not opened: found clean before and unchanged */
    uint64_t verdicts[VERDICT_COUNT];
    uint64_t findings;
    uint64_t gaps[GAP_COUNT];
    uint64_t accepted; /* bit a kind */
    uint64_t special, links, hard_links, excluded, pseudo;
    uint64_t crashes;
    uint64_t duration_ms;
    const char *rules;               /* "built-in", or what -r said */
    const struct rules_about *about; /* NULL: rules that were named */
    const char *head;                /* SHA-256 of the image, hex; "" without rules */
    uint64_t rule_count;
    bool has_rule_count;
    unsigned layers;
    int landlock_abi;
    bool ledger_on;
    uint64_t ledger_size; /* entries */
    char ledger_head[65]; /* root over them, hex */
    int exit_code;
};

struct render_options {
    FILE *out;
    uint64_t accepted;
    bool all, quiet, explain, colour;
    uint64_t *results; /* SARIF counts here: one document, commas between */
};

/* One way of showing. Each function may be NULL. */
struct renderer {
    void (*begin)(const struct render_options *o);
    void (*report)(const struct render_options *o, const struct report *r);
    void (*pseudo)(const struct render_options *o, struct span path, const char *type);
    void (*end)(const struct render_options *o, const struct summary *s);
};

extern const struct renderer render_plain;
extern const struct renderer render_json;
extern const struct renderer render_sarif;

/* Adds one report to the counts. */
void render_count(struct summary *s, const struct report *r);
/* 0, 1, 2 or 3, from the counts. */
int render_exit_code(const struct summary *s);
/* "1.5 GiB", "12 KiB", "900 B". */
void render_bytes(char *out, size_t size, uint64_t bytes);
/* Names of the layers that stand (or, `missing`, that do not), with spaces between. */
void render_layers(struct buf *out, unsigned layers, bool missing);
/* The part's names from the outside in; at most LIMIT_DEPTH of them. */
enum { RENDER_PARTS = 64 };

#endif
