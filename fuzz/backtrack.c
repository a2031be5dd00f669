/* A hostile expression and a subject for it: a byte of flags, a byte of length, the expression, the
 * subject. Traps when a match lies outside of the subject or of the bounds that were given. */
#include "drive.h"

#include "jail/match/backtrack.h"

enum { SUBJECT_MOST = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(span_make(data, size));
    uint8_t flags = reader_u8(&r), claim = reader_u8(&r);
    struct span expression = reader_take(&r, claim < reader_left(&r) ? claim : reader_left(&r));
    struct span subject = span_cut(reader_rest(&r), 0, SUBJECT_MOST);
    char text[40];
    size_t at = 0;
    struct backtrack *b = backtrack_new(expression, flags & 127, text, sizeof text, &at);
    if (!b && at > expression.len)
        __builtin_trap();
    for (size_t from = 0; b && from <= subject.len; from += 1 + subject.len / 3) {
        struct backtrack_try t = {.subject = subject, .from = from, .until = subject.len / 2};
        t.is_anchored = flags >> 7;
        if (backtrack_run(b, &t) != BACKTRACK_FOUND)
            continue;
        /* \K moves the beginning; it never leaves the subject */
        if (t.at > subject.len || t.end > subject.len)
            __builtin_trap();
    }
    backtrack_free(b);
    return 0;
}
