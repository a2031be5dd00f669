/* The machine. Every byte is a stranger's. */
#include "edge/protocol.h"

#include <string.h>

enum { AT_COMMAND, IN_COMMAND, AT_CHUNK, IN_CHUNK, AT_DESCRIPTOR };

static const struct {
    const char *word;
    enum verb verb;
    bool in_session; /* a session takes it */
    bool takes_path;
} words[] = {
    {"PING", VERB_PING, true, false},
    {"VERSION", VERB_VERSION, true, false},
    {"VERSIONCOMMANDS", VERB_VERSIONCOMMANDS, true, false},
    {"STATS", VERB_STATS, true, false},
    {"INSTREAM", VERB_INSTREAM, true, false},
    {"FILDES", VERB_FILDES, true, false},
    {"END", VERB_END, true, false},
    {"IDSESSION", VERB_IDSESSION, false, false},
    {"RELOAD", VERB_RELOAD, false, false},
    {"SHUTDOWN", VERB_UNAVAILABLE, false, false},
    {"QUIT", VERB_UNAVAILABLE, false, false}, /* clamd: as SHUTDOWN */
    {"SCAN", VERB_UNAVAILABLE, true, true},
    {"CONTSCAN", VERB_UNAVAILABLE, false, true},
    {"MULTISCAN", VERB_UNAVAILABLE, false, true},
    {"ALLMATCHSCAN", VERB_UNAVAILABLE, false, true},
};

void protocol_init(struct protocol *p, uint64_t stream_max)
{
    *p = (struct protocol){.stream_max = stream_max, .style = 'z', .state = AT_COMMAND};
}

bool protocol_in_stream(const struct protocol *p)
{
    return p->state == AT_CHUNK || p->state == IN_CHUNK;
}

bool protocol_is_idle(const struct protocol *p)
{
    return p->state == AT_COMMAND;
}

uint32_t protocol_left(const struct protocol *p)
{
    return p->state == IN_CHUNK ? p->left : 0;
}

char protocol_end_mark(const struct protocol *p)
{
    return p->style == 'z' ? '\0' : '\n';
}

/* Exact, as clamd: "PING " is unknown, "SCAN" without a path, too. */
static bool matches(struct span text, size_t row)
{
    struct span word = span_text(words[row].word);
    if (!words[row].takes_path)
        return span_equal(text, word);
    return span_starts(text, word) && span_byte(text, word.len) == ' ' && text.len > word.len + 1;
}

static enum protocol_event find(struct protocol *p, struct span text, enum verb *verb)
{
    *verb = VERB_UNKNOWN;
    if (p->in_session && p->style == 0) {
        p->style = 'z'; /* as clamd ends that answer */
        return PROTOCOL_NOT_FRAMED;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (matches(text, i)) {
            *verb = words[i].verb;
            bool ok = p->in_session ? words[i].in_session : words[i].verb != VERB_END;
            if (!p->in_session && !ok)
                *verb = VERB_UNKNOWN;
            return ok || !p->in_session ? PROTOCOL_COMMAND : PROTOCOL_NOT_INSIDE;
        }
    return p->in_session ? PROTOCOL_NOT_INSIDE : PROTOCOL_COMMAND;
}

/* The command is whole. */
static void decide(struct protocol *p, struct protocol_told *told)
{
    struct span text = span_make(p->command, p->len);
    if (p->style == 0) /* as clamd: what follows in the same packet is not looked at */
        text = span_cut(text, 0, span_find_byte(text, '\n', 0));
    if (p->style != 'z') /* as clamd: ends of line are cut off, several of them */
        while (text.len &&
               (span_byte(text, text.len - 1) == '\n' || span_byte(text, text.len - 1) == '\r'))
            text.len--;
    p->state = AT_COMMAND;
    if (p->in_session)
        p->next_id++;
    told->id = p->in_session ? p->next_id : 0;
    told->event = find(p, text, &told->verb);
    if (told->event != PROTOCOL_COMMAND)
        return;
    /* An old-style packet has no end, so no bytes can follow it: clamd takes none of these there.
     */
    bool needs_frame = told->verb == VERB_INSTREAM || told->verb == VERB_IDSESSION ||
                       told->verb == VERB_STATS || told->verb == VERB_VERSIONCOMMANDS;
    if (p->style == 0 && needs_frame)
        told->verb = VERB_UNKNOWN;
    if (told->verb == VERB_IDSESSION)
        p->in_session = true;
    if (told->verb == VERB_INSTREAM) {
        p->state = AT_CHUNK;
        p->streamed = 0;
        p->head_len = 0;
    }
    if (told->verb == VERB_FILDES)
        p->state = AT_DESCRIPTOR;
}

static void keep(struct protocol *p, struct span bytes)
{
    size_t room = sizeof p->command - p->len;
    size_t n = bytes.len < room ? bytes.len : room;
    if (n)
        memcpy(p->command + p->len, bytes.at, n);
    p->len = (uint16_t)(p->len + n);
    p->is_cut = p->is_cut || n < bytes.len;
}

static size_t begin_command(struct protocol *p, struct span in)
{
    uint8_t first = span_byte(in, 0);
    p->len = 0;
    p->is_cut = false;
    p->style = first == 'z' || first == 'n' ? first : 0;
    p->state = IN_COMMAND;
    return p->style ? 1 : 0;
}

static size_t in_command(struct protocol *p, struct span in, struct protocol_told *told)
{
    size_t end = p->style == 0 ? SIZE_MAX : span_find_byte(in, p->style == 'z' ? 0 : '\n', 0);
    keep(p, span_cut(in, 0, end));
    bool old_is_long = p->style == 0 && p->is_cut;
    if (end == SIZE_MAX && !old_is_long)
        return in.len;
    decide(p, told);
    return end == SIZE_MAX ? in.len : end + 1;
}

/* Four bytes, big-endian. The length is a claim: it is compared, never allocated. */
static size_t at_chunk(struct protocol *p, struct span in, struct protocol_told *told)
{
    size_t n = 0;
    while (n < in.len && p->head_len < sizeof p->head)
        p->head[p->head_len++] = span_byte(in, n++);
    if (p->head_len < sizeof p->head)
        return n;
    struct reader r = reader_of(span_make(p->head, sizeof p->head));
    p->left = reader_u32be(&r);
    p->head_len = 0;
    if (p->left == 0) {
        p->state = AT_COMMAND;
        told->event = PROTOCOL_STREAM_END;
    } else if (p->left > p->stream_max - p->streamed) {
        told->event = PROTOCOL_TOO_BIG;
    } else {
        p->state = IN_CHUNK;
    }
    return n;
}

static size_t in_chunk(struct protocol *p, struct span in, struct protocol_told *told)
{
    told->bytes = span_cut(in, 0, p->left);
    told->event = PROTOCOL_BYTES;
    p->left -= (uint32_t)told->bytes.len;
    p->streamed += told->bytes.len;
    if (p->left == 0)
        p->state = AT_CHUNK;
    return told->bytes.len;
}

size_t protocol_take(struct protocol *p, struct span in, struct protocol_told *told)
{
    size_t done = 0;
    *told = (struct protocol_told){.event = PROTOCOL_MORE, .id = p->next_id};
    while (done < in.len && told->event == PROTOCOL_MORE) {
        struct span rest = span_cut(in, done, SIZE_MAX);
        switch (p->state) {
        case AT_COMMAND:
            done += begin_command(p, rest);
            break;
        case IN_COMMAND:
            done += in_command(p, rest, told);
            break;
        case AT_CHUNK:
            done += at_chunk(p, rest, told);
            break;
        case IN_CHUNK:
            done += in_chunk(p, rest, told);
            break;
        default: /* AT_DESCRIPTOR */
            told->event = PROTOCOL_DESCRIPTOR;
            p->state = AT_COMMAND;
            done += 1;
        }
    }
    return done;
}

bool protocol_pause(struct protocol *p, struct protocol_told *told)
{
    if (p->state != IN_COMMAND || p->style != 0 || p->len == 0)
        return false;
    *told = (struct protocol_told){.id = p->next_id};
    decide(p, told);
    return true;
}
