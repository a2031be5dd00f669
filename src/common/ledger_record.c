/* Segments and seals of the ledger. Reads files of our own that an intruder may have edited. HMAC:
 * RFC 2104 over SHA-256. */
#include "common/ledger_record.h"

#include "common/crypto.h"
#include "common/tlog.h"

#include <string.h>

static const char segment_magic[8] = "CNDRLDG1";
static const char seal_magic[8] = "CNDRSEAL";

enum { HMAC_BLOCK = 64, MAC_BYTES = 32 };

void ledger_record_start(struct ledger_chain *c)
{
    merkle_range_init(&c->range);
    memset(c->link, 0, sizeof c->link);
}

static bool sha256(struct buf *b, uint8_t out[32])
{
    return !b->bad && crypto_digest(DIGEST_SHA256, buf_get(b), out);
}

static bool hmac(const uint8_t key[LEDGER_KEY_BYTES], struct span message, uint8_t out[32])
{
    struct buf b;
    uint8_t inner[32];
    bool ok = true;
    buf_init(&b, 0);
    for (int pass = 0; pass < 2 && ok; pass++) {
        buf_clear(&b);
        for (size_t i = 0; i < HMAC_BLOCK; i++)
            buf_byte(&b, (uint8_t)((i < LEDGER_KEY_BYTES ? key[i] : 0) ^ (pass ? 0x5c : 0x36)));
        buf_span(&b, pass ? span_make(inner, sizeof inner) : message);
        ok = sha256(&b, pass ? out : inner);
    }
    buf_done(&b);
    return ok;
}

static bool mac_of(const uint8_t key[LEDGER_KEY_BYTES], const struct ledger_record *r,
                   uint8_t out[32])
{
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, "candor-ledger-record/v1");
    buf_u64le(&b, r->index);
    buf_put(&b, r->hash.bytes, MERKLE_HASH_BYTES);
    bool ok = !b.bad && hmac(key, buf_get(&b), out);
    buf_done(&b);
    return ok;
}

static bool step(struct ledger_seal *s)
{
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, "candor-ledger-key/v1");
    buf_put(&b, s->key, sizeof s->key);
    bool ok = sha256(&b, s->key);
    explicit_bzero(b.at, b.len);
    buf_done(&b);
    s->index++;
    return ok;
}

/* link = SHA-256(link before, index, leaf hash, MAC): edits of the MAC are seen, too. */
static bool move(struct ledger_chain *c, const struct ledger_record *r)
{
    struct buf b;
    buf_init(&b, 0);
    buf_put(&b, c->link, sizeof c->link);
    buf_u64le(&b, r->index);
    buf_put(&b, r->hash.bytes, MERKLE_HASH_BYTES);
    buf_put(&b, r->mac, MAC_BYTES);
    bool ok = sha256(&b, c->link) && merkle_range_append(&c->range, &r->hash);
    buf_done(&b);
    return ok;
}

bool ledger_record_put(struct ledger_chain *c, struct ledger_seal *s, struct span leaf,
                       struct buf *out)
{
    must(leaf.len > 0 && leaf.len <= TLOG_ENTRY_MAX && s->index == c->range.size);
    struct ledger_record r = {.index = c->range.size, .leaf = leaf};
    if (!merkle_leaf(leaf, &r.hash) || !mac_of(s->key, &r, r.mac) || !move(c, &r) || !step(s))
        return false;
    buf_u32le(out, (uint32_t)leaf.len);
    buf_span(out, leaf);
    buf_put(out, r.mac, MAC_BYTES);
    buf_put(out, c->link, sizeof c->link);
    return !out->bad;
}

static bool is_zeros(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (span_byte(s, i))
            return false;
    return true;
}

enum ledger_next ledger_record_next(struct ledger_chain *c, struct reader *r,
                                    struct ledger_record *out)
{
    struct span rest = reader_rest(r);
    if (rest.len == 0)
        return LEDGER_NEXT_END;
    if (rest.len < 4 || is_zeros(rest)) /* a power cut may leave zeros where bytes were to come */
        return LEDGER_NEXT_TORN;
    struct reader at = *r;
    uint32_t len = reader_u32le(&at);
    if (len == 0 || len > TLOG_ENTRY_MAX)
        return LEDGER_NEXT_BAD;
    *out = (struct ledger_record){.index = c->range.size, .leaf = reader_take(&at, len)};
    struct span mac = reader_take(&at, MAC_BYTES), link = reader_take(&at, sizeof c->link);
    if (at.bad)
        return LEDGER_NEXT_TORN;
    struct ledger_chain next = *c;
    memcpy(out->mac, mac.at, MAC_BYTES);
    if (!merkle_leaf(out->leaf, &out->hash) || !move(&next, out) ||
        memcmp(next.link, link.at, sizeof next.link) != 0)
        return LEDGER_NEXT_BAD;
    *c = next;
    *r = at;
    return LEDGER_NEXT_ONE;
}

bool ledger_record_is_sealed(struct ledger_seal *s, const struct ledger_record *r)
{
    uint8_t mac[MAC_BYTES];
    must(s->index == r->index);
    return mac_of(s->key, r, mac) && memcmp(mac, r->mac, sizeof mac) == 0 && step(s);
}

bool ledger_record_advance(struct ledger_seal *s, uint64_t index)
{
    while (s->index < index)
        if (!step(s))
            return false;
    return s->index == index;
}

static void put_check(struct buf *out, size_t begin)
{
    uint8_t check[32] = {0};
    out->bad =
        out->bad || !crypto_digest(DIGEST_SHA256, span_cut(buf_get(out), begin, SIZE_MAX), check);
    buf_put(out, check, sizeof check);
}

static bool has_check(struct span body, struct span check)
{
    uint8_t want[32];
    return check.len == sizeof want && crypto_digest(DIGEST_SHA256, body, want) &&
           memcmp(want, check.at, sizeof want) == 0;
}

void ledger_record_put_header(struct buf *out, uint32_t number, const struct ledger_chain *c)
{
    size_t begin = out->len;
    buf_put(out, segment_magic, sizeof segment_magic);
    buf_u32le(out, number);
    buf_u32le(out, c->range.count);
    buf_u64le(out, c->range.size);
    buf_put(out, c->link, sizeof c->link);
    for (uint32_t i = 0; i < c->range.count; i++)
        buf_put(out, c->range.nodes[i].bytes, MERKLE_HASH_BYTES);
    put_check(out, begin);
}

enum err ledger_record_header(struct reader *r, uint32_t *number, struct ledger_chain *c,
                              struct why *why)
{
    struct merkle_hash nodes[64];
    size_t begin = r->at;
    struct span magic = reader_take(r, sizeof segment_magic);
    *number = reader_u32le(r);
    uint32_t count = reader_u32le(r);
    uint64_t size = reader_u64le(r);
    struct span link = reader_take(r, sizeof c->link);
    if (r->bad || !span_equal(magic, span_make(segment_magic, sizeof segment_magic)) || count > 64)
        return fail(why, ERR_LEDGER, "not the head of a segment");
    for (uint32_t i = 0; i < count; i++) {
        struct span node = reader_take(r, MERKLE_HASH_BYTES);
        if (node.len)
            memcpy(nodes[i].bytes, node.at, MERKLE_HASH_BYTES);
    }
    struct span body = span_cut(r->bytes, begin, r->at - begin);
    if (!has_check(body, reader_take(r, 32)) || r->bad ||
        !merkle_range_load(&c->range, size, nodes, count))
        return fail(why, ERR_LEDGER, "the head of the segment is damaged");
    memcpy(c->link, link.at, sizeof c->link);
    return ERR_NONE;
}

void ledger_record_put_seal(struct buf *out, const struct ledger_seal *s)
{
    size_t begin = out->len;
    buf_put(out, seal_magic, sizeof seal_magic);
    buf_u64le(out, s->index);
    buf_u64le(out, s->head_size);
    buf_put(out, s->key, sizeof s->key);
    put_check(out, begin);
}

enum err ledger_record_seal(struct span bytes, struct ledger_seal *out, struct why *why)
{
    struct reader r = reader_of(bytes);
    struct span magic = reader_take(&r, sizeof seal_magic);
    out->index = reader_u64le(&r);
    out->head_size = reader_u64le(&r);
    struct span key = reader_take(&r, sizeof out->key);
    struct span body = span_cut(bytes, 0, r.at);
    if (r.bad || bytes.len != LEDGER_SEAL_BYTES ||
        !span_equal(magic, span_make(seal_magic, sizeof seal_magic)) ||
        !has_check(body, reader_take(&r, 32)))
        return fail(why, ERR_LEDGER, "the seal is damaged");
    memcpy(out->key, key.at, sizeof out->key);
    return ERR_NONE;
}
