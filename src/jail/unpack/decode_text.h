/* Bytes written as text: base64 (RFC 2045, 6.8), quoted-printable (6.7), uuencode (POSIX.1-2017,
 * uuencode) and yEnc (the yEnc draft of Helbing, 1.3). All of them lenient: what a mail program
 * would decode is decoded. */
#ifndef CANDOR_DECODE_TEXT_H
#define CANDOR_DECODE_TEXT_H

#include "jail/unpack/unpack.h"

/* Each decodes [at, end) of the container into the child. False: a ceiling was reached, or the
 * container cannot be read; the gap was given, what was decoded stays. */
bool decode_base64(struct unpack *u, struct child *out, uint64_t at, uint64_t end);
bool decode_quoted(struct unpack *u, struct child *out, uint64_t at, uint64_t end);

/* Looks in [*at, end) for a block that says itself that it is one ("begin 644 name", "begin-base64
 * 644 name",
 * "=ybegin "), decodes it into the child with its name, and moves *at behind it. False: there is
 * none. Cost: one pass. */
bool decode_block(struct unpack *u, struct child *out, uint64_t *at, uint64_t end);
/* Whether a line begins such a block. */
bool decode_is_begin(struct span line);

#endif
