/* .NET assemblies for tests. Format: ECMA-335, II.22 and II.24. */
#include "make_dotnet.h"

#include <string.h>

#include "make_pe.h"

struct heaps {
    struct buf strings, blobs, tables;
};

static void put_string(struct heaps *h, const char *s)
{
    buf_u16le(&h->tables, (uint16_t)h->strings.len);
    buf_put(&h->strings, s, strlen(s) + 1);
}

static void put_blob(struct heaps *h, struct span s)
{
    buf_u16le(&h->tables, (uint16_t)h->blobs.len);
    buf_byte(&h->blobs, (uint8_t)s.len);
    buf_span(&h->blobs, s);
}

static void put_u16s(struct heaps *h, const uint16_t *v, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_u16le(&h->tables, v[i]);
}

#define U16(h, ...)                                                                                \
    put_u16s((h), (const uint16_t[]){__VA_ARGS__},                                                 \
             sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

static void put_type(struct heaps *h, uint32_t flags, const char *name, const char *space)
{
    buf_u32le(&h->tables, flags);
    put_string(h, name);
    put_string(h, space);
}

/* Types and methods. */
static void put_types(struct heaps *h, struct span signature)
{
    U16(h, 0); /* Module */
    put_string(h, "m.dll");
    U16(h, 1, 0, 0);
    U16(h, 2 << 2); /* TypeRef, in AssemblyRef 1 */
    put_string(h, "Object");
    put_string(h, "System");
    put_type(h, 0, "<Module>", "");
    U16(h, 0, 1, 1);
    put_type(h, 0x101, "C`1", "N");
    U16(h, 1 << 2 | 1, 1, 1);
    put_type(h, 0xa3, "I", "");
    U16(h, 0, 1, 2);
    buf_u32le(&h->tables, MAKE_PE_BASE); /* MethodDef */
    U16(h, 0, 0x16);
    put_string(h, "Run");
    put_blob(h, signature);
    U16(h, 1);
    U16(h, 0, 1); /* Param */
    put_string(h, "arg");
    U16(h, 2, 1 << 2 | 1); /* InterfaceImpl of C: System.Object */
}

/* The tables behind those of types. */
static void put_rest(struct heaps *h, struct span type_spec)
{
    U16(h, 0x0e, 1 << 2); /* Constant: a string */
    put_blob(h, SPAN_OF("k\0"));
    put_string(h, "native.dll"); /* ModuleRef */
    put_blob(h, type_spec);
    buf_u32le(&h->tables, MAKE_PE_BASE); /* FieldRVA */
    U16(h, 1);
    buf_u32le(&h->tables, 0x8004); /* Assembly */
    U16(h, 1, 2, 3, 4, 0, 0, 0);
    put_string(h, "asm");
    put_string(h, "en");
    U16(h, 4, 5, 6, 7, 0, 0); /* AssemblyRef */
    put_blob(h, SPAN_OF("token"));
    put_string(h, "mscorlib");
    U16(h, 0, 0);
    buf_u32le(&h->tables, 0); /* ManifestResource */
    buf_u32le(&h->tables, 1);
    put_string(h, "res");
    U16(h, 0);
    U16(h, 3, 2);         /* NestedClass: I in C */
    U16(h, 0, 0, 2 << 1); /* GenericParam of C */
    put_string(h, "T");
}

static void put_tables_head(struct buf *b)
{
    static const uint8_t tables[] = {0,    1,    2,    6,    8,    9,    0x0b, 0x1a,
                                     0x1b, 0x1d, 0x20, 0x23, 0x28, 0x29, 0x2a};
    uint64_t valid = 0;
    for (size_t i = 0; i < sizeof tables; i++)
        valid |= UINT64_C(1) << tables[i];
    buf_u32le(b, 0);
    buf_u32le(b, 0x01000002); /* version 2.0, short indexes */
    buf_u64le(b, valid);
    buf_u64le(b, 0);
    for (size_t i = 0; i < sizeof tables; i++)
        buf_u32le(b, tables[i] == 2 ? 3 : 1);
}

static void put_stream(struct buf *b, uint32_t at, size_t size, const char *name)
{
    buf_u32le(b, at);
    buf_u32le(b, (uint32_t)size);
    buf_put(b, name, strlen(name) + 1);
    buf_align(b, 4);
}

/* The metadata root, its five streams behind it. */
static void put_metadata(struct buf *b, const struct heaps *h)
{
    static const struct span user = {(const uint8_t *)"\0\5h\0i\0\0", 7};
    const struct buf *tables = &h->tables, *strings = &h->strings, *blobs = &h->blobs;
    uint32_t at = 0x80;
    buf_u32le(b, 0x424a5342);
    buf_u32le(b, 0x00010001);
    buf_u32le(b, 0);
    buf_u32le(b, 8);
    buf_put(b, "v4.0\0\0\0", 8);
    buf_u16le(b, 0);
    buf_u16le(b, 5);
    put_stream(b, at, tables->len, "#~");
    at += (uint32_t)tables->len;
    put_stream(b, at, strings->len, "#Strings");
    at += (uint32_t)strings->len;
    put_stream(b, at, user.len, "#US");
    at += (uint32_t)user.len;
    put_stream(b, at, 16, "#GUID");
    at += 16;
    put_stream(b, at, blobs->len, "#Blob");
    while (b->len < 0x80)
        buf_byte(b, 0);
    buf_span(b, buf_get(tables));
    buf_span(b, buf_get(strings));
    buf_span(b, user);
    buf_put(b, "0123456789abcdef", 16);
    buf_span(b, buf_get(blobs));
    buf_u32le(b, 0);
}

void make_dotnet(struct buf *out, struct span signature, struct span type_spec)
{
    struct heaps h;
    struct buf metadata;
    struct make_pe p;
    buf_init(&h.strings, 0);
    buf_init(&h.blobs, 0);
    buf_init(&h.tables, 0);
    buf_init(&metadata, 0);
    make_pe_init(&p, false);
    p.characteristics = 0x2102;
    buf_byte(&h.strings, 0);
    buf_byte(&h.blobs, 0);
    put_tables_head(&h.tables);
    put_types(&h, signature);
    put_rest(&h, type_spec);
    put_metadata(&metadata, &h);
    uint32_t resource = make_pe_add(&p, SPAN_OF("\4\0\0\0data"));
    uint32_t root = make_pe_add(&p, buf_get(&metadata));
    uint32_t cli[18] = {72, 0x00050002, root, (uint32_t)metadata.len, 1, 0, resource, 8};
    make_pe_directory(&p, 14, make_pe_words(&p, cli, 18), 72);
    make_pe_end(&p, out);
    make_pe_done(&p);
    buf_done(&metadata);
    buf_done(&h.strings);
    buf_done(&h.blobs);
    buf_done(&h.tables);
}
