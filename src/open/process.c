/* /proc/PID/maps, line by line, proc(5): text of the kernel's, but for the names of files, which
 * are not looked at. Needs no ptrace(2): opening /proc/PID/mem asks for the same rights, and the
 * descriptor stays bound to the memory it was opened for. */
#include "open/process.h"

#include "common/limits.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The table must fit the window; the kernel allows 65,530 mappings unless told otherwise. */
static const uint64_t regions_most = LIMIT_WINDOW_BYTES / sizeof(struct batch_region);

static const struct span made_up[] = {SPAN_OF("[vvar]"), SPAN_OF("[vvar_vclock]"),
                                      SPAN_OF("[vsyscall]")};

static bool is_made_up(struct span line)
{
    for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++)
        if (line.len > made_up[i].len &&
            span_equal(span_cut(line, line.len - made_up[i].len, SIZE_MAX), made_up[i]))
            return true;
    return false;
}

/* "from-to rwxp offset device inode  name". False: not to be read. */
static bool read_line(struct span line, struct batch_region *out)
{
    struct span from, to, rest = line;
    uint64_t end;
    if (!text_field(&rest, '-', &from) || !text_field(&rest, ' ', &to) ||
        !text_hex_u64(from, &out->at) || !text_hex_u64(to, &end) || end <= out->at)
        return false;
    out->len = end - out->at;
    return span_byte(rest, 0) == 'r' && !is_made_up(line);
}

static bool add_region(struct process *p, uint32_t *cap, struct batch_region region)
{
    if (p->count == regions_most)
        return false;
    if (p->count == *cap) {
        *cap = *cap ? *cap * 2 : 256;
        struct batch_region *more = realloc(p->regions, *cap * sizeof *more);
        if (!more)
            return false;
        p->regions = more;
    }
    p->regions[p->count++] = region;
    p->bytes += region.len;
    return true;
}

static enum err read_maps(struct process *p, FILE *maps, struct why *why)
{
    char *line = NULL;
    size_t size = 0;
    uint32_t cap = 0;
    bool ok = true;
    for (ssize_t n; ok && (n = getline(&line, &size, maps)) > 0;) {
        struct batch_region region;
        struct span text = span_make(line, (size_t)n - (line[n - 1] == '\n'));
        if (read_line(text, &region))
            ok = add_region(p, &cap, region);
    }
    free(line);
    return ok ? ERR_NONE : fail(why, ERR_NOMEM, "more than %u regions of memory", p->count);
}

static enum err open_both(struct process *out, int dir, struct why *why)
{
    out->fd = openat(dir, "mem", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (out->fd < 0)
        return fail_os(why, "its memory cannot be opened");
    int fd = openat(dir, "maps", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
    if (!maps) {
        enum err err = fail_os(why, "its regions cannot be listed");
        if (fd >= 0)
            (void)close(fd);
        return err;
    }
    enum err err = read_maps(out, maps, why);
    (void)fclose(maps);
    return err;
}

enum err process_open(struct process *out, uint64_t pid, struct why *why)
{
    char path[40];
    *out = (struct process){.fd = -1};
    (void)snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)pid);
    int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_os(why, "no such process");
    enum err err = open_both(out, dir, why);
    (void)close(dir);
    if (err != ERR_NONE) {
        if (out->fd >= 0)
            (void)close(out->fd);
        process_done(out);
    }
    return err;
}

void process_done(struct process *p)
{
    free(p->regions);
    p->regions = NULL;
}
