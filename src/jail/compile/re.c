/* Trees of hex strings and regular expressions: making nodes, walking them without recursion. The
 * trees come from hostile rule sources; their size is bounded by the source's text. */
#include "jail/compile/re.h"

#include <string.h>

struct re *re_new(struct arena *a, enum re_kind kind)
{
    struct re *node = arena_new_of(a, struct re);
    if (node)
        node->kind = kind;
    return node;
}

bool re_add(struct arena *a, struct re *parent, struct re *kid)
{
    void *items = parent->kids;
    if (!kid || !arena_grow(a, &items, &parent->cap, parent->count + 1, sizeof *parent->kids))
        return false;
    parent->kids = items;
    parent->kids[parent->count++] = kid;
    return true;
}

struct visit {
    struct re *node;
    uint32_t next; /* kid to go into */
};

bool re_postorder(struct re *root, struct arena *a, struct re_list *out)
{
    void *stack = NULL, *items = NULL;
    uint32_t depth = 1, stack_cap = 0, cap = 0;
    *out = (struct re_list){0};
    if (!root || !arena_grow(a, &stack, &stack_cap, 1, sizeof(struct visit)))
        return false;
    ((struct visit *)stack)[0] = (struct visit){root, 0};
    while (depth) {
        struct visit *top = (struct visit *)stack + depth - 1;
        if (top->next < top->node->count) {
            struct re *kid = top->node->kids[top->next++];
            if (!arena_grow(a, &stack, &stack_cap, depth + 1, sizeof(struct visit)))
                return false;
            ((struct visit *)stack)[depth++] = (struct visit){kid, 0};
            continue;
        }
        if (!arena_grow(a, &items, &cap, out->count + 1, sizeof(struct re *)))
            return false;
        out->items = items;
        out->items[out->count++] = top->node;
        depth--;
    }
    return true;
}

/* Sums and products of lengths stop below RE_NO_MAX: past the machine's reach all are alike. */
static uint32_t plus(uint32_t a, uint32_t b)
{
    if (a == RE_NO_MAX || b == RE_NO_MAX)
        return RE_NO_MAX;
    uint64_t sum = (uint64_t)a + b;
    return sum < RE_NO_MAX ? (uint32_t)sum : RE_NO_MAX - 1;
}

static uint32_t times(uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0)
        return 0;
    if (a == RE_NO_MAX || b == RE_NO_MAX)
        return RE_NO_MAX;
    uint64_t product = (uint64_t)a * b;
    return product < RE_NO_MAX ? (uint32_t)product : RE_NO_MAX - 1;
}

static void measure(struct re *node)
{
    node->min_len = node->max_len = 0;
    switch (node->kind) {
    case RE_BYTE:
    case RE_SET:
    case RE_ANY:
        node->min_len = node->max_len = 1;
        break;
    case RE_CAT:
        for (uint32_t i = 0; i < node->count; i++) {
            node->min_len = plus(node->min_len, node->kids[i]->min_len);
            node->max_len = plus(node->max_len, node->kids[i]->max_len);
        }
        break;
    case RE_ALT:
        node->min_len = node->count ? RE_NO_MAX : 0;
        for (uint32_t i = 0; i < node->count; i++) {
            const struct re *kid = node->kids[i];
            node->min_len = kid->min_len < node->min_len ? kid->min_len : node->min_len;
            node->max_len = kid->max_len > node->max_len ? kid->max_len : node->max_len;
        }
        break;
    case RE_REPEAT:
        node->min_len = times(node->kids[0]->min_len, node->min);
        node->max_len = times(node->kids[0]->max_len, node->max);
        break;
    case RE_EMPTY:
    case RE_START:
    case RE_END:
    case RE_WORD:
    case RE_NOT_WORD:
        break;
    }
}

void re_measure(const struct re_list *nodes)
{
    for (uint32_t i = 0; i < nodes->count; i++)
        measure(nodes->items[i]);
}

bool re_has(const struct re *node, uint8_t byte)
{
    if (node->kind == RE_SET)
        return node->set[byte >> 3] >> (byte & 7) & 1;
    return ((byte & node->mask) == node->value) != node->negated;
}

void re_put(struct re *node, uint8_t byte)
{
    node->set[byte >> 3] |= (uint8_t)(1u << (byte & 7));
}

bool re_is_full(const struct re *node)
{
    if (node->kind == RE_BYTE)
        return node->mask == 0 && !node->negated;
    if (node->kind != RE_SET)
        return false;
    for (size_t i = 0; i < sizeof node->set; i++)
        if (node->set[i] != 0xff)
            return false;
    return true;
}

static bool has_repeat(const struct re_list *nodes, bool greedy)
{
    for (uint32_t i = 0; i < nodes->count; i++)
        if (nodes->items[i]->kind == RE_REPEAT && nodes->items[i]->greedy == greedy)
            return true;
    return false;
}

bool re_has_greedy(const struct re_list *nodes)
{
    return has_repeat(nodes, true);
}

bool re_is_mixed(const struct re_list *nodes)
{
    return has_repeat(nodes, true) && has_repeat(nodes, false);
}

static bool is_letter(uint8_t byte)
{
    uint8_t upper = byte & 0xdf;
    return upper >= 'A' && upper <= 'Z';
}

/* Both cases of every letter; of a negated set only letters of which neither case was written. */
static void fold_set(struct re *node)
{
    for (unsigned c = 'A'; c <= 'Z'; c++) {
        uint8_t upper = (uint8_t)c, lower = (uint8_t)(c | 0x20);
        bool has_upper = re_has(node, upper), has_lower = re_has(node, lower);
        bool is_in = node->negated ? has_upper && has_lower : has_upper || has_lower;
        node->set[upper >> 3] &= (uint8_t) ~(1u << (upper & 7));
        node->set[lower >> 3] &= (uint8_t) ~(1u << (lower & 7));
        if (is_in) {
            re_put(node, upper);
            re_put(node, lower);
        }
    }
}

/* A set of one byte, or of two that differ in one bit, is a byte under a mask. */
static void set_to_byte(struct re *node)
{
    unsigned count = 0, first = 0, last = 0;
    for (unsigned c = 0; c < 256; c++)
        if (re_has(node, (uint8_t)c)) {
            first = count++ ? first : c;
            last = c;
        }
    unsigned differ = first ^ last;
    if (count == 0 || count > 2 || (differ & (differ - 1)) != 0)
        return;
    node->kind = RE_BYTE;
    node->negated = false;
    node->mask = (uint8_t)~differ;
    node->value = (uint8_t)(first & node->mask);
}

/* Alternatives of one unit each are a set. */
static void alt_to_set(struct re *node)
{
    for (uint32_t i = 0; i < node->count; i++)
        if (node->kids[i]->kind != RE_BYTE && node->kids[i]->kind != RE_SET)
            return;
    memset(node->set, 0, sizeof node->set);
    for (uint32_t i = 0; i < node->count; i++)
        for (unsigned c = 0; c < 256; c++)
            if (re_has(node->kids[i], (uint8_t)c))
                re_put(node, (uint8_t)c);
    node->kind = RE_SET;
    node->negated = false;
    node->count = 0;
    set_to_byte(node);
}

static void fold(struct re *node, uint32_t flags)
{
    bool nocase = (flags & RE_NOCASE) != 0;
    if (node->kind == RE_BYTE && nocase && node->mask == 0xff && !node->negated &&
        is_letter(node->value)) {
        node->mask = 0xdf;
        node->value &= 0xdf;
    } else if (node->kind == RE_ANY) {
        node->kind = RE_BYTE;
        node->negated = !(flags & RE_DOTALL);
        node->value = node->negated ? '\n' : 0;
        node->mask = node->negated ? 0xff : 0;
    } else if (node->kind == RE_SET) {
        if (nocase)
            fold_set(node);
        node->negated = false;
        set_to_byte(node);
    } else if (node->kind == RE_ALT && node->count) {
        alt_to_set(node);
    }
}

void re_fold(const struct re_list *nodes, uint32_t flags)
{
    for (uint32_t i = 0; i < nodes->count; i++)
        fold(nodes->items[i], flags);
}
