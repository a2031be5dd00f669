/* RPM: the payload behind lead and headers. */
#include "collect_sink.h"
#include "make_stream.h"
#include "make_tar.h"
#include "test.h"

static const char marker[] = "marker-in-an-rpm: grumpy wizards make toxic brew";

TEST(payload_is_opened)
{
    struct buf cpio, packed, file;
    buf_init(&cpio, 0);
    buf_init(&packed, 0);
    buf_init(&file, 0);
    make_cpio_member(&cpio, 070701, "./usr/bin/x", span_text(marker));
    make_cpio_member(&cpio, 070701, "TRAILER!!!", (struct span){NULL, 0});
    make_zstd(&packed, buf_get(&cpio));
    make_rpm(&file, buf_get(&packed));
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_int_equal(c.objects[0].type, TYPE_RPM);
    assert_true(span_equal(collect_find(&c, "./usr/bin/x")->bytes, span_text(marker)));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    size_t start = file.len - packed.len;
    for (size_t len = 4; len < file.len; len++) {
        if (len > start && len < start + 8)
            continue; /* too little of the payload to say what it is */
        collect_init(&c);
        collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, len)));
        assert_true(c.gap_count > 0);
        collect_done(&c);
    }
    buf_done(&cpio);
    buf_done(&packed);
    buf_done(&file);
}

TEST(headers_that_claim_too_much)
{
    struct buf file;
    buf_init(&file, 0);
    make_rpm(&file, span_text(marker));
    memset(file.at + 96 + 8, 0xff, 8);
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_int_equal(c.object_count, 1);
    assert_int_equal(c.gap_count, 1);
    collect_done(&c);
    buf_done(&file);
}
