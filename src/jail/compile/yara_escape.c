/* Looks for unknown escapes in the text of a regular expression, for --strict-escape; hostile
 * bytes. Fact: YARA's manual ("Regular expressions") lists the escapes; before punctuation a
 * backslash is never in doubt. */
#include "jail/compile/yara_escape.h"

#include "common/text.h"

size_t yara_escape_unknown(struct span text)
{
    static const char known[] = "tnrfaxwWsSdDbB";
    size_t at = span_find_byte(text, '\\', 0);
    while (at < text.len) {
        uint8_t c = span_byte(text, at + 1);
        if (text_is_alnum(c) && span_find_byte(SPAN_OF(known), c, 0) == SIZE_MAX)
            return at;
        at = span_find_byte(text, '\\', at + 2);
    }
    return SIZE_MAX;
}
