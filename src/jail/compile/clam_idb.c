/* One line of .idb: "name:group 1:group 2:icon", the icon in 124 hexadecimal digits. Hostile bytes:
 * a database's. Facts: ClamAV's manual, "Icon signatures"; the order of the digits is that of
 * clamscan's own debug output: side; three spots each of colour, grey (3 digits of mean, 2 of x, 2
 * of y), bright, dark, edge, plain (2, 2, 2); red, green, blue, share. */
#include "jail/compile/clam.h"

#include "common/text.h"

enum { DIGITS = 124, SPREAD_MOST = 103, MEAN_MOST = 4072 };

/* Names of groups, numbered as they come. */
struct clam_groups {
    struct map *names[ICON_GROUPS];
    uint32_t counts[ICON_GROUPS];
};

static uint32_t number(struct span text, size_t *at, size_t digits)
{
    uint32_t n = 0;
    for (size_t i = 0; i < digits; i++)
        n = n << 4 | (uint32_t)text_hex_digit(span_byte(text, (*at)++));
    return n;
}

/* False: a place outside of the icon, or a mean that cannot be. */
static bool read_spots(struct span text, struct clam_icon *out)
{
    size_t at = 2;
    bool ok = true;
    for (unsigned kind = 0; kind < ICON_KINDS; kind++)
        for (unsigned i = 0; i < ICON_SPOTS; i++) {
            struct icon_spot *s = &out->spots[kind][i];
            s->mean = number(text, &at, kind <= ICON_GREY ? 3 : 2);
            s->x = (uint16_t)number(text, &at, 2);
            s->y = (uint16_t)number(text, &at, 2);
            ok = ok && s->mean <= MEAN_MOST && s->x <= out->side - out->side / 8 &&
                 s->y <= out->side - out->side / 8;
        }
    out->red = number(text, &at, 2);
    out->green = number(text, &at, 2);
    out->blue = number(text, &at, 2);
    out->share = number(text, &at, 2);
    return ok && out->red + out->green + out->blue <= SPREAD_MOST && out->share <= 100;
}

static bool read_icon(struct clam *c, struct span text, struct clam_icon *out)
{
    size_t at = 0;
    bool ok = text.len == DIGITS;
    for (size_t i = 0; ok && i < text.len; i++)
        ok = text_hex_digit(span_byte(text, i)) >= 0;
    if (!ok)
        return clam_refuse(c, text, "expected an icon of 124 hexadecimal digits");
    out->side = number(text, &at, 2);
    if (out->side != 16 && out->side != 24 && out->side != 32)
        return clam_refuse(c, text, "the side of an icon is 16, 24 or 32");
    return read_spots(text, out) || clam_refuse(c, text, "an icon that cannot be");
}

/* The number of a group, a new one when need be. False: refused, or out of memory. */
static bool group(struct clam *c, unsigned which, struct span name, uint16_t *out)
{
    struct clam_groups *g = c->fe->groups;
    uint64_t known;
    if (map_find(g->names[which], name, &known)) {
        *out = (uint16_t)known;
        return true;
    }
    if (g->counts[which] == ICON_GROUPS_MOST)
        return clam_refuse(c, name, "more than 256 groups of icons");
    *out = (uint16_t)g->counts[which]++;
    if (map_put(g->names[which], name, *out))
        return true;
    c->bad = true;
    return false;
}

static bool have_groups(struct clam *c)
{
    if (c->fe->groups)
        return true;
    struct clam_groups *g = arena_new_of(c->arena, struct clam_groups);
    for (unsigned i = 0; g && i < ICON_GROUPS; i++)
        if (!(g->names[i] = map_new(c->arena)))
            return false;
    c->fe->groups = g;
    return g != NULL;
}

bool clam_icon_line(struct clam *c)
{
    struct span rest = c->whole, field[3];
    struct clam_icon icon = {0};
    if (!have_groups(c))
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!text_field(&rest, ':', &field[i])) {
            (void)clam_refuse(c, c->whole, "expected name:group:group:icon"); /* said; on we go */
            return true;
        }
    if (clam_wanted(c, field[0]) && read_icon(c, rest, &icon) &&
        group(c, 0, field[1], &icon.groups[0]) && group(c, 1, field[2], &icon.groups[1]) &&
        !ir_add_icon(c->ir, &icon))
        c->bad = true;
    return !c->bad;
}

bool clam_group_find(struct clam *c, unsigned which, struct span name, uint32_t *out)
{
    uint64_t known = ICON_ANY_GROUP;
    if (!c->fe->groups)
        return false;
    if (!span_equal(name, SPAN_OF("*")) && !map_find(c->fe->groups->names[which], name, &known))
        return false;
    *out = (uint32_t)known;
    return true;
}
