/* .hdb, .hsb, .fp: sizes, levels, allow lists, and lines that are refused. */
#include "clam_try.h"
#include "test.h"

/* of "abc" */
#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define BYTES SPAN_OF("abc")

TEST(hashes)
{
    static const struct clam_case cases[] = {
        {MD5 ":3:A", BYTES, "A "},
        {SHA1 ":3:A", BYTES, "A "},
        {SHA256 ":3:A", BYTES, "A "},
        {SHA256 ":*:A:73", BYTES, "A "},
        {SHA256 ":4:A", BYTES, ""},
        {MD5 ":3:A:73:255", BYTES, "A "},
        {MD5 ":3:A:300", BYTES, "t.hsb:0:0: 1 lines are for other functionality levels than 216\n"},
        {MD5 ":3:PUA.A", BYTES, "t.hsb:0:0: 1 lines are about potentially unwanted applications\n"},
        {"x:3:A\n" MD5 ":3:B", BYTES,
         "t.hsb:1:1: expected a hash of 32, 40 or 64 hexadecimal digits\nB "},
        {MD5 ":x:A", BYTES, "t.hsb:1:34: expected a size in bytes or '*'\n"},
        {MD5 ":3", BYTES, "t.hsb:1:1: expected hash:size:name and perhaps two levels\n"},
        {"9g0150983cd24fb0d6963f7d28e17f72:3:A", BYTES, "t.hsb:1:1: expected hexadecimal digits\n"},
    };
    clam_expect("t.hsb", CLAM_CASES(cases));
}

TEST(unwanted_only_when_asked_for)
{
    static const struct clam_case cases[] = {
        {MD5 ":3:A", BYTES, "t.hdu:0:0: 1 lines are about potentially unwanted applications\n"}};
    clam_expect("t.hdu", CLAM_CASES(cases));
}

TEST(kinds_that_are_not_read)
{
    static const struct clam_case cases[] = {
        {"x\ny\n", BYTES, "t.cbc:0:0: 2 lines left out: bytecode is never run: it is a program\n"}};
    clam_expect("t.cbc", CLAM_CASES(cases));
}
