/* An image given by hand is what its file was when it was opened, whatever is written there later;
 * and one that was checked is known by its state. */
#include "open/image_cache.h"

#include "common/crypto.h"
#include "open/verdict_cache.h"
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(a_file_that_changes_later)
{
    char path[] = "/tmp/candor-image-XXXXXX", got[9] = "";
    struct image image;
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "CANDORIM", 8), 8);
    assert_int_equal(image_open(path, &image, NULL), ERR_NONE);
    assert_int_equal(image.len, 8);
    assert_int_equal(pwrite(fd, "changed!", 8, 0), 8);
    assert_int_equal(pread(image.fd, got, 8, 0), 8);
    assert_string_equal(got, "CANDORIM");
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pread(image.fd, got, 8, 0), 8);
    assert_int_equal(write(image.fd, "x", 1), -1);
    (void)close(image.fd);
    (void)close(fd);
    (void)unlink(path);
}

static char folder[] = "/var/tmp/candor-known-XXXXXX";

/* As a command does: opened, checked by a jail if it is new, noted. True: it was known. */
static bool use(const char *path, const char *jail_path, char record[160])
{
    struct image image, plain;
    assert_int_equal(image_open_checked(path, jail_path, folder, &image, NULL), ERR_NONE);
    assert_int_equal(image_open(path, &plain, NULL), ERR_NONE);
    assert_string_equal(image.head, plain.head);
    assert_int_equal(image.len, plain.len);
    if (image.is_new)
        image_keep_checked(folder, &image);
    (void)snprintf(record, 160, "%s/%s.checked", folder, image.state);
    (void)close(image.fd);
    (void)close(plain.fd);
    return !image.is_new;
}

/* Root's, and there for longer than two seconds: as an installed image. */
TEST(a_file_that_was_checked_is_known)
{
    static const char path[] = "/bin/true";
    char record[160], other[160];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    assert_non_null(mkdtemp(folder));
    assert_false(use(path, "/bin/sh", record));
    bool may = verdict_cache_may(fd);
    if (!may)
        print_message("# the file system of /bin is not one whose times are believed\n");
    assert_int_equal(use(path, "/bin/sh", record), may);
    assert_false(use(path, "/bin/ls", other)); /* another checker has to look for itself */
    if (may) {
        assert_int_equal(chmod(record, 0622), 0); /* a note that others may have written */
        assert_false(use(path, "/bin/sh", record));
        assert_int_equal(truncate(record, 60), 0);
        assert_false(use(path, "/bin/sh", record));
    }
    (void)close(fd);
    (void)unlink(record);
    (void)unlink(other);
    assert_int_equal(rmdir(folder), 0);
}

TEST(what_is_new_or_open_to_others_is_never_known)
{
    char path[] = "/var/tmp/candor-image-XXXXXX";
    struct image image;
    int fd = mkstemp(path);
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_int_equal(image_open_checked(path, "/bin/sh", "/var/tmp", &image, NULL), ERR_NONE);
    assert_string_equal(image.state, "");
    (void)close(image.fd);
    (void)close(fd);
    (void)unlink(path);
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* no plain file */
    assert_int_equal(image_open_checked("/dev/null", "/bin/sh", "/var/tmp", &image, NULL),
                     ERR_SYSTEM);
    (void)close(fd);
}
