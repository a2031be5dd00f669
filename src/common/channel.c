/* Records and futex words. Used on both sides, so it must be right in both. */
#include "common/channel.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[MSG_COUNT] = {
#define MESSAGE(id, name, meaning) [MSG_##id] = name,
#include "common/messages.def"
#undef MESSAGE
};

const char *channel_name(uint32_t message)
{
    return message < MSG_COUNT ? names[message] : "unknown";
}

struct span channel_text(const struct record *r, unsigned i)
{
    size_t at = 0;
    for (unsigned k = 0; k < i && k < 4; k++)
        at += r->text_len[k];
    if (i >= 4)
        return (struct span){NULL, 0};
    return span_cut(span_make(r->text, sizeof r->text), at, r->text_len[i]);
}

size_t channel_put(struct record *r, unsigned i, struct span text)
{
    size_t at = 0;
    for (unsigned k = 0; k < i; k++)
        at += r->text_len[k];
    size_t room = sizeof r->text - at;
    size_t n = text.len < room ? text.len : room;
    if (n)
        memcpy(r->text + at, text.at, n);
    r->text_len[i] = (uint16_t)n;
    return n;
}

void channel_wait(const uint32_t *word, uint32_t seen)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0); /* spurious ends are fine */
}

void channel_wake(uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}
