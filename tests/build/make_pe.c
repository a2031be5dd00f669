/* PE files for tests. Format: Microsoft PE/COFF specification. */
#include "make_pe.h"

#include <string.h>

void make_pe_init(struct make_pe *p, bool is_64)
{
    *p = (struct make_pe){.is_64 = is_64,
                          .machine = is_64 ? 0x8664 : 0x14c,
                          .characteristics = 0x102,
                          .timestamp = 0x5f000000,
                          .section_name = ".text"};
    buf_init(&p->body, 0);
}

void make_pe_done(struct make_pe *p)
{
    buf_done(&p->body);
}

uint32_t make_pe_add(struct make_pe *p, struct span bytes)
{
    buf_align(&p->body, 4);
    uint32_t rva = MAKE_PE_BASE + (uint32_t)p->body.len;
    buf_span(&p->body, bytes);
    return rva;
}

uint32_t make_pe_text(struct make_pe *p, const char *text)
{
    return make_pe_add(p, span_make(text, strlen(text) + 1));
}

static void put_wide(struct buf *out, const char *text)
{
    for (size_t i = 0; i <= strlen(text); i++)
        buf_u16le(out, (uint8_t)text[i]);
}

uint32_t make_pe_wide(struct make_pe *p, const char *text)
{
    uint32_t rva = make_pe_add(p, SPAN_OF(""));
    put_wide(&p->body, text);
    return rva;
}

uint32_t make_pe_words(struct make_pe *p, const uint32_t *words, uint32_t count)
{
    uint32_t rva = make_pe_add(p, SPAN_OF(""));
    for (uint32_t i = 0; i < count; i++)
        buf_u32le(&p->body, words[i]);
    return rva;
}

void make_pe_directory(struct make_pe *p, uint32_t index, uint32_t rva, uint32_t size)
{
    p->directories[index].rva = rva;
    p->directories[index].size = size;
}

static void put_word(const struct make_pe *p, struct buf *out, uint64_t v)
{
    if (p->is_64)
        buf_u64le(out, v);
    else
        buf_u32le(out, (uint32_t)v);
}

static void put_optional(const struct make_pe *p, struct buf *out)
{
    buf_u16le(out, p->is_64 ? 0x20b : 0x10b);
    buf_u16le(out, 0x0102); /* linker 2.1 */
    buf_u32le(out, (uint32_t)p->body.len);
    buf_u32le(out, 0);
    buf_u32le(out, 0);
    buf_u32le(out, MAKE_PE_BASE); /* entry */
    buf_u32le(out, MAKE_PE_BASE);
    if (!p->is_64)
        buf_u32le(out, 0x2000);
    put_word(p, out, MAKE_PE_IMAGE_BASE);
    buf_u32le(out, 0x1000);
    buf_u32le(out, 0x200);
    for (uint16_t v = 1; v <= 6; v++) /* system 1.2, image 3.4, subsystem 5.6 */
        buf_u16le(out, v);
    buf_u32le(out, 0);
    buf_u32le(out, 0x100000); /* image */
    buf_u32le(out, MAKE_PE_FILE);
    buf_u32le(out, 0x1234); /* checksum */
    buf_u16le(out, 3);
    buf_u16le(out, 0x140);
    for (uint64_t v = 0; v < 4; v++)
        put_word(p, out, 0x100000 + v);
    buf_u32le(out, 0);
    buf_u32le(out, 16);
    for (int i = 0; i < 16; i++) {
        buf_u32le(out, p->directories[i].rva);
        buf_u32le(out, p->directories[i].size);
    }
}

static void put_section(const struct make_pe *p, struct buf *out, uint32_t raw)
{
    char name[8] = {0};
    for (size_t i = 0; i < sizeof name && p->section_name[i]; i++)
        name[i] = p->section_name[i];
    buf_put(out, name, sizeof name);
    buf_u32le(out, (uint32_t)p->body.len);
    buf_u32le(out, MAKE_PE_BASE);
    buf_u32le(out, raw);
    buf_u32le(out, MAKE_PE_FILE);
    buf_u32le(out, 11);
    buf_u32le(out, 22);
    buf_u16le(out, 33);
    buf_u16le(out, 44);
    buf_u32le(out, 0x60000020);
}

void make_pe_end(const struct make_pe *p, struct buf *out)
{
    size_t start = out->len;
    uint32_t raw = ((uint32_t)p->body.len + 0x1ff) & ~0x1ffu;
    buf_text(out, "MZ");
    for (int i = 2; i < 60; i++)
        buf_byte(out, 0);
    buf_u32le(out, 64 + (uint32_t)p->stub.len);
    buf_span(out, p->stub);
    buf_put(out, "PE\0", 4);
    buf_u16le(out, p->machine);
    buf_u16le(out, 1);
    buf_u32le(out, p->timestamp);
    buf_u32le(out, p->symbols_at);
    buf_u32le(out, 0);
    buf_u16le(out, p->is_64 ? 240 : 224);
    buf_u16le(out, p->characteristics);
    put_optional(p, out);
    put_section(p, out, raw);
    while (out->len - start < MAKE_PE_FILE && !out->bad)
        buf_byte(out, 0);
    buf_span(out, buf_get(&p->body));
    while (out->len - start < MAKE_PE_FILE + raw && !out->bad)
        buf_byte(out, 0);
    buf_span(out, p->overlay);
}

/* The name table of an import: thunks that lead to a hint and a name each. */
static uint32_t add_thunks(struct make_pe *p, const char *const *names, uint16_t ordinal)
{
    uint64_t thunks[16];
    uint32_t count = 0;
    for (; names[count]; count++) {
        thunks[count] = make_pe_add(p, SPAN_OF("\0\0"));
        buf_put(&p->body, names[count], strlen(names[count]) + 1);
    }
    if (ordinal)
        thunks[count++] = (p->is_64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31) | ordinal;
    thunks[count++] = 0;
    uint32_t rva = make_pe_add(p, SPAN_OF(""));
    for (uint32_t i = 0; i < count; i++)
        put_word(p, &p->body, thunks[i]);
    return rva;
}

void make_pe_import(struct make_pe *p, const char *dll, const char *const *names, uint16_t ordinal)
{
    uint32_t thunks = add_thunks(p, names, ordinal);
    uint32_t name = make_pe_text(p, dll);
    uint32_t table = make_pe_words(p, (uint32_t[]){thunks, 0, 0, name, thunks, 0, 0, 0, 0, 0}, 10);
    make_pe_directory(p, 1, table, 40);
}

void make_pe_delayed(struct make_pe *p, const char *dll, const char *const *names)
{
    uint32_t thunks = add_thunks(p, names, 0);
    uint32_t name = make_pe_text(p, dll);
    uint32_t words[16] = {1, name, 0, thunks, thunks};
    make_pe_directory(p, 13, make_pe_words(p, words, 16), 64);
}

void make_pe_export(struct make_pe *p, const char *dll, const char *const *names, uint32_t base)
{
    uint32_t table = make_pe_add(p, SPAN_OF("")), functions[16], name_rvas[16], count = 0;
    for (int i = 0; i < 10; i++)
        buf_u32le(&p->body, 0);
    uint32_t dll_name = make_pe_text(p, dll);
    for (; names[count]; count++) {
        name_rvas[count] = make_pe_text(p, names[count]);
        functions[count] = MAKE_PE_BASE + 16 * count;
    }
    functions[count] = make_pe_text(p, "other.function");
    uint32_t functions_at = make_pe_words(p, functions, count + 1);
    uint32_t names_at = make_pe_words(p, name_rvas, count);
    uint32_t ordinals_at = make_pe_add(p, SPAN_OF(""));
    for (uint16_t i = 0; i <= count; i++)
        buf_u16le(&p->body, i);
    uint32_t words[10] = {0,     0x11111111,   0,        dll_name,   base, count + 1,
                          count, functions_at, names_at, ordinals_at};
    for (uint32_t i = 0; i < 40; i++)
        p->body.at[table - MAKE_PE_BASE + i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
    make_pe_directory(p, 0, table, ordinals_at - table);
}

void make_pe_resource(struct make_pe *p, uint32_t type, uint32_t language, struct span data)
{
    uint32_t data_rva = make_pe_add(p, data);
    uint32_t base = make_pe_add(p, SPAN_OF(""));
    uint32_t one = type ? 1u << 16 : 1; /* named entries, then numbered ones */
    uint32_t words[] = {0,
                        0x22222222,
                        0x00050004,
                        one,
                        type ? type : 0x80000000u + 88,
                        0x80000000u + 24,
                        0,
                        0,
                        0,
                        1u << 16,
                        7,
                        0x80000000u + 48,
                        0,
                        0,
                        0,
                        1u << 16,
                        language,
                        72,
                        data_rva,
                        (uint32_t)data.len,
                        0,
                        0};
    make_pe_words(p, words, 22);
    buf_u16le(&p->body, 4);
    put_wide(&p->body, "NAME");
    make_pe_directory(p, 2, base, 100);
}

/* A block of a version resource: header, key, padding, value; the length is filled in by the
 * caller. */
static size_t open_block(struct buf *out, uint16_t value_len, const char *key)
{
    buf_align(out, 4);
    size_t at = out->len;
    buf_u16le(out, 0);
    buf_u16le(out, value_len);
    buf_u16le(out, 1);
    put_wide(out, key);
    buf_align(out, 4);
    return at;
}

static void close_block(struct buf *out, size_t at)
{
    size_t len = out->len - at;
    if (out->bad)
        return;
    out->at[at] = (uint8_t)len;
    out->at[at + 1] = (uint8_t)(len >> 8);
}

void make_pe_version(struct buf *out, const char *key, const char *value)
{
    size_t all = open_block(out, 52, "VS_VERSION_INFO");
    for (int i = 0; i < 13; i++)
        buf_u32le(out, i ? 0 : 0xfeef04bd);
    size_t info = open_block(out, 0, "StringFileInfo");
    size_t table = open_block(out, 0, "040904b0");
    size_t string = open_block(out, (uint16_t)(strlen(value) + 1), key);
    put_wide(out, value);
    close_block(out, string);
    close_block(out, table);
    close_block(out, info);
    close_block(out, all);
}

void make_pe_rich(struct buf *out, const uint32_t (*entries)[2], uint32_t count, uint32_t key)
{
    buf_u32le(out, 0x536e6144 ^ key);
    for (int i = 0; i < 3; i++)
        buf_u32le(out, key);
    for (uint32_t i = 0; i < count; i++) {
        buf_u32le(out, entries[i][0] ^ key);
        buf_u32le(out, entries[i][1] ^ key);
    }
    buf_text(out, "Rich");
    buf_u32le(out, key);
    buf_u64le(out, 0);
}

void make_pe_full(struct buf *out, bool is_64)
{
    static const char *const names[] = {"CreateFileA", "ExitProcess", NULL};
    static const uint32_t entries[2][2] = {{0x00010002, 3}, {0x00050006, 7}};
    struct make_pe p;
    struct buf rich, version;
    buf_init(&rich, 0);
    buf_init(&version, 0);
    make_pe_init(&p, is_64);
    make_pe_rich(&rich, entries, 2, 0xabcdef01);
    make_pe_version(&version, "CompanyName", "Nobody");
    p.stub = buf_get(&rich);
    p.overlay = SPAN_OF("tail");
    make_pe_import(&p, "KERNEL32.dll", names, 9);
    make_pe_delayed(&p, "late.dll", names);
    make_pe_export(&p, "self.dll", names, 5);
    make_pe_resource(&p, 16, 0x409, buf_get(&version));
    uint32_t path = make_pe_add(&p, SPAN_OF("RSDS0123456789abcdefAGE!c:\\a.pdb\0"));
    make_pe_directory(&p, 6, make_pe_words(&p, (uint32_t[]){0, 0, 0, 2, 33, path, 0}, 7), 28);
    make_pe_end(&p, out);
    make_pe_done(&p);
    buf_done(&rich);
    buf_done(&version);
}
