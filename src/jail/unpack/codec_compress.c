/* compress (.Z): LZW with codes that grow from 9 to at most 16 bits. An attacker typed every byte.
 * Format: the 4.3BSD compress program's behaviour, as told in the ncompress manual; observed: when
 * the width changes, what is left of a group of eight codes is skipped. */
#include "jail/unpack/codec.h"

#include <stdlib.h>

enum { CODES = 1 << 16, CLEAR = 256, FIRST_BITS = 9, GROUP = 8, NONE = -1 };

struct lzw {
    uint16_t prefix[CODES];
    uint8_t suffix[CODES];
    uint8_t stack[CODES + 1]; /* decoded bytes still to be written, last first */
    uint32_t waiting;
    uint32_t bits; /* input not used yet, low bits first */
    uint32_t bit_count;
    uint32_t width, width_most;
    uint32_t free;                          /* next code to be defined */
    uint32_t in_group, to_skip, skip_width; /* codes of a group; left to skip, and how wide */
    int32_t old;
    uint8_t first; /* byte of the last string */
    bool has_clear, has_header;
};

static void *lzw_open(const struct span *setup)
{
    (void)setup;
    struct lzw *l = calloc(1, sizeof *l);
    if (l) {
        l->width = FIRST_BITS;
        l->old = NONE;
    }
    return l;
}

static void lzw_close(void *state)
{
    free(state);
}

/* 1f 9d, then a byte: width of the longest code, and whether code 256 clears the table. */
static enum codec_status read_header(struct lzw *l, struct codec_step *s)
{
    if (s->in.len < 3)
        return s->last ? CODEC_BAD : CODEC_MORE;
    uint8_t flags = span_byte(s->in, 2);
    s->in = span_cut(s->in, 3, SIZE_MAX);
    l->width_most = flags & 0x1f;
    l->has_clear = (flags & 0x80) != 0;
    l->free = l->has_clear ? CLEAR + 1 : CLEAR;
    l->has_header = true;
    return l->width_most < FIRST_BITS || l->width_most > 16 ? CODEC_LIMIT : CODEC_MORE;
}

static void change_width(struct lzw *l, uint32_t width)
{
    l->to_skip = (GROUP - l->in_group) % GROUP;
    l->in_group = 0;
    l->width = width;
}

/* The next code; NONE when the input is used up. A group is skipped in the width it began with. */
static int32_t next_code(struct lzw *l, struct codec_step *s, uint32_t width)
{
    while (l->bit_count < width) {
        if (s->in.len == 0)
            return NONE;
        l->bits |= (uint32_t)span_byte(s->in, 0) << l->bit_count;
        l->bit_count += 8;
        s->in = span_cut(s->in, 1, SIZE_MAX);
    }
    uint32_t code = l->bits & ((1u << width) - 1);
    l->bits >>= width;
    l->bit_count -= width;
    return (int32_t)code;
}

/* The string of a code, onto the stack. False: no such code yet. */
static bool expand(struct lzw *l, uint32_t code)
{
    uint32_t at = code;
    if (code > l->free || (code == l->free && l->old == NONE))
        return false;
    if (code == l->free) {
        l->stack[l->waiting++] = l->first;
        at = (uint32_t)l->old;
    }
    while (at >= CLEAR && l->waiting < CODES) {
        l->stack[l->waiting++] = l->suffix[at];
        at = l->prefix[at];
    }
    l->first = (uint8_t)at;
    l->stack[l->waiting++] = l->first;
    return at < CLEAR;
}

static bool take_code(struct lzw *l, uint32_t code)
{
    if (code == CLEAR && l->has_clear) {
        change_width(l, FIRST_BITS);
        l->free = CLEAR + 1;
        l->old = NONE;
        return true;
    }
    if (l->old == NONE && code >= CLEAR)
        return false;
    if (!expand(l, code))
        return false;
    if (l->old != NONE && l->free < 1u << l->width_most) {
        l->prefix[l->free] = (uint16_t)l->old;
        l->suffix[l->free] = l->first;
        l->free++;
    }
    l->old = (int32_t)code;
    return true;
}

static enum codec_status lzw_step(void *state, struct codec_step *s)
{
    struct lzw *l = state;
    if (!l->has_header) {
        enum codec_status status = read_header(l, s);
        if (!l->has_header || status != CODEC_MORE)
            return status;
    }
    for (;;) {
        while (l->waiting > 0 && s->room > 0) {
            *s->out++ = l->stack[--l->waiting];
            s->room--;
        }
        if (l->waiting > 0)
            return CODEC_MORE;

        if (l->to_skip == 0 && l->free > (1u << l->width) - 1 && l->width < l->width_most) {
            l->skip_width = l->width;
            change_width(l, l->width + 1);
        }
        int32_t code = next_code(l, s, l->to_skip > 0 ? l->skip_width : l->width);
        if (code == NONE)
            return CODEC_MORE;
        if (l->to_skip > 0) {
            l->to_skip--;
            continue;
        }
        l->in_group = (l->in_group + 1) % GROUP;
        l->skip_width = l->width;
        if (!take_code(l, (uint32_t)code))
            return CODEC_BAD;
    }
}

const struct codec codec_compress = {"compress", lzw_open, lzw_step, lzw_close};
