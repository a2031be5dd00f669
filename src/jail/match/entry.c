/* YARA's old `entrypoint`: where in the file the first instruction of an ELF or PE lies. Reads the
 * object. ELF: System V gABI, chapters 4 and 5; PE: "PE Format", sections 2 to 4. */
#include "jail/match/cond.h"

enum { SECTIONS_MAX = 96, SEGMENTS_MAX = 65535, HEAD_BYTES = 4096 };

static bool pe_entry(struct source *s, uint64_t *out)
{
    struct reader dos = reader_of(source_view(s, 0, 64));
    reader_skip(&dos, 60);
    uint32_t at = reader_u32le(&dos);
    struct reader r = reader_of(source_view(s, at, HEAD_BYTES));
    uint32_t magic = reader_u32le(&r);
    reader_skip(&r, 2);
    uint32_t sections = reader_u16le(&r);
    reader_skip(&r, 12);
    uint32_t optional_bytes = reader_u16le(&r);
    reader_skip(&r, 2 + 16); /* characteristics; optional header up to the entry point */
    uint32_t entry = reader_u32le(&r);
    if (r.bad || dos.bad || magic != 0x4550)
        return false;
    uint32_t best = 0, raw = 0;
    for (uint32_t i = 0; i < sections && i < SECTIONS_MAX; i++) {
        uint64_t row = (uint64_t)at + 24 + optional_bytes + (uint64_t)i * 40;
        struct reader h = reader_of(source_view(s, row, 40));
        reader_skip(&h, 12);
        uint32_t address = reader_u32le(&h);
        reader_skip(&h, 4);
        uint32_t place = reader_u32le(&h);
        if (h.bad)
            return false;
        if (entry >= address && address >= best) {
            best = address;
            raw = place;
        }
    }
    *out = (uint64_t)entry - best + raw;
    return *out < s->size;
}

/* A word of an ELF header in the file's byte order; `wide`: 8 bytes. */
static uint64_t word(struct reader *r, bool big, unsigned bytes)
{
    if (bytes == 2)
        return big ? reader_u16be(r) : reader_u16le(r);
    if (bytes == 4)
        return big ? reader_u32be(r) : reader_u32le(r);
    return big ? reader_u64be(r) : reader_u64le(r);
}

struct elf_head {
    bool big, wide;
    uint64_t entry, segments_at;
    uint64_t segment_bytes, segment_count;
};

static bool read_elf(struct source *s, struct elf_head *h)
{
    struct reader r = reader_of(source_view(s, 0, 64));
    reader_skip(&r, 4);
    uint8_t class = reader_u8(&r), order = reader_u8(&r);
    *h = (struct elf_head){.big = order == 2, .wide = class == 2};
    unsigned w = h->wide ? 8 : 4;
    reader_skip(&r, 10 + 8); /* rest of the identification; type, machine, version */
    h->entry = word(&r, h->big, w);
    h->segments_at = word(&r, h->big, w);
    reader_skip(&r, w + 4 + 2); /* sections' offset, flags, size of this header */
    h->segment_bytes = word(&r, h->big, 2);
    h->segment_count = word(&r, h->big, 2);
    return !r.bad && (class == 1 || class == 2) && (order == 1 || order == 2);
}

static bool elf_entry(struct source *s, uint64_t *out)
{
    struct elf_head h;
    if (!read_elf(s, &h))
        return false;
    unsigned w = h.wide ? 8 : 4;
    for (uint64_t i = 0; i < h.segment_count && i < SEGMENTS_MAX; i++) {
        uint64_t at;
        if (!add_u64(h.segments_at, i * h.segment_bytes, &at))
            return false;
        struct reader r = reader_of(source_view(s, at, h.wide ? 56 : 32));
        reader_skip(&r, h.wide ? 8 : 4); /* type, and flags where words are wide */
        uint64_t place = word(&r, h.big, w), address = word(&r, h.big, w);
        reader_skip(&r, 2 * w); /* physical address, bytes in the file */
        uint64_t bytes = word(&r, h.big, w);
        if (r.bad)
            return false;
        if (h.entry >= address && h.entry - address < bytes)
            return add_u64(h.entry - address, place, out);
    }
    return false;
}

bool entry_point(struct source *s, uint64_t *out)
{
    struct span head = source_view(s, 0, 4);
    if (span_starts(head, SPAN_OF("\177ELF")))
        return elf_entry(s, out);
    return span_starts(head, SPAN_OF("MZ")) && pe_entry(s, out);
}
