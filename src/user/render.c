/* Counting, and what all ways of showing share. */
#include "user/render.h"

#include "sandbox/policy.h"

void render_count(struct summary *s, const struct report *r)
{
    s->files++;
    s->objects += r->object_count;
    s->bytes += r->bytes;
    s->findings += r->findings_len;
    for (uint32_t i = 0; i < r->gaps_len; i++)
        s->gaps[r->gaps[i].kind]++;
    s->verdicts[report_verdict(r, s->accepted)]++;
}

int render_exit_code(const struct summary *s)
{
    if (s->verdicts[VERDICT_FOUND])
        return 1;
    if (s->verdicts[VERDICT_ERROR])
        return 2;
    return s->verdicts[VERDICT_PARTIAL] ? 3 : 0;
}

void render_bytes(char *out, size_t size, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double v = (double)bytes;
    size_t unit = 0;
    while (v >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        v /= 1024;
        unit++;
    }
    (void)snprintf(out, size, unit == 0 || v >= 100 ? "%.0f %s" : "%.1f %s", v, units[unit]);
}

void render_layers(struct buf *out, unsigned layers, bool missing)
{
    for (int l = 0; l < LAYER_COUNT; l++)
        if (((layers >> l & 1) == 0) == missing)
            buf_print(out, "%s%s", out->len ? " " : "", policy_layer_name((enum layer)l));
}
