/* Rule text, compiled, checked and run: what the compiler accepts its own check accepts, and gates
 * and anchors change no verdict. */
#include "drive.h"
#include "scan_rules.h"

static const char object_text[] = "MZ hello abcabc world abc \x7f"
                                  "ELF and the marker, a Marked marker !";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source_file file = {.name = SPAN_OF("a.yar"),
                               .space = SPAN_OF("default"),
                               .bytes = span_make(data, size),
                               .kind = SOURCE_YARA};
    struct compile_input in = {.files = &file, .file_count = 1, .keep_going = size % 2 == 1};
    struct compiled c;
    rules_compile_input(&c, &in);
    if (c.err == ERR_IMAGE)
        __builtin_trap();
    if (c.err == ERR_NONE) {
        struct buf normal, all;
        buf_init(&normal, 0);
        buf_init(&all, 0);
        rules_scan(buf_get(&c.image), SPAN_OF(object_text), SCAN_SHORT, &normal);
        rules_scan(buf_get(&c.image), SPAN_OF(object_text), SCAN_SHORT | SCAN_EXHAUSTIVE, &all);
        bool cut = span_find(buf_get(&normal), SPAN_OF("!"), 0) != SIZE_MAX ||
                   span_find(buf_get(&all), SPAN_OF("!"), 0) != SIZE_MAX;
        if (!cut && !span_equal(buf_get(&normal), buf_get(&all)))
            __builtin_trap();
        buf_done(&normal);
        buf_done(&all);
    }
    rules_done(&c);
    return 0;
}
