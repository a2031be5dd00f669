/* Which documents ClamAV takes a ZIP for. Right is what clamscan 1.4.6 said of such archives;
 * tests/system/clam_special.py asks it about sixty more. */
#include "jail/match/clam_office.h"
#include "make_zip.h"
#include "test.h"

enum { NAMES = 6 };

static enum clam_office office_of(const char *const *names, size_t bytes)
{
    struct make_member members[NAMES] = {{0}};
    struct make_zip how = {0};
    struct buf out;
    unsigned count = 0;
    uint8_t *data = calloc(1, bytes + 1);
    for (; count < NAMES && names[count]; count++)
        members[count] = (struct make_member){.name = names[count],
                                              .bytes = span_make(data, count ? 40 : bytes)};
    buf_init(&out, 0);
    make_zip(&out, &how, members, count);
    struct source s = source_of(test_guarded(buf_get(&out)));
    enum clam_office got = clam_office_of(&s);
    buf_done(&out);
    free(data);
    return got;
}

TEST(names_decide)
{
    static const struct {
        const char *names[NAMES];
        enum clam_office kind;
    } cases[] = {
        {{"word/document.xml"}, OFFICE_WORD},
        {{"a", "b", "xl/workbook.xml"}, OFFICE_EXCEL},
        {{"a", "b", "c", "xl/workbook.xml"}, OFFICE_NONE},
        {{"[Content_Types].xml", "b", "c", "d", "ppt/x"}, OFFICE_POWERPOINT},
        {{"a", "docProps/app.xml", "c", "d", "word/x"}, OFFICE_WORD},
        {{"docProps", "b", "c", "d", "word/x"}, OFFICE_NONE},
        {{"_rels/.rels", "b", "c", "d", "word/x"}, OFFICE_NONE},
        {{"[Content_Types].xml", "b", "c", "xl/y", "word/x"}, OFFICE_EXCEL},
        {{"[Content_Types].xml", "b", "c", "Word/x", "xword/x", "word"}, OFFICE_NONE},
        {{"mimetype", "b", "c", "word/x"}, OFFICE_WORD},
        {{"a", "META-INF/container.xml", "c", "word/x"}, OFFICE_WORD},
        {{"a", "META-INF/x", "c", "word/x"}, OFFICE_NONE},
        {{"Contents/content.hpf"}, OFFICE_HANGUL},
        {{"Contents/content.hp"}, OFFICE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (office_of(cases[i].names, 40) != cases[i].kind)
            TEST_FAIL("case %zu: %d", i, office_of(cases[i].names, 40));
}

TEST(only_the_beginning_is_looked_at)
{
    static const char *const names[NAMES] = {"a", "word/x", "c"};
    assert_int_equal(office_of(names, 5000), OFFICE_WORD);
    assert_int_equal(office_of(names, 500000), OFFICE_NONE);
}

TEST(damage_ends)
{
    struct span cut[] = {SPAN_OF(""), SPAN_OF("PK\3\4"), SPAN_OF("PK\3\4PK\5\6PK\1\2")};
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        struct source s = source_of(test_guarded(cut[i]));
        assert_int_equal(clam_office_of(&s), OFFICE_NONE);
    }
}
