/* The module lnk over shortcuts made in code: every part, damaged ones, every truncation. */
#include "make_lnk.h"
#include "test.h"

#include "facts.h"
#include "jail/facts/fact_text.h"

static struct loaded built(struct buf *b, const struct make_lnk *m)
{
    buf_init(b, 0);
    make_lnk(b, m);
    return facts_load("lnk", test_guarded(buf_get(b)));
}

static void done(struct loaded *l, struct buf *b)
{
    facts_done(l);
    buf_done(b);
}

TEST(header_alone)
{
    struct buf b;
    struct loaded l = built(&b, &(struct make_lnk){0});
    facts_int(&l, "is_lnk", 1);
    facts_int(&l, "creation_time", 1577836800);
    facts_int(&l, "access_time", 1577836801);
    facts_int(&l, "write_time", 1577836802);
    facts_int(&l, "file_size", 4096);
    facts_int(&l, "file_attributes", 0x20);
    facts_int(&l, "icon_index", 5);
    facts_int(&l, "show_command", 7);
    facts_int(&l, "ShowCommand.MIN_NO_ACTIVE", 7);
    facts_int(&l, "DriveType.FIXED", 3);
    facts_int(&l, "ShellItemType.VOLUME", 0x20);
    facts_int(&l, "FILE_ATTRIBUTE_ENCRYPTED", 0x4000);
    facts_int(&l, "overlay_size", 0);
    facts_undefined(&l, "overlay_offset");
    facts_undefined(&l, "name");
    facts_undefined(&l, "drive_type");
    facts_undefined(&l, "tracker_data.version");
    assert_int_equal(facts_at(&l, "target_id_list")->list.count, 0);
    done(&l, &b);
}

TEST(target_ids)
{
    struct buf b;
    struct loaded l = built(&b, &(struct make_lnk){.has_ids = true});
    assert_int_equal(facts_at(&l, "target_id_list")->list.count, 8);
    facts_int(&l, "target_id_list[0].item_type", 0x1f);
    facts_text(&l, "target_id_list[0].root_folder_id", "04030201-0605-0807-090a-0b0c0d0e0f10");
    facts_undefined(&l, "target_id_list[0].volume_id");
    facts_int(&l, "target_id_list[1].item_type", 0x20);
    facts_text(&l, "target_id_list[1].volume_name", "C:\\");
    facts_undefined(&l, "target_id_list[1].volume_id");
    facts_text(&l, "target_id_list[2].volume_id", "34333231-3635-3837-393a-3b3c3d3e3f40");
    facts_int(&l, "target_id_list[3].item_type", 0x30);
    facts_text(&l, "target_id_list[3].file_entry_name", "Users");
    facts_text(&l, "target_id_list[4].file_entry_name", "a.exe");
    facts_int(&l, "target_id_list[5].item_type", 0x40);
    facts_text(&l, "target_id_list[5].network_location", "\\\\server\\share");
    facts_int(&l, "target_id_list[6].item_type", 0);
    facts_text(&l, "target_id_list[6].cpl_file_path", "C:\\x.cpl");
    facts_int(&l, "target_id_list[7].item_type", 0x61);
    facts_text(&l, "target_id_list[7].data", "what is it");
    done(&l, &b);
}

TEST(paths_and_volume)
{
    for (int wide = 0; wide < 2; wide++) {
        struct buf b;
        struct loaded l = built(&b, &(struct make_lnk){.has_info = true, .has_wide_info = wide});
        facts_int(&l, "drive_type", 3);
        facts_int(&l, "drive_serial_number", 0x12345678);
        facts_text(&l, "volume_label", "LABEL");
        facts_text(&l, "local_base_path", wide ? "C:\\Us\xc3\xa9rs\\" : "C:\\Users\\");
        facts_text(&l, "common_path_suffix", "a.exe");
        facts_int(&l, "overlay_size", 0);
        done(&l, &b);
    }
}

TEST(strings_tracker_overlay)
{
    for (int unicode = 0; unicode < 2; unicode++) {
        struct make_lnk m = {.has_strings = true, .has_tracker = true, .overlay = "behind it"};
        m.is_unicode = unicode;
        struct buf b;
        struct loaded l = built(&b, &m);
        facts_text(&l, "name", "a name");
        facts_text(&l, "relative_path", ".\\a.exe");
        facts_text(&l, "working_dir", "C:\\Users");
        facts_text(&l, "cmd_line_args", "-x --all");
        facts_text(&l, "icon_location", "icons.dll");
        facts_int(&l, "tracker_data.version", 2);
        facts_text(&l, "tracker_data.machine_id", "machine");
        facts_text(&l, "tracker_data.droid_volume_id", "03020100-0504-0706-0809-0a0b0c0d0e0f");
        facts_text(&l, "tracker_data.droid_birth_file_id",
                   "33323130-3534-3736-3839-3a3b3c3d3e3f");
        facts_int(&l, "overlay_size", 9);
        facts_int(&l, "overlay_offset", (int64_t)b.len - 9);
        done(&l, &b);
    }
}

/* What stands before the damage is known, what stands behind it is not. */
TEST(truncated)
{
    static const struct make_lnk whole = {.has_ids = true,
                                          .has_info = true,
                                          .has_strings = true,
                                          .is_unicode = true,
                                          .has_wide_info = true,
                                          .has_tracker = true};
    struct buf b;
    buf_init(&b, 0);
    make_lnk(&b, &whole);
    for (size_t n = 0; n < b.len; n++) {
        struct loaded l = facts_load("lnk", test_guarded(span_cut(buf_get(&b), 0, n)));
        facts_int(&l, "is_lnk", n >= 0x4c);
        if (n < 0x4c)
            facts_undefined(&l, "file_size");
        facts_undefined(&l, "overlay_size");
        facts_done(&l);
    }
    buf_done(&b);
}

TEST(other_files)
{
    struct buf b;
    struct loaded l = built(&b, &(struct make_lnk){0});
    facts_done(&l);
    b.at[4] = 2; /* another class */
    l = facts_load("lnk", test_guarded(buf_get(&b)));
    facts_int(&l, "is_lnk", 0);
    facts_undefined(&l, "creation_time");
    facts_int(&l, "ShowCommand.NORMAL", 1);
    done(&l, &b);
}

/* As Rust's from_utf8_lossy and from_utf16_lossy. */
TEST(lossy_texts)
{
    static const struct {
        const char *bytes, *want;
    } cases[] = {
        {"plain", "plain"},
        {"\xc3\xa9", "\xc3\xa9"},
        {"a\xff\xe9z", "a\xef\xbf\xbd\xef\xbf\xbdz"},
        {"\xe2\x82z", "\xef\xbf\xbdz"},
        {"\xf0\x9f\x98z", "\xef\xbf\xbdz"},
        {"\xed\xa0\x80z", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz"},
        {"\xf0\x80z", "\xef\xbf\xbd\xef\xbf\xbdz"},
        {"\xc0\x80z", "\xef\xbf\xbd\xef\xbf\xbdz"},
        {"\xe2\x82", "\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},
    };
    struct arena *a = arena_new(0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fact f = {0};
        fact_set_utf8(&f, a, test_guarded(span_text(cases[i].bytes)));
        if (!span_equal(f.s, span_text(cases[i].want)))
            TEST_FAIL("case %zu\n", i);
    }
    struct fact f = {0};
    fact_set_utf16(&f, a, test_guarded(span_make("\x3d\xd8\x00\xde\x00\xd8z\0\x00\xdc" "a\0\0\0b\0", 14)));
    assert_true(span_equal(f.s, span_text("\xf0\x9f\x98\x80\xef\xbf\xbdz\xef\xbf\xbd" "a")));
    fact_set_utf16(&f, a, test_guarded(span_make("a\0\x3d\xd8x", 5)));
    assert_true(span_equal(f.s, span_text("a\xef\xbf\xbd")));
    arena_free(a);
}
