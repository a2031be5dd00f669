/* One text that a regular expression or hex string matches. The trees are made from hostile rules:
 * a list instead of recursion, a ceiling on what is written. */
#include "jail/compile/audit.h"

#include "common/text.h"

enum { SAMPLE_MOST = 400, STEPS_MOST = 8192 };

struct todo {
    const struct re *node;
    uint32_t next; /* kid */
    uint32_t left; /* rounds of a repeat */
};

struct sampling {
    struct arena *arena;
    struct todo *stack;
    uint32_t depth, cap;
    uint32_t random, seed;
    struct buf *out;
    bool bad;
};

static uint32_t draw(struct sampling *s, uint32_t below)
{
    s->random = s->random * 1664525u + 1013904223u;
    return below ? (s->random >> 8) % below : 0;
}

static void push(struct sampling *s, const struct re *node)
{
    if (!arena_grow(s->arena, (void **)&s->stack, &s->cap, s->depth + 1, sizeof *s->stack))
        s->bad = true;
    else
        s->stack[s->depth++] = (struct todo){node, 0, 0};
}

/* The k-th of the bytes from..to that the node matches, k drawn; false: it matches none. */
static bool pick(struct sampling *s, const struct re *node, unsigned from, unsigned to)
{
    unsigned count = 0;
    for (unsigned c = from; c <= to; c++)
        count += re_has(node, (uint8_t)c);
    if (count == 0)
        return false;
    unsigned k = s->seed ? draw(s, count) : 0;
    for (unsigned c = from; c <= to; c++)
        if (re_has(node, (uint8_t)c) && k-- == 0) {
            buf_byte(s->out, (uint8_t)c);
            return true;
        }
    return false;
}

static unsigned width(const struct re *node)
{
    unsigned count = 0;
    for (unsigned c = 0; c < 256; c++)
        count += re_has(node, (uint8_t)c);
    return count;
}

/* A byte as a writer would choose it: where nearly everything fits, a space; where letters fit, a
 * small one of a group of both; then digits, then what is there. */
static void put_class(struct sampling *s, const struct re *node)
{
    unsigned many = width(node);
    if (many > 60 && re_has(node, ' ')) {
        buf_byte(s->out, ' ');
        return;
    }
    if (many <= 8 && re_has(node, ' ')) {
        buf_byte(s->out, ' ');
        return;
    }
    if (many <= 20 && (pick(s, node, 'a', 'z') || pick(s, node, 'A', 'Z')))
        return;
    if (pick(s, node, 'a', 'z') || pick(s, node, '0', '9') || pick(s, node, 'A', 'Z') ||
        pick(s, node, ' ', '~'))
        return;
    (void)pick(s, node, 0, 255);
}

static void put_byte(struct sampling *s, const struct re *node)
{
    if (node->mask == 0xff && !node->negated)
        buf_byte(s->out, node->value);
    else if (node->mask == 0xdf && !node->negated)
        buf_byte(s->out, node->value | 0x20);
    else if (node->mask == 0)
        buf_byte(s->out, 'e'); /* between letters a hole is most likely one */
    else if (!pick(s, node, 'a', 'z') && !pick(s, node, 'A', 'Z') && !pick(s, node, ' ', '~'))
        (void)pick(s, node, 0, 255);
}

static uint32_t rounds(struct sampling *s, const struct re *node)
{
    uint32_t most = node->max < node->min + 2 ? node->max : node->min + 2;
    bool is_full = node->count > 0 && re_is_full(node->kids[0]);
    if (node->jump && node->min == 0 && node->max > 0)
        return s->seed == 0; /* between two words a gap is a blank */
    if (node->jump || is_full || s->seed == 0)
        return node->min;
    return node->min + draw(s, most - node->min + 1);
}

/* Of alternatives of one letter each the small one: ( 43 | 63 ) is a letter of either case. */
static const struct re *choose(struct sampling *s, const struct re *node)
{
    bool letters = true;
    const struct re *small = NULL;
    for (uint32_t i = 0; i < node->count && letters; i++) {
        const struct re *kid = node->kids[i];
        letters = kid->kind == RE_BYTE && kid->mask == 0xff && text_is_alpha(kid->value);
        if (letters && kid->value == text_lower(kid->value))
            small = kid;
    }
    return letters && small ? small : node->kids[s->seed ? draw(s, node->count) : 0];
}

static void step(struct sampling *s)
{
    struct todo *top = &s->stack[s->depth - 1];
    const struct re *node = top->node;
    uint32_t at = top->next++;
    switch (node->kind) {
    case RE_CAT:
        if (at < node->count) {
            push(s, node->kids[at]);
            return;
        }
        break;
    case RE_ALT:
        if (at == 0 && node->count > 0) {
            push(s, choose(s, node));
            return;
        }
        break;
    case RE_REPEAT:
        if (at == 0)
            top->left = rounds(s, node);
        if (top->left > 0 && node->count > 0) {
            top->left--;
            push(s, node->kids[0]);
            return;
        }
        break;
    case RE_BYTE:
        put_byte(s, node);
        break;
    case RE_SET:
        put_class(s, node);
        break;
    case RE_ANY:
        buf_byte(s->out, ' ');
        break;
    default: /* nothing wide */
        break;
    }
    s->depth--;
}

bool audit_sample(const struct re *tree, uint32_t seed, struct arena *a, struct buf *out)
{
    struct sampling s = {.arena = a, .random = seed * 2654435761u + 1, .seed = seed, .out = out};
    buf_clear(out);
    if (!tree)
        return true;
    push(&s, tree);
    for (unsigned steps = 0; s.depth > 0 && !s.bad && steps < STEPS_MOST; steps++) {
        step(&s);
        if (out->len > SAMPLE_MOST)
            break;
    }
    return !s.bad && !out->bad;
}
