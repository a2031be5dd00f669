/* Names and properties of types. */
#include "common/types.h"

static const struct {
    const char *name, *meaning;
    enum handling handling;
    enum evidence evidence;
} types[TYPE_COUNT] = {
#define TYPE(id, name, handling, evidence, meaning)                                                \
    [TYPE_##id] = {name, meaning, HANDLING_##handling, EVIDENCE_##evidence},
#include "common/types.def"
#undef TYPE
};

static const char *const evidences[EVIDENCE_COUNT] = {
    [EVIDENCE_OPAQUE] = "opaque", [EVIDENCE_CODE] = "code",           [EVIDENCE_SCRIPT] = "script",
    [EVIDENCE_MACRO] = "macro",   [EVIDENCE_STRUCTURE] = "structure", [EVIDENCE_TEXT] = "text",
};

const char *type_name(enum object_type type)
{
    return (unsigned)type < TYPE_COUNT ? types[type].name : "unknown";
}

const char *type_meaning(enum object_type type)
{
    return (unsigned)type < TYPE_COUNT ? types[type].meaning : "";
}

enum handling type_handling(enum object_type type)
{
    return (unsigned)type < TYPE_COUNT ? types[type].handling : HANDLING_CLOSED;
}

enum evidence type_evidence(enum object_type type)
{
    return (unsigned)type < TYPE_COUNT ? types[type].evidence : EVIDENCE_TEXT;
}

const char *evidence_name(enum evidence evidence)
{
    return (unsigned)evidence < EVIDENCE_COUNT ? evidences[evidence] : "unknown";
}
