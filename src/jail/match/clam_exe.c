/* Where an executable's entry point and sections lie in the file, as ClamAV counts. Hostile bytes:
 * the object's. PE: "PE Format", sections 2 to 4; ELF: System V gABI, chapters 4 and 5. *Observed*
 * with clamscan 1.4.6: a section's place in a PE is rounded down to the file alignment (512 when
 * that fits better), its length up; an entry point inside of the headers is its own offset. */
#include "jail/match/clam_facts.h"
#include "jail/object/object.h"

enum { SECTOR = 512, ROW_PE = 40, COFF_BYTES = 24, OPTIONAL_LEAST = 72, PE32_PLUS = 0x20b };

struct pe {
    struct source *source;
    struct clam_exe *out;
    uint64_t at; /* of the PE signature */
    uint32_t sections, optional, entry, file_align, section_align, headers;
};

static uint64_t down(uint64_t n, uint32_t to)
{
    return to ? n / to * to : n;
}

static uint64_t up(uint64_t n, uint32_t to)
{
    return to ? (n + to - 1) / to * to : n;
}

static bool pe_head(struct pe *pe)
{
    struct reader dos = reader_of(source_view(pe->source, 0, 64));
    reader_skip(&dos, 60);
    pe->at = reader_u32le(&dos);
    struct reader r = reader_of(source_view(pe->source, pe->at, COFF_BYTES + OPTIONAL_LEAST));
    uint32_t magic = reader_u32le(&r);
    reader_skip(&r, 2);
    pe->sections = reader_u16le(&r);
    reader_skip(&r, 12);
    pe->optional = reader_u16le(&r);
    reader_skip(&r, 2 + 16); /* characteristics; the optional header up to the entry point */
    pe->entry = reader_u32le(&r);
    reader_skip(&r, 12);
    pe->section_align = reader_u32le(&r);
    pe->file_align = reader_u32le(&r);
    reader_skip(&r, 20);
    pe->headers = reader_u32le(&r);
    return !dos.bad && !r.bad && magic == 0x4550 && pe->sections > 0 &&
           pe->sections <= CLAM_SECTIONS_MAX;
}

static struct reader pe_row(const struct pe *pe, uint32_t i)
{
    uint64_t at = pe->at + COFF_BYTES + pe->optional + (uint64_t)i * ROW_PE;
    return reader_of(source_view(pe->source, at, ROW_PE));
}

static bool pe_sections(struct pe *pe)
{
    for (uint32_t i = 0; i < pe->sections && pe->file_align != SECTOR; i++) {
        struct reader r = pe_row(pe, i);
        reader_skip(&r, 16);
        uint32_t size = reader_u32le(&r), at = reader_u32le(&r);
        if (pe->file_align && size && at % pe->file_align && at % SECTOR == 0)
            pe->file_align = SECTOR;
    }
    for (uint32_t i = 0; i < pe->sections; i++) {
        struct reader r = pe_row(pe, i);
        reader_skip(&r, 12);
        pe->out->sections[i].address = (uint32_t)up(reader_u32le(&r), pe->section_align);
        uint32_t size = reader_u32le(&r), at = reader_u32le(&r);
        if (r.bad)
            return false;
        uint64_t from = down(at, pe->file_align), len = up(size, pe->file_align);
        uint64_t most = from < pe->source->size ? pe->source->size - from : 0;
        pe->out->sections[i].at = from;
        pe->out->sections[i].len = len < most ? len : most;
    }
    pe->out->count = pe->sections;
    return true;
}

static void pe_entry(struct pe *pe)
{
    struct clam_exe *out = pe->out;
    if (pe->entry < pe->headers) {
        out->entry = pe->entry;
        out->has_entry = pe->entry < pe->source->size;
        return;
    }
    for (uint32_t i = pe->sections; i-- > 0 && !out->has_entry;) {
        uint64_t inside = (uint64_t)pe->entry - out->sections[i].address;
        if (pe->entry < out->sections[i].address || inside >= out->sections[i].len)
            continue;
        out->entry = out->sections[i].at + inside;
        out->has_entry = true;
    }
}

/* The third of the data directories, which follow their number. */
static void pe_resources(struct pe *pe)
{
    struct reader kind = reader_of(source_view(pe->source, pe->at + COFF_BYTES, 2));
    uint64_t at = pe->at + COFF_BYTES + (reader_u16le(&kind) == PE32_PLUS ? 108 : 92);
    struct reader r = reader_of(source_view(pe->source, at, 24));
    uint32_t count = reader_u32le(&r);
    reader_skip(&r, 16);
    uint32_t rva = reader_u32le(&r);
    pe->out->resources = r.bad || count < 3 ? 0 : rva;
    pe->out->headers = pe->headers;
}

static bool read_pe(struct source *s, struct clam_exe *out)
{
    struct pe pe = {.source = s, .out = out};
    if (!pe_head(&pe) || !pe_sections(&pe))
        return false;
    pe_entry(&pe);
    pe_resources(&pe);
    return true;
}

struct elf {
    struct source *source;
    bool wide, big;
    uint64_t entry, segments_at, sections_at;
    uint64_t segment_bytes, segments, section_bytes, sections;
};

static uint64_t word(const struct elf *e, struct reader *r, unsigned bytes)
{
    if (bytes == 2)
        return e->big ? reader_u16be(r) : reader_u16le(r);
    if (bytes == 4)
        return e->big ? reader_u32be(r) : reader_u32le(r);
    return e->big ? reader_u64be(r) : reader_u64le(r);
}

static bool elf_head(struct elf *e)
{
    struct reader r = reader_of(source_view(e->source, 0, 64));
    reader_skip(&r, 4);
    e->wide = reader_u8(&r) == 2;
    e->big = reader_u8(&r) == 2;
    unsigned size = e->wide ? 8 : 4;
    reader_skip(&r, 10 + 8);
    e->entry = word(e, &r, size);
    e->segments_at = word(e, &r, size);
    e->sections_at = word(e, &r, size);
    reader_skip(&r, 6);
    e->segment_bytes = word(e, &r, 2);
    e->segments = word(e, &r, 2);
    e->section_bytes = word(e, &r, 2);
    e->sections = word(e, &r, 2);
    return !r.bad;
}

/* The entry point is an address; the loaded segment around it says where that is in the file. */
static void elf_entry(const struct elf *e, struct clam_exe *out)
{
    unsigned size = e->wide ? 8 : 4;
    for (uint64_t i = 0; i < e->segments && !out->has_entry; i++) {
        uint64_t at;
        if (!add_u64(e->segments_at, i * e->segment_bytes, &at))
            return;
        struct reader r = reader_of(source_view(e->source, at, 56));
        reader_skip(&r, e->wide ? 8 : 4); /* type, and flags where they stand here */
        uint64_t offset = word(e, &r, size), address = word(e, &r, size);
        reader_skip(&r, size);
        (void)word(e, &r, size); /* bytes in the file */
        uint64_t memory = word(e, &r, size);
        if (r.bad)
            return;
        if (e->entry < address || e->entry - address >= memory)
            continue;
        out->has_entry = add_u64(offset, e->entry - address, &out->entry);
    }
}

static bool elf_sections(const struct elf *e, struct clam_exe *out)
{
    unsigned size = e->wide ? 8 : 4;
    for (uint64_t i = 0; i < e->sections && i < CLAM_SECTIONS_MAX; i++) {
        uint64_t at;
        if (!add_u64(e->sections_at, i * e->section_bytes, &at))
            return false;
        struct reader r = reader_of(source_view(e->source, at, 64));
        reader_skip(&r, 8 + 2 * size); /* name, type, flags, address */
        out->sections[i].at = word(e, &r, size);
        out->sections[i].len = word(e, &r, size);
        if (r.bad || out->sections[i].at > INT64_MAX / 2 || out->sections[i].len > INT64_MAX / 2)
            return false;
        out->count = (uint32_t)i + 1;
    }
    return true;
}

static bool read_elf(struct source *s, struct clam_exe *out)
{
    struct elf e = {.source = s};
    if (!elf_head(&e))
        return false;
    elf_entry(&e, out);
    if (!elf_sections(&e, out))
        out->count = 0;
    return true;
}

bool clam_exe_read(struct object *o, struct clam_exe *out)
{
    *out = (struct clam_exe){0};
    switch (clam_target_of(o)) {
    case CLAM_PE:
        return read_pe(&o->source, out);
    case CLAM_ELF:
        return read_elf(&o->source, out);
    default:
        return false;
    }
}
