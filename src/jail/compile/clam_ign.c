/* Lists of signatures to ignore, .ign and .ign2: "name[:md5 of the signature's line]". Hostile
 * bytes: a list's. Facts: ClamAV's manual, "Signature ignore list databases": with the MD5, the
 * signature is back as soon as its line changes. Older .ign lines, "database:line:name", name the
 * signature last. */
#include "jail/compile/clam.h"

#include "common/text.h"

static uint64_t bits_of(const uint8_t *digest)
{
    struct reader r = reader_of(span_make(digest, 8));
    return reader_u64be(&r);
}

/* The first 64 bits of an MD5 in hexadecimal. */
static bool read_md5(struct clam *c, struct span text, uint64_t *out)
{
    if (text.len != 32 || !text_hex_u64(span_cut(text, 0, 16), out))
        return clam_refuse(c, text, "expected an MD5 in hexadecimal");
    return true;
}

bool clam_ignore_line(struct clam *c)
{
    struct span rest = c->whole, name, more = {NULL, 0}, third = {NULL, 0};
    uint64_t md5 = UINT64_MAX;           /* none */
    (void)text_field(&rest, ':', &name); /* a line is not empty */
    (void)text_field(&rest, ':', &more);
    if (text_field(&rest, ':', &third)) {
        name = third;
        more = (struct span){NULL, 0};
    }
    if (name.len == 0) {
        (void)clam_refuse(c, c->whole, "expected a name"); /* said; on we go */
        return true;
    }
    if (more.len && !read_md5(c, more, &md5))
        return true;
    if (!c->fe->ignored && !(c->fe->ignored = map_new(c->arena)))
        return false;
    return map_put(c->fe->ignored, name, md5);
}

bool clam_is_ignored(struct clam *c, struct span name)
{
    uint64_t md5;
    uint8_t digest[DIGEST_MAX_BYTES];
    if (!c->fe->ignored || !map_find(c->fe->ignored, name, &md5))
        return false;
    return md5 == UINT64_MAX ||
           (crypto_digest(DIGEST_MD5, c->whole, digest) && bits_of(digest) == md5);
}
