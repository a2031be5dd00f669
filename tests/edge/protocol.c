/* clamd's protocol as events: each command, each framing, in every possible cut. */
#include "edge/protocol.h"

#include "build/test.h"

#include <stdio.h>

enum { STREAM_MAX = 100, LOG_MOST = 4096 };

struct heard {
    char text[LOG_MOST];
    size_t len;
};

static void note(struct heard *h, const struct protocol_told *t)
{
    static const char *const verbs[] = {"ping",     "version",     "commands", "stats",
                                        "instream", "fildes",      "session",  "end",
                                        "reload",   "unavailable", "unknown"};
    char *at = h->text + h->len;
    size_t room = sizeof h->text - h->len;
    int n = 0;
    switch (t->event) {
    case PROTOCOL_COMMAND:
        n = snprintf(at, room, "%u%s ", t->id, verbs[t->verb]);
        break;
    case PROTOCOL_BYTES: /* one after the other, so that cuts do not show */
        n = snprintf(at, room, "%.*s", (int)t->bytes.len, (const char *)t->bytes.at);
        break;
    case PROTOCOL_STREAM_END:
        n = snprintf(at, room, "; ");
        break;
    case PROTOCOL_TOO_BIG:
        n = snprintf(at, room, "too-big ");
        break;
    case PROTOCOL_DESCRIPTOR:
        n = snprintf(at, room, "descriptor ");
        break;
    case PROTOCOL_NOT_INSIDE:
        n = snprintf(at, room, "%unot-inside ", t->id);
        break;
    case PROTOCOL_NOT_FRAMED:
        n = snprintf(at, room, "%unot-framed ", t->id);
        break;
    default:
        break;
    }
    assert_true(n >= 0 && (size_t)n < room);
    h->len += (size_t)n;
}

static void give(struct protocol *p, struct span in, struct heard *h)
{
    while (in.len > 0) {
        struct protocol_told told;
        size_t n = protocol_take(p, in, &told);
        assert_true(n > 0 && n <= in.len);
        in = span_cut(in, n, SIZE_MAX);
        note(h, &told);
        if (told.event == PROTOCOL_TOO_BIG)
            return;
    }
}

/* Whole, cut in two at every place, and byte by byte: always the same. */
static void expect(struct span in, const char *want)
{
    for (size_t cut = 0; cut <= in.len + 1; cut++) {
        struct protocol p;
        struct heard h = {.len = 0};
        protocol_init(&p, STREAM_MAX);
        if (cut > in.len) {
            for (size_t i = 0; i < in.len; i++)
                give(&p, span_cut(in, i, 1), &h);
        } else {
            give(&p, span_cut(in, 0, cut), &h);
            give(&p, span_cut(in, cut, SIZE_MAX), &h);
        }
        struct protocol_told told;
        if (protocol_pause(&p, &told))
            note(&h, &told);
        assert_string_equal(h.text, want);
    }
}

TEST(framings)
{
    expect(SPAN_OF("zPING\0"), "0ping ");
    expect(SPAN_OF("nPING\n"), "0ping ");
    expect(SPAN_OF("nPING\r\n"), "0ping ");
    expect(SPAN_OF("nVERSION\n"), "0version ");
    expect(SPAN_OF("zVERSIONCOMMANDS\0"), "0commands ");
    expect(SPAN_OF("zRELOAD\0"), "0reload ");
    expect(SPAN_OF("zPING"), "");
}

TEST(old_style_is_one_packet)
{
    expect(SPAN_OF("PING"), "0ping ");
    expect(SPAN_OF("PING\n"), "0ping ");
    expect(SPAN_OF("PING\nPING\n"), "0ping ");
    expect(SPAN_OF("INSTREAM\n"), "0unknown ");
    expect(SPAN_OF("STATS\n"), "0unknown ");
    expect(SPAN_OF("GET / HTTP/1.0\r\n\r\n"), "0unknown ");
}

TEST(exact_words)
{
    expect(SPAN_OF("zping\0"), "0unknown ");
    expect(SPAN_OF("zPING \0"), "0unknown ");
    expect(SPAN_OF("zPING x\0"), "0unknown ");
    expect(SPAN_OF("zPING\n\0"), "0unknown ");
    expect(SPAN_OF("z\0"), "0unknown ");
    expect(SPAN_OF("zEND\0"), "0unknown ");
    expect(SPAN_OF("zINSTREAM x\0"), "0unknown ");
}

TEST(what_the_door_does_not_do)
{
    expect(SPAN_OF("zSCAN /etc\0"), "0unavailable ");
    expect(SPAN_OF("zSCAN\0"), "0unknown ");
    expect(SPAN_OF("zCONTSCAN /\0"), "0unavailable ");
    expect(SPAN_OF("zMULTISCAN /\0"), "0unavailable ");
    expect(SPAN_OF("zALLMATCHSCAN /\0"), "0unavailable ");
    expect(SPAN_OF("zSHUTDOWN\0"), "0unavailable ");
}

TEST(stream)
{
    expect(SPAN_OF("zINSTREAM\0\0\0\0\2ab\0\0\0\3cde\0\0\0\0"), "0instream abcde; ");
    expect(SPAN_OF("zINSTREAM\0\0\0\0\0"), "0instream ; ");
    expect(SPAN_OF("zINSTREAM\0\0\0\0\5ab"), "0instream ab");
    expect(SPAN_OF("zINSTREAM\0\xff\xff\xff\xff"
                   "abc"),
           "0instream too-big ");
    expect(SPAN_OF("zINSTREAM\0\0\0\0\x65"
                   "abc"),
           "0instream too-big ");
}

TEST(stream_as_long_as_it_may_be)
{
    uint8_t in[10 + 4 + 99 + 4 + 1 + 4 + 1] = "zINSTREAM";
    in[13] = 99;
    memset(in + 14, 'x', 99);
    in[14 + 99 + 3] = 1;
    in[14 + 99 + 4] = 'y';
    struct protocol p;
    struct heard h = {.len = 0};
    protocol_init(&p, STREAM_MAX);
    give(&p, span_make(in, sizeof in - 1), &h);
    assert_string_equal(h.text + h.len - 3, "y; ");
    in[14 + 99 + 3] = 2; /* one more than it may be */
    h.len = 0;
    protocol_init(&p, STREAM_MAX);
    give(&p, span_make(in, sizeof in - 1), &h);
    assert_string_equal(h.text + h.len - 9, "xtoo-big ");
}

TEST(descriptors)
{
    expect(SPAN_OF("zFILDES\0x"), "0fildes descriptor ");
    expect(SPAN_OF("zIDSESSION\0zFILDES\0xzPING\0"), "0session 1fildes descriptor 2ping ");
}

TEST(sessions)
{
    expect(SPAN_OF("zIDSESSION\0zPING\0zINSTREAM\0\0\0\0\1a\0\0\0\0zSTATS\0zEND\0"),
           "0session 1ping 2instream a; 3stats 4end ");
    expect(SPAN_OF("nIDSESSION\nnPING\nzPING\0"), "0session 1ping 2ping ");
    expect(SPAN_OF("zIDSESSION\0zRELOAD\0"), "0session 1not-inside ");
    expect(SPAN_OF("zIDSESSION\0zIDSESSION\0"), "0session 1not-inside ");
    expect(SPAN_OF("zIDSESSION\0zSHUTDOWN\0"), "0session 1not-inside ");
    expect(SPAN_OF("zIDSESSION\0zNOPE\0"), "0session 1not-inside ");
    expect(SPAN_OF("zIDSESSION\0zSCAN /x\0zPING\0"), "0session 1unavailable 2ping ");
    expect(SPAN_OF("zIDSESSION\0PING\n"), "0session 1not-framed ");
}

TEST(long_words_take_no_memory)
{
    static uint8_t in[1 << 20];
    struct protocol p;
    struct heard h = {.len = 0};
    memset(in, 'A', sizeof in);
    in[0] = 'z';
    protocol_init(&p, STREAM_MAX);
    give(&p, span_make(in, sizeof in), &h);
    assert_string_equal(h.text, "");
    give(&p, SPAN_OF("\0"), &h);
    assert_string_equal(h.text, "0unknown ");
}
