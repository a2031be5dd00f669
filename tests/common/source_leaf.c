/* Leaves of the owner's log of sources. */
#include "common/source_leaf.h"

#include "test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

TEST(they_come_back)
{
    struct buf b;
    struct source_leaf back;
    struct source_leaf added = {
        .is_added = true, .name = SPAN_OF("my rules/a.yar"), .sha256 = SPAN_OF(HEX), .bytes = 77};
    buf_init(&b, 0);
    assert_int_equal(source_leaf_print(&added, &b, NULL), ERR_NONE);
    assert_true(span_equal(buf_get(&b), SPAN_OF("candor-source/v1\nop add\nname my rules/a.yar\n"
                                                "sha256 " HEX "\nbytes 77\n")));
    assert_int_equal(source_leaf_parse(buf_get(&b), &back, NULL), ERR_NONE);
    assert_true(back.is_added && span_equal(back.name, added.name) && back.bytes == 77 &&
                span_equal(back.sha256, added.sha256));
    /* each shorter one is refused (but for the last newline, which a line may lack) */
    for (size_t len = 0; len + 1 < b.len; len++)
        if (source_leaf_parse(test_guarded(span_make(b.at, len)), &back, NULL) == ERR_NONE)
            assert_true(len == b.len - 2 && back.bytes == 7);
    buf_clear(&b);
    struct source_leaf gone = {.name = added.name};
    assert_int_equal(source_leaf_print(&gone, &b, NULL), ERR_NONE);
    assert_int_equal(source_leaf_parse(buf_get(&b), &back, NULL), ERR_NONE);
    assert_false(back.is_added);
    buf_done(&b);
}

TEST(what_is_none)
{
    static const char *const bad[] = {
        "",
        "candor-source/v2\nop add\nname a\nsha256 " HEX "\nbytes 1\n",
        "candor-source/v1\nop take\nname a\n",
        "candor-source/v1\nop add\nname \nsha256 " HEX "\nbytes 1\n",
        "candor-source/v1\nop add\nname a\tb\nsha256 " HEX "\nbytes 1\n",
        "candor-source/v1\nop add\nname a\nsha256 ABC\nbytes 1\n",
        "candor-source/v1\nop add\nname a\nsha256 " HEX "\nbytes x\n",
        "candor-source/v1\nop add\nname a\nsha256 " HEX "\nbytes 1\nmore\n",
        "candor-source/v1\nop remove\nname a\nbytes 1\n",
    };
    struct source_leaf l;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (source_leaf_parse(span_text(bad[i]), &l, NULL) != ERR_LEDGER)
            TEST_FAIL("taken: %s\n", bad[i]);
    struct buf b;
    buf_init(&b, 0);
    l = (struct source_leaf){.name = SPAN_OF("a\nop add")};
    assert_int_equal(source_leaf_print(&l, &b, NULL), ERR_USAGE);
    buf_done(&b);
}
