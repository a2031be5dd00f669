/* Functions of the module pe on headers, sections, resources, exports and certificates. They read
 * the loaded tree and, through the kept image, hostile bytes. */
#include "jail/facts/pe_functions.h"

#include "jail/facts/fact_build.h"
#include "jail/facts/pe_fields.h"

enum { FILE_DLL = 0x2000, COFF_END = 24, CHECKSUM_AT = 64 };

/* The item of rva_to_offset is otherwise unused: the image lives in the same arena as the tree. */
void pe_keep_image(struct fact *root, struct pe_image *img)
{
    fact_item(root, PE_RVA_TO_OFFSET)->s = span_make(img, sizeof *img);
}

struct pe_image *pe_kept_image(const struct fact *root)
{
    if (fact_int(fact_item(root, PE_IS_PE), 0) != 1)
        return NULL;
    return (struct pe_image *)(uintptr_t)fact_item(root, PE_RVA_TO_OFFSET)->s.at;
}

/* PE/COFF says only that the loader checks it; the sum is that of CheckSumMappedFile: 32-bit words
 * with the carry added back, the field itself as 0, folded to 16 bits, plus the size. */
struct fact pe_calculate_checksum(struct module_call *c)
{
    const struct pe_image *img = pe_kept_image(c->root);
    if (!img || img->data.len != img->size)
        return fact_undefined();
    uint64_t skip = (uint64_t)img->header_at + COFF_END + CHECKSUM_AT, sum = 0;
    struct reader r = reader_of(img->data);
    while (reader_left(&r) >= 4) {
        bool is_field = r.at == skip;
        uint32_t word = reader_u32le(&r);
        sum += is_field ? 0 : word;
        sum = (sum & 0xffffffff) + (sum >> 32);
    }
    for (uint32_t shift = 0; reader_left(&r) > 0; shift += 8)
        sum += (uint64_t)reader_u8(&r) << shift;
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum += sum >> 16;
    return fact_of_int((int64_t)((sum & 0xffff) + img->size));
}

struct fact pe_rva_to_offset(struct module_call *c)
{
    const struct pe_image *img = pe_kept_image(c->root);
    int64_t at = img ? pe_image_offset(img, (uint64_t)c->args[0].i) : -1;
    return at < 0 ? fact_undefined() : fact_of_int(at);
}

struct fact pe_is_dll(struct module_call *c)
{
    const struct fact *f = fact_item(c->root, PE_CHARACTERISTICS);
    return f->kind == FACT_INT ? fact_of_int(f->i & FILE_DLL) : fact_undefined();
}

struct fact pe_is_32bit(struct module_call *c)
{
    const struct pe_image *img = pe_kept_image(c->root);
    return img ? fact_of_int(!img->is_64) : fact_undefined();
}

struct fact pe_is_64bit(struct module_call *c)
{
    const struct pe_image *img = pe_kept_image(c->root);
    return img ? fact_of_int(img->is_64) : fact_undefined();
}

/* C strings: what stands before the first NUL. */
static struct span before_nul(struct span s)
{
    return span_cut(s, 0, span_find_byte(s, 0, 0));
}

struct fact pe_section_index_name(struct module_call *c)
{
    const struct fact *sections = fact_item(c->root, PE_SECTIONS);
    struct span want = before_nul(c->args[0].s);
    for (uint32_t i = 0; i < sections->list.count; i++) {
        const struct fact *name = fact_item(fact_item(sections, i), PE_SECTION_NAME);
        if (span_equal(before_nul(fact_span(name)), want))
            return fact_of_int(i);
    }
    return fact_undefined();
}

struct fact pe_section_index_address(struct module_call *c)
{
    const struct fact *sections = fact_item(c->root, PE_SECTIONS);
    int64_t at = c->args[0].i;
    for (uint32_t i = 0; i < sections->list.count; i++) {
        const struct fact *s = fact_item(sections, i);
        int64_t start = fact_int(fact_item(s, PE_SECTION_RAW_DATA_OFFSET), 0);
        int64_t size = fact_int(fact_item(s, PE_SECTION_RAW_DATA_SIZE), 0);
        if (at >= start && at < start + size)
            return fact_of_int(i);
    }
    return fact_undefined();
}

static struct fact any_language(const struct module_call *c, int64_t mask)
{
    const struct fact *resources = fact_item(c->root, PE_RESOURCES);
    if (fact_item(c->root, PE_NUMBER_OF_RESOURCES)->kind != FACT_INT)
        return fact_undefined();
    for (uint32_t i = 0; i < resources->list.count; i++) {
        const struct fact *f = fact_item(fact_item(resources, i), PE_RESOURCE_LANGUAGE);
        if (f->kind == FACT_INT && (f->i & mask) == c->args[0].i)
            return fact_of_int(1);
    }
    return fact_of_int(0);
}

struct fact pe_locale(struct module_call *c)
{
    return any_language(c, 0xffff);
}

struct fact pe_language(struct module_call *c)
{
    return any_language(c, 0xff);
}

enum by { BY_NAME, BY_REGEX, BY_ORDINAL };

static bool export_fits(struct module_call *c, const struct fact *e, enum by by)
{
    const struct fact *name = fact_item(e, PE_EXPORT_NAME);
    if (by == BY_ORDINAL)
        return fact_int(fact_item(e, PE_EXPORT_ORDINAL), -1) == c->args[0].i;
    if (name->kind != FACT_STRING)
        return false;
    return by == BY_NAME ? span_equal_nocase(name->s, c->args[0].s)
                         : c->matches(c, c->args[0].s, name->s, NULL);
}

/* Index of the first export that fits, or -1. An ordinal above the count is never looked for:
 * observed. */
static int64_t find_export(struct module_call *c, enum by by)
{
    const struct fact *list = fact_item(c->root, PE_EXPORT_DETAILS);
    if (by == BY_ORDINAL && (c->args[0].i == 0 || c->args[0].i > list->list.count))
        return -1;
    for (uint32_t i = 0; i < list->list.count; i++)
        if (export_fits(c, fact_item(list, i), by))
            return i;
    return -1;
}

static struct fact has_export(struct module_call *c, enum by by)
{
    return pe_kept_image(c->root) ? fact_of_int(find_export(c, by) >= 0) : fact_undefined();
}

static struct fact export_index(struct module_call *c, enum by by)
{
    int64_t i = find_export(c, by);
    return i >= 0 ? fact_of_int(i) : fact_undefined();
}

struct fact pe_exports_name(struct module_call *c)
{
    return has_export(c, BY_NAME);
}

struct fact pe_exports_regex(struct module_call *c)
{
    return has_export(c, BY_REGEX);
}

struct fact pe_exports_ordinal(struct module_call *c)
{
    return has_export(c, BY_ORDINAL);
}

struct fact pe_exports_index_name(struct module_call *c)
{
    return export_index(c, BY_NAME);
}

struct fact pe_exports_index_regex(struct module_call *c)
{
    return export_index(c, BY_REGEX);
}

struct fact pe_exports_index_ordinal(struct module_call *c)
{
    return export_index(c, BY_ORDINAL);
}

struct fact pe_valid_on(struct module_call *c)
{
    const struct fact *from = fact_item(c->self, PE_CERT_NOT_BEFORE);
    const struct fact *to = fact_item(c->self, PE_CERT_NOT_AFTER);
    if (from->kind != FACT_INT || to->kind != FACT_INT)
        return fact_undefined();
    return fact_of_int(c->args[0].i >= from->i && c->args[0].i <= to->i);
}
