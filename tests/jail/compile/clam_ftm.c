/* .ftm: types that give a target, those that are our own, and lines that are refused. */
#include "scan_rules.h"
#include "test.h"

/* What is said of the list, then the targets that signatures see in the bytes. */
static const char *try(struct buf *out, const char *list, struct span bytes)
{
    struct compiled c;
    struct source_file files[2] = {
        {.name = SPAN_OF("t.ftm"), .bytes = span_text(list)},
        {.name = SPAN_OF("t.ndb"),
         .bytes = SPAN_OF("graphics:5:*:6e6565646c65\nmacho:9:*:6e6565646c65\n"
                          "text:7:*:6e6565646c65\nflash:11:*:6e6565646c65\n")}};
    struct compile_input in = {.files = files, .file_count = 2};
    buf_clear(out);
    rules_compile_input(&c, &in);
    buf_span(out, buf_get(&c.diags));
    if (c.err == ERR_NONE)
        rules_scan(buf_get(&c.image), test_guarded(bytes), SCAN_UNPACK, out);
    rules_done(&c);
    buf_byte(out, 0);
    return (const char *)out->at;
}

#define OWN "t.ftm:0:0: 1 lines are about file types that are our own to tell\n"
#define FORM "t.ftm:1:1: expected kind:offset:bytes:name:type:type and perhaps two levels\n"

TEST(lines)
{
    static const struct {
        const char *list;
        struct span bytes;
        const char *out;
    } cases[] = {
        {"0:0:4d59:M:CL_TYPE_ANY:CL_TYPE_GRAPHICS", SPAN_OF("MY\1\2\377 needle"), "graphics "},
        {"0:0:4d59:M:CL_TYPE_ANY:CL_TYPE_PNG", SPAN_OF("MY text, a needle"), "graphics "},
        {"0:1:59:M:CL_TYPE_ANY:CL_TYPE_MACHO", SPAN_OF("MY\1\2\377 needle"), "macho "},
        {"0:1:58:M:CL_TYPE_ANY:CL_TYPE_MACHO", SPAN_OF("MY text, a needle"), "text "},
        {"0:0:58:M:CL_TYPE_ANY:CL_TYPE_SWF\n0:0:4d:M:CL_TYPE_ANY:CL_TYPE_SWF:1:216",
         SPAN_OF("MY text, a needle"), "flash "},
        {"0:90:4d59:M:CL_TYPE_ANY:CL_TYPE_SWF", SPAN_OF("MY text, a needle"), "text "},
        {"0:0:474946:M:CL_TYPE_ANY:CL_TYPE_MACHO", SPAN_OF("GIF89a\1\0\1\0 needle"), "graphics "},
        {"0:0:4d59:M:CL_TYPE_ANY:CL_TYPE_SWF:300", SPAN_OF("MY text, a needle"),
         "t.ftm:0:0: 1 lines are for other functionality levels than 216\ntext "},
        {"1:*:4d59:M:CL_TYPE_ANY:CL_TYPE_SWF", SPAN_OF("MY text, a needle"), OWN "text "},
        {"0:0:4d59:M:CL_TYPE_ANY:CL_TYPE_MSEXE", SPAN_OF("MY text, a needle"), OWN "text "},
        {"0:0:4d59:M:CL_TYPE_ANY:CL_TYPE_X", SPAN_OF("MY text, a needle"), OWN "text "},
        {"0:*:4d59:M:CL_TYPE_ANY:CL_TYPE_SWF", SPAN_OF("MY text, a needle"),
         "t.ftm:1:3: expected an offset\ntext "},
        {"0:1048577:4d59:M:CL_TYPE_ANY:CL_TYPE_SWF", SPAN_OF("MY text, a needle"),
         "t.ftm:1:3: expected an offset\ntext "},
        {"0:0:4d5:M:CL_TYPE_ANY:CL_TYPE_SWF", SPAN_OF("MY text, a needle"),
         "t.ftm:1:5: expected hexadecimal digits\ntext "},
        {"0:0:4d??:M:CL_TYPE_ANY:CL_TYPE_SWF", SPAN_OF("MY text, a needle"),
         "t.ftm:1:5: expected hexadecimal digits\ntext "},
        {"0:0::M:CL_TYPE_ANY:CL_TYPE_SWF", SPAN_OF("MY text, a needle"),
         "t.ftm:1:5: expected hexadecimal digits\ntext "},
        {"0:0:4d59:M:CL_TYPE_ANY", SPAN_OF("MY text, a needle"), FORM "text "},
        {"0:0:4d59:M:CL_TYPE_ANY:CL_TYPE_SWF:1:2:3", SPAN_OF("MY text, a needle"), FORM "text "},
    };
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(try(&out, cases[i].list, cases[i].bytes), cases[i].out);
    buf_done(&out);
}
