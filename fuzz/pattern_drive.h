/* What the fuzz targets of strings share: a tree is compiled and run over a text. */
#ifndef CANDOR_FUZZ_PATTERN_DRIVE_H
#define CANDOR_FUZZ_PATTERN_DRIVE_H

#include "drive.h"

#include "jail/compile/pattern.h"

/* Traps when a program that we made does not pass vm_check, or a piece matches where none of its
 * atoms leads. `tree` may be NULL. */
void pattern_drive(struct re *tree, enum ir_string_kind kind, uint32_t flags, struct span text,
                   struct arena *a);

#endif
