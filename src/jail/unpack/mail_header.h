/* What the header of a message, or of a part of one, says about its body. RFC 5322, 2.2; RFC 2045,
 * 5 and 6; RFC 2231, 3 and 4. Read as mail programs read it, which is more than the RFCs allow. */
#ifndef CANDOR_MAIL_HEADER_H
#define CANDOR_MAIL_HEADER_H

#include "jail/unpack/unpack.h"

enum {
    MAIL_BOUNDARY_MOST = 250, /* RFC 2046 says 70 */
    MAIL_NAME_MOST = 255,
    MAIL_HEADER_MOST = 1 << 20, /* bytes of one header */
};

enum mail_coding { MAIL_PLAIN, MAIL_BASE64, MAIL_QUOTED, MAIL_UU, MAIL_YENC, MAIL_UNKNOWN };

/* NUL-terminated words; cut when longer. */
struct mail_header {
    uint64_t body_at; /* the first byte behind the header */
    enum mail_coding coding;
    char coding_word[32];                  /* as it stands there */
    char media[64];                        /* "text/plain", lower case; empty: it does not say */
    char boundary[MAIL_BOUNDARY_MOST + 1]; /* of a multipart; may be empty */
    char name[MAIL_NAME_MOST + 1];         /* of the attachment; hostile */
    bool is_partial;   /* message/partial, external-body: the rest is elsewhere */
    bool is_encrypted; /* multipart/encrypted, S/MIME */
    bool is_closed;    /* S/MIME signed or packed: the message is inside, in DER */
    bool is_twice;     /* two fields that say how to read it: readers differ */
};

/* Reads the header at [at, end) of the container. A line that is no field ends it, too: it is the
 * body's first. False: a gap was given, the header is too long; body_at lies behind what was read.
 */
bool mail_header_read(struct unpack *u, uint64_t at, uint64_t end, struct mail_header *out);

#endif
