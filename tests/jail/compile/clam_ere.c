/* Expressions of .cdb: as POSIX has them, as ClamAV takes them. */
#include "clam_try.h"
#include "make_zip.h"
#include "test.h"

static const char *try(struct buf *out, const char *regex, const char *name)
{
    struct buf zip;
    char line[200];
    buf_init(&zip, 0);
    make_zip_one(&zip, name, SPAN_OF("bytes"), 0);
    (void)snprintf(line, sizeof line, "a:*:*:%s:*:*:*:*:*:*", regex);
    const char *got = clam_try(out, "t.cdb", line, buf_get(&zip));
    buf_done(&zip);
    return got;
}

TEST(what_matches)
{
    static const struct {
        const char *regex, *yes, *no;
    } cases[] = {
        {"a.c", "abc", "ac"},         {"^ab?c$", "ac", "abbc"},    {"(a|b)x", "bx", "cx"},
        {"[]a]b", "]b", "[b"},        {"[^]a]b", "cb", "]b"},      {"[a-c]{2}$", "xab", "a"},
        {"a\\.b", "a.b", "axb"},      {"a\\db", "adb", "a1b"},     {"[\\.]", "\\", "x"},
        {"(?i)AbC", "aBc", "abd"},    {"a)b", "a)b", "ab"},        {"a{b", "a{b", "ab"},
        {"a{2,}b", "aaab", "ab"},     {"a{1,2}b", "ab", "b"},      {"x-[a-]y", "x--y", "x-by"},
        {"((a)(b))+c", "ababc", "c"}, {"a/b", "a/b", "ab"},        {"\\x41", "x41", "A"},
        {"[$^.]", "$", "a"},          {"^(ab|cd)$", "cd", "abcd"}, {"a\\\\b", "a\\b", "ab"},
    };
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(try(&out, cases[i].regex, cases[i].yes), "a ");
        assert_string_equal(try(&out, cases[i].regex, cases[i].no), "");
    }
    buf_done(&out);
}

TEST(what_is_refused)
{
    static const struct {
        const char *regex, *said;
    } cases[] = {
        {"", "1:1: an alternative may not be empty"},
        {"a|", "1:7: an alternative may not be empty"},
        {"(|a)", "1:8: an alternative may not be empty"},
        {"()", "1:8: an alternative may not be empty"},
        {"(a", "1:7: ')' expected"},
        {"*a", "1:7: nothing stands here to be repeated"},
        {"a**", "1:9: nothing stands here to be repeated"},
        {"a+?", "1:9: nothing stands here to be repeated"},
        {"^*", "1:8: nothing stands here to be repeated"},
        {"a{2,1}", "1:8: expected numbers up to 255 between braces"},
        {"a{256}", "1:8: expected numbers up to 255 between braces"},
        {"a{1", "1:8: expected numbers up to 255 between braces"},
        {"[b-a]", "1:9: a range of a class ends before it begins"},
        {"[a", "1:7: ']' expected"},
        {"[[.a.]]", "1:8: classes by name are not supported"},
        {"a\\", "1:8: nothing stands behind the last '\\'"},
        {"\\<a", "1:7: borders of words are not supported"},
    };
    struct buf out;
    char said[200];
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(said, sizeof said, "t.cdb:%s\n", cases[i].said);
        assert_string_equal(try(&out, cases[i].regex, "a"), said);
    }
    buf_done(&out);
}
