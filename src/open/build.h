/* Compiling rule sources: in a jail of its own class, never here. */
#ifndef CANDOR_BUILD_H
#define CANDOR_BUILD_H

#include "common/channel.h"
#include "common/diag.h"
#include "open/sources.h"

struct build_options {
    const char *jail_path;
    uint32_t order_options; /* ORDER_KEEP_GOING ... */
    struct span externals;  /* kind letter, name, '=', value, NUL; again and again */
    struct diag_sink diag;  /* as they come; file is the source's name */
    /* AUDIT records with ORDER_AUDIT: name and items as src/jail/auditing.h says, each a claim,
     * lent for the call. NULL: refused. */
    void (*audit)(void *ctx, const struct record *r, struct span name, struct span items);
    void *audit_ctx;
    uint64_t timeout_s; /* 0: 600 */
    bool allow_empty;   /* sources without any rule are no error: yara(1) takes them */
};

struct build_result {
    int image_fd; /* sealed memory holding the image; the caller closes it */
    uint64_t image_len;
    uint32_t rules, strings, errors, warnings;
    uint64_t hashes;
    bool crashed; /* ERR_RULES because the compiler died or took too long: nobody said why */
    struct build_include {
        struct span name;
        uint32_t root;
        uint8_t sha256[32];
    } * includes; /* in the sources' arena */
    uint32_t include_count, include_cap;
};

/* ERR_RULES when the sources do not compile (diagnostics said why) or hold no rule, ERR_CAGE,
 * ERR_PEER ... */
enum err build_run(struct sources *sources, const struct build_options *options,
                   struct build_result *out, struct why *why);

#endif
