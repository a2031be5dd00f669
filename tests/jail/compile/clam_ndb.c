/* .ndb: the pattern language, offsets, targets, levels, and lines that are refused. What is right
 * was asked of clamscan 1.4.6 (tests/system/clamav_agrees.py asks again). */
#include "clam_try.h"
#include "make_pe.h"
#include "test.h"

#define BYTES(s) SPAN_OF(s)

TEST(bytes_and_wildcards)
{
    static const struct clam_case cases[] = {
        {"a:0:*:61626364", BYTES("xxabcd"), "a "},
        {"a:0:*:61626364", BYTES("xxabce"), ""},
        {"a:0:*:6162??64", BYTES("abxd"), "a "},
        {"a:0:*:61626?64", BYTES("abod"), "a "},
        {"a:0:*:61626?64", BYTES("abpd"), ""},
        {"a:0:*:6162?364", BYTES("ab3d"), "a "},
        {"a:0:*:6162*6364", BYTES("ab....cd"), "a "},
        {"a:0:*:6162*6364", BYTES("cd....ab"), ""},
        {"a:0:*:6162{3}6364", BYTES("ab...cd"), "a "},
        {"a:0:*:6162{3}6364", BYTES("ab..cd"), ""},
        {"a:0:*:6162{-3}6364", BYTES("abcd"), "a "},
        {"a:0:*:6162{-3}6364", BYTES("ab....cd"), ""},
        {"a:0:*:6162{3-}6364", BYTES("ab....cd"), "a "},
        {"a:0:*:6162{3-}6364", BYTES("ab..cd"), ""},
        {"a:0:*:6162{1-2}6364", BYTES("ab..cd"), "a "},
        {"a:0:*:6162{1-2}6364", BYTES("ab...cd"), ""},
        {"a:0:*:616263[1-3]64", BYTES("abc..d"), "a "},
        {"a:0:*:616263[1-3]64", BYTES("abcd"), ""},
        {"a:0:*:61[1-3]646566", BYTES("a..def"), "a "},
    };
    clam_expect("t.ndb", CLAM_CASES(cases));
}

TEST(alternatives)
{
    static const struct clam_case cases[] = {
        {"a:0:*:6162(63|64)6566", BYTES("abdef"), "a "},
        {"a:0:*:6162(63|64)6566", BYTES("abxef"), ""},
        {"a:0:*:6162(6363|6464)6566", BYTES("abddef"), "a "},
        {"a:0:*:6162(63|646464)6566", BYTES("abdddef"), "a "},
        {"a:0:*:6162(6?|30)6566", BYTES("abzef"), ""},
        {"a:0:*:6162(6?|30)6566", BYTES("aboef"), "a "},
        {"a:0:*:6162!(63|64)6566", BYTES("abxef"), "a "},
        {"a:0:*:6162!(63|64)6566", BYTES("abcef"), ""},
        {"a:0:*:6162!(6363|6364|7070)6566", BYTES("abcxef"), "a "},
        {"a:0:*:6162!(6363|6364|7070)6566", BYTES("abcdef"), ""},
        {"a:0:*:6162!(6363|6364|7070)6566", BYTES("abppef"), ""},
        {"a:0:*:6162!(6363|6364|7070)6566", BYTES("abpcef"), "a "},
    };
    clam_expect("t.ndb", CLAM_CASES(cases));
}

TEST(offsets)
{
    static const struct clam_case cases[] = {
        {"a:0:2:61626364", BYTES("xxabcd"), "a "},
        {"a:0:1:61626364", BYTES("xxabcd"), ""},
        {"a:0:0,2:61626364", BYTES("xxabcd"), "a "},
        {"a:0:0,1:61626364", BYTES("xxabcd"), ""},
        {"a:0:EOF-4:61626364", BYTES("xxabcd"), "a "},
        {"a:0:EOF-5:61626364", BYTES("xxabcd"), ""},
        {"a:0:EOF-6,2:61626364", BYTES("xxabcd"), "a "},
        {"a:0:EOF-6,1:61626364", BYTES("xxabcd"), ""},
        {"a:0:EOF-600,1:61626364", BYTES("xxabcd"), ""},
    };
    clam_expect("t.ndb", CLAM_CASES(cases));
}

TEST(levels_and_names)
{
    static const struct clam_case cases[] = {
        {"a:0:*:61626364:73", BYTES("abcd"), "a "},
        {"a:0:*:61626364:73:255", BYTES("abcd"), "a "},
        {"a:0:*:61626364:300", BYTES("abcd"),
         "t.ndb:0:0: 1 lines are for other functionality levels than 216\n"},
        {"a:0:*:61626364:10:20", BYTES("abcd"),
         "t.ndb:0:0: 1 lines are for other functionality levels than 216\n"},
        {"PUA.Win.a:0:*:61626364", BYTES("abcd"), "PUA.Win.a "},
        {"a (Clam):0:*:61626364", BYTES("abcd"), "a "},
        {"a:0:*:61626364::i", BYTES("aBcD"), "a "},
        {"# nothing\n\n a:0:*:61626364 \r\n", BYTES("abcd"), "a "},
    };
    clam_expect("t.ndb", CLAM_CASES(cases));
}

TEST(refused_lines_cost_no_other)
{
    static const struct clam_case cases[] = {
        {"bad\na:0:*:61626364", BYTES("abcd"),
         "t.ndb:1:1: expected name:target:offset:pattern and perhaps two levels\na "},
        {"b:0:*:6162636\na:0:*:61626364", BYTES("abcd"),
         "t.ndb:1:13: expected another hexadecimal digit\na "},
        {"b:0:*:6162zz63", BYTES("abcd"), "t.ndb:1:11: expected a hexadecimal digit or '?'\n"},
        {"b:8:*:61626364", BYTES("abcd"),
         "t.ndb:1:3: expected a target type of 0 to 7 or 9 to 12\n"},
        {"b:0:EP+0:61626364", BYTES("abcd"),
         "t.ndb:1:5: this offset means something only in PE, ELF and Mach-O\n"},
        {"b:0:x:61626364", BYTES("abcd"), "t.ndb:1:5: expected an offset\n"},
        {"b:0:*:6162{5-2}6364", BYTES("abcd"), "t.ndb:1:11: impossible range\n"},
        {"b:0:*:6162(63|6465", BYTES("abcd"), "t.ndb:1:18: ')' expected\n"},
        {"b:0:*:6162)6465", BYTES("abcd"), "t.ndb:1:11: ')' without '('\n"},
        {"b:0:*:61|62", BYTES("abcd"), "t.ndb:1:9: '|' stands outside of parentheses\n"},
        {"b:0:*:6162(|63)", BYTES("abcd"), "t.ndb:1:12: an alternative may not be empty\n"},
        {"b:0:*:*6162", BYTES("abcd"), "t.ndb:1:11: a pattern may not begin with a gap\n"},
        {"b:0:*:61626364::q", BYTES("abcd"), "t.ndb:1:17: expected the modifiers i, w, f, a\n"},
        {":0:*:61626364", BYTES("abcd"), "t.ndb:1:1: expected a name\n"},
    };
    clam_expect("t.ndb", CLAM_CASES(cases));
}

TEST(offsets_in_executables)
{
    static const struct {
        const char *line, *out;
    } cases[] = {
        {"a:1:S0+0:6d61726b2d6d61726b", "a "}, {"a:1:S0+1:6d61726b2d6d61726b", ""},
        {"a:1:SL+0:6d61726b2d6d61726b", "a "}, {"a:1:SE0:6d61726b2d6d61726b", "a "},
        {"a:1:SE1:6d61726b2d6d61726b", ""},    {"a:1:S0+0,8:2d6d61726b", "a "},
        {"a:1:1024:6d61726b2d6d61726b", "a "}, {"a:6:S0+0:6d61726b2d6d61726b", ""},
        {"a:1:EP+0:6d61726b2d6d61726b", "a "}, {"a:1:EP-4:6d61726b2d6d61726b", ""},
    };
    struct make_pe pe;
    struct buf exe, out;
    buf_init(&exe, 0);
    buf_init(&out, 0);
    make_pe_init(&pe, false);
    (void)make_pe_add(&pe, SPAN_OF("mark-mark"));
    make_pe_end(&pe, &exe);
    make_pe_done(&pe);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(clam_try(&out, "t.ndb", cases[i].line, buf_get(&exe)), cases[i].out);
    buf_done(&exe);
    buf_done(&out);
}

TEST(the_format_before)
{
    static const struct clam_case cases[] = {
        {"a=61626364", BYTES("abcd"), "a "},
        {"a=6162*64", BYTES("ab..d"), "a "},
        {"a", BYTES("abcd"), "t.db:1:1: expected name=pattern\n"},
    };
    clam_expect("t.db", CLAM_CASES(cases));
}
