/* What YARA-X's module macho is asked: names in lists, and digests of lists. The names are
 * strangers'. */
#include "common/crypto.h"
#include "common/sort.h"
#include "common/text.h"
#include "jail/facts/fact_build.h"
#include "jail/facts/fact_text.h"
#include "jail/facts/macho_fields.h"

enum { NO_PART = -1, MD5_BYTES = 16 };

/* Where the texts of a question lie: a list of the file, and a field of its elements or NO_PART. */
struct where {
    uint32_t list;
    int part;
};

static struct span text_of(const struct where *w, const struct fact *element)
{
    return fact_span(w->part == NO_PART ? element : fact_item(element, (uint32_t)w->part));
}

static bool list_has(const struct where *w, const struct fact *list, struct span name)
{
    for (uint32_t i = 0; i < list->list.count; i++)
        if (span_equal_nocase(text_of(w, fact_item(list, i)), name))
            return true;
    return false;
}

/* In the file itself, or in any of those inside a fat one. */
static struct fact has(const struct module_call *c, struct where w)
{
    const struct fact *files = fact_item(c->root, MACHO_FILE);
    bool found = list_has(&w, fact_item(c->root, MACHO_FIRST_OF_FILE + w.list), c->args[0].s);
    for (uint32_t i = 0; !found && i < files->list.count; i++)
        found = list_has(&w, fact_item(fact_item(files, i), w.list), c->args[0].s);
    return fact_of_int(found);
}

static int by_text(const void *a, const void *b)
{
    return span_order(*(const struct span *)a, *(const struct span *)b);
}

/* Without white space at its ends. What is no UTF-8 becomes U+FFFD. */
static struct span trimmed(struct module_call *c, struct span text)
{
    struct fact whole = fact_undefined();
    fact_set_utf8(&whole, c->arena, text);
    return text_trim(fact_span(&whole));
}

/* The same in lower case: ASCII's. */
static struct span folded(struct module_call *c, struct span text)
{
    struct span s = trimmed(c, text);
    uint8_t *out = arena_alloc(c->arena, s.len, 1);
    for (size_t i = 0; out && i < s.len; i++)
        out[i] = text_lower(span_byte(s, i));
    return span_make(out, out ? s.len : 0);
}

/* MD5 of the texts: sorted, each once, joined by commas. */
static struct fact digest(struct module_call *c, struct span *texts, uint32_t count)
{
    struct hasher *h = crypto_hasher_new(DIGEST_MD5);
    struct span *scratch = arena_array(c->arena, struct span, count);
    struct fact out = fact_undefined();
    uint8_t md5[MD5_BYTES];
    bool ok = h && scratch;
    if (ok)
        sort_items(texts, scratch, count, sizeof *texts, by_text);
    for (uint32_t i = 0; ok && i < count; i++) {
        if (i > 0 && span_equal(texts[i], texts[i - 1]))
            continue;
        ok = (i == 0 || crypto_hasher_add(h, SPAN_OF(","))) && crypto_hasher_add(h, texts[i]);
    }
    if (ok && crypto_hasher_end(h, md5))
        fact_set_hex(&out, c->arena, span_make(md5, sizeof md5));
    crypto_hasher_free(h);
    return out;
}

/* The first file of a fat one answers where the file itself has none. */
static const struct fact *file_of(const struct module_call *c)
{
    const struct fact *files = fact_item(c->root, MACHO_FILE);
    return files->list.count > 0 ? fact_item(files, 0) : NULL;
}

static struct fact hash(struct module_call *c, struct where w)
{
    const struct fact *list = fact_item(c->root, MACHO_FIRST_OF_FILE + w.list);
    const struct fact *first = file_of(c);
    if (list->list.count == 0 && first)
        list = fact_item(first, w.list);
    uint32_t count = list->list.count;
    struct span *texts = count > 0 ? arena_array(c->arena, struct span, count) : NULL;
    for (uint32_t i = 0; texts && i < count; i++)
        texts[i] = folded(c, text_of(&w, fact_item(list, i)));
    return texts ? digest(c, texts, count) : fact_undefined();
}

#define ASK(name, how, ...)                                                                        \
    struct fact name(struct module_call *c)                                                        \
    {                                                                                              \
        return how(c, (struct where){__VA_ARGS__});                                                \
    }
ASK(macho_has_dylib, has, MACHO_FILE_DYLIBS, DYLIB_NAME)
ASK(macho_has_rpath, has, MACHO_FILE_RPATHS, NO_PART)
ASK(macho_has_entitlement, has, MACHO_FILE_ENTITLEMENTS, NO_PART)
ASK(macho_has_import, has, MACHO_FILE_IMPORTS, NO_PART)
ASK(macho_has_export, has, MACHO_FILE_EXPORTS, NO_PART)
ASK(macho_dylib_hash, hash, MACHO_FILE_DYLIBS, DYLIB_NAME)
ASK(macho_entitlement_hash, hash, MACHO_FILE_ENTITLEMENTS, NO_PART)
ASK(macho_import_hash, hash, MACHO_FILE_IMPORTS, NO_PART)
ASK(macho_export_hash, hash, MACHO_FILE_EXPORTS, NO_PART)

/* The texts are in macho_more's hidden list, behind the last entry of the symbol table. */
struct fact macho_symhash(struct module_call *c)
{
    const struct fact *symtab = fact_item(c->root, MACHO_FIRST_OF_FILE + MACHO_FILE_SYMTAB);
    const struct fact *first = file_of(c), *entries = fact_item(symtab, SYMTAB_ENTRIES);
    if (entries->list.count == 0 && first)
        entries = fact_item(fact_item(first, MACHO_FILE_SYMTAB), SYMTAB_ENTRIES);
    if (entries->list.count == 0)
        return fact_undefined();
    const struct fact *names = &entries->list.items[entries->list.count];
    struct span *texts = arena_array(c->arena, struct span, names->list.count);
    for (uint32_t i = 0; texts && i < names->list.count; i++)
        texts[i] = trimmed(c, fact_span(fact_item(names, i)));
    return texts ? digest(c, texts, names->list.count) : fact_undefined();
}
