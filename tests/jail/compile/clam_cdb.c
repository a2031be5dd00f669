/* .cdb: what a container says of its members, and lines that are refused. */
#include "clam_try.h"
#include "make_zip.h"
#include "scan_rules.h"
#include "test.h"

static void make_two(struct buf *zip)
{
    struct make_member m[2] = {{.name = "one.txt", .bytes = SPAN_OF("the first member")},
                               {.name = "dir/two.js", .bytes = SPAN_OF("2"), .method = 8}};
    buf_init(zip, 0);
    make_zip(zip, &(struct make_zip){0}, m, 2);
}

TEST(members_of_a_zip)
{
    struct buf zip;
    make_two(&zip);
    struct span z = buf_get(&zip);
    const struct clam_case cases[] = {
        {"a:CL_TYPE_ZIP:*:^one\\.txt$:16:16:0:1:*:*", z, "a "},
        {"a:*:*:*:*:*:*:*:*:*", z, "a "}, /* once, though it is true of both */
        {"a:*:*:*:*:*:*:*:*:*\nb:*:*:two:*:*:*:*:*:*\nc:*:*:no:*:*:*:*:*:*", z, "a b "},
        {"a:CL_TYPE_ZIP:*:one:17:*:*:*:*:*", z, ""},
        {"a:CL_TYPE_ZIP:*:one:*:15-16:*:*:*:*", z, "a "},
        {"a:CL_TYPE_ZIP:*:one:*:17-18:*:*:*:*", z, ""},
        {"a:CL_TYPE_ZIP:*:one:*:16-0:*:*:*:*", z, "a "},
        {"a:CL_TYPE_ZIP:*:one:*:*:1:*:*:*", z, ""},
        {"a:CL_TYPE_ZIP:*:two:*:*:*:2:*:*", z, "a "},
        {"a:CL_TYPE_ZIP:*:two:*:*:*:1:*:*", z, ""},
        {"a:CL_TYPE_TAR:*:two:*:*:*:*:*:*", z,
         "t.cdb:1:3: what such containers say of members is not known here\n"},
        {"a:CL_TYPE_POSIX_TAR:*:two:*:*:*:*:*:*", z, ""},
        {"a:CL_TYPE_ZIP:1-2:two:*:*:*:*:*:*", z, ""},
        {"a:CL_TYPE_ZIP:*:(?i)TWO\\.JS:*:*:*:*:*:*:1:216", z, "a "},
        {"a:CL_TYPE_ZIP:*:two:*:*:*:*:*:*:300", z,
         "t.cdb:0:0: 1 lines are for other functionality levels than 216\n"},
        {"a:*:*:*:*:*:*:*:*:*", SPAN_OF("no container"), ""},
    };
    clam_expect("t.cdb", CLAM_CASES(cases));
    buf_done(&zip);
}

TEST(refused_lines)
{
    static const struct clam_case cases[] = {
        {"a:CL_TYPE_ZIP:*:*:*:*:*:*:*", SPAN_OF("x"),
         "t.cdb:1:1: expected name:container:size:regex:size:size:encrypted:place:checksum:"
         "reserved and perhaps two levels\n"},
        {"a:*:*:*:*:*:*:*:*:*:1:2:3", SPAN_OF("x"),
         "t.cdb:1:1: expected name:container:size:regex:size:size:encrypted:place:checksum:"
         "reserved and perhaps two levels\n"},
        {"a:*:x:*:*:*:*:*:*:*", SPAN_OF("x"),
         "t.cdb:1:5: expected a number, a range of two or '*'\n"},
        {"a:*:1-:*:*:*:*:*:*:*", SPAN_OF("x"),
         "t.cdb:1:5: expected a number, a range of two or '*'\n"},
        {"a:*:-1:*:*:*:*:*:*:*", SPAN_OF("x"),
         "t.cdb:1:5: expected a number, a range of two or '*'\n"},
        {"a:*:4294967296:*:*:*:*:*:*:*", SPAN_OF("x"),
         "t.cdb:1:5: expected a number, a range of two or '*'\n"},
        {"a:*:*:*:*:*:2:*:*:*", SPAN_OF("x"), "t.cdb:1:13: expected 0, 1 or '*'\n"},
        {":*:*:*:*:*:*:*:*:*", SPAN_OF("x"), "t.cdb:1:1: expected a name\n"},
    };
    clam_expect("t.cdb", CLAM_CASES(cases));
}

TEST(member_rules_are_true_of_no_object)
{
    struct buf out;
    struct compiled c;
    struct source_file files[2] = {
        {.name = SPAN_OF("t.cdb"), .bytes = SPAN_OF("a:*:*:*:*:*:*:*:*:*\n")},
        {.name = SPAN_OF("t.ndb"), .bytes = SPAN_OF("b:0:*:61626364\n")}};
    struct compile_input in = {.files = files, .file_count = 2};
    buf_init(&out, 0);
    rules_compile_input(&c, &in);
    assert_int_equal(c.err, ERR_NONE);
    rules_scan(buf_get(&c.image), SPAN_OF("abcd"), 0, &out);
    rules_scan(buf_get(&c.image), SPAN_OF("abcd"), SCAN_EXHAUSTIVE, &out);
    rules_scan(buf_get(&c.image), SPAN_OF("abcd"), SCAN_UNPACK, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.at, "b b b ");
    buf_done(&out);
    rules_done(&c);
}
