/* Signed notes (C2SP signed-note.md) and checkpoints (tlog-checkpoint.md). Every byte read here may
 * be a stranger's. */
#include "common/note.h"

#include "common/crypto.h"
#include "common/text.h"

#include <string.h>

/* U+2014 and a space begin a signature line. */
static const char dash[] = "\xe2\x80\x94 ";

static bool is_clean_utf8(struct span s)
{
    for (size_t i = 0; i < s.len;) {
        size_t n = text_utf8(s, i);
        if (n == 0 || (span_byte(s, i) < 0x20 && span_byte(s, i) != '\n'))
            return false;
        i += n;
    }
    return true;
}

/* Unicode's White_Space, as a name must have none. */
static bool is_space(struct span s, size_t at, size_t n)
{
    uint8_t a = span_byte(s, at), b = span_byte(s, at + 1), c = span_byte(s, at + 2);
    if (n == 1)
        return text_is_space(a);
    if (n == 2)
        return a == 0xc2 && (b == 0x85 || b == 0xa0);
    if (n != 3)
        return false;
    return (a == 0xe1 && b == 0x9a && c == 0x80) ||
           (a == 0xe2 && b == 0x80 && (c <= 0x8a || c == 0xa8 || c == 0xa9 || c == 0xaf)) ||
           (a == 0xe2 && b == 0x81 && c == 0x9f) || (a == 0xe3 && b == 0x80 && c == 0x80);
}

static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.len;) {
        size_t n = text_utf8(s, i);
        if (n == 0 || is_space(s, i, n) || span_byte(s, i) == '+' || span_byte(s, i) < 0x20)
            return false;
        i += n;
    }
    return s.len > 0;
}

static uint32_t be32(struct span s)
{
    struct reader r = reader_of(s);
    return reader_u32be(&r);
}

/* "— name base64". */
static bool read_signature(struct span line, struct arena *a, struct note_signature *out)
{
    struct span d = span_text(dash);
    if (!span_starts(line, d))
        return false;
    line = span_cut(line, d.len, SIZE_MAX);
    size_t space = span_find_byte(line, ' ', 0);
    if (space == SIZE_MAX)
        return false;
    struct buf b;
    buf_init(&b, NOTE_BYTES_MAX);
    out->name = span_cut(line, 0, space);
    bool ok =
        is_name(out->name) && text_unbase64(&b, span_cut(line, space + 1, SIZE_MAX)) && b.len >= 5;
    struct span bytes = arena_copy(a, buf_get(&b));
    buf_done(&b);
    out->id = be32(bytes);
    out->bytes = span_cut(bytes, 4, SIZE_MAX);
    return ok && bytes.at;
}

enum err note_parse(struct span bytes, struct arena *a, struct note *out, struct why *why)
{
    memset(out, 0, sizeof *out);
    if (bytes.len > NOTE_BYTES_MAX || !is_clean_utf8(bytes))
        return fail(why, ERR_PEER, "a note is at most 1 MiB of UTF-8 without control characters");
    size_t end = span_find_last(bytes, SPAN_OF("\n\n"));
    if (end == SIZE_MAX || span_byte(bytes, bytes.len - 1) != '\n')
        return fail(why, ERR_PEER, "a note is text, a blank line, and signature lines");
    out->text = span_cut(bytes, 0, end + 1);
    struct span rest = span_cut(bytes, end + 2, SIZE_MAX), line;
    while (text_line(&rest, &line)) {
        if (out->count == NOTE_SIGNATURES_MAX)
            return fail(why, ERR_PEER, "more than %d signatures", NOTE_SIGNATURES_MAX);
        if (!read_signature(line, a, &out->signatures[out->count]))
            return fail(why, ERR_PEER, "signature line %u is malformed", out->count + 1);
        out->count++;
    }
    return out->count > 0 ? ERR_NONE : fail(why, ERR_PEER, "a note without a signature");
}

/* SHA-256(name || newline || type || key), its first four bytes. */
bool note_key_id(struct note_key *key)
{
    struct buf b;
    uint8_t digest[32];
    buf_init(&b, 0);
    buf_span(&b, key->name);
    buf_byte(&b, '\n');
    buf_byte(&b, key->type);
    buf_put(&b, key->key, sizeof key->key);
    bool ok = !b.bad && crypto_digest(DIGEST_SHA256, buf_get(&b), digest);
    buf_done(&b);
    key->id = be32(span_make(digest, 4));
    return ok;
}

enum err note_key_parse(struct span text, struct note_key *out, struct why *why)
{
    struct span rest = text, hex;
    uint64_t id = 0;
    struct buf b;
    buf_init(&b, 256);
    memset(out, 0, sizeof *out);
    /* The base64 part may hold a '+' of its own: only the first two divide. */
    bool ok = text_field(&rest, '+', &out->name) && text_field(&rest, '+', &hex) && rest.at &&
              is_name(out->name) && hex.len == 8 && text_hex_u64(hex, &id) &&
              text_unbase64(&b, rest) && b.len > 1;
    uint8_t type = span_byte(buf_get(&b), 0);
    bool known = type == NOTE_ED25519 || type == NOTE_COSIGNATURE;
    if (ok && known && b.len == 33)
        memcpy(out->key, b.at + 1, 32);
    size_t len = b.len;
    buf_done(&b);
    out->type = type;
    if (!ok)
        return fail(why, ERR_USAGE, "a key is name+id+base64");
    if (!known || len != 33)
        return fail(why, ERR_UNSUPPORTED, "a key of type 0x%02x, which is not known here", type);
    if (!note_key_id(out) || out->id != (uint32_t)id)
        return fail(why, ERR_USAGE, "the key's id does not fit its name and bytes");
    return ERR_NONE;
}

void note_key_print(const struct note_key *key, struct buf *out)
{
    uint8_t bytes[33] = {key->type};
    memcpy(bytes + 1, key->key, 32);
    buf_span(out, key->name);
    buf_print(out, "+%08x+", key->id);
    text_base64(out, span_make(bytes, sizeof bytes));
}

/* What an Ed25519 key signs for a note's text. tlog-cosignature: the time goes in front. */
static void put_signed(struct buf *b, uint8_t type, uint64_t time_s, struct span text)
{
    if (type == NOTE_COSIGNATURE)
        buf_print(b, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    buf_span(b, text);
}

static enum note_answer check_one(const struct note *n, const struct note_signature *s,
                                  const struct note_key *key, uint64_t *time_s)
{
    struct reader r = reader_of(s->bytes);
    uint64_t at = key->type == NOTE_COSIGNATURE ? reader_u64be(&r) : 0;
    struct span signature = reader_rest(&r);
    struct buf b;
    buf_init(&b, 0);
    put_signed(&b, key->type, at, n->text);
    bool good = !r.bad && signature.len == 64 && !b.bad &&
                crypto_ed25519_check(key->key, buf_get(&b), signature.at);
    buf_done(&b);
    if (good && time_s)
        *time_s = at;
    return good ? NOTE_GOOD : NOTE_BAD;
}

enum note_answer note_check(const struct note *n, const struct note_key *key, uint64_t *time_s)
{
    for (uint32_t i = 0; i < n->count; i++) /* later ones by the same key are duplicates */
        if (n->signatures[i].id == key->id && span_equal(n->signatures[i].name, key->name))
            return check_one(n, &n->signatures[i], key, time_s);
    return NOTE_UNKNOWN;
}

enum err note_sign(struct buf *note, const struct note_key *key, const uint8_t seed[32],
                   uint64_t time_s, struct why *why)
{
    struct span all = buf_get(note);
    size_t end = span_find_last(all, SPAN_OF("\n\n"));
    bool has_lines =
        end != SIZE_MAX && span_starts(span_cut(all, end + 2, SIZE_MAX), span_text(dash));
    struct span text = has_lines ? span_cut(all, 0, end + 1) : all;
    if (text.len == 0 || span_byte(text, text.len - 1) != '\n')
        return fail(why, ERR_USAGE, "a note's text ends with a newline");
    struct buf message, bytes;
    uint8_t signature[64];
    buf_init(&message, 0);
    buf_init(&bytes, 0);
    put_signed(&message, key->type, time_s, text);
    bool ok = !message.bad && crypto_ed25519_sign(seed, buf_get(&message), signature);
    buf_done(&message);
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(&bytes, (uint8_t)(key->id >> shift));
    for (int shift = 56; key->type == NOTE_COSIGNATURE && shift >= 0; shift -= 8)
        buf_byte(&bytes, (uint8_t)(time_s >> shift));
    buf_put(&bytes, signature, sizeof signature);
    if (!has_lines)
        buf_byte(note, '\n');
    buf_text(note, dash);
    buf_span(note, key->name);
    buf_byte(note, ' ');
    text_base64(note, buf_get(&bytes));
    buf_byte(note, '\n');
    ok = ok && !bytes.bad && !note->bad;
    buf_done(&bytes);
    return ok ? ERR_NONE : fail(why, ERR_SYSTEM, "cannot sign");
}

/* Decimal without leading zeros. */
static bool read_size(struct span s, uint64_t *out)
{
    return text_u64(s, out) && (s.len == 1 || span_byte(s, 0) != '0');
}

enum err checkpoint_parse(struct span text, struct checkpoint *out, struct why *why)
{
    struct span rest = text, size, root;
    struct buf b;
    buf_init(&b, 64);
    memset(out, 0, sizeof *out);
    bool ok = span_byte(text, text.len - 1) == '\n' && text_line(&rest, &out->origin) &&
              text_line(&rest, &size) && text_line(&rest, &root) && out->origin.len > 0 &&
              read_size(size, &out->size) && text_unbase64(&b, root) && b.len == MERKLE_HASH_BYTES;
    if (ok)
        memcpy(out->root.bytes, b.at, MERKLE_HASH_BYTES);
    buf_done(&b);
    if (!ok)
        return fail(why, ERR_PEER, "a checkpoint is three lines: origin, size, root");
    if (rest.len > 0)
        return fail(why, ERR_PEER, "a checkpoint with extension lines");
    return ERR_NONE;
}

void checkpoint_print(const struct checkpoint *c, struct buf *out)
{
    buf_span(out, c->origin);
    buf_print(out, "\n%llu\n", (unsigned long long)c->size);
    text_base64(out, span_make(c->root.bytes, MERKLE_HASH_BYTES));
    buf_byte(out, '\n');
}
