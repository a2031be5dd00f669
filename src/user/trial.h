/* A trial run: new rules over a sample of the owner's own files, beside the rules in use. */
#ifndef CANDOR_TRIAL_H
#define CANDOR_TRIAL_H

#include "common/err.h"

#include <stdint.h>

struct trial_options {
    const char *jail_path;
    int old_fd, new_fd;       /* images */
    const char *const *paths; /* files and folders to take the sample from */
    uint32_t path_count;
    uint64_t percent; /* of the clean files may match */
};

struct trial_result {
    uint64_t files, clean, matched; /* clean: under the old rules, without a gap */
    uint64_t old_ms, new_ms;        /* processor time of the jails */
};

/* ERR_RULES, with the reason, when the new rules are to be held back: too many clean files match or
 * can no longer be looked at, jails die, or it takes more than ten times the time. */
enum err trial_run(const struct trial_options *o, struct trial_result *out, struct why *why);

#endif
