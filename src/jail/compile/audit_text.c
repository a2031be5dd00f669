/* Tells words from code by their shape and by tables of words. The texts are strangers'. The shapes
 * were chosen by looking at published rules: doc/audit.md says how well they do. */
#include "jail/compile/audit_text.h"

#include "common/text.h"
#include "jail/compile/audit_frame.h"

enum { TOKEN_MOST = 64, CONSONANTS_MOST = 6 };

/* What stands in a text, counted. */
struct shape {
    size_t letters, digits, spaces, marks; /* marks: what prose does not have */
    size_t words, strong, technical;
    bool is_binary, is_odd; /* odd: words no language has */
    bool has_foreign;       /* letters beyond ASCII */
};

static bool in_table(const char *const *table, struct span word)
{
    for (; *table; table++)
        if (span_equal_nocase(word, span_text(*table)))
            return true;
    return false;
}

/* Anywhere in the text, without case. */
static bool holds(struct span text, struct span part)
{
    if (part.len == 0 || part.len > text.len)
        return false;
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (span_equal_nocase(span_cut(text, i, part.len), part))
            return true;
    return false;
}

static bool holds_any(const char *const *table, struct span text)
{
    for (; *table; table++)
        if (holds(text, span_text(*table)))
            return true;
    return false;
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_vowel(uint8_t c)
{
    return span_find_byte(SPAN_OF("aeiouy"), text_lower(c), 0) != SIZE_MAX;
}

/* Capitals inside of names that people and firms have: McKinsey, DeLuca, WhatsApp. */
static bool is_name_with_humps(struct span word)
{
    static const char *const fore[] = {"Mc", "Mac", "De",  "Di",   "La",
                                       "Le", "Van", "Von", "Fitz", NULL};
    if (in_table(audit_words_brands, word))
        return true;
    for (const char *const *f = fore; *f; f++) {
        struct span rest = span_cut(word, span_text(*f).len, SIZE_MAX);
        size_t small = 0;
        for (size_t i = 1; i < rest.len; i++)
            small += !is_upper(span_byte(rest, i));
        if (span_starts(word, span_text(*f)) && rest.len >= 3 && is_upper(span_byte(rest, 0)) &&
            small == rest.len - 1)
            return true;
    }
    return false;
}

/* A run of letters, ASCII or more. */
static void look_at_word(struct shape *s, struct span word)
{
    size_t vowels = 0, run = 0, longest = 0, humps = 0;
    s->words += word.len >= 3;
    s->strong += in_table(audit_words_strong, word);
    s->technical += in_table(audit_words_technical, word);
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = span_byte(word, i);
        if (c >= 0x80 || is_vowel(c)) {
            vowels++;
            run = 0;
        } else if (++run > longest) {
            longest = run;
        }
        humps += i > 0 && is_upper(c) && text_is_alpha(span_byte(word, i - 1)) &&
                 !is_upper(span_byte(word, i - 1));
    }
    if ((word.len >= 4 && vowels == 0) || longest > CONSONANTS_MOST || word.len > TOKEN_MOST ||
        (humps > 0 && !is_name_with_humps(word)))
        s->is_odd = true;
}

static bool is_prose_mark(uint8_t c)
{
    return span_find_byte(SPAN_OF(" .,:;-'\"!?()&/\n\r\t"), c, 0) != SIZE_MAX;
}

/* A mark between two letters without a space, as in names of files, calls and paths. */
static bool is_joint(struct span text, size_t i)
{
    uint8_t c = span_byte(text, i);
    bool before = i > 0 && text_is_alnum(span_byte(text, i - 1));
    bool after = text_is_alnum(span_byte(text, i + 1));
    if (c == '(')
        return before;
    if (c == '-')
        return !before && after;
    return before && after && span_find_byte(SPAN_OF(".:/,;?!\"&"), c, 0) != SIZE_MAX;
}

static size_t letter_length(struct span text, size_t at)
{
    uint8_t c = span_byte(text, at);
    if (c < 0x80)
        return text_is_alpha(c);
    return text_utf8(text, at);
}

static struct shape shape_of(struct span text)
{
    struct shape s = {0};
    for (size_t i = 0, n; i < text.len && !s.is_binary; i += n) {
        uint8_t c = span_byte(text, i);
        size_t start = i;
        n = 1;
        while ((n = letter_length(text, i)) > 0) {
            s.has_foreign = s.has_foreign || n > 1;
            s.letters++;
            i += n;
        }
        n = i > start ? 0 : 1;
        if (i > start) {
            look_at_word(&s, span_cut(text, start, i - start));
            s.is_odd = s.is_odd || text_is_digit(span_byte(text, i)) ||
                       (start > 0 && text_is_digit(span_byte(text, start - 1)));
            continue;
        }
        s.digits += text_is_digit(c);
        s.spaces += text_is_space(c);
        s.is_binary = c >= 0x7f || (c < 0x20 && !text_is_space(c));
        s.marks += !text_is_digit(c) && (!is_prose_mark(c) || is_joint(text, i));
    }
    return s;
}

/* name@host.tld, or @host.tld, and nothing else. */
static bool is_address(struct span text)
{
    size_t at = span_find_byte(text, '@', 0), dots = 0;
    if (at == SIZE_MAX || text.len < at + 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = span_byte(text, i);
        if (i != at && !text_is_alnum(c) && c != '.' && c != '-' && c != '_' && c != '+')
            return false;
        dots += i > at && c == '.';
    }
    return dots > 0 && text_is_alnum(span_byte(text, at + 1)) &&
           text_is_alpha(span_byte(text, text.len - 1));
}

/* Signs of money and of degrees, in UTF-8: their length at `i`, or 0. */
static size_t sign_length(struct span text, size_t i)
{
    static const char *const signs[] = {"\xe2\x82\xac", "\xc2\xa3", "\xc2\xb0", "\xc2\xa5"};
    for (size_t k = 0; k < sizeof signs / sizeof signs[0]; k++)
        if (span_starts(span_cut(text, i, SIZE_MAX), span_text(signs[k])))
            return span_text(signs[k]).len;
    return 0;
}

/* Digits in groups, perhaps with a few capital letters: account, card, passport and telephone
 * numbers, amounts, places, dates. Dotted quads are addresses of machines. */
static bool is_number(struct span text, bool any)
{
    size_t digits = 0, capitals = 0, gaps = 0, dots = 0, commas = 0, signs = 0;
    for (size_t i = 0, n; i < text.len; i += n ? n : 1) {
        uint8_t c = span_byte(text, i);
        n = sign_length(text, i);
        signs += n > 0;
        digits += text_is_digit(c);
        capitals += is_upper(c);
        dots += c == '.';
        commas += c == ',';
        gaps += c == ' ' || c == '-' || c == '/' || c == '.' || c == ',';
        if (n == 0 && !text_is_digit(c) && !is_upper(c) &&
            span_find_byte(SPAN_OF(" -/.+()<,"), c, 0) == SIZE_MAX)
            return false;
    }
    return digits >= (signs > 0 ? 4 : 6) && capitals <= 8 && (dots < 3 || commas == 1) &&
           (any || gaps > 0 || signs > 0);
}

/* "12 Js 1234/26": groups of digits around a word or two of a few letters, as registries count. */
static bool is_reference(struct span text)
{
    size_t digits = 0, letters = 0, blanks = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = span_byte(text, i);
        digits += text_is_digit(c);
        letters += text_is_alpha(c);
        blanks += c == ' ';
        if (!text_is_alnum(c) && span_find_byte(SPAN_OF(" /-"), c, 0) == SIZE_MAX)
            return false;
    }
    return digits >= 4 && letters <= 4 && blanks > 0 &&
           text_is_digit(span_byte(text, text.len - 1)) && span_find_byte(text, '/', 0) != SIZE_MAX;
}

/* "Project Silverfox": what a person calls an affair, two words in capitals. */
static bool is_affair(struct span text)
{
    static const char *const heads[] = {"Project ", "Operation ", "Dossier ", "Projekt ",
                                        "Vorgang ", "Case ",      "Akte "};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct span rest = span_cut(text, span_text(heads[i]).len, SIZE_MAX);
        size_t small = 0;
        for (size_t k = 1; k < rest.len; k++)
            small += text_is_alpha(span_byte(rest, k)) && !is_upper(span_byte(rest, k));
        if (span_starts(text, span_text(heads[i])) && rest.len >= 4 &&
            is_upper(span_byte(rest, 0)) && small == rest.len - 1 &&
            !in_table(audit_words_technical, rest))
            return true;
    }
    return false;
}

static bool has_script(struct span text)
{
    return span_find_byte(text, '$', 0) != SIZE_MAX || span_find_byte(text, '|', 0) != SIZE_MAX ||
           span_find_byte(text, '\\', 0) != SIZE_MAX ||
           span_find(text, SPAN_OF(".php"), 0) != SIZE_MAX;
}

/* Offices say "client", "return" and "address", too: one such word beside theirs is no code. */
static bool is_office(const struct shape *s)
{
    return s->technical == 0 ||
           (s->technical == 1 && s->marks == 0 && !s->is_odd && s->digits == 0);
}

static enum audit_class judge_inner(struct span text, bool is_sample)
{
    text = text_trim(text);
    if (text.len == 0)
        return AUDIT_FREE;
    if (in_table(audit_words_structure, text))
        return AUDIT_FREE;
    struct shape s = shape_of(text);
    if (holds_any(audit_words_keys, text) &&
        !s.is_binary) /* a line of a script may name one, too */
        return (s.technical > 0 && !in_table(audit_words_keys, text)) || has_script(text)
                   ? AUDIT_CODE
                   : AUDIT_STRONG;
    if (is_address(text) || is_number(text, is_sample) || (is_sample && is_reference(text)))
        return AUDIT_STRONG;
    if (s.is_binary || span_equal(text, SPAN_OF("MZ")))
        return AUDIT_CODE;
    s.marks += 3 * holds(text, SPAN_OF("://"));
    if (is_affair(text))
        return AUDIT_STRONG;
    if (s.strong > 0 && is_office(&s) && s.marks <= 2 && s.marks * 4 <= s.letters)
        return AUDIT_STRONG;
    if (s.technical > 0 || s.marks > 0 || s.is_odd)
        return text.len < 3 || (text.len < 4 && s.letters == 3) ? AUDIT_FREE : AUDIT_CODE;
    if (s.words == 0 || s.letters < 4)
        return AUDIT_FREE;
    return AUDIT_PLAIN;
}

/* What a frame holds is judged by itself; a person's name or an attachment's is personal. */
static enum audit_class judge(struct span text, bool is_sample)
{
    if (audit_is_store(text))
        return AUDIT_STRONG;
    struct span inner = text_trim(text);
    if (in_table(audit_words_structure, inner))
        return AUDIT_FREE;
    enum audit_frame frame = audit_unframe(&inner);
    if (audit_is_document_name(inner) && (frame == FRAME_FILE || frame == FRAME_NONE))
        return AUDIT_STRONG;
    enum audit_class class = judge_inner(inner, is_sample);
    return frame == FRAME_PERSON && class >= AUDIT_PLAIN ? AUDIT_STRONG : class;
}

enum audit_class audit_judge(struct span text)
{
    return judge(text, false);
}

enum audit_class audit_judge_sample(struct span text)
{
    return judge(text, true);
}

bool audit_has_marking(struct span text)
{
    for (const char *const *word = audit_words_strong; *word; word++)
        if (span_text(*word).len >= 6 && holds(text, span_text(*word)))
            return true;
    return false;
}
