/* The module pe: headers, and the order in which its parts load. An attacker typed every byte.
 * Formats: Microsoft PE/COFF specification. What each field means and when it stays undefined:
 * YARA 4.5. */
#include "jail/facts/modules.h"
#include "jail/facts/pe_functions.h"
#include "jail/facts/pe_parts.h"

static void set(struct pe_load *p, uint32_t field, uint64_t v)
{
    fact_set_int(fact_item(p->root, field), (int64_t)v);
}

static void set_pair(struct pe_load *p, uint32_t field, uint32_t major, uint32_t minor)
{
    const struct fact *pair = fact_item(p->root, field);
    fact_set_int(fact_item(pair, PE_MAJOR), major);
    fact_set_int(fact_item(pair, PE_MINOR), minor);
}

static void set_coff(struct pe_load *p)
{
    const struct pe_image *img = p->img;
    set(p, PE_MACHINE, img->machine);
    set(p, PE_NUMBER_OF_SECTIONS, img->section_claim);
    set(p, PE_TIMESTAMP, img->timestamp);
    set(p, PE_POINTER_TO_SYMBOL_TABLE, img->symbols_at);
    set(p, PE_NUMBER_OF_SYMBOLS, img->symbol_count);
    set(p, PE_SIZE_OF_OPTIONAL_HEADER, img->optional_size);
    set(p, PE_CHARACTERISTICS, img->characteristics);
}

static void set_optional(struct pe_load *p)
{
    const struct pe_image *img = p->img;
    set(p, PE_ENTRY_POINT, (uint64_t)pe_image_offset(img, img->entry_rva));
    set(p, PE_ENTRY_POINT_RAW, img->entry_rva);
    set(p, PE_IMAGE_BASE, img->base);
    set(p, PE_NUMBER_OF_RVA_AND_SIZES, img->directory_claim);
    set(p, PE_OPTHDR_MAGIC, img->magic);
    set(p, PE_SIZE_OF_CODE, img->code_size);
    set(p, PE_SIZE_OF_INITIALIZED_DATA, img->data_size);
    set(p, PE_SIZE_OF_UNINITIALIZED_DATA, img->bss_size);
    set(p, PE_BASE_OF_CODE, img->code_base);
    if (!img->is_64)
        set(p, PE_BASE_OF_DATA, img->data_base);
    set(p, PE_SECTION_ALIGNMENT, img->section_alignment);
    set(p, PE_FILE_ALIGNMENT, img->file_alignment);
    set_pair(p, PE_LINKER_VERSION, img->linker_major, img->linker_minor);
    set_pair(p, PE_OS_VERSION, img->os_major, img->os_minor);
    set_pair(p, PE_IMAGE_VERSION, img->image_major, img->image_minor);
    set_pair(p, PE_SUBSYSTEM_VERSION, img->subsystem_major, img->subsystem_minor);
    set(p, PE_WIN32_VERSION_VALUE, img->win32_version);
    set(p, PE_SIZE_OF_IMAGE, img->image_size);
    set(p, PE_SIZE_OF_HEADERS, img->headers_size);
    set(p, PE_CHECKSUM, img->checksum);
    set(p, PE_SUBSYSTEM, img->subsystem);
    set(p, PE_DLL_CHARACTERISTICS, img->dll_characteristics);
    set(p, PE_SIZE_OF_STACK_RESERVE, img->stack_reserve);
    set(p, PE_SIZE_OF_STACK_COMMIT, img->stack_commit);
    set(p, PE_SIZE_OF_HEAP_RESERVE, img->heap_reserve);
    set(p, PE_SIZE_OF_HEAP_COMMIT, img->heap_commit);
    set(p, PE_LOADER_FLAGS, img->loader_flags);
}

static bool set_directories(struct pe_load *p)
{
    struct fact_list list = fact_list_new(p->arena, pe_directory_fields);
    uint32_t count = p->img->directory_claim;
    if (count > PE_DIRECTORIES)
        count = PE_DIRECTORIES;
    struct reader r = reader_from(p->img->data, p->img->directories_at);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t rva = reader_u32le(&r), size = reader_u32le(&r);
        const struct fact *f = r.bad ? NULL : fact_list_add(&list);
        if (!f)
            break;
        fact_set_int(fact_item(f, PE_DIRECTORY_ADDRESS), rva);
        fact_set_int(fact_item(f, PE_DIRECTORY_SIZE), size);
    }
    fact_list_end(&list, fact_item(p->root, PE_DATA_DIRECTORIES));
    return !list.bad;
}

static void set_section(const struct pe_image *img, const struct pe_section *s,
                        const struct fact *f)
{
    bool known;
    struct span full = pe_image_section_full_name(img, s, &known);
    fact_set_span(fact_item(f, PE_SECTION_NAME), pe_image_section_name(s));
    if (known)
        fact_set_span(fact_item(f, PE_SECTION_FULL_NAME), full);
    fact_set_int(fact_item(f, PE_SECTION_CHARACTERISTICS), s->characteristics);
    fact_set_int(fact_item(f, PE_SECTION_VIRTUAL_ADDRESS), s->virtual_address);
    fact_set_int(fact_item(f, PE_SECTION_VIRTUAL_SIZE), s->virtual_size);
    fact_set_int(fact_item(f, PE_SECTION_RAW_DATA_OFFSET), s->raw_offset);
    fact_set_int(fact_item(f, PE_SECTION_RAW_DATA_SIZE), s->raw_size);
    fact_set_int(fact_item(f, PE_SECTION_POINTER_TO_RELOCATIONS), s->relocations_at);
    fact_set_int(fact_item(f, PE_SECTION_POINTER_TO_LINE_NUMBERS), s->lines_at);
    fact_set_int(fact_item(f, PE_SECTION_NUMBER_OF_RELOCATIONS), s->relocation_count);
    fact_set_int(fact_item(f, PE_SECTION_NUMBER_OF_LINE_NUMBERS), s->line_count);
}

static bool set_sections(struct pe_load *p)
{
    struct fact_list list = fact_list_new(p->arena, pe_section_fields);
    for (uint32_t i = 0; i < p->img->section_count; i++) {
        const struct fact *f = fact_list_add(&list);
        if (f)
            set_section(p->img, &p->img->sections[i], f);
    }
    fact_list_end(&list, fact_item(p->root, PE_SECTIONS));
    return !list.bad;
}

/* An overlay is what lies behind the section that ends last in the file. */
static void set_overlay(struct pe_load *p)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < p->img->section_count; i++) {
        const struct pe_section *s = &p->img->sections[i];
        /* The comparison wraps at 32 bits, the kept sum does not: observed. */
        if ((uint32_t)(s->raw_offset + s->raw_size) > end)
            end = (uint64_t)s->raw_offset + s->raw_size;
    }
    bool has = end != 0 && p->img->size > end;
    const struct fact *overlay = fact_item(p->root, PE_OVERLAY);
    fact_set_int(fact_item(overlay, PE_OVERLAY_OFFSET), has ? (int64_t)end : 0);
    fact_set_int(fact_item(overlay, PE_OVERLAY_SIZE), has ? (int64_t)(p->img->size - end) : 0);
}

bool pe_load_headers(struct pe_load *p)
{
    set_coff(p);
    set_optional(p);
    set_overlay(p);
    return set_directories(p) && set_sections(p);
}

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    (void)data; /* -x of yara: this module takes none */
    static bool (*const parts[])(struct pe_load *) = {
        pe_load_headers,         pe_load_resources,  pe_load_rich,
        pe_load_debug,           pe_load_signatures, pe_load_imports,
        pe_load_delayed_imports, pe_load_exports,
    };
    struct pe_load p = {.img = pe_image_read(&o->source, a), .arena = a, .root = root};
    set(&p, PE_IS_PE, p.img != NULL);
    if (!p.img)
        return true;
    pe_keep_image(root, p.img);
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof parts / sizeof parts[0]; i++)
        ok = parts[i](&p);
    if (o->is_region)
        set(&p, PE_ENTRY_POINT, o->base + p.img->entry_rva);
    return ok;
}

const struct module module_pe = {
    .name = "pe", .fields = pe_fields, .load = load, .in_memory = pe_image_is_program};
