/* Numbers read from a file and compared with a constant: marks of formats, or letters spelled. */
#include "jail/compile/audit.h"

#include "common/text.h"

/* First bytes, in the order of the file. */
static const struct {
    const char *bytes;
    uint8_t len;
    enum audit_class class;
} heads[] = {
    {"%PDF", 4, AUDIT_FREE},
    {"PK\3\4", 4, AUDIT_FREE},
    {"\xd0\xcf\x11\xe0", 4, AUDIT_FREE},
    {"\xa1\xb1\x1a\xe1", 4, AUDIT_FREE},
    {"{\\rt", 4, AUDIT_FREE},
    {"<?xm", 4, AUDIT_FREE},
    {"<htm", 4, AUDIT_FREE},
    {"<!DO", 4, AUDIT_FREE},
    {"From", 4, AUDIT_FREE},
    {"Rece", 4, AUDIT_FREE},
    {"PK", 2, AUDIT_FREE},
    {"%P", 2, AUDIT_FREE},
    {"\xff\xfe", 2, AUDIT_FREE},
    {"\xd0\xcf", 2, AUDIT_FREE},
    {"MZ", 2, AUDIT_CODE},
    {"#!", 2, AUDIT_CODE},
    {"\x7f"
     "ELF",
     4, AUDIT_CODE},
};

enum audit_class audit_read_class(const struct ir_read *read, bool at_start, int64_t value,
                                  struct buf *spelled)
{
    uint8_t bytes[8];
    size_t n = read->bytes <= sizeof bytes ? read->bytes : sizeof bytes, letters = 0, zeros = 0;
    for (size_t i = 0; i < n; i++) {
        size_t shift = 8 * (read->big_endian ? n - 1 - i : i);
        bytes[i] = (uint8_t)((uint64_t)value >> shift);
        letters += text_is_alpha(bytes[i]) || bytes[i] == ' ';
        zeros += bytes[i] == 0;
    }
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (span_equal(span_make(bytes, n), span_make(heads[i].bytes, heads[i].len)))
            return heads[i].class;
    if (at_start)
        return n == 1 && (text_is_print(bytes[0])) ? AUDIT_FREE : AUDIT_CODE;
    if (letters + zeros == n && letters > 0 && (zeros == 0 || n > 1)) {
        for (size_t i = 0; i < n; i++)
            if (bytes[i])
                buf_byte(spelled, bytes[i]);
        return AUDIT_FREE; /* the whole that is spelled is judged at the end */
    }
    return n == 1 && (text_is_print(bytes[0]) || bytes[0] == '\n') ? AUDIT_FREE : AUDIT_CODE;
}
