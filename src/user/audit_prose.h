/* Ordinary language, made from a seed: sentences, and papers of the kinds that people keep. */
#ifndef CANDOR_AUDIT_PROSE_H
#define CANDOR_AUDIT_PROSE_H

#include "common/buf.h"

struct prose {
    uint64_t state;
};

uint32_t prose_draw(struct prose *p, uint32_t below);
/* A sentence with a full stop and a space. */
void prose_sentence(struct prose *p, struct buf *out);
void prose_paragraph(struct prose *p, struct buf *out, uint32_t sentences);
/* One of PROSE_PAPERS papers: memo, invoice, CV, medical letter, contract, keys, list, note. */
enum { PROSE_PAPERS = 8 };
void prose_paper(struct prose *p, struct buf *out, uint32_t which);

#endif
