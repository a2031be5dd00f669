/* Leaves of the rule log. */
#include "common/rule_leaf.h"

#include "common/tlog.h"
#include "test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct rule_leaf good = {.op = RULE_ADD,
                                      .id = {(const uint8_t *)"one", 3},
                                      .evidence = {(const uint8_t *)"sha256:" HEX, 71},
                                      .class = {(const uint8_t *)"test", 4},
                                      .text = {(const uint8_t *)"rule one {}\n", 12}};

TEST(it_comes_back)
{
    struct buf b;
    struct rule_leaf back;
    buf_init(&b, 0);
    assert_int_equal(rule_leaf_print(&good, &b, NULL), ERR_NONE);
    assert_true(
        span_equal(buf_get(&b), SPAN_OF("candor-rule/v1\nop add\nid one\nevidence sha256:" HEX
                                        "\nclass test\n\nrule one {}\n")));
    assert_int_equal(rule_leaf_parse(buf_get(&b), &back, NULL), ERR_NONE);
    assert_true(back.op == RULE_ADD && span_equal(back.text, good.text) &&
                span_equal(back.evidence, good.evidence));
    buf_clear(&b);
    struct rule_leaf end = {.op = RULE_REVOKE, .id = good.id};
    assert_int_equal(rule_leaf_print(&end, &b, NULL), ERR_NONE);
    assert_true(span_equal(buf_get(&b), SPAN_OF("candor-rule/v1\nop revoke\nid one\n\n")));
    for (size_t len = 0; len < b.len;
         len++) /* each shorter one is refused, and nothing past it read */
        assert_int_equal(rule_leaf_parse(test_guarded(span_make(b.at, len)), &back, NULL),
                         ERR_PEER);
    buf_done(&b);
}

TEST(what_breaks_the_form_is_not_printed)
{
    static uint8_t large[TLOG_ENTRY_MAX];
    struct buf b;
    struct rule_leaf l;
    buf_init(&b, 0);
    const char *ids[] = {"", "1one", "a b", "a-b", "a\nop revoke"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        l = good;
        l.id = span_text(ids[i]);
        assert_int_equal(rule_leaf_print(&l, &b, NULL), ERR_USAGE);
    }
    const char *proofs[] = {"",
                            "sha256:12",
                            "md5:" HEX,
                            "sha256:" HEX " ",
                            " sha256:" HEX,
                            "sha256:" HEX "  sha256:" HEX,
                            "sha256:" HEX "\nclass test\n\nx"};
    for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++) {
        l = good;
        l.evidence = span_text(proofs[i]);
        assert_int_equal(rule_leaf_print(&l, &b, NULL), ERR_USAGE);
    }
    l = good;
    l.class = SPAN_OF("Malware");
    assert_int_equal(rule_leaf_print(&l, &b, NULL), ERR_USAGE);
    l = good;
    l.text = (struct span){0};
    assert_int_equal(rule_leaf_print(&l, &b, NULL), ERR_USAGE);
    l.text = span_make(large, sizeof large);
    assert_int_equal(rule_leaf_print(&l, &b, NULL), ERR_USAGE);
    buf_done(&b);
}

TEST(blocks_of_hashes)
{
    struct buf b;
    struct rule_leaf back;
    struct rule_leaf block = {.op = RULE_HASHES,
                              .id = SPAN_OF("block_1"),
                              .class = SPAN_OF("malware"),
                              .text = SPAN_OF(HEX "\n" HEX "\n")};
    buf_init(&b, 0);
    assert_int_equal(rule_leaf_print(&block, &b, NULL), ERR_NONE);
    assert_true(span_starts(buf_get(&b), SPAN_OF("candor-rule/v1\nop hashes\nid block_1\nclass "
                                                 "malware\n\n" HEX)));
    assert_int_equal(rule_leaf_parse(buf_get(&b), &back, NULL), ERR_NONE);
    assert_true(back.op == RULE_HASHES && back.text.len == 130);
    static const char *const bad[] = {"",           HEX,   HEX "\n\n",      HEX " \n",
                                      "0" HEX "\n", "x\n", HEX "\nABCDEF\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        block.text = span_text(bad[i]);
        assert_int_equal(rule_leaf_print(&block, &b, NULL), ERR_USAGE);
    }
    buf_clear(&b);
    for (int i = 0; i <= RULE_LEAF_HASHES_MAX; i++)
        buf_text(&b, HEX "\n");
    struct buf out;
    buf_init(&out, 0);
    block.text = buf_get(&b);
    assert_int_equal(rule_leaf_print(&block, &out, NULL), ERR_USAGE);
    block.text = span_cut(block.text, 0, block.text.len - 65);
    assert_int_equal(rule_leaf_print(&block, &out, NULL), ERR_NONE);
    buf_done(&out);
    buf_done(&b);
}
