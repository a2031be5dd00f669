/* Which block devices are believed to stay where they are, by a sysfs of our own making. */
#include "open/device.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char root[] = "/tmp/candor-sysfs.XXXXXX";
static char made[128][450];
static unsigned made_count;

static const char *under(const char *path)
{
    static char full[450];
    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    return full;
}

static void note(const char *full)
{
    assert_true(made_count < 128);
    (void)snprintf(made[made_count++], sizeof made[0], "%s", full);
}

/* Folders of a path, one by one. */
static void folders(const char *path)
{
    char full[450];
    (void)snprintf(full, sizeof full, "%s", under(path));
    for (char *p = full + sizeof root; *p; p++) {
        if (p[0] != '/' && p[1] != 0)
            continue;
        char keep = p[0];
        if (p[1] != 0)
            *p = 0;
        if (mkdir(full, 0700) == 0)
            note(full);
        *p = keep;
    }
}

/* A device at `path`, its number `minor` of major 8. removable: NULL for none, as of a partition.
 */
static void device(unsigned number, const char *path, const char *removable)
{
    char name[64], to[300], file[300];
    folders(path);
    folders("dev/block");
    (void)snprintf(name, sizeof name, "dev/block/8:%u", number);
    (void)snprintf(to, sizeof to, "../../%s", path);
    assert_int_equal(symlink(to, under(name)), 0);
    note(under(name));
    if (!removable)
        return;
    (void)snprintf(file, sizeof file, "%s/removable", path);
    int fd = open(under(file), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, removable, strlen(removable)) > 0);
    (void)close(fd);
    note(under(file));
}

static void below(const char *upper, const char *lower)
{
    char folder[300], link[400], to[400];
    (void)snprintf(folder, sizeof folder, "%s/slaves", upper);
    folders(folder);
    (void)snprintf(link, sizeof link, "%s/%s", folder, strrchr(lower, '/') + 1);
    (void)snprintf(to, sizeof to, "%s/%s", root, lower);
    assert_int_equal(symlink(to, under(link)), 0);
    note(under(link));
}

static bool is_fixed(unsigned number)
{
    return device_block_is_fixed(root, makedev(8, number));
}

TEST(by_where_a_device_is)
{
    assert_non_null(mkdtemp(root));
    device(0, "devices/pci0/ata1/block/sda", "0\n");
    device(1, "devices/pci0/ata1/block/sda/sda1", NULL);
    device(2, "devices/pci0/usb3/3-1/block/sdb", "0\n"); /* disks in boxes say that they stay */
    device(3, "devices/pci0/usb3/3-1/block/sdb/sdb1", NULL);
    device(4, "devices/pci0/ata2/block/sr0", "1\n");
    device(5, "devices/platform/mmc_host/mmc0/block/mmcblk0", "0\n");
    device(6, "devices/virtual/block/loop7", "0\n");
    device(7, "devices/virtual/block/nbd1", "0\n");
    device(8, "devices/virtual/block/dm-0", "0\n");
    device(9, "devices/virtual/block/dm-1", "0\n");
    device(10, "devices/virtual/block/dm-2", "0\n");
    device(11, "devices/platform/host4/session1/target/block/sdc", "0\n"); /* iSCSI */
    device(12, "devices/pci0/virtio1/block/vda", "0\n");
    device(13, "devices/pci0/ata9/block/sdq", NULL); /* it does not say */
    below("devices/virtual/block/dm-0", "devices/pci0/ata1/block/sda/sda1");
    below("devices/virtual/block/dm-1", "devices/virtual/block/dm-0");
    below("devices/virtual/block/dm-1", "devices/pci0/usb3/3-1/block/sdb/sdb1");
    below("devices/virtual/block/dm-2", "devices/virtual/block/dm-2"); /* a ring */
    static const bool want[] = {true,  true, false, false, false, false, false,
                                false, true, false, false, false, true,  false};
    for (unsigned i = 0; i < sizeof want; i++)
        if (is_fixed(i) != want[i])
            TEST_FAIL("device 8:%u: not %s\n", i, want[i] ? "believed" : "doubted");
    assert_false(is_fixed(99)); /* no such device */
    while (made_count > 0)
        assert_int_equal(remove(made[--made_count]), 0);
    assert_int_equal(rmdir(root), 0);
}

TEST(what_lies_in_memory_is_on_no_device)
{
    int fd = open("/proc/self/status", O_PATH | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_false(device_is_fixed(fd));
    (void)close(fd);
    assert_false(device_is_fixed(-1));
}
