/* Large files that wait: which do, in which order they come out, and that nothing is lost. */
#include "open/waiting.h"

#include "test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void add(struct waiting *w, uint64_t size)
{
    struct report *r = report_new(SPAN_OF("x"));
    assert_non_null(r);
    r->size = size;
    assert_true(waiting_takes(w, size));
    (void)waiting_add(w, open("/dev/null", O_RDONLY | O_CLOEXEC), r);
}

static struct slot *new_slot(void)
{
    static struct spawn_slot memory;
    static struct slot s;
    slot_clear(&s);
    if (!memory.window)
        memory.window = calloc(1, WINDOW_DATA);
    s.memory = &memory;
    return &s;
}

TEST(small_and_huge_files_do_not_wait)
{
    struct waiting w = {.count = 0};
    assert_false(waiting_takes(&w, WAITING_LEAST - 1));
    assert_true(waiting_takes(&w, WAITING_LEAST));
    assert_true(waiting_takes(&w, WAITING_MOST));
    assert_false(waiting_takes(&w, (uint64_t)WAITING_MOST + 1));
    assert_false(waiting_takes(&w, UINT64_MAX));
}

TEST(full_after_so_many)
{
    struct waiting w = {.count = 0};
    for (uint32_t i = 1; i < WAITING_MAX; i++)
        add(&w, WAITING_LEAST + i);
    struct report *r = report_new(SPAN_OF("last"));
    r->size = WAITING_LEAST;
    assert_true(waiting_add(&w, open("/dev/null", O_RDONLY | O_CLOEXEC), r));
    waiting_clear(&w);
    assert_int_equal(w.count, 0);
}

/* Three parts: each has about a third, the first the largest, and every file is in one of them. */
TEST(parts_share_the_files)
{
    struct waiting w = {.count = 0};
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 11; i++)
        add(&w, WAITING_LEAST + i * 7919 % 11);
    for (uint32_t parts = 3; parts > 0; parts--) {
        struct slot *s = new_slot();
        uint32_t had = w.count;
        uint64_t largest = w.files[0].report->size;
        waiting_give(&w, parts, s);
        assert_int_equal(s->count, (had + parts - 1) / parts);
        assert_int_equal(s->files[0].report->size, largest);
        for (uint32_t i = 0; i < s->count; i++) {
            const struct batch_file *f = &s->memory->window->order.files[i];
            assert_int_equal(f->size, s->files[i].report->size);
            assert_int_equal(f->is_whole, 0);
            assert_true(i == 0 || f->size <= s->files[i - 1].report->size);
            sum += f->size - WAITING_LEAST;
        }
    }
    assert_int_equal(w.count, 0);
    assert_int_equal(sum, 55);
    (void)new_slot();
}
