/* A container of databases: 512 bytes of text, then a tar, gzipped or (.cld) plain. A stranger's
 * bytes until the signatures say otherwise, so reading and checking do not lean on each other.
 * Facts: ClamAV's manual ("CVD Format"), tar: POSIX ustar; the manifest *observed*. */
#include "jail/compile/cvd.h"

#include "common/text.h"
#include "jail/compile/cvd_sign.h"
#include "jail/unpack/codec.h"

#include <string.h>

enum { HEADER = 512, BLOCK = 512, FIELDS = 9 };
/* Fields of the header and of the manifest's first line. */
enum { F_MAGIC, F_TIME, F_VERSION, F_COUNT, F_LEVEL, F_MD5, F_SIGNATURE, F_BUILDER, F_STAMP };

static bool ends_in(struct span s, const char *ending)
{
    struct span e = span_text(ending);
    return s.len > e.len && span_equal_nocase(span_cut(s, s.len - e.len, e.len), e);
}

bool cvd_is(const struct source_file *f)
{
    return ends_in(f->name, ".cvd") || ends_in(f->name, ".cld") || ends_in(f->name, ".cud");
}

bool cvd_is_signable(const struct source_file *f)
{
    return ends_in(f->name, ".cvd");
}

static bool split(struct span text, struct span fields[FIELDS])
{
    for (int i = 0; i < FIELDS; i++)
        if (!text_field(&text, ':', &fields[i]))
            return false;
    return text.len == 0 && span_equal(fields[F_MAGIC], SPAN_OF("ClamAV-VDB"));
}

/* --- the body --- */

/* RFC 1952: what stands before the deflated bytes. */
static bool skip_gzip_head(struct reader *r)
{
    uint8_t magic[4];
    for (int i = 0; i < 4; i++)
        magic[i] = reader_u8(r);
    reader_skip(r, 6); /* time, system */
    if (magic[0] != 0x1f || magic[1] != 0x8b || magic[2] != 8)
        return false;
    if (magic[3] & 4)
        reader_skip(r, reader_u16le(r));
    for (int bit = 8; bit <= 16; bit *= 2) /* name, comment */
        while ((magic[3] & bit) && !r->bad && reader_u8(r) != 0)
            ;
    if (magic[3] & 2)
        reader_skip(r, 2);
    return !r->bad;
}

bool cvd_gunzip(struct span in, struct arena *a, struct span *out)
{
    struct reader r = reader_of(in), tail = reader_of(span_cut(in, in.len < 8 ? 0 : in.len - 8, 8));
    uint32_t crc = reader_u32le(&tail), size = reader_u32le(&tail);
    if (!skip_gzip_head(&r) || tail.bad || size > LIMIT_CVD_BYTES)
        return false;
    uint8_t *bytes = arena_alloc(a, (size_t)size + 1, 1);
    void *state = bytes ? codec_deflate.open(NULL) : NULL;
    if (!state)
        return false;
    struct codec_step step = {
        .in = reader_rest(&r), .out = bytes, .room = (size_t)size + 1, .last = true};
    enum codec_status status = CODEC_MORE;
    for (size_t before = SIZE_MAX; status == CODEC_MORE && step.in.len + step.room != before;) {
        before = step.in.len + step.room;
        status = codec_deflate.step(state, &step);
    }
    codec_deflate.close(state);
    *out = span_make(bytes, size);
    return status == CODEC_END && step.room == 1 && step.in.len == 8 && codec_crc32(*out) == crc;
}

static uint64_t octal(struct span s)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len && span_byte(s, i) >= '0' && span_byte(s, i) <= '7'; i++)
        v = v * 8 + (uint64_t)(span_byte(s, i) - '0');
    return v;
}

static bool has_checksum(struct span head)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : span_byte(head, i);
    return octal(span_cut(head, 148, 8)) == sum;
}

static struct span name_in(struct span head)
{
    struct span name = span_cut(head, 0, 100);
    size_t end = span_find_byte(name, 0, 0);
    return span_cut(name, 0, end == SIZE_MAX ? name.len : end);
}

/* "x.info" is the manifest: there is one. */
static bool take_member(struct cvd *out, struct arena *a, struct span name, struct span bytes)
{
    if (ends_in(name, ".info")) {
        if (out->manifest.at)
            return false;
        out->manifest = bytes;
        out->manifest_name = name;
        return true;
    }
    for (uint32_t i = 0; i < out->count; i++)
        if (span_equal(out->members[i].name, name))
            return false;
    if (out->count >= CVD_MEMBERS_MOST ||
        !arena_grow(a, (void **)&out->members, &out->cap, out->count + 1, sizeof *out->members))
        return false;
    out->members[out->count++] = (struct cvd_member){name, bytes};
    return true;
}

/* Plain files only, in no folder. False: it is no such tar. */
static bool untar(struct span tar, struct arena *a, struct cvd *out)
{
    for (size_t at = 0; at + BLOCK <= tar.len;) {
        struct span head = span_cut(tar, at, BLOCK), name = name_in(head);
        if (name.len == 0)
            return true;
        uint8_t kind = span_byte(head, 156);
        uint64_t size = octal(span_cut(head, 124, 12));
        struct span bytes = span_cut(tar, at + BLOCK, (size_t)size);
        if (!has_checksum(head) || (kind != 0 && kind != '0') || bytes.len != size ||
            span_find_byte(name, '/', 0) != SIZE_MAX || !take_member(out, a, name, bytes))
            return false;
        at += BLOCK + (((size_t)size + BLOCK - 1) & ~(size_t)(BLOCK - 1));
    }
    return true; /* sigtool writes no blocks of zeros at the end */
}

/* --- trust --- */

static bool is_body_signed(struct span body, struct span fields[FIELDS])
{
    uint8_t md5[16];
    struct buf hex;
    if (!crypto_digest(DIGEST_MD5, body, md5))
        return false;
    buf_init(&hex, 64);
    text_hex(&hex, span_make(md5, sizeof md5));
    bool same = span_equal(buf_get(&hex), fields[F_MD5]);
    buf_done(&hex);
    return same && cvd_sign_is_body(md5, fields[F_SIGNATURE]);
}

static const struct cvd_member *find_member(const struct cvd *c, struct span name)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (span_equal(c->members[i].name, name))
            return &c->members[i];
    return NULL;
}

/* "name:size:sha256" */
static bool is_listed_truly(const struct cvd *c, struct span line)
{
    struct span name, size_text;
    uint64_t size;
    uint8_t digest[32];
    struct buf hex;
    if (!text_field(&line, ':', &name) || !text_field(&line, ':', &size_text) ||
        !text_u64(size_text, &size))
        return false;
    const struct cvd_member *m = find_member(c, name);
    if (!m || m->bytes.len != size || !crypto_digest(DIGEST_SHA256, m->bytes, digest))
        return false;
    buf_init(&hex, 128);
    text_hex(&hex, span_make(digest, sizeof digest));
    bool same = span_equal(buf_get(&hex), line);
    buf_done(&hex);
    return same;
}

/* The header is signed by nobody, but the manifest repeats it without hash and signature. */
static bool says_the_same(struct span first, struct span header[FIELDS])
{
    struct span fields[FIELDS];
    bool same = split(first, fields);
    for (int i = 0; i < FIELDS && same; i++)
        same = i == F_MD5 || i == F_SIGNATURE || span_equal(fields[i], header[i]);
    return same;
}

/* NULL, or what is wrong with the manifest. */
static const char *check_manifest(const struct cvd *c, struct span header[FIELDS])
{
    size_t at = span_find_last(c->manifest, SPAN_OF("\nDSIG:"));
    if (at == SIZE_MAX)
        return "its manifest is missing or not signed";
    struct span text = span_cut(c->manifest, 0, at + 1), line;
    struct span signature = span_cut(c->manifest, at + 6, SIZE_MAX);
    if (signature.len && span_byte(signature, signature.len - 1) == '\n')
        signature.len--;
    if (!cvd_sign_is_manifest(text, signature))
        return "the signature of its manifest is wrong";
    if (!text_line(&text, &line) || !says_the_same(line, header))
        return "its header is not what its manifest says";
    uint32_t listed = 0;
    for (; text_line(&text, &line); listed++)
        if (!is_listed_truly(c, line))
            return "a file in it is not what its manifest says";
    /* Each line is true of a member and names differ, so what is left over is not listed. */
    uint32_t exempt = find_member(c, SPAN_OF("COPYING")) ? 1 : 0;
    return listed + exempt < c->count ? "a file in it is not in its manifest" : NULL;
}

const char *cvd_judge_changed(const struct cvd *c, uint64_t version)
{
    struct span rest = c->manifest, line, fields[FIELDS];
    uint64_t told;
    if (!text_line(&rest, &line) || !split(line, fields) || !text_u64(fields[F_VERSION], &told) ||
        told != version)
        return "its manifest is not of the version that its differences make";
    return check_manifest(c, fields);
}

static bool is_padding(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (span_byte(s, i) != ' ')
            return false;
    return true;
}

enum err cvd_open(const struct source_file *f, struct arena *a, struct cvd *out, struct why *why)
{
    struct span head = span_cut(f->bytes, 0, HEADER), body = span_cut(f->bytes, HEADER, SIZE_MAX);
    struct span fields[FIELDS], tar = body;
    size_t end = head.len;
    *out = (struct cvd){.distrust = NULL};
    while (end > 0 && span_byte(head, end - 1) == ' ')
        end--;
    if (head.len != HEADER || !split(span_cut(head, 0, end), fields))
        return fail(why, ERR_RULES, "it does not begin as a container of ClamAV");
    out->builder = fields[F_BUILDER];
    out->version = fields[F_VERSION];
    bool plain = ends_in(f->name, ".cld") && span_byte(body, 0) != 0x1f;
    if (!plain && !cvd_gunzip(body, a, &tar))
        return fail(why, ERR_RULES, "what it holds is damaged (gzip)");
    if (!untar(tar, a, out))
        return fail(why, ERR_RULES, "what it holds is damaged (tar)");
    if (ends_in(f->name, ".cud"))
        out->distrust = "it is unsigned";
    else if (ends_in(f->name, ".cvd") && !is_body_signed(body, fields))
        out->distrust = "its signature is missing or wrong";
    else
        out->distrust = check_manifest(out, fields);
    if (!out->distrust && !is_padding(span_cut(head, end, SIZE_MAX)))
        out->distrust = "its header is not what its manifest says";
    return ERR_NONE;
}
