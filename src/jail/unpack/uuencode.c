/* Text that begins with a uuencoded or yEnc block: each block in it is a part. An attacker typed
 * every byte. */
#include "jail/unpack/decode_text.h"
#include "jail/unpack/formats.h"

struct state {
    uint64_t at;
};

static bool uuencode_open(struct unpack *u, void *state)
{
    (void)u;
    (void)state;
    return true;
}

static bool uuencode_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    return decode_block(u, out, &s->at, u->object->source.size);
}

const struct unpacker uuencode_unpacker = {
    .name = "uuencode",
    .type = TYPE_UUENCODE,
    .state_bytes = sizeof(struct state),
    .open = uuencode_open,
    .next = uuencode_next,
};
