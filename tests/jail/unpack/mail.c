/* Mail: decoded parts in their order, what mail programs forgive, what is not all there, mailboxes,
 * and text that is late part of anything. Each case is read in memory and through a window. */
#include "common/buf.h"

#include "collect_sink.h"
#include "test.h"

#define TOP "From: a@example.invalid\nTo: b@example.invalid\nSubject: x\nMIME-Version: 1.0\n"
#define MULTI TOP "Content-Type: multipart/mixed; boundary=b1\n\n"

static void scan(struct collect *c, struct span file)
{
    struct collect w;
    collect_init(c);
    collect_run(c, test_guarded(file));
    assert_int_equal(c->err, ERR_NONE);
    assert_int_equal(c->objects[0].type, TYPE_MAIL);
    assert_int_equal(c->budget.held_used, 0);
    collect_init(&w);
    collect_run_windowed(&w, file, UINT64_MAX);
    assert_int_equal(w.object_count, c->object_count);
    assert_int_equal(w.gap_count, c->gap_count);
    for (uint32_t i = 0; i < w.object_count; i++) {
        assert_true(span_equal(w.objects[i].bytes, c->objects[i].bytes));
        assert_true(span_equal(w.objects[i].name, c->objects[i].name));
    }
    assert_int_equal(w.budget.held_used, 0);
    collect_done(&w);
}

/* Scans and expects exactly this part among `count`, and no gap. */
static void expect_part(const char *file, uint32_t count, const char *name, const char *bytes)
{
    struct collect c;
    scan(&c, span_text(file));
    assert_int_equal(c.object_count, count + 1);
    const struct collected_object *o = collect_find(&c, name);
    assert_non_null(o);
    assert_true(span_equal(o->bytes, span_text(bytes)));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

static void expect_gap(const char *file, enum gap_kind kind, const char *says)
{
    struct collect c;
    scan(&c, span_text(file));
    assert_true(collect_gap_says(&c, kind, says));
    collect_done(&c);
}

TEST(a_plain_message_is_one_part)
{
    expect_part(TOP "\nhello\nthere\n", 1, "part 1", "hello\nthere\n");
    expect_part(TOP "Content-Transfer-Encoding: base64\n\naGVsbG8g\ndGhlcmU=\n", 1, "part 1",
                "hello there");
    expect_part(TOP "Content-Transfer-Encoding: Quoted-Printable\n\n=68ello =\nth=65re=\n", 1,
                "part 1", "hello there");
}

TEST(parts_of_a_multipart)
{
    struct collect c;
    scan(&c,
         SPAN_OF(
             MULTI
             "preamble\n--b1\nContent-Type: text/plain\n\none\n--b1 \n\ntwo\r\n--b1\nContent-Type: "
             "text/html; name=\"c.htm\"\n"
             "Content-Transfer-Encoding: base64\n\nPGh0bWw+\n--b1--\nepilogue\n--b1\n\nlate "
             "part\n"));
    assert_int_equal(c.object_count, 5);
    assert_true(span_equal(c.objects[1].bytes, SPAN_OF("one")));
    assert_int_equal(c.objects[1].evidence, EVIDENCE_TEXT);
    assert_true(span_equal(c.objects[2].bytes, SPAN_OF("two")));
    assert_true(span_equal(c.objects[3].name, SPAN_OF("c.htm")));
    assert_int_equal(c.objects[3].type, TYPE_HTML);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(multiparts_nest_and_need_not_be_closed)
{
    struct collect c;
    scan(&c, SPAN_OF(TOP "Content-Type: multipart/mixed;\n boundary=\"b 1\"\n\n--b "
                         "1\nContent-Type: multipart/related; boundary=b 11\n\n"
                         "--b\n\ninner\n--b 1\nContent-Type: multipart/alternative; boundary=\"b "
                         "1x\"\n\n--b 1x\n\nleft\n--b 1x\n\nright\n--b 1\n\nlast"));
    assert_int_equal(collect_parts_with(&c, "inner"), 1);
    assert_int_equal(collect_parts_with(&c, "left"), 1);
    assert_int_equal(collect_parts_with(&c, "right"), 1);
    assert_true(span_equal(c.objects[c.object_count - 1].bytes, SPAN_OF("last")));
    collect_done(&c);
}

TEST(messages_inside_messages_are_walked_through)
{
    expect_part(MULTI "--b1\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: "
                      "application/x-a; name=a.bin\n"
                      "Content-Transfer-Encoding: base64\n\naGVsbG8=\n--b1--\n",
                1, "a.bin", "hello");
    expect_part(MULTI "--b1\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; "
                      "boundary=b2\n\n--b2\nContent-Disposition: attachment;\n"
                      "\tfilename=a.bin\n\nhello\n--b2--\n--b1--\n",
                1, "a.bin", "hello");
}

TEST(names_in_every_form)
{
    static const char *const forms[] = {
        "Content-Type: x/y; name=a.bin\n",
        "Content-Type: x/y; NAME = \"a.bin\"\n",
        "Content-Type: x/y; charset=x; name=\"a\\.bin\" (a comment; name=no)\n",
        "Content-Type: x/y\nContent-Disposition: inline; filename=\"a.bin\"\n",
        "Content-Type: x/y; name=other\nContent-Disposition: attachment; filename=a.bin\n",
        "Content-Disposition: attachment; filename*=utf-8'en'a%2Ebin\n",
        "Content-Disposition: attachment; filename*0=\"a.\"; filename*1=bin\n",
        "Content-Disposition: attachment;\r\n filename*0*=us-ascii''%61;\r\n\tfilename*1*=%2e; "
        "filename*2=bin\r\n",
        "content-disposition : attachment; filename=a.bin\n",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char file[1000];
        (void)snprintf(file, sizeof file, MULTI "--b1\n%s\nhello\n--b1--\n", forms[i]);
        expect_part(file, 1, "a.bin", "hello");
    }
}

TEST(base64_as_mail_programs_read_it)
{
    static const char *const bodies[] = {
        "aGVsbG8gdGhlcmU=",  "aGVs\r\nbG8g dGhl\tcmU=", "aGVsbG8=IHRoZXJl",
        "aGVs*bG8g!dGhlcmU", "aGVsbG8gdGhlcmU",         "aGVsbA==byB0aGVyZQ=="};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char file[1000];
        (void)snprintf(file, sizeof file,
                       MULTI "--b1\nContent-Transfer-Encoding: \"base64\" (yes)\n\n%s\n--b1--\n",
                       bodies[i]);
        expect_part(file, 1, "part 1", "hello there");
    }
}

TEST(uuencoded_and_yenc_blocks_in_text)
{
    struct collect c;
    scan(&c, SPAN_OF(TOP "\nsee below\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\nand\n=ybegin line=128 "
                         "size=5 name=b.txt\n\x92\x8f\x96\x96\x99\n=yend size=5\n"
                         "begin the day\n"));
    assert_int_equal(c.object_count, 4);
    assert_true(span_equal(collect_find(&c, "a.txt")->bytes, SPAN_OF("hello")));
    assert_true(span_equal(collect_find(&c, "b.txt")->bytes, SPAN_OF("hello")));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    expect_part(TOP "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\n",
                1, "a.txt", "hello");
    expect_gap(TOP "\ntext\nbegin 644 a.txt\n%:&5L;&\\\n", GAP_TRUNCATED, "without its end");
    expect_gap(TOP
               "\ntext\n=ybegin part=1 line=128 size=9 name=b\n=ypart begin=1 end=4\nabcd\n=yend\n",
               GAP_TRUNCATED, "in several");
}

TEST(a_mailbox_is_all_of_its_messages)
{
    struct collect c;
    const char *box = "From a@b Thu Jan  1 00:00:00 1970\n" TOP
                      "\none\n>From here on\n\nFrom c@d Thu Jan  1 00:00:00 1970\n" MULTI
                      "--b1\n\ntwo\n\nFrom now on 10:30 is\nno message\n\nFrom then 10:30\nX: "
                      "still the same part\n--b1\n\nthree\n--b1--\n\n"
                      "From e@f Thu Jan  1 00:00:00 1970\nSubject: short\n\nfour\n";
    scan(&c, span_text(box));
    assert_int_equal(collect_parts_with(&c, "one\n>From here on"), 1);
    assert_int_equal(collect_parts_with(&c, "two\n\nFrom now on"), 1);
    assert_int_equal(collect_parts_with(&c, "three"), 1);
    assert_int_equal(collect_parts_with(&c, "four"), 1);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(what_is_not_all_there_is_said)
{
    expect_gap(TOP "Content-Type: multipart/mixed\n\n--b1\n\none\n", GAP_DAMAGED,
               "without a boundary");
    expect_gap(MULTI "--b2\n\none\n", GAP_DAMAGED, "boundary never comes");
    expect_gap(MULTI "--b1\nContent-Transfer-Encoding: x-zip64\n\none\n--b1--\n", GAP_METHOD,
               "x-zip64");
    expect_gap(MULTI
               "--b1\nContent-Type: message/partial; number=1; total=2; id=x\n\none\n--b1--\n",
               GAP_TRUNCATED, "elsewhere");
    expect_gap(TOP "Content-Type: multipart/encrypted; boundary=b1\n\n--b1\n\none\n--b1--\n",
               GAP_ENCRYPTED, "multipart/encrypted");
    expect_gap(TOP "Content-Type: application/pkcs7-mime; "
                   "smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n\nAAAA\n",
               GAP_ENCRYPTED, "pkcs7");
    expect_gap(TOP "Content-Type: application/pkcs7-mime; "
                   "smime-type=signed-data\nContent-Transfer-Encoding: base64\n\nAAAA\n",
               GAP_NOT_OPENED, "inside S/MIME");
    expect_gap(TOP "\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n", GAP_ENCRYPTED, "PGP");
    expect_gap(MULTI "--b1\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: "
                     "base64\n\naGVsbG8=\n--b1--\n",
               GAP_DAMAGED, "two fields");
}

/* More blanks behind a boundary than anybody looks at. */
TEST(a_boundary_with_a_long_tail)
{
    struct collect c;
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, MULTI "--b1");
    for (int i = 0; i < 1000; i++)
        buf_byte(&b, ' ');
    buf_text(&b, "\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--b1--\n");
    scan(&c, buf_get(&b));
    assert_int_equal(collect_parts_with(&c, "hello"), 1);
    collect_done(&c);
    buf_done(&b);
}

TEST(nesting_ends)
{
    struct collect c;
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, TOP);
    for (int i = 0; i < 100; i++)
        buf_print(&b, "Content-Type: multipart/mixed; boundary=n%d\n\n--n%d\n", i, i);
    buf_text(&b, "\ndeep\n");
    scan(&c, buf_get(&b));
    assert_true(collect_gap_says(&c, GAP_TOO_DEEP, "too deep"));
    assert_int_equal(collect_parts_with(&c, "deep"), 1);
    collect_done(&c);
    buf_done(&b);
}

/* Boundaries and envelopes that lie across the borders of what is looked at at once. */
TEST(long_bodies)
{
    struct collect c;
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, MULTI "--b1\nContent-Transfer-Encoding: base64\n\n");
    for (int i = 0; i < 5000; i++)
        buf_text(&b, "bG9uZyBsaW5lcyBvZiBub3RoaW5nIGluIHBhcnRpY3VsYXIsIHdoaWNoIGdvIG9u\n");
    buf_text(&b, "--b1\nContent-Transfer-Encoding: quoted-printable\n\n");
    for (int i = 0; i < 9000; i++)
        buf_text(&b, "a line=\n that goes on=20=\r\n");
    buf_text(&b, "\n--b1--\n");
    scan(&c, buf_get(&b));
    assert_int_equal(c.object_count, 3);
    assert_int_equal(c.objects[1].size, 5000 * 48);
    assert_int_equal(c.objects[2].size, 9000 * 20);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&b);
}
