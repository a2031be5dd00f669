/* What clamscan's --move, --copy and --remove do, by descriptor: the file that was scanned, or
 * none. */
#ifndef CANDOR_PUTAWAY_H
#define CANDOR_PUTAWAY_H

#include "common/err.h"
#include "common/reader.h"

enum putaway_act { PUTAWAY_NONE, PUTAWAY_MOVE, PUTAWAY_COPY, PUTAWAY_REMOVE };

struct putaway {
    enum putaway_act act;
    int folder;       /* -1 for REMOVE */
    const char *name; /* of the folder, as its owner named it */
};

/* The file as it was when it was scanned. */
struct putaway_file {
    const char *path;
    uint64_t device, inode;
    struct span finding; /* for the manifest */
};

/* Opens the folder; one that is not there is an error. */
enum err putaway_open(struct putaway *p, enum putaway_act act, const char *folder, struct why *why);
void putaway_close(struct putaway *p);
/* Carries it out. `stored`: the name it got in the folder. No link on the way is followed; a file
 * that is no longer the one that was scanned stays where it is, and that is an error. MOVE and COPY
 * add a line of JSON to the folder's candor-manifest.jsonl before the file goes. */
enum err putaway_file(const struct putaway *p, const struct putaway_file *f, char stored[300],
                      struct why *why);

#endif
