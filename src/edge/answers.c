/* Answers. Names of findings come from jails and are hostile: they must not end an answer early. */
#include "edge/answers.h"

#include "common/gaps.h"
#include "common/text.h"

enum { NAME_MOST = 200 };

/* An answer is one line of words, so a name has neither spaces nor control characters. */
static void put_name(struct buf *out, struct span name)
{
    name = span_cut(name, 0, NAME_MOST);
    if (name.len == 0)
        buf_text(out, "unnamed");
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = span_byte(name, i);
        buf_byte(out, text_is_print(c) && c != ' ' ? c : '_');
    }
}

/* "not-opened" -> "NotOpened" */
static void put_gap_name(struct buf *out, enum gap_kind kind)
{
    struct span name = span_text(gap_name(kind));
    bool upper = true;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = span_byte(name, i);
        if (c == '-') {
            upper = true;
            continue;
        }
        buf_byte(out, upper ? (uint8_t)(c - 'a' + 'A') : c);
        upper = false;
    }
}

/* The first gap that counts; report_verdict said that there is one. */
static const struct report_gap *first_gap(const struct report *r, uint64_t accepted)
{
    for (uint32_t i = 0; i < r->gaps_len; i++)
        if (!(accepted >> r->gaps[i].kind & 1))
            return &r->gaps[i];
    return NULL;
}

static void answer_gap(struct buf *out, const struct report *r, const struct door_options *options)
{
    const struct report_gap *g = first_gap(r, options->accepted);
    enum gap_kind kind = g ? g->kind : GAP_CRASHED;
    switch (options->gaps) {
    case DOOR_GAPS_OK:
        buf_text(out, "OK");
        break;
    case DOOR_GAPS_FOUND:
        buf_text(out, "Candor.Gap.");
        put_gap_name(out, kind);
        buf_text(out, " FOUND");
        break;
    default:
        buf_print(out, "Not everything was looked at: %s. ERROR", gap_name(kind));
    }
}

void answers_report(struct buf *out, const char *label, const struct report *r,
                    const struct door_options *options)
{
    buf_print(out, "%s: ", label);
    switch (report_verdict(r, options->accepted)) {
    case VERDICT_FOUND:
        put_name(out, r->findings[0].name);
        buf_text(out, options->unofficial ? ".UNOFFICIAL FOUND" : " FOUND");
        break;
    case VERDICT_PARTIAL:
        answer_gap(out, r, options);
        break;
    case VERDICT_CLEAN:
        buf_text(out, "OK");
        break;
    default:
        buf_text(out, "The scan failed. ERROR");
    }
}

void answers_version(struct buf *out, const struct keeper_note *rules)
{
    buf_print(out, "ClamAV 1.4.0-candor%s/%llu/%s", CANDOR_VERSION,
              (unsigned long long)rules->rules, rules->date);
}

void answers_commands(struct buf *out, const struct keeper_note *rules)
{
    answers_version(out, rules);
    buf_text(out,
             "| COMMANDS: RELOAD PING VERSIONCOMMANDS VERSION END FILDES STATS IDSESSION INSTREAM");
}

static double mega(uint64_t bytes)
{
    return (double)bytes / (1 << 20);
}

void answers_stats(struct buf *out, const struct answers_counts *c)
{
    unsigned idle = c->jobs > c->running ? c->jobs - c->running : 0;
    buf_print(out,
              "POOLS: 1\n\nSTATE: VALID PRIMARY\nTHREADS: live %u  idle %u max %u "
              "idle-timeout 30\nQUEUE: %u items\n\n",
              c->running, idle, c->jobs, c->waiting);
    buf_print(out,
              "MEMSTATS: heap N/A mmap N/A used N/A free N/A releasable N/A pools 1 "
              "pools_used %.3fM pools_total %.3fM\nEND",
              mega(c->held_bytes), mega(c->held_max));
}
