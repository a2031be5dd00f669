/* What the bytes of a rule's string mean to a reader: UTF-16, base64, xor, letters turned round.
 * The bytes are a stranger's; each form is tried once, over at most TRY_MOST bytes. */
#include "jail/compile/audit.h"

#include "common/text.h"

enum { TRY_MOST = 400, XOR_LEAST = 6, XOR_MOST = 80, BASE64_LEAST = 8 };

/* UTF-16, little-endian, of one byte a letter. */
static bool narrow(struct span bytes, struct buf *out)
{
    buf_clear(out);
    if (bytes.len < 6)
        return false;
    for (size_t i = 0; i + 1 < bytes.len; i += 2) {
        if (span_byte(bytes, i) == 0 || span_byte(bytes, i + 1) != 0)
            return false;
        buf_byte(out, span_byte(bytes, i));
    }
    if (bytes.len % 2)
        buf_byte(out, span_byte(bytes, bytes.len - 1));
    return true;
}

/* Base64 from its `skip`th letter on, as far as it goes. */
static bool unbase64(struct span text, size_t skip, struct buf *out)
{
    struct buf padded;
    size_t whole = text.len > skip ? (text.len - skip) / 4 * 4 : 0;
    buf_init(&padded, TRY_MOST + 8);
    buf_clear(out);
    buf_span(&padded, span_cut(text, skip, whole));
    size_t rest = text.len - skip - whole;
    if (rest >= 2 && span_byte(text, text.len - 1) != '=') {
        buf_span(&padded, span_cut(text, skip + whole, rest));
        buf_text(&padded, rest == 2 ? "==" : "=");
    }
    bool ok = text.len > skip && text_unbase64(out, buf_get(&padded)) && out->len >= 4;
    buf_done(&padded);
    return ok;
}

static struct span keep(struct ir *ir, const struct buf *b)
{
    return arena_copy(ir->arena, buf_get(b));
}

/* The first decoding that is plainly about documents. */
static bool try_base64(struct ir *ir, struct span bytes, struct buf *out, struct audit_word *word)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = span_byte(bytes, i);
        if (!text_is_alnum(c) && c != '+' && c != '/' && c != '=')
            return false;
    }
    for (size_t skip = 0; skip < 4; skip++) {
        if (!unbase64(bytes, skip, out))
            continue;
        enum audit_class class = audit_judge(buf_get(out));
        bool is_text = class == AUDIT_STRONG || (class == AUDIT_PLAIN && out->len >= 6);
        if (!is_text)
            continue;
        word->meaning = keep(ir, out);
        word->class = class;
        word->tricks |= AUDIT_BASE64;
        return true;
    }
    return false;
}

/* Bytes come out as letters by chance quite often; as a marking, or around one of the small words
 * that every sentence has, hardly ever. */
static bool is_worth(struct span text)
{
    static const char *const small[] = {" in ", " of ",  " the ", " for ", " only", " and ",
                                        " to ", " und ", " der ", " den ", " de "};
    if (audit_has_marking(text))
        return true;
    bool has_small = false;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++)
        has_small = has_small || span_find(text, span_text(small[i]), 0) != SIZE_MAX;
    return has_small && text.len >= 10 && audit_judge(text) >= AUDIT_PLAIN;
}

static bool try_xor(struct ir *ir, struct span bytes, struct buf *out, struct audit_word *word)
{
    if (bytes.len < XOR_LEAST || bytes.len > XOR_MOST)
        return false;
    for (unsigned key = 1; key < 256; key++) {
        bool letters = true;
        buf_clear(out);
        for (size_t i = 0; i < bytes.len && letters; i++) {
            uint8_t c = span_byte(bytes, i) ^ (uint8_t)key;
            letters = text_is_alpha(c) || c == ' ' || c == '/' || c == '-';
            buf_byte(out, c);
        }
        if (!letters || key == 0x20 || !is_worth(buf_get(out)))
            continue;
        word->meaning = keep(ir, out);
        word->class = AUDIT_STRONG;
        word->tricks |= AUDIT_XOR;
        return true;
    }
    return false;
}

/* Backwards, and by 13 letters. */
static bool try_turned(struct ir *ir, struct span bytes, struct buf *out, struct audit_word *word)
{
    for (unsigned how = 0; how < 2; how++) {
        buf_clear(out);
        for (size_t i = 0; i < bytes.len; i++) {
            uint8_t c = span_byte(bytes, how == 0 ? bytes.len - 1 - i : i);
            uint8_t low = text_lower(c);
            if (how == 1 && text_is_alpha(c))
                c = (uint8_t)('a' + (low - 'a' + 13) % 26);
            buf_byte(out, c);
        }
        if (audit_judge(buf_get(out)) != AUDIT_STRONG || !audit_has_marking(buf_get(out)))
            continue;
        word->meaning = keep(ir, out);
        word->class = AUDIT_STRONG;
        word->tricks |= AUDIT_TURNED;
        return true;
    }
    return false;
}

/* Letters of one byte beyond ASCII: Cyrillic where they stand together (cp1251), else Latin. False:
 * there are none, or other bytes, too. */
static bool one_byte_letters(struct span bytes, struct buf *out)
{
    size_t high = 0, run = 0, longest = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = span_byte(bytes, i);
        bool is_high = c >= 0xc0 || c == 0xa8 || c == 0xb8;
        if (!is_high && !text_is_alnum(c) && span_find_byte(SPAN_OF(" .,:-"), c, 0) == SIZE_MAX)
            return false;
        /* a small letter, then a capital: no word */
        if (i > 0 && c >= 0xc0 && c <= 0xdf && span_byte(bytes, i - 1) >= 0xe0)
            return false;
        high += is_high;
        run = is_high ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    buf_clear(out);
    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t c = span_byte(bytes, i);
        if (c >= 0xc0)
            c = longest >= 4 ? 0x410 + (c - 0xc0) : c; /* else as ISO 8859-1 */
        else if (c >= 0x80)
            c = c == 0xa8 ? 0x401 : 0x451;
        if (c >= 0x80)
            buf_byte(out, (uint8_t)(0xc0 | c >> 6));
        buf_byte(out, (uint8_t)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
    }
    return high > 0 && bytes.len >= 6 && (longest >= 4 || high * 4 <= bytes.len);
}

static bool try_one_byte(struct ir *ir, struct span bytes, struct buf *out, struct audit_word *word)
{
    if (!one_byte_letters(bytes, out))
        return false;
    enum audit_class class = audit_judge(buf_get(out));
    if (class < AUDIT_PLAIN)
        return false;
    word->meaning = keep(ir, out);
    word->class = class;
    word->flags |= AUDIT_WORD_RAW;
    return true;
}

static enum audit_class judge_as(struct span text, enum ir_string_kind kind)
{
    return kind == IR_REGEXP ? audit_judge_sample(text) : audit_judge(text);
}

/* Letters, spaces and what joins them: worth turning. */
static bool is_letters(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!text_is_alpha(span_byte(s, i)) && span_byte(s, i) != ' ')
            return false;
    return s.len >= XOR_LEAST;
}

enum audit_class audit_decode(struct ir *ir, struct span bytes, enum ir_string_kind kind,
                              struct audit_word *word)
{
    struct buf out;
    bytes = span_cut(bytes, 0, TRY_MOST);
    buf_init(&out, TRY_MOST + 8);
    word->meaning = bytes;
    word->class = judge_as(bytes, kind);
    if (narrow(bytes, &out)) {
        word->meaning = keep(ir, &out);
        word->class = judge_as(word->meaning, kind);
        word->flags |= AUDIT_WORD_RAW;
    } else if (word->class != AUDIT_STRONG) {
        bool is_new = (word->class == AUDIT_CODE && try_one_byte(ir, bytes, &out, word)) ||
                      (word->class == AUDIT_CODE && bytes.len >= BASE64_LEAST &&
                       try_base64(ir, bytes, &out, word)) ||
                      (is_letters(bytes) && try_turned(ir, bytes, &out, word));
        if (!is_new && word->class == AUDIT_CODE && kind != IR_REGEXP)
            (void)try_xor(ir, bytes, &out, word);
    }
    buf_done(&out);
    return word->class;
}
