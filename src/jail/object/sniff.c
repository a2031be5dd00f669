/* Type by content. An attacker typed every byte, and wants us to take the wrong turn; so a kind
 * that is opened needs little evidence (a wrong guess costs a gap), and a kind that is closed needs
 * more. Formats: each one's specification, cited where a rule is not obvious. */
#include "jail/object/sniff.h"

#include "jail/object/sniff_magic.h"
#include "jail/object/sniff_text.h"

enum { HEAD_BYTES = 64 << 10, TAR_BLOCK = 512, SECTOR = 512 };

static bool has(struct span head, size_t at, struct span what)
{
    return span_equal(span_cut(head, at, what.len), what);
}

/* MZ alone begins text, too: a DOS header is 28 bytes at least, and its fields are binary. */
static enum object_type mz(struct span head)
{
    uint32_t at = 0;
    if (!has(head, 0, SPAN_OF("MZ")) && !has(head, 0, SPAN_OF("ZM")))
        return TYPE_DATA;
    if (head.len >= 64 && span_u32le(head, 60, &at) && has(head, at, SPAN_OF("PE\0\0")))
        return TYPE_PE;
    if (head.len < 28 || sniff_text_type(head, false) != TYPE_DATA)
        return TYPE_DATA;
    /* A PE header beyond what we look at is still one: the loader allows it. */
    return at >= head.len && at < (1u << 28) && head.len == HEAD_BYTES ? TYPE_PE : TYPE_DOS;
}

/* 0xcafebabe: a class file's major version is 45 or more, a universal binary has few slices. */
static enum object_type cafebabe(struct span head)
{
    struct reader r = reader_of(head);
    if (reader_u32be(&r) != 0xcafebabe)
        return TYPE_DATA;
    uint32_t next = reader_u32be(&r);
    if (r.bad)
        return TYPE_DATA;
    return next > 0 && next < 43 ? TYPE_FATMACHO : TYPE_JAVA;
}

/* CPython: 16 bits that count up with each release, then CR LF, then (3.7 on) flags below 4. */
static enum object_type pyc(struct span head)
{
    struct reader r = reader_of(head);
    uint16_t version = reader_u16le(&r), crlf = reader_u16le(&r);
    bool is_three = version >= 3000 && version < 4000;
    bool is_two = version >= 50000 && version <= 62300;
    return !r.bad && crlf == 0x0a0d && (is_three || is_two) && head.len >= 12 ? TYPE_PYC
                                                                              : TYPE_DATA;
}

static enum object_type bzip2(struct span head)
{
    uint8_t level = span_byte(head, 3);
    bool is = has(head, 0, SPAN_OF("BZh")) && level >= '1' && level <= '9' &&
              (has(head, 4, SPAN_OF("1AY&SY")) || has(head, 4, SPAN_OF("\x17rE8P\x90")));
    return is ? TYPE_BZIP2 : TYPE_DATA;
}

/* Properties, a dictionary size of the form 2^n or 3*2^n, a size below 256 GiB or unknown, and a
 * zero byte that begins the range coder: what xz asks of this format without a magic number. */
static enum object_type lzma_alone(struct span head)
{
    struct reader r = reader_of(head);
    uint8_t properties = reader_u8(&r);
    uint32_t dictionary = reader_u32le(&r);
    uint64_t size = reader_u64le(&r);
    uint8_t first = reader_u8(&r);
    uint32_t odd = dictionary;
    while (odd != 0 && odd % 2 == 0)
        odd /= 2;
    bool is_dictionary = dictionary == UINT32_MAX || (dictionary >= 4096 && (odd == 1 || odd == 3));
    bool is_size = size == UINT64_MAX || size < (UINT64_C(1) << 38);
    return !r.bad && properties < 225 && is_dictionary && is_size && first == 0 && head.len >= 18
               ? TYPE_LZMA
               : TYPE_DATA;
}

/* A skippable frame (RFC 8878, 3.1.2) may stand before zstd and LZ4 frames alike. */
static enum object_type skippable(struct span head)
{
    uint32_t magic = 0, len = 0, next = 0;
    if (!span_u32le(head, 0, &magic) || (magic & 0xfffffff0) != 0x184d2a50 ||
        !span_u32le(head, 4, &len))
        return TYPE_DATA;
    (void)span_u32le(head, (uint64_t)len + 8, &next);
    return next == 0x184d2204 ? TYPE_LZ4 : TYPE_ZSTD;
}

/* Before ustar there was no magic number; the checksum of the first block is one. */
static enum object_type old_tar(struct span head)
{
    struct span block = span_cut(head, 0, TAR_BLOCK);
    if (block.len < TAR_BLOCK || span_byte(block, 0) == 0)
        return TYPE_DATA;
    uint32_t sum = 0, claim = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : span_byte(block, i);
    size_t digits = 0;
    for (size_t i = 148; i < 156; i++) {
        uint8_t c = span_byte(block, i);
        if (c >= '0' && c <= '7') {
            claim = claim * 8 + (uint32_t)(c - '0');
            digits++;
        } else if (digits > 0) {
            break;
        }
    }
    return digits > 0 && claim == sum ? TYPE_TAR : TYPE_DATA;
}

static enum object_type old_cpio(struct span head)
{
    uint16_t magic = 0, name_len = 0;
    (void)span_u16le(head, 0, &magic);
    (void)span_u16le(head, 20, &name_len);
    if (magic == 0xc771) /* the other byte order */
        name_len = (uint16_t)(name_len << 8 | name_len >> 8);
    bool is = (magic == 0x71c7 || magic == 0xc771) && name_len > 1 && name_len < 4096 &&
              span_byte(head, 26u + name_len - 1) == 0;
    return is && head.len >= 26 ? TYPE_CPIO : TYPE_DATA;
}

/* ARJ: a header of at most 2600 bytes, at least 30 of them fixed. technote.txt of ARJ. */
static enum object_type arj(struct span head)
{
    uint16_t magic = 0, len = 0;
    (void)span_u16le(head, 0, &magic);
    (void)span_u16le(head, 2, &len);
    uint8_t fixed = span_byte(head, 4);
    bool is = magic == 0xea60 && len >= 30 && len <= 2600 && fixed >= 30 && fixed <= len;
    return is ? TYPE_ARJ : TYPE_DATA;
}

/* "-lh5-" and its like at offset 2. */
static enum object_type lha(struct span head)
{
    uint8_t family = span_byte(head, 4), method = span_byte(head, 5);
    bool is = has(head, 2, SPAN_OF("-l")) && has(head, 6, SPAN_OF("-")) &&
              (family == 'h' || family == 'z') &&
              ((method >= '0' && method <= '9') || method == 'd' || method == 's' || method == 'x');
    return is && head.len >= 22 && span_byte(head, 20) <= 3 ? TYPE_LHA : TYPE_DATA;
}

/* Readers look for the header in the first KiB only. PDF 1.7, implementation note 13. */
static enum object_type pdf(struct span head)
{
    return span_find(span_cut(head, 0, 1024), SPAN_OF("%PDF-"), 0) != SIZE_MAX ? TYPE_PDF
                                                                               : TYPE_DATA;
}

static enum object_type swf(struct span head)
{
    uint8_t kind = span_byte(head, 0), version = span_byte(head, 3);
    bool is = (kind == 'F' || kind == 'C' || kind == 'Z') && has(head, 1, SPAN_OF("WS")) &&
              version >= 1 && version < 64 && head.len >= 8 &&
              sniff_text_type(head, false) == TYPE_DATA;
    return is ? TYPE_SWF : TYPE_DATA;
}

static enum object_type bmp(struct span head)
{
    uint32_t reserved = 1, header = 0;
    (void)span_u32le(head, 6, &reserved);
    (void)span_u32le(head, 14, &header);
    bool is = has(head, 0, SPAN_OF("BM")) && reserved == 0 && header >= 12 && header <= 124;
    return is ? TYPE_BMP : TYPE_DATA;
}

static enum object_type riff(struct span head)
{
    bool is = has(head, 0, SPAN_OF("RIFF")) && head.len >= 12 &&
              (has(head, 8, SPAN_OF("WEBP")) || has(head, 8, SPAN_OF("WAVE")) ||
               has(head, 8, SPAN_OF("AVI ")) || has(head, 8, SPAN_OF("ACON")));
    return is ? TYPE_WEBP : TYPE_DATA;
}

static enum object_type true_type(struct span head)
{
    struct reader r = reader_of(head);
    uint32_t version = reader_u32be(&r);
    uint16_t tables = reader_u16be(&r);
    bool is = !r.bad && (version == 0x00010000 || version == 0x74727565) && tables > 0 &&
              tables < 64 && head.len >= 28;
    return is ? TYPE_FONT : TYPE_DATA;
}

/* MPEG audio without a tag: a frame header, then another one where the first ends would be better
 * evidence, but nothing hangs on it. */
static enum object_type mpeg(struct span head)
{
    uint8_t a = span_byte(head, 1), b = span_byte(head, 2);
    bool is = span_byte(head, 0) == 0xff && (a == 0xfb || a == 0xf3 || a == 0xfa || a == 0xf2) &&
              b >> 4 != 0 && b >> 4 != 15 && (b >> 2 & 3) != 3;
    return is ? TYPE_MEDIA : TYPE_DATA;
}

/* Superblock at 1024: magic, a block size up to 64 KiB, a known revision. */
static enum object_type ext(struct span head)
{
    struct span super = span_cut(head, 1024, 1024);
    uint16_t magic = 0;
    uint32_t block = 99, inodes = 0, revision = 9;
    (void)span_u16le(super, 56, &magic);
    (void)span_u32le(super, 24, &block);
    (void)span_u32le(super, 0, &inodes);
    (void)span_u32le(super, 76, &revision);
    return magic == 0xef53 && block <= 6 && inodes > 0 && revision <= 1 ? TYPE_EXT : TYPE_DATA;
}

/* A partition table: the mark, four entries that are empty or plausible, one used. FAT boot sectors
 * carry the same mark, with code where the entries are: their status bytes give them away. */
static enum object_type partitions(struct span head, uint64_t size)
{
    uint16_t mark = 0;
    (void)span_u16le(head, 510, &mark);
    unsigned used = 0;
    for (size_t i = 0; i < 4; i++) {
        struct span entry = span_cut(head, 446 + 16 * i, 16);
        uint8_t status = span_byte(entry, 0), kind = span_byte(entry, 4);
        uint32_t start = 0, count = 0;
        (void)span_u32le(entry, 8, &start);
        (void)span_u32le(entry, 12, &count);
        if (status != 0 && status != 0x80)
            return TYPE_DATA;
        used += kind != 0 && start > 0 && count > 0;
    }
    return mark == 0xaa55 && used > 0 && size > 2 * SECTOR ? TYPE_DISK : TYPE_DATA;
}

static enum object_type iso(struct span head)
{
    return has(head, 32769, SPAN_OF("CD001")) || has(head, 32769, SPAN_OF("BEA01")) ? TYPE_ISO
                                                                                    : TYPE_DATA;
}

/* A fixed-size VHD says what it is in its last sector only. */
static enum object_type vhd_footer(struct source *s)
{
    if (s->size < 3 * SECTOR || s->size % SECTOR != 0)
        return TYPE_DATA;
    return span_starts(source_view(s, s->size - SECTOR, SECTOR), SPAN_OF("conectix")) ? TYPE_DISK
                                                                                      : TYPE_DATA;
}

typedef enum object_type sniffer(struct span head);

/* Before the magic numbers: those that share one. */
static sniffer *const first[] = {mz, cafebabe, bzip2, iso, arj, lha, swf, bmp, riff, true_type};
/* After the text kinds: weak evidence. */
static sniffer *const last[] = {pyc, skippable, old_tar, old_cpio, lzma_alone, mpeg, ext, pdf};

static enum object_type ask(sniffer *const *list, size_t count, struct span head)
{
    enum object_type type = TYPE_DATA;
    for (size_t i = 0; i < count && type == TYPE_DATA; i++)
        type = list[i](head);
    return type;
}

static enum object_type by_magic(struct span head)
{
    for (uint32_t i = 0; i < sniff_magic_count; i++)
        if (has(head, sniff_magics[i].at, sniff_magics[i].bytes))
            return sniff_magics[i].type;
    return TYPE_DATA;
}

enum object_type sniff_type(struct source *s)
{
    if (s->size == 0)
        return TYPE_EMPTY;
    struct span head = source_view(s, 0, HEAD_BYTES);
    enum object_type type = ask(first, sizeof first / sizeof first[0], head);
    if (type == TYPE_DATA)
        type = by_magic(head);
    if (type == TYPE_DATA && has(head, 0, SPAN_OF("%PDF-")))
        type = TYPE_PDF;
    if (type == TYPE_DATA)
        type = old_tar(head); /* a tar of texts without NULs would read as text */
    if (type == TYPE_DATA)
        type = sniff_text_type(head, head.len == s->size);
    if (type == TYPE_DATA)
        type = ask(last, sizeof last / sizeof last[0], head);
    if (type == TYPE_DATA)
        type = partitions(head, s->size);
    return type == TYPE_DATA ? vhd_footer(s) : type;
}
