/* What rules are, in words and in JSON. */
#include "user/rules_about.h"

#include "common/text.h"

#include <inttypes.h>

void rules_about_plain(const struct rules_about *a, struct buf *out)
{
    if (a->is_builtin && a->has_age)
        buf_print(out, ", %" PRIu64 " day%s old", a->age_days, a->age_days == 1 ? "" : "s");
    if (a->is_log)
        buf_print(out, ", %" PRIu64 " of %" PRIu64 " entries, root %.16s", a->entries, a->size,
                  a->root);
    if (a->own)
        buf_print(out, ", with %" PRIu64 " changes of your own", a->own);
    if (a->stale)
        buf_text(out, ", STALE: too few witnesses cosigned in the last 72 hours");
    if (a->held[0]) {
        buf_text(out, ", newer ones held back: ");
        buf_text(out, a->held);
    }
}

void rules_about_json(const struct rules_about *a, struct buf *out)
{
    if (a->is_builtin && a->has_age)
        buf_print(out, ",\"age_days\":%" PRIu64, a->age_days);
    if (a->root[0])
        buf_print(out, ",\"log\":{\"entries\":%" PRIu64 ",\"size\":%" PRIu64 ",\"root\":\"%s\"}",
                  a->entries, a->size, a->root);
    if (a->is_log)
        buf_print(out, ",\"stale\":%s", a->stale ? "true" : "false");
    if (a->own)
        buf_print(out, ",\"own\":%" PRIu64, a->own);
    if (a->held[0]) {
        buf_text(out, ",\"held\":");
        (void)text_json(out, span_text(a->held));
    }
}
