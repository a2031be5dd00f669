/* .idb: icons that are refused, groups, and signatures that ask for groups nobody has. */
#include "clam_try.h"
#include "scan_rules.h"
#include "test.h"

#define SPOTS "0000000000000000000000000000000000000000"
#define REST SPOTS SPOTS SPOTS

TEST(refused_lines)
{
    static const struct clam_case cases[] = {
        {"a:b:c:20" REST "00", SPAN_OF("x"), ""},
        {"a:b", SPAN_OF("x"), "t.idb:1:1: expected name:group:group:icon\n"},
        {"a:b:c", SPAN_OF("x"), "t.idb:1:1: expected an icon of 124 hexadecimal digits\n"},
        {"a:b:c:20" REST, SPAN_OF("x"), "t.idb:1:7: expected an icon of 124 hexadecimal digits\n"},
        {"a:b:c:20" REST "0g", SPAN_OF("x"),
         "t.idb:1:7: expected an icon of 124 hexadecimal digits\n"},
        {"a:b:c:21" REST "00", SPAN_OF("x"), "t.idb:1:7: the side of an icon is 16, 24 or 32\n"},
        {"a:b:c:20" REST "ff", SPAN_OF("x"), "t.idb:1:7: an icon that cannot be\n"},
        {"a:b:c:20"
         "0001d00"
         "000000000000000000000000000000000" SPOTS SPOTS "00",
         SPAN_OF("x"), "t.idb:1:7: an icon that cannot be\n"},
    };
    clam_expect("t.idb", CLAM_CASES(cases));
}

TEST(groups_that_nobody_has)
{
    static const struct clam_case cases[] = {
        {"a;Target:1,IconGroup1:X;0;4142\nb;Target:1;0;4142", SPAN_OF("MZ..AB"),
         "t.ldb:0:0: 1 signatures never match: no .idb has the icons they ask for\nb "},
        {"a;Target:0,IconGroup1:X;0;4142", SPAN_OF("MZ..AB"),
         "t.ldb:1:3: only programs for Windows (Target:1) have icons\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

/* The icons come first, wherever they stand among the sources. */
TEST(icons_before_signatures)
{
    struct source_file files[] = {
        {.name = SPAN_OF("t.ldb"),
         .bytes = SPAN_OF("a;Target:1,IconGroup1:X,IconGroup2:Y;0;4142\n"
                          "b;Target:1,IconGroup2:X;0;4142\n"
                          "c;Target:1,IconGroup1:*;0=0;4142")},
        {.name = SPAN_OF("t.idb"), .bytes = SPAN_OF("i:X:Y:20" REST "00")},
    };
    struct compile_input in = {.files = files, .file_count = 2};
    struct compiled c;
    struct buf out;
    rules_compile_input(&c, &in);
    assert_int_equal(c.err, ERR_NONE);
    assert_non_null(strstr((const char *)c.diags.at, "1 signatures never match"));
    buf_init(&out, 0);
    rules_scan(buf_get(&c.image), SPAN_OF("MZ..AB"), 0, &out);
    assert_int_equal(out.len, 0); /* it has no icons */
    buf_done(&out);
    rules_done(&c);
}
