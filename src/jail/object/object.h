/* One thing being looked at: a file, or a part of one. */
#ifndef CANDOR_OBJECT_H
#define CANDOR_OBJECT_H

#include "common/types.h"
#include "jail/object/source.h"

/* What the bytes are: the object's own, or what was made of them for ClamAV's signatures. */
enum object_view { VIEW_RAW, VIEW_TEXT, VIEW_HTML };

struct object {
    struct source source;
    enum object_type type;
    enum evidence evidence;
    uint32_t id;     /* 0 is the file itself; parts count up in the order they are met */
    uint32_t parent; /* id of the container; 0 for the file itself, too */
    uint32_t depth;  /* containers around it */
    const struct object *container; /* NULL for the file itself; outlives its parts */
    enum object_view view;
    struct memory *memory; /* a process: its regions; NULL for everything else; borrowed */
    uint64_t base;         /* of one region of a process: its address */
    bool is_region;
    const uint8_t *md5; /* of all its bytes, when that is known; NULL otherwise; borrowed */
    uint64_t retypes;   /* bit per object_type: ClamAV's signatures want it scanned again as that */
    bool is_retyped;    /* scanned again as what `type` says; container is the object itself */
    uint8_t office;     /* enum clam_office, of a ZIP */
    uint8_t told_target; /* enum clam_target, as the rules say of bytes that we do not know; or 0 */
    bool is_trusted;     /* its hash is on an allow list, or a container's around it */
    struct span
        name; /* inside its parent, hostile bytes; empty for the file and for nameless streams */
};

_Static_assert(TYPE_COUNT <= 64, "retypes has a bit for each");

#endif
