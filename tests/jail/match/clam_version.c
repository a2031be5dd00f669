/* Places of version information, and damaged trees of resources. tests/system/clam_special.py asks
 * clamscan about many more. */
#include "jail/match/clam_version.h"
#include "jail/object/object.h"
#include "make_pe.h"
#include "test.h"

struct image {
    struct arena *arena;
    struct buf bytes;
    struct object object;
    struct clam_version got;
};

static void read_image(struct image *m)
{
    struct clam_exe exe;
    m->arena = arena_new(0);
    m->object =
        (struct object){.source = source_of(test_guarded(buf_get(&m->bytes))), .type = TYPE_PE};
    assert_true(clam_exe_read(&m->object, &exe));
    assert_true(clam_version_read(&m->object.source, &exe, m->arena, &m->got));
}

static void image_done(struct image *m)
{
    arena_free(m->arena);
    buf_done(&m->bytes);
}

static void make(struct image *m, bool is_64, uint32_t type, struct span version)
{
    struct make_pe pe;
    make_pe_init(&pe, is_64);
    make_pe_resource(&pe, type, 0x409, version);
    *m = (struct image){0};
    buf_init(&m->bytes, 0);
    make_pe_end(&pe, &m->bytes);
    make_pe_done(&pe);
}

TEST(finds_the_key)
{
    for (int wide = 0; wide < 2; wide++) {
        struct buf version;
        struct image m;
        buf_init(&version, 0);
        make_pe_version(&version, "CompanyName", "Someone");
        make(&m, wide, 16, buf_get(&version));
        read_image(&m);
        assert_int_equal(m.got.count, 1);
        size_t at = span_find(buf_get(&m.bytes), SPAN_OF("C\0o\0m\0p\0a\0n\0y\0"), 0);
        assert_int_equal(m.got.places[0], at);
        image_done(&m);
        make(&m, wide, 3, buf_get(&version)); /* an icon of the same bytes */
        read_image(&m);
        assert_int_equal(m.got.count, 0);
        image_done(&m);
        make(&m, wide, 16, span_cut(buf_get(&version), 0, version.len - 4)); /* its length lies */
        read_image(&m);
        assert_int_equal(m.got.count, 0);
        image_done(&m);
        buf_done(&version);
    }
}

/* Every byte of the resources spoilt, one at a time: it ends, and nothing lies outside. */
TEST(any_damage_ends)
{
    struct buf version;
    buf_init(&version, 0);
    make_pe_version(&version, "CompanyName", "Someone");
    for (size_t at = MAKE_PE_FILE;; at++) {
        struct image m;
        make(&m, false, 16, buf_get(&version));
        if (at == m.bytes.len) {
            buf_done(&m.bytes);
            break;
        }
        m.bytes.at[at] ^= (uint8_t)(at % 3 ? 0xff : 0x81);
        read_image(&m);
        for (uint32_t i = 0; i < m.got.count; i++)
            assert_true(m.got.places[i] < m.bytes.len);
        image_done(&m);
    }
    buf_done(&version);
}
