/* Seeds of the targets elf, macho and dex. */
#ifndef CANDOR_SEEDS_BINARIES_H
#define CANDOR_SEEDS_BINARIES_H

/* Writes FOLDER/elf/... and so on; 0, or how many could not be written. */
int seeds_binaries(const char *folder);

#endif
