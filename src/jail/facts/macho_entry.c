/* Load commands and entry points of Mach-O files. An attacker typed every byte.
 * Format: Apple's loader.h and each processor's thread_status.h; the functions on files inside fat
 * ones: YARA 4.5. */
#include "jail/facts/macho_entry.h"

#include "jail/facts/fact_build.h"
#include "jail/facts/macho_fields.h"

enum { COMMAND_BYTES = 8, THREAD_HEAD_BYTES = 16, MAIN_BYTES = 24, LC_UNIXTHREAD = 5 };

static const uint32_t lc_main = 0x80000028;

/* Where a processor's program counter lies in its saved state. */
static const struct state {
    uint32_t cputype, at, width, least; /* bytes; least: of the whole state */
} states[] = {
    {0x00000006, 68, 4, 72},   /* MC680x0 */
    {0x0000000d, 124, 4, 136}, /* MC88000 */
    {0x0000000e, 4, 4, 76},    /* SPARC */
    {0x00000012, 0, 4, 160},   /* PowerPC */
    {0x00000007, 40, 4, 64},   /* x86 */
    {0x0000000c, 60, 4, 68},   /* ARM */
    {0x01000007, 128, 8, 168}, /* x86-64 */
    {0x0100000c, 256, 8, 272}, /* ARM64 */
    {0x01000012, 0, 8, 304},   /* PowerPC 64 */
};

uint64_t macho_number(const struct macho_file *m, struct reader *r, uint32_t bytes)
{
    if (bytes == 4)
        return m->is_big ? reader_u32be(r) : reader_u32le(r);
    return m->is_big ? reader_u64be(r) : reader_u64le(r);
}

bool macho_next(struct macho_load *l, const struct macho_file *m, struct macho_command *c)
{
    struct reader r = reader_from(m->bytes, c->next);
    c->rest = reader_rest(&r);
    c->kind = (uint32_t)macho_number(m, &r, 4);
    uint32_t len = (uint32_t)macho_number(m, &r, 4);
    if (r.bad || c->index >= m->command_count || len < COMMAND_BYTES || len > c->rest.len ||
        l->steps >= LIMIT_MACHO_STEPS)
        return false;
    l->steps++;
    c->index++;
    c->bytes = span_cut(c->rest, 0, len);
    c->next += len;
    return true;
}

/* File offset of an address, by the segments. */
static bool offset_of(struct macho_load *l, const struct macho_file *m, uint64_t address,
                      uint64_t *out)
{
    const struct fact *list = &m->items[MACHO_FILE_SEGMENTS];
    for (uint32_t i = 0; i < list->list.count && l->steps < LIMIT_MACHO_STEPS; i++) {
        const struct fact *f = fact_item(list, i);
        uint64_t start = (uint64_t)fact_int(fact_item(f, MACHO_SEGMENT_VMADDR), 0);
        uint64_t end = start + (uint64_t)fact_int(fact_item(f, MACHO_SEGMENT_VMSIZE), 0);
        l->steps++;
        if (address >= start && address < end) {
            *out = (uint64_t)fact_int(fact_item(f, MACHO_SEGMENT_FILEOFF), 0) + address - start;
            return true;
        }
    }
    return false;
}

/* LC_UNIXTHREAD. YARA bounds the state by the command's size as a little-endian number, whatever
 * the file's order, and by the file: observed. */
static void set_by_thread(struct macho_load *l, const struct macho_file *m,
                          const struct macho_command *c)
{
    uint32_t claim;
    (void)span_u32le(c->rest, 4, &claim); /* there: the command was read */
    uint64_t size = claim < c->rest.len ? claim : c->rest.len;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const struct state *s = &states[i];
        if (s->cputype != m->cputype || size < THREAD_HEAD_BYTES + s->least)
            continue;
        struct reader r = reader_from(c->rest, THREAD_HEAD_BYTES + s->at);
        uint64_t offset, address = macho_number(m, &r, s->width);
        if (offset_of(l, m, address, &offset))
            fact_set_int(&m->items[MACHO_FILE_ENTRY_POINT], (int64_t)offset);
    }
}

static void set_by_main(const struct macho_file *m, const struct macho_command *c)
{
    if (c->rest.len < MAIN_BYTES)
        return;
    struct reader r = reader_from(c->rest, COMMAND_BYTES);
    fact_set_int(&m->items[MACHO_FILE_ENTRY_POINT], (int64_t)macho_number(m, &r, 8));
    fact_set_int(&m->items[MACHO_FILE_STACK_SIZE], (int64_t)macho_number(m, &r, 8));
}

void macho_set_entry(struct macho_load *l, struct macho_file *m)
{
    struct macho_command c = {.next = m->commands_at};
    while (macho_next(l, m, &c)) {
        if (c.kind == LC_UNIXTHREAD)
            set_by_thread(l, m, &c);
        else if (c.kind == lc_main)
            set_by_main(m, &c);
    }
}

/* Index of the first row of `list` with these processor numbers, or -1. */
static int64_t find(const struct module_call *c, uint32_t list, uint32_t type, uint32_t subtype)
{
    const struct fact *rows = fact_item(c->root, list);
    for (uint32_t i = 0; i < rows->list.count; i++) {
        const struct fact *f = fact_item(rows, i);
        const struct fact *a = fact_item(f, type), *b = fact_item(f, subtype);
        bool fits = a->kind == FACT_INT && a->i == c->args[0].i;
        if (fits && (c->arg_count < 2 || (b->kind == FACT_INT && b->i == c->args[1].i)))
            return i;
    }
    return -1;
}

static struct fact file_index(const struct module_call *c)
{
    int64_t i = find(c, MACHO_FILE, MACHO_FILE_CPUTYPE, MACHO_FILE_CPUSUBTYPE);
    return i < 0 ? fact_undefined() : fact_of_int(i);
}

static struct fact entry_point(const struct module_call *c)
{
    int64_t i = find(c, MACHO_FAT_ARCH, MACHO_ARCH_CPUTYPE, MACHO_ARCH_CPUSUBTYPE);
    if (i < 0)
        return fact_undefined();
    const struct fact *arch = fact_item(fact_item(c->root, MACHO_FAT_ARCH), (uint32_t)i);
    const struct fact *file = fact_item(fact_item(c->root, MACHO_FILE), (uint32_t)i);
    const struct fact *entry = fact_item(file, MACHO_FILE_ENTRY_POINT);
    uint64_t at = (uint64_t)fact_int(fact_item(arch, MACHO_ARCH_OFFSET), 0);
    return entry->kind == FACT_INT ? fact_of_int((int64_t)(at + (uint64_t)entry->i))
                                   : fact_undefined();
}

struct fact macho_file_index_type(struct module_call *c)
{
    return file_index(c);
}

struct fact macho_file_index_subtype(struct module_call *c)
{
    return file_index(c);
}

struct fact macho_entry_point_type(struct module_call *c)
{
    return entry_point(c);
}

struct fact macho_entry_point_subtype(struct module_call *c)
{
    return entry_point(c);
}
