/* The module pe: loading, every function, the dump. */
#include "drive.h"

#include "common/crypto.h"
#include "facts.h"
#include "jail/facts/module_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool warm;
    if (!warm && crypto_warm(NULL) != ERR_NONE)
        return 0;
    warm = true;
    struct loaded l = facts_load("pe", span_make(data, size));
    struct buf text;
    buf_init(&text, 64 << 20);
    facts_call_all(&l);
    module_dump(&text, l.module, l.root, true);
    buf_done(&text);
    facts_done(&l);
    return 0;
}
