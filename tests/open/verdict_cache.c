/* What is kept is found again and nothing else; whoever tampers with the file loses it. */
#include "open/verdict_cache.h"

#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANY = 100000 };
#define NOW (UINT64_C(1000) * 1000000000)

static char folder[] = "/tmp/candor-verdicts.XXXXXX", path[128];
static const uint8_t key[32] = {1, 2, 3}, other_key[32] = {1, 2, 4};

static struct verdict_cache *open_it(const uint8_t k[32])
{
    struct verdict_cache *c = NULL;
    struct why why = {0};
    assert_int_equal(verdict_cache_open(&c, path, k, &why), ERR_NONE);
    return c;
}

static struct verdict_cache *fresh(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/verdicts", folder);
    return open_it(key);
}

static void clean_up(struct verdict_cache *c)
{
    verdict_cache_close(c);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing was left aside */
}

static struct file_state state_of(uint64_t i)
{
    return (struct file_state){7, i + 1, i * 3, 100 + i, 200 + i};
}

TEST(every_part_of_a_state_counts)
{
    struct verdict_cache *c = fresh();
    struct file_state s = state_of(5);
    assert_false(verdict_cache_has(c, &s));
    assert_true(verdict_cache_keep(c, &s, NOW));
    assert_true(verdict_cache_has(c, &s));
    uint64_t *words = (uint64_t *)&s;
    for (size_t i = 0; i < sizeof s / 8; i++)
        for (unsigned bit = 0; bit < 64; bit += 3) {
            words[i] ^= UINT64_C(1) << bit;
            assert_false(verdict_cache_has(c, &s));
            words[i] ^= UINT64_C(1) << bit;
        }
    clean_up(c);
}

TEST(a_file_that_changed_a_moment_ago_is_not_kept)
{
    struct verdict_cache *c = fresh();
    struct file_state s = state_of(5);
    s.ctime_ns = NOW - UINT64_C(1000000000) * VERDICT_SETTLED_S + 1;
    assert_false(verdict_cache_keep(c, &s, NOW));
    assert_false(verdict_cache_has(c, &s));
    s.ctime_ns--;
    assert_true(verdict_cache_keep(c, &s, NOW));
    s.ctime_ns = UINT64_MAX; /* from a broken file system */
    assert_false(verdict_cache_keep(c, &s, NOW));
    clean_up(c);
}

TEST(a_newer_state_takes_the_older_ones_place)
{
    struct verdict_cache *c = fresh();
    struct file_state old = state_of(5), newer = old;
    newer.ctime_ns++;
    assert_true(verdict_cache_keep(c, &old, NOW) && verdict_cache_keep(c, &newer, NOW));
    assert_false(verdict_cache_has(c, &old));
    assert_true(verdict_cache_has(c, &newer));
    clean_up(c);
}

TEST(it_grows_and_outlives_its_process)
{
    struct verdict_cache *c = fresh();
    unsigned lost = 0;
    for (uint64_t i = 0; i < MANY; i++) {
        struct file_state s = state_of(i * i);
        assert_true(verdict_cache_keep(c, &s, NOW));
    }
    verdict_cache_close(c);
    c = open_it(key);
    for (uint64_t i = 0; i < MANY; i++) {
        struct file_state s = state_of(i * i), never = state_of(i * i + 20000000000);
        lost += !verdict_cache_has(c, &s);
        assert_false(verdict_cache_has(c, &never));
    }
    assert_true(lost <= MANY / 10000); /* a crowded place gives one up: it is scanned again */
    clean_up(c);
}

TEST(other_rules_know_nothing)
{
    struct verdict_cache *c = fresh();
    struct file_state s = state_of(5);
    assert_true(verdict_cache_keep(c, &s, NOW));
    verdict_cache_close(c);
    c = open_it(other_key);
    assert_false(verdict_cache_has(c, &s));
    clean_up(c);
}

TEST(two_at_once_one_writes)
{
    struct verdict_cache *c = fresh();
    struct file_state s = state_of(5), t = state_of(6);
    assert_true(verdict_cache_keep(c, &s, NOW));
    struct verdict_cache *reader = open_it(key);
    assert_true(verdict_cache_has(reader, &s));
    assert_false(verdict_cache_keep(reader, &t, NOW));
    verdict_cache_close(reader);
    clean_up(c);
}

/* One verdict kept, then the file is changed by `change`; is it still believed? */
static bool believed_after(void (*change)(void))
{
    struct verdict_cache *c = fresh();
    struct file_state s = state_of(5);
    assert_true(verdict_cache_keep(c, &s, NOW));
    verdict_cache_close(c);
    change();
    c = open_it(key);
    bool has = verdict_cache_has(c, &s);
    assert_true(verdict_cache_keep(c, &s, NOW) && verdict_cache_has(c, &s)); /* it works again */
    clean_up(c);
    return has;
}

static void nothing(void)
{
}

static void group_may_write(void)
{
    assert_int_equal(chmod(path, 0660), 0);
}

static void cut(void)
{
    assert_int_equal(truncate(path, 5000), 0);
}

static void longer(void)
{
    assert_int_equal(truncate(path, 64 << 20), 0);
}

static void empty(void)
{
    assert_int_equal(truncate(path, 0), 0);
}

static char second[160];

static void a_second_name(void)
{
    (void)snprintf(second, sizeof second, "%s-2", folder);
    assert_int_equal(link(path, second), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(second, path), 0);
}

static void flip_every_check(void)
{
    int fd = open(path, O_RDWR);
    uint8_t byte;
    for (off_t at = 64 + 40; pread(fd, &byte, 1, at) == 1; at += 48) {
        byte ^= byte ? 0x40 : 0;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    (void)close(fd);
}

TEST(a_file_that_others_touched_is_not_believed)
{
    assert_true(believed_after(nothing));
    assert_false(believed_after(group_may_write));
    assert_false(believed_after(cut));
    assert_false(believed_after(longer));
    assert_false(believed_after(empty));
    assert_false(believed_after(a_second_name));
    assert_false(believed_after(flip_every_check));
    (void)unlink(second);
}

/* Somebody cuts the file short while it is in use: what was not read yet is not known, and what is
 * kept from then on does no harm. A mapping would have ended the process. */
TEST(cut_short_while_it_is_used)
{
    struct verdict_cache *c = fresh();
    for (uint64_t i = 0; i < MANY; i++) {
        struct file_state s = state_of(i);
        assert_true(verdict_cache_keep(c, &s, NOW));
    }
    verdict_cache_close(c);
    c = open_it(key);
    struct file_state first = state_of(0);
    assert_true(verdict_cache_has(c, &first));
    assert_int_equal(truncate(path, 0), 0);
    unsigned known = 0;
    for (uint64_t i = 0; i < MANY; i++) {
        struct file_state s = state_of(i);
        known += verdict_cache_has(c, &s);
    }
    assert_true(known >= 1 && known < MANY / 10);
    struct file_state later = state_of(MANY + 5);
    assert_true(verdict_cache_keep(c, &later, NOW));
    assert_true(verdict_cache_has(c, &later));
    verdict_cache_close(c);
    c = open_it(key); /* whatever lies there now, it opens and knows nothing false */
    struct file_state never = state_of(MANY + 6);
    assert_false(verdict_cache_has(c, &never));
    clean_up(c);
}
