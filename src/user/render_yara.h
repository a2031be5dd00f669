/* Reports in the words of yara(1). */
#ifndef CANDOR_RENDER_YARA_H
#define CANDOR_RENDER_YARA_H

#include "common/report.h"
#include "user/yara_args.h"
#include "user/yara_catalogue.h"

#include <stdio.h>

struct render_yara {
    FILE *out;
    const struct yara_catalogue *rules;
    const struct yara_texts *tags, *identifiers; /* empty: all rules are shown */
    bool negate, count_only, meta, show_tags, space, strings, lengths, xor_key, no_warnings;
    bool many;        /* a folder or a list: counts name their file */
    bool on_terminal; /* then file names are escaped */
    uint64_t limit;   /* rules that may match before a file's rest is left out; 0: none */
    uint64_t total;   /* rules that matched so far */
    bool failed;      /* some file was not looked at, or not whole */
    uint8_t *matched; /* one a rule, scratch; by render_yara_init */
};

bool render_yara_init(struct render_yara *y);
void render_yara_done(struct render_yara *y);
/* A file that was not handed to a jail: its gaps only. */
void render_yara_trouble(struct render_yara *y, const struct report *r);
/* One file. What was not looked at goes to standard error. */
void render_yara_report(struct render_yara *y, const struct report *r);

#endif
