/* Short texts as QR codes (ISO/IEC 18004: byte mode, level L, versions 1 to 10), so that a ledger's
 * head can leave a machine through a camera. */
#ifndef CANDOR_QR_H
#define CANDOR_QR_H

#include "common/buf.h"

enum { QR_SIDE_MAX = 57, QR_TEXT_MAX = 271 };

struct qr {
    int side;                                /* modules a side, 21..57 */
    uint8_t dark[QR_SIDE_MAX][QR_SIDE_MAX];  /* 1: dark; [row][column] */
    uint8_t fixed[QR_SIDE_MAX][QR_SIDE_MAX]; /* of a pattern, not of the data */
};

/* The smallest that holds the text. False past QR_TEXT_MAX bytes. */
bool qr_encode(struct qr *out, struct span text);
/* Two rows of modules a line, with half blocks (UTF-8) and a quiet zone of four modules; dark on
 * light whatever the terminal's colours are. */
void qr_draw(const struct qr *q, struct buf *out);

#endif
