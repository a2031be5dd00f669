/* An image given by hand is what its file was when it was opened, whatever is written there later.
 */
#include "open/image_cache.h"

#include "common/crypto.h"
#include "test.h"

#include <fcntl.h>
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
