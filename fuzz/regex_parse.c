/* One byte of flags, a regular expression up to the first newline, and a text to search. */
#include "pattern_drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t flags[] = {IR_ASCII,
                                     IR_ASCII | IR_NOCASE,
                                     IR_ASCII | IR_WIDE,
                                     IR_WIDE | IR_NOCASE | IR_DOTALL,
                                     IR_ASCII | IR_DOTALL,
                                     IR_ASCII | IR_FULLWORD,
                                     IR_WIDE,
                                     IR_ASCII | IR_WIDE | IR_NOCASE};
    struct arena *a = arena_new(64 << 20);
    struct span all = span_make(data, size);
    struct re_error error;
    uint8_t choice = span_byte(all, 0);
    size_t end = span_find_byte(all, '\n', 1);
    size_t len = end == SIZE_MAX ? size : end;
    struct span source = span_cut(all, 1, len > 4096 ? 4096 : len - (len > 0));
    struct re *tree = regex_parse(source, choice & 8, a, &error);
    if (!tree && error.at > source.len)
        __builtin_trap();
    pattern_drive(tree, IR_REGEXP, flags[choice & 7], span_cut(all, len, size), a);
    arena_free(a);
    return 0;
}
