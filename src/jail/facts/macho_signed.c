/* Entitlements in Mach-O code signatures: an XML property list in a blob of the signature. An
 * attacker typed every byte. Format: Apple's cs_blobs.h; XML 1.0. Which texts count: observed of
 * YARA-X 1.20: of each key its text, of each array all texts in it, in the order of the document;
 * of a list that is no XML, none. Nothing here recurses: nodes lie in one row, in the order of the
 * document. */
#include "jail/facts/macho_more.h"

#include "common/text.h"

enum {
    MAGIC_ENTITLEMENTS = 0x7171,
    BLOB_HEAD = 8,
    NODES_MAX = 65536,
    DEPTH_MAX = 256,
    CODE_MAX = 7
};

enum kind { ELEMENT, TEXT, COMMENT, OTHER };

struct node {
    enum kind kind;
    struct span text; /* an element's name */
    uint32_t end;     /* index past its last descendant */
};

struct xml {
    struct macho_load *l;
    struct reader r;
    struct node *nodes;
    uint32_t count, cap;
    uint32_t open[DEPTH_MAX], depth; /* indexes of the elements that are open */
    bool has_root, bad;              /* bad: no XML, or no memory */
    bool in_text;                    /* the last node is a text that goes on */
    bool no_memory;
};

static bool at_text(const struct xml *x, const char *text)
{
    return span_starts(reader_rest(&x->r), span_text(text));
}

/* What stands before `end`, which is passed. */
static struct span until(struct xml *x, const char *end)
{
    struct span rest = reader_rest(&x->r);
    size_t n = span_find(rest, span_text(end), 0);
    if (n == SIZE_MAX) {
        x->bad = true;
        return (struct span){NULL, 0};
    }
    reader_skip(&x->r, n + span_text(end).len);
    return span_cut(rest, 0, n);
}

static struct node *add(struct xml *x, enum kind kind, struct span text)
{
    x->l->steps++;
    x->in_text = false;
    if (x->count >= NODES_MAX || x->l->steps >= LIMIT_MACHO_STEPS) {
        x->bad = true;
        return NULL;
    }
    if (!arena_grow(x->l->arena, (void **)&x->nodes, &x->cap, x->count + 1, sizeof *x->nodes)) {
        x->bad = x->no_memory = true;
        return NULL;
    }
    struct node *n = &x->nodes[x->count++];
    *n = (struct node){kind, text, x->count};
    return n;
}

/* --- text --- */

/* XML 1.0, 2.2, Char. */
static bool is_all_chars(struct span s)
{
    for (size_t at = 0; at < s.len; at++) {
        uint8_t c = span_byte(s, at);
        bool is_last = c == 0xef && span_byte(s, at + 1) == 0xbf && span_byte(s, at + 2) >= 0xbe;
        if (is_last || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
            return false;
    }
    return true;
}

static uint32_t named(struct span name)
{
    static const struct {
        const char *name;
        uint32_t point;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_equal(name, span_text(known[i].name)))
            return known[i].point;
    return 0;
}

/* The character of a reference, 0 for none that may stand here. */
static uint32_t referred(struct span name)
{
    uint64_t v = 0;
    if (span_byte(name, 0) != '#')
        return named(name);
    bool is_hex = span_byte(name, 1) == 'x';
    struct span digits = span_cut(name, is_hex ? 2 : 1, SIZE_MAX);
    bool ok = digits.len <= CODE_MAX && (is_hex ? text_hex_u64(digits, &v) : text_u64(digits, &v));
    bool is_char = v >= 0x20 || v == '\t' || v == '\n' || v == '\r';
    return ok && is_char && v < 0x110000 && (v < 0xd800 || v > 0xdfff) ? (uint32_t)v : 0;
}

static size_t put_point(uint8_t *out, uint32_t v)
{
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    unsigned more = v < 0x80 ? 0 : v < 0x800 ? 1 : v < 0x10000 ? 2 : 3;
    size_t len = 0;
    out[len++] = (uint8_t)(heads[more] | v >> (6 * more));
    while (more-- > 0)
        out[len++] = (uint8_t)(0x80 | (v >> (6 * more) & 0x3f));
    return len;
}

/* References are resolved, ends of lines are one byte; never longer than before. */
static struct span resolve(struct xml *x, struct span raw)
{
    uint8_t *out = arena_alloc(x->l->arena, raw.len, 1);
    size_t len = 0;
    x->bad = x->no_memory = !out;
    for (size_t i = 0; i < raw.len && !x->bad; i++) {
        uint8_t c = span_byte(raw, i);
        if (c == '&') {
            size_t end = span_find_byte(raw, ';', i);
            uint32_t v = end == SIZE_MAX ? 0 : referred(span_cut(raw, i + 1, end - i - 1));
            x->bad = v == 0;
            if (v > 0)
                len += put_point(out + len, v);
            i = end == SIZE_MAX ? i : end;
        } else if (c != '\r') {
            out[len++] = c;
        } else if (span_byte(raw, i + 1) != '\n') {
            out[len++] = '\n';
        }
    }
    return span_make(out, len);
}

/* Text up to the next markup; with what stood before it one node, where that was text, too. */
static void add_text(struct xml *x, struct span text)
{
    x->bad = x->bad || !is_all_chars(text);
    struct node *last = x->count > 0 ? &x->nodes[x->count - 1] : NULL;
    if (x->bad || text.len == 0)
        return;
    if (x->depth == 0) {
        x->bad = text_trim(text).len > 0;
    } else if (x->in_text && last) {
        uint8_t *both = arena_alloc(x->l->arena, last->text.len + text.len, 1);
        x->l->steps += last->text.len;
        x->bad = x->no_memory = !both;
        for (size_t i = 0; both && i < last->text.len + text.len; i++)
            both[i] =
                i < last->text.len ? span_byte(last->text, i) : span_byte(text, i - last->text.len);
        if (both)
            last->text = span_make(both, last->text.len + text.len);
    } else {
        x->in_text = add(x, TEXT, text) != NULL;
    }
}

static void read_text(struct xml *x)
{
    struct span rest = reader_rest(&x->r);
    struct span raw = span_cut(rest, 0, span_find_byte(rest, '<', 0));
    reader_skip(&x->r, raw.len);
    add_text(x, resolve(x, raw));
}

/* --- markup --- */

static bool is_name(uint8_t c)
{
    return text_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80;
}

static struct span read_name(struct xml *x)
{
    struct span rest = reader_rest(&x->r);
    size_t n = 0;
    while (is_name(span_byte(rest, n)))
        n++;
    uint8_t first = span_byte(rest, 0);
    x->bad = x->bad || n == 0 || text_is_digit(first) || first == '-' || first == '.';
    return reader_take(&x->r, n);
}

static bool skip_space(struct xml *x)
{
    size_t before = x->r.at;
    while (reader_left(&x->r) > 0 && text_is_space(span_byte(reader_rest(&x->r), 0)))
        reader_skip(&x->r, 1);
    return x->r.at > before;
}

static struct span read_quoted(struct xml *x)
{
    uint8_t quote = reader_u8(&x->r);
    x->bad = x->bad || (quote != '"' && quote != '\'');
    return x->bad ? (struct span){NULL, 0} : until(x, quote == '"' ? "\"" : "'");
}

/* Returns its name. */
static struct span read_attribute(struct xml *x)
{
    struct span name = read_name(x);
    (void)skip_space(x);
    x->bad = x->bad || reader_u8(&x->r) != '=';
    (void)skip_space(x);
    struct span value = read_quoted(x);
    x->bad = x->bad || span_find_byte(value, '<', 0) != SIZE_MAX || !is_all_chars(value);
    return name;
}

/* The XML declaration, 2.8. */
static void read_declaration(struct xml *x)
{
    static const char *const names[] = {"version", "encoding", "standalone"};
    reader_skip(&x->r, 5);
    size_t next = 0;
    while (!x->bad && skip_space(x) && !at_text(x, "?>")) {
        struct span name = read_attribute(x);
        while (next < 3 && !span_equal(name, span_text(names[next])))
            next++;
        x->bad = x->bad || next == 3;
        next++;
    }
    x->bad = x->bad || next == 0 || !at_text(x, "?>");
    reader_skip(&x->r, 2);
}

static void read_open(struct xml *x)
{
    bool space = true;
    reader_skip(&x->r, 1);
    struct span name = read_name(x);
    x->bad = x->bad || (x->depth == 0 && x->has_root) || x->depth == DEPTH_MAX;
    if (x->bad || !add(x, ELEMENT, name))
        return;
    uint32_t index = x->count - 1;
    x->has_root = true;
    while (!x->bad) {
        space = skip_space(x);
        if (at_text(x, "/>")) {
            reader_skip(&x->r, 2);
            return;
        }
        if (at_text(x, ">")) {
            reader_skip(&x->r, 1);
            x->open[x->depth++] = index;
            return;
        }
        x->bad = !space;
        if (!x->bad)
            (void)read_attribute(x);
    }
}

static void read_close(struct xml *x)
{
    reader_skip(&x->r, 2);
    struct span name = read_name(x);
    (void)skip_space(x);
    x->bad = x->bad || reader_u8(&x->r) != '>' || x->depth == 0;
    if (x->bad)
        return;
    struct node *n = &x->nodes[x->open[--x->depth]];
    n->end = x->count;
    x->in_text = false;
    x->bad = !span_equal(n->text, name);
}

/* A name, identifiers in quotes, perhaps an internal subset, which is passed. */
static void read_doctype(struct xml *x)
{
    x->bad = x->has_root;
    reader_skip(&x->r, 9);
    (void)skip_space(x);
    (void)read_name(x);
    (void)skip_space(x);
    unsigned quoted = at_text(x, "PUBLIC") ? 2 : at_text(x, "SYSTEM") ? 1 : 0;
    reader_skip(&x->r, quoted ? 6 : 0);
    for (unsigned i = 0; i < quoted && !x->bad; i++) {
        (void)skip_space(x);
        (void)read_quoted(x);
    }
    (void)skip_space(x);
    if (at_text(x, "["))
        (void)until(x, "]");
    (void)skip_space(x);
    x->bad = x->bad || reader_u8(&x->r) != '>';
}

static void read_markup(struct xml *x)
{
    if (at_text(x, "<!--")) {
        reader_skip(&x->r, 4);
        struct span text = until(x, "-->");
        x->bad = x->bad || !is_all_chars(text);
        (void)add(x, COMMENT, text);
    } else if (at_text(x, "<![CDATA[")) {
        reader_skip(&x->r, 9);
        add_text(x, until(x, "]]>"));
    } else if (at_text(x, "<!DOCTYPE")) {
        read_doctype(x);
    } else if (at_text(x, "<?")) {
        (void)until(x, "?>");
        (void)add(x, OTHER, (struct span){NULL, 0});
    } else if (at_text(x, "</")) {
        read_close(x);
    } else {
        read_open(x);
    }
}

static bool read_all(struct xml *x)
{
    while (reader_left(&x->r) > 0 && !x->bad && !x->r.bad) {
        if (at_text(x, "<"))
            read_markup(x);
        else
            read_text(x);
    }
    return !x->bad && !x->r.bad && x->has_root && x->depth == 0;
}

/* --- what of it counts --- */

static bool has(const struct xml *x, const struct fact_list *out, uint32_t from, struct span text)
{
    for (uint32_t i = from; i < out->count; i++) {
        x->l->steps++;
        if (span_equal(out->items[i].s, text))
            return true;
    }
    return false;
}

/* Every text in the array once. */
static bool give_array(const struct xml *x, uint32_t index, struct fact_list *out)
{
    uint32_t from = out->count;
    for (uint32_t i = index + 1; i < x->nodes[index].end; i++) {
        const struct node *n = &x->nodes[i];
        x->l->steps++;
        if (x->l->steps >= LIMIT_MACHO_STEPS)
            break;
        if ((n->kind == TEXT || n->kind == COMMENT) && text_trim(n->text).len > 0 &&
            !has(x, out, from, n->text) && !macho_add_text(x->l, out, n->text))
            return false;
    }
    return true;
}

static bool give(const struct xml *x, struct fact_list *out)
{
    for (uint32_t i = 0; i + 1 < x->count; i++) {
        const struct node *n = &x->nodes[i], *first = n + 1;
        if (n->kind != ELEMENT || n->end == i + 1 || first->kind != TEXT)
            continue;
        if (span_equal(n->text, SPAN_OF("key")) && !macho_add_text(x->l, out, first->text))
            return false;
        if (span_equal(n->text, SPAN_OF("array")) && !give_array(x, i, out))
            return false;
    }
    return true;
}

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

static bool read_list(struct macho_load *l, struct span text, struct fact_list *out)
{
    struct xml x = {.l = l, .r = reader_of(text)};
    if (at_text(&x, "<?xml "))
        read_declaration(&x);
    l->steps += text.len / 16;
    if (!is_utf8(text) || !read_all(&x))
        return !x.no_memory;
    return give(&x, out);
}

bool macho_signed(struct macho_load *l, struct span signature, struct fact_list *out)
{
    struct reader r = reader_from(signature, 8); /* magic, length */
    uint32_t count = reader_u32be(&r);
    if (reader_left(&r) / 8 < count) /* one index that is cut, and YARA-X looks at none */
        return true;
    for (uint32_t i = 0; i < count && !r.bad && l->steps < LIMIT_MACHO_STEPS; i++) {
        reader_skip(&r, 4);
        uint32_t at = reader_u32be(&r);
        struct reader blob = reader_from(signature, at);
        uint32_t magic = reader_u32be(&blob), len = reader_u32be(&blob);
        l->steps++;
        bool fits = !blob.bad && len >= BLOB_HEAD && len <= signature.len - at;
        if (fits && magic == (0xfade0000u | MAGIC_ENTITLEMENTS) &&
            !read_list(l, reader_take(&blob, len - BLOB_HEAD), out))
            return false;
    }
    return true;
}
