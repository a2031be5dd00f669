/* The seam to PCRE2: what matches, what is refused and where, and that limits are told from "no".
 */
#include "jail/match/backtrack.h"
#include "test.h"

static struct backtrack *make(const char *expression, uint32_t flags)
{
    char text[120];
    size_t at;
    struct backtrack *b = backtrack_new(span_text(expression), flags, text, sizeof text, &at);
    if (!b)
        TEST_FAIL("%s at %zu: %s", expression, at, text);
    return b;
}

static enum backtrack_result run(const char *expression, struct span subject,
                                 struct backtrack_try *t)
{
    struct backtrack *b = make(expression, 0);
    t->subject = subject;
    if (t->until == 0)
        t->until = subject.len;
    enum backtrack_result got = backtrack_run(b, t);
    backtrack_free(b);
    return got;
}

TEST(finds_the_leftmost)
{
    struct backtrack_try t = {0};
    assert_int_equal(run("(b+)x\\1", test_guarded(SPAN_OF("abbxbaabxb")), &t), BACKTRACK_FOUND);
    assert_int_equal(t.at, 2);
    assert_int_equal(t.end, 5);
    t = (struct backtrack_try){.from = 3};
    assert_int_equal(run("(b+)x\\1", test_guarded(SPAN_OF("abbxbaabxb")), &t), BACKTRACK_FOUND);
    assert_int_equal(t.at, 7);
    t = (struct backtrack_try){.from = 8};
    assert_int_equal(run("(b+)x\\1", test_guarded(SPAN_OF("abbxbaabxb")), &t), BACKTRACK_NONE);
}

TEST(keeps_to_its_bounds)
{
    struct backtrack_try t = {.until = 3};
    assert_int_equal(run("c", test_guarded(SPAN_OF("abbbc")), &t), BACKTRACK_NONE);
    t = (struct backtrack_try){.until = 4};
    assert_int_equal(run("c", test_guarded(SPAN_OF("abbbc")), &t), BACKTRACK_FOUND);
    t = (struct backtrack_try){.from = 1, .is_anchored = true};
    assert_int_equal(run("c", test_guarded(SPAN_OF("abbbc")), &t), BACKTRACK_NONE);
    t = (struct backtrack_try){.from = 9};
    assert_int_equal(run("c*", test_guarded(SPAN_OF("abbbc")), &t), BACKTRACK_NONE);
}

TEST(flags)
{
    static const struct {
        const char *expression, *subject;
        uint32_t flags;
        bool found;
    } cases[] = {
        {"B", "abc", 0, false},
        {"B", "abc", BACKTRACK_NOCASE, true},
        {"a.b", "a\nb", 0, false},
        {"a.b", "a\nb", BACKTRACK_DOTALL, true},
        {"^b", "a\nb", 0, false},
        {"^b", "a\nb", BACKTRACK_LINES, true},
        {"a b # c", "ab", 0, false},
        {"a b # c", "ab", BACKTRACK_SPACED, true},
        {"b", "ab", BACKTRACK_START, false},
        {"a$", "a\n", 0, true},
        {"a$", "a\n", BACKTRACK_END, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct backtrack *b = make(cases[i].expression, cases[i].flags);
        struct span subject = span_text(cases[i].subject);
        struct backtrack_try t = {.subject = test_guarded(subject), .until = subject.len};
        assert_int_equal(backtrack_run(b, &t), cases[i].found ? BACKTRACK_FOUND : BACKTRACK_NONE);
        backtrack_free(b);
    }
    struct backtrack *b = make("a+", BACKTRACK_UNGREEDY);
    struct backtrack_try t = {.subject = SPAN_OF("aaa"), .until = 3};
    assert_int_equal(backtrack_run(b, &t), BACKTRACK_FOUND);
    assert_int_equal(t.end, 1);
    backtrack_free(b);
}

TEST(refusals_have_a_place)
{
    static const struct {
        const char *expression, *reason;
        size_t at;
    } cases[] = {
        {"a(b", "missing closing parenthesis", 3},
        {"a{3,2}", "numbers out of order in {} quantifier", 5},
        {"(*UTF)a", "using UTF is disabled by the application", 6},
        {"a\\1", "reference to non-existent subpattern", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[120];
        size_t at = 99;
        assert_null(backtrack_new(span_text(cases[i].expression), 0, text, sizeof text, &at));
        assert_string_equal(text, cases[i].reason);
        assert_int_equal(at, cases[i].at);
    }
    char little[5];
    size_t at;
    assert_null(backtrack_new(SPAN_OF("a(b"), 0, little, sizeof little, &at));
    assert_string_equal(little, "miss");
}

/* Subjects for which the answer takes more calls or levels than the limits allow. */
TEST(limits_are_not_no)
{
    char subject[6000];
    struct backtrack_try t = {0};
    memset(subject, 'a', sizeof subject);
    memcpy(subject + 38, "xb", 2);
    assert_int_equal(run("(a*)*b", test_guarded(span_make(subject, 40)), &t), BACKTRACK_LIMIT);
    t = (struct backtrack_try){0};
    assert_int_equal(run("(a*)b", test_guarded(span_make(subject, 40)), &t), BACKTRACK_FOUND);
    assert_int_equal(t.at, 39);
    memset(subject, 'a', sizeof subject);
    memcpy(subject + sizeof subject - 2, "xc", 2);
    t = (struct backtrack_try){0};
    assert_int_equal(run("(?:(a)|b)*c", test_guarded(span_make(subject, sizeof subject)), &t),
                     BACKTRACK_LIMIT);
}
