/* A sorted list of open files. Nothing of them is read here. */
#include "open/waiting.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What else may be open: an open folder for each level of the walk, pipes, memory. */
enum { OTHER_DESCRIPTORS = 320 };

static bool has_descriptors(void)
{
    struct rlimit r;
    return getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur >= OTHER_DESCRIPTORS + WAITING_MAX;
}

bool waiting_takes(const struct waiting *w, uint64_t size)
{
    return size >= WAITING_LEAST && size <= WAITING_MOST && (w->count > 0 || has_descriptors());
}

bool waiting_add(struct waiting *w, int fd, struct report *report)
{
    struct stat st = {0};
    must(w->count < WAITING_MAX);
    (void)fstat(fd, &st);
    uint32_t at = w->count++;
    for (; at > 0 && w->files[at - 1].report->size < report->size; at--)
        w->files[at] = w->files[at - 1];
    w->files[at] =
        (struct slot_file){.fd = fd, .report = report, .mtime = st.st_mtim, .ctime = st.st_ctim};
    return w->count == WAITING_MAX;
}

void waiting_give(struct waiting *w, uint32_t parts, struct slot *s)
{
    uint32_t kept = 0;
    must(s->count == 0 && parts > 0);
    for (uint32_t i = 0; i < w->count; i++) {
        if (i % parts == 0)
            slot_add(s, &w->files[i]);
        else
            w->files[kept++] = w->files[i];
    }
    w->count = kept;
}

void waiting_clear(struct waiting *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        (void)close(w->files[i].fd);
        report_free(w->files[i].report);
    }
    w->count = 0;
}
