/* Regions of a process: which holds an address, and each as an object of its own. */
#include "jail/object/memory.h"

#include "test.h"

#include <string.h>

/* What can be read: the first region whole, eight bytes of the second. */
static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    static const uint8_t bytes[] = "0123456789abcdef";
    (void)ctx;
    uint64_t base = at >= 0x2000 ? 0x2000 : 0x1000;
    size_t have = base == 0x2000 ? 8 : 16;
    return span_cut(span_make(bytes, have), (size_t)(at - base), len);
}

static const struct batch_region regions[] = {{0x1000, 16}, {0x1010, 4}, {0x2000, 16}};

static struct object process(struct memory *m)
{
    *m = (struct memory){.regions = regions, .count = 3, .bytes = 36};
    return (struct object){.source = {.size = 0x2010, .fetch = fetch, .is_sparse = true},
                           .memory = m};
}

TEST(an_address_is_in_one_region_or_in_none)
{
    static const struct {
        uint64_t at;
        uint32_t want;
    } rows[] = {{0, 3},      {0xfff, 3},  {0x1000, 0}, {0x100f, 0}, {0x1010, 1},
                {0x1014, 3}, {0x2000, 2}, {0x200f, 2}, {0x2010, 3}, {UINT64_MAX, 3}};
    struct memory m;
    (void)process(&m);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(memory_find(&m, rows[i].at), rows[i].want);
    m.count = 0;
    assert_int_equal(memory_find(&m, 0x1000), 0);
}

TEST(a_region_begins_at_nought)
{
    struct memory m;
    struct object o = process(&m);
    struct memory_part part;
    memory_part(&part, &o, 0);
    assert_true(part.object.is_region);
    assert_null(part.object.memory);
    assert_int_equal(part.object.base, 0x1000);
    assert_true(span_equal(source_view(&part.object.source, 10, 100), SPAN_OF("abcdef")));
    assert_false(part.object.source.failed);
}

TEST(what_cannot_be_read_ends_it_and_is_noted)
{
    struct memory m;
    struct object o = process(&m);
    struct memory_part part;
    memory_part(&part, &o, 2);
    assert_true(span_equal(source_view(&part.object.source, 4, 100), SPAN_OF("4567")));
    assert_true(part.object.source.failed);
    assert_int_equal(part.object.source.size, 8);
    assert_false(o.source.failed); /* holes are what a process is made of */
}
