/* The inbox: whole files appear in one step, what broke off goes on at a round place, strange entries do no harm. */
#include "edge/inbox.h"

#include "build/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/candor-inbox-XXXXXX";
static char piece[INBOX_STEP];

static struct inbox begin(void)
{
    struct inbox in = {.dir = -1};
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(inbox_open(&in, folder, NULL), ERR_NONE);
    return in;
}

static void end(struct inbox *in)
{
    inbox_close(in);
    assert_int_equal(rmdir(folder), 0); /* nothing was left behind */
}

static int64_t size_of(const struct inbox *in, const char *name)
{
    struct stat st;
    return fstatat(in->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (int64_t)st.st_size : -1;
}

TEST(a_whole_file_appears_in_one_step)
{
    struct inbox in = begin();
    struct inbox_part part;
    assert_int_equal(inbox_find(&in, "a.bundle", &part, NULL), ERR_NONE);
    assert_int_equal(part.have, 0);
    assert_int_equal(inbox_begin(&part, 6, NULL), ERR_NONE);
    assert_int_equal(inbox_write(&part, "abcdef", 6, NULL), ERR_NONE);
    assert_int_equal(size_of(&in, "a.bundle"), -1);
    assert_int_equal(size_of(&in, "a.bundle.6.part"), 6);
    assert_int_equal(inbox_finish(&part, NULL), ERR_NONE);
    assert_int_equal(size_of(&in, "a.bundle"), 6);
    assert_int_equal(size_of(&in, "a.bundle.6.part"), -1);
    assert_int_equal(unlinkat(in.dir, "a.bundle", 0), 0);
    end(&in);
}

TEST(too_few_bytes_are_not_whole)
{
    struct inbox in = begin();
    struct inbox_part part;
    assert_int_equal(inbox_find(&in, "a", &part, NULL), ERR_NONE);
    assert_int_equal(inbox_begin(&part, 7, NULL), ERR_NONE);
    assert_int_equal(inbox_write(&part, "abcdef", 6, NULL), ERR_NONE);
    assert_int_equal(inbox_finish(&part, NULL), ERR_PEER);
    inbox_drop(&part);
    end(&in);
}

TEST(what_broke_off_goes_on_at_a_round_place)
{
    struct inbox in = begin();
    struct inbox_part part;
    assert_int_equal(inbox_find(&in, "a", &part, NULL), ERR_NONE);
    assert_int_equal(inbox_begin(&part, 3 * INBOX_STEP, NULL), ERR_NONE);
    assert_int_equal(inbox_write(&part, piece, INBOX_STEP, NULL), ERR_NONE);
    assert_int_equal(inbox_write(&part, piece, 1000, NULL), ERR_NONE);
    inbox_leave(&part);
    assert_int_equal(inbox_find(&in, "a", &part, NULL), ERR_NONE);
    assert_int_equal(part.have, INBOX_STEP);
    assert_int_equal(part.total, 3 * INBOX_STEP);
    for (int i = 0; i < 2; i++)
        assert_int_equal(inbox_write(&part, piece, INBOX_STEP, NULL), ERR_NONE);
    assert_int_equal(inbox_finish(&part, NULL), ERR_NONE);
    assert_int_equal(size_of(&in, "a"), 3 * INBOX_STEP);
    assert_int_equal(unlinkat(in.dir, "a", 0), 0);
    end(&in);
}

TEST(too_little_or_of_no_known_length_is_dropped)
{
    struct inbox in = begin();
    struct inbox_part part;
    assert_int_equal(inbox_find(&in, "a", &part, NULL), ERR_NONE);
    assert_int_equal(inbox_begin(&part, 3 * INBOX_STEP, NULL), ERR_NONE);
    assert_int_equal(inbox_write(&part, piece, 1000, NULL), ERR_NONE);
    assert_int_equal(inbox_resume(&part, NULL), ERR_NONE);
    assert_int_equal(part.have, 0);
    assert_int_equal(inbox_begin(&part, 0, NULL), ERR_NONE);
    assert_int_equal(inbox_write(&part, piece, INBOX_STEP, NULL), ERR_NONE);
    inbox_leave(&part);
    end(&in);
}

TEST(strange_entries_do_no_harm)
{
    static const char *const names[] = {"a.part", "a..part", "a.x.part", "a.99999999999999999999.part", "b.3145728.part", "a.3145728.part.x"};
    struct inbox in = begin();
    struct inbox_part part;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int fd = openat(in.dir, names[i], O_CREAT | O_WRONLY, 0644);
        assert_true(fd >= 0);
        (void)close(fd);
    }
    assert_int_equal(symlinkat("/etc/passwd", in.dir, "a.3145728.part"), 0);
    assert_int_equal(inbox_find(&in, "a", &part, NULL), ERR_NONE);
    assert_int_equal(part.have, 0);
    assert_int_equal(size_of(&in, "a.3145728.part"), -1); /* the link is gone, what it named is not */
    assert_int_equal(access("/etc/passwd", F_OK), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(unlinkat(in.dir, names[i], 0), 0);
    end(&in);
}

TEST(a_name_in_the_way_is_replaced)
{
    struct inbox in = begin();
    struct inbox_part part;
    assert_int_equal(symlinkat("/etc/passwd", in.dir, "a.6.part"), 0);
    assert_int_equal(inbox_find(&in, "other", &part, NULL), ERR_NONE);
    part.name = "a";
    assert_int_equal(inbox_begin(&part, 6, NULL), ERR_NONE);
    assert_int_equal(inbox_write(&part, "abcdef", 6, NULL), ERR_NONE);
    assert_int_equal(size_of(&in, "a.6.part"), 6);
    inbox_drop(&part);
    end(&in);
}
