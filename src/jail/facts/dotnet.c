/* The module dotnet: finds the metadata of a .NET file, its streams, GUIDs and user strings. An
 * attacker typed every byte. Format: ECMA-335, II.24.2 and II.25.3.3. What counts as a .NET file
 * and what is skipped: YARA 4.5. */
#include "jail/facts/dotnet_tables.h"
#include "jail/facts/modules.h"

enum {
    CLI_BYTES = 72,
    METADATA_BYTES = 16,
    METADATA_MAGIC = 0x424a5342,
    VERSION_MOST = 255,
    STREAM_HEAD = 8,
    STREAM_NAME = 32,
    GUIDS_MOST = 16,
    FILE_DLL = 0x2000
};

/* A 32-bit program starts with a jump through its import table. */
static bool starts_as_dotnet(const struct pe_image *img)
{
    if (img->is_64)
        return img->directory_claim >= PE_DIR_CLR;
    int64_t at = pe_image_offset(img, img->entry_rva);
    return (img->characteristics & FILE_DLL) ||
           (at >= 0 && span_byte(img->data, (size_t)at) == 0xff &&
            span_byte(img->data, (size_t)at + 1) == 0x25);
}

/* The CLI header and the root of the metadata. False: no .NET file. */
static bool find_metadata(struct dotnet *d, uint32_t *version_len)
{
    struct pe_rva_range dir;
    if (!pe_image_directory(d->img, PE_DIR_CLR, &dir))
        return false;
    int64_t at = pe_image_offset(d->img, dir.rva);
    if (at < 0 || !pe_image_has(d->img, (uint64_t)at, CLI_BYTES))
        return false;
    struct reader r = reader_from(d->img->data, (uint64_t)at);
    uint32_t size = reader_u32le(&r);
    reader_skip(&r, 4);
    at = pe_image_offset(d->img, reader_u32le(&r));
    reader_skip(&r, 12);
    d->resources_rva = reader_u32le(&r);
    if (size != CLI_BYTES || at < 0 || !pe_image_has(d->img, (uint64_t)at, METADATA_BYTES))
        return false;
    d->metadata_at = (uint64_t)at;
    r = reader_from(d->img->data, d->metadata_at);
    uint32_t magic = reader_u32le(&r);
    reader_skip(&r, 8);
    *version_len = reader_u32le(&r);
    return magic == METADATA_MAGIC && *version_len != 0 && *version_len <= VERSION_MOST &&
           *version_len % 4 == 0 && pe_image_has(d->img, r.at, *version_len) &&
           starts_as_dotnet(d->img);
}

/* Remembers a stream by what its name begins with; the first of a kind counts, of GUIDs the last.
 */
static void keep_stream(struct dotnet *d, struct span name, uint32_t offset, uint32_t size)
{
    struct dotnet_heap h = {.at = d->metadata_at + offset, .size = size, .known = true};
    if (span_starts(name, SPAN_OF("#~")) || span_starts(name, SPAN_OF("#-"))) {
        if (!d->tables_heap.known) {
            d->tables_heap = h;
            return;
        }
    }
    if (span_starts(name, SPAN_OF("#GUID")))
        d->guids = h;
    else if (span_starts(name, SPAN_OF("#Strings")) && !d->strings.known)
        d->strings = h;
    else if (span_starts(name, SPAN_OF("#Blob")) && !d->blobs.known)
        d->blobs = h;
    else if (span_starts(name, SPAN_OF("#US")) && !d->user_strings.known)
        d->user_strings = h;
}

static bool read_streams(struct dotnet *d, uint64_t at)
{
    struct fact_list list = fact_list_new(d->arena, dotnet_stream_fields);
    uint32_t count = span_byte(d->img->data, (size_t)at); /* YARA looks at one of the two bytes */
    at += 2;
    for (uint32_t i = 0; i < count && pe_image_has(d->img, at, STREAM_HEAD + STREAM_NAME); i++) {
        struct reader r = reader_from(d->img->data, at);
        uint32_t offset = reader_u32le(&r), size = reader_u32le(&r);
        struct span name = pe_image_text(d->img, at + STREAM_HEAD, STREAM_NAME);
        const struct fact *f = name.len < STREAM_NAME ? fact_list_add(&list) : NULL;
        if (!f)
            break;
        fact_set_span(fact_item(f, DOTNET_STREAM_NAME), name);
        fact_set_int(fact_item(f, DOTNET_STREAM_OFFSET), (int64_t)(d->metadata_at + offset));
        fact_set_int(fact_item(f, DOTNET_STREAM_SIZE), size);
        keep_stream(d, name, offset, size);
        at += STREAM_HEAD + name.len + 4 - name.len % 4;
    }
    fact_list_end(&list, fact_item(d->root, DOTNET_STREAMS));
    fact_set_int(fact_item(d->root, DOTNET_NUMBER_OF_STREAMS), list.count);
    return !list.bad;
}

/* Which bytes make "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"; the first three groups are
 * little-endian. */
static struct span guid_text(struct arena *a, struct span bytes)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char digits[] = "0123456789abcdef";
    uint8_t text[36], n = 0;
    for (uint32_t i = 0; i < 16; i++) {
        uint8_t b = span_byte(bytes, order[i]);
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[n++] = '-';
        text[n++] = (uint8_t)digits[b >> 4];
        text[n++] = (uint8_t)digits[b & 15];
    }
    return arena_copy(a, span_make(text, n));
}

static bool read_guids(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, NULL);
    if (!d->guids.known)
        return true;
    for (uint32_t i = 0; i < GUIDS_MOST && i < d->guids.size / 16; i++) {
        if (!pe_image_has(d->img, d->guids.at + 16 * i, 16))
            break;
        struct span text = guid_text(
            d->arena, span_cut(d->img->data, (size_t)(d->guids.at + (uint64_t)16 * i), 16));
        struct fact *f = text.at ? fact_list_add(&list) : NULL;
        if (!f)
            return false;
        fact_set_span(f, text);
    }
    fact_list_end(&list, fact_item(d->root, DOTNET_GUIDS));
    fact_set_int(fact_item(d->root, DOTNET_NUMBER_OF_GUIDS), list.count);
    return true;
}

/* II.24.2.4: blobs of UTF-16 with one more byte each. */
static bool read_user_strings(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, NULL);
    uint64_t at = d->user_strings.at, end = at + d->user_strings.size;
    if (!d->user_strings.known || d->user_strings.size == 0 ||
        !pe_image_has(d->img, at, d->user_strings.size) || span_byte(d->img->data, (size_t)at) != 0)
        return true;
    at++;
    while (at < end && pe_image_spend(d->img, 1)) {
        struct span bytes;
        uint64_t next;
        if (!dotnet_blob(d, at, &bytes, &next))
            break;
        at = next;
        if (bytes.len <= 1)
            continue;
        /* The last byte, a flag, is stepped over as if it were a blob of its own length: observed.
         */
        struct fact *f = fact_list_add(&list);
        if (!f)
            return false;
        fact_set_span(f, span_cut(bytes, 0, bytes.len - 1));
        at += bytes.len - 1;
    }
    fact_list_end(&list, fact_item(d->root, DOTNET_USER_STRINGS));
    fact_set_int(fact_item(d->root, DOTNET_NUMBER_OF_USER_STRINGS), list.count);
    return true;
}

static bool read_tables(struct dotnet *d)
{
    if (!d->tables_heap.known || !d->strings.known || !d->blobs.known || !dotnet_tables_read(d))
        return true;
    return dotnet_rows_load(d) && (!d->complete || dotnet_classes_load(d));
}

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    (void)data; /* -x of yara: this module takes none */
    struct dotnet d = {.img = pe_image_read(&o->source, a), .arena = a, .root = root};
    uint32_t version_len = 0;
    if (!d.img)
        return true;
    bool is = find_metadata(&d, &version_len);
    fact_set_int(fact_item(root, DOTNET_IS_DOTNET), is);
    if (!is)
        return true;
    uint64_t at = d.metadata_at + METADATA_BYTES;
    struct span version = pe_image_text(d.img, at, version_len);
    if (version.len < version_len)
        fact_set_span(fact_item(root, DOTNET_VERSION), version);
    at += version_len + 2; /* two bytes of flags */
    if (!pe_image_has(d.img, at, 2))
        return true;
    return read_streams(&d, at) && read_guids(&d) && read_tables(&d) && read_user_strings(&d);
}

const struct module module_dotnet = {
    .name = "dotnet", .fields = dotnet_fields, .load = load, .in_memory = pe_image_is_program};
