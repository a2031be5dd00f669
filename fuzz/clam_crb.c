/* Lists of certificates (.crb), and programs whose signatures they are asked of: the input is taken
 * for both. Traps when an image made of a list is refused by its own check. */
#include "clam_drive.h"

#include "drive.h"
#include "scan_rules.h"

#define HASH "0123456789012345678901234567890123456789"

static const char list[] =
    "A;1;" HASH ";;c0ff;010001;1;1;1;0;\nB;0;" HASH ";" HASH ";c0ff;010001;1;1;1;0;\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct compiled c;
    struct source_file file = {.name = SPAN_OF("fuzz.crb"), .bytes = SPAN_OF(list)};
    struct compile_input in = {.files = &file, .file_count = 1};
    struct buf out;
    clam_drive("fuzz.crb", span_make(data, size));
    rules_compile_input(&c, &in);
    if (c.err != ERR_NONE)
        __builtin_trap();
    buf_init(&out, 1 << 20);
    rules_scan(buf_get(&c.image), span_make(data, size), SCAN_SHORT | SCAN_NOW, &out);
    buf_done(&out);
    rules_done(&c);
    return 0;
}
