/* One line of .hdb, .hsb, .fp and their like: "hash:size:name[:min level[:max level]]". Hostile
 * bytes: a database's. Facts: ClamAV's manual, "File hash signatures" and "Allow list databases".
 */
#include "jail/compile/clam.h"

#include "common/text.h"
#include "jail/match/image.h"

enum { ANY_SIZE_LEVEL = 73 };

bool clam_digest(struct span text, struct ir_hash *h)
{
    enum digest d = 0;
    while (d < DIGEST_COUNT && crypto_digest_bytes(d) * 2 != text.len)
        d++;
    h->digest = d;
    for (size_t i = 0; i < text.len && d < DIGEST_COUNT; i++) {
        int digit = text_hex_digit(span_byte(text, i));
        if (digit < 0)
            return false;
        h->bytes[i / 2] = (uint8_t)(h->bytes[i / 2] << 4 | digit);
    }
    return d < DIGEST_COUNT;
}

static bool read_digest(struct clam *c, struct span text, struct ir_hash *h)
{
    return clam_digest(text, h) ||
           clam_refuse(c, text,
                       h->digest == DIGEST_COUNT
                           ? "expected a hash of 32, 40 or 64 hexadecimal digits"
                           : "expected hexadecimal digits");
}

static bool is_allow_list(struct span name)
{
    size_t dot = span_find_last(name, SPAN_OF("."));
    struct span ending = dot == SIZE_MAX ? (struct span){NULL, 0} : span_cut(name, dot, SIZE_MAX);
    return span_equal_nocase(ending, SPAN_OF(".fp")) || span_equal_nocase(ending, SPAN_OF(".sfp"));
}

/* *observed*: "*" wants the level that brought it, or the database is refused. */
static bool read_size(struct clam *c, const struct span *field, bool is_any, uint64_t *size)
{
    uint64_t level = 0;
    *size = 0;
    if (is_any)
        return (text_u64(field[3], &level) && level >= ANY_SIZE_LEVEL) ||
               clam_refuse(c, field[1], "a hash without a size wants a level of 73 or more");
    return (text_u64(field[1], size) && *size < IMAGE_SECTION) ||
           clam_refuse(c, field[1], "expected a size in bytes or '*'");
}

/* Adds what the fields say; those it does not want or cannot read are left out. */
static bool add(struct clam *c, const struct span *field, struct ir_hash *h)
{
    uint64_t size = 0;
    bool is_any = span_equal(field[1], SPAN_OF("*"));
    if (!read_digest(c, field[0], h) || !clam_wanted(c, h->name) ||
        !clam_level(c, field[3], field[4]))
        return true;
    if (!read_size(c, field, is_any, &size))
        return true; /* said */
    if (h->size != UINT64_MAX)
        h->size = is_any ? h->size | (IMAGE_SECTION - 1) : h->size + size;
    else if (!is_any)
        h->size = size;
    c->any_size += is_any;
    struct ir_hash *made = ir_add_hash(c->ir);
    if (made) {
        *made = *h;
        made->name = clam_name(h->name);
    }
    return made != NULL;
}

static uint32_t split(struct clam *c, struct span *field)
{
    struct span rest = c->whole, left;
    uint32_t count = 0;
    while (count < 5 && text_field(&rest, ':', &field[count]))
        count++;
    return text_field(&rest, ':', &left) ? 0 : count;
}

static bool hash_line(struct clam *c, uint64_t base)
{
    struct span field[5] = {{NULL, 0}};
    struct ir_hash h = {.size = base, .file = c->index, .line = c->line};
    if (split(c, field) < 3) {
        (void)clam_refuse(c, c->whole, "expected hash:size:name and perhaps two levels");
        return true;
    }
    h.name = field[2];
    h.is_allow = is_allow_list(c->file->name);
    return add(c, field, &h);
}

bool clam_hash_line(struct clam *c)
{
    return hash_line(c, UINT64_MAX);
}

bool clam_import_line(struct clam *c)
{
    return hash_line(c, IMAGE_IMPORTS);
}

bool clam_section_line(struct clam *c)
{
    struct span field[5] = {{NULL, 0}};
    struct ir_hash h = {.size = IMAGE_SECTION, .file = c->index, .line = c->line};
    if (split(c, field) < 3) {
        (void)clam_refuse(c, c->whole, "expected size:hash:name and perhaps two levels");
        return true;
    }
    struct span size = field[0];
    field[0] = field[1];
    field[1] = size;
    h.name = field[2];
    return add(c, field, &h);
}
