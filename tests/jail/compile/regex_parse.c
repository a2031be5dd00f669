/* Regular expressions: trees, refusals and where they point; what yara 4.2.3 was seen to do. */
#include "re_text.h"
#include "test.h"

static void expect_mode(const char *text, bool yara_x, const char *want)
{
    struct arena *a = arena_new(0);
    struct buf got;
    struct re_error error;
    buf_init(&got, 0);
    struct re *tree = regex_parse(test_guarded(span_text(text)), yara_x, a, &error);
    if (tree)
        re_text(&got, tree);
    else
        buf_print(&got, "%zu %s", error.at, error.text);
    buf_byte(&got, 0);
    assert_string_equal((char *)got.at, want);
    buf_done(&got);
    arena_free(a);
}

static void expect(const char *text, const char *want)
{
    expect_mode(text, false, want);
}

TEST(plain_bytes_and_escapes)
{
    expect("ab", "(61 62)");
    expect("a\\.\\/\\q\\v\\e", "(61 2e 2f 71 76 65)");
    expect("\\n\\t\\r\\f\\a\\x4f\\xFf", "(0a 09 0d 0c 07 4f ff)");
    expect("a}]-", "(61 7d 5d 2d)");
    expect("^.$\\b\\B", "(^ any $ \\b \\B)");
    expect("\xe9", "e9");
}

TEST(classes)
{
    expect("[abc]", "[61-63]");
    expect("[^a]", "[00-6062-ff]");
    expect("\\d\\w", "([30-39] [30-3941-5a5f61-7a])");
    expect("\\s", "[09-0d20]");
    expect("[\\D]", "[00-2f3a-ff]");
    expect("[]a]", "[5d61]");
    expect("[^]]", "[00-5c5e-ff]");
    expect("[a-]", "[2d61]");
    expect("[-a]", "[2d61]");
    expect("[\\w-]", "[2d30-3941-5a5f61-7a]");
    expect("[\\d-z]", "[64-7a]");
    expect("[a-\\x63]", "[61-63]");
    expect("[\\x61-c]", "[61-63]");
    expect("[\\b\\1\\0\\]]", "[30-315d62]");
    expect("[a\\-c]", "[2d6163]");
    expect("[+--]", "[2b-2d]");
}

TEST(quantifiers)
{
    expect("a*b+c?", "(61{0,} 62{1,} 63{0,1})");
    expect("a*?b+?c??", "(61{0,}? 62{1,}? 63{0,1}?)");
    expect("a{2}b{2,}c{,3}d{2,4}e{,}", "(61{2,2} 62{2,} 63{0,3} 64{2,4} 65{0,})");
    expect("a{2}?", "61{2,2}?");
    expect("(ab)+", "(61 62){1,}");
    expect("a{32767}", "61{32767,32767}");
}

TEST(braces_that_are_mere_characters)
{
    expect("{a", "(7b 61)");
    expect("a{3", "(61 7b 33)");
    expect("a{-1}", "(61 7b 2d 31 7d)");
    expect("a{ 1}", "(61 7b 20 31 7d)");
    expect("a{1,2}{", "(61{1,2} 7b)");
}

TEST(alternatives)
{
    expect("a|bc", "(61|(62 63))");
    expect("(a|b)c", "((61|62) 63)");
    expect("a|", "(61|empty)");
    expect("a||b", "(61|empty|62)");
    expect("(a|)b", "((61|empty) 62)");
}

TEST(refusals_point_at_their_place)
{
    expect("", "0 syntax error: something to match expected");
    expect("()", "1 syntax error: something to match expected");
    expect("|a", "0 syntax error: nothing before '|'");
    expect("(|a)", "1 syntax error: nothing before '|'");
    expect("*a", "0 syntax error: nothing to repeat");
    expect("a|*b", "2 syntax error: nothing to repeat");
    expect("a**", "2 syntax error: nothing to repeat");
    expect("a???", "3 syntax error: nothing to repeat");
    expect("a{2}{3}", "4 syntax error: nothing to repeat");
    expect("{3}a", "0 syntax error: nothing to repeat");
    expect("^*", "1 syntax error: nothing to repeat");
    expect("\\b*", "2 syntax error: nothing to repeat");
    expect("(?:a)", "1 syntax error: nothing to repeat");
    expect("(a", "2 syntax error: ')' expected");
    expect("a)b", "1 syntax error: ')' without '('");
    expect("a{3,2}", "1 bad repeat interval");
    expect("a{0}", "61{0,0}");
    expect("a{,0}", "61{0,0}");
    expect("a{32768}", "1 repeat interval too large");
    expect("a{2,99999999999}", "1 repeat interval too large");
    expect("[z-a]", "1 bad character range");
    expect("x[a", "1 missing terminating ] for character class");
    expect("[]", "0 missing terminating ] for character class");
    expect("[^]", "0 missing terminating ] for character class");
    expect("a\\x4", "1 illegal escape sequence");
    expect("[a-\\x]", "3 illegal escape sequence");
    expect("a\\", "1 illegal escape sequence");
    expect("a\\1", "1 backreferences are not allowed");
}

TEST(yara_x_is_stricter)
{
    expect_mode("{a", true, "0 repetition operator missing expression or unescaped '{'");
    expect_mode("a\\q", true, "1 unrecognized escape sequence");
    expect_mode("a\\.\\v", true, "(61 2e 0b)");
    expect_mode("a{2}", true, "61{2,2}");
}

TEST(every_prefix_of_a_text_ends)
{
    static const char text[] = "(a|[^b-c]\\x41{2,3}?|\\d+(e|))$\\b{,3}";
    for (size_t n = 0; n < sizeof text; n++) {
        struct arena *a = arena_new(0);
        struct re_error error;
        struct re *tree = regex_parse(test_guarded(span_make(text, n)), false, a, &error);
        assert_true(tree != NULL || error.text[0] != 0);
        arena_free(a);
    }
}
