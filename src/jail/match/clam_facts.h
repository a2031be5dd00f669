/* What ClamAV's signatures ask about an object beyond its bytes: type, entry point, sections. */
#ifndef CANDOR_CLAM_FACTS_H
#define CANDOR_CLAM_FACTS_H

#include "common/types.h"

struct object;

enum clam_fact {
    CLAM_IS_TARGET, /* arg: a target; true or false */
    CLAM_IN,        /* arg: a row of clam_kinds or CLAM_ANY_KIND, and above CLAM_LEVEL_BITS how many
                       containers further out: whether that one is of that kind */
    CLAM_ENTRY,     /* file offset of the entry point */
    CLAM_SECTIONS,  /* how many */
    CLAM_SECTION,   /* arg: index; file offset of its first byte */
    CLAM_SECTION_END,  /* arg: index; one past its last byte */
    CLAM_LAST_SECTION, /* file offset of the last one */
    CLAM_IS_ROOT,      /* in no container */
    /* of the member at hand (object/member.h); undefined when there is none or it is not said */
    CLAM_IS_MEMBER,      /* arg: as of CLAM_IN, the container's kind; false when there is none */
    CLAM_MEMBER_AROUND,  /* bytes of its container */
    CLAM_MEMBER_PACKED,  /* bytes in the container */
    CLAM_MEMBER_FULL,    /* bytes unpacked */
    CLAM_MEMBER_PLACE,   /* counted from 1 */
    CLAM_MEMBER_IS_SHUT, /* encrypted: 0 or 1 */
    CLAM_MEMBER_NAME,    /* a text */
    CLAM_ICON,     /* arg: two groups (clam_icon.h), 16 bits each: whether one of the PE's icons
                      is near one that is in both; true or false */
    CLAM_SIGNER,   /* arg: a row of IMAGE_SIGNERS: whether it is embedded in the PE's signature */
    CLAM_FROM_END, /* arg: so many bytes before the end; undefined in a smaller object */
    CLAM_FACT_COUNT
};

enum { CLAM_LEVEL_BITS = 16, CLAM_ANY_KIND = 0xffff };

/* Targets of signatures, by their numbers. */
enum clam_target {
    CLAM_ANY = 0,
    CLAM_PE = 1,
    CLAM_OLE2 = 2,
    CLAM_HTML = 3,
    CLAM_MAIL = 4,
    CLAM_GRAPHICS = 5,
    CLAM_ELF = 6,
    CLAM_TEXT = 7,
    CLAM_UNUSED = 8,
    CLAM_MACHO = 9,
    CLAM_PDF = 10,
    CLAM_FLASH = 11,
    CLAM_JAVA = 12,
    CLAM_TARGETS
};

/* Whether an object whose first bytes are of this search class can be of this target. */
bool clam_target_class(uint32_t target, unsigned class);
/* The search class of an object in the form at hand: for what was made of it, or is scanned again
 * as another type, not the one its first bytes say. */
unsigned clam_class_of(struct object *o);
/* What target an object is; CLAM_ANY for none of them. */
enum clam_target clam_target_of(struct object *o);
/* A type by ClamAV's name for it ("CL_TYPE_ZIP"), as an argument of CLAM_IN; false: unknown, or
 * not one that we would know. */
bool clam_kind_find(struct span name, uint32_t *out);
bool clam_kind_is(uint32_t kind, enum object_type type);
/* What an object is when it is scanned again as this kind; TYPE_EMPTY: that cannot be. */
enum object_type clam_kind_type(uint32_t kind);
/* A type that tells of its members, see object/member.h. */
bool clam_kind_tells(uint32_t kind);
/* The target that files of a kind have by their bytes as they are; false: none, or one that takes
 * more than a type. */
bool clam_kind_target(uint32_t kind, uint32_t *out);

/* An executable's layout as ClamAV sees it. */
enum { CLAM_SECTIONS_MAX = 96 };
struct clam_exe {
    bool has_entry;
    uint64_t entry;
    uint32_t count;
    uint32_t headers, resources; /* of a PE: bytes of its headers, address of its resources or 0 */
    struct {
        uint64_t at, len;
        uint32_t address; /* of a PE */
    } sections[CLAM_SECTIONS_MAX];
};
/* False: not one, or damaged: then no offset in it means anything. */
bool clam_exe_read(struct object *o, struct clam_exe *out);

#endif
