/* One ClamAV database and some bytes: what is found, or what is said. */
#include "clam_try.h"

#include "scan_rules.h"
#include "test.h"

const char *clam_try(struct buf *out, const char *name, const char *lines, struct span bytes)
{
    struct compiled c;
    struct source_file file = {.name = span_text(name), .bytes = span_text(lines)};
    struct compile_input in = {.files = &file, .file_count = 1};
    buf_clear(out);
    rules_compile_input(&c, &in);
    buf_span(out, buf_get(&c.diags));
    if (c.err == ERR_NONE)
        rules_scan(buf_get(&c.image), bytes, span_starts(bytes, SPAN_OF("PK")) ? SCAN_UNPACK : 0,
                   out);
    rules_done(&c);
    buf_byte(out, 0);
    return (const char *)out->at;
}

void clam_expect(const char *name, const struct clam_case *cases, size_t count)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < count; i++) {
        const char *got = clam_try(&out, name, cases[i].line, test_guarded(cases[i].bytes));
        if (strcmp(got, cases[i].out) != 0)
            print_message("case %zu: %s\n", i, cases[i].line);
        assert_string_equal(got, cases[i].out);
    }
    buf_done(&out);
}
