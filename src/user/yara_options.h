/* The options of `candor yara`: those of yara(1) up to 4.5. */
#ifndef CANDOR_YARA_OPTIONS_H
#define CANDOR_YARA_OPTIONS_H

#include "user/yara_rules.h"

struct yara_options {
    bool compiled, count_only, fast, help, negate, follow_links, no_warnings, meta, module_data;
    bool module_names, space, stats, strings, lengths, xor_key, show_tags, recursive, scan_list;
    bool version, no_console, fail_on_warnings, strict_escape;
    struct yara_texts defines, identifiers, tags, module_files;
    struct buf given; /* the files of -x, packed for pool_options.module_data; heap, the caller's */
    const char *atom_table;
    int64_t limit, max_strings, skip_larger, stack_size, threads, timeout_s, memory_chunk;
    char **rules; /* what is no option, but the last */
    int rule_count;
    const char *target;
};

/* The exit code when there is nothing more to do, else -1. */
int yara_options_read(struct yara_options *o, int argc, char **argv);
struct yara_rules_options yara_options_rules(const struct yara_options *o);

#endif
