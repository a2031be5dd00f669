/* Which kind of document ClamAV takes a ZIP for. */
#ifndef CANDOR_CLAM_OFFICE_H
#define CANDOR_CLAM_OFFICE_H

#include "jail/object/source.h"

enum clam_office { OFFICE_NONE, OFFICE_WORD, OFFICE_EXCEL, OFFICE_POWERPOINT, OFFICE_HANGUL };

/* Reads the first 32 KiB, and the directory when these look like a document. */
enum clam_office clam_office_of(struct source *s);

#endif
