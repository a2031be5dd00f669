/* Which files of a batch get an MD5, and that it is the right one whatever their order. */
#include "jail/batch_md5.h"

#include "common/crypto.h"
#include "jail/compile/compile.h"
#include "test.h"

enum { FILES = 40 };

static struct engine *open_rules(struct buf *image, const char *list)
{
    struct engine *e = NULL;
    struct why why = {0};
    struct compile_stats stats;
    struct source_file file = {
        .name = SPAN_OF("a.hdb"), .space = SPAN_OF("default"), .bytes = span_text(list)};
    struct compile_input in = {.files = &file, .file_count = 1};
    buf_init(image, 0);
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    assert_int_equal(compile_run(&in, image, &stats, &why), ERR_NONE);
    assert_int_equal(stats.hashes, 1);
    assert_int_equal(engine_open(&e, buf_get(image), (struct engine_options){0}, &why), ERR_NONE);
    return e;
}

/* Sizes 0, 97, 194 ... in an order that is neither rising nor falling. */
static unsigned run(const char *list, bool every_size)
{
    static uint8_t bytes[FILES * 97];
    static struct batch_md5 got;
    struct span files[FILES];
    struct buf image;
    struct engine *e = open_rules(&image, list);
    unsigned known = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i >> 3);
    for (uint32_t i = 0; i < FILES; i++)
        files[i] = span_make(bytes + i, i * 17 % FILES * 97);
    batch_md5_make(&got, e, files, FILES);
    for (uint32_t i = 0; i < FILES; i++) {
        uint8_t want[DIGEST_MAX_BYTES];
        bool wanted = files[i].len > 0 && (every_size || files[i].len == 970);
        assert_int_equal(got.of[i] != NULL, wanted);
        if (!wanted)
            continue;
        known++;
        assert_true(crypto_digest(DIGEST_MD5, files[i], want));
        assert_memory_equal(got.of[i], want, MD5_BYTES);
    }
    engine_close(e);
    buf_done(&image);
    return known;
}

TEST(only_sizes_that_a_signature_has)
{
    assert_int_equal(run("d41d8cd98f00b204e9800998ecf8427e:970:Test.One\n", false), 1);
}

TEST(a_signature_of_any_size_wants_every_file)
{
    assert_int_equal(run("d41d8cd98f00b204e9800998ecf8427e:*:Test.Any:73\n", true), FILES - 1);
}

struct disk {
    const uint8_t *bytes;
    const uint64_t *sizes;
    unsigned asked;
};

static struct span fetch_piece(void *ctx, uint32_t file, uint32_t place, uint64_t at, uint64_t len)
{
    static uint8_t window[MD5_LANES_MAX][BATCH_MD5_PIECE];
    struct disk *d = ctx;
    assert_true(place < MD5_LANES_MAX && len > 0 && len <= BATCH_MD5_PIECE);
    assert_true(at + len <= d->sizes[file]);
    if (file == 3) /* it changed meanwhile */
        return (struct span){NULL, 0};
    d->asked++;
    memcpy(window[place], d->bytes + file + at, len);
    return span_make(window[place], len);
}

TEST(files_that_are_fetched)
{
    static struct batch_md5 got;
    enum { MANY = 20, LARGEST = 3 * BATCH_MD5_PIECE + 11 };
    uint8_t *bytes = malloc(LARGEST + MANY);
    uint64_t sizes[MANY];
    struct buf image;
    struct engine *e = open_rules(&image, "d41d8cd98f00b204e9800998ecf8427e:*:Test.Any:73\n");
    assert_non_null(bytes);
    for (size_t i = 0; i < LARGEST + MANY; i++)
        bytes[i] = (uint8_t)(i * i >> 5);
    for (uint64_t i = 0; i < MANY; i++)
        sizes[i] = i == 0 ? 0 : LARGEST - i * 7 % MANY * 39000;
    struct disk disk = {bytes, sizes, 0};
    struct batch_fetch fetch = {sizes, MANY, fetch_piece, &disk};
    batch_md5_fetch(&got, e, &fetch);
    for (uint32_t i = 0; i < MANY; i++) {
        uint8_t want[DIGEST_MAX_BYTES];
        assert_int_equal(got.of[i] != NULL, i != 0 && i != 3);
        if (!got.of[i])
            continue;
        assert_true(crypto_digest(DIGEST_MD5, span_make(bytes + i, sizes[i]), want));
        assert_memory_equal(got.of[i], want, MD5_BYTES);
    }
    assert_true(disk.asked > MANY);
    free(bytes);
    engine_close(e);
    buf_done(&image);
}
