/* Progress bar: share, rate, time left. */
#include "user/progress.h"

#include "user/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 24, EVERY_MS = 100 };

uint64_t progress_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void progress_init(struct progress *p, bool wanted)
{
    *p = (struct progress){.on = wanted && isatty(STDERR_FILENO) == 1,
                           .started_ms = progress_now_ms()};
}

static void draw(const struct progress *p, uint64_t now)
{
    char bar[WIDTH + 1], rate[32], left[32] = "";
    uint64_t ms = now - p->started_ms;
    /* Files cost something besides their bytes: 4 KiB each keeps the estimate steady on small ones.
     */
    uint64_t done = p->bytes + p->files * 4096, total = p->total_bytes + p->total_files * 4096;
    if (done > total)
        done = total;
    uint64_t filled = total ? done * WIDTH / total : 0;
    for (uint64_t i = 0; i < WIDTH; i++)
        bar[i] = i < filled ? '#' : '-';
    bar[WIDTH] = 0;
    render_bytes(rate, sizeof rate, ms ? p->bytes * 1000 / ms : 0);
    if (done > 0 && ms > 500) {
        uint64_t s = (total - done) * ms / done / 1000;
        (void)snprintf(left, sizeof left, ", %" PRIu64 ":%02" PRIu64 " left", s / 60, s % 60);
    }
    (void)fprintf(stderr,
                  "\r[%s] %3" PRIu64 "%%  %" PRIu64 " files, %s/s, %" PRIu64 " found%s\033[K", bar,
                  total ? done * 100 / total : 0, p->files, rate, p->found, left);
    (void)fflush(stderr);
}

void progress_add(struct progress *p, uint64_t bytes, bool found)
{
    p->files++;
    p->bytes += bytes;
    p->found += found;
    uint64_t now;
    if (!p->on || (now = progress_now_ms()) - p->drawn_ms < EVERY_MS)
        return;
    p->drawn_ms = now;
    draw(p, now);
}

void progress_clear(struct progress *p)
{
    if (p->on)
        (void)fputs("\r\033[K", stderr);
}
