/* Bottom-up merge sort, between an array and its scratch. No allocation, no recursion. */
#include "common/sort.h"

#include <string.h>

struct run {
    const char *at, *end;
};

/* Merges two neighbouring sorted runs; on a tie the left one goes first. */
static void merge(struct run a, struct run b, char *to, size_t size,
                  int (*compare)(const void *a, const void *b))
{
    while (a.at < a.end && b.at < b.end) {
        struct run *from = compare(a.at, b.at) <= 0 ? &a : &b;
        memcpy(to, from->at, size);
        from->at += size;
        to += size;
    }
    size_t left = (size_t)(a.end - a.at);
    if (left)
        memcpy(to, a.at, left);
    if (b.at < b.end)
        memcpy(to + left, b.at, (size_t)(b.end - b.at));
}

void sort_items(void *items, void *scratch, size_t count, size_t size,
                int (*compare)(const void *a, const void *b))
{
    char *from = items, *to = scratch;
    for (size_t width = 1; width<count; width = width> count / 2 ? count : width * 2) {
        for (size_t at = 0; at < count;) {
            size_t middle = count - at > width ? at + width : count;
            size_t end = count - middle > width ? middle + width : count;
            struct run a = {from + at * size, from + middle * size};
            struct run b = {a.end, from + end * size};
            merge(a, b, to + at * size, size, compare);
            at = end;
        }
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != items && count > 0)
        memcpy(items, from, count * size);
}
