/* The modules that exist, each defined in its own file, listed in module.c. */
#ifndef CANDOR_MODULES_H
#define CANDOR_MODULES_H

#include "jail/facts/module.h"

extern const struct module module_console;
extern const struct module module_cuckoo;
extern const struct module module_dex;
extern const struct module module_dotnet;
extern const struct module module_elf;
extern const struct module module_hash;
extern const struct module module_lnk;
extern const struct module module_macho;
extern const struct module module_magic;
extern const struct module module_math;
extern const struct module module_pe;
extern const struct module module_string;
extern const struct module module_time;

#endif
