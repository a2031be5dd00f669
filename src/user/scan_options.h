/* The command line of `candor scan`. */
#ifndef CANDOR_SCAN_OPTIONS_H
#define CANDOR_SCAN_OPTIONS_H

#include "user/settings.h"

struct scan_options {
    struct settings settings;
    char **paths;
    int path_count;
    bool done; /* --help was asked for and given */
};

/* Configuration, then flags. Every flag of the contract is known; one whose work is still to come
 * is ERR_UNSUPPORTED and says so. */
enum err scan_options_read(struct scan_options *o, int argc, char **argv, struct why *why);

#endif
