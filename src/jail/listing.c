/* What `candor rules list` and `slow` ask of a jail. Texts come from an image. */
#include "jail/listing.h"

#include "common/buf.h"

enum { NAME_MOST = 80, SPACE_MOST = 40, FILE_MOST = 40 };

/* A long path says most at its end. */
static struct span tail(struct span s, size_t most)
{
    return s.len > most ? span_cut(s, s.len - most, most) : s;
}

static void put_tags(struct record *r, const struct rule_listing *l)
{
    struct buf tags;
    buf_init(&tags, RECORD_TEXT);
    for (uint32_t i = 0; i < l->tag_count; i++) {
        if (i > 0)
            buf_byte(&tags, ' ');
        buf_span(&tags, l->tags[i]);
    }
    (void)channel_put(r, 3, buf_get(&tags)); /* cut to what is left */
    buf_done(&tags);
}

static void send_one(struct session *s, uint32_t index, const struct rule_listing *l)
{
    struct record r = {.kind = MSG_RULE,
                       .code = index,
                       .file = l->info.line,
                       .object = l->string_count,
                       .parent = l->always,
                       .at = l->evaluations,
                       .len = l->steps};
    r.flags =
        (uint16_t)((l->info.is_private ? 1 : 0) | (l->is_global ? 2 : 0) | (l->has_gate ? 4 : 0));
    (void)channel_put(&r, 0, span_cut(l->info.name, 0, NAME_MOST));
    (void)channel_put(&r, 1, tail(l->info.space, SPACE_MOST));
    (void)channel_put(&r, 2, tail(l->info.file, FILE_MOST));
    put_tags(&r, l);
    session_send(s, &r);
}

void listing_send(struct session *s, const struct engine *e, bool evaluated_only)
{
    uint32_t count = engine_rule_count(e);
    for (uint32_t i = 0; i < count; i++) {
        struct rule_listing l = engine_listing(e, i);
        if (!evaluated_only || l.evaluations > 0)
            send_one(s, i, &l);
    }
}
