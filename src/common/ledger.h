/* A leaf of the ledger: a fixed schema (ledger.def) as a short text, so that it can be read in
 * twenty years. doc/ledger.md. The bytes are our own, but whoever checks a ledger treats them as a
 * stranger's: who can edit the file can write anything. */
#ifndef CANDOR_LEDGER_H
#define CANDOR_LEDGER_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"

enum ledger_field {
#define LEDGER_FIELD(id, name, type, most, meaning) LEDGER_##id,
#include "common/ledger.def"
#undef LEDGER_FIELD
    LEDGER_FIELD_COUNT
};

enum ledger_kind {
#define LEDGER_KIND(id, name, fields, meaning) LEDGER_KIND_##id,
#include "common/ledger.def"
#undef LEDGER_KIND
    LEDGER_KIND_COUNT
};

/* A number that is not there; printed as "-". */
#define LEDGER_NONE UINT64_MAX

struct ledger_leaf {
    enum ledger_kind kind;
    uint64_t numbers[LEDGER_FIELD_COUNT];
    struct span texts[LEDGER_FIELD_COUNT]; /* borrowed */
};

/* Texts empty, numbers 0, the time given. */
void ledger_leaf_init(struct ledger_leaf *leaf, enum ledger_kind kind, uint64_t time_s);
/* Appends the leaf's bytes. A text longer than its field allows is cut and ends with "[cut]". False
 * when out of memory; at most TLOG_ENTRY_MAX bytes. */
bool ledger_print(const struct ledger_leaf *leaf, struct buf *out);
/* The reverse; texts are unescaped into the arena. ERR_LEDGER for anything that ledger_print would
 * not have written, byte for byte. */
enum err ledger_parse(struct span bytes, struct arena *a, struct ledger_leaf *out, struct why *why);

const char *ledger_kind_name(enum ledger_kind kind);
const char *ledger_kind_meaning(enum ledger_kind kind);
const char *ledger_field_name(enum ledger_field field);
const char *ledger_field_meaning(enum ledger_field field);
bool ledger_kind_has(enum ledger_kind kind, enum ledger_field field);
bool ledger_field_is_text(enum ledger_field field);

#endif
