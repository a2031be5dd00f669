/* Between the driver's two files. */
#ifndef CANDOR_RED_TEAM_H
#define CANDOR_RED_TEAM_H

#include "red.h"

#include <stdarg.h>

struct red_options {
    const char *dir;  /* with the twins */
    const char *jail; /* name of the twin */
    const char *only; /* one cage: scan, compile, zygote, opener; NULL: all */
    bool bare;        /* the twin has no filter: the other layers are tried alone */
    bool no_limits;   /* nor resource limits */
    bool no_opener;   /* candor's own filter is left away */
    bool list, sweep, measure;
    bool keeps_admin; /* a place without user namespaces, where root keeps CAP_SYS_ADMIN */
};

/* One TAP line, counted. */
void red_say(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Confines itself as candor does, then enters each cage. */
void red_cages(const struct red_options *o, const struct red_target *target);

#endif
