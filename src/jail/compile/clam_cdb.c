/* One line of .cdb, about a container's members: "name:container:container's size:regex of the
 * member's name:size in the container:size unpacked:encrypted:place:checksum:reserved[:min level
 * [:max level]]". Hostile bytes: a database's. Facts: ClamAV's manual, "Container metadata
 * signatures"; *observed*: the checksum is read and never compared, a bound of 0 in a range means
 * none, and numbers end at 32 bits. */
#include "jail/compile/clam.h"

#include "common/text.h"

enum {
    NAME,
    CONTAINER,
    AROUND,
    REGEX,
    PACKED,
    FULL,
    SHUT,
    PLACE,
    CHECKSUM,
    RESERVED,
    MIN_LEVEL,
    MAX_LEVEL,
    FIELDS
};

static bool is_any(struct span field)
{
    return span_equal(field, SPAN_OF("*"));
}

/* What every line asks for: a member, of a container of that kind. */
static struct ir_expr *container(struct clam *c, struct span field)
{
    uint32_t kind = CLAM_ANY_KIND;
    bool is_known = is_any(field) || span_equal(field, SPAN_OF("CL_TYPE_ANY")) ||
                    (clam_kind_find(field, &kind) && clam_kind_tells(kind));
    if (!is_known) {
        (void)clam_refuse(c, field, "what such containers say of members is not known here");
        return NULL; /* said */
    }
    return clam_fact(c, CLAM_IS_MEMBER, kind);
}

/* *x grows by what "n" or "n-m" asks of a fact. */
static bool range(struct clam *c, struct span field, enum clam_fact fact, struct ir_expr **x)
{
    uint64_t low, high;
    struct span rest = field, first;
    if (is_any(field))
        return true;
    if (!text_field(&rest, '-', &first) || !text_u64(first, &low) || low > UINT32_MAX)
        return clam_refuse(c, field, "expected a number, a range of two or '*'");
    high = low;
    bool is_range = first.len < field.len;
    if (is_range && (!text_u64(rest, &high) || high > UINT32_MAX))
        return clam_refuse(c, field, "expected a number, a range of two or '*'");
    if (is_range && high == 0 && low != 0)
        high = INT64_MAX;
    /* a range that ends before it begins holds nothing */
    *x = clam_join(c, IR_AND, *x, clam_range(c, clam_fact(c, fact, 0), low, high));
    return *x != NULL;
}

static bool shut(struct clam *c, struct span field, struct ir_expr **x)
{
    if (is_any(field))
        return true;
    if (!span_equal(field, SPAN_OF("0")) && !span_equal(field, SPAN_OF("1")))
        return clam_refuse(c, field, "expected 0, 1 or '*'");
    struct ir_expr *is = clam_two(c, IR_EQ, clam_fact(c, CLAM_MEMBER_IS_SHUT, 0),
                                  clam_int(c, span_byte(field, 0) - '0'));
    *x = clam_join(c, IR_AND, *x, is);
    return *x != NULL;
}

static bool named(struct clam *c, struct span field, struct ir_expr **x)
{
    if (is_any(field))
        return true;
    uint32_t flags;
    struct re *tree = clam_ere(c, field, &flags);
    struct ir_expr *regex = tree ? clam_leaf(c, IR_REGEX) : NULL;
    if (!regex)
        return false;
    regex->type = IR_T_REGEX;
    regex->re = tree;
    regex->re_flags = flags;
    regex->s = field;
    struct ir_expr *is = clam_two(c, IR_MATCHES, clam_fact(c, CLAM_MEMBER_NAME, 0), regex);
    *x = clam_join(c, IR_AND, *x, is);
    return *x != NULL;
}

static bool make_rule(struct clam *c, const struct span *field)
{
    struct ir_expr *x = container(c, field[CONTAINER]);
    if (!x || !range(c, field[AROUND], CLAM_MEMBER_AROUND, &x) ||
        !range(c, field[PACKED], CLAM_MEMBER_PACKED, &x) ||
        !range(c, field[FULL], CLAM_MEMBER_FULL, &x) || !shut(c, field[SHUT], &x) ||
        !range(c, field[PLACE], CLAM_MEMBER_PLACE, &x) || !named(c, field[REGEX], &x))
        return false;
    struct ir_rule *rule = clam_rule(c, field[NAME]);
    if (!rule)
        return false;
    rule->is_member = true;
    rule->condition = x;
    return true;
}

bool clam_cdb_line(struct clam *c)
{
    struct span field[FIELDS] = {{NULL, 0}}, rest = c->whole, left;
    uint32_t count = 0;
    while (count < FIELDS && text_field(&rest, ':', &field[count]))
        count++;
    if (count < MIN_LEVEL || text_field(&rest, ':', &left))
        (void)clam_refuse(c, c->whole,
                          "expected name:container:size:regex:size:size:encrypted:place:"
                          "checksum:reserved and perhaps two levels");
    else if (clam_wanted(c, field[NAME]) && clam_level(c, field[MIN_LEVEL], field[MAX_LEVEL]))
        (void)make_rule(c, field); /* said, or c->bad */
    return !c->bad;
}
