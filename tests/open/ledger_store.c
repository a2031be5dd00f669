/* The ledger on disk: segments, retention, resealing, and several who hold it at once. */
#include "open/ledger_store.h"

#include "common/crypto.h"
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static struct ledger_store *fresh(void)
{
    struct ledger_store *s = NULL;
    struct why why = {0};
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    (void)snprintf(folder, sizeof folder, "/tmp/candor-test.XXXXXX");
    assert_non_null(mkdtemp(folder));
    if (ledger_store_open(&s, folder, &why) != ERR_NONE)
        TEST_FAIL("%s\n", why.text);
    return s;
}

static void remove_folder(void)
{
    static const char *const names[] = {"key", "key.pub", "seal", "head", "lock"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    for (uint32_t n = 0; n < 64; n++)
        for (int dropped = 0; dropped < 2; dropped++) {
            char name[LEDGER_NAME_MAX];
            ledger_files_segment(name, n, dropped);
            (void)snprintf(path, sizeof path, "%s/%s", folder, name);
            (void)unlink(path);
        }
    assert_int_equal(rmdir(folder), 0);
}

static enum err add(struct ledger_store *s, const char *value, enum ledger_commit how)
{
    struct ledger_leaf leaf;
    struct why why = {0};
    ledger_leaf_init(&leaf, LEDGER_KIND_CONFIG, 0);
    leaf.texts[LEDGER_WHAT] = SPAN_OF("test");
    leaf.texts[LEDGER_VALUE] = span_text(value);
    enum err err = ledger_store_add(s, &leaf, &why);
    err = err == ERR_NONE ? ledger_store_commit(s, how, NULL, &why) : err;
    if (err != ERR_NONE)
        print_error("# %s\n", why.text);
    return err;
}

static enum err check(struct ledger_tail *tail, struct why *why)
{
    int dir, lock;
    struct ledger_known known;
    struct note_key key;
    char text[256];
    *why = (struct why){0};
    enum err err = ledger_read_open(folder, &dir, &lock, why);
    if (err == ERR_NONE)
        err = ledger_read_known(dir, &known, &key, text, why);
    if (err == ERR_NONE)
        err = ledger_read_all(dir, &known, NULL, tail, why);
    (void)close(dir);
    (void)close(lock);
    return err;
}

static void check_size(uint64_t size)
{
    struct ledger_tail tail;
    struct why why;
    if (check(&tail, &why) != ERR_NONE)
        TEST_FAIL("%s\n", why.text);
    assert_int_equal(tail.chain.range.size, size);
}

TEST(segments_turn_and_old_ones_become_hashes)
{
    struct ledger_store *s = fresh();
    struct ledger_tail tail;
    struct why why;
    ledger_store_keep(s, 3, 1000);
    for (int i = 0; i < 60; i++)
        assert_int_equal(add(s, "some text of a certain length", LEDGER_SYNC), ERR_NONE);
    assert_int_equal(add(s, "last", LEDGER_SIGN), ERR_NONE);
    assert_int_equal(check(&tail, &why), ERR_NONE);
    assert_true(tail.chain.range.size > 61); /* retention entries, too */
    assert_true(tail.files.whole > 2 && tail.files.newest - tail.files.whole + 1 <= 3);
    assert_true(tail.kept > 0 && tail.retention == tail.kept);
    ledger_store_close(s);

    /* Dropping one more than was allowed is seen. */
    char from[128], to[128], name[LEDGER_NAME_MAX];
    ledger_files_segment(name, tail.files.whole, false);
    (void)snprintf(from, sizeof from, "%s/%s", folder, name);
    (void)snprintf(to, sizeof to, "%s/aside", folder);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(check(&tail, &why), ERR_LEDGER);
    assert_non_null(strstr(why.text, "missing"));
    assert_int_equal(rename(to, from), 0);
    assert_int_equal(check(&tail, &why), ERR_NONE);
    remove_folder();
}

TEST(two_writers_take_turns)
{
    struct ledger_store *a = fresh(), *b = NULL;
    assert_int_equal(ledger_store_open(&b, folder, NULL), ERR_NONE);
    ledger_store_keep(a, 0, 700);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(add(a, "by a", i % 2 ? LEDGER_WRITE : LEDGER_SYNC), ERR_NONE);
        assert_int_equal(add(b, "by b", i % 3 ? LEDGER_WRITE : LEDGER_SIGN), ERR_NONE);
    }
    ledger_store_close(a);
    ledger_store_close(b);
    check_size(40);
    remove_folder();
}

TEST(a_torn_record_is_cut_off_by_the_next_writer)
{
    struct ledger_store *s = fresh();
    struct ledger_tail tail;
    struct why why;
    char path[128];
    assert_int_equal(add(s, "one", LEDGER_SIGN), ERR_NONE);
    ledger_store_close(s);
    (void)snprintf(path, sizeof path, "%s/00000000.seg", folder);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "\x40\0\0\0cando", 9), 9);
    (void)close(fd);
    assert_int_equal(check(&tail, &why), ERR_NONE);
    assert_int_equal(tail.torn, 9);
    assert_int_equal(ledger_store_open(&s, folder, NULL), ERR_NONE);
    assert_int_equal(add(s, "two", LEDGER_SIGN), ERR_NONE);
    ledger_store_close(s);
    assert_int_equal(check(&tail, &why), ERR_NONE);
    assert_true(tail.torn == 0 && tail.chain.range.size == 2);
    remove_folder();
}

TEST(what_was_begun_and_never_written_is_made_again)
{
    struct ledger_store *s = fresh();
    char path[128];
    ledger_store_close(s);
    (void)snprintf(path, sizeof path, "%s/key.pub", folder);
    assert_int_equal(unlink(path), 0); /* killed before the last file was there */
    assert_int_equal(ledger_store_open(&s, folder, NULL), ERR_NONE);
    assert_int_equal(add(s, "one", LEDGER_SIGN), ERR_NONE);
    ledger_store_close(s);
    check_size(1);
    assert_int_equal(unlink(path), 0); /* but a ledger with entries is never begun anew */
    assert_int_equal(ledger_store_open(&s, folder, NULL), ERR_LEDGER);
    remove_folder();
}

TEST(the_owners_key_checks_what_came_after)
{
    struct ledger_store *s = fresh();
    struct ledger_seal seal;
    assert_int_equal(add(s, "before", LEDGER_SYNC), ERR_NONE);
    assert_int_equal(ledger_store_reseal(s, &seal, NULL), ERR_NONE);
    assert_int_equal(seal.index, 1);
    for (int i = 0; i < 5; i++)
        assert_int_equal(add(s, "after", LEDGER_SYNC), ERR_NONE);
    ledger_store_close(s);
    int dir, lock;
    struct ledger_known known;
    struct ledger_tail tail;
    struct note_key key;
    char text[256];
    assert_int_equal(ledger_read_open(folder, &dir, &lock, NULL), ERR_NONE);
    assert_int_equal(ledger_read_known(dir, &known, &key, text, NULL), ERR_NONE);
    known.has_owner = true;
    known.owner = seal;
    known.owner_end = LEDGER_NONE;
    assert_int_equal(ledger_read_all(dir, &known, NULL, &tail, NULL), ERR_NONE);
    assert_int_equal(tail.owner_checked, 6); /* the entry that says so, and five */
    (void)close(dir);
    (void)close(lock);
    remove_folder();
}
