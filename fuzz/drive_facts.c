/* One module over any bytes. */
#include "drive_facts.h"

#include "common/crypto.h"
#include "facts.h"
#include "jail/facts/module_dump.h"

enum { DUMP_BYTES = 64 << 20 };

void drive_facts(const char *module, const uint8_t *data, size_t size)
{
    static bool warm;
    if (!warm && crypto_warm(NULL) != ERR_NONE)
        return;
    warm = true;
    struct loaded l = facts_load(module, span_make(data, size));
    struct buf text;
    buf_init(&text, DUMP_BYTES);
    facts_call_all(&l);
    module_dump(&text, l.module, l.root, true);
    buf_done(&text);
    facts_done(&l);
}
