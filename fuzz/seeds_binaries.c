/* Small programs of every class and byte order. */
#include "seeds_binaries.h"

#include "make_dex.h"
#include "make_elf.h"
#include "make_lnk.h"
#include "make_macho.h"

#include <stdio.h>
#include <sys/stat.h>

static int save(const char *folder, const char *target, int number, struct buf *b)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "%s/%s/shape%d", folder, target, number);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(b->at, 1, b->len, f) != b->len) {
        perror(path);
        return 1;
    }
    buf_clear(b);
    return fclose(f) != 0;
}

static int elfs(const char *folder, struct buf *b)
{
    static const struct make_elf_symbol symbols[] = {
        {"", 0, 0, 0}, {"socket", 0x12, 0, 0}, {"start", 0x12, 0, 1}};
    int bad = 0;
    for (int i = 0; i < 8; i++) {
        struct make_elf e = {.is_wide = i & 1, .is_big = i & 2, .symbols = symbols, .count = 3};
        e.type = i & 4 ? 2 : 3;
        e.machine = 62;
        make_elf(b, &e);
        bad += save(folder, "elf", i, b);
    }
    return bad;
}

static int machos(const char *folder, struct buf *b)
{
    static const struct make_macho kinds[] = {
        {.cputype = 7, .has_thread = true},
        {.cputype = 0x01000007, .is_64 = true},
        {.cputype = 0x0100000c, .is_64 = true, .has_thread = true},
        {.cputype = 18, .is_big = true, .has_thread = true},
        {.cputype = 0x01000007, .is_64 = true, .has_more = true},
        {.cputype = 7, .has_more = true},
        {.cputype = 18, .is_big = true, .has_more = true},
    };
    int bad = 0;
    for (int i = 0; i < 9; i++) {
        if (i < 7)
            make_macho(b, &kinds[i]);
        else
            make_macho_fat(b, i & 1, i == 7 ? kinds : kinds + 3, i == 7 ? 3 : 4);
        bad += save(folder, "macho", i, b);
    }
    return bad;
}

static int dexes(const char *folder, struct buf *b)
{
    static const char *const versions[] = {"035", "039"};
    int bad = 0;
    for (int i = 0; i < 2; i++) {
        make_dex(b, versions[i]);
        bad += save(folder, "dex", i, b);
    }
    return bad;
}

static int lnks(const char *folder, struct buf *b)
{
    int bad = 0;
    for (int i = 0; i < 8; i++) {
        struct make_lnk m = {.has_ids = true, .has_info = true, .has_strings = true};
        m.has_tracker = !(i & 4);
        m.is_unicode = i & 1;
        m.has_wide_info = i & 2;
        m.no_terminal = i == 7;
        m.overlay = i == 2 ? "overlay" : NULL;
        make_lnk(b, &m);
        bad += save(folder, "lnk", i, b);
    }
    return bad;
}

int seeds_binaries(const char *folder)
{
    struct buf b;
    buf_init(&b, 0);
    int bad = elfs(folder, &b) + machos(folder, &b) + lnks(folder, &b) + dexes(folder, &b);
    buf_done(&b);
    return bad;
}
