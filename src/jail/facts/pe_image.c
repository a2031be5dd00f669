/* PE headers, sections and addresses. An attacker typed every byte.
 * Formats: Microsoft PE/COFF specification; what is taken for a PE file and how addresses map:
 * YARA 4.5, observed and compared (doc/differences.md). */
#include "jail/facts/pe_image.h"

#include <string.h>

#include "common/text.h"

enum {
    COFF_BYTES = 20,
    OPTIONAL32_BYTES = 224, /* with all 16 directories */
    OPTIONAL64_BYTES = 240,
    SECTION_BYTES = 40,
    SYMBOL_BYTES = 18,
    MAGIC_64 = 0x20b,
    NAME_MOST = 65536, /* of a section in the string table */
    SECTOR = 0x200,
    PAGE = 0x1000,
};

static void read_coff(struct pe_image *img, struct reader *r)
{
    img->machine = reader_u16le(r);
    img->section_claim = reader_u16le(r);
    img->timestamp = reader_u32le(r);
    img->symbols_at = reader_u32le(r);
    img->symbol_count = reader_u32le(r);
    img->optional_size = reader_u16le(r);
    img->characteristics = reader_u16le(r);
}

static uint64_t read_word(const struct pe_image *img, struct reader *r)
{
    return img->is_64 ? reader_u64le(r) : reader_u32le(r);
}

/* Optional header, PE/COFF "Optional Header (Image Only)". */
static void read_optional(struct pe_image *img, struct reader *r)
{
    img->magic = reader_u16le(r);
    img->is_64 = img->magic == MAGIC_64;
    img->linker_major = reader_u8(r);
    img->linker_minor = reader_u8(r);
    img->code_size = reader_u32le(r);
    img->data_size = reader_u32le(r);
    img->bss_size = reader_u32le(r);
    img->entry_rva = reader_u32le(r);
    img->code_base = reader_u32le(r);
    img->data_base = img->is_64 ? 0 : reader_u32le(r);
    img->base = read_word(img, r);
    img->section_alignment = reader_u32le(r);
    img->file_alignment = reader_u32le(r);
    img->os_major = reader_u16le(r);
    img->os_minor = reader_u16le(r);
    img->image_major = reader_u16le(r);
    img->image_minor = reader_u16le(r);
    img->subsystem_major = reader_u16le(r);
    img->subsystem_minor = reader_u16le(r);
    img->win32_version = reader_u32le(r);
    img->image_size = reader_u32le(r);
    img->headers_size = reader_u32le(r);
    img->checksum = reader_u32le(r);
    img->subsystem = reader_u16le(r);
    img->dll_characteristics = reader_u16le(r);
    img->stack_reserve = read_word(img, r);
    img->stack_commit = read_word(img, r);
    img->heap_reserve = read_word(img, r);
    img->heap_commit = read_word(img, r);
    img->loader_flags = reader_u32le(r);
    img->directory_claim = reader_u32le(r);
    img->directories_at = (uint32_t)r->at;
}

static bool read_section(struct reader *r, struct pe_section *s)
{
    s->name = reader_take(r, 8);
    s->virtual_size = reader_u32le(r);
    s->virtual_address = reader_u32le(r);
    s->raw_size = reader_u32le(r);
    s->raw_offset = reader_u32le(r);
    s->relocations_at = reader_u32le(r);
    s->lines_at = reader_u32le(r);
    s->relocation_count = reader_u16le(r);
    s->line_count = reader_u16le(r);
    s->characteristics = reader_u32le(r);
    return !r->bad;
}

static void read_sections(struct pe_image *img)
{
    uint64_t at = (uint64_t)img->header_at + 4 + COFF_BYTES + img->optional_size;
    struct reader r = reader_from(img->data, at);
    uint32_t want = img->section_claim;
    if (want > PE_SECTIONS_MOST)
        want = PE_SECTIONS_MOST;
    while (img->section_count < want && read_section(&r, &img->sections[img->section_count]))
        img->section_count++;
    img->sections_cut = img->section_count < want;
}

/* False: YARA would not call it a PE file. */
static bool read_headers(struct pe_image *img)
{
    struct reader r = reader_of(img->data);
    uint16_t mz = reader_u16le(&r);
    reader_seek(&r, 60);
    img->header_at = reader_u32le(&r);
    if (r.bad || mz != 0x5a4d || img->header_at > INT32_MAX)
        return false;
    reader_seek(&r, img->header_at);
    uint32_t signature = reader_u32le(&r);
    read_coff(img, &r);
    if (r.bad || signature != 0x4550 || reader_left(&r) < OPTIONAL32_BYTES)
        return false;
    size_t optional_at = r.at;
    read_optional(img, &r);
    uint64_t need = img->is_64 ? OPTIONAL64_BYTES : OPTIONAL32_BYTES;
    return pe_image_has(img, optional_at, need);
}

/* The bytes of a windowed source, copied view by view: the modules read all over a file. */
static bool copy_source(struct source *source, struct arena *a, struct span *out)
{
    uint64_t want = source->size < LIMIT_PE_COPY_BYTES ? source->size : LIMIT_PE_COPY_BYTES;
    uint8_t *copy = arena_alloc(a, (size_t)want, 1);
    size_t have = 0;
    while (copy && have < want) {
        struct span view = source_view(source, have, want - have);
        if (view.len == 0)
            break;
        memcpy(copy + have, view.at, view.len);
        have += view.len;
    }
    source->facts_cut |= want < source->size;
    *out = span_make(copy, have);
    return copy != NULL;
}

struct pe_image *pe_image_read(struct source *source, struct arena *a)
{
    struct span head = source_view(source, 0, 2);
    if (head.len < 2 || span_byte(head, 0) != 'M' || span_byte(head, 1) != 'Z')
        return NULL;
    struct span data = source->whole;
    if (!source_in_memory(source) && !copy_source(source, a, &data))
        return NULL;
    struct pe_image *img = arena_new_of(a, struct pe_image);
    if (!img)
        return NULL;
    img->data = data;
    img->is_cut = &source->facts_cut;
    img->size = source->size;
    if (!read_headers(img))
        return NULL;
    read_sections(img);
    return img;
}

bool pe_image_is_program(struct object *region)
{
    enum { IMAGE_FILE_DLL = 0x2000 };
    struct source *s = &region->source;
    struct reader dos = reader_of(source_view(s, 0, 64));
    uint16_t mz = reader_u16le(&dos);
    reader_seek(&dos, 60);
    uint32_t at = reader_u32le(&dos);
    if (dos.bad || mz != 0x5a4d)
        return false;
    struct reader r = reader_of(source_view(s, at, 4 + COFF_BYTES + OPTIONAL32_BYTES));
    uint32_t signature = reader_u32le(&r);
    reader_skip(&r, COFF_BYTES - 2);
    uint16_t characteristics = reader_u16le(&r);
    reader_skip(&r, OPTIONAL32_BYTES);
    return !r.bad && signature == 0x4550 && !(characteristics & IMAGE_FILE_DLL);
}

bool pe_image_has(const struct pe_image *img, uint64_t at, uint64_t len)
{
    return at <= img->data.len && len <= img->data.len - at;
}

/* The section that holds `rva`, by the larger of its two sizes: of several the last that starts
 * highest. */
static const struct pe_section *find_section(const struct pe_image *img, uint64_t rva,
                                             uint32_t *lowest)
{
    const struct pe_section *best = NULL;
    *lowest = UINT32_MAX;
    for (uint32_t i = 0; i < img->section_count; i++) {
        const struct pe_section *s = &img->sections[i];
        uint32_t size = s->virtual_size > s->raw_size ? s->virtual_size : s->raw_size;
        if (s->virtual_address < *lowest)
            *lowest = s->virtual_address;
        if (rva >= s->virtual_address && rva - s->virtual_address < size &&
            (!best || best->virtual_address <= s->virtual_address))
            best = s;
    }
    return best;
}

/* Where a section's bytes are: the loader rounds down, to sectors when pages are of usual size. */
static uint32_t section_offset(const struct pe_image *img, const struct pe_section *s)
{
    uint32_t round = img->file_alignment < SECTOR ? img->file_alignment : SECTOR;
    uint32_t at = s->raw_offset - (round ? s->raw_offset % round : 0);
    return img->section_alignment >= PAGE ? at - at % SECTOR : at;
}

int64_t pe_image_offset(const struct pe_image *img, uint64_t rva)
{
    if (img->sections_cut)
        return -1;
    uint32_t lowest;
    const struct pe_section *s = find_section(img, rva, &lowest);
    uint64_t start = 0, at = 0, backed = 0;
    if (rva < lowest) {
        /* What lies before the first section is mapped as it is. */
        backed = (uint32_t)img->size;
    } else if (s) {
        start = s->virtual_address;
        at = section_offset(img, s);
        backed = s->raw_size;
    }
    if (rva - start >= backed)
        return -1;
    uint64_t result = at + (rva - start);
    return result < img->size ? (int64_t)result : -1;
}

bool pe_image_directory(const struct pe_image *img, uint32_t index, struct pe_rva_range *out)
{
    /* The claim in NumberOfRvaAndSizes lies too often: SizeOfOptionalHeader decides. */
    uint32_t at = img->directories_at + 8 * index;
    uint32_t optional_at = img->header_at + 4 + COFF_BYTES;
    if (index >= PE_DIRECTORIES || at > optional_at + img->optional_size)
        return false;
    struct reader r = reader_from(img->data, at);
    out->rva = reader_u32le(&r);
    out->size = reader_u32le(&r);
    return !r.bad;
}

struct span pe_image_text(const struct pe_image *img, uint64_t at, uint64_t most)
{
    if (at >= img->data.len)
        return (struct span){NULL, 0};
    size_t cap = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
    struct span rest = span_cut(img->data, (size_t)at, cap);
    size_t end = span_find_byte(rest, 0, 0);
    return end == SIZE_MAX ? rest : span_cut(rest, 0, end);
}

struct span pe_image_section_name(const struct pe_section *s)
{
    size_t len = s->name.len;
    while (len > 0 && span_byte(s->name, len - 1) == 0)
        len--;
    return span_cut(s->name, 0, len);
}

struct span pe_image_section_full_name(const struct pe_image *img, const struct pe_section *s,
                                       bool *known)
{
    *known = true;
    if (img->symbols_at == 0 || span_byte(s->name, 0) != '/')
        return pe_image_section_name(s);
    uint64_t index = 0;
    for (size_t i = 1; i < 8 && text_is_digit(span_byte(s->name, i)); i++)
        index = index * 10 + (span_byte(s->name, i) - '0');
    uint64_t at = (uint64_t)img->symbols_at + (uint64_t)img->symbol_count * SYMBOL_BYTES + index;
    struct span text = pe_image_text(img, at, NAME_MOST);
    *known = pe_image_has(img, at, (uint64_t)text.len + 1);
    for (size_t i = 0; *known && i < text.len; i++)
        *known = text_is_print(span_byte(text, i));
    return *known ? text : (struct span){NULL, 0};
}

bool pe_image_spend(struct pe_image *img, uint64_t n)
{
    if (img->steps > LIMIT_PE_STEPS || n > LIMIT_PE_STEPS - img->steps) {
        img->steps = LIMIT_PE_STEPS + 1ULL;
        *img->is_cut = true;
        return false;
    }
    img->steps += n;
    return true;
}
