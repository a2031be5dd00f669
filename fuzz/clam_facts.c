/* Any bytes as what ClamAV's signatures ask of programs and documents. Traps when a place lies
 * outside of them. */
#include "drive.h"

#include "jail/match/clam_icon.h"
#include "jail/match/clam_office.h"
#include "jail/match/clam_version.h"
#include "jail/object/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum object_type types[] = {TYPE_PE, TYPE_ELF, TYPE_MACHO};
    struct arena *a = arena_new(0);
    for (size_t i = 0; a && i < sizeof types / sizeof types[0]; i++) {
        struct object o = {.source = source_of(span_make(data, size)), .type = types[i]};
        struct clam_exe exe;
        struct clam_version version;
        if (!clam_exe_read(&o, &exe) || !clam_version_read(&o.source, &exe, a, &version))
            continue;
        struct clam_pe pe = {&o.source, &exe};
        struct clam_icons icons;
        if (clam_icons_read(&pe, a, &icons))
            for (uint32_t k = 0; k + 1 < icons.count; k++)
                (void)clam_icon_match(&icons.items[k], &icons.items[k + 1]);
        for (uint32_t k = 0; k < version.count; k++)
            if (version.places[k] >= size)
                __builtin_trap();
    }
    struct source zip = source_of(span_make(data, size));
    (void)clam_office_of(&zip);
    arena_free(a);
    return 0;
}
