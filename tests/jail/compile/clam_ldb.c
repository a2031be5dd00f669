/* .ldb: logic, counts, modifiers, target descriptions, and lines that are refused. What is right
 * was asked of clamscan 1.4.6. */
#include "clam_try.h"
#include "test.h"

#define BYTES SPAN_OF("xxAAAABCDEFGHxxx\0")
#define ONE "4142434445464748"
#define NONE "5152535455"

TEST(logic_binds_to_the_right)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0|1&2;" ONE ";" NONE ";5657585960", BYTES, "a "},
        {"a;Target:0;2&1|0;" ONE ";" NONE ";5657585960", BYTES, ""},
        {"a;Target:0;(0|1)&2;" ONE ";" NONE ";5657585960", BYTES, ""},
        {"a;Target:0;0&1|2;4142;" NONE ";" ONE, BYTES, "a "},
        {"a;Target:0;0&1&2|3;4142;" NONE ";5152535456;41424344", BYTES, ""},
        {"a;Target:0;((0));4142", BYTES, "a "},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

/* Y occurs, N does not. */
#define Y "4142"
#define N "5152535455"

TEST(last_operator_of_parentheses_is_loosest)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;(0&1|2);" N ";" N ";" Y, BYTES, "a "},
        {"a;Target:0;(0|1&2);" Y ";" N ";" N, BYTES, ""},
        {"a;Target:0;((0)&1|2);" N ";" N ";" Y, BYTES, "a "},
        {"a;Target:0;(0&1|2&3);" Y ";" N ";" Y ";" Y, BYTES, "a "},
        {"a;Target:0;(0&1|2&3);" N ";" N ";" Y ";" Y, BYTES, ""},
        {"a;Target:0;(0|1&2&3);" Y ";" N ";" N ";" Y, BYTES, "a "},
        {"a;Target:0;(0|1&2&3);" Y ";" N ";" N ";" N, BYTES, ""},
        {"a;Target:0;(0&1|2|3);" N ";" N ";" Y ";" N, BYTES, ""},
        {"a;Target:0;(0&1|2)=2;" N ";" N ";" Y, BYTES, ""},
        {"a;Target:0;3&(0|1&2);" Y ";" N ";" N ";" Y, BYTES, ""},
        {"a;Target:0;(0&1|2)&3|4;" N ";" N ";" N ";" Y ";" Y, BYTES, ""},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

TEST(counts)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0>1;4141", BYTES, "a "},
        {"a;Target:0;0>3;4141", BYTES, ""},
        {"a;Target:0;0=3;4141", BYTES, "a "},
        {"a;Target:0;0<4;4141", BYTES, "a "},
        {"a;Target:0;0<3;4141", BYTES, ""},
        {"a;Target:0;(0|1)>3,2;4141;4142434445", BYTES, "a "},
        {"a;Target:0;(0|1)=4;4141;4142434445", BYTES, "a "},
        {"a;Target:0;(0|1|2)=4,3;4141;4142434445;565655", BYTES, ""},
        {"a;Target:0;(0&1)=4,2;4141;4142434445", BYTES, "a "},
        {"a;Target:0;(0&1&2)>2;4141;4142434445;787878", BYTES, "a "},
        {"a;Target:0;0&(1=0);4141;61616161", BYTES, "a "},
        {"a;Target:0;0&(1=0);4141;41424344", BYTES, ""},
        {"a;Target:0;0&((1|2)=0);4141;61616161;62626262", BYTES, "a "},
        {"a;Target:0;0=0;61616161", BYTES, "a "},
        {"a;Target:0;0&1<4;4141;61616161", BYTES, "a "},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

TEST(modifiers)
{
    struct span wide = SPAN_OF("..a\0B\0c\0d\0.");
    static const struct clam_case narrow[] = {
        {"a;Target:0;0;61626364::i", SPAN_OF("xABCDx"), "a "},
        {"a;Target:0;0;61626364::w", SPAN_OF("xabcdx"), ""},
        {"a;Target:0;0;61626364::wa", SPAN_OF("xabcdx"), "a "},
        {"a;Target:0;0;61626364::f", SPAN_OF("xabcdx"), ""},
        {"a;Target:0;0;61626364::f", SPAN_OF("x abcd x"), "a "},
        {"a;Target:0;0;61626364::i::i", SPAN_OF("xABCDx"), ""},
        {"a;Target:0;0;61626364::w*00::i", SPAN_OF("xabcdx"), "a "},
        {"a;Target:0;0;61626364::i:w", SPAN_OF("xabcdx"),
         "t.ldb:1:25: expected the modifiers i, w, f, a\n"},
    };
    const struct clam_case widened[] = {
        {"a;Target:0;0;61426364::w", wide, "a "},  {"a;Target:0;0;61626364::w", wide, ""},
        {"a;Target:0;0;61626364::iw", wide, "a "}, {"a;Target:0;0;61626364::wia", wide, "a "},
        {"a;Target:0;0;6142{2}64::w", wide, "a "},
    };
    clam_expect("t.ldb", CLAM_CASES(narrow));
    clam_expect("t.ldb", CLAM_CASES(widened));
}

TEST(descriptions)
{
    static const struct clam_case cases[] = {
        {"a;Engine:51-255,Target:0;0;4141", BYTES, "a "},
        {"a;Engine:300-400,Target:0;0;4141", BYTES,
         "t.ldb:0:0: 1 lines are for other functionality levels than 216\n"},
        {"a;Target:0,FileSize:17-17;0;4141", BYTES, "a "},
        {"a;Target:0,FileSize:18-99;0;4141", BYTES, ""},
        {"a;Target:1;0;4141", BYTES, ""},
        {"a;Target:1;0;4141", SPAN_OF("MZ..AA"), "a "},
        {"a;Target:6;0;4141", SPAN_OF("MZ..AA"), ""},
        {"a;Target:0,Container:CL_TYPE_ZIP;0;4141", BYTES, ""},
        {"a;Target:0,Container:CL_TYPE_ANY;0;4141", BYTES, "a "},
        {"a;Target:0,Intermediates:CL_TYPE_ANY>CL_TYPE_ZIP;0;4141", BYTES, ""},
        {"a;Target:0;0;2:41414141", BYTES, "a "},
        {"a;Target:0;0;EOF-15,9:41414141", BYTES, "a "},
        {"a;Target:0;0;EOF-18,9:41414141", BYTES, ""},
        {"a;Target:0;0>1;2,2:4141", BYTES, "a "},
        {"a;Target:0;0>2;2,1:4141", BYTES, ""},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

TEST(refused_lines)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0\nb;Target:0;0;4141", BYTES,
         "t.ldb:1:1: expected name;description;logic;subsignatures\nb "},
        {"a;Target:0;0&;4141", BYTES, "t.ldb:1:13: expected an operand\n"},
        {"a;Target:0;0&1;4141", BYTES,
         "t.ldb:1:1: the logic names a subsignature that is not there\n"},
        {"a;Target:0;0;4141;4142", BYTES,
         "t.ldb:1:12: the logic does not end with the last subsignature\n"},
        {"a;Target:0;(0;4141", BYTES, "t.ldb:1:13: ')' expected\n"},
        {"a;Target:0;0);4141", BYTES, "t.ldb:1:13: ')' without '('\n"},
        {"a;Target:0;0>;4141", BYTES, "t.ldb:1:13: expected a number\n"},
        {"a;Target:0;64;4141", BYTES, "t.ldb:1:13: a signature has at most 64 subsignatures\n"},
        {"a;Engine:1-255;0;4141", BYTES, "t.ldb:1:3: expected a Target\n"},
        {"a;Target:0,Colour:3;0;4141", BYTES,
         "t.ldb:1:12: unknown key in the target description\n"},
        {"a;Target:0,Container:CL_TYPE_X;0;4141", BYTES,
         "t.ldb:1:22: containers of this kind are not opened\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

TEST(regular_expressions)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0&1;4142;0/[B-D]{3}E/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/[b-d]{3}e/", BYTES, ""},
        {"a;Target:0;0&1;4142;0/[b-d]{3}e/i", BYTES, "a "},
        {"a;Target:0;0|1;5152;0/BCDE/", BYTES, ""},
        {"a;Target:0;0&1>2;4142;0/A/g", BYTES, "a "},
        {"a;Target:0;0&1>2;4142;0/A/", BYTES, ""},
        {"a;Target:0;0&1;4142;5:0/BCD/", BYTES, ""},
        {"a;Target:0;0&1;4142;6:0/BCD/", BYTES, "a "},
        {"a;Target:0;0&1;4142;2:0/BCD/r", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/(?:B|x)C(?<n>D)\\x45/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0//", BYTES, "t.ldb:1:21: the regular expression is empty\n"},
        {"a;Target:0;0&1;4142;0/A/q", BYTES,
         "t.ldb:1:25: expected the flags g, r, e, i, s, m, x, A, E, U\n"},
        {"a;Target:0;0&1&2;4142;0/A/;1/D/", BYTES, "a "},
        {"a;Target:0;(0&1)|2;4142;0/Z/;1/D/", BYTES, ""},
        {"a;Target:0;0&1;4142;1/A/", BYTES,
         "t.ldb:1:1: the logic names a subsignature that is not there\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

/* Those that only a backtracking machine can run. */
TEST(backtracking)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0&1;4142;0/(A)\\1/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/(B)\\1/", BYTES, ""},
        {"a;Target:0;0&1;4142;0/A(?=B)/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/A(?!B)C/", BYTES, ""},
        {"a;Target:0;0&1;4142;0/(?<n>x)B?\\k<n>/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/A++B/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/A++A/", BYTES, ""},
        {"a;Target:0;0&1;4142;0/(?i)bcd/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/B C D/x", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/[[:upper:]]{11}[[:lower:]]/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/^A/", SPAN_OF("xxxxx\nAB"), ""},
        {"a;Target:0;0&1;4142;0/^A/m", SPAN_OF("xxxxx\nAB"), "a "},
        {"a;Target:0;0&1;4142;0/B$/", SPAN_OF("xxxxxAB\n"), "a "},
        {"a;Target:0;0&1;4142;0/B$/E", SPAN_OF("xxxxxAB\n"), ""},
        {"a;Target:0;0&1;4142;0/A.*Z/s", SPAN_OF("xAB\nxxxxZ"), "a "},
        {"a;Target:0;0&1;4142;0/A.*Z/", SPAN_OF("xAB\nxxxxZ"), ""},
        {"a;Target:0;0|1;5152;0/(A)\\1/", BYTES, ""},
        {"a;Target:0;0&1;4142;0/(A/", BYTES, "t.ldb:1:24: missing closing parenthesis\n"},
        {"a;Target:0;0&1;4142;0/(?P=n)A/", BYTES,
         "t.ldb:1:27: reference to non-existent subpattern\n"},
        {"a;Target:0;0&1;4142;0/(*UTF)A/", BYTES,
         "t.ldb:1:29: using UTF is disabled by the application\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

/* xxAAAABCDEFGHxxx */
TEST(places_of_backtracking)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0&1;4142;2:0/(A)\\1/", BYTES, "a "},
        {"a;Target:0;0&1;4142;1:0/(A)\\1/", BYTES, ""},
        {"a;Target:0;0&1;4142;1:0/(A)\\1/r", BYTES, "a "},
        {"a;Target:0;0&1;4142;1,1:0/(A)\\1/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0,1:0/(A)\\1/", BYTES, ""},
        {"a;Target:0;0&1;4142;0,1:0/(A)\\1/r", BYTES, ""},
        {"a;Target:0;0&1;4142;0,4:0/(A)\\1/e", BYTES, "a "},
        {"a;Target:0;0&1;4142;0,3:0/(A)\\1/e", BYTES, ""},
        {"a;Target:0;0&1;4142;2:0/^(A)\\1/", BYTES, "a "},
        {"a;Target:0;0&1;4142;5:0/\\bAB/", BYTES, "a "},
        {"a;Target:0;0&1;4142;5:0/(?<=A)AB/", BYTES, ""},
        {"a;Target:0;0&1;4142;0/(?<=A)AB/", BYTES, "a "},
        {"a;Target:0;0&1;4142;0/(A)\\1/A", BYTES, ""},
        {"a;Target:0;0&1;4142;0/(x)\\1/A", BYTES, "a "},
        {"a;Target:0;0&1;4142;2:0/(A)\\1/A", BYTES, "a "},
        {"a;Target:0;0&1;4142;EOF-4:0/(x)\\1/", BYTES, "a "},
        {"a;Target:0;0&1;4142;99:0/(x)\\1/", BYTES, ""},
        {"a;Target:0;0&1>1;4142;0/A/g", BYTES, "a "},
        {"a;Target:0;0&1=4;4142;0/A/g", BYTES, "a "},
        {"a;Target:0;0&1=2;4142;0/AA/g", BYTES, "a "},
        {"a;Target:0;0&1=1;4142;0/AA/", BYTES, "a "},
        {"a;Target:0;0&1>1;4142;0/(A)\\1/g", BYTES, "a "},
        {"a;Target:0;0&1>2;4142;0/(A)\\1/g", BYTES, ""},
        {"a;Target:0;0&1>1,1;4142;0/(A)\\1/g", BYTES, "a "},
        {"a;Target:0;(0|1)>2,2;4142;0/(A)\\1/g", BYTES, "a "},
        {"a;Target:0;(0|1)>3,2;4142;0/(A)\\1/g", BYTES, ""},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

/* Scanned again as what they say, and found there. PDF is of no kind that we open. */
#define AGAIN SPAN_OF("PK\1\1ABCDE\377")
#define HAS "a;Engine:51-255,HandlerType:CL_TYPE_"
TEST(handler_types)
{
    static const struct clam_case cases[] = {
        {HAS "GRAPHICS,Target:0;0;4142", AGAIN, "a "},
        {HAS "GRAPHICS,Target:0;0;4142\nb;Target:5;0;4444\nc;Target:5;0;4344", AGAIN, "a c "},
        {HAS "GRAPHICS,Target:0;0;4142\nc;Target:10;0;4344", AGAIN, "a "},
        {HAS "GRAPHICS,Target:0;0;5152535455\nc;Target:5;0;4344", AGAIN, ""},
        {HAS "GRAPHICS,Target:10;0;4142\nc;Target:5;0;4344", AGAIN, ""},
        {HAS "PDF,Target:0;0;4142\nc;Target:10;0;4344", AGAIN, "a c !not-opened "},
        {HAS "X,Target:0;0;4142", AGAIN, "t.ldb:1:29: nothing can be scanned again as this type\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

TEST(version_information)
{
    static const struct clam_case cases[] = {
        {"a;Target:1;0;VI:4142", SPAN_OF("MZ..AB"), ""},
        {"a;Target:1;0=0;VI:4142", SPAN_OF("MZ..AB"), "a "},
        {"a;Target:0;0;VI:4142", BYTES,
         "t.ldb:1:14: this offset means something only in PE, ELF and Mach-O\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

TEST(marks)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0;(B)41424344", SPAN_OF("..ABCD.."), "a "},
        {"a;Target:0;0;(B)41424344", SPAN_OF("..\nABCD.."), ""},
        {"a;Target:0;0;41424344(B)", SPAN_OF("..ABCD\n.."), "a "},
        {"a;Target:0;0;41424344(B)", SPAN_OF("..ABCD.."), ""},
        {"a;Target:0;0;41424344(B)", SPAN_OF("..ABCD"), "a "},
        {"a;Target:0;0;(B)41424344(B)", SPAN_OF("ABCD..ABCD"), "a "},
        {"a;Target:0;0;(L)41424344(L)", SPAN_OF("..\nABCD\r\n.."), "a "},
        {"a;Target:0;0;(L)41424344(L)", SPAN_OF("..\nABCD\r.."), ""},
        {"a;Target:0;0;(W)41424344", SPAN_OF("..1ABCD"), ""},
        {"a;Target:0;0;(W)41424344", SPAN_OF(".._ABCD"), "a "},
        {"a;Target:0;0;!(W)41424344", SPAN_OF("..1ABCD"), "a "},
        {"a;Target:0;0;41424344!(W)", SPAN_OF("ABCD"), ""},
        {"a;Target:0;0=1;41424344(W)", SPAN_OF("ABCDABCD."), "a "},
        {"a;Target:0;0;2:!(W)41424344", SPAN_OF("..1ABCD"), "a "},
        {"a;Target:0;0;3:!(W)41424344", SPAN_OF("..1ABCD"), ""},
        {"a;Target:0;0;4142*4344(W)", SPAN_OF("x"),
         "t.ldb:1:14: a mark behind a pattern of no fixed length\n"},
        {"a;Target:0;0;4142(W)4344", SPAN_OF("x"),
         "t.ldb:1:18: the marks (B), (L) and (W) are read only around a whole pattern\n"},
        {"a;Target:0;0;(W)4142::wa", SPAN_OF("x"),
         "t.ldb:1:14: a mark around a pattern that is wide and narrow\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

TEST(byte_comparisons)
{
    static const struct clam_case cases[] = {
        {"a;Target:0;0&1;6d61726b;0(>>4#ib1#=65)", SPAN_OF("..xmarkAB12"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#il2#=16961)", SPAN_OF("..xmarkAB12"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#ib2#=0x4142)", SPAN_OF("..xmarkAB12"), "a "},
        {"a;Target:0;0&1;6d61726b;0(<<1#ib1#>0x77,<121)", SPAN_OF("..xmarkAB12"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#ib1#=65)", SPAN_OF("xmarkAB1 xmarkZB"), ""},
        {"a;Target:0;0&1;6d61726b;0(>>4#ib1#=90)", SPAN_OF("xmarkAB1 xmarkZB"), "a "},
        {"a;Target:0;0|1;6d61726c;0(>>4#ib1#=65)", SPAN_OF("..xmarkAB12"), ""},
        {"a;Target:0;0&1;6d61726b;0(>>4#hb2#=0xab)", SPAN_OF("..xmarkAB12"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#db3#=12)", SPAN_OF("..xmark 12"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#dbe3#=12)", SPAN_OF("..xmark 12"), ""},
        {"a;Target:0;0&1;6d61726b;0(>>4#hl4#=0x3412)", SPAN_OF("..xmark1234"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#ab4#=0x12)", SPAN_OF("..xmark0x12"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#ab4#=12)", SPAN_OF("..xmark0012"), "a "},
        {"a;Target:0;0&1;6d61726b;0(>>4#h4#=0)", SPAN_OF("..xmark0000"), ""},
        {"a;Target:0;0&1;6d61726b;0(>>0#ib1#=109)", SPAN_OF("mark0000"), ""},
        {"a;Target:0;0&1;6d61726b;0(0#ib1#=109)", SPAN_OF(".mark0000"), "a "},
        {"a;Target:0;0&1;1,2:6d61726b;0(>>4#db1#=2)", SPAN_OF(".mark1 mark2"), ""},
        {"a;Target:0;0&1;1,2:6d61726b;0(>>4#db1#=1)", SPAN_OF(".mark1 mark2"), "a "},
        {"a;Target:0;0&1;3,2:6d61726b;0(>>4#db1#=1)", SPAN_OF(".mark1 mark2"), ""},
        {"a;Target:0;0&1;6d61726b;0(>>4#ib3#=12)", SPAN_OF("x"),
         "t.ldb:1:31: a binary number has 1, 2, 4 or 8 bytes\n"},
        {"a;Target:0;0&1;6d61726b;0(>>4#hb19#=12)", SPAN_OF("x"),
         "t.ldb:1:31: a number of so many bytes is not read\n"},
        {"a;Target:0;0&1;6d61726b;0(>>4#hq2#=12)", SPAN_OF("x"),
         "t.ldb:1:31: expected one of h, d, a, i, then l or b, perhaps e\n"},
        {"a;Target:0;0&1;6d61726b;0(>>4#hb2#=09)", SPAN_OF("x"), "t.ldb:1:36: expected a number\n"},
        {"a;Target:0;0&1;6d61726b;1(>>4#ib1#=12)", SPAN_OF("x"),
         "t.ldb:1:25: expected as trigger a plain pattern before this one\n"},
    };
    clam_expect("t.ldb", CLAM_CASES(cases));
}

/* What is compared is written twice at each level: the size is bounded, not the patience. */
TEST(comparisons_of_comparisons)
{
    char line[400] = "a;Target:0;";
    struct buf out;
    buf_init(&out, 0);
    for (int i = 0; i < 40; i++)
        strncat(line, "(", sizeof line - strlen(line) - 1);
    strncat(line, "0", sizeof line - strlen(line) - 1);
    for (int i = 0; i < 40; i++)
        strncat(line, "&0)>1", sizeof line - strlen(line) - 1);
    strncat(line, ";4142", sizeof line - strlen(line) - 1);
    assert_non_null(strstr(clam_try(&out, "t.ldb", line, BYTES), "the expression is too large"));
    buf_done(&out);
}
