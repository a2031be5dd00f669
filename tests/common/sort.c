/* Sorting: every small length, ties in order, the worst orders. */
#include "common/sort.h"

#include "test.h"

struct item {
    uint32_t key, place;
};

static int compare(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static void check(struct item *items, size_t count)
{
    struct item *scratch = calloc(count + 1, sizeof *scratch);
    assert_non_null(scratch);
    for (size_t i = 0; i < count; i++)
        items[i].place = (uint32_t)i;
    scratch[count].key = 0x5a5a5a5a;
    sort_items(items, scratch, count, sizeof *items, compare);
    for (size_t i = 1; i < count; i++)
        assert_true(items[i - 1].key < items[i].key ||
                    (items[i - 1].key == items[i].key && items[i - 1].place < items[i].place));
    assert_int_equal(scratch[count].key, 0x5a5a5a5a);
    free(scratch);
}

TEST(all_lengths_and_orders)
{
    struct item items[300];
    for (size_t count = 0; count <= 300; count += count < 40 ? 1 : 13) {
        for (size_t i = 0; i < count; i++)
            items[i].key = (uint32_t)(test_random() % 50);
        check(items, count);
        for (size_t i = 0; i < count; i++)
            items[i].key = (uint32_t)(count - i);
        check(items, count);
        for (size_t i = 0; i < count; i++)
            items[i].key = 7;
        check(items, count);
    }
}
