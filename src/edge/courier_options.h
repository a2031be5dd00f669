/* What the courier is told, by its command line and its file. */
#ifndef CANDOR_COURIER_OPTIONS_H
#define CANDOR_COURIER_OPTIONS_H

#include "common/err.h"
#include "common/reader.h"

enum { COURIER_LIST_MAX = 16, COURIER_TEXT_MAX = 16384 };

struct courier_options {
    const char
        *mirrors[COURIER_LIST_MAX]; /* URLs or folders, in the order in which they are tried */
    unsigned mirror_count;
    const char *files[COURIER_LIST_MAX]; /* plain names; empty: "candor.bundle" */
    unsigned file_count;
    const char *inbox;  /* a folder */
    const char *proxy;  /* as libcurl takes it; NULL: none, whatever the environment says */
    uint64_t max_bytes; /* of one file */
    char text[COURIER_TEXT_MAX]; /* where values lie */
    size_t text_len;
};

void courier_options_init(struct courier_options *o);
/* One key with its value, which is copied. ERR_USAGE: no such key, or a value it cannot have. A
 * file's name holds no slash and no leading dot, since it becomes a name in the inbox. */
enum err courier_options_set(struct courier_options *o, struct span key, struct span value,
                             struct why *why);
/* `key = value` lines, '#' comments; errors name the line. */
enum err courier_options_read(struct courier_options *o, const char *path, struct why *why);
/* Fills what was left open and checks that it can be worked with. */
enum err courier_options_check(struct courier_options *o, struct why *why);

#endif
