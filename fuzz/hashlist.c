/* Lists of hashes. Traps when a line is neither taken, skipped nor named. */
#include "drive.h"
#include "front.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct front f;
    struct span all = span_make(data, size);
    front_open(&f);
    front_add_hashes(&f, "fuzz.txt", all);
    for (uint32_t i = 0; i < f.fe.ir->hash_count; i++) {
        const struct ir_hash *h = &f.fe.ir->hashes[i];
        if (h->digest >= DIGEST_COUNT || h->name.len == 0 || h->line == 0)
            __builtin_trap();
    }
    if (f.fe.errors != 0 && f.diags.len == 0)
        __builtin_trap();
    front_close(&f);
    return 0;
}
