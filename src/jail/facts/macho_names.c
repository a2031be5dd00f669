/* Names of symbols in Mach-O files: string tables, export tries, binding opcodes. An attacker typed
 * every byte. Format: Apple's loader.h, and dyld's sources for tries and opcodes. */
#include "jail/facts/macho_more.h"

#include "common/text.h"
#include "jail/facts/fact_text.h"

enum {
    /* nlist.h, n_type */
    STAB_BITS = 0xe0,
    TYPE_BITS = 0x0e,
    EXTERNAL_BIT = 1,
    ABSOLUTE = 0x02,
    INDIRECT = 0x0a,
    IN_SECTION = 0x0e,
    /* loader.h, EXPORT_SYMBOL_FLAGS_ */
    REEXPORT = 8,
    STUB_AND_RESOLVER = 16,
    /* loader.h, BIND_OPCODE_, the upper four bits */
    BIND_ORDINAL_ULEB = 2,
    BIND_SYMBOL = 4,
    BIND_ADDEND = 6,
    BIND_SEGMENT = 7,
    BIND_ADD_ADDRESS = 8,
    BIND_DO_ADD_ADDRESS = 10,
    BIND_DO_TIMES = 12,
    LEB_SHIFT_MAX = 63,
};

static bool is_utf8(struct span s)
{
    for (size_t at = 0; at < s.len;) {
        size_t n = text_utf8(s, at);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

static const struct fact *symtab_item(const struct macho_file *m, uint32_t field)
{
    return fact_item(&m->items[MACHO_FILE_SYMTAB], field);
}

/* Debugging symbols are in the first list only. */
static bool add_symbol(struct macho_load *l, struct macho_symbols *out, struct span name,
                       uint8_t type)
{
    unsigned kind = type & TYPE_BITS;
    bool is_plain = !(type & STAB_BITS), is_external = type & EXTERNAL_BIT;
    bool is_defined = kind == ABSOLUTE || kind == INDIRECT || kind == IN_SECTION;
    if (!macho_add_text(l, &out->entries, name))
        return false;
    if (is_plain && is_external && kind == 0 && !macho_add_text(l, &out->undefined, name))
        return false;
    struct fact shown = fact_undefined();
    fact_set_utf8(&shown, l->arena, name);
    name = fact_span(&shown);
    if (is_plain && kind == 0 && !macho_add_text(l, &out->imports, name))
        return false;
    return !is_plain || !is_external || !is_defined || macho_add_text(l, &out->exports, name);
}

bool macho_names_table(struct macho_load *l, const struct macho_file *m, struct span table,
                       struct macho_symbols *out)
{
    struct reader r = reader_from(m->bytes, (uint64_t)fact_int(symtab_item(m, SYMTAB_SYMOFF), 0));
    uint64_t count = (uint64_t)fact_int(symtab_item(m, SYMTAB_NSYMS), 0);
    for (uint64_t i = 0; i < count && l->steps < LIMIT_MACHO_STEPS; i++) {
        uint32_t at = (uint32_t)macho_number(m, &r, 4);
        uint8_t type = reader_u8(&r);
        reader_skip(&r, m->is_32 ? 7 : 11); /* section, description, value */
        struct span name = fact_c_text(span_cut(table, at, SIZE_MAX));
        l->steps++;
        if (r.bad)
            break;
        if (name.len > 0 && !add_symbol(l, out, name, type))
            return false;
    }
    return true;
}

/* Bits past 64 are lost; more than ten bytes are bad. Signed ones are as long. */
static uint64_t uleb(struct reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t b = reader_u8(r);
        if (shift > LEB_SHIFT_MAX)
            r->bad = true;
        if (r->bad)
            return 0;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return v;
    }
}

static struct span c_text(struct reader *r)
{
    struct span rest = reader_rest(r);
    size_t end = span_find_byte(rest, 0, 0);
    if (end == SIZE_MAX) {
        r->bad = true;
        return (struct span){NULL, 0};
    }
    reader_skip(r, end + 1);
    return span_cut(rest, 0, end);
}

/* --- the export trie --- */

struct node {
    uint64_t at;
    struct span prefix; /* in the arena */
};

struct trie {
    struct macho_load *l;
    struct span bytes;
    uint8_t *seen; /* bit per offset */
    struct node *waiting;
    uint32_t count, cap;
    bool bad; /* out of memory */
};

/* What a node says of the symbol that ends there: flags, then an address, or more. */
static void skip_symbol(struct reader *r)
{
    uint64_t flags = uleb(r);
    (void)uleb(r);
    if (flags == STUB_AND_RESOLVER)
        (void)uleb(r);
    else if (flags == REEXPORT)
        (void)c_text(r);
}

/* A prefix and a label in one; each byte of it is a step, or long chains would be quadratic. */
static struct span join(struct trie *t, struct span a, struct span b)
{
    uint8_t *text = arena_alloc(t->l->arena, a.len + b.len, 1);
    t->bad = t->bad || !text;
    t->l->steps += a.len + b.len;
    for (size_t i = 0; text && i < a.len + b.len; i++)
        text[i] = i < a.len ? span_byte(a, i) : span_byte(b, i - a.len);
    return span_make(text, text ? a.len + b.len : 0);
}

static void push(struct trie *t, uint64_t at, struct span prefix)
{
    if (!arena_grow(t->l->arena, (void **)&t->waiting, &t->cap, t->count + 1, sizeof *t->waiting))
        t->bad = true;
    else
        t->waiting[t->count++] = (struct node){at, prefix};
}

/* False: the trie is damaged here, and what was not looked at is not. */
static bool read_node(struct trie *t, const struct node *n, struct fact_list *out)
{
    struct reader r = reader_from(t->bytes, n->at);
    bool is_symbol = uleb(&r) != 0; /* how long what follows is, is not believed */
    if (is_symbol)
        skip_symbol(&r);
    unsigned edges = reader_u8(&r);
    for (unsigned i = 0; i < edges && !r.bad && !t->bad; i++) {
        struct span label = c_text(&r);
        uint64_t at = uleb(&r);
        t->l->steps++;
        if (!r.bad && is_utf8(label))
            push(t, at, join(t, n->prefix, label));
    }
    if (!r.bad && is_symbol && !macho_add_text(t->l, out, n->prefix))
        t->bad = true;
    return !r.bad;
}

static bool see(struct trie *t, uint64_t at)
{
    if (at > t->bytes.len || (t->seen[at / 8] >> (at % 8) & 1))
        return false;
    t->seen[at / 8] |= (uint8_t)(1 << (at % 8));
    return true;
}

bool macho_names_exported(struct macho_load *l, struct span trie, struct fact_list *out)
{
    struct trie t = {.l = l, .bytes = trie};
    if (trie.len == 0)
        return true;
    t.seen = arena_alloc(l->arena, trie.len / 8 + 1, 1);
    if (!t.seen)
        return false;
    push(&t, 0, (struct span){NULL, 0});
    while (t.count > 0 && !t.bad && l->steps < LIMIT_MACHO_STEPS) {
        struct node n = t.waiting[--t.count];
        l->steps++;
        if (see(&t, n.at) && !read_node(&t, &n, out))
            break;
    }
    return !t.bad;
}

/* --- bindings --- */

/* Each name once, over all streams. */
static bool add_bound(struct macho_load *l, struct map *seen, struct span name,
                      struct fact_list *out)
{
    uint64_t known;
    if (!is_utf8(name) || map_find(seen, name, &known))
        return true;
    return map_put(seen, name, 1) && macho_add_text(l, out, name);
}

bool macho_names_bound(struct macho_load *l, struct map *seen, struct span opcodes,
                       struct fact_list *out)
{
    struct reader r = reader_of(opcodes);
    while (reader_left(&r) > 0 && !r.bad && l->steps < LIMIT_MACHO_STEPS) {
        unsigned opcode = reader_u8(&r) >> 4;
        l->steps++;
        if (opcode == BIND_SYMBOL) {
            struct span name = c_text(&r);
            if (!r.bad && !add_bound(l, seen, name, out))
                return false;
        } else if (opcode == BIND_DO_TIMES) {
            (void)uleb(&r);
            (void)uleb(&r);
        } else if (opcode == BIND_ORDINAL_ULEB || opcode == BIND_ADDEND || opcode == BIND_SEGMENT ||
                   opcode == BIND_ADD_ADDRESS || opcode == BIND_DO_ADD_ADDRESS) {
            (void)uleb(&r);
        }
    }
    return true;
}
