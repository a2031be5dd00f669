/* Functions of the module pe on imports. They read the loaded tree. */
#include "jail/facts/pe_functions.h"

#include "common/crypto.h"
#include "common/text.h"
#include "jail/facts/fact_build.h"
#include "jail/facts/pe_fields.h"

enum { KIND_STANDARD = 1, KIND_DELAYED = 2 };

/* What a call asks for; the arguments come after the kind, if that is one. */
struct query {
    struct module_call *call;
    const struct fact *dll, *function; /* function NULL: any */
    bool all;                          /* count every fit, not only the first */
};

static bool fits(const struct query *q, const struct fact *want, const struct fact *have)
{
    if (have->kind != FACT_STRING)
        return false;
    return want->kind == FACT_REGEX ? q->call->matches_past(q->call, want->s, have->s)
                                    : span_equal_nocase(want->s, have->s);
}

static bool function_fits(const struct query *q, const struct fact *f)
{
    if (!q->function)
        return true;
    const struct fact *ordinal = fact_item(f, PE_FUNCTION_ORDINAL);
    if (q->function->kind == FACT_INT)
        return ordinal->kind == FACT_INT && ordinal->i == q->function->i;
    return fits(q, q->function, fact_item(f, PE_FUNCTION_NAME));
}

/* Counts what fits, or finds the first of it. */
static int64_t search(const struct query *q, uint32_t details, const struct fact **first)
{
    const struct fact *dlls = fact_item(q->call->root, details);
    int64_t count = 0;
    for (uint32_t i = 0; i < dlls->list.count; i++) {
        const struct fact *dll = fact_item(dlls, i);
        const struct fact *functions = fact_item(dll, PE_IMPORT_FUNCTIONS);
        if (!fits(q, q->dll, fact_item(dll, PE_IMPORT_LIBRARY_NAME)))
            continue;
        for (uint32_t j = 0; j < functions->list.count; j++) {
            if (!function_fits(q, fact_item(functions, j)))
                continue;
            count++;
            if (first)
                *first = fact_item(functions, j);
            if (!q->all)
                return count;
        }
    }
    return count;
}

static struct fact count_imports(const struct query *q, int64_t kinds)
{
    if (!pe_kept_image(q->call->root))
        return fact_undefined();
    int64_t count = kinds & KIND_STANDARD ? search(q, PE_IMPORT_DETAILS, NULL) : 0;
    if (kinds & KIND_DELAYED && (q->all || count == 0))
        count += search(q, PE_DELAYED_IMPORT_DETAILS, NULL);
    return fact_of_int(count);
}

struct fact pe_imports_name(struct module_call *c)
{
    struct query q = {.call = c, .dll = &c->args[0], .function = &c->args[1]};
    return count_imports(&q, KIND_STANDARD);
}

struct fact pe_imports_ordinal(struct module_call *c)
{
    return pe_imports_name(c);
}

struct fact pe_imports_dll(struct module_call *c)
{
    struct query q = {.call = c, .dll = &c->args[0], .all = true};
    return count_imports(&q, KIND_STANDARD);
}

struct fact pe_imports_regex(struct module_call *c)
{
    struct query q = {.call = c, .dll = &c->args[0], .function = &c->args[1], .all = true};
    return count_imports(&q, KIND_STANDARD);
}

struct fact pe_imports_kind_name(struct module_call *c)
{
    struct query q = {.call = c, .dll = &c->args[1], .function = &c->args[2]};
    return count_imports(&q, c->args[0].i);
}

struct fact pe_imports_kind_ordinal(struct module_call *c)
{
    return pe_imports_kind_name(c);
}

struct fact pe_imports_kind_dll(struct module_call *c)
{
    struct query q = {.call = c, .dll = &c->args[1], .all = true};
    return count_imports(&q, c->args[0].i);
}

struct fact pe_imports_kind_regex(struct module_call *c)
{
    struct query q = {.call = c, .dll = &c->args[1], .function = &c->args[2], .all = true};
    return count_imports(&q, c->args[0].i);
}

static struct fact slot_of(struct module_call *c, uint32_t details)
{
    struct query q = {.call = c, .dll = &c->args[0], .function = &c->args[1]};
    const struct fact *found = NULL;
    return search(&q, details, &found) ? *fact_item(found, PE_FUNCTION_RVA) : fact_undefined();
}

struct fact pe_import_rva_name(struct module_call *c)
{
    return slot_of(c, PE_IMPORT_DETAILS);
}

struct fact pe_import_rva_ordinal(struct module_call *c)
{
    return slot_of(c, PE_IMPORT_DETAILS);
}

struct fact pe_delayed_import_rva_name(struct module_call *c)
{
    return slot_of(c, PE_DELAYED_IMPORT_DETAILS);
}

struct fact pe_delayed_import_rva_ordinal(struct module_call *c)
{
    return slot_of(c, PE_DELAYED_IMPORT_DETAILS);
}

/* "KERNEL32.dll" -> "KERNEL32": what follows the first dot is cut when it begins like a usual
 * extension. */
static struct span without_extension(struct span dll)
{
    size_t dot = span_find_byte(dll, '.', 0);
    struct span ext = dot == SIZE_MAX ? (struct span){NULL, 0} : span_cut(dll, dot, 4);
    bool usual = span_equal_nocase(ext, SPAN_OF(".dll")) ||
                 span_equal_nocase(ext, SPAN_OF(".sys")) || span_equal_nocase(ext, SPAN_OF(".ocx"));
    return usual ? span_cut(dll, 0, dot) : dll;
}

static bool add_lower(struct hasher *h, struct span s)
{
    uint8_t part[64];
    for (size_t at = 0; at < s.len; at += sizeof part) {
        size_t n = s.len - at < sizeof part ? s.len - at : sizeof part;
        for (size_t i = 0; i < n; i++)
            part[i] = text_lower(span_byte(s, at + i));
        if (!crypto_hasher_add(h, span_make(part, n)))
            return false;
    }
    return true;
}

/* "dll.function,dll.function" in lower case; *len: of it. */
static bool hash_imports(const struct fact *root, struct hasher *h, uint64_t *len)
{
    *len = 0;
    const struct fact *dlls = fact_item(root, PE_IMPORT_DETAILS);
    bool ok = true, first = true;
    for (uint32_t i = 0; ok && i < dlls->list.count; i++) {
        const struct fact *dll = fact_item(dlls, i);
        const struct fact *functions = fact_item(dll, PE_IMPORT_FUNCTIONS);
        struct span name = without_extension(fact_span(fact_item(dll, PE_IMPORT_LIBRARY_NAME)));
        for (uint32_t j = 0; ok && j < functions->list.count; j++) {
            const struct fact *f = fact_item(fact_item(functions, j), PE_FUNCTION_NAME);
            ok = (first || crypto_hasher_add(h, SPAN_OF(","))) && add_lower(h, name) &&
                 crypto_hasher_add(h, SPAN_OF(".")) && add_lower(h, fact_span(f));
            *len += name.len + 1 + fact_span(f).len + (first ? 0 : 1);
            first = false;
        }
    }
    return ok;
}

struct fact pe_imphash(struct module_call *c)
{
    uint8_t digest[DIGEST_MAX_BYTES];
    struct fact out = fact_undefined();
    struct hasher *h = pe_kept_image(c->root) ? crypto_hasher_new(DIGEST_MD5) : NULL;
    uint64_t len;
    if (h && hash_imports(c->root, h, &len) && crypto_hasher_end(h, digest))
        fact_set_hex(&out, c->arena, span_make(digest, crypto_digest_bytes(DIGEST_MD5)));
    crypto_hasher_free(h);
    return out;
}

bool pe_import_digest(const struct fact *root, uint8_t *md5, uint64_t *len)
{
    struct hasher *h = pe_kept_image(root) ? crypto_hasher_new(DIGEST_MD5) : NULL;
    bool ok = h && hash_imports(root, h, len) && crypto_hasher_end(h, md5);
    crypto_hasher_free(h);
    return ok && *len > 0;
}
