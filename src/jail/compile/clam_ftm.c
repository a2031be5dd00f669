/* One line of .ftm, a file type: "kind:offset:bytes:name:type before:type[:min level[:max level]]".
 * Hostile bytes: a list's. Facts: ClamAV's manual, "File type magic". *Observed*: kind 0 compares
 * at an offset, whatever the type before is; the list takes the place of all types that are built
 * in. Here types stay our own (types.def): a line of kind 0 is honoured when its type means a
 * target to signatures, and then only for files of which we know no type. The others are counted.
 */
#include "jail/compile/clam.h"

#include "common/text.h"

enum { AT_MOST = 1 << 20, BYTES_MOST = 4096 };
enum { KIND, AT, BYTES, NAME, BEFORE, TYPE, MIN_LEVEL, MAX_LEVEL, FIELDS };

static bool read_bytes(struct clam *c, struct span text, struct span *out)
{
    size_t len = text.len / 2;
    uint8_t *bytes = arena_array(c->arena, uint8_t, len + 1);
    if (!bytes) {
        c->bad = true;
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        int digit = text_hex_digit(span_byte(text, i));
        if (digit < 0)
            return clam_refuse(c, text, "expected hexadecimal digits");
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
    }
    *out = span_make(bytes, len);
    return (len > 0 && text.len % 2 == 0 && len <= BYTES_MOST) ||
           clam_refuse(c, text, "expected hexadecimal digits");
}

static void add(struct clam *c, const struct span *field)
{
    struct ir_magic m = {0};
    uint32_t kind;
    uint64_t at;
    if (!span_equal(field[KIND], SPAN_OF("0")) || !clam_kind_find(field[TYPE], &kind) ||
        !clam_kind_target(kind, &m.target)) {
        c->skipped.types++;
        return;
    }
    if (!text_u64(field[AT], &at) || at > AT_MOST) {
        (void)clam_refuse(c, field[AT], "expected an offset"); /* said; on we go */
        return;
    }
    m.at = (uint32_t)at;
    if (read_bytes(c, field[BYTES], &m.bytes))
        c->bad = !ir_add_magic(c->ir, &m);
}

bool clam_ftm_line(struct clam *c)
{
    struct span field[FIELDS] = {{NULL, 0}}, rest = c->whole, left;
    uint32_t count = 0;
    while (count < FIELDS && text_field(&rest, ':', &field[count]))
        count++;
    if (count < MIN_LEVEL || text_field(&rest, ':', &left))
        (void)clam_refuse(c, c->whole,
                          "expected kind:offset:bytes:name:type:type and perhaps two levels");
    else if (clam_level(c, field[MIN_LEVEL], field[MAX_LEVEL]))
        add(c, field);
    return !c->bad;
}
