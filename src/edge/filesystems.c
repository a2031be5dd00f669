/* By device number: a major other than 0 is a disk; memory has seals; of the rest only kinds that
 * are known. mountinfo: proc_pid_mountinfo(5): "id parent major:minor ... - type source options".
 */
#include "edge/filesystems.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MOST = 256 << 10 };

/* Kinds without a disk's number of their own that answer by themselves. */
static const char *const kinds[] = {"overlay", "btrfs", "zfs", "bcachefs", "ramfs", "ubifs"};

enum err filesystems_open(int *fd, struct why *why)
{
    *fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    return *fd >= 0 ? ERR_NONE : fail_os(why, "/proc/self/mountinfo");
}

static bool is_kind(struct span type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (span_equal(type, span_text(kinds[i])))
            return true;
    return false;
}

/* Whether this line is of the device, and of a known kind. */
static bool line_fits(struct span line, uint32_t major, uint32_t minor)
{
    struct span rest = line, field, number;
    uint64_t a = 0, b = 0;
    for (int i = 0; i < 3; i++)
        if (!text_field(&rest, ' ', &field))
            return false;
    if (!text_field(&field, ':', &number) || !text_u64(number, &a) || !text_u64(field, &b) ||
        a != major || b != minor)
        return false;
    size_t at = span_find(rest, SPAN_OF(" - "), 0);
    if (at == SIZE_MAX)
        return false;
    rest = span_cut(rest, at + 3, SIZE_MAX);
    return text_field(&rest, ' ', &field) && is_kind(field);
}

static bool is_mounted(int mounts_fd, uint32_t major, uint32_t minor)
{
    static uint8_t text[TEXT_MOST];
    size_t have = 0;
    while (have < sizeof text) {
        ssize_t n = pread(mounts_fd, text + have, sizeof text - have, (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    struct span all = span_make(text, have), line;
    while (text_line(&all, &line))
        if (line_fits(line, major, minor))
            return true;
    return false;
}

const char *filesystems_refuse(int mounts_fd, int fd, uint64_t *size)
{
    struct statx st;
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_SIZE, &st) != 0 ||
        !S_ISREG(st.stx_mode))
        return "Not a regular file";
    *size = st.stx_size;
    bool may = st.stx_dev_major != 0 || fcntl(fd, F_GET_SEALS) >= 0 ||
               is_mounted(mounts_fd, st.stx_dev_major, st.stx_dev_minor);
    return may ? NULL : "On a file system that may not answer: send the bytes by INSTREAM.";
}
