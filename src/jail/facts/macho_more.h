/* What YARA-X's module macho says besides YARA's, of one Mach-O file. */
#ifndef CANDOR_MACHO_MORE_H
#define CANDOR_MACHO_MORE_H

#include "common/map.h"
#include "jail/facts/fact_build.h"
#include "jail/facts/macho_entry.h"
#include "jail/facts/macho_fields.h"

/* Names of a symbol table: all; undefined external ones; undefined ones; external ones that are
 * not. */
struct macho_symbols {
    struct fact_list entries, undefined, imports, exports;
};

/* Fills the fields of macho_fields.h that are YARA-X's; the header was read. False: out of memory.
 */
bool macho_more(struct macho_load *l, struct macho_file *m);

/* The parts, each over its own stretch of the file. Damage ends a part: what was found stays. */
/* macho_names.c: names of a symbol table, of an
 * export trie, of a stream of binding opcodes. */
bool macho_names_table(struct macho_load *l, const struct macho_file *m, struct span table,
                       struct macho_symbols *out);
bool macho_names_exported(struct macho_load *l, struct span trie, struct fact_list *out);
bool macho_names_bound(struct macho_load *l, struct map *seen, struct span opcodes,
                       struct fact_list *out);
/* macho_signed.c: entitlements of a code signature. */
bool macho_signed(struct macho_load *l, struct span signature, struct fact_list *out);

/* One more text in a list, while rows are left. False: out of memory. */
bool macho_add_text(struct macho_load *l, struct fact_list *list, struct span text);

#endif
