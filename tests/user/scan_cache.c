/* A verdict counts only where its file system may be believed in this run, whatever was believed in
 * the run that kept it: numbers of devices are given out again. */
#include "user/scan_cache.h"

#include "test.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static struct scan_cache cache;
static char folder[] = "/tmp/candor-scan-cache.XXXXXX", table[64];

static void set_up(void)
{
    static const uint8_t key[32] = {1};
    cache = (struct scan_cache){.kept = 0};
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(table, sizeof table, "%s/verdicts", folder);
    assert_int_equal(verdict_cache_open(&cache.table, table, key, NULL), ERR_NONE);
}

static void tear_down(void)
{
    scan_cache_close(&cache);
    (void)unlink(table);
    assert_int_equal(rmdir(folder), 0);
}

/* Its state, kept as a run would have done that believed the device. */
static struct stat keep(const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    struct file_state s = verdict_cache_state(&st);
    uint64_t later = s.ctime_ns + UINT64_C(1000000000) * (VERDICT_SETTLED_S + 1);
    assert_true(verdict_cache_keep(cache.table, &s, later));
    return st;
}

TEST(a_device_that_is_not_believed_now)
{
    set_up();
    struct stat st = keep("/proc/version"); /* as FUSE or NFS: nobody vouches for its times */
    assert_false(scan_cache_has(&cache, SPAN_OF("/proc/version"), &st));
    assert_false(scan_cache_has(&cache, SPAN_OF("/proc/version"), &st));
    assert_int_equal(cache.met_count, 1); /* asked once */
    tear_down();
}

TEST(a_device_that_is_believed)
{
    set_up();
    struct stat st = keep("/bin/true"), other = st;
    int fd = open("/bin/true", O_PATH | O_CLOEXEC);
    if (!verdict_cache_may(fd))
        print_message("# the file system of /bin is not one whose times are believed\n");
    assert_int_equal(scan_cache_has(&cache, SPAN_OF("/bin/true"), &st), verdict_cache_may(fd));
    other.st_ino++;
    assert_false(scan_cache_has(&cache, SPAN_OF("/bin/true"), &other));
    (void)close(fd);
    tear_down();
}

/* The path leads to another device by now. */
TEST(a_path_that_leads_elsewhere)
{
    set_up();
    struct stat st = keep("/bin/true");
    assert_false(scan_cache_has(&cache, SPAN_OF("/proc/version"), &st));
    assert_false(scan_cache_has(&cache, SPAN_OF("/no/such/path"), &st));
    tear_down();
}
