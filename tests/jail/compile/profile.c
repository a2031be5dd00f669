/* The profile of a published rule: each way to break it is named. */
#include "jail/compile/profile.h"

#include "front.h"
#include "test.h"

#define META                                                                                       \
    "meta: class = \"test\" sample = "                                                             \
    "\"0000000000000000000000000000000000000000000000000000000000000000\" "

/* NULL or the reason given for the last rule. */
static const char *check(const char *text)
{
    struct front f;
    front_open(&f);
    assert_int_equal(front_add(&f, "a.yar", "a", test_guarded(span_text(text))), 0);
    const char *reason = profile_check(f.fe.ir, f.fe.ir->rule_count - 1);
    front_close(&f);
    return reason;
}

TEST(keeps_to_it)
{
    assert_null(check("rule r { " META "strings: $a = \"x1x1\" condition: $a }"));
    assert_null(
        check("import \"hash\" rule r { " META "condition: hash.md5(0, filesize) == \"0\" }"));
    assert_null(check("import \"hash\" import \"pe\" rule r { " META
                      "condition: hash.md5(pe.sections[0].raw_data_offset, "
                      "pe.sections[0].raw_data_size) == \"0\" }"));
}

TEST(breaks_it)
{
    assert_non_null(check("rule r { condition: filesize > 1 }"));
    assert_non_null(check("rule r { meta: class = \"x\" condition: filesize > 1 }"));
    assert_non_null(
        check("rule r { meta: class = \"x\" sample = \"00\" condition: filesize > 1 }"));
    assert_non_null(check("rule r { " META "condition: ext_s == \"a\" }"));
    assert_non_null(check("import \"time\" rule r { " META "condition: time.now() > 1 }"));
    assert_non_null(check("import \"console\" rule r { " META "condition: console.log(\"a\") }"));
    assert_non_null(
        check("import \"hash\" rule r { " META "condition: hash.md5(0, 10) == \"0\" }"));
    assert_non_null(check("rule p { condition: true } rule r { " META "condition: p }"));
}
