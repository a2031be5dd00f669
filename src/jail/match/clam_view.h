/* What ClamAV's signatures see of an object: its bytes, or what is made of them. */
#ifndef CANDOR_CLAM_VIEW_H
#define CANDOR_CLAM_VIEW_H

#include "common/buf.h"
#include "jail/object/object.h"

enum { CLAM_SEES_RAW = 1, CLAM_SEES_TEXT = 2, CLAM_SEES_HTML = 4 };
/* HTML is looked at in two forms: with its tags, and without. */
enum clam_form { CLAM_FORM_TEXT, CLAM_FORM_NOCOMMENT, CLAM_FORM_NOTAGS, CLAM_FORM_COUNT };

/* Bits CLAM_SEES_. Looks at the first 1024 bytes, and at all of a text for marks of HTML: O(size).
 * Notes in o->office what a ZIP is. */
unsigned clam_sees(struct object *o);
/* The target of the bytes themselves ignores texts: their signatures see only what is made of them.
 * Appends form `form` of the object to `out`, which has a ceiling. False: it does not fit, or the
 * bytes could not be read. */
bool clam_view_make(struct object *o, enum clam_form form, struct buf *out);
/* clam_html.c: the forms of HTML. */
bool clam_html_make(struct object *o, bool tags, struct buf *out);

#endif
