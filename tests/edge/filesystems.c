/* Which descriptors are read: disks and memory; of the rest what mountinfo knows as a good kind. */
#include "edge/filesystems.h"

#include "build/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int text_fd(const char *text)
{
    int fd = memfd_create("mountinfo", 0);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return fd;
}

TEST(memory_has_seals)
{
    uint64_t size = 0;
    int mounts = text_fd(""), fd = text_fd("12345");
    assert_null(filesystems_refuse(mounts, fd, &size));
    assert_int_equal(size, 5);
    (void)close(fd);
    (void)close(mounts);
}

TEST(not_a_file)
{
    uint64_t size = 0;
    int mounts = text_fd(""), ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_string_equal(filesystems_refuse(mounts, ends[0], &size), "Not a regular file");
    int folder = open("/", O_RDONLY);
    assert_string_equal(filesystems_refuse(mounts, folder, &size), "Not a regular file");
    assert_string_equal(filesystems_refuse(mounts, -1, &size), "Not a regular file");
}

/* A file of /proc has no disk and no seals: it is read only where mountinfo says so. */
TEST(by_the_kind_that_is_mounted)
{
    struct stat st;
    uint64_t size = 0;
    char line[400];
    int fd = open("/proc/version", O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    static const struct {
        const char *kind;
        unsigned off; /* added to the minor */
        bool may;
    } rows[] = {{"overlay", 0, true},   {"btrfs", 0, true}, {"fuse", 0, false},
                {"nfs4", 0, false},     {"proc", 0, false}, {"overlay", 1, false},
                {"overlayfs", 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(line, sizeof line,
                       "22 1 0:999 / / rw - overlay none rw\n"
                       "36 35 %u:%u /a\\040b /mnt rw,noatime master:1 - %s none rw,errors=x\n",
                       major(st.st_dev), minor(st.st_dev) + rows[i].off, rows[i].kind);
        int mounts = text_fd(line);
        assert_int_equal(filesystems_refuse(mounts, fd, &size) == NULL, rows[i].may);
        assert_int_equal(filesystems_refuse(mounts, fd, &size) == NULL, rows[i].may);
        (void)close(mounts);
    }
    int broken = text_fd("36 35\n\n - \n36 35 x:y - overlay\n");
    assert_non_null(filesystems_refuse(broken, fd, &size));
    (void)close(broken);
    (void)close(fd);
}

TEST(the_kernels_own_list)
{
    struct why why = {0};
    int mounts = -1;
    uint64_t size = 0;
    assert_int_equal(filesystems_open(&mounts, &why), ERR_NONE);
    int fd = open("/proc/version", O_RDONLY);
    assert_non_null(filesystems_refuse(mounts, fd, &size));
    int self = open("/proc/self/exe", O_RDONLY);
    assert_null(filesystems_refuse(mounts, self, &size));
    assert_true(size > 1000);
}
