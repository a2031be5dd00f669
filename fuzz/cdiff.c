/* Differences between containers: as a file, and as a script over a few small databases. Traps when
 * one is taken for ClamAV's: no fuzzer signs. */
#include "jail/compile/cdiff.h"

#include "drive.h"

#include <stdlib.h>

static void apply(struct cdiff *d)
{
    struct arena *a = arena_new(64 << 20);
    struct cvd c = {.manifest = SPAN_OF("m\n"), .manifest_name = SPAN_OF("a.info")};
    if (!a)
        abort();
    c.members = arena_array(a, struct cvd_member, 2);
    if (!c.members)
        abort();
    c.members[0] = (struct cvd_member){SPAN_OF("a.ndb"), SPAN_OF("one\ntwo\nthree\nfour\n")};
    c.members[1] = (struct cvd_member){SPAN_OF("b.hdb"), SPAN_OF("five\n")};
    c.count = c.cap = 2;
    (void)cdiff_apply(d, a, &c, NULL); /* must end, and touch nothing else */
    arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct cdiff d;
    if (!a)
        abort();
    if (cdiff_open(span_make(data, size), a, &d, NULL) == ERR_NONE) {
        if (d.is_signed)
            __builtin_trap();
        apply(&d);
    }
    arena_free(a);
    d = (struct cdiff){.script = span_make(data, size)};
    apply(&d);
    return 0;
}
