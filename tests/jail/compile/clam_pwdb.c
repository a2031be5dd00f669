/* .pwdb: passwords that open parts, and lines that are refused. */
#include "make_zip.h"
#include "scan_rules.h"
#include "test.h"

/* What is said of the list, then what is found in an archive whose password is "infected". */
static const char *try(struct buf *out, const char *list)
{
    struct compiled c;
    struct buf zip;
    struct source_file files[2] = {
        {.name = SPAN_OF("t.pwdb"), .bytes = span_text(list)},
        {.name = SPAN_OF("t.ndb"), .bytes = SPAN_OF("a:0:*:73656372657473\n")}};
    struct compile_input in = {.files = files, .file_count = 2};
    struct make_member m = {.name = "x", .bytes = SPAN_OF("\1\2secrets"), .password = "infected"};
    buf_init(&zip, 0);
    buf_clear(out);
    make_zip(&zip, &(struct make_zip){0}, &m, 1);
    rules_compile_input(&c, &in);
    buf_span(out, buf_get(&c.diags));
    if (c.err == ERR_NONE)
        rules_scan(buf_get(&c.image), test_guarded(buf_get(&zip)), SCAN_UNPACK, out);
    rules_done(&c);
    buf_done(&zip);
    buf_byte(out, 0);
    return (const char *)out->at;
}

TEST(lines)
{
    static const struct {
        const char *list, *out;
    } cases[] = {
        {"p;Engine:81-255;0;infected", "a "},
        {"p;Target:0;0;infected", "a "},
        {"p;Engine:81-255,Container:CL_TYPE_ZIP;0;infected", "a "},
        {"p;Engine:81-255,Container:CL_TYPE_ANY;1;696e666563746564", "a "},
        {"p;Engine:1-255;0;a\nq;Engine:1-255;0;infected\n", "a "},
        {"p;Engine:81-255;0;Infected", "!encrypted "},
        {"p;Engine:81-255;0;infected;x", "a "},
        {"p;Engine:300-400;0;infected",
         "t.pwdb:0:0: 1 lines are for other functionality levels than 216\n!encrypted "},
        {"p;;0;infected", "t.pwdb:1:3: expected key:value pairs\n!encrypted "},
        {"p;x;0;infected", "t.pwdb:1:3: expected key:value pairs\n!encrypted "},
        {"p;Size:1;0;infected", "t.pwdb:1:3: expected Engine, Container or Target\n!encrypted "},
        {"p;Engine:81;0;infected", "t.pwdb:1:10: expected a range min-max\n!encrypted "},
        {"p;Container:CL_TYPE_ZIP;0;infected", "t.pwdb:1:3: expected an Engine\n!encrypted "},
        {"p;Engine:81-255,Container:CL_TYPE_RAR;0;infected",
         "t.pwdb:1:27: passwords are tried on ZIP archives only\n!encrypted "},
        {"p;Engine:81-255;2;infected",
         "t.pwdb:1:17: expected 0 (as it is) or 1 (in hexadecimal)\n!encrypted "},
        {"p;Engine:81-255;1;69z", "t.pwdb:1:19: expected pairs of hexadecimal digits\n!encrypted "},
        {"p;Engine:81-255;1;696", "t.pwdb:1:19: expected pairs of hexadecimal digits\n!encrypted "},
        {"p;Engine:81-255;0", "t.pwdb:1:1: expected name;attributes;0 or 1;password\n!encrypted "},
    };
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(try(&out, cases[i].list), cases[i].out);
    buf_done(&out);
}
