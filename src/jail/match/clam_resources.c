/* Three levels of directories: types, names, languages. Hostile bytes: the object's. "PE Format",
 * "The .rsrc Section". Directories may point at each other, but the walk goes three levels deep and
 * a directory has at most 131,070 entries. *Observed* with clamscan 1.4.6: only the first entry of
 * a type counts; addresses are looked up in the last section that has them. */
#include "jail/match/clam_resources.h"

#include "common/limits.h"

enum { DIRECTORY_BYTES = 16, ENTRY_BYTES = 8 };

#define SUBDIRECTORY 0x80000000u

struct walk {
    const struct clam_pe *pe;
    const struct clam_resources *asked;
    uint32_t left; /* entries that may still be looked at */
};

bool clam_pe_place(const struct clam_pe *pe, uint64_t rva, uint64_t *at)
{
    const struct clam_exe *exe = pe->exe;
    if (rva < exe->headers) {
        *at = rva;
        return rva < pe->source->size;
    }
    for (uint32_t i = exe->count; i-- > 0;) {
        uint64_t from = exe->sections[i].address;
        if (from > rva || rva - from >= exe->sections[i].len)
            continue;
        *at = exe->sections[i].at + (rva - from);
        return true;
    }
    return false;
}

uint32_t clam_pe_u32(const struct clam_pe *pe, uint64_t at, bool *ok)
{
    struct reader r = reader_of(source_view(pe->source, at, 4));
    uint32_t n = reader_u32le(&r);
    *ok = *ok && !r.bad;
    return n;
}

/* How many entries a directory has, and where they begin. */
struct directory {
    uint64_t at;
    uint32_t named, numbered;
};

static bool directory(const struct walk *w, uint32_t offset, struct directory *d)
{
    uint64_t at;
    if (!clam_pe_place(w->pe, (uint64_t)w->pe->exe->resources + (offset & ~SUBDIRECTORY), &at))
        return false;
    struct reader r = reader_of(source_view(w->pe->source, at, DIRECTORY_BYTES));
    reader_skip(&r, 12);
    d->named = reader_u16le(&r);
    d->numbered = reader_u16le(&r);
    d->at = at + DIRECTORY_BYTES;
    return !r.bad;
}

/* Entry i: its name or number, and where it leads. */
static bool entry(struct walk *w, const struct directory *d, uint32_t i, uint32_t *name,
                  uint32_t *to)
{
    bool ok = w->left > 0;
    uint64_t at = d->at + (uint64_t)i * ENTRY_BYTES;
    if (ok)
        w->left--;
    *name = clam_pe_u32(w->pe, at, &ok);
    *to = clam_pe_u32(w->pe, at + 4, &ok);
    return ok;
}

static bool languages(struct walk *w, uint32_t name, uint32_t offset)
{
    struct directory d;
    uint32_t language, to;
    if (!directory(w, offset, &d))
        return false;
    for (uint32_t i = 0; i < d.named + d.numbered; i++) {
        if (!entry(w, &d, i, &language, &to))
            return false;
        if (!(to & SUBDIRECTORY) &&
            !w->asked->found(w->asked->ctx, name, (uint64_t)w->pe->exe->resources + to))
            return false;
    }
    return true;
}

static void names(struct walk *w, uint32_t offset)
{
    struct directory d;
    uint32_t name, to;
    bool ok = directory(w, offset, &d);
    for (uint32_t i = ok && !w->asked->any_name ? d.named : 0; ok && i < d.named + d.numbered;
         i++) {
        ok = entry(w, &d, i, &name, &to);
        if (ok && (to & SUBDIRECTORY) && (w->asked->any_name || name == w->asked->name))
            ok = languages(w, name, to);
    }
}

void clam_resources(const struct clam_pe *pe, const struct clam_resources *asked)
{
    struct walk w = {.pe = pe, .asked = asked, .left = (unsigned)LIMIT_PE_RESOURCES};
    struct directory d;
    uint32_t type, to;
    bool ok = pe->exe->resources && directory(&w, 0, &d);
    for (uint32_t i = 0; ok && i < d.numbered; i++) {
        ok = entry(&w, &d, d.named + i, &type, &to);
        if (ok && type == asked->type && (to & SUBDIRECTORY)) {
            names(&w, to);
            return;
        }
    }
}
