/* One line of .pwdb, a password to try on encrypted archives: "name;attributes;0 or 1;password",
 * in hexadecimal when 1. Hostile bytes: a list's. Facts: ClamAV's manual, "Passwords for archive
 * files"; *observed*: the password ends at a fourth semicolon, attributes are those of .ldb, a
 * container without an Engine refuses the line, and another number than 0 and 1 leaves it out. */
#include "jail/compile/clam.h"

#include "common/text.h"

struct attributes {
    bool has_engine, is_zip, is_new; /* is_new: an attribute that wants an Engine beside it */
};

static bool engine(struct clam *c, struct span value, struct attributes *a)
{
    struct span rest = value, min;
    if (!text_field(&rest, '-', &min) || rest.len == 0)
        return clam_refuse(c, value, "expected a range min-max");
    a->has_engine = true;
    return clam_level(c, min, rest);
}

static bool holder(struct clam *c, struct span value, struct attributes *a)
{
    a->is_new = true;
    a->is_zip = span_equal(value, SPAN_OF("CL_TYPE_ZIP"));
    if (a->is_zip || span_equal(value, SPAN_OF("CL_TYPE_ANY")))
        return true;
    return clam_refuse(c, value, "passwords are tried on ZIP archives only");
}

static bool one(struct clam *c, struct span pair, struct attributes *a)
{
    struct span key, value = pair;
    if (!text_field(&value, ':', &key) || value.len == 0)
        return clam_refuse(c, pair, "expected key:value pairs");
    if (span_equal(key, SPAN_OF("Engine")))
        return engine(c, value, a);
    if (span_equal(key, SPAN_OF("Container")))
        return holder(c, value, a);
    return span_equal(key, SPAN_OF("Target")) ||
           clam_refuse(c, key, "expected Engine, Container or Target");
}

static bool read_attributes(struct clam *c, struct span text, struct attributes *a)
{
    struct span rest = text, pair;
    if (text.len == 0)
        return clam_refuse(c, text, "expected key:value pairs");
    while (text_field(&rest, ',', &pair))
        if (!one(c, pair, a))
            return false;
    return a->has_engine || !a->is_new || clam_refuse(c, text, "expected an Engine");
}

static bool read_password(struct clam *c, struct span kind, struct span text, struct span *out)
{
    *out = text;
    if (span_equal(kind, SPAN_OF("0")))
        return true;
    if (!span_equal(kind, SPAN_OF("1")))
        return clam_refuse(c, kind, "expected 0 (as it is) or 1 (in hexadecimal)");
    uint8_t *bytes = arena_array(c->arena, uint8_t, text.len / 2 + 1);
    if (!bytes) {
        c->bad = true;
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        int digit = text_hex_digit(span_byte(text, i));
        if (digit < 0 || text.len % 2)
            return clam_refuse(c, text, "expected pairs of hexadecimal digits");
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
    }
    *out = span_make(bytes, text.len / 2);
    return true;
}

bool clam_pwdb_line(struct clam *c)
{
    struct span rest = c->whole, name, attributes, kind, password;
    struct attributes a = {0};
    struct ir_password p = {0};
    if (!text_field(&rest, ';', &name) || !text_field(&rest, ';', &attributes) ||
        !text_field(&rest, ';', &kind) || !text_field(&rest, ';', &password) || password.len == 0)
        (void)clam_refuse(c, c->whole, "expected name;attributes;0 or 1;password"); /* on we go */
    else if (clam_wanted(c, name) && read_attributes(c, attributes, &a) &&
             read_password(c, kind, password, &p.text)) {
        p.is_zip = a.is_zip;
        c->bad = !ir_add_password(c->ir, &p);
    }
    return !c->bad;
}
