/* The strings of a rule, judged. Their bytes are a stranger's. */
#include "jail/compile/audit.h"

#include <string.h>

enum { SAMPLES = 3, SAMPLE_ROOM = 4096 };

bool audit_add_word(struct ir *ir, struct audit_row *row, struct audit_word word)
{
    if (row->word_count >= AUDIT_WORDS_MOST)
        return true;
    if (!arena_grow(ir->arena, (void **)&row->words, &row->word_cap, row->word_count + 1,
                    sizeof word))
        return false;
    row->words[row->word_count++] = word;
    return true;
}

static uint32_t tricks_of(const struct ir_string *s)
{
    uint32_t tricks = s->kind == IR_HEX ? AUDIT_HEX : s->kind == IR_REGEXP ? AUDIT_REGEX : 0;
    if (s->flags & IR_XOR)
        tricks |= AUDIT_XOR;
    if (s->flags & (IR_BASE64 | IR_BASE64WIDE))
        tricks |= AUDIT_BASE64;
    return tricks;
}

static uint32_t flags_of(const struct ir_string *s)
{
    uint32_t flags = s->flags & IR_NOCASE ? AUDIT_WORD_NOCASE : 0;
    if ((s->flags & IR_WIDE) && !(s->flags & IR_ASCII))
        flags |= AUDIT_WORD_WIDE;
    if (s->flags & (IR_BASE64 | IR_BASE64WIDE))
        flags |= AUDIT_WORD_BASE64;
    return flags;
}

/* One sample of the string: samples of a tree differ by seed, and the least of what they say is
 * believed: a document must fit them all. */
static bool judge_once(struct ir *ir, const struct ir_string *s, uint32_t seed,
                       struct audit_word *word)
{
    struct buf text;
    *word = (struct audit_word){.flags = flags_of(s), .tricks = tricks_of(s)};
    if (s->kind == IR_TEXT) {
        word->bytes = s->text;
        (void)audit_decode(ir, s->text, s->kind, word);
        return true;
    }
    buf_init(&text, SAMPLE_ROOM);
    bool ok = audit_sample(s->re, seed, ir->arena, &text);
    word->bytes = arena_copy(ir->arena, buf_get(&text));
    buf_done(&text);
    if (!ok || !word->bytes.at)
        return false;
    (void)audit_decode(ir, word->bytes, s->kind, word);
    return true;
}

/* A regular expression is as much about documents as its best sample: one alternative is enough. */
static bool judge_string(struct ir *ir, const struct ir_string *s, bool is_wanted,
                         enum audit_class *class, struct audit_row *row)
{
    uint32_t samples = s->kind == IR_TEXT ? 1 : SAMPLES;
    *class = AUDIT_CODE;
    for (uint32_t seed = 0; seed < samples; seed++) {
        struct audit_word word;
        if (!judge_once(ir, s, seed, &word))
            return false;
        if (word.class > *class)
            *class = word.class;
        if (is_wanted && word.class != AUDIT_CODE && !audit_add_word(ir, row, word))
            return false;
    }
    return true;
}

bool audit_strings(struct ir *ir, const struct ir_rule *rule, const bool *unwanted,
                   enum audit_class *classes, struct audit_row *row)
{
    for (uint32_t k = 0; k < rule->string_count; k++) {
        if (!judge_string(ir, &rule->strings[k], !unwanted[k], &classes[k], row))
            return false;
        row->code_strings += classes[k] == AUDIT_CODE;
    }
    return true;
}
