/* OpenIOC documents (.ioc): the hashes of files in them. Hostile bytes: somebody's XML. Facts: the
 * OpenIOC 1.0 schema; XML 1.0, productions 1, 10, 14 to 20 and 39 to 44 (no entity is expanded, no
 * declaration is read). *Observed* of clamscan 1.4.6: what counts are Indicator, IndicatorItem,
 * Context and Content in one another, whatever the item's condition and operator say; a Content is
 * a hash when its Context searches for one or its type is one; its name is the document's and the
 * hash; a document that is not well-formed gives nothing. */
#include "jail/compile/clam.h"

#include "common/text.h"

enum { DEPTH_MOST = 64 };

/* One tag. */
struct tag {
    struct span name; /* without its prefix */
    struct span attributes;
    bool is_end, is_empty;
};

struct ioc {
    struct clam *c;
    struct reader r;
    size_t counted; /* place up to which lines were counted */
    uint32_t lines;
    struct span open[DEPTH_MOST]; /* names of the open elements */
    uint32_t depth;
    uint32_t indicators; /* open ones */
    bool in_item, is_hash_context;
    bool adds; /* the second pass: the first one only looks whether all is well-formed */
};

/* The line at hand, counted on from where that was last asked. */
static uint32_t line_of(struct ioc *x)
{
    size_t at = x->counted;
    while ((at = span_find_byte(x->r.bytes, '\n', at)) < x->r.at) {
        x->lines++;
        x->counted = ++at;
    }
    return x->lines + 1;
}

static bool refuse(struct ioc *x, const char *text)
{
    x->c->line = line_of(x);
    return clam_refuse(x->c, (struct span){NULL, 0}, text);
}

/* Moves behind `mark`; false when it does not come. */
static bool skip_to(struct ioc *x, const char *mark)
{
    size_t at = span_find(x->r.bytes, span_text(mark), x->r.at);
    if (at == SIZE_MAX)
        return refuse(x, "the document ends too early");
    x->r.at = at + span_text(mark).len;
    return true;
}

/* Comments, instructions, the document's type, sections of plain text; at "<!" or "<?". */
static bool skip_other(struct ioc *x)
{
    struct span rest = reader_rest(&x->r);
    if (span_starts(rest, SPAN_OF("<!--")))
        return skip_to(x, "-->");
    if (span_starts(rest, SPAN_OF("<![CDATA[")))
        return skip_to(x, "]]>");
    if (span_starts(rest, SPAN_OF("<?")))
        return skip_to(x, "?>");
    if (span_find_byte(span_cut(rest, 0, span_find_byte(rest, '>', 0)), '[', 0) != SIZE_MAX)
        return refuse(x, "a document with declarations of its own is not read");
    return skip_to(x, ">");
}

static struct span local_name(struct span name)
{
    size_t colon = span_find_byte(name, ':', 0);
    return colon == SIZE_MAX ? name : span_cut(name, colon + 1, SIZE_MAX);
}

static size_t name_end(struct span s)
{
    size_t n = 0;
    while (n < s.len && !text_is_space(span_byte(s, n)) && span_byte(s, n) != '=' &&
           span_byte(s, n) != '/')
        n++;
    return n;
}

/* The end of a tag: '>' outside of quotes. */
static size_t tag_end(struct span s)
{
    uint8_t quote = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t b = span_byte(s, i);
        if (quote ? b == quote : b == '"' || b == '\'')
            quote = quote ? 0 : b;
        else if (!quote && b == '>')
            return i;
    }
    return SIZE_MAX;
}

/* At '<'. */
static bool read_tag(struct ioc *x, struct tag *out)
{
    struct span rest = reader_rest(&x->r);
    size_t end = tag_end(rest);
    if (end == SIZE_MAX)
        return refuse(x, "a tag does not end");
    struct span inside = span_cut(rest, 1, end - 1);
    *out = (struct tag){.is_end = span_byte(inside, 0) == '/'};
    if (out->is_end)
        inside = span_cut(inside, 1, SIZE_MAX);
    out->is_empty = inside.len && span_byte(inside, inside.len - 1) == '/';
    size_t len = name_end(inside);
    if (len == 0 || span_find_byte(inside, '<', 0) != SIZE_MAX)
        return refuse(x, "a tag without a name");
    out->name = local_name(span_cut(inside, 0, len));
    out->attributes = span_cut(inside, len, SIZE_MAX);
    x->r.at += end + 1;
    return true;
}

/* The first attribute of *rest, which is cut behind it: name = 'value' or "value". */
static bool next_attribute(struct span *rest, struct span *name, struct span *value)
{
    struct span s = text_trim(*rest);
    size_t len = name_end(s);
    *name = span_cut(s, 0, len);
    s = text_trim(span_cut(s, len, SIZE_MAX));
    if (len == 0 || span_byte(s, 0) != '=')
        return false;
    s = text_trim(span_cut(s, 1, SIZE_MAX));
    uint8_t quote = span_byte(s, 0);
    size_t end = quote == '"' || quote == '\'' ? span_find_byte(s, quote, 1) : SIZE_MAX;
    if (end == SIZE_MAX)
        return false;
    *value = span_cut(s, 1, end - 1);
    *rest = span_cut(s, end + 1, SIZE_MAX);
    return true;
}

/* Its value; .at is NULL when there is none. */
static struct span attribute(const struct tag *t, const char *wanted)
{
    struct span rest = t->attributes, name, value;
    while (next_attribute(&rest, &name, &value))
        if (span_equal(name, span_text(wanted)))
            return value;
    return (struct span){NULL, 0};
}

static bool is_one_of(struct span s, const char *const *names, size_t count, bool nocase)
{
    for (size_t i = 0; i < count; i++)
        if (nocase ? span_equal_nocase(s, span_text(names[i])) : span_equal(s, span_text(names[i])))
            return true;
    return false;
}

static bool is_hash_context(const struct tag *t)
{
    static const char *const searches[] = {"FileItem/Md5sum", "FileItem/Sha1sum",
                                           "FileItem/Sha256sum"};
    return span_equal(attribute(t, "document"), SPAN_OF("FileItem")) &&
           is_one_of(attribute(t, "search"), searches, 3, false);
}

/* "document.ioc.hash", as ClamAV calls it. */
static struct span hash_name(struct clam *c, struct span hash)
{
    static const char odd[] = "\\?%*|\"<>";
    struct span file = c->file->name;
    size_t from = file.len;
    while (from > 0 && span_byte(file, from - 1) != '/' && span_byte(file, from - 1) != ':')
        from--;
    file = span_cut(file, from, SIZE_MAX);
    uint8_t *name = arena_array(c->arena, uint8_t, file.len + 1 + hash.len);
    if (!name) {
        c->bad = true;
        return (struct span){NULL, 0};
    }
    for (size_t i = 0; i < file.len; i++) {
        uint8_t b = span_byte(file, i);
        bool is_odd = text_is_space(b) || span_find_byte(SPAN_OF(odd), b, 0) != SIZE_MAX;
        name[i] = is_odd ? '_' : b;
    }
    name[file.len] = '.';
    for (size_t i = 0; i < hash.len; i++)
        name[file.len + 1 + i] = span_byte(hash, i);
    return span_make(name, file.len + 1 + hash.len);
}

/* The text behind a Content's tag, when it is a hash. */
static bool content(struct ioc *x, const struct tag *t)
{
    static const char *const types[] = {"md5", "sha1", "sha256"};
    if (!x->is_hash_context && !is_one_of(attribute(t, "type"), types, 3, true))
        return true;
    struct span rest = reader_rest(&x->r);
    struct span text = text_trim(span_cut(rest, 0, span_find_byte(rest, '<', 0)));
    if (text.len == 0 || !x->adds)
        return true;
    struct ir_hash h = {.size = UINT64_MAX, .file = x->c->index};
    x->c->refused = false;
    if (!clam_digest(text, &h)) {
        (void)refuse(x, "expected a hash of 32, 40 or 64 hexadecimal digits"); /* on we go */
        return true;
    }
    h.line = line_of(x);
    h.name = hash_name(x->c, text);
    struct ir_hash *made = h.name.at ? ir_add_hash(x->c->ir) : NULL;
    if (!made) {
        x->c->bad = true;
        return false;
    }
    *made = h;
    x->c->any_size++;
    return true;
}

static bool begin(struct ioc *x, const struct tag *t)
{
    if (span_equal(t->name, SPAN_OF("Indicator"))) {
        x->indicators += !t->is_empty;
    } else if (span_equal(t->name, SPAN_OF("IndicatorItem"))) {
        x->in_item = x->indicators && !t->is_empty;
        x->is_hash_context = false;
    } else if (x->in_item && span_equal(t->name, SPAN_OF("Context"))) {
        x->is_hash_context = is_hash_context(t);
    } else if (x->in_item && !t->is_empty && span_equal(t->name, SPAN_OF("Content")) &&
               !content(x, t)) {
        return false;
    }
    if (t->is_empty)
        return true;
    if (x->depth == DEPTH_MOST)
        return refuse(x, "elements are nested too deep");
    x->open[x->depth++] = t->name;
    return true;
}

static bool end(struct ioc *x, const struct tag *t)
{
    if (x->depth == 0 || !span_equal(x->open[x->depth - 1], t->name))
        return refuse(x, "a tag that ends nothing");
    x->depth--;
    if (span_equal(t->name, SPAN_OF("Indicator")))
        x->indicators--;
    else if (span_equal(t->name, SPAN_OF("IndicatorItem")))
        x->in_item = false;
    return true;
}

static bool walk(struct ioc *x)
{
    for (;;) {
        size_t at = span_find_byte(x->r.bytes, '<', x->r.at);
        struct tag t = {.is_end = false};
        if (at == SIZE_MAX)
            return x->depth == 0 || refuse(x, "the document ends too early");
        x->r.at = at;
        uint8_t next = span_byte(x->r.bytes, at + 1);
        if (next == '!' || next == '?') {
            if (!skip_other(x))
                return false;
        } else if (!read_tag(x, &t) || !(t.is_end ? end(x, &t) : begin(x, &t))) {
            return false;
        }
    }
}

bool clam_ioc_file(struct clam *c)
{
    for (int pass = 0; pass < 2; pass++) {
        struct ioc x = {.c = c, .r = reader_of(c->whole), .adds = pass == 1};
        if (!walk(&x))
            return !c->bad; /* said */
    }
    return true;
}
