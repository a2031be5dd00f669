/* Sources in, image out. Runs in the compile jail; every byte of a source is hostile. */
#ifndef CANDOR_COMPILE_H
#define CANDOR_COMPILE_H

#include "common/buf.h"
#include "common/channel.h"
#include "common/diag.h"
#include "common/err.h"
#include "jail/compile/ir.h"

struct audit_row;

enum source_kind {
    SOURCE_GUESS, /* by name and content */
    SOURCE_YARA,
    SOURCE_HASHES, /* .md5 .sha1 .sha256 lists */
    SOURCE_CLAMAV, /* .hdb .ndb .ldb ...: the ending says how to read it */
    SOURCE_CERTIFICATES = BATCH_CERTIFICATES, /* PEM: whom the owner believes about containers */
    SOURCE_BESIDE = BATCH_BESIDE, /* lies beside a container, and means something only with it */
};

struct source_file {
    struct span name;  /* relative to the root it was named under: shown, and stored in the image */
    struct span space; /* YARA namespace */
    struct span bytes;
    enum source_kind kind;
    struct span leaf; /* the entry of the rule log that it is; empty for other sources */
};

struct compile_input {
    struct source_file *files;
    uint32_t file_count;
    struct ir_external *externals;
    uint32_t external_count;
    bool yara_x;     /* YARA-X's refusals (--yara-x) */
    bool keep_going; /* leave out rules that do not compile (each with its diagnostic) instead of
                        failing */
    bool allow_unsigned; /* containers that ClamAV did not sign, or that were altered */
    bool pua;            /* ClamAV: potentially unwanted applications, too */
    bool strict_escape;
    bool as_yara; /* warn of slow strings, as YARA does, and of nothing that YARA takes silently */
    bool published; /* refuse what the profile of published rules does not allow */
    struct diag_sink diag;
    /* What audit.h learnt of each rule that is in the image, by its number there. May be NULL. */
    void (*audit)(void *ctx, uint32_t number, const struct ir *ir, uint32_t rule,
                  const struct audit_row *row);
    void *audit_ctx;
    /* An include directive: `name` as written, `from` the file it stands in. False: refused or
     * missing, `reason` says why. The bytes stay valid for the whole compilation. May be NULL: all
     * refused. */
    bool (*include)(void *ctx, struct span name, struct span from, struct source_file *out,
                    const char **reason);
    void *include_ctx;
};

struct compile_stats {
    uint32_t rules, strings, hashes, files, errors, warnings;
};

/* ERR_RULES when anything was refused (and keep_going is off): diagnostics say what. The image is a
 * pure function of the sources' names and bytes and the options. */
enum err compile_run(const struct compile_input *in, struct buf *image, struct compile_stats *stats,
                     struct why *why);

/* Front ends. Each appends to the IR and gives diagnostics; false only when out of memory. */
struct frontend {
    struct ir *ir;
    const struct compile_input *in;
    uint32_t errors, warnings;
    struct map *ignored;      /* clam_ign.c's: names of signatures to leave out; NULL: none */
    struct clam_groups *groups; /* clam_idb.c's: groups of icons; NULL: none */
    struct yara_names *names; /* yara_names.c's, kept from file to file; NULL at first */
};
bool yara_parse(struct frontend *fe, const struct source_file *file);
bool hashlist_parse(struct frontend *fe, const struct source_file *file);
/* Lines that are refused cost no others and are warnings. Only for files that clam_is says yes to.
 */
bool clam_parse(struct frontend *fe, const struct source_file *file);
/* Whether the name ends like a ClamAV database's. */
bool clam_is(const struct source_file *file);
/* Whether it must be read before all others: a list of signatures to ignore. */
bool clam_is_first(const struct source_file *file);

#endif
