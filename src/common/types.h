/* Kinds of object and classes of evidence. */
#ifndef CANDOR_TYPES_H
#define CANDOR_TYPES_H

#include "common/reader.h"

enum object_type {
#define TYPE(id, name, handling, evidence, meaning) TYPE_##id,
#include "common/types.def"
#undef TYPE
    TYPE_COUNT
};

enum handling { HANDLING_LEAF, HANDLING_CONTAINER, HANDLING_CLOSED };

/* What kind of thing a finding's bytes are. A finding in EVIDENCE_TEXT never leaves the machine. */
enum evidence {
    EVIDENCE_OPAQUE,
    EVIDENCE_CODE,
    EVIDENCE_SCRIPT,
    EVIDENCE_MACRO,
    EVIDENCE_STRUCTURE,
    EVIDENCE_TEXT, /* what a person wrote */
    EVIDENCE_COUNT
};

/* Each answers "unknown" / the harmless value for a number that is none of ours. */
const char *type_name(enum object_type type);
const char *type_meaning(enum object_type type);
enum handling type_handling(enum object_type type);
enum evidence type_evidence(enum object_type type);
const char *evidence_name(enum evidence evidence);

#endif
