/* A report as candor.h shows it: NUL-terminated, escaped texts. */
#ifndef CANDOR_LIB_REPORT_H
#define CANDOR_LIB_REPORT_H

#include "candor.h"
#include "common/report.h"

/* Takes `report`. NULL when out of memory; then it is freed. */
struct candor_report *lib_report_new(struct report *report);

#endif
