/* A rule image with bytes changed: ruleset_check refuses it, or a scan with it is harmless. Input:
 * edits of 5 bytes, an offset in the image and what is xored there; or, after the magic, a whole
 * image. */
#include "drive.h"
#include "scan_rules.h"

#include "jail/match/image.h"

#include <stdlib.h>
#include <string.h>

static const char rules_text[] =
    "import \"math\"\n"
    "global private rule sane { condition: filesize < 10MB }\n"
    "rule one : tag1 { meta: author = \"me\" class = \"test\" score = 75\n"
    "  strings: $a = \"marker\" $b = { 6d 61 ?? 6b [2-300] 6d } $c = /mark[a-z]{2,5}/ nocase\n"
    "  condition: filesize > 4 and 2 of them and @a[1] < 100 and #a in (0..50) > 0\n"
    "    and for any of ($a, $b) : ($ at 3 or ! > 2) }\n"
    "rule two { strings: $x = \"marker\" wide ascii condition: #x > 1 or one or $x in (1..9) }\n"
    "rule three { condition: for any i in (0..filesize) : (uint8(i) == 0x21) }\n"
    "rule four { condition: math.entropy(0, filesize) > 0.5 and \"abc\" matches /b+/\n"
    "  and for all i in (1, 2, filesize) : (i > 0) and 1 of (one, two) }\n";
static const char list_text[] = "900150983cd24fb0d6963f7d28e17f72:3:Test.Md5\n"
                                "a9993e364706816aba3e25717850c26c9cd0d89d:3:Test.Sha1\n"
                                "900150983cd24fb0d6963f7d28e17f73:*:Test.Any\n";
static const char object_text[] = "the marker, a Marked marker and m\0a\0r\0k\0e\0r\0 !";

/* Compiled for the first input, kept for the others. */
static struct span base_image(void)
{
    static struct compiled c;
    struct source_file files[] = {
        {.name = SPAN_OF("a.yar"), .space = SPAN_OF("default"), .bytes = SPAN_OF(rules_text)},
        {.name = SPAN_OF("a.hsb"), .space = SPAN_OF("default"), .bytes = SPAN_OF(list_text)},
    };
    struct compile_input in = {.files = files, .file_count = 2};
    if (c.image.len == 0)
        rules_compile_input(&c, &in);
    if (c.err != ERR_NONE)
        abort();
    return buf_get(&c.image);
}

static uint8_t *edited(struct span base, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(base.len);
    if (!copy)
        abort();
    memcpy(copy, base.at, base.len);
    struct reader r = reader_of(span_make(data, size));
    while (reader_left(&r) >= 5) {
        uint32_t at = reader_u32le(&r) % (uint32_t)base.len;
        copy[at] ^= reader_u8(&r);
    }
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;
    buf_init(&out, 0);
    if (span_starts(span_make(data, size), SPAN_OF(IMAGE_MAGIC))) {
        rules_scan(span_make(data, size), SPAN_OF(object_text), SCAN_SHORT | SCAN_MATCHES, &out);
    } else {
        struct span base = base_image();
        uint8_t *copy = edited(base, data, size);
        rules_scan(span_make(copy, base.len), SPAN_OF(object_text), SCAN_SHORT | SCAN_MATCHES,
                   &out);
        rules_scan(span_make(copy, base.len), SPAN_OF("abc"), SCAN_SHORT | SCAN_EXHAUSTIVE, &out);
        free(copy);
    }
    buf_done(&out);
    return 0;
}
