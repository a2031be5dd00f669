/* One line of .crb, a certificate: "name;1 or 0;SHA-1 of the subject;SHA-1 of the serial number or
 * nothing;modulus;exponent;signs code;signs times;signs certificates;not before;comment[;min level
 * [;max level]]". Hostile bytes: a list's. Facts: ClamAV's manual, "Trusted and Revoked
 * Certificates"; *observed*: the exponent is 65537 whatever stands there, and what is not before is
 * not looked at. */
#include "jail/compile/clam.h"

#include "common/text.h"
#include "jail/match/image.h"

#include <string.h>

enum {
    NAME,
    TRUST,
    SUBJECT,
    SERIAL,
    MODULUS,
    EXPONENT,
    CODE,
    TIME,
    CERT,
    NOT_BEFORE,
    COMMENT,
    MIN_LEVEL,
    MAX_LEVEL,
    FIELDS
};
enum { MODULUS_MOST = 2048 };

static bool read_hex(struct clam *c, struct span text, uint8_t *out)
{
    for (size_t i = 0; i < text.len; i++) {
        int digit = text_hex_digit(span_byte(text, i));
        if (digit < 0)
            return clam_refuse(c, text, "expected hexadecimal digits");
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | digit);
    }
    return true;
}

static bool read_hash(struct clam *c, struct span text, uint8_t out[IMAGE_SIGNER_HASH])
{
    if (text.len != (size_t)IMAGE_SIGNER_HASH * 2)
        return clam_refuse(c, text, "expected a SHA-1 in hexadecimal");
    return read_hex(c, text, out);
}

static bool read_modulus(struct clam *c, struct span text, struct span *out)
{
    if (text.len == 0 || text.len % 2 || text.len > MODULUS_MOST)
        return clam_refuse(c, text, "expected a modulus in pairs of hexadecimal digits");
    uint8_t *bytes = arena_array(c->arena, uint8_t, text.len / 2);
    if (!bytes) {
        c->bad = true;
        return false;
    }
    *out = span_make(bytes, text.len / 2);
    if (!read_hex(c, text, bytes))
        return false;
    while (out->len > 1 && span_byte(*out, 0) == 0)
        *out = span_cut(*out, 1, SIZE_MAX);
    return true;
}

static bool read_flag(struct clam *c, struct span text, uint32_t flag, uint32_t *flags)
{
    bool is_set = span_equal(text, SPAN_OF("1"));
    *flags |= is_set ? flag : 0;
    return is_set || span_equal(text, SPAN_OF("0")) || clam_refuse(c, text, "expected 0 or 1");
}

static bool read_signer(struct clam *c, const struct span *field, struct ir_signer *s)
{
    *s = (struct ir_signer){.flags = field[SERIAL].len ? IMAGE_SIGNER_SERIAL : 0};
    return read_flag(c, field[TRUST], IMAGE_SIGNER_TRUSTED, &s->flags) &&
           read_hash(c, field[SUBJECT], s->subject) &&
           (field[SERIAL].len == 0 || read_hash(c, field[SERIAL], s->serial)) &&
           read_modulus(c, field[MODULUS], &s->modulus) &&
           read_flag(c, field[CODE], IMAGE_SIGNER_CODE, &s->flags) &&
           read_flag(c, field[TIME], 0, &s->flags) &&
           read_flag(c, field[CERT], IMAGE_SIGNER_CERT, &s->flags);
}

/* A blocked one is a rule; a trusted one makes files trusted before any rule is asked. */
static void add(struct clam *c, const struct span *field)
{
    struct ir_signer s;
    uint32_t index = 0;
    if (!read_signer(c, field, &s))
        return;
    c->bad = !ir_add_signer(c->ir, &s, &index);
    if (c->bad || (s.flags & IMAGE_SIGNER_TRUSTED))
        return;
    struct ir_rule *rule =
        clam_rule(c, field[NAME].len ? field[NAME] : SPAN_OF("(unnamed CRB rule)"));
    if (rule)
        rule->condition = clam_join(c, IR_AND, clam_fact(c, CLAM_IS_TARGET, CLAM_PE),
                                    clam_fact(c, CLAM_SIGNER, index));
}

bool clam_crb_line(struct clam *c)
{
    struct span field[FIELDS] = {{NULL, 0}}, rest = c->whole, left;
    uint32_t count = 0;
    while (count < FIELDS && text_field(&rest, ';', &field[count]))
        count++;
    if (count < MIN_LEVEL || text_field(&rest, ';', &left))
        (void)clam_refuse(c, c->whole,
                          "expected name;trusted;subject;serial;modulus;exponent;code;time;cert;"
                          "not before;comment and perhaps two levels");
    else if (clam_level(c, field[MIN_LEVEL], field[MAX_LEVEL]))
        add(c, field);
    return !c->bad;
}
