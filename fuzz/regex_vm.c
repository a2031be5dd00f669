/* A hostile program and a text for it: two bytes of length, the program, the text. */
#include "drive.h"

#include "jail/match/regex_vm.h"

#include <stdlib.h>

enum { TEXT_MOST = 200 };

static void note(void *ctx, uint32_t back)
{
    uint64_t at = *(uint64_t *)ctx;
    if (back > at)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vm *vm;
    struct reader r = reader_of(span_make(data, size));
    uint16_t claim = reader_u16le(&r);
    size_t len = claim < reader_left(&r) ? claim : reader_left(&r);
    struct span program = reader_take(&r, len);
    struct span text = span_cut(reader_rest(&r), 0, TEXT_MOST);
    struct vm_text t = {text, 0, text.len};
    uint8_t set[32];
    if (!vm)
        vm = vm_new();
    /* a block of its own, so that a sanitizer sees one byte past the program */
    uint8_t *copy = malloc(len + 1);
    if (!vm || !copy)
        return 0;
    for (size_t i = 0; i < len; i++)
        copy[i] = span_byte(program, i);
    uint8_t *own = realloc(copy, len ? len : 1);
    program = span_make(own ? own : copy, len);
    (void)vm_check(program, 0);
    vm_first(program, 0, set);
    for (uint64_t at = 0; at <= text.len; at += 7) {
        uint32_t flags = at & 1 ? PIECE_WIDE : 0;
        uint32_t got = vm_match(vm, program, 0, &t, at, flags);
        if (got != UINT32_MAX && got > text.len - at)
            __builtin_trap();
        vm_starts(vm, program, 0, &t, at, flags, note, &at);
    }
    (void)vm_search(vm, program, text, NULL);
    free(own ? own : copy);
    return 0;
}
