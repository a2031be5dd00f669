/* Finds which six bytes stand in many ordinary files and prints common_table.c. Run by hand, seldom;
 * the result is checked in.
 *
 *   cc -O2 -o /tmp/common scripts/common.c
 *   /tmp/common elf 16 text 32 pe 7 >src/jail/compile/common_table.c
 *
 * Each list is one kind of file (a path a line, see background.c), the number behind it says that
 * what stands in one of so many files is common. Of each file the first 2 MiB are read. Bytes are
 * folded (& 0xDF, as grams.h). The table is a set of hashes, 2^20 bits: for a window that is not
 * common it errs one time in five, for a string of ten bytes, which holds five windows, hardly ever.
 * Needs 1 GiB of memory. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 2 << 20, COUNT_LOG = 27, BITS_LOG = 20, WINDOW = 6 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
static uint16_t *counts, *last;
static uint8_t set[1 << BITS_LOG], bytes[FILE_MOST];

/* The product, whose upper bits are the hash: as common.c. */
static uint64_t product(const uint8_t *at)
{
    uint64_t v = 0;
    memcpy(&v, at, WINDOW);
    return (v & UINT64_C(0xDFDFDFDFDFDF)) * UINT64_C(0x9E3779B97F4A7C15);
}

static int count_file(const char *path, uint16_t number)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    size_t len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    for (size_t i = 0; i + WINDOW <= len; i++) {
        uint64_t slot = product(bytes + i) >> (64 - COUNT_LOG);
        counts[slot] += last[slot] != number;
        last[slot] = number;
    }
    return 1;
}

static void count_kind(const char *list, unsigned share)
{
    static char path[8192];
    unsigned files = 0;
    FILE *f = fopen(list, "r");
    memset(counts, 0, sizeof *counts << COUNT_LOG);
    memset(last, 0, sizeof *last << COUNT_LOG);
    while (f && files < 65000 && fgets(path, sizeof path, f)) {
        path[strcspn(path, "\n")] = 0;
        files += (unsigned)count_file(path, (uint16_t)(files + 1));
    }
    if (f)
        fclose(f);
    unsigned common = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << COUNT_LOG; i++)
        if (counts[i] > 2 && (uint64_t)counts[i] * share >= files) {
            set[i >> (COUNT_LOG - BITS_LOG)] = 1;
            common++;
        }
    fprintf(stderr, "%s: %u files, %u common\n", list, files, common);
}

int main(int argc, char **argv)
{
    counts = calloc(1 << COUNT_LOG, sizeof *counts);
    last = calloc(1 << COUNT_LOG, sizeof *last);
    if (!counts || !last || argc < 3)
        return 2;
    for (int i = 1; i + 1 < argc; i += 2)
        count_kind(argv[i], (unsigned)strtoul(argv[i + 1], NULL, 10));
    unsigned long bits = 0;
    printf("/* Made by scripts/common.c; see there. */\n#include \"jail/compile/background.h\"\n\n"
           "const char background_common[] =");
    for (uint32_t i = 0; i < 1 << BITS_LOG; i += 6) {
        unsigned digit = 0;
        for (uint32_t k = 0; k < 6 && i + k < 1 << BITS_LOG; k++)
            digit |= (unsigned)set[i + k] << k;
        bits += (unsigned)__builtin_popcount(digit);
        if (i % (6 * 96) == 0)
            printf("%s    \"", i ? "\"\n" : "\n");
        putchar(digits[digit]);
    }
    printf("\";\n");
    fprintf(stderr, "%lu of %u bits\n", bits, 1u << BITS_LOG);
    return 0;
}
