/* The ledger's own files after an intruder had them: leaves, seals, and a whole segment opened from
 * a folder as `candor ledger verify` does. First byte: which. */
#include "drive.h"

#include "common/crypto.h"
#include "open/ledger_read.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/candor-fuzz.XXXXXX";

static void remove_scratch(void)
{
    (void)rmdir(folder);
}

/* A folder of this process's own. */
static int scratch(void)
{
    static int dir = -1;
    if (dir < 0 && mkdtemp(folder)) {
        dir = open(folder, O_RDONLY | O_DIRECTORY);
        (void)atexit(remove_scratch);
    }
    return dir;
}

static void try_leaf(struct span s)
{
    struct arena *a = arena_new(0);
    struct ledger_leaf leaf;
    (void)ledger_parse(s, a, &leaf, NULL);
    arena_free(a);
}

static void try_segment(struct span s)
{
    struct reader r = reader_of(s);
    struct ledger_chain c;
    struct ledger_record record;
    uint32_t number;
    if (ledger_record_header(&r, &number, &c, NULL) != ERR_NONE)
        ledger_record_start(&c); /* records behind a broken head are tried, too */
    while (ledger_record_next(&c, &r, &record) == LEDGER_NEXT_ONE)
        try_leaf(record.leaf);
}

/* As a whole: found by name, read, held against a seal. Nothing stays behind. */
static void try_folder(struct span s)
{
    int dir = scratch();
    struct ledger_known known = {.has_seal = true};
    struct ledger_tail tail;
    int fd = dir < 0 ? -1 : openat(dir, "00000000.seg", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return;
    (void)ledger_files_write(fd, s, 0, NULL);
    (void)close(fd);
    (void)ledger_read_all(dir, &known, NULL, &tail, NULL);
    known = (struct ledger_known){.has_seal = true};
    (void)ledger_read_newest(dir, &known, &tail, NULL);
    (void)unlinkat(dir, "00000000.seg", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool warm;
    struct ledger_seal seal;
    struct span s = span_make(data, size), rest = span_cut(s, 1, SIZE_MAX);
    if (!warm && crypto_warm(NULL) != ERR_NONE)
        return 0;
    warm = true;
    switch (span_byte(s, 0)) {
    case 'l':
        try_leaf(rest);
        break;
    case 's':
        (void)ledger_record_seal(rest, &seal, NULL);
        break;
    case 'f':
        try_folder(rest);
        break;
    default:
        try_segment(rest);
    }
    return 0;
}
