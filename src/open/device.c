/* What sysfs says of block devices (Documentation/ABI/stable/sysfs-block) and of what lies below
 * them. Reads the kernel's files only. */
#include "open/device.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { BELOW_MAX = 32 }; /* devices of a stack: encryption over volumes over disks */

struct stack {
    char paths[BELOW_MAX][512]; /* real ones, in sysfs */
    unsigned count;
};

static bool push(struct stack *s, const char *link)
{
    char *real = realpath(link, NULL);
    bool ok = real && s->count < BELOW_MAX && strlen(real) < sizeof s->paths[0];
    if (ok)
        memcpy(s->paths[s->count++], real, strlen(real) + 1);
    free(real);
    return ok;
}

/* Devices of other machines, of files, of cards and cables. */
static bool is_carried(const char *path)
{
    static const char *const names[] = {"loop", "nbd", "mmcblk", "ram",
                                        "zram", "rbd", "ublkb",  "drbd"};
    const char *name = strrchr(path, '/') + 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    return strstr(path, "/usb") || strstr(path, "/thunderbolt") || strstr(path, "/session") ||
           strstr(path, "/mmc_host");
}

/* A partition asks its disk. */
static bool is_removable(const char *path)
{
    char file[600], c = '1';
    (void)snprintf(file, sizeof file, "%s/removable", path);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)snprintf(file, sizeof file, "%s/../removable", path);
        fd = open(file, O_RDONLY | O_CLOEXEC);
    }
    if (fd >= 0) {
        if (read(fd, &c, 1) != 1)
            c = '1';
        (void)close(fd);
    }
    return c != '0';
}

static bool push_below(struct stack *s, const char *path)
{
    char folder[600], link[900];
    (void)snprintf(folder, sizeof folder, "%s/slaves", path);
    DIR *d = opendir(folder);
    bool ok = true;
    for (struct dirent *e; ok && d && (e = readdir(d));) {
        (void)snprintf(link, sizeof link, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            ok = push(s, link);
    }
    if (d)
        (void)closedir(d);
    return ok;
}

bool device_block_is_fixed(const char *sys, uint64_t device)
{
    struct stack *s = calloc(1, sizeof *s);
    char link[300];
    (void)snprintf(link, sizeof link, "%s/dev/block/%u:%u", sys, major(device), minor(device));
    bool ok = s && push(s, link);
    for (unsigned i = 0; ok && i < s->count; i++)
        ok = !is_carried(s->paths[i]) && !is_removable(s->paths[i]) && push_below(s, s->paths[i]);
    free(s);
    return ok;
}

/* Of a line of mountinfo (proc_pid_mountinfo(5)): its id and, behind " - ", type and source. */
static bool read_line(const char *line, uint64_t id, char source[256])
{
    unsigned long long got;
    const char *tail = strstr(line, " - ");
    return tail && sscanf(line, "%llu", &got) == 1 && got == id &&
           sscanf(tail, " - %*s %255s", source) == 1;
}

/* Btrfs gives every subvolume a number of its own: the mount names the device. One of several
 * devices: the others are not asked. */
static bool mounted_device(int fd, uint64_t *device)
{
    struct statx sx;
    struct stat st;
    char line[4096], source[256] = "";
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) != 0 || !(sx.stx_mask & STATX_MNT_ID))
        return false;
    FILE *f = fopen("/proc/self/mountinfo", "re");
    bool found = false;
    while (f && !found && fgets(line, sizeof line, f))
        found = read_line(line, sx.stx_mnt_id, source);
    if (f)
        (void)fclose(f);
    found = found && stat(source, &st) == 0 && S_ISBLK(st.st_mode);
    if (found)
        *device = st.st_rdev;
    return found;
}

bool device_is_fixed(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    uint64_t device = st.st_dev;
    if (major(device) == 0 && !mounted_device(fd, &device))
        return false;
    return device_block_is_fixed("/sys", device);
}
