/* YARA looks for a string by pieces of at most four bytes, its atoms, weighs them, and warns when
 * the worst it must look for weighs too little. Ours are chosen otherwise (atoms.c); this only
 * computes what yara would warn of. Strings are hostile: work is bounded, nesting is a stack.
 * Facts: YARA's libyara, atoms.c, as of 4.2 to 4.5; compared with 4.2.3 and 4.5.2. */
#include "jail/compile/yara_slow.h"

#include "jail/compile/text_forms.h"

enum {
    ATOM_BYTES = 4,
    POOR = 38,         /* weights below this are warned of */
    NONE = -1000,      /* no atom at all */
    EMPTY_BEST = -168, /* below the weight of any atom, an empty one's included */
    LONG_JUMP = 200,   /* a chain is cut at longer ones: each part needs its own atoms */
    WORK_MOST = 50000
};

struct byte {
    uint8_t value, mask;
    bool is_last; /* from here to the end all has one length */
};

struct atom {
    struct byte bytes[ATOM_BYTES];
    uint32_t len;
};

/* What would be looked for in place of a tree, or of a part. */
struct stand {
    int32_t weight;
    bool is_last; /* each of its atoms */
};

/* The pass over one tree. */
struct weigh {
    struct atom recent, best; /* the last bytes of the run at hand; the best of it so far */
    int32_t best_weight;
    struct stand most; /* of the alternative at hand */
    uint32_t work;
};

/* A node that was begun. */
struct level {
    const struct re *node;
    uint32_t next, end;                 /* kids; a repetition's only one again and again */
    uint32_t last_open;                 /* CAT: behind this kid all has one length */
    bool is_last;                       /* behind the node all has */
    struct stand outer, pending, least; /* ALT */
};

struct stack {
    struct level *items;
    uint32_t depth, cap;
    struct arena *arena;
};

static const struct stand nothing = {NONE, false};

static bool is_common(uint8_t byte)
{
    return byte == 0 || byte == ' ' || byte == 0xcc || byte == 0xff;
}

static int32_t weight_of_byte(struct byte b)
{
    uint8_t upper = b.value & 0xdf;
    if (b.mask == 0)
        return -10;
    if (b.mask != 0xff)
        return 4;
    if (is_common(b.value))
        return 12;
    return upper >= 'A' && upper <= 'Z' ? 18 : 20;
}

static int32_t weight(const struct atom *a)
{
    int32_t sum = 0, unique = 0;
    bool all_common = true;
    for (uint32_t i = 0; i < a->len; i++) {
        struct byte b = a->bytes[i];
        bool seen = b.mask != 0xff;
        sum += weight_of_byte(b);
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = a->bytes[k].mask == 0xff && a->bytes[k].value == b.value;
        unique += !seen;
        if (b.mask == 0xff && !is_common(b.value) && b.value != 0x90)
            all_common = false;
    }
    if (unique == 1 && all_common)
        return sum - 10 * (int32_t)a->len;
    return sum + 2 * unique;
}

/* Without open bytes at its ends; the first only, where half of it is open. */
static struct atom trim(const struct atom *a)
{
    struct atom out = {.len = 0};
    uint32_t from = 0, end = a->len, open = 0, spelled = 0;
    while (from < end && a->bytes[from].mask == 0)
        from++;
    while (end > from && a->bytes[end - 1].mask == 0)
        end--;
    for (uint32_t i = from; i < end; i++) {
        open += a->bytes[i].mask == 0;
        spelled += a->bytes[i].mask == 0xff;
        out.bytes[out.len++] = a->bytes[i];
    }
    if (out.len > 0 && open >= spelled)
        out.len = 1;
    return out;
}

static void feed(struct weigh *w, struct byte b)
{
    struct atom *r = &w->recent;
    w->work++;
    if (r->len < ATOM_BYTES) {
        w->best.bytes[r->len] = b;
        r->bytes[r->len++] = b;
        w->best.len = r->len;
        return;
    }
    struct atom a = trim(r);
    int32_t got = weight(&a);
    if (got > w->best_weight) {
        w->best = a;
        w->best_weight = got;
    }
    for (uint32_t i = 1; i < ATOM_BYTES; i++)
        r->bytes[i - 1] = r->bytes[i];
    r->bytes[ATOM_BYTES - 1] = b;
}

/* The run ends: what stands for it. */
static struct stand end_run(struct weigh *w)
{
    w->work++;
    if (w->recent.len == 0)
        return nothing;
    struct atom a = trim(&w->recent);
    if (weight(&a) <= w->best_weight)
        a = trim(&w->best);
    w->recent.len = 0;
    w->best_weight = EMPTY_BEST;
    return a.len > 0 ? (struct stand){weight(&a), a.bytes[0].is_last} : nothing;
}

/* Of several choices the first that weighs most. */
static void choose(struct stand *most, struct stand other)
{
    if (other.weight > most->weight)
        *most = other;
}

static void flush(struct weigh *w)
{
    choose(&w->most, end_run(w));
}

static bool is_dot(const struct re *node)
{
    return node->kind == RE_ANY && !node->grouped;
}

static bool is_any(const struct re *node)
{
    return node->kind == RE_REPEAT && node->jump && node->min == 1 && node->max == 1 &&
           node->kids[0]->kind == RE_SET;
}

static bool has_one_length(const struct re *node)
{
    return node->min_len == node->max_len;
}

/* is_last: of what stands behind the node. */
static bool push(struct stack *s, const struct re *node, bool is_last)
{
    void *items = s->items;
    if (!arena_grow(s->arena, &items, &s->cap, s->depth + 1, sizeof *s->items))
        return false;
    s->items = items;
    struct level l = {.node = node, .end = node->count, .is_last = is_last};
    l.least = (struct stand){INT32_MAX, true};
    for (uint32_t i = node->count; node->kind == RE_CAT && i-- > 0 && l.last_open == 0;)
        l.last_open = has_one_length(node->kids[i]) ? 0 : i;
    if (node->kind == RE_REPEAT) {
        l.end = node->min < ATOM_BYTES ? node->min : ATOM_BYTES;
        if (node->jump || (is_dot(node->kids[0]) && node->max != RE_NO_MAX))
            l.end = 0; /* .{n,m} is no run of bytes */
    }
    s->items[s->depth++] = l;
    return true;
}

static void leaf(struct weigh *w, const struct level *l)
{
    const struct re *node = l->node;
    if (node->kind == RE_BYTE && !node->negated)
        feed(w, (struct byte){node->value, node->mask, l->is_last});
    else if (node->kind == RE_ANY)
        feed(w, (struct byte){0, 0, l->is_last});
    else
        flush(w);
}

/* Between two alternatives, and behind the last: the worst of them counts. */
static void turn(struct weigh *w, struct level *l)
{
    if (l->next == 0) {
        l->outer = w->most;
        l->pending = end_run(w);
    } else {
        flush(w);
        l->least.is_last = l->least.is_last && w->most.is_last;
        l->least.weight = w->most.weight < l->least.weight ? w->most.weight : l->least.weight;
    }
    w->most = nothing;
    if (l->next < l->end)
        return;
    w->most = l->outer; /* in the order in which yara comes to them */
    choose(&w->most, l->least);
    choose(&w->most, l->pending);
}

static bool push_next(struct stack *s)
{
    struct level *l = &s->items[s->depth - 1];
    const struct re *node = l->node;
    uint32_t i = l->next++;
    /* x+? ends at each x */
    bool again = node->min == 1 && node->max == RE_NO_MAX && !node->greedy && !node->braces;
    if (node->kind == RE_REPEAT)
        return push(s, node->kids[0], l->is_last && (node->min == node->max || again));
    return push(s, node->kids[i], l->is_last && i >= l->last_open);
}

/* One step; false when it cannot go on. */
static bool step(struct stack *s, struct weigh *w)
{
    struct level *l = &s->items[s->depth - 1];
    const struct re *node = l->node;
    bool is_inner = node->kind == RE_CAT || node->kind == RE_ALT || node->kind == RE_REPEAT;
    if (node->kind == RE_ALT)
        turn(w, l);
    if (is_inner && l->next < l->end)
        return push_next(s);
    if (is_any(node))
        feed(w, (struct byte){0, 0, l->is_last}); /* [1] is ?? */
    else if (node->kind == RE_REPEAT)
        flush(w);
    else if (!is_inner)
        leaf(w, l);
    s->depth--;
    return true;
}

/* What stands for a tree; out of memory or work: something heavy. */
static struct stand weigh_tree(const struct re *root, struct arena *a)
{
    static const struct stand unknown = {INT32_MAX, false};
    struct stack s = {.arena = a};
    struct weigh w = {.best_weight = EMPTY_BEST, .most = nothing};
    if (!push(&s, root, true))
        return unknown;
    while (s.depth > 0)
        if (w.work > WORK_MOST || !step(&s, &w))
            return unknown;
    flush(&w);
    return w.most;
}

bool yara_slow_ends_alike(const struct re *re, struct arena *scratch)
{
    struct stand stand = weigh_tree(re, scratch);
    return stand.weight != NONE && stand.is_last;
}

/* The best four bytes of a text, and their place. */
static int32_t weigh_text(struct span text, struct atom *out)
{
    int32_t best = INT32_MIN;
    size_t last = text.len > ATOM_BYTES ? text.len - ATOM_BYTES : 0;
    for (size_t at = 0; at <= last; at++) {
        struct atom a = {.len = 0};
        while (a.len < ATOM_BYTES && at + a.len < text.len) {
            a.bytes[a.len] = (struct byte){span_byte(text, at + a.len), 0xff, false};
            a.len++;
        }
        int32_t got = weight(&a);
        if (got > best) {
            best = got;
            *out = a;
        }
    }
    return best;
}

static struct atom widen(const struct atom *a)
{
    struct atom out = {.len = a->len * 2 < ATOM_BYTES ? a->len * 2 : ATOM_BYTES};
    for (uint32_t i = 0; i < out.len; i++)
        out.bytes[i] = (struct byte){i % 2 ? 0 : a->bytes[i / 2].value, 0xff, false};
    return out;
}

static int32_t weigh_xor(const struct atom *a, const struct ir_string *s)
{
    int32_t least = INT32_MAX;
    uint32_t last = s->flags & IR_XOR ? s->xor_max : 0;
    for (uint32_t key = s->flags & IR_XOR ? s->xor_min : 0; key <= last; key++) {
        struct atom b = *a;
        for (uint32_t i = 0; i < b.len; i++)
            b.bytes[i].value = (uint8_t)(b.bytes[i].value ^ key);
        int32_t got = weight(&b);
        least = got < least ? got : least;
    }
    return least;
}

/* A text, or a pattern that spells one out. The atom is chosen first, then changed. */
static int32_t weigh_literal(const struct ir_string *s, struct span text)
{
    struct atom a = {.len = 0};
    int32_t least = weigh_text(text, &a), got;
    struct atom wide = widen(&a);
    if (!(s->flags & IR_WIDE) || s->flags & IR_ASCII) {
        got = weigh_xor(&a, s);
        least = got < least ? got : least;
    }
    if (s->flags & IR_WIDE) {
        got = weigh_xor(&wide, s);
        least = got < least ? got : least;
    }
    return least;
}

static int32_t weigh_base64(const struct ir_string *s, struct arena *a)
{
    struct forms forms;
    struct atom unused;
    int32_t least = INT32_MAX;
    if (!text_forms(s, a, &forms))
        return INT32_MAX;
    for (uint32_t i = 0; i < forms.count; i++) {
        int32_t got = weigh_text(forms.items[i].bytes, &unused);
        least = got < least ? got : least;
    }
    return forms.count ? least : NONE;
}

/* The bytes that a tree spells out; false when it is more than that. */
static bool is_literal(const struct re *re, struct arena *a, struct span *out)
{
    const struct re *const *kids = (const struct re *const *)re->kids;
    uint32_t count = re->count;
    if (re->kind == RE_BYTE) {
        kids = &re;
        count = 1;
    } else if (re->kind != RE_CAT) {
        return false;
    }
    uint8_t *bytes = arena_array(a, uint8_t, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!bytes || kids[i]->kind != RE_BYTE || kids[i]->negated || kids[i]->mask != 0xff)
            return false;
        bytes[i] = kids[i]->value;
    }
    *out = span_make(bytes, count);
    return count > 0;
}

static int32_t weigh_part(const struct ir_string *s, const struct re *part, struct arena *a)
{
    struct span text;
    return is_literal(part, a, &text) ? weigh_literal(s, text) : weigh_tree(part, a).weight;
}

static bool is_cut(const struct re *re)
{
    return re->kind == RE_REPEAT && re->jump && (re->min > LONG_JUMP || re->max > LONG_JUMP);
}

static int32_t weigh_parts(const struct ir_string *s, struct arena *a)
{
    int32_t least = INT32_MAX;
    const struct re *root = s->re;
    if (root->kind != RE_CAT)
        return weigh_part(s, root, a);
    for (uint32_t from = 0, i = 0; i <= root->count; i++) {
        if (i < root->count && !is_cut(root->kids[i]))
            continue;
        struct re part = *root; /* a stretch of its kids */
        part.kids = root->kids + from;
        part.count = i - from;
        int32_t got = part.count ? weigh_part(s, &part, a) : INT32_MAX;
        least = got < least ? got : least;
        from = i + 1;
    }
    return least;
}

bool yara_slow_is_poor(const struct ir_string *s, struct arena *scratch)
{
    if (s->kind != IR_TEXT)
        return weigh_parts(s, scratch) < POOR;
    if (s->flags & (IR_BASE64 | IR_BASE64WIDE))
        return weigh_base64(s, scratch) < POOR;
    return weigh_literal(s, s->text) < POOR;
}

static bool is_dot_star(const struct re *re)
{
    return re->kind == RE_REPEAT && re->max == RE_NO_MAX && is_dot(re->kids[0]);
}

bool yara_slow_has_dot_star(const struct re *re, struct arena *scratch)
{
    struct stack s = {.arena = scratch};
    bool has = false;
    if (!push(&s, re, true))
        return false;
    while (s.depth > 0 && !has) {
        struct level *l = &s.items[s.depth - 1];
        has = is_dot_star(l->node);
        if (l->node->kind != RE_CAT || l->next == l->end)
            s.depth--;
        else if (!push_next(&s))
            return false;
    }
    return has;
}
