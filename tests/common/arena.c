/* Arena, buffer and map: quotas, overflow, growth. */
#include "common/arena.h"

#include "common/buf.h"
#include "common/map.h"
#include "test.h"

TEST(zeroed_and_aligned)
{
    struct arena *a = arena_new(0);
    for (size_t i = 1; i < 3000; i += 7) {
        uint8_t *p = arena_alloc(a, 1, i);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xee, i);
    }
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    uint8_t *p = arena_alloc(a, 1, 40000);
    for (size_t k = 0; k < 40000; k++)
        assert_int_equal(p[k], 0);
    arena_free(a);
}

TEST(reused_memory_is_zeroed)
{
    struct arena *a = arena_new(0);
    for (int round = 0; round < 4; round++) {
        for (size_t bytes = 1; bytes < 1 << 20; bytes = bytes * 3 + 5) {
            uint8_t *p = arena_alloc(a, 1, bytes);
            assert_non_null(p);
            for (size_t k = 0; k < bytes; k++)
                assert_int_equal(p[k], 0);
            memset(p, 0xa5, bytes);
        }
        arena_reset(a);
    }
    arena_free(a);
}

TEST(a_quota_holds)
{
    struct arena *a = arena_new(1000);
    assert_non_null(arena_alloc(a, 1, 900));
    assert_null(arena_alloc(a, 1, 200));
    assert_non_null(arena_alloc(a, 0, 8));
    assert_null(arena_alloc(a, SIZE_MAX, 2));
    assert_null(arena_alloc(a, SIZE_MAX / 2, 16));
    arena_free(a);
    arena_free(NULL);
}

TEST(arrays_grow_and_keep_their_items)
{
    struct arena *a = arena_new(0);
    uint32_t *items = NULL, cap = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        assert_true(arena_grow(a, (void **)&items, &cap, i + 1, sizeof *items));
        items[i] = i;
    }
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(items[i], i);
    arena_free(a);
}

TEST(a_buffer_has_a_ceiling_and_remembers_failure)
{
    struct buf b;
    buf_init(&b, 10);
    buf_text(&b, "12345");
    assert_false(b.bad);
    buf_text(&b, "678901");
    assert_true(b.bad);
    assert_null(buf_add(&b, 1));
    buf_clear(&b);
    assert_false(b.bad);
    buf_u32le(&b, 0x04030201);
    buf_align(&b, 8);
    assert_true(span_equal(buf_get(&b), SPAN_OF("\x01\x02\x03\x04\0\0\0\0")));
    buf_done(&b);
    assert_null(b.at);
}

TEST(a_map_finds_what_was_put)
{
    struct arena *a = arena_new(0);
    struct map *m = map_new(a);
    for (uint64_t i = 0; i < 5000; i++) {
        char key[32];
        int n = snprintf(key, sizeof key, "key-%llu", (unsigned long long)i);
        assert_true(map_put(m, arena_copy(a, span_make(key, (size_t)n)), i * 3));
    }
    uint64_t v = 0;
    assert_int_equal(map_count(m), 5000);
    assert_true(map_find(m, SPAN_OF("key-4999"), &v));
    assert_int_equal(v, 4999 * 3);
    assert_false(map_find(m, SPAN_OF("key-5000"), &v));
    assert_true(map_put(m, SPAN_OF("key-1"), 9));
    assert_true(map_find(m, SPAN_OF("key-1"), &v) && v == 9);
    assert_int_equal(map_count(m), 5000);
    assert_true(map_put(m, SPAN_OF(""), 1));
    assert_true(map_find(m, SPAN_OF(""), &v) && v == 1);
    arena_free(a);
}
