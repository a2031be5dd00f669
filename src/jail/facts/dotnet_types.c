/* Names of types, as C# would write them, from metadata and signatures. An attacker typed every
 * byte: signatures nest and type specifications point at each other, so the walk keeps its own
 * stack and counts its steps. Format: ECMA-335, II.23.2 (signatures), II.22.37 and II.22.32 (types
 * and what they lie in). */
#include "jail/facts/dotnet_tables.h"

#include <string.h>

enum {
    DEPTH_MOST = 16,  /* as YARA's MAX_TYPE_DEPTH */
    SPACES_MOST = 10, /* as YARA's MAX_NAMESPACE_DEPTH */
    RANK_MOST = 50,
    GENERICS_MOST = 1000,
    PARAMS_MOST = 2000,
    NAME_MOST = 65536 /* of one type */
};

enum {
    EL_PTR = 0x0f,
    EL_BYREF = 0x10,
    EL_VALUETYPE = 0x11,
    EL_CLASS = 0x12,
    EL_VAR = 0x13,
    EL_ARRAY = 0x14,
    EL_GENERICINST = 0x15,
    EL_FNPTR = 0x1b,
    EL_SZARRAY = 0x1d,
    EL_MVAR = 0x1e,
    EL_CMOD_REQD = 0x1f,
    EL_CMOD_OPT = 0x20
};

static const char *const simple[0x21] = {
    [0x01] = "void",    [0x02] = "bool",   [0x03] = "char",           [0x04] = "sbyte",
    [0x05] = "byte",    [0x06] = "short",  [0x07] = "ushort",         [0x08] = "int",
    [0x09] = "uint",    [0x0a] = "long",   [0x0b] = "ulong",          [0x0c] = "float",
    [0x0d] = "double",  [0x0e] = "string", [0x16] = "TypedReference", [0x18] = "IntPtr",
    [0x19] = "UIntPtr", [0x1c] = "object",
};

static const struct span none = {NULL, 0};

/* Up to four pieces in one text of the arena; `none` when it would be too long, or the work is
 * spent. */
static struct span join(struct dotnet *d, const struct span *parts, uint32_t count)
{
    size_t len = 0, n = 0;
    for (uint32_t i = 0; i < count; i++)
        len += parts[i].len;
    if (len > NAME_MOST || !pe_image_spend(d->img, len / 16 + 1))
        return none;
    uint8_t *out = arena_alloc(d->arena, len + 1, 1);
    for (uint32_t i = 0; out && i < count; i++) {
        if (parts[i].len)
            memcpy(out + n, parts[i].at, parts[i].len);
        n += parts[i].len;
    }
    return span_make(out, out ? n : 0);
}

#define JOIN(d, ...)                                                                               \
    join((d), (struct span[]){__VA_ARGS__},                                                        \
         sizeof((struct span[]){__VA_ARGS__}) / sizeof(struct span))

struct span dotnet_full_name(struct dotnet *d, struct span name, struct span space)
{
    if (name.len == 0)
        return space;
    struct span full = space.len ? JOIN(d, space, SPAN_OF("."), name) : name;
    size_t end = span_find_byte(full, '`', 0);
    return end == SIZE_MAX ? full : span_make(full.at, end);
}

bool dotnet_is_nested(uint32_t flags)
{
    uint32_t visibility = flags & 7;
    return visibility >= 2;
}

struct span dotnet_enclosing(struct dotnet *d, uint32_t type)
{
    uint32_t chain[SPACES_MOST], count = 0;
    bool more = true;
    while (more && count < SPACES_MOST) {
        uint32_t row = dotnet_first_row(&d->nestings, type);
        uint32_t outer = row ? dotnet_cell(d, DT_NESTEDCLASS, row, 1) : 0;
        if (!row || !dotnet_has_row(d, DT_TYPEDEF, outer) ||
            span_equal(dotnet_string(d, dotnet_cell(d, DT_TYPEDEF, outer, 1)), SPAN_OF("<Module>")))
            break;
        chain[count++] = outer;
        more = dotnet_is_nested(dotnet_cell(d, DT_TYPEDEF, outer, 0)) && outer != type;
        type = outer;
    }
    struct span space = none;
    for (uint32_t i = count; i-- > 0;) {
        struct span own = dotnet_string(d, dotnet_cell(d, DT_TYPEDEF, chain[i], 2));
        struct span name = dotnet_string(d, dotnet_cell(d, DT_TYPEDEF, chain[i], 1));
        /* The outermost has its own name space; the others that of what they lie in. */
        space = dotnet_full_name(d, name, dotnet_full_name(d, own, space));
    }
    return space;
}

uint32_t dotnet_compressed(struct reader *sig)
{
    struct span rest = reader_rest(sig);
    uint8_t first = span_byte(rest, 0);
    if (rest.len >= 1 && !(first & 0x80))
        return reader_u8(sig);
    if (rest.len >= 2 && (first & 0xc0) == 0x80)
        return reader_u16be(sig) & 0x3fff;
    if (rest.len >= 4 && (first & 0xe0) == 0xc0)
        return reader_u32be(sig) & 0x1fffffff;
    return 0;
}

/* II.23.2, a number with its sign in the lowest bit; two-byte ones stay positive: observed. */
static int32_t compressed_signed(struct reader *sig)
{
    struct span rest = reader_rest(sig);
    uint8_t first = span_byte(rest, 0);
    if (rest.len >= 1 && !(first & 0x80)) {
        uint8_t v = reader_u8(sig);
        return (int8_t)(v >> 1 | (v & 1 ? 0xc0 : 0));
    }
    if (rest.len >= 2 && (first & 0xc0) == 0x80) {
        uint32_t v = reader_u16be(sig);
        return (int32_t)((v >> 1 & 0x3fff) | (v & 1 ? 0xc000 : 0));
    }
    if (rest.len >= 4 && (first & 0xe0) == 0xc0) {
        uint32_t v = reader_u32be(sig);
        return (int32_t)((v >> 1 & 0x1fffffff) | (v & 1 ? 0xe0000000u : 0));
    }
    return 0;
}

static struct span decimal(struct dotnet *d, int32_t v)
{
    uint8_t digits[12];
    uint32_t n = sizeof digits, left = v < 0 ? 0u - (uint32_t)v : (uint32_t)v;
    do {
        digits[--n] = (uint8_t)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (v < 0)
        digits[--n] = '-';
    return arena_copy(d->arena, span_make(digits + n, sizeof digits - n));
}

/* A type that is being read and has parts still to come. */
struct open_type {
    uint8_t element;
    uint8_t reader; /* which of the readers its bytes come from */
    bool sees_method;
    uint8_t depth; /* of its parts */
    uint32_t part, parts;
    struct span text;
};

struct walk {
    struct dotnet *d;
    const struct dotnet_names *class_names, *method_names;
    struct reader *readers[DEPTH_MOST + 2]; /* [0] the caller's */
    struct reader own[DEPTH_MOST + 2];      /* of type specifications, by depth */
    struct open_type open[DEPTH_MOST + 2];
    uint32_t count;
};

/* Where the next type is read from. */
struct wanted {
    uint8_t reader, depth;
    bool sees_method;
};

static struct span generic(const struct dotnet_names *names, uint32_t index)
{
    return names && index < names->count ? names->items[index] : none;
}

/* TypeDef or TypeRef. */
static struct span named(struct dotnet *d, uint32_t coded)
{
    enum dotnet_table t = coded & 3 ? DT_TYPEREF : DT_TYPEDEF;
    uint32_t row = coded >> 2;
    if (!dotnet_has_row(d, t, row))
        return none;
    struct span name = dotnet_string(d, dotnet_cell(d, t, row, 1));
    struct span space = dotnet_string(d, dotnet_cell(d, t, row, 2));
    if (t == DT_TYPEDEF && dotnet_is_nested(dotnet_cell(d, t, row, 0)))
        space = dotnet_full_name(d, space, dotnet_enclosing(d, row));
    return dotnet_full_name(d, name, space);
}

/* A coded index: a name at once, or (true) the signature of a specification to be read next. */
static bool follow(struct walk *w, uint32_t coded, struct wanted *next, struct span *result)
{
    struct span bytes;
    uint64_t end;
    *result = none;
    if ((coded & 3) < 2) {
        *result = named(w->d, coded);
        return false;
    }
    if ((coded & 3) != 2 || next->depth > DEPTH_MOST ||
        !dotnet_has_row(w->d, DT_TYPESPEC, coded >> 2))
        return false;
    uint64_t at = w->d->blobs.at + dotnet_cell(w->d, DT_TYPESPEC, coded >> 2, 0);
    if (!dotnet_blob(w->d, at, &bytes, &end))
        return false;
    w->own[next->depth] = reader_of(bytes);
    next->reader = (uint8_t)(next->depth + 1);
    next->sees_method = false;
    return true;
}

static void push(struct walk *w, uint8_t element, const struct wanted *from, uint32_t parts)
{
    w->open[w->count++] = (struct open_type){.element = element,
                                             .reader = from->reader,
                                             .sees_method = from->sees_method,
                                             .depth = (uint8_t)(from->depth + 1),
                                             .parts = parts};
}

static struct reader *reader_for(struct walk *w, uint8_t reader)
{
    return reader == 0 ? w->readers[0] : &w->own[reader - 1];
}

/* Begins the type at `next`. True: *result is what it is called. False: another is to be read
 * first, at *next. */
static bool begin(struct walk *w, struct wanted *next, struct span *result)
{
    struct reader *r = reader_for(w, next->reader);
    *result = none;
    if (reader_left(r) == 0 || next->depth > DEPTH_MOST || !pe_image_spend(w->d->img, 1))
        return true;
    uint8_t element = reader_u8(r);
    if (element < sizeof simple / sizeof simple[0] && simple[element]) {
        *result = span_text(simple[element]);
        return true;
    }
    switch (element) {
    case EL_VALUETYPE:
    case EL_CLASS: {
        uint32_t coded = dotnet_compressed(r);
        next->depth++;
        return !follow(w, coded, next, result);
    }
    case EL_VAR:
        *result = generic(w->class_names, dotnet_compressed(r));
        return true;
    case EL_MVAR:
        *result = generic(next->sees_method ? w->method_names : NULL, dotnet_compressed(r));
        return true;
    case EL_CMOD_REQD:
    case EL_CMOD_OPT:
        (void)dotnet_compressed(r);
        next->depth++;
        return false;
    case EL_PTR:
    case EL_BYREF:
    case EL_SZARRAY:
    case EL_ARRAY:
    case EL_GENERICINST:
        push(w, element, next, 1);
        break;
    case EL_FNPTR: {
        if (reader_left(r) == 0)
            return true;
        reader_skip(r, 1); /* flags */
        uint32_t params = dotnet_compressed(r);
        if (params > PARAMS_MOST)
            return true;
        push(w, element, next, 1 + params);
        break;
    }
    default:
        return true;
    }
    next->depth++;
    return false;
}

/* Rank, sizes, lower bounds behind the element of an array. */
static struct span array_text(struct walk *w, struct reader *r, struct span element)
{
    uint32_t sizes[RANK_MOST], rank = dotnet_compressed(r);
    int32_t bounds[RANK_MOST];
    if (rank == 0 || rank > RANK_MOST)
        return none;
    uint32_t size_count = dotnet_compressed(r);
    if (size_count > rank)
        return none;
    for (uint32_t i = 0; i < size_count; i++)
        sizes[i] = dotnet_compressed(r);
    uint32_t bound_count = dotnet_compressed(r);
    if (bound_count > rank)
        return none;
    for (uint32_t i = 0; i < bound_count; i++)
        bounds[i] = compressed_signed(r);
    struct span text = JOIN(w->d, element, SPAN_OF("["));
    for (uint32_t i = 0; i < rank; i++) {
        bool is_bound = i < bound_count && bounds[i] != 0;
        uint32_t size = i < size_count ? sizes[i] : 0;
        if (is_bound)
            text = JOIN(w->d, text, decimal(w->d, bounds[i]), SPAN_OF("..."));
        if (is_bound && i < size_count) /* the last index, not the count */
            text = JOIN(w->d, text, decimal(w->d, (int32_t)((uint32_t)bounds[i] + size - 1)));
        else if (size != 0)
            text = JOIN(w->d, text, decimal(w->d, (int32_t)size));
        if (i + 1 < rank)
            text = JOIN(w->d, text, SPAN_OF(","));
    }
    return JOIN(w->d, text, SPAN_OF("]"));
}

/* Takes one part of a type that has several. */
static void take_part(struct walk *w, struct open_type *o, struct span part)
{
    bool is_function = o->element == EL_FNPTR;
    if (o->part == 0) {
        o->text = is_function ? JOIN(w->d, SPAN_OF("FnPtr<"), part, SPAN_OF("("))
                              : JOIN(w->d, part, SPAN_OF("<"));
    } else if (part.at) {
        struct span comma = is_function ? SPAN_OF(", ") : SPAN_OF(",");
        o->text = JOIN(w->d, o->text, o->part > 1 ? comma : SPAN_OF(""), part);
    }
    o->part++;
}

/* Gives a finished part to the innermost open type. True: that is finished, too, and *result its
 * name. */
static bool finish(struct walk *w, struct span *result)
{
    struct open_type *o = &w->open[w->count - 1];
    struct reader *r = reader_for(w, o->reader);
    struct span part = *result;
    if (o->part == 0 && !part.at)
        return true;
    switch (o->element) {
    case EL_PTR:
        *result = JOIN(w->d, SPAN_OF("Ptr<"), part, SPAN_OF(">"));
        return true;
    case EL_BYREF:
        *result = JOIN(w->d, SPAN_OF("ref "), part);
        return true;
    case EL_SZARRAY:
        *result = JOIN(w->d, part, SPAN_OF("[]"));
        return true;
    case EL_ARRAY:
        *result = array_text(w, r, part);
        return true;
    default:
        break;
    }
    if (o->element == EL_GENERICINST && o->part == 0) {
        uint32_t count = dotnet_compressed(r);
        *result = none;
        if (count > GENERICS_MOST)
            return true;
        o->parts = 1 + count;
    }
    take_part(w, o, part);
    if (o->part < o->parts && o->text.at)
        return false;
    *result = o->text.at
                  ? JOIN(w->d, o->text, o->element == EL_FNPTR ? SPAN_OF(")>") : SPAN_OF(">"))
                  : none;
    return true;
}

static struct span run(struct walk *w, struct wanted next)
{
    struct span result;
    for (;;) {
        while (!begin(w, &next, &result))
            ; /* each round goes deeper: at most DEPTH_MOST */
        while (w->count > 0 && finish(w, &result))
            w->count--;
        if (w->count == 0)
            return result;
        const struct open_type *o = &w->open[w->count - 1];
        next = (struct wanted){o->reader, o->depth, o->sees_method};
    }
}

struct span dotnet_type_by_signature(struct dotnet *d, struct reader *sig,
                                     const struct dotnet_names *class_names,
                                     const struct dotnet_names *method_names)
{
    struct walk w = {.d = d, .class_names = class_names, .method_names = method_names};
    w.readers[0] = sig;
    return run(&w, (struct wanted){0, 0, true});
}

struct span dotnet_type_by_index(struct dotnet *d, uint32_t coded,
                                 const struct dotnet_names *class_names)
{
    struct walk w = {.d = d, .class_names = class_names};
    struct wanted next = {0, 0, false};
    struct span result;
    return follow(&w, coded, &next, &result) ? run(&w, next) : result;
}
