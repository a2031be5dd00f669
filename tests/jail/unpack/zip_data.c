/* Encrypted members: every method opens with the right password, none with another. */
#include "make_zip.h"
#include "scan_rules.h"
#include "test.h"

static const char marker[] = "marker-behind-a-password: pack my box with five dozen liquor jugs";

/* Names and gaps of a scan with these passwords, one a line. */
static const char *scan(struct buf *out, const char *passwords, struct span zip, unsigned flags)
{
    struct compiled c;
    struct source_file files[2] = {
        {.name = SPAN_OF("t.pwdb"), .bytes = span_text(passwords)},
        {.name = SPAN_OF("t.yar"),
         .space = SPAN_OF("default"),
         .bytes = SPAN_OF("rule m { strings: $a = \"marker-behind-a-password\" condition: $a }")}};
    struct compile_input in = {.files = files, .file_count = 2};
    buf_clear(out);
    rules_compile_input(&c, &in);
    assert_int_equal(c.err, ERR_NONE);
    if (flags)
        rules_scan(buf_get(&c.image), test_guarded(zip), SCAN_UNPACK, out);
    else
        rules_scan_windowed(buf_get(&c.image), zip, SIZE_MAX, SCAN_UNPACK, out);
    rules_done(&c);
    buf_byte(out, 0);
    return (const char *)out->at;
}

#define RIGHT "p;Engine:1-255;0;wrong\nq;Engine:1-255;0;right\n"

TEST(every_method)
{
    static const uint16_t methods[] = {0, 8, 12, 14, 93, 95};
    struct buf zip, out;
    buf_init(&zip, 0);
    buf_init(&out, 0);
    for (int i = 0; i < 24; i++) {
        struct make_member m = {.name = "a",
                                .bytes = span_text(marker),
                                .password = "right",
                                .method = methods[i / 4],
                                .flags = i & 1 ? 8 : 0,
                                .is_zip64 = (i & 2) != 0};
        buf_clear(&zip);
        make_zip(&zip, &(struct make_zip){0}, &m, 1);
        assert_string_equal(scan(&out, RIGHT, buf_get(&zip), 1), "m ");
        assert_string_equal(scan(&out, RIGHT, buf_get(&zip), 0), "m ");
        assert_string_equal(scan(&out, "p;Engine:1-255;0;wrong\n", buf_get(&zip), 1),
                            "!encrypted ");
    }
    buf_done(&zip);
    buf_done(&out);
}

/* 600 passwords: two of them pass the one byte that is looked at first. */
TEST(a_password_is_right_when_the_checksum_is)
{
    struct buf zip, out, list;
    struct make_member m = {.name = "a", .bytes = span_text(marker), .password = "right"};
    buf_init(&zip, 0);
    buf_init(&out, 0);
    buf_init(&list, 0);
    make_zip(&zip, &(struct make_zip){0}, &m, 1);
    for (int i = 0; i < 600; i++)
        buf_print(&list, "p;Engine:1-255;0;wrong%d\n", i);
    buf_byte(&list, 0);
    assert_string_equal(scan(&out, (const char *)list.at, buf_get(&zip), 1), "!encrypted ");
    list.len--;
    buf_text(&list, "p;Engine:1-255;0;right\n");
    buf_byte(&list, 0);
    assert_string_equal(scan(&out, (const char *)list.at, buf_get(&zip), 1), "m ");
    buf_done(&zip);
    buf_done(&out);
    buf_done(&list);
}

TEST(what_cannot_be_opened_stays_a_gap)
{
    struct buf zip, out;
    struct make_member cases[] = {
        {.name = "a", .method = 99, .flags = 1, .packed = SPAN_OF("AES, and long enough")},
        {.name = "a", .method = 9, .flags = 1, .packed = SPAN_OF("deflate64, long enough")},
        {.name = "a", .flags = 1, .packed = SPAN_OF("short")},
        {.name = "a", .password = "right", .bytes = SPAN_OF("x"), .crc_xor = 1},
        {.name = "a", .password = "right", .bytes = SPAN_OF("x"), .is_unlisted = true, .flags = 8},
    };
    buf_init(&zip, 0);
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&zip);
        make_zip(&zip, &(struct make_zip){0}, &cases[i], 1);
        const char *got = scan(&out, RIGHT, buf_get(&zip), 1);
        assert_non_null(strstr(got, "!encrypted "));
        assert_null(strstr(got, "m "));
    }
    buf_done(&zip);
    buf_done(&out);
}

TEST(unlisted_members_open_too)
{
    struct buf zip, out;
    struct make_member m = {.name = "a",
                            .bytes = span_text(marker),
                            .password = "right",
                            .method = 8,
                            .is_unlisted = true};
    buf_init(&zip, 0);
    buf_init(&out, 0);
    make_zip(&zip, &(struct make_zip){0}, &m, 1);
    assert_string_equal(scan(&out, RIGHT, buf_get(&zip), 1), "!damaged m ");
    buf_done(&zip);
    buf_done(&out);
}
