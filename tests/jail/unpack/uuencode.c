/* Text that begins with a block: every block in it, ends that are missing, lines that are none. */
#include "collect_sink.h"
#include "test.h"

static void scan(struct collect *c, struct span file)
{
    collect_init(c);
    collect_run(c, test_guarded(file));
    assert_int_equal(c->err, ERR_NONE);
    assert_int_equal(c->objects[0].type, TYPE_UUENCODE);
    assert_int_equal(c->budget.held_used, 0);
}

TEST(every_block_is_a_part)
{
    struct collect c;
    scan(&c, SPAN_OF("begin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\n\r\nbegin-base64 755 "
                     "b.txt\naGVs\nbG8=\n====\nbegin 0644 c.txt\n%:&5L;&\\\nend\n"));
    assert_int_equal(c.object_count, 4);
    for (int i = 1; i < 4; i++)
        assert_true(span_equal(c.objects[i].bytes, SPAN_OF("hello")));
    assert_true(span_equal(c.objects[2].name, SPAN_OF("b.txt")));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(damage_is_said)
{
    struct collect c;
    scan(
        &c,
        SPAN_OF(
            "begin 644 a.txt\n%:&5L;&\\\nlower case is no uuencode\nbegin 644 b.txt\n%:&5L;&\\\n"));
    assert_int_equal(c.object_count, 3);
    assert_true(collect_gap_says(&c, GAP_DAMAGED, "not uuencoded"));
    assert_true(collect_gap_says(&c, GAP_TRUNCATED, "without its end"));
    collect_done(&c);
}

TEST(yenc_escapes)
{
    struct collect c;
    scan(&c, SPAN_OF("=ybegin line=128 size=4 name=a b.bin\r\n*=\x6e=\x4a=}\r\n=yend size=4\r\n"));
    assert_int_equal(c.object_count, 2);
    assert_true(span_equal(c.objects[1].name, SPAN_OF("a b.bin")));
    assert_true(span_equal(c.objects[1].bytes, span_make("\0\4\xe0\x13", 4)));
    collect_done(&c);
}
