/* The module macho over small files made in code: classes, byte orders, fat files, every
 * truncation.
 */
#include "common/crypto.h"
#include "make_macho.h"
#include "test.h"

#include "facts.h"

enum { X86 = 7, X86_64 = 0x01000007, ARM64 = 0x0100000c, POWERPC = 18 };

#define NUMBER(v) ((struct fact){.kind = FACT_INT, .i = (v)})

static const struct make_macho kinds[] = {
    {.cputype = X86, .has_thread = true},
    {.cputype = X86_64, .is_64 = true},
    {.cputype = X86_64, .is_64 = true, .has_thread = true},
    {.cputype = ARM64, .is_64 = true, .has_thread = true},
    {.cputype = POWERPC, .is_big = true, .has_thread = true},
    {.cputype = X86_64, .is_64 = true, .is_big = true},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct span built(struct buf *b, const struct make_macho *m)
{
    buf_init(b, 0);
    make_macho(b, m);
    return test_guarded(buf_get(b));
}

TEST(single_files)
{
    for (int i = 0; i < KINDS; i++) {
        const struct make_macho *m = &kinds[i];
        struct buf b;
        struct loaded l = facts_load("macho", built(&b, m));
        facts_int(&l, "cputype", m->cputype);
        facts_int(&l, "filetype", 2);
        facts_int(&l, "ncmds", 3);
        facts_int(&l, "flags", 0x85);
        facts_int(&l, "number_of_segments", 2);
        facts_text(&l, "segments[0].segname", "__TEXT");
        facts_text(&l, "segments[1].segname", "__DATA_SIXTEEN__");
        facts_int(&l, "segments[0].vmaddr", 0x100000);
        facts_int(&l, "segments[0].fsize", 0x1000);
        facts_int(&l, "segments[0].sections[0].addr", 0x100234);
        facts_text(&l, "segments[0].sections[0].sectname", "__text");
        facts_int(&l, "segments[0].sections[0].flags", 0x80000400);
        assert_int_equal(facts_at(&l, "segments[1].sections")->list.count, 0);
        facts_int(&l, "entry_point", 0x1234);
        if (m->is_64)
            facts_int(&l, "reserved", 0x77);
        else
            facts_undefined(&l, "reserved");
        if (m->has_thread)
            facts_undefined(&l, "stack_size");
        else
            facts_int(&l, "stack_size", 0x8000);
        facts_undefined(&l, "fat_magic");
        facts_done(&l);
        buf_done(&b);
    }
}

/* Always what a big-endian reader sees. */
TEST(magic)
{
    struct buf b;
    struct loaded l = facts_load("macho", built(&b, &kinds[0]));
    facts_int(&l, "magic", 0xcefaedfe);
    facts_int(&l, "MH_CIGAM", 0xcefaedfe);
    facts_done(&l);
    buf_done(&b);
    l = facts_load("macho", built(&b, &kinds[4]));
    facts_int(&l, "magic", 0xfeedface);
    facts_done(&l);
    buf_done(&b);
}

TEST(fat_files_and_functions)
{
    for (int wide = 0; wide < 2; wide++) {
        struct buf b;
        buf_init(&b, 0);
        make_macho_fat(&b, wide, kinds, 2);
        struct loaded l = facts_load("macho", test_guarded(buf_get(&b)));
        int64_t at = facts_at(&l, "fat_arch[1].offset")->i;
        facts_int(&l, "nfat_arch", 2);
        facts_int(&l, "file[1].cputype", X86_64);
        facts_int(&l, "file[0].number_of_segments", 2);
        facts_undefined(&l, "magic");
        struct fact args[2] = {NUMBER(X86_64), NUMBER(3)};
        assert_int_equal(facts_call(&l, "", "file_index_for_arch", "i>i", args).i, 1);
        assert_int_equal(facts_call(&l, "", "file_index_for_arch", "ii>i", args).i, 1);
        assert_int_equal(facts_call(&l, "", "entry_point_for_arch", "i>i", args).i, at + 0x1234);
        assert_int_equal(facts_call(&l, "", "entry_point_for_arch", "ii>i", args).i, at + 0x1234);
        args[1] = NUMBER(4);
        assert_int_equal(facts_call(&l, "", "file_index_for_arch", "ii>i", args).kind,
                         FACT_UNDEFINED);
        assert_int_equal(facts_call(&l, "", "entry_point_for_arch", "ii>i", args).kind,
                         FACT_UNDEFINED);
        facts_done(&l);
        buf_done(&b);
    }
}

/* A file that claims to lie outside has a row and no facts. */
TEST(fat_row_outside_the_file)
{
    struct buf b;
    buf_init(&b, 0);
    make_macho_fat(&b, false, kinds, 2);
    b.at[8 + 8] = 0x7f; /* fat_arch[0].offset */
    struct loaded l = facts_load("macho", buf_get(&b));
    facts_int(&l, "fat_arch[0].cputype", X86);
    facts_undefined(&l, "file[0].cputype");
    facts_int(&l, "file[1].cputype", X86_64);
    facts_done(&l);
    buf_done(&b);
}

static void try_bytes(struct span s)
{
    struct loaded l = facts_load("macho", s);
    facts_call_all(&l);
    facts_done(&l);
}

TEST(every_truncation_is_safe)
{
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < KINDS + 2; i++) {
        buf_clear(&b);
        if (i < KINDS)
            make_macho(&b, &kinds[i]);
        else
            make_macho_fat(&b, i & 1, kinds, 2);
        for (size_t len = 0; len <= b.len; len++)
            try_bytes(test_guarded(span_cut(buf_get(&b), 0, len)));
    }
    buf_done(&b);
}

TEST(random_damage_is_safe)
{
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 2000; i++) {
        buf_clear(&b);
        if (i & 1)
            make_macho(&b, &kinds[i % KINDS]);
        else
            make_macho_fat(&b, i & 2, kinds, 3);
        for (int k = 0; k < 5; k++)
            b.at[4 + test_random() % (b.len - 4)] = (uint8_t)test_random();
        try_bytes(buf_get(&b));
    }
    buf_done(&b);
}

static const struct make_macho more_kinds[] = {
    {.cputype = X86_64, .is_64 = true, .has_more = true},
    {.cputype = X86, .has_more = true},
    {.cputype = POWERPC, .is_big = true, .has_more = true},
};

static void expect_more(const struct loaded *l, const char *top)
{
    static const struct {
        const char *path, *text;
        int64_t number;
    } rows[] = {
        {"dylibs[0].name", "/usr/lib/libSystem.B.dylib", 0},
        {"dylibs[0].timestamp", NULL, 0x5e0be100},
        {"dylibs[0].current_version", "1234.1.2", 0},
        {"dylibs[0].compatibility_version", "1.0.0", 0},
        {"dylibs[3].name", "@rpath/libAgain.dylib", 0},
        {"rpaths[0]", "@loader_path/../lib", 0},
        {"rpaths[1]", "/opt/lib", 0},
        {"dynamic_linker", "DYLD_X=1", 0}, /* the last command of the kind */
        {"uuid", "DEADBEEF-0102-0304-0506-0708090A0B0C", 0},
        {"source_version", "7.6.5.4.3", 0},
        {"build_version.platform", NULL, 1},
        {"build_version.minos", "10.15.0", 0},
        {"build_version.ntools", NULL, 2},
        {"build_version.tools[1].tool", NULL, 4},
        {"build_version.tools[1].version", "597.1", 0},
        {"min_version.device", NULL, 0x24},
        {"min_version.version", "10.9.0", 0},
        {"min_version.sdk", "10.14.6", 0},
        {"linker_options[0]", "-framework", 0},
        {"linker_options[1]", "Foundation", 0},
        {"symtab.nsyms", NULL, 4},
        {"symtab.entries[2]", "_Abort", 0},
        {"dysymtab.nextdefsym", NULL, 103},
        {"dysymtab.tocoff", NULL, 104}, /* as YARA-X reads it */
        {"dysymtab.nlocrel", NULL, 115},
        {"exports[0]", "_Weak", 0},
        {"exports[1]", "_main", 0},
        {"imports[0]", "_printf", 0},
        {"imports[2]", "_lazy", 0},
        {"entitlements[0]", "com.apple.security.app-sandbox", 0},
        {"entitlements[1]", "Groups & more", 0},
        {"entitlements[3]", "group.two", 0},
        {"entitlements[4]", "tight", 0},
    };
    char path[100];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(path, sizeof path, "%s%s", top, rows[i].path);
        if (rows[i].text)
            facts_text(l, path, rows[i].text);
        else
            facts_int(l, path, rows[i].number);
    }
    (void)snprintf(path, sizeof path, "%sentitlements", top);
    assert_int_equal(facts_at(l, path)->list.count, 5);
    (void)snprintf(path, sizeof path, "%sdysymtab.iundefsym", top);
    facts_undefined(l, path);
}

static void expect_hash(struct loaded *l, const char *name, const char *want)
{
    struct fact got = facts_call(l, "", name, ">s", NULL);
    if (got.kind != FACT_STRING || !span_equal(got.s, span_text(want)))
        TEST_FAIL("%s: %.*s\n", name, (int)got.s.len, (const char *)got.s.at);
}

static void expect_functions(struct loaded *l)
{
    static const struct {
        const char *function, *name;
        int64_t want;
    } rows[] = {
        {"has_dylib", "/usr/LIB/libself.dylib", 1},
        {"has_dylib", "libself", 0},
        {"has_rpath", "/OPT/lib", 1},
        {"has_rpath", "", 0},
        {"has_import", "_PRINTF", 1},
        {"has_import", "_main", 0},
        {"has_export", "_main", 1},
        {"has_export", "_printf", 0},
        {"has_entitlement", "GROUP.one", 1},
        {"has_entitlement", "unseen", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fact name = {.kind = FACT_STRING, .s = span_text(rows[i].name)};
        if (facts_call(l, "", rows[i].function, "s>i", &name).i != rows[i].want)
            TEST_FAIL("%s %s\n", rows[i].function, rows[i].name);
    }
    /* md5 of "_Abort,_printf"; of "_abort,_lazy,_printf"; of "_main,_weak" */
    expect_hash(l, "symhash", "c80d3eb7a8beb12aa1fb49ecf0931cf5");
    expect_hash(l, "import_hash", "a920357cc4cdea0842e6e1007ee53f5f");
    expect_hash(l, "export_hash", "a97ea0084c6602f9034fc1a38d831e80");
}

/* YARA-X's fields, in the file itself and in one inside a fat one. */
TEST(more_fields)
{
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    for (size_t i = 0; i < sizeof more_kinds / sizeof more_kinds[0]; i++) {
        struct buf b;
        struct loaded l = facts_load("macho", built(&b, &more_kinds[i]));
        expect_more(&l, "");
        expect_functions(&l);
        facts_done(&l);
        buf_done(&b);
    }
    struct buf fat;
    buf_init(&fat, 0);
    make_macho_fat(&fat, false, more_kinds, 3);
    struct loaded l = facts_load("macho", test_guarded(buf_get(&fat)));
    expect_more(&l, "file[0].");
    expect_more(&l, "file[2].");
    expect_functions(&l);
    facts_done(&l);
    buf_done(&fat);
}

TEST(more_truncated)
{
    struct buf b;
    buf_init(&b, 0);
    make_macho(&b, &more_kinds[0]);
    for (size_t n = 0; n < b.len; n++) {
        struct loaded l = facts_load("macho", test_guarded(span_cut(buf_get(&b), 0, n)));
        facts_call_all(&l);
        facts_done(&l);
    }
    buf_done(&b);
}

TEST(nothing_to_hash)
{
    struct buf b;
    struct loaded l = facts_load("macho", built(&b, &kinds[0]));
    assert_int_equal(facts_call(&l, "", "dylib_hash", ">s", NULL).kind, FACT_UNDEFINED);
    assert_int_equal(facts_call(&l, "", "symhash", ">s", NULL).kind, FACT_UNDEFINED);
    assert_int_equal(facts_at(&l, "dylibs")->list.count, 0);
    facts_undefined(&l, "uuid");
    facts_done(&l);
    buf_done(&b);
}

/* Without bindings and tries the symbol table says what is imported and exported. */
TEST(names_by_symbol_table)
{
    struct buf b;
    buf_init(&b, 0);
    make_macho(&b, &more_kinds[0]);
    size_t at = span_find(buf_get(&b), SPAN_OF("\x22\0\0\x80\x30\0\0\0"), 0);
    assert_true(at < b.len);
    b.at[at] = 0x7f; /* no command that is known */
    struct loaded l = facts_load("macho", test_guarded(buf_get(&b)));
    facts_text(&l, "imports[0]", "_printf");
    facts_text(&l, "imports[1]", "_Abort");
    facts_text(&l, "imports[2]", "_local");
    assert_int_equal(facts_at(&l, "imports")->list.count, 3);
    facts_text(&l, "exports[0]", "_main");
    assert_int_equal(facts_at(&l, "exports")->list.count, 1);
    facts_undefined(&l, "dyld_info.bind_off");
    facts_done(&l);
    buf_done(&b);
}
