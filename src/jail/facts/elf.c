/* The module elf: headers, sections, segments, dynamic entries and symbols. An attacker typed every
 * byte. Format: System V gABI, chapters 4 and 5. When a field stays undefined: YARA 4.5. */
#include "jail/facts/elf_fields.h"
#include "jail/facts/elf_image.h"
#include "jail/facts/elf_symbols.h"
#include "jail/facts/fact_build.h"
#include "jail/facts/modules.h"

enum { DYNAMIC_STEPS = 8 }; /* of one entry: it costs that many bytes of a name */

/* What is filled, and from where. */
struct elf_load {
    struct elf_image *img;
    struct arena *arena;
    struct fact *root;
};

static void set(const struct fact *f, uint32_t field, uint64_t v)
{
    fact_set_int(fact_item(f, field), (int64_t)v);
}

static void set_header(struct elf_load *l)
{
    const struct elf_image *img = l->img;
    uint64_t entry;
    set(l->root, ELF_TYPE, img->type);
    set(l->root, ELF_MACHINE, img->machine);
    set(l->root, ELF_SH_OFFSET, img->sections_at);
    set(l->root, ELF_SH_ENTRY_SIZE, img->section_bytes);
    set(l->root, ELF_NUMBER_OF_SECTIONS, img->section_count);
    set(l->root, ELF_PH_OFFSET, img->segments_at);
    set(l->root, ELF_PH_ENTRY_SIZE, img->segment_bytes);
    set(l->root, ELF_NUMBER_OF_SEGMENTS, img->segment_count);
    if (elf_image_entry(img, &entry))
        set(l->root, ELF_ENTRY_POINT, entry);
}

/* Names are looked for from the string table's start to the end of the file: observed. A table at
 * the file's very start is none. */
static struct span section_names(const struct elf_image *img)
{
    struct elf_section s = elf_image_section(img, img->names_index);
    if (s.offset == 0 || s.offset >= img->data.len)
        return (struct span){NULL, 0};
    return span_cut(img->data, (size_t)s.offset, img->data.len);
}

static void set_section(struct elf_load *l, struct span names, const struct elf_section *s,
                        const struct fact *f)
{
    struct span name;
    set(f, ELF_SECTION_TYPE, s->type);
    set(f, ELF_SECTION_FLAGS, s->flags);
    set(f, ELF_SECTION_ADDRESS, s->address);
    set(f, ELF_SECTION_SIZE, s->size);
    set(f, ELF_SECTION_OFFSET, s->offset);
    if (elf_image_name(l->img, names, s->name, &name))
        fact_set_span(fact_item(f, ELF_SECTION_NAME), name);
}

/* YARA compares a section's link with the count of sections as its own machine reads it: in files
 * of the other byte order that is another number. Observed. */
static uint32_t count_as_little(const struct elf_image *img)
{
    uint32_t n = img->section_count;
    return img->is_big ? (n >> 8 | n << 8) & 0xffff : n;
}

/* The last symbol table whose link is a string table counts, if both lie in the file. */
static void find_symbols(const struct elf_image *img, const struct elf_section *s,
                         struct elf_table *out)
{
    if (s->link >= count_as_little(img))
        return;
    uint64_t row = img->sections_at + (uint64_t)s->link * elf_image_section_size(img);
    bool in_file = row <= img->data.len && elf_image_section_size(img) <= img->data.len - row;
    struct elf_section names = elf_image_section(img, s->link);
    struct span rows;
    if (!in_file || names.type != ELF_SECTION_STRTAB)
        return;
    *out = (struct elf_table){.at = s->offset};
    out->has = elf_image_bytes(img, &names, &out->names) && elf_image_bytes(img, s, &rows);
    if (out->has)
        out->count = (uint32_t)(rows.len / elf_image_symbol_size(img));
}

static bool load_sections(struct elf_load *l)
{
    struct elf_image *img = l->img;
    struct fact *list = fact_item(l->root, ELF_SECTIONS);
    if (!elf_image_has_sections(img))
        return true;
    if (!fact_rows(l->arena, elf_section_fields, img->section_count, list))
        return false;
    struct span names = section_names(img);
    for (uint32_t i = 0; i < img->section_count; i++) {
        struct elf_section s = elf_image_section(img, i);
        set_section(l, names, &s, fact_item(list, i));
        if (s.type == ELF_SECTION_SYMTAB)
            find_symbols(img, &s, &img->symtab);
        else if (s.type == ELF_SECTION_DYNSYM)
            find_symbols(img, &s, &img->dynsym);
    }
    return true;
}

static bool load_symbols(struct elf_load *l, const struct elf_table *t, uint32_t list_field,
                         uint32_t count_field)
{
    if (!t->has)
        return true;
    struct fact *list = fact_item(l->root, list_field);
    uint32_t kept = t->count < LIMIT_ELF_SYMBOLS ? t->count : (uint32_t)LIMIT_ELF_SYMBOLS;
    set(l->root, count_field, t->count);
    if (!fact_rows(l->arena, elf_symbol_fields, kept, list))
        return false;
    for (uint32_t i = 0; i < kept && elf_image_spend(l->img, 1); i++) {
        struct elf_symbol s = elf_image_symbol(l->img, t, i);
        const struct fact *f = fact_item(list, i);
        struct span name;
        if (elf_image_name(l->img, t->names, s.name, &name))
            fact_set_span(fact_item(f, ELF_SYMBOL_NAME), name);
        set(f, ELF_SYMBOL_VALUE, s.value);
        set(f, ELF_SYMBOL_SIZE, s.size);
        set(f, ELF_SYMBOL_TYPE, s.info & 15);
        set(f, ELF_SYMBOL_BIND, s.info >> 4);
        set(f, ELF_SYMBOL_SHNDX, s.section);
    }
    return true;
}

/* One PT_DYNAMIC: up to DT_NULL or the end of the file. A second one overwrites the first. */
static bool load_dynamic(struct elf_load *l, const struct elf_segment *s, struct fact_list *list)
{
    const struct elf_image *img = l->img;
    uint32_t bytes = img->is_wide ? 8 : 4, count = 0;
    struct reader r = reader_from(img->data, s->offset);
    bool more = !r.bad;
    while (more && reader_left(&r) >= 2 * (size_t)bytes && elf_image_spend(l->img, DYNAMIC_STEPS)) {
        uint64_t type = elf_image_number(img, &r, bytes);
        uint64_t value = elf_image_number(img, &r, bytes);
        const struct fact *f = count < list->count ? &list->items[count] : fact_list_add(list);
        if (!f)
            return false;
        set(f, ELF_DYNAMIC_TYPE, type);
        set(f, ELF_DYNAMIC_VAL, value);
        count++;
        more = type != 0 && count < LIMIT_ELF_DYNAMIC;
    }
    set(l->root, ELF_DYNAMIC_SECTION_ENTRIES, count);
    return true;
}

static void set_segment(const struct fact *f, const struct elf_segment *s)
{
    set(f, ELF_SEGMENT_TYPE, s->type);
    set(f, ELF_SEGMENT_FLAGS, s->flags);
    set(f, ELF_SEGMENT_OFFSET, s->offset);
    set(f, ELF_SEGMENT_VIRTUAL_ADDRESS, s->virtual_address);
    set(f, ELF_SEGMENT_PHYSICAL_ADDRESS, s->physical_address);
    set(f, ELF_SEGMENT_FILE_SIZE, s->file_size);
    set(f, ELF_SEGMENT_MEMORY_SIZE, s->memory_size);
    set(f, ELF_SEGMENT_ALIGNMENT, s->alignment);
}

static bool load_segments(struct elf_load *l)
{
    const struct elf_image *img = l->img;
    struct fact *rows = fact_item(l->root, ELF_SEGMENTS);
    struct fact_list dynamic = fact_list_new(l->arena, elf_dynamic_fields);
    if (!elf_image_has_segments(img))
        return true;
    if (!fact_rows(l->arena, elf_segment_fields, img->segment_count, rows))
        return false;
    for (uint32_t i = 0; i < img->segment_count; i++) {
        struct elf_segment s = elf_image_segment(img, i);
        set_segment(fact_item(rows, i), &s);
        if (s.type == ELF_SEGMENT_DYNAMIC && !load_dynamic(l, &s, &dynamic))
            return false;
    }
    fact_list_end(&dynamic, fact_item(l->root, ELF_DYNAMIC));
    return true;
}

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    (void)data; /* -x of yara: this module takes none */
    struct elf_load l = {.img = elf_image_read(&o->source, a), .arena = a, .root = root};
    if (!l.img)
        return true;
    set_header(&l);
    if (o->is_region && l.img->entry != 0)
        set(root, ELF_ENTRY_POINT, o->base + l.img->entry);
    return elf_symbols_keep(root, a, l.img) && load_sections(&l) &&
           load_symbols(&l, &l.img->symtab, ELF_SYMTAB, ELF_SYMTAB_ENTRIES) &&
           load_symbols(&l, &l.img->dynsym, ELF_DYNSYM, ELF_DYNSYM_ENTRIES) && load_segments(&l);
}

/* Of a process: its program, not its libraries. */
static bool is_program(struct object *region)
{
    struct span head = source_view(&region->source, 0, 18);
    struct reader r = reader_from(head, 5);
    bool is_big = reader_u8(&r) == 2;
    reader_skip(&r, 10);
    uint16_t type = is_big ? reader_u16be(&r) : reader_u16le(&r);
    return span_starts(head, SPAN_OF("\177ELF")) && !r.bad && type == ELF_TYPE_EXEC;
}

const struct module module_elf = {
    .name = "elf", .fields = elf_fields, .load = load, .in_memory = is_program};
