/* Load commands as YARA-X reads them. An attacker typed every byte.
 * Format: Apple's loader.h. What damaged commands do: observed of YARA-X 1.20. */
#include "jail/facts/macho_more.h"

#include "jail/facts/fact_text.h"

#include <stdarg.h>
#include <stdio.h>

enum command {
    LC_SYMTAB = 2,
    LC_DYSYMTAB = 0xb,
    LC_LOAD_DYLIB = 0xc,
    LC_ID_DYLIB = 0xd,
    LC_LOAD_DYLINKER = 0xe,
    LC_ID_DYLINKER = 0xf,
    LC_UUID = 0x1b,
    LC_CODE_SIGNATURE = 0x1d,
    LC_DYLD_INFO = 0x22,
    LC_MIN_MACOSX = 0x24,
    LC_MIN_IPHONEOS = 0x25,
    LC_DYLD_ENVIRONMENT = 0x27,
    LC_SOURCE_VERSION = 0x2a,
    LC_LINKER_OPTION = 0x2d,
    LC_MIN_TVOS = 0x2f,
    LC_MIN_WATCHOS = 0x30,
    LC_BUILD_VERSION = 0x32,
    /* without LC_REQ_DYLD, which these must have */
    LC_WEAK_DYLIB = 0x18,
    LC_RPATH = 0x1c,
    LC_REEXPORT_DYLIB = 0x1f,
    LC_EXPORTS_TRIE = 0x33,
};
enum { HEAD_BYTES = 8, UUID_BYTES = 16, TEXT_MAX = 100 };
static const uint32_t req_dyld = 0x80000000;

struct more {
    struct macho_load *l;
    struct macho_file *m;
    struct reader r; /* over the command at hand, behind its head */
    struct fact_list dylibs, rpaths, options, exports, imports, entitlements;
    struct macho_symbols symbols;
    bool has_trie; /* LC_DYLD_EXPORTS_TRIE */
    uint32_t trie_at, trie_len;
    bool bad; /* out of memory */
};

static uint32_t word(struct more *x)
{
    return (uint32_t)macho_number(x->m, &x->r, 4);
}

static struct span without_zeros(struct span s)
{
    while (s.len > 0 && span_byte(s, s.len - 1) == 0)
        s.len--;
    return s;
}

/* What is printed goes into the arena. */
static void set_print(struct more *x, struct fact *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void set_print(struct more *x, struct fact *f, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct span made = arena_copy(x->l->arena, span_make(text, n > 0 ? (size_t)n : 0));
    x->bad = x->bad || !made.at;
    if (made.at)
        fact_set_span(f, made);
}

static void set_version(struct more *x, struct fact *f, uint32_t v)
{
    set_print(x, f, "%u.%u.%u", v >> 16, v >> 8 & 0xff, v & 0xff);
}

static struct fact *part(const struct more *x, uint32_t field)
{
    return x->m->items[field].list.items;
}

/* The next `count` words into the first fields of a struct: all of them or none. */
static bool set_words(struct more *x, uint32_t field, uint32_t count)
{
    struct fact *items = part(x, field);
    if (reader_left(&x->r) < 4 * (size_t)count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        fact_set_int(&items[i], word(x));
    return true;
}

/* YARA-X takes what loader.h calls iundefsym and nundefsym for the next two fields, and so on: what
 * it says is what rules were tried with. */
static bool on_dysymtab(struct more *x)
{
    struct fact *items = part(x, MACHO_FILE_DYSYMTAB);
    if (reader_left(&x->r) < 4 * (DYSYMTAB_FIELDS - 2))
        return false;
    for (uint32_t i = 0; i < DYSYMTAB_FIELDS; i++)
        if (i < DYSYMTAB_UNDEFINED || i >= DYSYMTAB_UNDEFINED + 2)
            fact_set_int(&items[i], word(x));
    return true;
}

/* --- commands; each false when it is cut short --- */

static bool on_dylib(struct more *x)
{
    (void)word(x); /* where its name begins: YARA-X takes what follows */
    uint32_t timestamp = word(x), current = word(x), compatible = word(x);
    if (x->r.bad)
        return false;
    if (x->l->rows >= LIMIT_MACHO_ROWS)
        return true;
    x->l->rows++;
    struct fact *f = fact_list_add(&x->dylibs);
    if (!f)
        return true;
    fact_set_span(&f->list.items[DYLIB_NAME], fact_c_text(reader_rest(&x->r)));
    fact_set_int(&f->list.items[DYLIB_TIMESTAMP], timestamp);
    set_version(x, &f->list.items[DYLIB_COMPATIBILITY], compatible);
    set_version(x, &f->list.items[DYLIB_CURRENT], current);
    return true;
}

/* A text behind one word, the place where it begins. */
static bool read_text(struct more *x, struct span *out)
{
    (void)word(x);
    *out = fact_c_text(reader_rest(&x->r));
    return !x->r.bad;
}

static bool on_rpath(struct more *x)
{
    struct span text;
    bool ok = read_text(x, &text);
    x->bad = x->bad || (ok && !macho_add_text(x->l, &x->rpaths, text));
    return ok;
}

static bool on_linker(struct more *x)
{
    struct span text;
    bool ok = read_text(x, &text);
    if (ok)
        fact_set_span(&x->m->items[MACHO_FILE_DYNAMIC_LINKER], text);
    return ok;
}

static bool on_source_version(struct more *x)
{
    uint64_t v = macho_number(x->m, &x->r, 8);
    if (x->r.bad)
        return false;
    /* loader.h has ten bits for the last four; YARA-X shows six */
    set_print(x, &x->m->items[MACHO_FILE_SOURCE_VERSION], "%u.%u.%u.%u.%u", (unsigned)(v >> 40),
              (unsigned)(v >> 30 & 0x3f), (unsigned)(v >> 20 & 0x3f), (unsigned)(v >> 10 & 0x3f),
              (unsigned)(v & 0x3f));
    return true;
}

/* Zeros at its end are left out, as YARA-X does. */
static bool on_uuid(struct more *x)
{
    struct span id = reader_take(&x->r, UUID_BYTES);
    if (x->r.bad)
        return false;
    char text[2 * UUID_BYTES + 5] = "";
    int n = 0;
    id = without_zeros(id);
    for (size_t i = 0; i < id.len; i++) {
        bool is_last = i == 3 || i == 5 || i == 7 || i == 9;
        n += snprintf(text + n, sizeof text - (size_t)n, is_last ? "%02X-" : "%02X",
                      span_byte(id, i));
    }
    set_print(x, &x->m->items[MACHO_FILE_UUID], "%s", text);
    return true;
}

static bool on_min_version(struct more *x, uint32_t kind)
{
    uint32_t version = word(x), sdk = word(x);
    struct fact *items = part(x, MACHO_FILE_MIN_VERSION);
    if (x->r.bad)
        return false;
    fact_set_int(&items[MIN_DEVICE], kind);
    set_version(x, &items[MIN_VERSION], version);
    set_version(x, &items[MIN_SDK], sdk);
    return true;
}

static bool on_build_version(struct more *x)
{
    uint32_t platform = word(x), minos = word(x), sdk = word(x), count = word(x);
    struct fact *items = part(x, MACHO_FILE_BUILD_VERSION);
    if (x->r.bad || reader_left(&x->r) / 8 < count)
        return false;
    fact_set_int(&items[BUILD_PLATFORM], platform);
    set_version(x, &items[BUILD_MINOS], minos);
    set_version(x, &items[BUILD_SDK], sdk);
    fact_set_int(&items[BUILD_NTOOLS], count);
    struct fact_list list = fact_list_new(x->l->arena, macho_build_fields[BUILD_TOOLS].kids->kids);
    for (uint32_t i = 0; i < count && x->l->rows < LIMIT_MACHO_ROWS; i++) {
        struct fact *f = fact_list_add(&list);
        uint32_t tool = word(x), version = word(x);
        x->l->rows++;
        if (!f)
            break;
        fact_set_int(&f->list.items[TOOL_TOOL], tool);
        set_print(x, &f->list.items[TOOL_VERSION], "%u.%u", version >> 16, version >> 8 & 0xff);
    }
    fact_list_end(&list, &items[BUILD_TOOLS]);
    x->bad = x->bad || list.bad;
    return true;
}

/* Texts one after the other, each with its zero: all that are announced, or none. */
static bool on_linker_option(struct more *x)
{
    uint32_t count = word(x), found = 0;
    struct span all = reader_rest(&x->r), rest = all;
    size_t end;
    while (found < count && (end = span_find_byte(rest, 0, 0)) != SIZE_MAX) {
        rest = span_cut(rest, end + 1, SIZE_MAX);
        found++;
    }
    if (x->r.bad || found < count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        end = span_find_byte(all, 0, 0);
        x->bad = x->bad || !macho_add_text(x->l, &x->options, span_cut(all, 0, end));
        all = span_cut(all, end + 1, SIZE_MAX);
    }
    return true;
}

static bool on_required(struct more *x, uint32_t kind)
{
    switch (kind) {
    case LC_WEAK_DYLIB:
    case LC_REEXPORT_DYLIB:
        return on_dylib(x);
    case LC_RPATH:
        return on_rpath(x);
    case LC_EXPORTS_TRIE:
        x->trie_at = word(x);
        x->trie_len = word(x);
        x->has_trie = x->has_trie || !x->r.bad;
        return !x->r.bad;
    case LC_DYLD_INFO:
        return set_words(x, MACHO_FILE_DYLD_INFO, DYLD_INFO_FIELDS);
    default:
        return true;
    }
}

static bool on_versions(struct more *x, uint32_t kind)
{
    switch (kind) {
    case LC_MIN_MACOSX:
    case LC_MIN_IPHONEOS:
    case LC_MIN_TVOS:
    case LC_MIN_WATCHOS:
        return on_min_version(x, kind);
    case LC_BUILD_VERSION:
        return on_build_version(x);
    case LC_SOURCE_VERSION:
        return on_source_version(x);
    case LC_UUID:
        return on_uuid(x);
    case LC_LINKER_OPTION:
        return on_linker_option(x);
    default:
        return true;
    }
}

static bool on_command(struct more *x, uint32_t kind)
{
    if (kind & req_dyld)
        return on_required(x, kind & ~req_dyld);
    switch (kind) {
    case LC_SYMTAB:
        return set_words(x, MACHO_FILE_SYMTAB, SYMTAB_ENTRIES);
    case LC_DYSYMTAB:
        return on_dysymtab(x);
    case LC_DYLD_INFO:
        return set_words(x, MACHO_FILE_DYLD_INFO, DYLD_INFO_FIELDS);
    case LC_CODE_SIGNATURE:
        return set_words(x, MACHO_FILE_CODE_SIGNATURE, SIGNATURE_FIELDS);
    case LC_LOAD_DYLIB:
    case LC_ID_DYLIB:
        return on_dylib(x);
    case LC_LOAD_DYLINKER:
    case LC_ID_DYLINKER:
    case LC_DYLD_ENVIRONMENT:
        return on_linker(x);
    default:
        return on_versions(x, kind);
    }
}

static void walk(struct more *x)
{
    struct reader r = reader_from(x->m->bytes, x->m->commands_at);
    for (uint32_t i = 0; i < x->m->command_count && x->l->steps < LIMIT_MACHO_STEPS; i++) {
        uint32_t kind = (uint32_t)macho_number(x->m, &r, 4);
        uint32_t size = (uint32_t)macho_number(x->m, &r, 4);
        x->r = reader_of(reader_take(&r, size > HEAD_BYTES ? size - HEAD_BYTES : 0));
        x->l->steps++;
        if (r.bad)
            return;
        (void)on_command(x, kind); /* one that is cut short says nothing */
        if (x->bad)
            return;
    }
}

/* --- what the commands point to --- */

/* A stretch by two fields; empty where it leaves the file, or was not said. */
static struct span stretch(const struct more *x, uint32_t field, uint32_t at)
{
    const struct fact *items = part(x, field);
    uint64_t from = (uint64_t)fact_int(&items[at], 0), len = (uint64_t)fact_int(&items[at + 1], 0);
    if (from > x->m->bytes.len || len > x->m->bytes.len - from)
        return (struct span){NULL, 0};
    return span_cut(x->m->bytes, (size_t)from, (size_t)len);
}

static bool follow_bindings(struct more *x)
{
    enum { BIND = 2, WEAK = 4, LAZY = 6 }; /* in dyld_info */
    static const uint32_t bindings[] = {BIND, LAZY, WEAK};
    struct map *seen = map_new(x->l->arena);
    bool ok = seen != NULL;
    for (size_t i = 0; ok && i < sizeof bindings / sizeof bindings[0]; i++)
        ok = macho_names_bound(x->l, seen, stretch(x, MACHO_FILE_DYLD_INFO, bindings[i]),
                               &x->imports);
    return ok;
}

static bool follow_trie(struct more *x)
{
    struct span file = x->m->bytes;
    if (x->trie_at > file.len || x->trie_len > file.len - x->trie_at)
        return true;
    return macho_names_exported(x->l, span_cut(file, x->trie_at, x->trie_len), &x->exports);
}

/* Where no command has bindings or a trie, the symbol table says what is imported and exported. */
static bool follow(struct more *x)
{
    enum { EXPORT = 8 };
    bool has_info = part(x, MACHO_FILE_DYLD_INFO)[0].kind == FACT_INT;
    struct span strings = stretch(x, MACHO_FILE_SYMTAB, SYMTAB_STROFF);
    if (!macho_names_table(x->l, x->m, strings, &x->symbols) ||
        !macho_signed(x->l, stretch(x, MACHO_FILE_CODE_SIGNATURE, 0), &x->entitlements))
        return false;
    if (!has_info)
        x->imports = x->symbols.imports;
    if (!has_info && !x->has_trie)
        x->exports = x->symbols.exports;
    struct span trie = stretch(x, MACHO_FILE_DYLD_INFO, EXPORT);
    if (has_info && (!follow_bindings(x) || !macho_names_exported(x->l, trie, &x->exports)))
        return false;
    return !x->has_trie || follow_trie(x);
}

bool macho_add_text(struct macho_load *l, struct fact_list *list, struct span text)
{
    if (l->rows >= LIMIT_MACHO_ROWS)
        return true;
    l->rows++;
    struct fact *f = fact_list_add(list);
    if (f)
        fact_set_span(f, text);
    return f != NULL;
}

/* Behind the last entry, where no rule can name it, lie the undefined ones, for symhash. */
static bool end_entries(struct more *x)
{
    struct fact *out = &part(x, MACHO_FILE_SYMTAB)[SYMTAB_ENTRIES];
    uint32_t count = x->symbols.entries.count;
    struct fact *hidden = fact_list_add(&x->symbols.entries);
    if (!hidden)
        return false;
    fact_list_end(&x->symbols.undefined, hidden);
    fact_list_end(&x->symbols.entries, out);
    out->list.count = count;
    return true;
}

bool macho_more(struct macho_load *l, struct macho_file *m)
{
    struct fact_list texts = fact_list_new(l->arena, NULL);
    struct more x = {.l = l, .m = m, .rpaths = texts, .options = texts};
    x.exports = x.imports = x.entitlements = texts;
    x.symbols = (struct macho_symbols){texts, texts, texts, texts};
    x.dylibs = fact_list_new(l->arena, macho_dylib_fields);
    walk(&x);
    bool ok = !x.bad && !x.dylibs.bad && follow(&x);
    fact_list_end(&x.dylibs, &m->items[MACHO_FILE_DYLIBS]);
    fact_list_end(&x.rpaths, &m->items[MACHO_FILE_RPATHS]);
    fact_list_end(&x.options, &m->items[MACHO_FILE_LINKER_OPTIONS]);
    fact_list_end(&x.exports, &m->items[MACHO_FILE_EXPORTS]);
    fact_list_end(&x.imports, &m->items[MACHO_FILE_IMPORTS]);
    fact_list_end(&x.entitlements, &m->items[MACHO_FILE_ENTITLEMENTS]);
    return end_entries(&x) && ok;
}
