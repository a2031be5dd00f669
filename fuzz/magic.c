/* libmagic behind its seam: any bytes, both questions. The library is not instrumented; what is
 * looked for are crashes, hangs and answers that are no text. */
#include "bin/jail_magic.h"

#include "drive_facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct magic_peer *magic;
    if (!magic && !(magic = jail_magic_open()))
        return 0;
    for (int mime = 0; mime < 2; mime++) {
        struct span said = magic->ask(magic->ctx, span_make(data, size), mime);
        for (size_t i = 0; i < said.len; i++)
            if (span_byte(said, i) < 0x20)
                abort();
    }
    return 0;
}
