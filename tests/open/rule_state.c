/* The rule state: comes back as it was written, is never believed when damaged, and knows what has
 * waited long enough. */
#include "open/rule_state.h"

#include "common/crypto.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/candor-unit.XXXXXX";
static int dir = -1;

static void begin(void)
{
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    (void)snprintf(folder, sizeof folder, "/tmp/candor-unit.XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(rule_state_open(folder, true, &dir, NULL), ERR_NONE);
}

static void end(void)
{
    static const char *const names[] = {"state", "leaves", "lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlinkat(dir, names[i], 0);
    (void)close(dir);
    (void)rmdir(folder);
}

static void fill(struct rule_state *s)
{
    *s = (struct rule_state){.origin = "log.example/rules",
                             .leaf_bytes = 5,
                             .revoked = 2,
                             .fresh_until_s = UINT64_MAX,
                             .taken_s = 1000,
                             .held = "30 of 100 files match",
                             .held_entries = 4};
    merkle_range_init(&s->range);
    for (int i = 0; i < 5; i++) {
        struct merkle_hash h;
        assert_true(merkle_leaf(span_make(&i, sizeof i), &h) && merkle_range_append(&s->range, &h));
    }
    memset(s->active.image, 'a', 64);
    memset(s->active.compiler, 'b', 64);
    s->active.entries = 3;
    s->active.rules = 9;
    rule_state_batch(s, 4, 1000);
    rule_state_batch(s, 5, 2000);
}

TEST(it_comes_back)
{
    struct rule_state s, back;
    begin();
    fill(&s);
    assert_int_equal(rule_state_write(dir, &s, NULL), ERR_NONE);
    assert_int_equal(rule_state_read(dir, &back, NULL), ERR_NONE);
    assert_string_equal(back.origin, s.origin);
    assert_string_equal(back.held, s.held);
    assert_string_equal(back.active.image, s.active.image);
    assert_true(back.range.size == 5 && back.range.count == 2 && back.batch_count == 2 &&
                back.fresh_until_s == UINT64_MAX && back.active.rules == 9 && !back.last.image[0]);
    struct merkle_hash a, b;
    assert_true(merkle_range_root(&s.range, &a) && merkle_range_root(&back.range, &b) &&
                merkle_equal(&a, &b));
    end();
}

static void put(const char *text)
{
    int fd = openat(dir, "state", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

TEST(damaged)
{
    static const char *const bad[] = {
        "",
        "candor-rules/v2\n",
        "candor-rules/v1\nsize 1\n",
        "candor-rules/v1\nsize x\n",
        "candor-rules/v1\nsize 0\nnode 00\n",
        "candor-rules/v1\nsize 0\nsomething 1\n",
        "candor-rules/v1\nsize 0\nbytes 99999999999\n",
        "candor-rules/v1\nsize 0\nactive ../../x b 0 0 0 0 0 0\n",
        "candor-rules/v1\nsize 0\nbatch 1\n",
    };
    struct rule_state s;
    begin();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put(bad[i]);
        if (rule_state_read(dir, &s, NULL) != ERR_LEDGER)
            TEST_FAIL("taken: %s\n", bad[i]);
    }
    put("candor-rules/v1\nsize 0\n");
    assert_int_equal(rule_state_read(dir, &s, NULL), ERR_NONE);
    end();
}

TEST(waiting)
{
    struct rule_state s;
    begin();
    fill(&s);
    assert_true(rule_state_due(&s, 1500, 1000) == 3);
    assert_true(rule_state_due(&s, 2000, 1000) == 4);
    assert_true(rule_state_due(&s, 2999, 1000) == 4);
    assert_true(rule_state_due(&s, 3000, 1000) == 5);
    assert_true(rule_state_due(&s, 10, 0) == 3); /* the clock was set back */
    assert_true(rule_state_due(&s, 2000, 0) == 5);
    for (uint64_t i = 0; i < 200; i++) /* none becomes active before its own time */
        rule_state_batch(&s, 6 + i, 3000 + i);
    assert_true(s.batch_count == RULE_STATE_BATCHES);
    assert_true(rule_state_due(&s, 3000 + 199 + 1000, 1000) == 205);
    assert_true(rule_state_due(&s, 3000 + 150 + 1000, 1000) == 156);
    assert_true(rule_state_due(&s, 3000 + 10 + 1000, 1000) == 3);
    end();
}

TEST(what_an_interrupted_update_left_does_not_count)
{
    struct rule_state s;
    struct buf b;
    begin();
    fill(&s);
    s.leaf_bytes = 0;
    assert_int_equal(rule_state_append(dir, &s, SPAN_OF("hello"), NULL), ERR_NONE);
    struct rule_state kept = s;
    assert_int_equal(rule_state_append(dir, &s, SPAN_OF("torn"), NULL), ERR_NONE);
    assert_int_equal(rule_state_leaves(dir, &kept, &b, NULL), ERR_NONE);
    assert_true(span_equal(buf_get(&b), SPAN_OF("hello")));
    buf_done(&b);
    assert_int_equal(rule_state_append(dir, &kept, SPAN_OF("!!"), NULL), ERR_NONE);
    assert_int_equal(rule_state_leaves(dir, &kept, &b, NULL), ERR_NONE);
    assert_true(span_equal(buf_get(&b), SPAN_OF("hello!!")));
    buf_done(&b);
    kept.leaf_bytes = 100;
    assert_int_equal(rule_state_leaves(dir, &kept, &b, NULL), ERR_LEDGER);
    buf_done(&b);
    end();
}
