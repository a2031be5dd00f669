/* What ClamAV's signatures see of texts and HTML. What is right was asked of sigtool and clamscan
 * 1.4.6. */
#include "jail/match/clam_view.h"

#include "test.h"

struct view_case {
    struct span in;
    const char *out;
};

static void expect(enum clam_form form, const struct view_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct object o = {.source = source_of(test_guarded(cases[i].in)), .type = TYPE_TEXT};
        struct buf out;
        buf_init(&out, 1 << 20);
        assert_true(clam_view_make(&o, form, &out));
        buf_byte(&out, 0);
        assert_string_equal((const char *)out.at, cases[i].out);
        buf_done(&out);
    }
}

#define EXPECT(form, cases) expect((form), (cases), sizeof(cases) / sizeof(cases)[0])

TEST(text)
{
    static const struct view_case cases[] = {
        {SPAN_OF("Hello   World\tTAB  \n  Second"), "hello world tab second"},
        {SPAN_OF(" a"), " a"},
        {SPAN_OF("a  "), "a "},
        {SPAN_OF("a\r\n\r\nb"), "a b"},
        {SPAN_OF("A\0B\xc3\xa9\x1b"
                 "C"),
         "abc"},
        {SPAN_OF("\xff\xfe"
                 "A\0B\0 \0C\0"),
         "ab c"},
    };
    EXPECT(CLAM_FORM_TEXT, cases);
}

TEST(html_with_tags)
{
    static const struct view_case cases[] = {
        {SPAN_OF("<HTML>\n<Head>A  B &amp; C</Head>"), "<html><head>a b & c</head>"},
        {SPAN_OF("<html><!-- x > y --> z <!DOCTYPE a> w"), "<html>y --> z w"},
        {SPAN_OF("<html><P  ID = Foo  Class='A B' x>q"), "<html><p id=foo class=\"a b\" x>q"},
        {SPAN_OF("<html>a <?php Echo \"X Y\"; foo() ?> b"),
         "<html>a <?php echo \"x y\"; foo() ?>b"},
        {SPAN_OF("<html><script>var a = 'x  Y'; // c\n</script>x"),
         "<html><script>vara=\"xy\";//c</script>x"},
        {SPAN_OF("<html><style>a  b { c: \"D\" }</style>"), "<html><style>ab{c:\"d\"}</style>"},
        {SPAN_OF("<p\nclass=\"x\"\n>t</p   ><b/>u < /b>"), "<p class=\"x\">t</p><b/>u </b>"},
        {SPAN_OF("<html>&#x41;&#66;&amp;amp;&lt;script&gt;"), "<html>ab&amp;<script>"},
        {SPAN_OF("<img src=\"A\"/>b &mdash; &#8216;"), "<img src=\"a\" />b &#x2014; &#x2018;"},
        {SPAN_OF("<meta a=\"B\"/>b"), "<meta a=\"b\" />b"},
        {SPAN_OF("<pa=\"b\"c d=\"e\"f>g"), "<pa=\"b\"c d=\"e\" f>g"},
        {SPAN_OF("<p a=\"b c\"d>e"), "<p a=\"b c\"d>e"},
        {SPAN_OF("<p a=\" b=\"c d"), "<p a=\" b=\"c d"},
        {SPAN_OF("<p a=\"b\t c\">e"), "<p a=\"b\tc\">e"},
        {SPAN_OF("<p a=\"b \tc\">e"), "<p a=\"b c\">e"},
        {SPAN_OF("<script>x = 'a&amp;b'</script>"), "<script>x=\"a&b\"</script>"},
        {SPAN_OF("<a href=\"http://X/?a=1&amp;b=2\">L"), "<a href=\"http://x/?a=1&b=2\">l"},
    };
    EXPECT(CLAM_FORM_NOCOMMENT, cases);
}

TEST(html_without_tags)
{
    static const struct view_case cases[] = {
        {SPAN_OF("<html>a <?php Echo; ?> b  <? x ?>c"), " a b c"},
        {SPAN_OF("before <html>a<br>b"), "before a b"},
        {SPAN_OF("<html><script>var a;</script>x"), " x"},
        {SPAN_OF("<html>a&amp;b &lt;i&gt;"), " a b i "},
        {SPAN_OF("<p>x \xc3\xa9 y\xe2\x80\x99s"), " x \xc3\xc3y\xe2\x80\x80s"},
        {SPAN_OF("<html><a href=\"http://X.COM/\">L</a>"), " http://X.COM/ l "},
    };
    EXPECT(CLAM_FORM_NOTAGS, cases);
}

static unsigned sees(enum object_type type, struct span bytes)
{
    struct object o = {.source = source_of(test_guarded(bytes)), .type = type};
    return clam_sees(&o);
}

TEST(what_is_text)
{
    assert_int_equal(sees(TYPE_TEXT, SPAN_OF("just text")), CLAM_SEES_RAW | CLAM_SEES_TEXT);
    assert_int_equal(sees(TYPE_DATA, SPAN_OF("text\x01\x02 abc")), CLAM_SEES_RAW | CLAM_SEES_TEXT);
    assert_int_equal(sees(TYPE_DATA, SPAN_OF("ab\0\0")), CLAM_SEES_RAW);
    assert_int_equal(sees(TYPE_PE, SPAN_OF("just text")), CLAM_SEES_RAW);
    assert_int_equal(sees(TYPE_HTML, SPAN_OF("a <html> b")), CLAM_SEES_HTML);
    assert_int_equal(sees(TYPE_HTML, SPAN_OF("a <a x href=y> b")), CLAM_SEES_HTML);
    assert_int_equal(sees(TYPE_HTML, SPAN_OF("<!DOCTYPE html> b")), CLAM_SEES_RAW | CLAM_SEES_TEXT);
    assert_int_equal(sees(TYPE_MAIL, SPAN_OF("From: a\n\nb")), CLAM_SEES_RAW | CLAM_SEES_TEXT);
}

TEST(marks_behind_the_beginning)
{
    static uint8_t bytes[3000];
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes + 2500, "<html>", 6);
    assert_int_equal(sees(TYPE_TEXT, span_make(bytes, sizeof bytes)),
                     CLAM_SEES_RAW | CLAM_SEES_HTML);
}

TEST(too_large)
{
    struct object o = {.source = source_of(SPAN_OF("just text")), .type = TYPE_TEXT};
    struct buf out;
    buf_init(&out, 4);
    assert_false(clam_view_make(&o, CLAM_FORM_TEXT, &out));
    buf_done(&out);
}
