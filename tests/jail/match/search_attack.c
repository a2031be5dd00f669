/* Objects made to be slow: full of what the tables look for. Work is counted, not timed. */
#include "make_patterns.h"
#include "make_section.h"
#include "test.h"

enum { STRINGS = 60, TEXT = 1 << 20, HEAD = 8 };

/* Strings that share their rare beginning and differ in how many zeros follow. */
static void open_crowded(struct section *b, struct pattern *p)
{
    b->arena = arena_new(0);
    for (uint32_t i = 0; i < STRINGS; i++) {
        uint8_t bytes[HEAD + STRINGS + 2] = "qzjxvkwq";
        bytes[HEAD + i + 1] = 'e';
        struct made_piece m = {span_make(bytes, HEAD + i + 2), 0, 0, 0, 0, 0};
        p[i] = make_chain(b->arena, &m, 1);
    }
    section_open(b, p, STRINGS);
}

static struct span flood(struct arena *a, const char *unit)
{
    size_t len = strlen(unit);
    uint8_t *bytes = arena_alloc(a, TEXT, 1);
    for (size_t i = 0; i < TEXT; i++)
        bytes[i] = (uint8_t)unit[i % len];
    return span_make(bytes, TEXT);
}

static uint64_t alive_count;
static void count_alive(void *ctx, uint32_t rule)
{
    (void)ctx;
    (void)rule;
    alive_count++;
}

TEST(a_crowded_bucket_is_given_up)
{
    static struct pattern p[STRINGS];
    struct section b = {0};
    open_crowded(&b, p);
    struct source source = source_of(flood(b.arena, "qzjxvkwq"));
    struct budget budget;
    budget_init(&budget);
    alive_count = 0;
    assert_true(search_rules(b.search, CLASS_OTHER, &source, &budget, count_alive, NULL));
    /* 131072 places, each a visit of 60 rows and then a compare of some: 8 million steps unbounded
     */
    print_message("%llu steps for %u bytes\n", (unsigned long long)budget.steps_used, TEXT);
    assert_true(budget.steps_used < TEXT / 2);
    assert_int_equal(alive_count, STRINGS); /* given up means: taken as found */
    section_close(&b);
}

TEST(all_matches_stop_at_the_limit)
{
    struct section b = {.arena = arena_new(0)};
    struct pattern p[] = {make_text(b.arena, "qzjx", 0), make_text(b.arena, "q", 0)};
    section_open(&b, p, 2);
    uint8_t *bytes = arena_alloc(b.arena, 5, LIMIT_MATCHES);
    for (size_t i = 0; i < 5 * LIMIT_MATCHES; i++)
        bytes[i] = (uint8_t) "qzjx"[i % 4];
    struct source source = source_of(span_make(bytes, 5 * LIMIT_MATCHES));
    struct hits hits[2] = {0};
    assert_true(section_strings(&b, &source, hits));
    for (int i = 0; i < 2; i++) {
        assert_true(hits[i].too_many);
        assert_int_equal(hits[i].count, LIMIT_MATCHES);
    }
    section_close(&b);
}

TEST(the_budget_ends_both_stages)
{
    struct section b = {.arena = arena_new(0)};
    struct pattern p[] = {make_text(b.arena, "qzjxvk", 0), make_text(b.arena, "z", 0)};
    section_open(&b, p, 2);
    struct source source = source_of(flood(b.arena, "qzjxv."));
    uint32_t both[] = {0, 1};
    struct hits hits[2] = {0};
    struct budget budget;
    budget_init(&budget);
    budget.steps = 1000;
    assert_false(search_rules(b.search, CLASS_OTHER, &source, &budget, count_alive, NULL));
    budget_init(&budget);
    budget.steps = 1000;
    assert_false(search_strings(b.search, &source, both, 2, false, b.arena, &budget, hits));
    assert_true(budget.spent);
    section_close(&b);
}
