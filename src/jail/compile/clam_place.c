/* Offsets of ClamAV's patterns: "*", "n", "EOF-n", "EP+n", "EP-n", "Sx+n", "SL+n", "SEx", each with
 * ",shift" behind it. The text is a stranger's. Facts: ClamAV's manual, "Extended signature
 * format"; *observed*: a shift of n means n more places after the first; offsets of executables are
 * refused for targets that are none. */
#include "jail/compile/clam.h"

#include "common/text.h"

enum { SECTION_MOST = 0xffff };

static bool is_executable(uint32_t target)
{
    return target == CLAM_PE || target == CLAM_ELF || target == CLAM_MACHO;
}

static bool exact(struct clam_place *out, struct ir_expr *at)
{
    *out = (struct clam_place){.low = at, .high = at, .exact = true};
    return at != NULL;
}

/* base + n or base - n, as the sign before the number says. */
static bool relative(struct clam *c, struct ir_expr *base, struct span text, struct clam_place *out)
{
    uint64_t n;
    uint8_t sign = span_byte(text, 0);
    if ((sign != '+' && sign != '-') || !text_u64(span_cut(text, 1, SIZE_MAX), &n) || n > INT32_MAX)
        return clam_refuse(c, text, "expected '+' or '-' and a number of bytes");
    if (n == 0)
        return exact(out, base);
    return exact(out, clam_two(c, sign == '+' ? IR_ADD : IR_SUB, base, clam_int(c, (int64_t)n)));
}

/* "Sx+n", "SL+n", "SEx". */
static bool section(struct clam *c, struct span text, struct clam_place *out)
{
    uint64_t index;
    struct span rest = span_cut(text, 1, SIZE_MAX);
    if (span_byte(rest, 0) == 'L')
        return relative(c, clam_fact(c, CLAM_LAST_SECTION, 0), span_cut(rest, 1, SIZE_MAX), out);
    if (span_byte(rest, 0) == 'E') {
        if (!text_u64(span_cut(rest, 1, SIZE_MAX), &index) || index > SECTION_MOST)
            return clam_refuse(c, text, "expected the number of a section");
        *out = (struct clam_place){.low = clam_fact(c, CLAM_SECTION, (uint32_t)index),
                                   .high = clam_fact(c, CLAM_SECTION_END, (uint32_t)index)};
        return out->low && out->high;
    }
    size_t plus = span_find_byte(rest, '+', 0);
    if (plus == SIZE_MAX || !text_u64(span_cut(rest, 0, plus), &index) || index > SECTION_MOST)
        return clam_refuse(c, text, "expected Sx+n, SL+n or SEx");
    return relative(c, clam_fact(c, CLAM_SECTION, (uint32_t)index), span_cut(rest, plus, SIZE_MAX),
                    out);
}

static bool begin(struct clam *c, struct span text, uint32_t target, struct clam_place *out)
{
    uint64_t n;
    if (span_starts(text, SPAN_OF("EOF-"))) {
        if (!text_u64(span_cut(text, 4, SIZE_MAX), &n) || n > INT32_MAX)
            return clam_refuse(c, text, "expected a number of bytes behind EOF-");
        return exact(out, clam_fact(c, CLAM_FROM_END, (uint32_t)n));
    }
    if (text_u64(text, &n))
        return n > INT32_MAX ? clam_refuse(c, text, "the offset is too large")
                             : exact(out, clam_int(c, (int64_t)n));
    if (span_starts(text, SPAN_OF("VI"))) {
        *out = (struct clam_place){.is_version = true};
        return is_executable(target) ||
               clam_refuse(c, text, "this offset means something only in PE, ELF and Mach-O");
    }
    if (span_byte(text, 0) == '$')
        return clam_refuse(c, text, "macro groups are not supported yet");
    bool is_entry = span_starts(text, SPAN_OF("EP"));
    if (!is_entry && span_byte(text, 0) != 'S')
        return clam_refuse(c, text, "expected an offset");
    if (!is_executable(target))
        return clam_refuse(c, text, "this offset means something only in PE, ELF and Mach-O");
    if (is_entry)
        return relative(c, clam_fact(c, CLAM_ENTRY, 0), span_cut(text, 2, SIZE_MAX), out);
    return section(c, text, out);
}

bool clam_place(struct clam *c, struct span text, uint32_t target, struct clam_place *out)
{
    uint64_t shift = 0;
    struct span rest = text, first;
    *out = (struct clam_place){.anywhere = true};
    if (span_equal(text, SPAN_OF("*")))
        return true;
    if (!text_field(&rest, ',', &first))
        return clam_refuse(c, text, "expected an offset");
    if (rest.len && (!text_u64(rest, &shift) || shift > INT32_MAX))
        return clam_refuse(c, rest, "expected a number of bytes behind the comma");
    if (!begin(c, first, target, out))
        return false;
    if (out->is_version) /* a shift means nothing: *observed* */
        return true;
    if (shift && out->high->op == IR_INT)
        out->high = clam_int(c, out->high->i + (int64_t)shift);
    else if (shift)
        out->high = clam_two(c, IR_ADD, out->high, clam_int(c, (int64_t)shift));
    out->exact = out->exact && shift == 0;
    return out->low && out->high;
}
