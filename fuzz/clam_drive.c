/* What the fuzz targets of ClamAV databases share. */
#include "clam_drive.h"

#include "drive.h"
#include "scan_rules.h"

/* A ZIP archive of one stored member, "ab.c" with the text "abcd", and no directory. */
static const char local_header[] = "PK\3\4\12\0\0\0\0\0\0\0\0\0\x11\xcd\x82\xed\4\0\0\0\4\0\0\0"
                                   "\4\0\0\0ab.cabcd";

/* One encrypted with the password "ab". */
static const char shut_header[] =
    "PK\3\4\12\0\1\0\0\0\0\0\0\0\x11\xcd\x82\xed\x10\0\0\0\4\0\0\0"
    "\1\0\0\0e\xdf\xd2\x42\xed\x4f\xd7\xff\xce\x08\xd0\x28\x6a\xf0\x43\xcb"
    "\x9f";

void clam_drive(const char *name, struct span database)
{
    static const struct span samples[] = {
        {(const uint8_t *)"MZ\0\0abcdABCDefgh", 16},
        {(const uint8_t *)"<html>Some  <b>Text</b> abcd</html>", 35},
        {(const uint8_t *)local_header, sizeof local_header - 1},
        {(const uint8_t *)shut_header, sizeof shut_header - 1},
    };
    struct compiled c;
    struct source_file file = {.name = span_text(name), .bytes = database};
    struct compile_input in = {.files = &file, .file_count = 1, .pua = true};
    struct buf out;
    rules_compile_input(&c, &in);
    if (c.err == ERR_IMAGE || (c.err == ERR_RULES && c.diags.len == 0))
        __builtin_trap();
    buf_init(&out, 1 << 20);
    for (size_t i = 0; c.err == ERR_NONE && i < sizeof samples / sizeof samples[0]; i++)
        rules_scan(buf_get(&c.image), samples[i], SCAN_SHORT | SCAN_UNPACK, &out);
    buf_done(&out);
    rules_done(&c);
}
