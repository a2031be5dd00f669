/* A hex string, up to the first newline behind a '}' or the end, and a text to look for it in. */
#include "pattern_drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct span all = span_make(data, size);
    struct re_error error;
    size_t end = span_find(all, SPAN_OF("}\n"), 0);
    struct span text = end == SIZE_MAX ? all : span_cut(all, end + 2, size);
    struct re *tree = hexpat_parse(span_cut(all, 0, end < 4096 ? end : 4096), a, &error);
    if (!tree && error.at > size)
        __builtin_trap();
    pattern_drive(tree, IR_HEX, IR_ASCII, text, a);
    arena_free(a);
    return 0;
}
