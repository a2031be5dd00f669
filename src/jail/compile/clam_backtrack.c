/* Regular expressions that need a backtracking machine. They are compiled here once to refuse the
 * bad ones with their place; the image keeps the text, and the jail that needs it compiles it
 * again. The text is a stranger's. */
#include "jail/compile/clam.h"

#include "jail/match/backtrack.h"
#include "jail/match/image.h"

/* The bits of clam.h that an image knows by other names. */
static uint32_t image_flags(uint32_t flags, bool anywhere)
{
    uint32_t out = flags & (CLAM_RE_ALL - 1);
    out |= flags & CLAM_RE_ALL ? IMAGE_BACKTRACK_ALL : 0;
    out |= flags & CLAM_RE_ROLLS ? IMAGE_BACKTRACK_ROLLS : 0;
    out |= flags & CLAM_RE_WITHIN ? IMAGE_BACKTRACK_WITHIN : 0;
    return out | (anywhere ? IMAGE_BACKTRACK_ANYWHERE : 0);
}

bool clam_backtrack(struct clam *c, struct span expression, uint32_t flags, struct clam_part *part)
{
    char reason[120];
    size_t at = 0;
    _Static_assert(CLAM_RE_UNGREEDY == (int)BACKTRACK_UNGREEDY, "the same bits");
    struct ir_backtrack row = {expression, image_flags(flags, part->place.anywhere)};
    struct backtrack *b = backtrack_new(expression, row.flags, reason, sizeof reason, &at);
    if (!b) /* PCRE2 may point behind the last byte */
        return clam_refuse(
            c, span_cut(expression, at < expression.len ? at : expression.len - 1, 1), reason);
    backtrack_free(b);
    part->backtracks = true;
    if (!ir_add_backtrack(c->ir, row, &part->machine))
        c->bad = true;
    return !c->bad;
}
