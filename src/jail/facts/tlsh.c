/* TLSH over bytes of any origin. Source: Oliver, Cheng, Chen, "TLSH - A Locality Sensitive Hash",
 * 2013, sections III and IV; the numbers: tlsh_tables.c. */
#include "jail/facts/tlsh.h"

#include "common/sort.h"
#include "jail/facts/tlsh_tables.h"

#include <string.h>

enum { BUCKETS = 128, CODE_BYTES = BUCKETS / 4, WINDOW = 5 };

/* Three of the five bytes of the window, and the salt that belongs to the choice. The newest byte
 * is in each. The salts are the permutation of 2, 3, 5, 7, 11, 13. */
static const struct {
    uint8_t salt, second, third; /* places in `last` */
} triplets[] = {{49, 0, 1}, {12, 0, 2}, {178, 1, 2}, {166, 1, 3}, {84, 0, 3}, {230, 2, 3}};

static uint8_t pearson(uint8_t salt, uint8_t a, uint8_t b, uint8_t c)
{
    const uint8_t *p = tlsh_permutation;
    return p[p[p[salt ^ a] ^ b] ^ c];
}

void tlsh_init(struct tlsh *t)
{
    *t = (struct tlsh){.len = 0};
}

static void add_byte(struct tlsh *t, uint8_t byte)
{
    t->len++;
    if (t->len >= WINDOW) {
        t->checksum = pearson(tlsh_permutation[0], byte, t->last[0], t->checksum);
        for (size_t i = 0; i < sizeof triplets / sizeof triplets[0]; i++) {
            uint8_t second = t->last[triplets[i].second], third = t->last[triplets[i].third];
            t->buckets[pearson(triplets[i].salt, byte, second, third)]++;
        }
    }
    memmove(t->last + 1, t->last, sizeof t->last - 1);
    t->last[0] = byte;
}

void tlsh_add(struct tlsh *t, struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        add_byte(t, span_byte(s, i));
}

static int by_count(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

struct quartiles {
    uint32_t first, second, third;
};

static struct quartiles quartiles_of(const struct tlsh *t)
{
    uint32_t sorted[BUCKETS], scratch[BUCKETS];
    memcpy(sorted, t->buckets, sizeof sorted);
    sort_items(sorted, scratch, BUCKETS, sizeof sorted[0], by_count);
    return (struct quartiles){sorted[BUCKETS / 4 - 1], sorted[BUCKETS / 2 - 1],
                              sorted[BUCKETS - BUCKETS / 4 - 1]};
}

static uint8_t length_byte(uint64_t len)
{
    uint32_t i = 0;
    while (i < TLSH_LENGTHS - 1 && len > tlsh_lengths[i])
        i++;
    return (uint8_t)i;
}

/* Single precision, as the authors' own program: the last digit hangs on it. */
static uint32_t ratio(uint32_t part, uint32_t whole)
{
    return (uint32_t)((float)(part * 100) / (float)whole) % 16;
}

/* Two bits a bucket: in which quarter of all counts its own one lies. */
static uint8_t code_byte(const uint32_t *counts, const struct quartiles *q)
{
    uint32_t code = 0;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t above = (counts[i] > q->first) + (counts[i] > q->second) + (counts[i] > q->third);
        code |= above << (2 * i);
    }
    return (uint8_t)code;
}

static void put_hex(uint8_t *out, uint32_t high, uint32_t low)
{
    static const char digits[] = "0123456789ABCDEF";
    out[0] = (uint8_t)digits[high & 15];
    out[1] = (uint8_t)digits[low & 15];
}

bool tlsh_end(const struct tlsh *t, uint8_t out[TLSH_TEXT_BYTES])
{
    struct quartiles q = quartiles_of(t);
    uint32_t used = 0;
    for (uint32_t i = 0; i < BUCKETS; i++)
        used += t->buckets[i] > 0;
    if (t->len < TLSH_LEAST_BYTES || q.third == 0 || used <= BUCKETS / 2)
        return false;
    uint8_t length = length_byte(t->len);
    memcpy(out, "T1", 2);
    put_hex(out + 2, t->checksum, t->checksum >> 4); /* the head's nibbles stand swapped */
    put_hex(out + 4, length, length >> 4);
    put_hex(out + 6, ratio(q.first, q.third), ratio(q.second, q.third));
    for (uint32_t i = 0; i < CODE_BYTES; i++) {
        uint8_t code = code_byte(t->buckets + 4 * (size_t)(CODE_BYTES - 1 - i), &q);
        put_hex(out + 8 + 2 * (size_t)i, code >> 4, code);
    }
    return true;
}
