/* The frequency table, and the grams that are chosen by it. */
#include "test.h"

#include "jail/compile/anchors.h"
#include "jail/compile/background.h"
#include "jail/compile/search_emit.h"

#include "make_patterns.h"

static uint32_t common(const char *gram)
{
    uint32_t g;
    memcpy(&g, gram, sizeof g);
    return background_gram(g);
}

TEST(tables_are_whole)
{
    assert_int_equal(strlen(background_singles), BACKGROUND_LETTERS);
    assert_int_equal(strlen(background_pairs), BACKGROUND_LETTERS * BACKGROUND_LETTERS);
    assert_int_equal(strlen(background_extras), BACKGROUND_BUCKETS * BACKGROUND_SLOTS * 4);
    assert_int_equal(strlen(background_common), ((1 << BACKGROUND_COMMON_LOG) + 5) / 6);
}

TEST(common_is_more_than_rare)
{
    assert_true(common("\0\0\0\0") > BACKGROUND_ONE / 100);
    assert_true(common("tion") > 1000 * common("qzjx"));
    assert_true(common("func") > 100 * common("fqnc"));
    assert_int_equal(common("FUNC"), common("func"));
    for (uint32_t i = 0; i < 100000; i++)
        assert_true(background_gram((uint32_t)test_random()) >= 1);
}

static bool is_common(struct span s)
{
    return anchors_is_common((struct masked){s, {NULL, 0}});
}

TEST(what_stands_in_many_files)
{
    assert_true(is_common(SPAN_OF("_Jv_RegisterClasses")) || is_common(SPAN_OF("__gmon_start__")));
    assert_true(is_common(SPAN_OF("#include <")));
    assert_true(is_common(SPAN_OF("#INCLUDE <")));
    assert_true(is_common(SPAN_OF("GetProcAddress")));
    assert_true(is_common(SPAN_OF("P\0r\0o\0d\0u\0c\0t\0N\0a\0m\0e\0")));
    assert_false(is_common(SPAN_OF("a marker that nobody has")));
    assert_true(is_common(SPAN_OF("\0\0\0\0")));
    assert_false(is_common(SPAN_OF("qzjx")));
    assert_true(is_common(SPAN_OF("qzj")));
}

TEST(the_rarest_gram_is_taken)
{
    struct anchor_pick pick;
    struct masked m = {SPAN_OF("function\0\0\0\0qzjxqzjxq\0\0\0\0"), {NULL, 0}};
    assert_true(anchors_pick(m, &pick));
    for (int odd = 0; odd < 2; odd++) {
        assert_int_equal(pick.gram[odd] & 1, odd);
        assert_true(pick.gram[odd] >= 10 && pick.gram[odd] <= 18);
    }
    m.bytes = SPAN_OF("ab"); /* 14 bits short */
    assert_false(anchors_pick(m, &pick));
    m.bytes = SPAN_OF("abc");
    assert_true(anchors_pick(m, &pick));
    assert_int_equal(pick.gram[1], -1);
}

TEST(costs_rank_strings)
{
    struct arena *a = arena_new(0);
    struct pattern rare = make_text(a, "qzjxvkqzjx", 0), often = make_text(a, "tion", 0);
    struct pattern brief = make_text(a, "a", 0);
    assert_true(search_cost(&rare) < search_cost(&often));
    assert_int_equal(search_cost(&brief), 1000000);
    arena_free(a);
}
