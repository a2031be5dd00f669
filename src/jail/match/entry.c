/* YARA's old `entrypoint`: where in the file the first instruction of an ELF or PE lies. Reads the
 * object. ELF: System V gABI, chapters 4 and 5; PE: "PE Format", sections 2 to 4; what YARA makes
 * of odd ones: observed, 4.5.2. */
#include "jail/facts/pe_image.h"
#include "jail/match/cond.h"
#include "jail/object/memory.h"

enum { SECTIONS_MAX = 96, HEAD_BYTES = 4096, PE_I386 = 0x14c, PE_AMD64 = 0x8664 };

static bool pe_head(struct source *s, uint16_t *machine, uint32_t *entry)
{
    struct reader dos = reader_of(source_view(s, 0, 64));
    reader_skip(&dos, 60);
    struct reader r = reader_of(source_view(s, reader_u32le(&dos), HEAD_BYTES));
    reader_skip(&r, 4);
    *machine = reader_u16le(&r);
    reader_skip(&r, 18 + 16); /* the rest of the file header; optional header up to the entry */
    *entry = reader_u32le(&r);
    return !r.bad && !dos.bad;
}

static bool pe_entry(struct source *s, uint64_t *out)
{
    struct reader dos = reader_of(source_view(s, 0, 64));
    reader_skip(&dos, 60);
    uint32_t at = reader_u32le(&dos);
    struct reader r = reader_of(source_view(s, at, HEAD_BYTES));
    uint32_t magic = reader_u32le(&r);
    uint16_t machine = reader_u16le(&r);
    uint32_t sections = reader_u16le(&r);
    reader_skip(&r, 12);
    uint32_t optional_bytes = reader_u16le(&r);
    reader_skip(&r, 2 + 16); /* characteristics; optional header up to the entry point */
    uint32_t entry = reader_u32le(&r);
    bool is_known = machine == PE_I386 || machine == PE_AMD64; /* observed, no other */
    if (r.bad || dos.bad || magic != 0x4550 || !is_known ||
        s->size <= (uint64_t)at + 24 + optional_bytes)
        return false;
    uint32_t best = 0, raw = 0;
    for (uint32_t i = 0; i < sections && i < SECTIONS_MAX; i++) {
        uint64_t row = (uint64_t)at + 24 + optional_bytes + (uint64_t)i * 40;
        struct reader h = reader_of(source_view(s, row, 40));
        reader_skip(&h, 12);
        uint32_t address = reader_u32le(&h);
        reader_skip(&h, 4);
        uint32_t place = reader_u32le(&h);
        if (h.bad || row + 40 >= s->size)
            break;
        if (entry >= address && address >= best) {
            best = address;
            raw = place;
        }
    }
    *out = (uint64_t)entry - best + raw; /* may lie behind the end of the file, as YARA's */
    return true;
}

/* Words of an ELF file, always little-endian here: YARA's entrypoint knows no other. */
static uint64_t word(struct reader *r, bool is_wide)
{
    return is_wide ? reader_u64le(r) : reader_u32le(r);
}

struct elf_head {
    bool is_wide, is_program;
    uint64_t entry, segments_at, sections_at;
    uint32_t segment_bytes, segment_count, section_bytes, section_count;
};

static bool read_elf(struct source *s, struct elf_head *h)
{
    struct span head = source_view(s, 0, 64);
    struct reader r = reader_of(head);
    reader_skip(&r, 4);
    uint8_t class = reader_u8(&r);
    *h = (struct elf_head){.is_wide = class == 2};
    reader_skip(&r, 11);
    h->is_program = reader_u16le(&r) == 2; /* ET_EXEC */
    reader_skip(&r, 6);                    /* machine, version */
    h->entry = word(&r, h->is_wide);
    h->segments_at = word(&r, h->is_wide);
    h->sections_at = word(&r, h->is_wide);
    reader_skip(&r, 4 + 2); /* flags, size of this header */
    h->segment_bytes = reader_u16le(&r);
    h->segment_count = reader_u16le(&r);
    h->section_bytes = reader_u16le(&r);
    h->section_count = reader_u16le(&r);
    reader_skip(&r, 2);
    return !r.bad && (class == 1 || class == 2);
}

/* A stretch of memory and where it lies in the file. */
struct elf_part {
    uint64_t place, address, bytes;
    bool is_there; /* in the file at all */
};

static bool read_segment(struct source *s, const struct elf_head *h, uint32_t i,
                         struct elf_part *out)
{
    uint64_t at;
    if (!add_u64(h->segments_at, (uint64_t)i * h->segment_bytes, &at))
        return false;
    struct reader r = reader_of(source_view(s, at, h->is_wide ? 56 : 32));
    reader_skip(&r, h->is_wide ? 8 : 4); /* type, and flags where words are wide */
    out->place = word(&r, h->is_wide);
    out->address = word(&r, h->is_wide);
    reader_skip(&r, h->is_wide ? 16 : 8); /* physical address, bytes in the file */
    out->bytes = word(&r, h->is_wide);
    out->is_there = true;
    return !r.bad;
}

static bool read_section(struct source *s, const struct elf_head *h, uint32_t i,
                         struct elf_part *out)
{
    enum { SHT_NULL = 0, SHT_NOBITS = 8 };
    uint64_t at;
    if (!add_u64(h->sections_at, (uint64_t)i * h->section_bytes, &at))
        return false;
    struct reader r = reader_of(source_view(s, at, h->is_wide ? 64 : 40));
    reader_skip(&r, 4);
    uint32_t type = reader_u32le(&r);
    (void)word(&r, h->is_wide); /* flags */
    out->address = word(&r, h->is_wide);
    out->place = word(&r, h->is_wide);
    out->bytes = word(&r, h->is_wide);
    out->is_there = type != SHT_NULL && type != SHT_NOBITS;
    return !r.bad;
}

/* By the segments of a program, else by the sections; 0 where none holds it (observed, 4.5.2). */
static bool elf_entry(struct source *s, uint64_t *out)
{
    struct elf_head h;
    if (!read_elf(s, &h))
        return false;
    *out = 0;
    uint32_t count = h.is_program ? h.segment_count : h.section_count; /* 16 bits */
    for (uint32_t i = 0; i < count; i++) {
        struct elf_part part;
        if (!(h.is_program ? read_segment : read_section)(s, &h, i, &part))
            break;
        if (part.is_there && h.entry >= part.address && h.entry - part.address < part.bytes) {
            *out = part.place + (h.entry - part.address);
            break;
        }
    }
    return true;
}

/* A program's, not a library's. The address an ELF file of fixed place names is added to where it
 * lies, as if it were counted from there: observed, 4.5.2. */
static bool region_entry(struct object *region, uint64_t *out)
{
    struct source *s = &region->source;
    if (span_starts(source_view(s, 0, 4), SPAN_OF("\177ELF"))) {
        struct elf_head h;
        if (!read_elf(s, &h) || !h.is_program)
            return false;
        *out = region->base + h.entry;
        return true;
    }
    uint32_t entry;
    uint16_t machine;
    if (!pe_image_is_program(region) || !pe_head(s, &machine, &entry))
        return false;
    *out = region->base + entry;
    return machine == PE_I386 || machine == PE_AMD64;
}

static bool memory_entry(struct object *o, uint64_t *out)
{
    bool found = false;
    for (uint32_t i = 0; i < o->memory->count && !found; i++) {
        struct memory_part part;
        memory_part(&part, o, i);
        found = region_entry(&part.object, out);
    }
    return found;
}

bool entry_point(struct object *o, uint64_t *out)
{
    struct source *s = &o->source;
    if (o->memory)
        return memory_entry(o, out);
    struct span head = source_view(s, 0, 4);
    if (span_starts(head, SPAN_OF("\177ELF")))
        return elf_entry(s, out);
    return span_starts(head, SPAN_OF("MZ")) && pe_entry(s, out);
}
