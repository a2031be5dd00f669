/* A module's tree as text, in the form of `yara -D`. */
#ifndef CANDOR_MODULE_DUMP_H
#define CANDOR_MODULE_DUMP_H

#include "common/buf.h"
#include "jail/facts/module.h"

/* Appends the tree: one line a field, tabs for depth, undefined ones too, functions not. Check
 * out->bad.
 *   all   fields that YARA does not have in this module, too: yara -D never shows them */
void module_dump(struct buf *out, const struct module *m, const struct fact *root, bool all);

#endif
