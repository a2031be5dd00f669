/* PCRE2 behind a seam. Expression and subject are hostile. Facts: pcre2api(3) of 10.42 on limits,
 * contexts and offset limits. Limits are ClamAV's own, so that both give up at the same point. */
#include "jail/match/backtrack.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>
#include <string.h>

struct backtrack {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static uint32_t options_of(uint32_t flags)
{
    static const uint32_t options[] = {PCRE2_CASELESS, PCRE2_DOTALL,   PCRE2_MULTILINE,
                                       PCRE2_EXTENDED, PCRE2_ANCHORED, PCRE2_DOLLAR_ENDONLY,
                                       PCRE2_UNGREEDY};
    /* UTF would make PCRE2 refuse most subjects; (*UTF) at the beginning would switch it on */
    uint32_t out = PCRE2_NEVER_UTF | PCRE2_USE_OFFSET_LIMIT;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (flags >> i & 1)
            out |= options[i];
    return out;
}

static void refuse(int code, char *text, size_t cap)
{
    PCRE2_UCHAR reason[200] = {0};
    if (pcre2_get_error_message(code, reason, sizeof reason) < 0)
        memcpy(reason, "refused", sizeof "refused");
    size_t len = strlen((const char *)reason);
    if (len > cap - 1)
        len = cap - 1;
    memcpy(text, reason, len);
    text[len] = 0;
}

struct backtrack *backtrack_new(struct span expression, uint32_t flags, char *text, size_t cap,
                                size_t *at)
{
    int code = PCRE2_ERROR_NOMEMORY;
    PCRE2_SIZE place = 0;
    struct backtrack *b = calloc(1, sizeof *b);
    if (b)
        b->code =
            pcre2_compile(expression.at, expression.len, options_of(flags), &code, &place, NULL);
    if (b && b->code) {
        code = PCRE2_ERROR_NOMEMORY;
        b->data = pcre2_match_data_create_from_pattern(b->code, NULL);
        b->context = pcre2_match_context_create(NULL);
    }
    if (!b || !b->data || !b->context) {
        refuse(code, text, cap);
        *at = place;
        backtrack_free(b);
        return NULL;
    }
    (void)pcre2_set_match_limit(b->context,
                                (uint32_t)LIMIT_BACKTRACK_STEPS); /* these three cannot fail */
    (void)pcre2_set_depth_limit(b->context, (uint32_t)LIMIT_BACKTRACK_DEPTH);
    (void)pcre2_set_heap_limit(b->context, (uint32_t)LIMIT_BACKTRACK_KIB);
    return b;
}

void backtrack_free(struct backtrack *b)
{
    if (!b)
        return;
    pcre2_match_context_free(b->context);
    pcre2_match_data_free(b->data);
    pcre2_code_free(b->code);
    free(b);
}

enum backtrack_result backtrack_run(struct backtrack *b, struct backtrack_try *t)
{
    if (t->from > t->subject.len)
        return BACKTRACK_NONE;
    (void)pcre2_set_offset_limit(b->context, t->until); /* cannot fail */
    int got = pcre2_match(b->code, t->subject.at, t->subject.len, t->from,
                          t->is_anchored ? PCRE2_ANCHORED : 0, b->data, b->context);
    if (got == PCRE2_ERROR_NOMATCH)
        return BACKTRACK_NONE;
    if (got < 0) /* limits, memory; its other errors are of kinds that are never asked for */
        return BACKTRACK_LIMIT;
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(b->data);
    t->at = places[0];
    t->end = places[1];
    return BACKTRACK_FOUND;
}
