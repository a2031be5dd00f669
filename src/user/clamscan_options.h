/* The options of `candor clamscan`: clamscan(1)'s. */
#ifndef CANDOR_CLAMSCAN_OPTIONS_H
#define CANDOR_CLAMSCAN_OPTIONS_H

#include "common/err.h"
#include "open/putaway.h"

#include <regex.h>

enum { CLAMSCAN_LIST_MOST = 64 };

struct clamscan_patterns {
    regex_t items[CLAMSCAN_LIST_MOST];
    uint32_t count;
};

struct clamscan_options {
    bool recursive, infected_only, no_ok, no_summary, quiet, to_stdout, all_matches, verbose, bell;
    bool no_cross_fs, pua, no_archives, allow_unsigned, official_only;
    uint64_t follow_folders, follow_files; /* 0 never, 1 what is named, 2 always */
    uint64_t file_bytes, scan_bytes, depth, objects, folder_depth, time_ms; /* 0: no ceiling */
    const char *databases[CLAMSCAN_LIST_MOST];
    uint32_t database_count;
    const char *log, *list, *folder; /* of --move or --copy */
    const char *certificates;        /* folder; NULL: where ClamAV 1.5 keeps its own */
    enum putaway_act act;
    struct clamscan_patterns exclude, exclude_folder, include, include_folder;
    char **paths;
    int path_count;
    bool done; /* --help or --version was served */
};

/* ERR_USAGE names what is wrong or lacking. */
enum err clamscan_options_read(struct clamscan_options *o, int argc, char **argv, struct why *why);
void clamscan_options_done(struct clamscan_options *o);
/* No patterns: false. */
bool clamscan_matches(const struct clamscan_patterns *p, const char *path);

#endif
