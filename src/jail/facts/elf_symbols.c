/* Digests of an ELF file's symbol names. An attacker typed every name.
 * telfhash: Trend Micro's description and program (which symbols count); import_md5: YARA 4.5. */
#include "jail/facts/elf_symbols.h"

#include "common/crypto.h"
#include "common/sort.h"
#include "common/text.h"
#include "jail/facts/elf_fields.h"
#include "jail/facts/fact_build.h"
#include "jail/facts/tlsh.h"

enum { BIND_GLOBAL = 1, TYPE_FUNCTION = 2, PIECE_BYTES = 64 };

/* Names in lower case, one after the other. */
struct sink {
    struct hasher *md5;
    struct tlsh *tlsh;
    bool bad;
};

/* What the functions need again, and what they said: many rules ask for the same. */
struct kept {
    struct elf_image *img;
    struct fact telfhash, import_md5;
    bool has_telfhash, has_import_md5;
};

/* The items of functions are otherwise unused. */
bool elf_symbols_keep(const struct fact *root, struct arena *a, struct elf_image *img)
{
    struct kept *k = arena_new_of(a, struct kept);
    if (k)
        k->img = img;
    fact_item(root, ELF_TELFHASH)->s = span_make(k, sizeof *k);
    return k != NULL;
}

static struct kept *kept_of(const struct module_call *c)
{
    return (struct kept *)(uintptr_t)fact_item(c->root, ELF_TELFHASH)->s.at;
}

static bool is_one_of(struct span name, const char *const *list)
{
    for (uint32_t i = 0; list[i]; i++)
        if (span_equal(name, span_text(list[i])))
            return true;
    return false;
}

/* Names that depend on the compiler or the machine are left out. */
static bool is_telling(struct span name)
{
    static const char *const common[] = {
        "__libc_start_main", "main", "abort", "cachectl", "cacheflush", "puts", "atol",
        "malloc_trim",       NULL};
    uint8_t first = span_byte(name, 0);
    bool is_64 = name.len >= 2 && span_equal(span_cut(name, name.len - 2, 2), SPAN_OF("64"));
    return first != '.' && first != '_' && !is_64 && !span_starts(name, SPAN_OF("str")) &&
           !span_starts(name, SPAN_OF("mem")) && !is_one_of(name, common);
}

static bool counts_for_telfhash(const struct elf_image *img, const struct elf_symbol *s,
                                struct span name)
{
    /* Of big-endian files YARA never sees the visibility (it swaps the byte away): observed. */
    bool is_default = img->is_big || (s->other & 3) == 0;
    return s->info >> 4 == BIND_GLOBAL && (s->info & 15) == TYPE_FUNCTION && is_default &&
           is_telling(name);
}

static bool counts_as_import(const struct elf_image *img, const struct elf_symbol *s,
                             struct span name)
{
    (void)img;
    return s->section == 0 && name.len > 0;
}

typedef bool choice(const struct elf_image *img, const struct elf_symbol *s, struct span name);

/* strcmp's order of the names in lower case. */
static int by_lower_name(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    for (size_t i = 0; i < x->len && i < y->len; i++) {
        int order = text_lower(span_byte(*x, i)) - text_lower(span_byte(*y, i));
        if (order != 0)
            return order;
    }
    return (x->len > y->len) - (x->len < y->len);
}

/* The chosen names, sorted. False: no table, no name, no memory. */
static bool chosen_names(struct elf_image *img, struct arena *a, choice *is_chosen,
                         struct span **out, uint32_t *count)
{
    const struct elf_table *t = img->dynsym.has ? &img->dynsym : &img->symtab;
    struct span *names = t->has ? arena_array(a, struct span, 2 * (size_t)t->count) : NULL;
    *count = 0;
    for (uint32_t i = 0; names && i < t->count && elf_image_spend(img, 1); i++) {
        struct elf_symbol s = elf_image_symbol(img, t, i);
        struct span name;
        if (elf_image_name(img, t->names, s.name, &name) && is_chosen(img, &s, name))
            names[(*count)++] = name;
    }
    if (!names || *count == 0)
        return false;
    sort_items(names, names + t->count, *count, sizeof *names, by_lower_name);
    *out = names;
    return true;
}

static void sink_put(struct sink *k, struct span s)
{
    if (k->tlsh)
        tlsh_add(k->tlsh, s);
    else if (!crypto_hasher_add(k->md5, s))
        k->bad = true;
}

static void sink_lower(struct sink *k, struct span s)
{
    uint8_t piece[PIECE_BYTES];
    for (size_t at = 0; at < s.len; at += sizeof piece) {
        struct span part = span_cut(s, at, sizeof piece);
        for (size_t i = 0; i < part.len; i++)
            piece[i] = text_lower(span_byte(part, i));
        sink_put(k, span_make(piece, part.len));
    }
}

static bool put_names(struct module_call *c, choice *is_chosen, struct sink *k)
{
    struct span *names;
    uint32_t count;
    if (!chosen_names(kept_of(c)->img, c->arena, is_chosen, &names, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            sink_put(k, SPAN_OF(","));
        sink_lower(k, names[i]);
    }
    return !k->bad;
}

static struct fact make_telfhash(struct module_call *c)
{
    struct tlsh t;
    struct sink k = {.tlsh = &t};
    struct fact out = fact_undefined();
    uint8_t text[TLSH_TEXT_BYTES];
    tlsh_init(&t);
    if (!put_names(c, counts_for_telfhash, &k))
        return out;
    /* Too short or too even for TLSH: the empty string, as YARA. */
    bool has = tlsh_end(&t, text);
    struct span s = arena_copy(c->arena, span_make(text, has ? sizeof text : 0));
    if (s.at)
        fact_set_span(&out, s);
    return out;
}

static struct fact make_import_md5(struct module_call *c)
{
    uint8_t digest[DIGEST_MAX_BYTES];
    struct sink k = {.md5 = crypto_hasher_new(DIGEST_MD5)};
    struct fact out = fact_undefined();
    if (k.md5 && put_names(c, counts_as_import, &k) && crypto_hasher_end(k.md5, digest))
        fact_set_hex(&out, c->arena, span_make(digest, crypto_digest_bytes(DIGEST_MD5)));
    crypto_hasher_free(k.md5);
    return out;
}

struct fact elf_telfhash(struct module_call *c)
{
    struct kept *k = kept_of(c);
    if (k && !k->has_telfhash) {
        k->telfhash = make_telfhash(c);
        k->has_telfhash = true;
    }
    return k ? k->telfhash : fact_undefined();
}

struct fact elf_import_md5(struct module_call *c)
{
    struct kept *k = kept_of(c);
    if (k && !k->has_import_md5) {
        k->import_md5 = make_import_md5(c);
        k->has_import_md5 = true;
    }
    return k ? k->import_md5 : fact_undefined();
}
