/* Hex strings: trees, refusals and where they point. */
#include "re_text.h"
#include "test.h"

static void expect(const char *text, const char *want)
{
    struct arena *a = arena_new(0);
    struct buf got;
    struct re_error error;
    buf_init(&got, 0);
    struct re *tree = hexpat_parse(test_guarded(span_text(text)), a, &error);
    if (tree)
        re_text(&got, tree);
    else
        buf_print(&got, "%zu %s", error.at, error.text);
    buf_byte(&got, 0);
    assert_string_equal((char *)got.at, want);
    buf_done(&got);
    arena_free(a);
}

TEST(bytes_and_nibbles)
{
    expect(" 4D 5a ?? 6? ?7 ", "(4d 5a 00&00 60&f0 07&0f)");
    expect("4D5A", "(4d 5a)");
    expect("61", "61");
    expect("~61 ~?2 ~3?", "(~61 ~02&0f ~30&f0)");
}

TEST(comments_are_skipped)
{
    expect("61 /* 62 */ 63 // 64\n 65", "(61 63 65)");
    expect("61 // 62", "61");
    expect("61 /* 62", "3 unterminated comment");
}

TEST(jumps)
{
    expect("61 [3] 62", "(61 [00-ff]{3,3}? 62)");
    expect("61 [1-3] 62", "(61 [00-ff]{1,3}? 62)");
    expect("61 [ 1 - ] 62", "(61 [00-ff]{1,}? 62)");
    expect("61[-]62", "(61 [00-ff]{0,}? 62)");
    expect("61 [0-0] 62", "(61 [00-ff]{0,0}? 62)");
    expect("61 [1][2] 62", "(61 [00-ff]{1,1}? [00-ff]{2,2}? 62)");
}

TEST(groups)
{
    expect("61 (62|63 64) 65", "(61 (62|(63 64)) 65)");
    expect("(61)", "61");
    expect("61 (62|(63|64 [2] 65)) 66", "(61 (62|(63|(64 [00-ff]{2,2}? 65))) 66)");
}

TEST(refusals_point_at_their_place)
{
    expect("", "0 syntax error: bytes expected");
    expect("61 6", "4 uneven number of digits in hex string");
    expect("61 6 2", "4 uneven number of digits in hex string");
    expect("616", "3 uneven number of digits in hex string");
    expect("6g", "1 invalid character in hex string");
    expect("61 -", "3 invalid character in hex string");
    expect("~??", "0 invalid character in hex string: ~?? matches nothing");
    expect("[1] 61", "0 syntax error: a jump may not be first");
    expect("61 [1]", "6 syntax error: a jump may not be last");
    expect("61 [0] 62", "4 invalid jump length");
    expect("61 [3-1] 62", "4 invalid jump range");
    expect("61 [-3] 62", "4 syntax error: a jump needs its lower bound");
    expect("61 [] 62", "4 syntax error: a jump needs a length");
    expect("61 [a] 62", "4 invalid character in hex string jump");
    expect("61 [1", "4 syntax error: ']' expected");
    expect("61 [99999999999] 62", "13 invalid jump length");
    expect("61 | 62", "3 syntax error: '|' outside of parentheses");
    expect("61 ) 62", "3 syntax error: ')' without '('");
    expect("61 (62", "6 syntax error: ')' expected");
    expect("61 () 62", "4 syntax error: bytes expected");
    expect("61 (62|) 63", "7 syntax error: bytes expected");
    expect("61 (62|[1] 63) 64", "7 syntax error: a jump may not be first");
    expect("61 (62 [1]) 63", "10 syntax error: a jump may not be last");
    expect("61 (62 [-] 63|64)", "7 unbounded jumps not allowed inside alternation (|)");
    expect("61 (62 [1-300] 63|64)", "7 jumps over 200 not allowed inside alternation (|)");
}

TEST(deep_nesting_needs_no_stack)
{
    struct arena *a = arena_new(0);
    struct buf text;
    struct re_error error;
    buf_init(&text, 0);
    for (int i = 0; i < 100000; i++)
        buf_byte(&text, '(');
    buf_text(&text, "61");
    assert_null(hexpat_parse(buf_get(&text), a, &error));
    for (int i = 0; i < 100000; i++)
        buf_byte(&text, ')');
    assert_non_null(hexpat_parse(buf_get(&text), a, &error));
    buf_done(&text);
    arena_free(a);
}
