/* Containers of databases. Traps when one is trusted: no fuzzer signs. */
#include "jail/compile/cvd.h"
#include "drive.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"x.cvd", "x.cld", "x.cud"};
    for (size_t i = 0; i < 3; i++) {
        struct arena *a = arena_new(0);
        struct source_file f = {.name = span_text(names[i]), .bytes = span_make(data, size)};
        struct cvd cvd;
        struct why why = {0};
        if (!a)
            abort();
        if (cvd_open(&f, a, &cvd, &why) == ERR_NONE && !cvd.distrust)
            __builtin_trap();
        arena_free(a);
    }
    return 0;
}
