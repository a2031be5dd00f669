/* Authenticode: the certificate table, the signatures in it one after the other, and the digest of
 * the file that each must carry. An attacker typed every byte; PKCS#7 is read behind pe_pkcs7.h.
 * Format: Microsoft, "Windows Authenticode Portable Executable Signature Format", PE/COFF
 * specification, "The Attribute Certificate Table". Only the table's first entry is looked at: as
 * YARA 4.5. */
#include "jail/facts/pe_functions.h"
#include "jail/facts/pe_pkcs7.h"

#include <openssl/evp.h>

enum { CHECKSUM_AT = 0x58, DIRECTORY32_AT = 0x98, DIRECTORY64_AT = 0xa8, ENTRY_HEAD = 8 };

/* The first entry's bytes behind its head; empty when there is none. */
static struct span certificate_bytes(const struct pe_image *img, uint32_t *table_at)
{
    struct pe_rva_range dir; /* holds a file offset here */
    uint32_t length = 0;
    if (!pe_image_directory(img, PE_DIR_SECURITY, &dir) || dir.rva == 0 || dir.size < ENTRY_HEAD ||
        img->data.len != img->size || !pe_image_has(img, dir.rva, dir.size))
        return (struct span){NULL, 0};
    *table_at = dir.rva;
    if (!span_u32le(img->data, dir.rva, &length) || length <= ENTRY_HEAD || length > INT32_MAX ||
        !pe_image_has(img, dir.rva, length))
        return (struct span){NULL, 0};
    return span_cut(img->data, dir.rva + ENTRY_HEAD, length - ENTRY_HEAD);
}

/* The file without its checksum, the certificate directory, and the certificates. False: they
 * overlap. */
static bool digest_file(const struct pe_image *img, uint32_t table_at, const EVP_MD *md,
                        uint8_t *out)
{
    size_t checksum = (size_t)img->header_at + CHECKSUM_AT;
    size_t directory = (size_t)img->header_at + (img->is_64 ? DIRECTORY64_AT : DIRECTORY32_AT);
    if (table_at < directory + 8)
        return false;
    struct span parts[] = {
        span_cut(img->data, 0, checksum),
        span_cut(img->data, checksum + 4, directory - checksum - 4),
        span_cut(img->data, directory + 8, table_at - directory - 8),
    };
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL);
    for (size_t i = 0; ok && i < 3; i++)
        ok = parts[i].len == 0 || EVP_DigestUpdate(ctx, parts[i].at, parts[i].len);
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
    EVP_MD_CTX_free(ctx);
    return ok;
}

/* Digests already computed: nested signatures mostly differ in the algorithm, hostile ones do not.
 */
struct digests {
    const EVP_MD *md[4];
    uint8_t bytes[4][EVP_MAX_MD_SIZE];
    uint32_t count;
};

static const uint8_t *file_digest(const struct pe_image *img, uint32_t table_at,
                                  struct digests *known, const EVP_MD *md)
{
    for (uint32_t i = 0; i < known->count; i++)
        if (known->md[i] == md)
            return known->bytes[i];
    if (known->count == 4 || !digest_file(img, table_at, md, known->bytes[known->count]))
        return NULL;
    known->md[known->count] = md;
    return known->bytes[known->count++];
}

/* Compares the digest, sets what depends on it. Returns whether the signature holds. */
static bool finish(struct pe_load *p, struct pe_signature *sig, uint32_t table_at,
                   struct digests *known)
{
    const uint8_t *have = NULL;
    bool same = false;
    if (sig->algorithm && sig->digest.len > 0)
        have = file_digest(p->img, table_at, known, sig->algorithm);
    if (have) {
        struct span digest = span_make(have, (size_t)EVP_MD_get_size(sig->algorithm));
        fact_set_hex(fact_item(sig->f, PE_SIGNATURE_FILE_DIGEST), p->arena, digest);
        same = span_equal(digest, sig->digest);
    }
    fact_set_int(fact_item(sig->f, PE_SIGNATURE_VERIFIED), sig->valid && same);
    return sig->valid && same;
}

bool pe_load_signatures(struct pe_load *p)
{
    struct pe_signing s = {.p = p, .signatures = fact_list_new(p->arena, pe_signature_fields)};
    struct digests known = {.count = 0};
    uint32_t table_at = 0;
    bool ok = true, any = false;
    struct span first = certificate_bytes(p->img, &table_at);
    if (first.len > 0) {
        s.waiting = arena_array(p->arena, struct span, LIMIT_PE_SIGNATURES);
        if (!s.waiting)
            return false;
        s.waiting[s.waiting_count++] = first;
    }
    for (; ok && s.waiting_count > 0 && s.seen < LIMIT_PE_SIGNATURES; s.seen++) {
        struct pe_signature sig;
        ok = pe_pkcs7_read(&s, s.waiting[--s.waiting_count], &sig);
        any |= ok && sig.f && finish(p, &sig, table_at, &known);
    }
    fact_list_end(&s.signatures, fact_item(p->root, PE_SIGNATURES));
    fact_set_int(fact_item(p->root, PE_NUMBER_OF_SIGNATURES), s.signatures.count);
    fact_set_int(fact_item(p->root, PE_IS_SIGNED), any);
    return ok && !s.signatures.bad;
}

bool pe_is_first_verified(const struct fact *root)
{
    const struct fact *all = fact_item(root, PE_SIGNATURES);
    return all->kind == FACT_ARRAY && all->list.count > 0 &&
           fact_int(fact_item(&all->list.items[0], PE_SIGNATURE_VERIFIED), 0) != 0;
}
