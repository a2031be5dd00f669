/* Signed notes and what Candor signs with them: C2SP signed-note, tlog-checkpoint,
 * tlog-cosignature. Bytes are strangers'. */
#ifndef CANDOR_NOTE_H
#define CANDOR_NOTE_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/merkle.h"

enum { NOTE_SIGNATURES_MAX = 100, NOTE_BYTES_MAX = 1 << 20 };

/* Types of key and signature. Others (0x02 ECDSA, 0x05, 0x06 ML-DSA-44 ...) are passed over as
 * unknown. */
enum note_type { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE = 0x04 };

/* One signature line; borrowed from the note, the decoded bytes from the arena. */
struct note_signature {
    struct span name;
    uint32_t id;       /* big-endian key id, as printed in a key */
    struct span bytes; /* behind the id */
};

struct note {
    struct span text; /* up to and including the newline before the blank line */
    struct note_signature signatures[NOTE_SIGNATURES_MAX];
    uint32_t count;
};

/* A verifier's key: name+hex(id)+base64(type || key). */
struct note_key {
    struct span name; /* borrowed from the text parsed */
    uint32_t id;
    uint8_t type; /* enum note_type */
    uint8_t key[32];
};

/* ERR_USAGE-free: a malformed note is ERR_PEER with the reason. Whole note must be UTF-8 without
 * control characters besides newline, at most NOTE_BYTES_MAX. *out is some 4 KiB; spans borrow from
 * `bytes` and `a`. */
enum err note_parse(struct span bytes, struct arena *a, struct note *out, struct why *why);
enum err note_key_parse(struct span text, struct note_key *out, struct why *why);
void note_key_print(const struct note_key *key, struct buf *out);
/* Name, type and key given; computes the id. */
bool note_key_id(struct note_key *key);

enum note_answer {
    NOTE_UNKNOWN, /* no line by this name and id */
    NOTE_GOOD,
    NOTE_BAD /* a line by it, and it is false: the whole note must be refused */
};
/* time_s (may be NULL): a cosignature's time. */
enum note_answer note_check(const struct note *n, const struct note_key *key, uint64_t *time_s);

/* Appends a signature line by an Ed25519 seed of 32 bytes to a note (text, blank line, lines so
 * far) or to bare text, which gets its blank line. time_s: for NOTE_COSIGNATURE. */
enum err note_sign(struct buf *note, const struct note_key *key, const uint8_t seed[32],
                   uint64_t time_s, struct why *why);

/* A tree head as a note's text: origin, size, root. Extension lines are refused: nothing of ours
 * needs them, and what cosigners did not look at should not be believed. */
struct checkpoint {
    struct span origin; /* borrowed */
    uint64_t size;
    struct merkle_hash root;
};
enum err checkpoint_parse(struct span text, struct checkpoint *out, struct why *why);
void checkpoint_print(const struct checkpoint *c, struct buf *out);

#endif
