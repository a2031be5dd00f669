/* The seam to libarchive: each format whole, cut, damaged, too big, through the window. */
#include "collect_sink.h"
#include "make_archive.h"
#include "test.h"

static const char marker[] = "marker-in-an-archive: a wizard's job is to vex chumps quickly in fog";

typedef void maker(struct buf *out, const char *name, struct span bytes);

static void rar(struct buf *out, const char *name, struct span bytes)
{
    make_rar(out, name, bytes, 0);
}

static const struct kind {
    maker *make;
    enum object_type type;
} kinds[] = {{make_7z, TYPE_SEVENZIP},
             {make_iso, TYPE_ISO},
             {make_cab, TYPE_CAB},
             {make_lha, TYPE_LHA},
             {rar, TYPE_RAR}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

TEST(each_format)
{
    for (int i = 0; i < KINDS * 2; i++) {
        struct buf file;
        buf_init(&file, 0);
        kinds[i / 2].make(&file, "a.txt", span_text(marker));
        struct collect c;
        collect_init(&c);
        if (i % 2)
            collect_run_windowed(&c, buf_get(&file), UINT64_MAX);
        else
            collect_run(&c, test_guarded(buf_get(&file)));
        assert_int_equal(c.err, ERR_NONE);
        assert_int_equal(c.objects[0].type, kinds[i / 2].type);
        assert_int_equal(collect_parts_with(&c, marker), 1);
        const struct collected_object *part = collect_find(&c, "a.txt");
        assert_non_null(part);
        assert_true(span_equal(part->bytes, span_text(marker)));
        assert_int_equal(c.gap_count, 0);
        assert_int_equal(c.budget.held_used, 0);
        collect_done(&c);
        buf_done(&file);
    }
}

/* An ISO image is mostly padding; of the others every prefix must say what is missing. */
TEST(every_prefix)
{
    for (int i = 0; i < KINDS; i++) {
        if (kinds[i].type == TYPE_ISO)
            continue;
        struct buf file;
        buf_init(&file, 0);
        kinds[i].make(&file, "a.txt", span_text(marker));
        for (size_t len = 32; len < file.len; len++) {
            struct collect c;
            collect_init(&c);
            collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, len)));
            assert_int_equal(c.err, ERR_NONE);
            bool is_seen = collect_find(&c, "a.txt") &&
                           span_equal(collect_find(&c, "a.txt")->bytes, span_text(marker));
            if (!is_seen && c.gap_count == 0)
                print_message("%s: %zu of %zu bytes: silent\n", type_name(kinds[i].type), len,
                              file.len);
            assert_true(is_seen || c.gap_count > 0);
            collect_done(&c);
        }
        buf_done(&file);
    }
}

TEST(cut_image)
{
    struct buf file;
    buf_init(&file, 0);
    make_iso(&file, "a.txt", span_text(marker));
    size_t at = span_find(buf_get(&file), span_text(marker), 0);
    assert_true(at < file.len);
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, at)));
    assert_int_equal(c.err, ERR_NONE);
    assert_true(c.gap_count > 0);
    collect_done(&c);
    buf_done(&file);
}

TEST(too_big)
{
    size_t len = 8 << 20;
    uint8_t *zeros = calloc(1, len);
    for (int i = 0; i < 2; i++) {
        struct buf file;
        buf_init(&file, 0);
        kinds[i].make(&file, "zeros", span_make(zeros, len));
        struct collect c;
        collect_init(&c);
        c.budget.object_bytes = 1 << 20;
        collect_run(&c, buf_get(&file));
        assert_int_equal(collect_find(&c, "zeros")->size, 1 << 20);
        assert_true(collect_gaps(&c, GAP_TOO_BIG) >= 1);
        assert_int_equal(c.budget.held_used, 0);
        collect_done(&c);
        buf_done(&file);
    }
    free(zeros);
}

TEST(encrypted_rar)
{
    struct buf file;
    buf_init(&file, 0);
    make_rar(&file, "a.txt", span_text(marker), 4);
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_int_equal(c.object_count, 1);
    assert_int_equal(collect_gaps(&c, GAP_ENCRYPTED), 1);
    collect_done(&c);
    buf_done(&file);
}
