/* What documents write around words: fields of a mail's header, tags, control words, keys of a
 * dictionary. A rule that wants them with a word in them wants the word. */
#ifndef CANDOR_AUDIT_FRAME_H
#define CANDOR_AUDIT_FRAME_H

#include "common/reader.h"

/* In the order of how much they say of what stands inside. */
enum audit_frame {
    FRAME_NONE,
    FRAME_TEXT,   /* a title, a heading, a paragraph */
    FRAME_FILE,   /* the name of an attachment */
    FRAME_PERSON, /* an author, a sender */
};

/* Cuts frames off both ends of *text while something is left in them; the most telling that was
 * met. */
enum audit_frame audit_unframe(struct span *text);
/* Whether it is nothing but the name of a document: "budget 2027.xlsx". */
bool audit_is_document_name(struct span text);
/* Whether it begins as files do that hold keys, passwords or mail: their first bytes. */
bool audit_is_store(struct span bytes);

#endif
