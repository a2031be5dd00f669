/* OpenIOC documents: which hashes of them count, and documents that give none. */
#include "clam_try.h"
#include "test.h"

/* of "abc" */
#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define BYTES SPAN_OF("abc")
#define ANY "t.ioc:0:0: 1 hashes have no size: they make every object be hashed\n"
#define ITEM(context, content)                                                                     \
    "<ioc><Indicator><IndicatorItem>" context content "</IndicatorItem></Indicator></ioc>"
#define FILE_MD5 "<Context document='FileItem' search=\"FileItem/Md5sum\"/>"
#define CONTENT "<Content type='md5'>" MD5 "</Content>"

TEST(what_counts)
{
    static const struct clam_case cases[] = {
        {ITEM(FILE_MD5, CONTENT), BYTES, ANY "t.ioc." MD5 " "},
        {ITEM("", CONTENT), BYTES, ANY "t.ioc." MD5 " "},
        {ITEM("", "<Content type='SHA256'>\n " SHA256 " </Content>"), BYTES,
         ANY "t.ioc." SHA256 " "},
        {ITEM(FILE_MD5, "<Content type='string'>" MD5 "</Content>"), BYTES, ANY "t.ioc." MD5 " "},
        {ITEM("<Context document='FileItem' search='FileItem/FileName'/>",
              "<Content type='string'>" MD5 "</Content>"),
         BYTES, ""},
        {ITEM("<Context document='X' search='FileItem/Md5sum'/>", "<Content>" MD5 "</Content>"),
         BYTES, ""},
        {ITEM(FILE_MD5, "<Content><!-- -->" MD5 "</Content>"), BYTES, ""},
        {ITEM(FILE_MD5, "<Content><![CDATA[" MD5 "]]></Content>"), BYTES, ""},
        {ITEM(FILE_MD5, "<Content/>"), BYTES, ""},
        {ITEM("", "<a:Content\ttype = 'md5' x='>'>" MD5 "</a:Content>"), BYTES,
         ANY "t.ioc." MD5 " "},
        {"<ioc><IndicatorItem>" CONTENT "</IndicatorItem></ioc>", BYTES, ""},
        {"<ioc><Indicator>" CONTENT "</Indicator></ioc>", BYTES, ""},
        {"<?xml version='1.0'?><!DOCTYPE ioc>" ITEM("", CONTENT), BYTES, ANY "t.ioc." MD5 " "},
        {ITEM("", CONTENT), SPAN_OF("abd"), ANY},
        {"", BYTES, ""},
    };
    clam_expect("t.ioc", CLAM_CASES(cases));
}

TEST(what_is_refused)
{
    static const struct clam_case cases[] = {
        {ITEM("", "\n<Content type='md5'>x" MD5 "</Content>"), BYTES,
         "t.ioc:2:1: expected a hash of 32, 40 or 64 hexadecimal digits\n"},
        {ITEM("", CONTENT "</b>"), BYTES, "t.ioc:1:1: a tag that ends nothing\n"},
        {ITEM("", CONTENT "<b>"), BYTES, "t.ioc:1:1: a tag that ends nothing\n"},
        {ITEM("", CONTENT) "</b>", BYTES, "t.ioc:1:1: a tag that ends nothing\n"},
        {"<ioc>\n<Indicator><IndicatorItem>" CONTENT, BYTES,
         "t.ioc:2:1: the document ends too early\n"},
        {ITEM("", CONTENT "<!-- "), BYTES, "t.ioc:1:1: the document ends too early\n"},
        {ITEM("", CONTENT "<b x='"), BYTES, "t.ioc:1:1: a tag does not end\n"},
        {ITEM("", CONTENT "< b/>"), BYTES, "t.ioc:1:1: a tag without a name\n"},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]>" ITEM("", CONTENT), BYTES,
         "t.ioc:1:1: a document with declarations of its own is not read\n"},
    };
    clam_expect("t.ioc", CLAM_CASES(cases));
}

TEST(nested_too_deep)
{
    struct buf doc, out;
    buf_init(&doc, 0);
    buf_init(&out, 0);
    for (int i = 0; i < 65; i++)
        buf_text(&doc, "<a>");
    buf_byte(&doc, 0);
    assert_string_equal(clam_try(&out, "t.ioc", (const char *)doc.at, BYTES),
                        "t.ioc:1:1: elements are nested too deep\n");
    assert_string_equal(clam_try(&out, "a/b?c d.ioc", ITEM("", CONTENT), BYTES),
                        "a/b?c d.ioc:0:0: 1 hashes have no size: they make every object be hashed\n"
                        "b_c_d.ioc." MD5 " ");
    buf_done(&doc);
    buf_done(&out);
}
