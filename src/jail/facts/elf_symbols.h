/* The functions of the module elf on symbols, and where they find the file again. */
#ifndef CANDOR_ELF_SYMBOLS_H
#define CANDOR_ELF_SYMBOLS_H

#include "jail/facts/elf_image.h"
#include "jail/facts/module.h"

/* Call before any function of the tree; `img` lives as long as the tree. False: out of memory. */
bool elf_symbols_keep(const struct fact *root, struct arena *a, struct elf_image *img);

#endif
