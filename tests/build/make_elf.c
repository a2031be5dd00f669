/* ELF files made in code. System V gABI, chapters 4 and 5. */
#include "make_elf.h"

#include <string.h>

enum { TEXT_BYTES = 16, DYNAMIC_ENTRIES = 3 };

static const char section_names[] = "\0.text\0.dynsym\0.symtab\0.strtab\0.dynamic\0.shstrtab";

struct maker {
    struct buf *out;
    const struct make_elf *e;
    size_t start;
    struct {
        uint32_t name, type, link;
        uint64_t at, len, entry;
    } rows[MAKE_ELF_SECTIONS];
};

static void number(struct maker *m, uint64_t v, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        uint32_t shift = 8 * (m->e->is_big ? bytes - 1 - i : i);
        buf_byte(m->out, (uint8_t)(v >> shift));
    }
}

static void half(struct maker *m, uint64_t v)
{
    number(m, v, 2);
}

static void word(struct maker *m, uint64_t v)
{
    number(m, v, 4);
}

static void wide(struct maker *m, uint64_t v)
{
    number(m, v, m->e->is_wide ? 8 : 4);
}

static uint32_t header_bytes(const struct make_elf *e)
{
    return e->is_wide ? 64 : 52;
}

static uint32_t segment_bytes(const struct make_elf *e)
{
    return e->is_wide ? 56 : 32;
}

uint32_t make_elf_text_at(const struct make_elf *e)
{
    return header_bytes(e) + 2 * segment_bytes(e);
}

static void put_header(struct maker *m)
{
    const struct make_elf *e = m->e;
    buf_put(m->out, "\177ELF", 4);
    buf_byte(m->out, e->is_wide ? 2 : 1);
    buf_byte(m->out, e->is_big ? 2 : 1);
    buf_byte(m->out, 1);
    for (int i = 0; i < 9; i++)
        buf_byte(m->out, 0);
    half(m, e->type);
    half(m, e->machine);
    word(m, 1);
    wide(m, MAKE_ELF_BASE + make_elf_text_at(e) + 4);
    wide(m, header_bytes(e));
    wide(m, 0); /* e_shoff, known at the end */
    word(m, 0);
    half(m, header_bytes(e));
    half(m, segment_bytes(e));
    half(m, 2);
    half(m, e->is_wide ? 64 : 40);
    half(m, MAKE_ELF_SECTIONS);
    half(m, MAKE_ELF_SECTIONS - 1);
}

static void put_segment(struct maker *m, uint32_t type, uint64_t at, uint64_t len)
{
    word(m, type);
    if (m->e->is_wide)
        word(m, 5);
    wide(m, at);
    wide(m, MAKE_ELF_BASE + at);
    wide(m, MAKE_ELF_BASE + at);
    wide(m, len);
    wide(m, len + 8);
    if (!m->e->is_wide)
        word(m, 5);
    wide(m, 0x1000);
}

/* What was appended since `at` is section `i`. */
static void close_row(struct maker *m, uint32_t i, uint32_t type, size_t at)
{
    size_t name = 0;
    for (uint32_t k = 0; k < i; k++)
        name += strlen(section_names + name) + 1;
    m->rows[i].name = (uint32_t)name;
    m->rows[i].type = type;
    m->rows[i].at = at;
    m->rows[i].len = m->out->len - m->start - at;
}

static size_t here(const struct maker *m)
{
    return m->out->len - m->start;
}

static void put_symbols(struct maker *m, uint32_t row, uint32_t type)
{
    size_t at = here(m), name = 1;
    for (uint32_t i = 0; i < m->e->count; i++) {
        const struct make_elf_symbol *s = &m->e->symbols[i];
        word(m, name);
        name += strlen(s->name) + 1;
        if (!m->e->is_wide) {
            wide(m, 0x1000 + i);
            wide(m, i);
        }
        buf_byte(m->out, s->info);
        buf_byte(m->out, s->other);
        half(m, s->section);
        if (m->e->is_wide) {
            wide(m, 0x1000 + i);
            wide(m, i);
        }
    }
    close_row(m, row, type, at);
    m->rows[row].link = 4;
}

static void put_names(struct maker *m)
{
    size_t at = here(m);
    buf_byte(m->out, 0);
    for (uint32_t i = 0; i < m->e->count; i++)
        buf_put(m->out, m->e->symbols[i].name, strlen(m->e->symbols[i].name) + 1);
    close_row(m, 4, 3, at);
}

static void put_rows(struct maker *m)
{
    for (uint32_t i = 0; i < MAKE_ELF_SECTIONS; i++) {
        word(m, m->rows[i].name);
        word(m, m->rows[i].type);
        wide(m, i == 1 ? 6 : 0);
        wide(m, i == 1 ? MAKE_ELF_BASE + m->rows[i].at : 0);
        wide(m, m->rows[i].at);
        wide(m, m->rows[i].len);
        word(m, m->rows[i].link);
        word(m, 0);
        wide(m, 1);
        wide(m, 0);
    }
}

void make_elf(struct buf *out, const struct make_elf *e)
{
    struct maker m = {.out = out, .e = e, .start = out->len};
    uint32_t text = make_elf_text_at(e), entry = e->is_wide ? 16 : 8;
    put_header(&m);
    put_segment(&m, 1, text, TEXT_BYTES);
    put_segment(&m, 2, text + TEXT_BYTES, DYNAMIC_ENTRIES * entry);
    for (uint8_t i = 0; i < TEXT_BYTES; i++)
        buf_byte(out, i);
    close_row(&m, 1, 1, text);
    size_t at = here(&m);
    static const uint64_t dynamic[][2] = {{1, 1}, {5, 0x1234}, {0, 0}};
    for (uint32_t i = 0; i < DYNAMIC_ENTRIES; i++) {
        wide(&m, dynamic[i][0]);
        wide(&m, dynamic[i][1]);
    }
    close_row(&m, 5, 6, at);
    put_names(&m);
    put_symbols(&m, 2, e->has_no_dynsym ? 1 : 11);
    put_symbols(&m, 3, 2);
    at = here(&m);
    buf_put(out, section_names, sizeof section_names);
    close_row(&m, 6, 3, at);
    /* e_shoff: patched through a second buffer position */
    size_t end = out->len;
    wide(&m, here(&m));
    memcpy(out->at + m.start + (e->is_wide ? 40 : 32), out->at + end, e->is_wide ? 8 : 4);
    out->len = end;
    put_rows(&m);
}
