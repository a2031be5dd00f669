/* One line of .ldb: "name;target description;logic;subsignature 0;...". Hostile bytes: a
 * database's. Facts: ClamAV's manual, "Logical signatures", "Target types", "ClamAV file types".
 * *Observed*: the number of subsignatures must be that of the indices in the logic. */
#include "jail/compile/clam.h"

#include "common/text.h"
#include "jail/match/clam_icon.h"

#include <string.h>

enum { LAYERS_MAX = 16 };

/* A signature while it is read. */
struct ldb {
    struct clam *c;
    uint32_t target;
    bool has_target, skip;
    bool asks_icons, has_icons; /* has: there are groups of these names */
    uint32_t icons[ICON_GROUPS];
    enum object_type retype;
    struct ir_expr *gate; /* what the target description asks for, but the target */
    struct clam_part parts[CLAM_SUBSIGS];
    uint32_t count;
    struct ir_string strings[CLAM_SUBSIGS * 2]; /* ::wa makes two of one */
    uint32_t string_count;
};

static bool add_gate(struct ldb *l, struct ir_expr *x)
{
    l->gate = x ? clam_join(l->c, IR_AND, l->gate, x) : NULL;
    return l->gate != NULL;
}

/* "min-max". */
static bool read_range(struct clam *c, struct span text, uint64_t *low, uint64_t *high)
{
    struct span rest = text, first;
    *low = 0;
    return (text_field(&rest, '-', &first) && text_u64(first, low) && text_u64(rest, high) &&
            *low <= *high) ||
           clam_refuse(c, text, "expected a range min-max");
}

static bool on_engine(struct ldb *l, struct span value)
{
    struct span rest = value, min;
    if (!text_field(&rest, '-', &min))
        return clam_refuse(l->c, value, "expected a range min-max");
    l->skip = !clam_level(l->c, min, rest);
    return !l->skip;
}

static bool on_target(struct ldb *l, struct span value)
{
    uint64_t target;
    if (!text_u64(value, &target) || target >= CLAM_TARGETS || target == CLAM_UNUSED)
        return clam_refuse(l->c, value, "expected a target type of 0 to 7 or 9 to 12");
    l->target = (uint32_t)target;
    l->has_target = true;
    return true;
}

static bool on_size(struct ldb *l, struct span value)
{
    uint64_t low, high;
    return read_range(l->c, value, &low, &high) &&
           add_gate(l, clam_range(l->c, clam_leaf(l->c, IR_FILESIZE), low, high));
}

static bool on_entry(struct ldb *l, struct span value)
{
    uint64_t low, high;
    return read_range(l->c, value, &low, &high) &&
           add_gate(l, clam_range(l->c, clam_fact(l->c, CLAM_ENTRY, 0), low, high));
}

static bool on_sections(struct ldb *l, struct span value)
{
    uint64_t low, high;
    return read_range(l->c, value, &low, &high) &&
           add_gate(l, clam_range(l->c, clam_fact(l->c, CLAM_SECTIONS, 0), low, high));
}

static bool on_container(struct ldb *l, struct span value)
{
    uint32_t kind;
    if (span_equal(value, SPAN_OF("CL_TYPE_ANY"))) /* says the manual: in none */
        return add_gate(l, clam_fact(l->c, CLAM_IS_ROOT, 0));
    if (!clam_kind_find(value, &kind))
        return clam_refuse(l->c, value, "containers of this kind are not opened");
    return add_gate(l, clam_fact(l->c, CLAM_IN, kind));
}

static bool on_intermediates(struct ldb *l, struct span value)
{
    struct span rest = value, one;
    uint32_t kinds[LAYERS_MAX], count = 0;
    while (text_field(&rest, '>', &one)) {
        if (count == LAYERS_MAX)
            return clam_refuse(l->c, one, "more than 16 containers");
        kinds[count] = CLAM_ANY_KIND;
        if (!span_equal(one, SPAN_OF("CL_TYPE_ANY")) && !clam_kind_find(one, &kinds[count]))
            return clam_refuse(l->c, one, "containers of this kind are not opened");
        count++;
    }
    for (uint32_t i = 0; i < count; i++) /* the last one is the innermost */
        if (!add_gate(l, clam_fact(l->c, CLAM_IN, kinds[i] | (count - 1 - i) << CLAM_LEVEL_BITS)))
            return false;
    return count > 0 || clam_refuse(l->c, value, "expected types of containers");
}

static bool on_icons(struct ldb *l, unsigned which, struct span value)
{
    if (!l->asks_icons) {
        l->icons[0] = l->icons[1] = ICON_ANY_GROUP;
        l->has_icons = true;
    }
    l->asks_icons = true;
    l->has_icons = clam_group_find(l->c, which, value, &l->icons[which]) && l->has_icons;
    return true;
}

static bool on_icons_1(struct ldb *l, struct span value)
{
    return on_icons(l, 0, value);
}

static bool on_icons_2(struct ldb *l, struct span value)
{
    return on_icons(l, 1, value);
}

static bool on_handler(struct ldb *l, struct span value)
{
    uint32_t kind;
    if (clam_kind_find(value, &kind))
        l->retype = clam_kind_type(kind);
    return l->retype != TYPE_EMPTY ||
           clam_refuse(l->c, value, "nothing can be scanned again as this type");
}

static const struct {
    const char *key;
    bool (*read)(struct ldb *l, struct span value);
} keys[] = {
    {"Engine", on_engine},
    {"Target", on_target},
    {"FileSize", on_size},
    {"EntryPoint", on_entry},
    {"NumberOfSections", on_sections},
    {"Container", on_container},
    {"Intermediates", on_intermediates},
    {"IconGroup1", on_icons_1},
    {"IconGroup2", on_icons_2},
    {"HandlerType", on_handler},
};

static bool read_description(struct ldb *l, struct span text)
{
    struct span rest = text, pair, key;
    while (text_field(&rest, ',', &pair)) {
        size_t row = 0, rows = sizeof keys / sizeof keys[0];
        if (!text_field(&pair, ':', &key))
            return clam_refuse(l->c, text, "expected key:value pairs");
        while (row < rows && !span_equal(key, span_text(keys[row].key)))
            row++;
        if (row == rows)
            return clam_refuse(l->c, key, "unknown key in the target description");
        if (!keys[row].read(l, pair))
            return false;
    }
    if (l->asks_icons && l->target != CLAM_PE)
        return clam_refuse(l->c, text, "only programs for Windows (Target:1) have icons");
    return l->has_target || clam_refuse(l->c, text, "expected a Target");
}

static bool give_sub(void *ctx, uint32_t index, bool counted, struct clam_sub *out)
{
    struct ldb *l = ctx;
    if (index >= l->count)
        return clam_refuse(l->c, (struct span){NULL, 0},
                           "the logic names a subsignature that is not there");
    return clam_part(l->c, &l->parts[index], counted, out);
}

/* "offset:pattern" or "pattern"; modifiers begin with "::". */
static bool read_sub(struct ldb *l, struct span text, struct clam_part *part)
{
    struct clam *c = l->c;
    size_t slash = span_find_byte(text, '/', 0), colon = span_find_byte(text, ':', 0);
    part->place = (struct clam_place){.anywhere = true};
    part->first = l->string_count;
    if (colon != SIZE_MAX && slash != SIZE_MAX && colon > slash)
        colon = SIZE_MAX; /* a regular expression's own */
    if (span_starts(text, SPAN_OF("fuzzy_img")))
        return clam_refuse(c, text, "fuzzy image hashes are not supported");
    if (span_byte(text, 0) == '$')
        return clam_refuse(c, text, "macros are not supported yet");
    if (slash == SIZE_MAX && clam_is_compare(text))
        return clam_compare(c, text, l->parts, l->count, part);
    if (colon != SIZE_MAX && span_byte(text, colon + 1) != ':') {
        if (!clam_place(c, span_cut(text, 0, colon), l->target, &part->place))
            return false;
        text = span_cut(text, colon + 1, SIZE_MAX);
    }
    if (clam_is_regex(text)) {
        struct clam_logic from = {l, give_sub};
        struct clam_regex regex = {part, &l->strings[l->string_count]};
        if (!clam_regex(c, text, &from, &regex))
            return false;
        l->string_count += !part->backtracks;
    } else if (!clam_pattern(c, text, l->strings, &l->string_count, &part->edges)) {
        return false;
    }
    part->count = l->string_count - part->first;
    return !part->edges || !part->place.is_version ||
           clam_refuse(c, text, "a mark around a pattern in version information");
}

static bool read_subs(struct ldb *l, struct span rest)
{
    struct span text;
    while (text_field(&rest, ';', &text)) {
        if (l->count == CLAM_SUBSIGS)
            return clam_refuse(l->c, text, "a signature has at most 64 subsignatures");
        if (!read_sub(l, text, &l->parts[l->count]))
            return false;
        l->count++;
    }
    return true;
}

/* The last thing that is looked at. *Observed*: without an .idb that has the groups, a signature is
 * loaded and never matches. */
static struct ir_expr *icon_gate(struct ldb *l)
{
    l->c->skipped.icons += !l->has_icons;
    if (!l->has_icons)
        return clam_leaf(l->c, IR_BOOL);
    return clam_fact(l->c, CLAM_ICON, l->icons[0] | l->icons[1] << 16);
}

static bool make_rule(struct ldb *l, struct span name, struct span logic)
{
    struct clam_logic from = {l, give_sub};
    uint64_t used = 0;
    struct ir_expr *x = clam_logic(l->c, logic, &from, &used);
    if (!x)
        return false;
    if (l->count && !(used >> (l->count - 1) & 1))
        return clam_refuse(l->c, logic, "the logic does not end with the last subsignature");
    if (l->target && !add_gate(l, clam_fact(l->c, CLAM_IS_TARGET, l->target)))
        return false;
    struct ir_expr *icons = l->asks_icons ? icon_gate(l) : NULL;
    struct ir_rule *rule = clam_rule(l->c, name);
    if (!rule || l->c->bad)
        return false;
    rule->strings = arena_array(l->c->arena, struct ir_string, l->string_count);
    if (!rule->strings)
        return clam_no_memory(l->c);
    memcpy(rule->strings, l->strings, l->string_count * sizeof *l->strings);
    rule->string_count = l->string_count;
    rule->retype = l->retype;
    rule->condition = clam_join(l->c, IR_AND, clam_join(l->c, IR_AND, l->gate, x), icons);
    return rule->condition != NULL;
}

bool clam_ldb_line(struct clam *c)
{
    struct ldb l = {.c = c};
    struct span rest = c->whole, name, description, logic;
    if (!text_field(&rest, ';', &name) || !text_field(&rest, ';', &description) ||
        !text_field(&rest, ';', &logic) || rest.len == 0)
        (void)clam_refuse(c, c->whole, "expected name;description;logic;subsignatures");
    else if (clam_wanted(c, name) && read_description(&l, description) && read_subs(&l, rest))
        (void)make_rule(&l, name, logic); /* said, or c->bad */
    return !c->bad;
}
