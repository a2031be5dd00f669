/* ar: GNU and BSD names, thin archives, damage. */
#include "collect_sink.h"
#include "make_tar.h"
#include "test.h"

static const char marker[] = "marker-in-an-ar: how vexingly quick daft zebras jump";

TEST(ar_names)
{
    struct buf file;
    buf_init(&file, 0);
    make_ar_start(&file, false);
    make_ar_member(&file, "//", SPAN_OF("a-long-name-of-gnu.o/\nanother/\n"));
    make_ar_member(&file, "plain.o/", span_text(marker));
    make_ar_member(&file, "/0", span_text(marker));
    make_ar_member(&file, "/22", span_text(marker));
    make_ar_member(&file, "debian-binary", SPAN_OF("2.0\n"));
    struct buf bsd;
    buf_init(&bsd, 0);
    buf_put(&bsd, "bsd-name\0\0\0\0", 12);
    buf_text(&bsd, marker);
    make_ar_member(&file, "#1/12", buf_get(&bsd));
    make_ar_member(&file, "/9999", span_text(marker));
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_int_equal(c.objects[0].type, TYPE_AR);
    assert_int_equal(collect_parts_with(&c, marker), 5);
    assert_non_null(collect_find(&c, "plain.o"));
    assert_non_null(collect_find(&c, "a-long-name-of-gnu.o"));
    assert_non_null(collect_find(&c, "another"));
    assert_non_null(collect_find(&c, "debian-binary"));
    assert_true(span_equal(collect_find(&c, "bsd-name")->bytes, span_text(marker)));
    assert_int_equal(c.gap_count, 0);
    struct collect w;
    collect_init(&w);
    collect_run_windowed(&w, buf_get(&file), UINT64_MAX);
    assert_int_equal(w.object_count, c.object_count);
    collect_done(&w);
    collect_done(&c);
    buf_done(&bsd);
    buf_done(&file);
}

TEST(ar_thin_and_damaged)
{
    struct buf file;
    buf_init(&file, 0);
    make_ar_start(&file, true);
    buf_print(&file, "%-16s%-12u%-6u%-6u%-8s%-10u`\n", "x.o/", 0u, 0u, 0u, "100644", 5000u);
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_int_equal(collect_gaps(&c, GAP_NOT_OPENED), 1);
    assert_int_equal(c.gap_count, 1);
    collect_done(&c);
    buf_clear(&file);
    make_ar_start(&file, false);
    make_ar_member(&file, "a", span_text(marker));
    for (size_t len = 9; len < file.len; len++) {
        collect_init(&c);
        collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, len)));
        assert_true(c.gap_count > 0);
        collect_done(&c);
    }
    buf_done(&file);
}
