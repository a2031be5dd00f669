/* ELF headers, sections, segments, symbols. An attacker typed every byte.
 * Format: System V gABI, chapters 4 and 5. What is looked at and how addresses map: YARA 4.5. */
#include "jail/facts/elf_image.h"

#include "jail/facts/whole_bytes.h"

enum {
    IDENT_BYTES = 16,
    HEADER32_BYTES = 52,
    HEADER64_BYTES = 64,
    RESERVED_SECTIONS = 0xff00, /* SHN_LORESERVE */
    RESERVED_SEGMENTS = 0xffff  /* PN_XNUM */
};

uint64_t elf_image_number(const struct elf_image *img, struct reader *r, uint32_t bytes)
{
    if (bytes == 2)
        return img->is_big ? reader_u16be(r) : reader_u16le(r);
    if (bytes == 4)
        return img->is_big ? reader_u32be(r) : reader_u32le(r);
    return img->is_big ? reader_u64be(r) : reader_u64le(r);
}

static uint16_t half(const struct elf_image *img, struct reader *r)
{
    return (uint16_t)elf_image_number(img, r, 2);
}

static uint32_t word(const struct elf_image *img, struct reader *r)
{
    return (uint32_t)elf_image_number(img, r, 4);
}

/* Addresses, offsets and sizes: as wide as the class. */
static uint64_t address(const struct elf_image *img, struct reader *r)
{
    return elf_image_number(img, r, img->is_wide ? 8 : 4);
}

/* Sums of two addresses wrap at their class's width: observed. */
static uint64_t wrapped(const struct elf_image *img, uint64_t sum)
{
    return img->is_wide ? sum : (uint32_t)sum;
}

/* e_ident: magic, class, byte order. */
static bool read_ident(struct elf_image *img)
{
    if (!span_starts(img->data, SPAN_OF("\177ELF")))
        return false;
    uint8_t class = span_byte(img->data, 4), order = span_byte(img->data, 5);
    img->is_wide = class == 2;
    img->is_big = order == 2;
    size_t least = img->is_wide ? HEADER64_BYTES : HEADER32_BYTES;
    return (class == 1 || class == 2) && (order == 1 || order == 2) && img->data.len > least;
}

static void read_header(struct elf_image *img)
{
    struct reader r = reader_from(img->data, IDENT_BYTES);
    img->type = half(img, &r);
    img->machine = half(img, &r);
    reader_skip(&r, 4); /* e_version */
    img->entry = address(img, &r);
    img->segments_at = address(img, &r);
    img->sections_at = address(img, &r);
    reader_skip(&r, 6); /* e_flags, e_ehsize */
    img->segment_bytes = half(img, &r);
    img->segment_count = half(img, &r);
    img->section_bytes = half(img, &r);
    img->section_count = half(img, &r);
    img->names_index = half(img, &r);
}

struct elf_image *elf_image_read(struct source *source, struct arena *a)
{
    struct span head = source_view(source, 0, 4);
    if (!span_equal(head, SPAN_OF("\177ELF")))
        return NULL;
    struct elf_image *img = arena_new_of(a, struct elf_image);
    if (!img || !whole_bytes(source, a, &img->data) || !read_ident(img))
        return NULL;
    img->is_cut = &source->facts_cut;
    read_header(img);
    return img;
}

uint32_t elf_image_section_size(const struct elf_image *img)
{
    return img->is_wide ? 64 : 40;
}

uint32_t elf_image_segment_size(const struct elf_image *img)
{
    return img->is_wide ? 56 : 32;
}

uint32_t elf_image_symbol_size(const struct elf_image *img)
{
    return img->is_wide ? 24 : 16;
}

static bool has_table(const struct elf_image *img, uint64_t at, uint64_t bytes)
{
    return at <= img->data.len && bytes <= img->data.len - at;
}

static uint64_t sections_bytes(const struct elf_image *img)
{
    return (uint64_t)img->section_count * elf_image_section_size(img);
}

static uint64_t segments_bytes(const struct elf_image *img)
{
    return (uint64_t)img->segment_count * elf_image_segment_size(img);
}

bool elf_image_has_sections(const struct elf_image *img)
{
    return img->section_count < RESERVED_SECTIONS && img->names_index < img->section_count &&
           has_table(img, img->sections_at, sections_bytes(img));
}

bool elf_image_has_segments(const struct elf_image *img)
{
    return img->segment_count > 0 && img->segment_count < RESERVED_SEGMENTS &&
           has_table(img, img->segments_at, segments_bytes(img));
}

struct elf_section elf_image_section(const struct elf_image *img, uint32_t index)
{
    uint64_t at = img->sections_at + (uint64_t)index * elf_image_section_size(img);
    struct reader r = reader_from(img->data, at);
    struct elf_section s;
    s.name = word(img, &r);
    s.type = word(img, &r);
    s.flags = address(img, &r);
    s.address = address(img, &r);
    s.offset = address(img, &r);
    s.size = address(img, &r);
    s.link = word(img, &r);
    return s;
}

struct elf_segment elf_image_segment(const struct elf_image *img, uint32_t index)
{
    uint64_t at = img->segments_at + (uint64_t)index * elf_image_segment_size(img);
    struct reader r = reader_from(img->data, at);
    struct elf_segment s = {.type = word(img, &r)};
    if (img->is_wide) /* p_flags stands elsewhere in each class */
        s.flags = word(img, &r);
    s.offset = address(img, &r);
    s.virtual_address = address(img, &r);
    s.physical_address = address(img, &r);
    s.file_size = address(img, &r);
    s.memory_size = address(img, &r);
    if (!img->is_wide)
        s.flags = word(img, &r);
    s.alignment = address(img, &r);
    return s;
}

struct elf_symbol elf_image_symbol(const struct elf_image *img, const struct elf_table *t,
                                   uint32_t index)
{
    struct reader r = reader_from(img->data, t->at + (uint64_t)index * elf_image_symbol_size(img));
    struct elf_symbol s = {.name = word(img, &r)};
    if (!img->is_wide) {
        s.value = word(img, &r);
        s.size = word(img, &r);
    }
    s.info = reader_u8(&r);
    s.other = reader_u8(&r);
    s.section = half(img, &r);
    if (img->is_wide) {
        s.value = address(img, &r);
        s.size = address(img, &r);
    }
    return s;
}

bool elf_image_bytes(const struct elf_image *img, const struct elf_section *s, struct span *out)
{
    if (!has_table(img, s->offset, s->size))
        return false;
    *out = span_cut(img->data, (size_t)s->offset, (size_t)s->size);
    return true;
}

bool elf_image_name(struct elf_image *img, struct span table, uint32_t index, struct span *out)
{
    if (index > INT32_MAX || index >= table.len || span_byte(table, 0) != 0)
        return false;
    size_t end = span_find_byte(table, 0, index);
    bool ends = end != SIZE_MAX;
    size_t len = (ends ? end : table.len) - index;
    if (!elf_image_spend(img, len + 1) || !ends)
        return false;
    *out = span_cut(table, index, len);
    return true;
}

/* Executables map by their segments. */
static bool entry_in_segments(const struct elf_image *img, uint64_t *out)
{
    if (img->segments_at == 0 || !has_table(img, img->segments_at, segments_bytes(img)))
        return false;
    for (uint32_t i = 0; i < img->segment_count; i++) {
        struct elf_segment s = elf_image_segment(img, i);
        uint64_t end = wrapped(img, s.virtual_address + s.memory_size);
        if (img->entry >= s.virtual_address && img->entry < end) {
            *out = s.offset + (img->entry - s.virtual_address);
            return true;
        }
    }
    return false;
}

/* All other types by the sections that have bytes. */
static bool entry_in_sections(const struct elf_image *img, uint64_t *out)
{
    if (img->sections_at == 0 || !has_table(img, img->sections_at, sections_bytes(img)))
        return false;
    for (uint32_t i = 0; i < img->section_count; i++) {
        struct elf_section s = elf_image_section(img, i);
        uint64_t end = wrapped(img, s.address + s.size);
        if (s.type != 0 && s.type != ELF_SECTION_NOBITS && img->entry >= s.address &&
            img->entry < end) {
            *out = s.offset + (img->entry - s.address);
            return true;
        }
    }
    return false;
}

bool elf_image_entry(const struct elf_image *img, uint64_t *out)
{
    if (img->entry == 0)
        return false;
    return img->type == ELF_TYPE_EXEC ? entry_in_segments(img, out) : entry_in_sections(img, out);
}

bool elf_image_spend(struct elf_image *img, uint64_t n)
{
    if (img->steps > LIMIT_ELF_STEPS || n > LIMIT_ELF_STEPS - img->steps) {
        img->steps = LIMIT_ELF_STEPS + 1ULL;
        *img->is_cut = true;
        return false;
    }
    img->steps += n;
    return true;
}
