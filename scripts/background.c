/* Counts how common four bytes are in ordinary files and prints background_table.c. Run by hand,
 * seldom; the result is checked in.
 *
 *   cc -O2 -o /tmp/background scripts/background.c
 *   find /usr/bin /usr/lib/x86_64-linux-gnu -type f >elf; find /usr/share /usr/include ... >text
 *   find DIR_OF_WINDOWS_PROGRAMS -type f >pe
 *   /tmp/background elf text pe >src/jail/compile/background_table.c
 *
 * Each list is one kind of file and weighs as much as the others. Of each file the first 2 MiB are
 * read, of each kind 160 MiB. Bytes are folded (& 0xDF, as grams.h), which leaves 7 bits each.
 * Needs 2 GiB of memory. The table has two parts: how often each pair of bytes stands together,
 * from which any four bytes are estimated as a chain; and the grams that are far more common than
 * that. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MOST = 2 << 20,
    KIND_MOST = 160 << 20,
    LETTERS = 128,
    GRAMS = 1 << 28,
    BUCKETS = 1 << 13,
    SLOTS = 4,
};

struct extra {
    uint32_t gram;
    uint32_t level;
    double excess;
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
static float *share; /* of each gram, mean over kinds */
static uint32_t *counts;
static double pairs[LETTERS][LETTERS], singles[LETTERS];
static struct extra extras[BUCKETS][SLOTS];
static uint8_t bytes[FILE_MOST];

/* 7 bits: bit 5 is out. */
static uint32_t pack(uint8_t b)
{
    return (uint32_t)((b & 0x1f) | (b & 0xc0) >> 1);
}

static uint64_t count_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    size_t len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    uint32_t gram = 0;
    for (size_t i = 0; i < len; i++) {
        gram = gram >> 7 | pack(bytes[i]) << 21;
        if (i >= 3)
            counts[gram]++;
    }
    return len;
}

static void count_kind(const char *list, double weight)
{
    static char path[8192];
    uint64_t total = 0;
    FILE *f = fopen(list, "r");
    memset(counts, 0, GRAMS * sizeof *counts);
    while (f && total < KIND_MOST && fgets(path, sizeof path, f)) {
        path[strcspn(path, "\n")] = 0;
        total += count_file(path);
    }
    if (f)
        fclose(f);
    for (uint32_t g = 0; total && g < GRAMS; g++)
        share[g] += (float)(weight * counts[g] / (double)total);
}

static uint32_t level_of(double p)
{
    double level = p > 0 ? -2 * log2(p) : 63;
    return level < 0 ? 0 : level > 63 ? 63 : (uint32_t)(level + 0.5);
}

static double chain(uint32_t gram)
{
    uint32_t a = gram & 127, b = gram >> 7 & 127, c = gram >> 14 & 127, d = gram >> 21;
    double level = level_of(pairs[a][b]) + level_of(pairs[b][c]) + level_of(pairs[c][d]);
    return exp2(-(level - level_of(singles[b]) - level_of(singles[c])) / 2);
}

/* As background.c. */
static uint32_t unpacked(uint32_t gram)
{
    uint32_t out = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t b = gram >> 7 * i & 127;
        out |= ((b & 0x1f) | (b & 0x60) << 1) << 8 * i;
    }
    return out;
}

static void keep_extra(uint32_t gram, double p)
{
    double guess = chain(gram);
    if (p < 1.5e-6 || p < 2.8 * guess)
        return;
    struct extra e = {gram, level_of(p), p - guess};
    struct extra *row = extras[unpacked(gram) * 0x9E3779B1u >> 19];
    for (int i = 0; i < SLOTS; i++) {
        struct extra old = row[i];
        if (e.excess > old.excess) {
            row[i] = e;
            e = old;
        }
    }
}

static void print_part(const char *name, uint32_t count, char (*at)(uint32_t))
{
    printf("\nconst char %s[] =", name);
    for (uint32_t i = 0; i < count; i++) {
        if (i % 96 == 0)
            printf("%s    \"", i ? "\"\n" : "\n");
        putchar(at(i));
    }
    printf("\";\n");
}

static char single_at(uint32_t i)
{
    return digits[level_of(singles[i])];
}

static char pair_at(uint32_t i)
{
    return digits[level_of(pairs[i / LETTERS][i % LETTERS])];
}

/* Four digits a slot: 18 bits of a second hash, then the level. */
static char extra_at(uint32_t i)
{
    const struct extra *e = &extras[i / 4 / SLOTS][i / 4 % SLOTS];
    uint32_t mark = e->excess > 0 ? unpacked(e->gram) * 0x85EBCA6Bu >> 14 : 0;
    uint32_t all = mark << 6 | (e->excess > 0 ? e->level : 63);
    return digits[all >> 6 * (3 - i % 4) & 63];
}

int main(int argc, char **argv)
{
    share = calloc(GRAMS, sizeof *share);
    counts = calloc(GRAMS, sizeof *counts);
    if (!share || !counts || argc < 2)
        return 2;
    for (int i = 1; i < argc; i++)
        count_kind(argv[i], 1.0 / (argc - 1));
    for (uint32_t g = 0; g < GRAMS; g++) {
        pairs[g & 127][g >> 7 & 127] += (double)share[g];
        singles[g & 127] += (double)share[g];
    }
    for (uint32_t g = 0; g < GRAMS; g++)
        if (share[g] > 0)
            keep_extra(g, (double)share[g]);
    printf("/* Made by scripts/background.c; see there. */\n"
           "#include \"jail/compile/background.h\"\n");
    print_part("background_singles", LETTERS, single_at);
    print_part("background_pairs", LETTERS * LETTERS, pair_at);
    print_part("background_extras", BUCKETS * SLOTS * 4, extra_at);
    return 0;
}
