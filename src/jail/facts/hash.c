/* YARA's module hash: digests of ranges and strings, lower-case hexadecimal. Digests of ranges are
 * kept for the object: many rules ask for the same one. */
#include "common/crypto.h"
#include "common/text.h"
#include "jail/facts/byte_range.h"
#include "jail/facts/modules.h"

#include <string.h>
#include <zlib.h>

enum { KEPT_MAX = 16 };

/* Hangs behind the table's last item, where no rule can name it. */
struct kept {
    struct {
        int64_t at, len;
        enum digest digest;
        struct fact value;
    } items[KEPT_MAX];
    uint32_t count, next;
};

static const struct field fields[];

static struct kept *kept_of(const struct module_call *call)
{
    const struct fact *hidden = &call->root->list.items[module_field_count(fields)];
    return (struct kept *)(uintptr_t)hidden->s.at;
}

static struct fact hex_of(struct module_call *call, const uint8_t *digest, size_t len)
{
    struct buf b;
    buf_init(&b, 0);
    text_hex(&b, span_make(digest, len));
    struct fact f = b.bad ? value_undefined() : value_text(call, buf_get(&b));
    buf_done(&b);
    return f;
}

static struct fact digest_string(struct module_call *call, enum digest d)
{
    uint8_t out[DIGEST_MAX_BYTES];
    if (!crypto_digest(d, call->args[0].s, out))
        return value_undefined();
    return hex_of(call, out, crypto_digest_bytes(d));
}

static void hasher_piece(void *ctx, struct span bytes)
{
    (void)crypto_hasher_add(ctx, bytes); /* a failure shows at the end */
}

static struct fact digest_range(struct module_call *call, enum digest d)
{
    struct kept *k = kept_of(call);
    int64_t at = call->args[0].i, len = call->args[1].i;
    for (uint32_t i = 0; i < k->count; i++)
        if (k->items[i].at == at && k->items[i].len == len && k->items[i].digest == d)
            return k->items[i].value;
    struct hasher *h = crypto_hasher_new(d);
    uint8_t out[DIGEST_MAX_BYTES];
    struct fact value = value_undefined();
    if (h && byte_range_each(call->object, at, len, hasher_piece, h) && crypto_hasher_end(h, out))
        value = hex_of(call, out, crypto_digest_bytes(d));
    crypto_hasher_free(h);
    uint32_t slot = k->next++ % KEPT_MAX;
    k->items[slot].at = at;
    k->items[slot].len = len;
    k->items[slot].digest = d;
    k->items[slot].value = value;
    k->count = k->next < KEPT_MAX ? k->next : KEPT_MAX;
    return value;
}

static struct fact md5_range(struct module_call *call)
{
    return digest_range(call, DIGEST_MD5);
}

static struct fact md5_string(struct module_call *call)
{
    return digest_string(call, DIGEST_MD5);
}

static struct fact sha1_range(struct module_call *call)
{
    return digest_range(call, DIGEST_SHA1);
}

static struct fact sha1_string(struct module_call *call)
{
    return digest_string(call, DIGEST_SHA1);
}

static struct fact sha256_range(struct module_call *call)
{
    return digest_range(call, DIGEST_SHA256);
}

static struct fact sha256_string(struct module_call *call)
{
    return digest_string(call, DIGEST_SHA256);
}

static void sum_piece(void *ctx, struct span bytes)
{
    uint32_t *sum = ctx;
    for (size_t i = 0; i < bytes.len; i++)
        *sum += span_byte(bytes, i);
}

static struct fact checksum32_range(struct module_call *call)
{
    uint32_t sum = 0;
    bool ok = byte_range_each(call->object, call->args[0].i, call->args[1].i, sum_piece, &sum);
    return ok ? value_int(sum) : value_undefined();
}

static struct fact checksum32_string(struct module_call *call)
{
    uint32_t sum = 0;
    sum_piece(&sum, call->args[0].s);
    return value_int(sum);
}

static void crc_piece(void *ctx, struct span bytes)
{
    uLong *crc = ctx;
    *crc = crc32_z(*crc, bytes.at, bytes.len);
}

static struct fact crc32_range(struct module_call *call)
{
    uLong crc = crc32_z(0, NULL, 0);
    bool ok = byte_range_each(call->object, call->args[0].i, call->args[1].i, crc_piece, &crc);
    return ok ? value_int((int64_t)(uint32_t)crc) : value_undefined();
}

static struct fact crc32_string(struct module_call *call)
{
    uLong crc = crc32_z(0, NULL, 0);
    if (call->args[0].s.len)
        crc_piece(&crc, call->args[0].s);
    return value_int((int64_t)(uint32_t)crc);
}

static const struct field fields[] = {
    {"md5", FACT_FUNCTION, .signature = "ii>s", .call = md5_range,
     .doc = "MD5 of the bytes at offset, size"},
    {"md5", FACT_FUNCTION, .signature = "s>s", .call = md5_string, .doc = "MD5 of a string"},
    {"sha1", FACT_FUNCTION, .signature = "ii>s", .call = sha1_range,
     .doc = "SHA-1 of the bytes at offset, size"},
    {"sha1", FACT_FUNCTION, .signature = "s>s", .call = sha1_string, .doc = "SHA-1 of a string"},
    {"sha256", FACT_FUNCTION, .signature = "ii>s", .call = sha256_range,
     .doc = "SHA-256 of the bytes at offset, size"},
    {"sha256", FACT_FUNCTION, .signature = "s>s", .call = sha256_string,
     .doc = "SHA-256 of a string"},
    {"checksum32", FACT_FUNCTION, .signature = "ii>i", .call = checksum32_range,
     .doc = "sum of the bytes at offset, size, in 32 bits"},
    {"checksum32", FACT_FUNCTION, .signature = "s>i", .call = checksum32_string,
     .doc = "the same of a string"},
    {"crc32", FACT_FUNCTION, .signature = "ii>i", .call = crc32_range,
     .doc = "CRC-32 of the bytes at offset, size"},
    {"crc32", FACT_FUNCTION, .signature = "s>i", .call = crc32_string, .doc = "CRC-32 of a string"},
    {NULL, FACT_UNDEFINED},
};

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    (void)o, (void)data;
    uint32_t count = module_field_count(fields);
    struct fact *items = arena_array(a, struct fact, count + 1);
    struct kept *kept = arena_new_of(a, struct kept);
    if (!items || !kept)
        return false;
    memcpy(items, root->list.items, count * sizeof *items);
    items[count] = (struct fact){.kind = FACT_STRING, .s = span_make(kept, sizeof *kept)};
    root->list.items = items;
    return true;
}

const struct module module_hash = {.name = "hash", .fields = fields, .load = load};
