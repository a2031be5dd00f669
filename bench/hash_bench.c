/* Hash tables of an image: how fast it is there, how fast a value is looked up.
 *
 *   hash_bench IMAGE LIST     LIST: of the image's lines "MD5:SIZE:NAME", or MD5s alone
 *
 * Prints one line: mapped in ms (open, map, check of the directory; not the whole check that a new
 * image gets), then look-ups of values that are there and of values that are not, ns each, best of
 * three. */
#include "common/text.h"
#include "jail/match/hashes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { VALUES = 1 << 20, ROUNDS = 3 };

static struct {
    uint64_t size;
    uint8_t md5[16];
} values[VALUES];
static uint64_t met;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void on_met(void *ctx, uint32_t index)
{
    (void)ctx;
    (void)index;
    met++;
}

static struct span map_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return (struct span){NULL, 0};
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    return p == MAP_FAILED ? (struct span){NULL, 0} : span_make(p, (size_t)st.st_size);
}

static uint32_t read_values(const char *path)
{
    struct span rest = map_file(path), line;
    uint32_t count = 0;
    while (count < VALUES && text_line(&rest, &line)) {
        for (size_t i = 0; i < 16; i++)
            values[count].md5[i] = (uint8_t)(text_hex_digit(span_byte(line, 2 * i)) * 16 +
                                             text_hex_digit(span_byte(line, 2 * i + 1)));
        struct span fields = span_cut(line, 33, SIZE_MAX), size;
        values[count].size = 1;
        if (text_field(&fields, ':', &size))
            (void)text_u64(size, &values[count].size);
        count++;
    }
    return count;
}

/* ns a look-up; in an order that is not the list's. */
static double look_up(const struct ruleset *r, uint32_t count)
{
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        met = 0;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t k = (uint32_t)((i * UINT64_C(40503)) % count);
            struct budget budget;
            budget_init(&budget);
            struct object o = {.source = {.size = values[k].size}, .md5 = values[k].md5};
            (void)hashes_scan(r, &o, &budget, on_met, NULL);
        }
        double spent = (now() - start) / count * 1e9;
        best = spent < best ? spent : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    struct ruleset r;
    struct why why = {0};
    if (argc != 3)
        return 2;
    uint32_t count = read_values(argv[2]);
    double start = now();
    struct span image = map_file(argv[1]);
    if (count == 0 || !image.at || ruleset_open(&r, image, &why) != ERR_NONE) {
        (void)fprintf(stderr, "hash_bench: %s\n", why.text[0] ? why.text : "nothing to look up");
        return 1;
    }
    double mapped = (now() - start) * 1e3;
    double there = look_up(&r, count);
    uint64_t found = met;
    for (uint32_t i = 0; i < count; i++)
        values[i].md5[7] ^= 0x55;
    double absent = look_up(&r, count);
    (void)printf("mapped %.3f ms, met %.0f ns, not met %.0f ns, %llu of %u found, %llu false\n",
                 mapped, there, absent, (unsigned long long)found, count, (unsigned long long)met);
    return found < count;
}
