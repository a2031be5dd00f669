/* RPM: a lead, two headers, then one compressed cpio archive, which is the part. An attacker typed
 * every byte. Format: RPM file format 4, rpm.org, "Package format". Big-endian. */
#include "jail/unpack/formats.h"

enum { LEAD_BYTES = 96, INTRO_BYTES = 16, ENTRY_BYTES = 16 };

struct state {
    bool is_given;
};

static bool rpm_open(struct unpack *u, void *state)
{
    (void)u;
    (void)state;
    return true;
}

/* A header: 8e ad e8, version, 4 reserved, entries, bytes of data. False: it is none. *at: behind.
 */
static bool skip_header(struct unpack *u, uint64_t *at)
{
    struct reader r = reader_of(source_view(&u->object->source, *at, INTRO_BYTES));
    uint32_t magic = reader_u32be(&r);
    reader_skip(&r, 4);
    uint64_t entries = reader_u32be(&r), bytes = reader_u32be(&r);
    if (r.bad || magic >> 8 != 0x8eade8)
        return false;
    *at += INTRO_BYTES + entries * ENTRY_BYTES + bytes;
    return true;
}

static bool rpm_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    uint64_t at = LEAD_BYTES, size = u->object->source.size;
    if (s->is_given)
        return false;
    s->is_given = true;
    bool is = skip_header(u, &at);
    at = (at + 7) / 8 * 8; /* only the signature is padded */
    is = is && skip_header(u, &at);
    if (!is || at >= size) {
        unpack_gap(u, is ? GAP_TRUNCATED : GAP_DAMAGED, at, "its headers do not lead to a payload");
        return false;
    }
    out->name = SPAN_OF("payload");
    return unpack_stored(u, out, at, size - at);
}

const struct unpacker rpm_unpacker = {
    .name = "rpm",
    .type = TYPE_RPM,
    .state_bytes = sizeof(struct state),
    .open = rpm_open,
    .next = rpm_next,
};
