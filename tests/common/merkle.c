/* The tree: proofs of every size up to 40, mangled ones, and other people's vectors where they are
 * at hand. */
#include "common/merkle.h"

#include "common/arena.h"
#include "common/buf.h"
#include "common/crypto.h"
#include "common/text.h"
#include "test.h"

#include <dirent.h>

enum { MOST = 40 };

static struct merkle_hash leaves[MOST], roots[MOST + 1];

static void plant(void)
{
    struct why why = {0};
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    for (int i = 0; i < MOST; i++) {
        uint8_t entry[3] = {'e', (uint8_t)i, 0};
        assert_true(merkle_leaf(span_make(entry, sizeof entry), &leaves[i]));
    }
    for (int n = 0; n <= MOST; n++)
        assert_true(merkle_root(leaves, (uint64_t)n, &roots[n]));
}

/* Section 2.1 of RFC 6962, word for word; only for small trees of our own. */
static void slow_root(int from, int count, struct merkle_hash *out)
{
    int k = 1;
    struct merkle_hash a, b;
    if (count == 1) {
        *out = leaves[from];
        return;
    }
    while (k * 2 < count)
        k *= 2;
    slow_root(from, k, &a);
    slow_root(from + k, count - k, &b);
    assert_true(merkle_node(&a, &b, out));
}

TEST(roots_are_those_of_the_definition)
{
    plant();
    for (int n = 1; n <= MOST; n++) {
        struct merkle_hash want;
        slow_root(0, n, &want);
        assert_true(merkle_equal(&want, &roots[n]));
    }
    struct merkle_hash nothing;
    assert_true(crypto_digest(DIGEST_SHA256, SPAN_OF(""), nothing.bytes));
    assert_true(merkle_equal(&nothing, &roots[0]));
}

TEST(every_inclusion_proof_holds_and_no_other)
{
    plant();
    for (uint64_t n = 1; n <= MOST; n++)
        for (uint64_t i = 0; i < n; i++) {
            struct merkle_proof p;
            assert_true(merkle_prove_inclusion(leaves, n, i, &p));
            assert_true(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n]));
            assert_false(merkle_check_inclusion(i + 1, n, &leaves[i], &p, &roots[n]));
            assert_false(merkle_check_inclusion(i, n, &leaves[(i + 1) % MOST], &p, &roots[n]));
            assert_false(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n - 1]));
            p.hashes[p.count++] = leaves[0];
            assert_false(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n]));
            if (p.count > 1) {
                p.count -= 2;
                assert_false(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n]));
            }
        }
    struct merkle_proof none = {0};
    assert_false(merkle_prove_inclusion(leaves, 5, 5, &none));
    assert_false(merkle_check_inclusion(0, 0, &leaves[0], &none, &roots[0]));
}

TEST(every_consistency_proof_holds_and_no_other)
{
    plant();
    for (uint64_t n = 0; n <= MOST; n++)
        for (uint64_t m = n > 0; m <= n; m++) {
            struct merkle_proof p;
            assert_true(merkle_prove_consistency(leaves, n, m, &p));
            assert_true(merkle_check_consistency(m, n, &p, &roots[m], &roots[n]));
            if (m > 0 && m < n) {
                assert_false(merkle_check_consistency(m, n, &p, &roots[m - 1], &roots[n]));
                assert_false(merkle_check_consistency(m, n, &p, &roots[m], &roots[n - 1]));
                p.hashes[test_random() % p.count].bytes[test_random() % 32] ^= 1;
                assert_false(merkle_check_consistency(m, n, &p, &roots[m], &roots[n]));
            }
            assert_false(merkle_check_consistency(n + 1, n, &p, &roots[m], &roots[n]));
        }
}

TEST(a_range_grows_to_the_same_roots_and_survives_storing)
{
    plant();
    struct merkle_range r;
    merkle_range_init(&r);
    for (int n = 0; n < MOST; n++) {
        struct merkle_hash root;
        struct merkle_range again;
        assert_true(merkle_range_load(&again, r.size, r.nodes, r.count));
        assert_true(merkle_range_append(&again, &leaves[n]));
        assert_true(merkle_range_append(&r, &leaves[n]));
        assert_true(merkle_range_root(&again, &root));
        assert_true(merkle_equal(&root, &roots[n + 1]));
    }
    assert_false(merkle_range_load(&r, 3, leaves, 1));
    r.size = UINT64_MAX;
    assert_false(merkle_range_append(&r, &leaves[0]));
}

/* --- transparency-dev/merkle's vectors: flat JSON objects, read by their keys --- */

static struct span value_of(struct span json, const char *key)
{
    char want[40];
    int n = snprintf(want, sizeof want, "\"%s\":", key);
    size_t at = span_find(json, span_make(want, (size_t)n), 0);
    if (at == SIZE_MAX)
        return (struct span){0};
    json = text_trim(span_cut(json, at + (size_t)n, SIZE_MAX));
    size_t end = 0;
    uint8_t close = span_byte(json, 0) == '[' ? ']' : 0;
    while (end < json.len && (close ? span_byte(json, end) != close
                                    : span_byte(json, end) != ',' && span_byte(json, end) != '\n'))
        end++;
    return text_trim(span_cut(json, 0, end + (close != 0)));
}

/* Some roots there are words, to show that nobody looks at them: they stand here padded with zeros.
 */
static bool root_of(struct span quoted, struct merkle_hash *out)
{
    struct buf b;
    buf_init(&b, 0);
    bool ok =
        quoted.len >= 2 && text_unbase64(&b, span_cut(quoted, 1, quoted.len - 2)) && b.len <= 32;
    memset(out, 0, sizeof *out);
    if (ok && b.len)
        memcpy(out->bytes, b.at, b.len);
    buf_done(&b);
    return ok;
}

/* A base64 string, quoted. False when it is no hash. */
static bool hash_of(struct span quoted, struct merkle_hash *out)
{
    struct buf b;
    buf_init(&b, 0);
    bool ok =
        quoted.len >= 2 && text_unbase64(&b, span_cut(quoted, 1, quoted.len - 2)) && b.len == 32;
    if (ok)
        memcpy(out->bytes, b.at, 32);
    buf_done(&b);
    return ok;
}

/* False when a hash in it is malformed: no proof then. */
static bool proof_of(struct span list, struct merkle_proof *p)
{
    p->count = 0;
    for (size_t at = 0; (at = span_find_byte(list, '"', at)) != SIZE_MAX;) {
        size_t end = span_find_byte(list, '"', at + 1);
        if (end == SIZE_MAX || p->count == MERKLE_PROOF_MAX ||
            !hash_of(span_cut(list, at, end + 1 - at), &p->hashes[p->count++]))
            return false;
        at = end + 1;
    }
    return true;
}

static uint64_t size_of(struct span json, const char *key)
{
    uint64_t v = UINT64_MAX;
    (void)text_u64(value_of(json, key), &v);
    return v;
}

static bool holds(struct span json, bool inclusion)
{
    struct merkle_proof p;
    struct merkle_hash a = {0}, b = {0};
    if (!proof_of(value_of(json, "proof"), &p))
        return false;
    if (inclusion)
        return hash_of(value_of(json, "leafHash"), &a) && hash_of(value_of(json, "root"), &b) &&
               merkle_check_inclusion(size_of(json, "leafIdx"), size_of(json, "treeSize"), &a, &p,
                                      &b);
    return root_of(value_of(json, "root1"), &a) && root_of(value_of(json, "root2"), &b) &&
           merkle_check_consistency(size_of(json, "size1"), size_of(json, "size2"), &p, &a, &b);
}

static struct span read_file(const char *path, struct arena *arena)
{
    static uint8_t bytes[65536];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    return arena_copy(arena, span_make(bytes, n));
}

struct tally {
    int seen, agreed, zero;
};

static void run_folder(const char *folder, bool inclusion, struct tally *t)
{
    DIR *d = opendir(folder);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));) {
        char path[1200];
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] == '.')
            continue;
        if (e->d_type == DT_DIR) {
            run_folder(path, inclusion, t);
            continue;
        }
        struct arena *arena = arena_new(0);
        struct span json = read_file(path, arena);
        bool want = !span_starts(value_of(json, "wantErr"), SPAN_OF("true"));
        bool got = holds(json, inclusion);
        t->seen++;
        t->agreed += got == want;
        if (got != want)
            print_message("differs: %s\n", e->d_name);
        /* They want an error for a proof from size 0 to size 0; to us every tree begins with the
         * empty one. */
        t->zero +=
            got != want && !inclusion && size_of(json, "size1") == 0 && size_of(json, "size2") == 0;
        arena_free(arena);
    }
    (void)closedir(d);
}

TEST(other_peoples_vectors)
{
    struct tally in = {0}, con = {0};
    plant();
    run_folder(TEST_ROOT "/../shared/data/vectors/merkle/inclusion", true, &in);
    run_folder(TEST_ROOT "/../shared/data/vectors/merkle/consistency", false, &con);
    if (in.seen == 0) {
        print_message("the vectors are not at hand\n");
        skip();
    }
    print_message("inclusion %d of %d, consistency %d of %d (size 0 to 0: %d)\n", in.agreed,
                  in.seen, con.agreed, con.seen, con.zero);
    assert_int_equal(in.agreed, in.seen);
    assert_int_equal(con.agreed + con.zero, con.seen);
    assert_true(con.zero <= 1);
}
