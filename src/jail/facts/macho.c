/* The module macho: Mach-O files, alone or several in a fat one. An attacker typed every byte.
 * Format: Apple's loader.h and fat.h. What is looked at, in which order: YARA 4.5. */
#include "jail/facts/fact_build.h"
#include "jail/facts/macho_entry.h"
#include "jail/facts/macho_fields.h"
#include "jail/facts/macho_more.h"
#include "jail/facts/modules.h"
#include "jail/facts/whole_bytes.h"

enum { FAT_HEADER_BYTES = 8, FAT_ROW_BYTES = 20, FAT_WIDE_ROW_BYTES = 32, NAME_BYTES = 16 };
enum { SEGMENT_BYTES = 56, SEGMENT64_BYTES = 72, SECTION_BYTES = 68, SECTION64_BYTES = 80 };
enum { LC_SEGMENT = 0x1, LC_SEGMENT_64 = 0x19 };

static const uint32_t fat_magic = 0xcafebabe, fat_magic_64 = 0xcafebabf;

/* 16 bytes, up to the first NUL. */
static void set_name(struct fact *f, struct span name)
{
    fact_set_span(f, span_cut(name, 0, span_find_byte(name, 0, 0)));
}

static void set_number(const struct fact *f, uint32_t field, uint64_t v)
{
    fact_set_int(fact_item(f, field), (int64_t)v);
}

static bool take_row(struct macho_load *l)
{
    return ++l->rows <= LIMIT_MACHO_ROWS;
}

static void read_section(const struct macho_file *m, struct reader *r, bool is_wide,
                         const struct fact *f)
{
    set_name(fact_item(f, MACHO_SECTION_SECTNAME), reader_take(r, NAME_BYTES));
    set_name(fact_item(f, MACHO_SECTION_SEGNAME), reader_take(r, NAME_BYTES));
    uint32_t bytes = is_wide ? 8 : 4;
    set_number(f, MACHO_SECTION_ADDR, macho_number(m, r, bytes));
    set_number(f, MACHO_SECTION_SIZE, macho_number(m, r, bytes));
    uint32_t last = is_wide ? MACHO_SECTION_RESERVED3 : MACHO_SECTION_RESERVED2;
    for (uint32_t field = MACHO_SECTION_OFFSET; field <= last; field++)
        set_number(f, field, macho_number(m, r, 4));
}

/* As many sections as the command has room for. */
static bool read_sections(struct macho_load *l, const struct macho_file *m,
                          const struct macho_command *c, uint32_t count, struct fact *out)
{
    bool is_wide = c->kind == LC_SEGMENT_64;
    uint32_t head = is_wide ? SEGMENT64_BYTES : SEGMENT_BYTES;
    uint32_t row = is_wide ? SECTION64_BYTES : SECTION_BYTES;
    struct fact_list list = fact_list_new(l->arena, macho_section_fields);
    struct reader r = reader_from(c->bytes, head);
    for (uint32_t i = 0; i < count && !r.bad && reader_left(&r) >= row && take_row(l); i++) {
        const struct fact *f = fact_list_add(&list);
        if (!f)
            return false;
        read_section(m, &r, is_wide, f);
    }
    fact_list_end(&list, out);
    return true;
}

/* A command shorter than its kind is read past its own end: observed. */
static bool read_segment(struct macho_load *l, struct macho_file *m, const struct macho_command *c,
                         struct fact_list *list)
{
    bool is_wide = c->kind == LC_SEGMENT_64;
    if (c->rest.len < (is_wide ? SEGMENT64_BYTES : SEGMENT_BYTES) || !take_row(l))
        return true;
    const struct fact *f = fact_list_add(list);
    if (!f)
        return false;
    struct reader r = reader_from(c->rest, 8);
    uint32_t bytes = is_wide ? 8 : 4;
    set_name(fact_item(f, MACHO_SEGMENT_SEGNAME), reader_take(&r, NAME_BYTES));
    for (uint32_t field = MACHO_SEGMENT_VMADDR; field <= MACHO_SEGMENT_FSIZE; field++)
        set_number(f, field, macho_number(m, &r, bytes));
    for (uint32_t field = MACHO_SEGMENT_MAXPROT; field <= MACHO_SEGMENT_FLAGS; field++)
        set_number(f, field, macho_number(m, &r, 4));
    uint32_t count = (uint32_t)fact_int(fact_item(f, MACHO_SEGMENT_NSECTS), 0);
    return read_sections(l, m, c, count, fact_item(f, MACHO_SEGMENT_SECTIONS));
}

static void read_header(struct macho_file *m)
{
    struct reader r = reader_of(m->bytes);
    m->magic = reader_u32be(&r);
    m->is_big = m->magic == MACHO_MAGIC || m->magic == MACHO_MAGIC_64 || m->magic == fat_magic ||
                m->magic == fat_magic_64;
    m->is_32 = m->magic == MACHO_MAGIC || m->magic == MACHO_CIGAM;
    fact_set_int(&m->items[MACHO_FILE_MAGIC], m->magic);
    uint32_t last = m->is_32 ? MACHO_FILE_FLAGS : MACHO_FILE_RESERVED;
    for (uint32_t field = MACHO_FILE_CPUTYPE; field <= last; field++)
        fact_set_int(&m->items[field], (int64_t)macho_number(m, &r, 4));
    m->cputype = (uint32_t)m->items[MACHO_FILE_CPUTYPE].i;
    m->command_count = (uint32_t)m->items[MACHO_FILE_NCMDS].i;
    m->commands_at = r.at;
}

/* One Mach-O file; inside a fat one its magic may be anything. Items are those of macho_file_field.
 */
static bool load_file(struct macho_load *l, struct span bytes, struct fact *items)
{
    struct macho_file m = {.bytes = bytes, .items = items};
    if (bytes.len < MACHO_HEADER_BYTES)
        return true;
    read_header(&m);
    struct fact_list list = fact_list_new(l->arena, macho_segment_fields);
    struct macho_command c = {.next = m.commands_at};
    uint32_t count = 0;
    while (macho_next(l, &m, &c)) {
        if (c.kind != LC_SEGMENT && c.kind != LC_SEGMENT_64)
            continue;
        count++;
        if (!read_segment(l, &m, &c, &list))
            return false;
    }
    fact_list_end(&list, &items[MACHO_FILE_SEGMENTS]);
    fact_set_int(&items[MACHO_FILE_NUMBER_OF_SEGMENTS], count);
    macho_set_entry(l, &m);
    return macho_more(l, &m);
}

/* struct fat_arch and fat_arch_64, always big-endian. */
static struct span read_arch(struct span data, struct reader *r, bool is_wide, const struct fact *f)
{
    set_number(f, MACHO_ARCH_CPUTYPE, reader_u32be(r));
    set_number(f, MACHO_ARCH_CPUSUBTYPE, reader_u32be(r));
    uint64_t at = is_wide ? reader_u64be(r) : reader_u32be(r);
    uint64_t len = is_wide ? reader_u64be(r) : reader_u32be(r);
    set_number(f, MACHO_ARCH_OFFSET, at);
    set_number(f, MACHO_ARCH_SIZE, len);
    set_number(f, MACHO_ARCH_ALIGN, reader_u32be(r));
    if (is_wide)
        reader_skip(r, 4);
    if (at > data.len || len > data.len - at)
        return (struct span){NULL, 0};
    return span_cut(data, (size_t)at, (size_t)len);
}

static bool load_fat(struct macho_load *l, struct span data)
{
    struct reader r = reader_of(data);
    uint32_t magic = reader_u32be(&r), count = reader_u32be(&r);
    if (r.bad)
        return true;
    bool is_wide = magic != fat_magic;
    set_number(l->root, MACHO_FAT_MAGIC, magic);
    set_number(l->root, MACHO_NFAT_ARCH, count);
    if (reader_left(&r) / (is_wide ? FAT_WIDE_ROW_BYTES : FAT_ROW_BYTES) < count)
        return true;
    struct fact_list arches = fact_list_new(l->arena, macho_arch_fields);
    struct fact_list files = fact_list_new(l->arena, macho_file_fields);
    for (uint32_t i = 0; i < count && take_row(l); i++) {
        const struct fact *arch = fact_list_add(&arches), *file = fact_list_add(&files);
        if (!arch || !file)
            return false;
        struct span inside = read_arch(data, &r, is_wide, arch);
        if (!load_file(l, inside, file->list.items))
            return false;
    }
    fact_list_end(&arches, fact_item(l->root, MACHO_FAT_ARCH));
    fact_list_end(&files, fact_item(l->root, MACHO_FILE));
    return true;
}

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    (void)data; /* -x of yara: this module takes none */
    struct macho_load l = {.arena = a, .root = root};
    struct span head = source_view(&o->source, 0, 4), bytes;
    struct reader r = reader_of(head);
    uint32_t magic = reader_u32be(&r);
    bool is_fat =
        magic == fat_magic || magic == fat_magic_64 || magic == 0xbebafeca || magic == 0xbfbafeca;
    bool is_single = magic == MACHO_MAGIC || magic == MACHO_MAGIC_64 || magic == MACHO_CIGAM ||
                     magic == MACHO_CIGAM_64;
    if (r.bad || (!is_fat && !is_single))
        return true;
    if (!whole_bytes(&o->source, a, &bytes))
        return false;
    bool ok =
        is_fat ? load_fat(&l, bytes) : load_file(&l, bytes, fact_item(root, MACHO_FIRST_OF_FILE));
    o->source.facts_cut |= l.steps >= LIMIT_MACHO_STEPS || l.rows > LIMIT_MACHO_ROWS;
    return ok;
}

const struct module module_macho = {.name = "macho", .fields = macho_fields, .load = load};
