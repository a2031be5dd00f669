/* cpio in its five shapes, several in a row, and damage. */
#include "collect_sink.h"
#include "make_stream.h"
#include "make_tar.h"
#include "test.h"

static const char marker[] = "marker-in-a-cpio: waltz, bad nymph, for quick jigs vex!";
static const unsigned magics[] = {070701, 070702, 070707, 0, 1};
enum { MAGICS = 5 };

static void archive(struct buf *file, unsigned magic)
{
    make_cpio_member(file, magic, "folder", (struct span){NULL, 0});
    make_cpio_member(file, magic, "folder/odd", span_text(marker));
    make_cpio_member(file, magic, "b", SPAN_OF("second"));
    make_cpio_member(file, magic, "TRAILER!!!", (struct span){NULL, 0});
}

TEST(each_shape)
{
    for (int i = 0; i < MAGICS; i++) {
        struct buf file;
        buf_init(&file, 0);
        archive(&file, magics[i]);
        buf_align(&file, 512);
        struct collect c;
        collect_init(&c);
        collect_run(&c, test_guarded(buf_get(&file)));
        assert_int_equal(c.objects[0].type, TYPE_CPIO);
        assert_int_equal(c.object_count, 3);
        assert_true(span_equal(collect_find(&c, "folder/odd")->bytes, span_text(marker)));
        assert_true(span_equal(collect_find(&c, "b")->bytes, SPAN_OF("second")));
        assert_int_equal(c.gap_count, 0);
        collect_done(&c);
        buf_done(&file);
    }
}

/* An initramfs: microcode first, then zeros, then the real one, compressed. */
TEST(several_in_a_row)
{
    struct buf file, inner;
    buf_init(&file, 0);
    buf_init(&inner, 0);
    archive(&file, 070701);
    buf_align(&file, 512);
    archive(&file, 070701);
    buf_align(&file, 1024);
    archive(&inner, 070701);
    make_gzip(&file, buf_get(&inner), NULL);
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_true(collect_parts_with(&c, marker) >= 3);
    assert_int_equal(c.object_count, 1 + 2 + 2 + 1 + 1 + 2);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&file);
    buf_done(&inner);
}

TEST(every_prefix)
{
    for (int i = 0; i < MAGICS; i++) {
        struct buf file;
        buf_init(&file, 0);
        make_cpio_member(&file, magics[i], "a", span_text(marker));
        for (size_t len = 26; len < file.len - 4; len++) {
            struct collect c;
            collect_init(&c);
            collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, len)));
            bool is_cpio = c.objects[0].type == TYPE_CPIO;
            assert_true(!is_cpio || c.gap_count > 0);
            collect_done(&c);
        }
        buf_done(&file);
    }
}
