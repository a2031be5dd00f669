/* What a client says, in pieces as the input's first byte has them: traps when the pieces change
 * what is heard, when nothing is consumed, when bytes come from outside the input, or when a stream
 * grows past its ceiling. */
#include "drive.h"

#include "edge/protocol.h"

enum { STREAM_MAX = 64 };

struct heard {
    uint64_t hash, streamed;
    uint32_t last_id;
};

static void mix(struct heard *h, uint64_t v)
{
    h->hash = (h->hash ^ v) * UINT64_C(0x100000001b3);
}

static bool hear(struct heard *h, const struct protocol_told *t, struct span in)
{
    if (t->event == PROTOCOL_MORE)
        return true;
    if (t->event == PROTOCOL_BYTES) {
        if (t->bytes.len == 0 || t->bytes.at < in.at || t->bytes.at + t->bytes.len > in.at + in.len)
            __builtin_trap();
        h->streamed += t->bytes.len;
        if (h->streamed > STREAM_MAX)
            __builtin_trap();
        for (size_t i = 0; i < t->bytes.len; i++)
            mix(h, t->bytes.at[i] + 1000u);
        return true;
    }
    if (t->event == PROTOCOL_COMMAND && t->verb >= VERB_COUNT)
        __builtin_trap();
    if (t->event == PROTOCOL_COMMAND && t->verb == VERB_INSTREAM)
        h->streamed = 0;
    if (t->id < h->last_id)
        __builtin_trap();
    h->last_id = t->id;
    mix(h, (uint64_t)t->event << 32 | (uint64_t)t->verb << 16 | t->id);
    return t->event != PROTOCOL_TOO_BIG;
}

static struct heard converse(struct span in, size_t piece)
{
    static struct protocol p;
    struct heard h = {.hash = 0};
    struct protocol_told told;
    protocol_init(&p, STREAM_MAX);
    for (size_t at = 0; at < in.len; at += piece) {
        struct span part = span_cut(in, at, piece);
        while (part.len > 0) {
            size_t n = protocol_take(&p, part, &told);
            if (n == 0 || n > part.len)
                __builtin_trap();
            if (!hear(&h, &told, part))
                return h;
            part = span_cut(part, n, SIZE_MAX);
        }
    }
    if (protocol_pause(&p, &told))
        (void)hear(&h, &told, in);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span in = span_make(data + 1, size - 1);
    struct heard whole = converse(in, in.len ? in.len : 1), cut = converse(in, 1u + data[0]);
    if (whole.hash != cut.hash)
        __builtin_trap();
    return 0;
}
