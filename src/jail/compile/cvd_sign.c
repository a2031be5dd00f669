/* Plain RSA as ClamAV writes it: a number in base 64, least digit first, raised to a public
 * exponent. Facts: the numbers are those of ClamAV's cvd and cdiff code; padding *observed* on a
 * signed container. The signature is a stranger's text. No randomness is asked for: the key is
 * public. */
#include "jail/compile/cvd_sign.h"

#include "common/crypto.h"

#include <openssl/bn.h>
#include <string.h>

enum { DIGITS_MOST = 400, BODY_BYTES = 128, MANIFEST_BYTES = 256 };
enum {
    HASH = 32,
    SALT = 32,
    MASKED = MANIFEST_BYTES - HASH - 1,
    BLOCKS = (MASKED + HASH - 1) / HASH
};

struct key {
    const char *modulus, *exponent; /* decimal */
};

static const struct key body_key = {
    "118640995551645342603070001658453189751527774412027743746599405743243142607464144767361060"
    "640655844749760788890022283424922762488917565551002467771109669598189410434699034532232228"
    "621591089508178591428456220796841621637175567590476666928698770143328137383952820383197532"
    "047771780196576957695822641224262693037",
    "100001027"};
static const struct key manifest_key = {
    "110888949830485454736595561066271949239289417917950476205916586974135810433227159121724968"
    "065253810558809645206184002243333205346602992339837553417406795028668299096799557343913926"
    "683783612215242053966310901051516412708572770803107343209516537005089417174191687239425078"
    "907029047027075874516216910507543078503833998653464872037984641785373922114027864813598244"
    "611972311028954150937703942166663244845939357624084685168266331921408266679234948220458053"
    "478099328484548458869717064243605586678627758760720594377033653802091016977385775154769350"
    "85469455279994113145977994084618328482151013142393373316337519977244732747977",
    "100002049"};

static const struct key difference_key = {
    "1478390587407746709026222851655791757025459963837620353203198921410555284726968748977197"
    "5792123442185817287694951949800908791527542017115600501303394778618535864845235700041590"
    "0563182301024496122174585490160893133065913885907907965158196541023207257123008223563487"
    "2401123265483750324173617790778419870083444068112472706054003575469965810589505009657622"
    "6753008596881698828185652424901921668758326578462003247906470982092298106789657211905488"
    "9862810783463614695244848295595608862271980919954984406766396398304635932113860550653602"
    "8842239405399813445862371254068329403495381841245836219811781199000602198984418072101094"
    "7",
    "100002053"};

static int digit_of(uint8_t c)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* False: no number of this kind. */
static bool read_number(struct span text, BIGNUM *out)
{
    /* A digit 0 at the end would make several texts of one number. */
    if (text.len == 0 || text.len > DIGITS_MOST || digit_of(span_byte(text, text.len - 1)) <= 0)
        return false;
    for (size_t i = text.len; i-- > 0;) {
        int digit = digit_of(span_byte(text, i));
        if (digit < 0 || !BN_lshift(out, out, 6) || !BN_add_word(out, (BN_ULONG)digit))
            return false;
    }
    return true;
}

/* out := number ^ exponent mod modulus, big-endian. The number must be below the modulus, or
 * several texts would be one signature. */
static bool open_signature(const struct key *key, struct span text, uint8_t *out, int bytes)
{
    BN_CTX *work = BN_CTX_new();
    BIGNUM *n = NULL, *e = NULL, *c = BN_new(), *plain = BN_new();
    bool ok = work && c && plain && BN_dec2bn(&n, key->modulus) && BN_dec2bn(&e, key->exponent) &&
              read_number(text, c) && BN_cmp(c, n) < 0 && BN_mod_exp(plain, c, e, n, work) &&
              BN_bn2binpad(plain, out, bytes) == bytes;
    BN_free(n);
    BN_free(e);
    BN_free(c);
    BN_free(plain);
    BN_CTX_free(work);
    return ok;
}

bool cvd_sign_is_body(const uint8_t md5[16], struct span signature)
{
    uint8_t want[BODY_BYTES] = {0}, got[BODY_BYTES];
    memcpy(want + BODY_BYTES - 16, md5, 16); /* bare: nothing pads it */
    return open_signature(&body_key, signature, got, BODY_BYTES) &&
           memcmp(want, got, BODY_BYTES) == 0;
}

/* masked ^= SHA-256(seed, counter) ..., MGF1 of RFC 8017, B.2.1. */
static bool unmask(uint8_t masked[MASKED], const uint8_t seed[HASH])
{
    for (uint8_t block = 0; block < BLOCKS; block++) {
        uint8_t in[HASH + 4] = {0}, mask[HASH];
        memcpy(in, seed, HASH);
        in[HASH + 3] = block;
        if (!crypto_digest(DIGEST_SHA256, span_make(in, sizeof in), mask))
            return false;
        for (size_t i = 0; i < HASH && (size_t)block * HASH + i < MASKED; i++)
            masked[(size_t)block * HASH + i] ^= mask[i];
    }
    return true;
}

/* EMSA-PSS of RFC 8017, 9.1.2, but the highest bit alone is cleared. */
static bool is_padded(const struct key *key, struct span text, struct span signature)
{
    uint8_t em[MANIFEST_BYTES], salted[8 + HASH + SALT] = {0}, hash[HASH];
    if (!open_signature(key, signature, em, MANIFEST_BYTES) || em[MANIFEST_BYTES - 1] != 0xbc ||
        (em[0] & 0x80) || !unmask(em, em + MASKED))
        return false;
    em[0] &= 0x7f;
    size_t one = MASKED - SALT - 1;
    bool padded = em[one] == 1;
    for (size_t i = 0; i < one; i++)
        padded = padded && em[i] == 0;
    if (!padded || !crypto_digest(DIGEST_SHA256, text, salted + 8))
        return false;
    memcpy(salted + 8 + HASH, em + MASKED - SALT, SALT);
    return crypto_digest(DIGEST_SHA256, span_make(salted, sizeof salted), hash) &&
           memcmp(hash, em + MASKED, HASH) == 0;
}

bool cvd_sign_is_manifest(struct span manifest, struct span signature)
{
    return is_padded(&manifest_key, manifest, signature);
}

bool cvd_sign_is_difference(struct span signed_part, struct span signature)
{
    return is_padded(&difference_key, signed_part, signature);
}
