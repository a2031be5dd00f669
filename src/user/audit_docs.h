/* Documents for the audit's experiment, made in memory from a seed. Nothing is written to disk. */
#ifndef CANDOR_AUDIT_DOCS_H
#define CANDOR_AUDIT_DOCS_H

#include "user/audit_prose.h"
#include "user/audit_rows.h"

/* A paper without any rule's words, in a form chosen by `number`. */
void audit_docs_plain(struct prose *p, uint32_t number, struct buf *out);
/* Prose with the words of `row`: form and arrangement chosen by `number`; a few dozen numbers give
 * every form, and the arrangements. */
void audit_docs_own(struct prose *p, const struct audit_of_rule *row, uint32_t number,
                    struct buf *out);

#endif
