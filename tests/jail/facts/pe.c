/* The module pe over small files made in code: every part once, every truncation of a file with all
 * parts. */
#include "make_pe.h"
#include "test.h"

#include "common/crypto.h"
#include "facts.h"
#include "jail/facts/module_dump.h"

#define STRING(text) ((struct fact){.kind = FACT_STRING, .s = SPAN_OF(text)})
#define REGEX(text) ((struct fact){.kind = FACT_REGEX, .s = SPAN_OF(text)})
#define NUMBER(v) ((struct fact){.kind = FACT_INT, .i = (v)})
#define ARGS(...) ((struct fact[]){__VA_ARGS__})

static struct span full(struct buf *out, bool is_64)
{
    buf_init(out, 0);
    make_pe_full(out, is_64);
    return test_guarded(buf_get(out));
}

TEST(headers)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, false));
    facts_int(&l, "is_pe", 1);
    facts_int(&l, "machine", 0x14c);
    facts_int(&l, "timestamp", 0x5f000000);
    facts_int(&l, "entry_point", MAKE_PE_FILE);
    facts_int(&l, "entry_point_raw", MAKE_PE_BASE);
    facts_int(&l, "image_base", MAKE_PE_IMAGE_BASE);
    facts_int(&l, "base_of_data", 0x2000);
    facts_int(&l, "linker_version.major", 2);
    facts_int(&l, "os_version.minor", 2);
    facts_int(&l, "image_version.major", 3);
    facts_int(&l, "subsystem_version.minor", 6);
    facts_int(&l, "checksum", 0x1234);
    facts_int(&l, "size_of_stack_commit", 0x100001);
    facts_int(&l, "data_directories[1].size", 40);
    facts_text(&l, "sections[0].name", ".text");
    facts_text(&l, "sections[0].full_name", ".text");
    facts_int(&l, "sections[0].raw_data_offset", MAKE_PE_FILE);
    facts_int(&l, "sections[0].number_of_line_numbers", 44);
    facts_int(&l, "overlay.size", 4);
    facts_int(&l, "overlay.offset", (int64_t)b.len - 4);
    facts_int(&l, "MACHINE_AMD64", 0x8664);
    facts_int(&l, "IMPORT_ANY", -1);
    facts_done(&l);
    buf_done(&b);
}

TEST(wide_file_has_no_base_of_data)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, true));
    facts_int(&l, "opthdr_magic", 0x20b);
    facts_undefined(&l, "base_of_data");
    facts_text(&l, "import_details[0].functions[1].name", "ExitProcess");
    facts_int(&l, "import_details[0].functions[2].ordinal", 9);
    assert_int_equal(facts_call(&l, "", "is_64bit", ">i", NULL).i, 1);
    assert_int_equal(facts_call(&l, "", "is_32bit", ">i", NULL).i, 0);
    facts_done(&l);
    buf_done(&b);
}

TEST(imports)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, false));
    facts_int(&l, "number_of_imports", 1);
    facts_int(&l, "number_of_imported_functions", 3);
    facts_text(&l, "import_details[0].library_name", "KERNEL32.dll");
    facts_text(&l, "import_details[0].functions[0].name", "CreateFileA");
    facts_undefined(&l, "import_details[0].functions[0].ordinal");
    facts_text(&l, "import_details[0].functions[2].name", "ord9");
    facts_text(&l, "delayed_import_details[0].functions[1].name", "ExitProcess");
    struct fact dll = STRING("kernel32.DLL"), late = STRING("LATE.dll");
    assert_int_equal(facts_call(&l, "", "imports", "s>i", ARGS(dll)).i, 3);
    assert_int_equal(facts_call(&l, "", "imports", "ss>i", ARGS(dll, STRING("exitprocess"))).i, 1);
    assert_int_equal(facts_call(&l, "", "imports", "ss>i", ARGS(dll, STRING("exit"))).i, 0);
    assert_int_equal(facts_call(&l, "", "imports", "si>i", ARGS(dll, NUMBER(9))).i, 1);
    assert_int_equal(facts_call(&l, "", "imports", "si>i", ARGS(dll, NUMBER(-1))).i, 0);
    assert_int_equal(facts_call(&l, "", "import_rva", "si>i", ARGS(dll, NUMBER(-1))).kind,
                     FACT_UNDEFINED);
    assert_int_equal(facts_call(&l, "", "imports", "rr>i", ARGS(REGEX("KERN"), REGEX("e"))).i, 2);
    assert_int_equal(facts_call(&l, "", "imports", "is>i", ARGS(NUMBER(1), late)).i, 0);
    assert_int_equal(facts_call(&l, "", "imports", "is>i", ARGS(NUMBER(2), late)).i, 2);
    assert_int_equal(
        facts_call(&l, "", "imports", "irr>i", ARGS(NUMBER(-1), REGEX("."), REGEX("Exit"))).i, 2);
    int64_t slot = facts_at(&l, "import_details[0].functions[0].rva")->i;
    assert_int_equal(facts_call(&l, "", "import_rva", "ss>i", ARGS(dll, STRING("CREATEFILEA"))).i,
                     slot);
    assert_int_equal(facts_call(&l, "", "import_rva", "si>i", ARGS(dll, NUMBER(9))).i, slot + 8);
    facts_done(&l);
    buf_done(&b);
}

TEST(imphash_is_the_known_one)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, false));
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    struct fact f = facts_call(&l, "", "imphash", ">s", NULL);
    /* echo -n kernel32.createfilea,kernel32.exitprocess,kernel32.ord9 | md5sum */
    assert_int_equal(f.s.len, 32);
    assert_memory_equal(f.s.at, "c08a086e3effdafc9d2e83ea9fb7acb5", 32);
    facts_done(&l);
    buf_done(&b);
}

TEST(exports)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, false));
    facts_int(&l, "number_of_exports", 3);
    facts_text(&l, "dll_name", "self.dll");
    facts_int(&l, "export_timestamp", 0x11111111);
    facts_text(&l, "export_details[1].name", "ExitProcess");
    facts_int(&l, "export_details[1].ordinal", 6);
    facts_int(&l, "export_details[1].offset", MAKE_PE_FILE + 16);
    facts_text(&l, "export_details[2].forward_name", "other.function");
    facts_undefined(&l, "export_details[2].name");
    assert_int_equal(facts_call(&l, "", "exports", "s>i", ARGS(STRING("exitPROCESS"))).i, 1);
    assert_int_equal(facts_call(&l, "", "exports", "r>i", ARGS(REGEX("File"))).i, 1);
    assert_int_equal(facts_call(&l, "", "exports", "i>i", ARGS(NUMBER(5))).i,
                     0); /* above the count */
    assert_int_equal(facts_call(&l, "", "exports_index", "s>i", ARGS(STRING("ExitProcess"))).i, 1);
    assert_int_equal(facts_call(&l, "", "exports_index", "s>i", ARGS(STRING("no"))).kind,
                     FACT_UNDEFINED);
    facts_done(&l);
    buf_done(&b);
}

TEST(resources_and_versions)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, false));
    facts_int(&l, "number_of_resources", 1);
    facts_int(&l, "resource_timestamp", 0x22222222);
    facts_int(&l, "resource_version.major", 4);
    facts_int(&l, "resources[0].type", 16);
    facts_int(&l, "resources[0].id", 7);
    facts_int(&l, "resources[0].language", 0x409);
    facts_text(&l, "version_info{CompanyName}", "Nobody");
    facts_text(&l, "version_info_list[0].value", "Nobody");
    facts_int(&l, "number_of_version_infos", 1);
    assert_int_equal(facts_call(&l, "", "language", "i>i", ARGS(NUMBER(9))).i, 1);
    assert_int_equal(facts_call(&l, "", "locale", "i>i", ARGS(NUMBER(0x409))).i, 1);
    assert_int_equal(facts_call(&l, "", "locale", "i>i", ARGS(NUMBER(9))).i, 0);
    facts_done(&l);
    buf_done(&b);
}

TEST(a_resource_by_name)
{
    struct make_pe p;
    struct buf b;
    buf_init(&b, 0);
    make_pe_init(&p, false);
    make_pe_resource(&p, 0, 1, SPAN_OF("data"));
    make_pe_end(&p, &b);
    struct loaded l = facts_load("pe", test_guarded(buf_get(&b)));
    facts_undefined(&l, "resources[0].type");
    assert_memory_equal(facts_at(&l, "resources[0].type_string")->s.at, "N\0A\0M\0E\0", 8);
    facts_int(&l, "resources[0].length", 4);
    facts_done(&l);
    make_pe_done(&p);
    buf_done(&b);
}

TEST(rich_header_and_pdb)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, false));
    facts_int(&l, "rich_signature.offset", 64);
    facts_int(&l, "rich_signature.length", 32);
    facts_int(&l, "rich_signature.key", 0xabcdef01);
    assert_memory_equal(facts_at(&l, "rich_signature.clear_data")->s.at, "DanS", 4);
    assert_memory_equal(facts_at(&l, "rich_signature.version_data")->s.at, "\2\0\1\0\6\0\5\0", 8);
    assert_int_equal(facts_call(&l, "rich_signature", "version", "i>i", ARGS(NUMBER(6))).i, 7);
    assert_int_equal(facts_call(&l, "rich_signature", "toolid", "i>i", ARGS(NUMBER(1))).i, 3);
    assert_int_equal(
        facts_call(&l, "rich_signature", "version", "ii>i", ARGS(NUMBER(6), NUMBER(1))).i, 0);
    assert_int_equal(
        facts_call(&l, "rich_signature", "toolid", "ii>i", ARGS(NUMBER(5), NUMBER(6))).i, 7);
    facts_text(&l, "pdb_path", "c:\\a.pdb");
    facts_done(&l);
    buf_done(&b);
}

TEST(addresses_and_sections)
{
    struct buf b;
    struct loaded l = facts_load("pe", full(&b, false));
    assert_int_equal(facts_call(&l, "", "rva_to_offset", "i>i", ARGS(NUMBER(0x1004))).i,
                     MAKE_PE_FILE + 4);
    assert_int_equal(facts_call(&l, "", "rva_to_offset", "i>i", ARGS(NUMBER(12))).i, 12);
    assert_int_equal(facts_call(&l, "", "rva_to_offset", "i>i", ARGS(NUMBER(0x9000))).kind,
                     FACT_UNDEFINED);
    assert_int_equal(facts_call(&l, "", "section_index", "s>i", ARGS(STRING(".text"))).i, 0);
    assert_int_equal(facts_call(&l, "", "section_index", "i>i", ARGS(NUMBER(MAKE_PE_FILE))).i, 0);
    assert_int_equal(facts_call(&l, "", "section_index", "i>i", ARGS(NUMBER(1))).kind,
                     FACT_UNDEFINED);
    facts_done(&l);
    buf_done(&b);
}

static struct span fetch_few(void *ctx, uint64_t at, size_t len)
{
    const struct span *whole = ctx;
    return span_cut(*whole, (size_t)at, len < 1000 ? len : 1000);
}

/* A file that is seen through a window says the same. */
TEST(windowed_file)
{
    struct buf b, text, again;
    struct span whole = full(&b, true);
    struct loaded l = facts_load("pe", whole);
    buf_init(&text, 0);
    buf_init(&again, 0);
    module_dump(&text, l.module, l.root, true);
    struct object o = {.source = {.size = whole.len, .fetch = fetch_few, .ctx = &whole}};
    struct fact *root = module_struct(l.arena, l.module->fields);
    assert_non_null(root);
    assert_true(l.module->load(&o, l.arena, root, (struct span){NULL, 0}));
    module_dump(&again, l.module, root, true);
    assert_true(text.len > 1000 && span_equal(buf_get(&text), buf_get(&again)));
    buf_done(&text);
    buf_done(&again);
    facts_done(&l);
    buf_done(&b);
}

TEST(no_pe_file)
{
    struct loaded l = facts_load("pe", test_guarded(SPAN_OF("MZ is not enough")));
    facts_int(&l, "is_pe", 0);
    facts_int(&l, "DLL", 0x2000);
    facts_undefined(&l, "number_of_sections");
    facts_call_all(&l);
    assert_int_equal(facts_call(&l, "", "calculate_checksum", ">i", NULL).kind, FACT_UNDEFINED);
    assert_int_equal(facts_call(&l, "", "exports", "s>i", ARGS(STRING("a"))).kind, FACT_UNDEFINED);
    facts_done(&l);
}

/* Every length of a file that has every part, its end at a guard page. */
TEST(cut_anywhere)
{
    struct buf b;
    struct span whole = full(&b, true);
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    for (size_t len = 0; len <= whole.len; len++) {
        struct loaded l = facts_load("pe", test_guarded(span_cut(whole, 0, len)));
        facts_call_all(&l);
        facts_done(&l);
    }
    buf_done(&b);
}

TEST(random_damage)
{
    struct buf b;
    struct span whole = full(&b, false);
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    for (int round = 0; round < 3000; round++) {
        struct buf copy;
        buf_init(&copy, 0);
        buf_span(&copy, whole);
        for (int i = 0; i < 1 + round % 8; i++)
            copy.at[test_random() % copy.len] = (uint8_t)test_random();
        struct loaded l = facts_load("pe", buf_get(&copy));
        struct buf text;
        buf_init(&text, 0);
        facts_call_all(&l);
        module_dump(&text, l.module, l.root, true);
        assert_false(text.bad);
        buf_done(&text);
        facts_done(&l);
        buf_done(&copy);
    }
    buf_done(&b);
}

/* Directories that point at each other: the walk ends by its count. */
TEST(resource_loop_ends)
{
    struct make_pe p;
    struct buf b;
    uint32_t words[4 + 2 * 2000];
    buf_init(&b, 0);
    make_pe_init(&p, false);
    words[0] = words[1] = words[2] = 0;
    words[3] = 2000u << 16;
    for (int i = 0; i < 2000; i++) {
        words[4 + 2 * i] = 1;
        words[5 + 2 * i] = 0x80000000u;
    }
    make_pe_directory(&p, 2, make_pe_words(&p, words, 4 + 2 * 2000), 16);
    make_pe_end(&p, &b);
    struct loaded l = facts_load("pe", test_guarded(buf_get(&b)));
    facts_int(&l, "is_pe", 1);
    facts_done(&l);
    make_pe_done(&p);
    buf_done(&b);
}

TEST(dump_reads_like_yara)
{
    struct buf b, text;
    buf_init(&text, 0);
    struct loaded l = facts_load("pe", full(&b, false));
    module_dump(&text, l.module, l.root, true);
    assert_true(
        span_starts(buf_get(&text), SPAN_OF("pe\n\tnumber_of_signatures = 0\n\tis_signed = 0\n")));
    assert_true(span_find(buf_get(&text),
                          SPAN_OF("\n\timport_details\n\t\t[0]\n\t\t\tlibrary_name = "
                                  "\"KERNEL32.dll\"\n\t\t\tnumber_of_functions = 3\n"
                                  "\t\t\tfunctions\n\t\t\t\t[0]\n\t\t\t\t\trva = "),
                          0) != SIZE_MAX);
    assert_true(span_find(buf_get(&text), SPAN_OF("\n\t\tclear_data = \"DanS\\x00\\x00"), 0) !=
                SIZE_MAX);
    facts_done(&l);
    buf_done(&text);
    buf_done(&b);
}
