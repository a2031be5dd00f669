/* Looks for greedy beside lazy quantifiers in the text of a regular expression; hostile bytes.
 * Fact: observed of yarac 4.2.3, which refuses such a string, {n} and single '?' included, but not
 * the right side of `matches`. YARA-X takes both. */
#include "jail/compile/yara_greed.h"

#include "common/text.h"

/* One past the class that begins at `i`. A ']' that stands first is a member. */
static size_t class_end(struct span s, size_t i)
{
    i++;
    if (span_byte(s, i) == '^')
        i++;
    if (span_byte(s, i) == ']')
        i++;
    for (; i < s.len && span_byte(s, i) != ']'; i++)
        if (span_byte(s, i) == '\\')
            i++;
    return i + 1;
}

/* Length of {n}, {n,}, {,m}, {n,m} at `i`; 0 for a brace that is a literal. */
static size_t bounds_len(struct span s, size_t i)
{
    size_t end = i + 1;
    while (text_is_digit(span_byte(s, end)) || span_byte(s, end) == ',')
        end++;
    return span_byte(s, end) == '}' && end > i + 1 ? end + 1 - i : 0;
}

static size_t quantifier_len(struct span s, size_t i)
{
    switch (span_byte(s, i)) {
    case '*':
    case '+':
    case '?':
        return 1;
    case '{':
        return bounds_len(s, i);
    default:
        return 0;
    }
}

size_t yara_greed_mixed(struct span text)
{
    bool greedy = false, lazy = false;
    for (size_t i = 0; i < text.len;) {
        size_t n = quantifier_len(text, i);
        if (n == 0) {
            uint8_t c = span_byte(text, i);
            i = c == '[' ? class_end(text, i) : i + (c == '\\' ? 2 : 1);
            continue;
        }
        bool is_lazy = span_byte(text, i + n) == '?';
        lazy |= is_lazy;
        greedy |= !is_lazy;
        if (lazy && greedy)
            return i;
        i += n + is_lazy;
    }
    return SIZE_MAX;
}
