/* The module elf over small files made in code: both classes and byte orders, every truncation,
 * claims that lie. */
#include "make_elf.h"
#include "test.h"

#include "common/crypto.h"
#include "facts.h"
#include "jail/facts/tlsh.h"

static const struct make_elf_symbol symbols[] = {
    {"", 0, 0, 0},          {"Zeta", 0x12, 0, 0},   {"alpha", 0x12, 0, 1}, {"strlen", 0x12, 0, 0},
    {"hidden", 0x12, 2, 1}, {"object", 0x11, 0, 1}, {"local", 0x02, 0, 1},
};

static struct make_elf plain(bool is_wide, bool is_big)
{
    return (struct make_elf){.is_wide = is_wide,
                             .is_big = is_big,
                             .type = 2,
                             .machine = 62,
                             .symbols = symbols,
                             .count = sizeof symbols / sizeof symbols[0]};
}

static struct span built(struct buf *b, const struct make_elf *e)
{
    buf_init(b, 0);
    make_elf(b, e);
    return test_guarded(buf_get(b));
}

static void check_all(const struct make_elf *e)
{
    struct buf b;
    struct loaded l = facts_load("elf", built(&b, e));
    int64_t text = make_elf_text_at(e);
    facts_int(&l, "type", 2);
    facts_int(&l, "machine", 62);
    facts_int(&l, "entry_point", text + 4);
    facts_int(&l, "number_of_sections", MAKE_ELF_SECTIONS);
    facts_int(&l, "sh_entry_size", e->is_wide ? 64 : 40);
    facts_int(&l, "number_of_segments", 2);
    facts_int(&l, "ph_offset", e->is_wide ? 64 : 52);
    facts_text(&l, "sections[0].name", "");
    facts_text(&l, "sections[1].name", ".text");
    facts_int(&l, "sections[1].flags", 6);
    facts_int(&l, "sections[1].address", MAKE_ELF_BASE + text);
    facts_int(&l, "sections[1].size", 16);
    facts_text(&l, "sections[6].name", ".shstrtab");
    facts_int(&l, "segments[0].virtual_address", MAKE_ELF_BASE + text);
    facts_int(&l, "segments[0].memory_size", 24);
    facts_int(&l, "segments[0].flags", 5);
    facts_int(&l, "segments[1].alignment", 0x1000);
    facts_int(&l, "dynamic_section_entries", 3);
    facts_int(&l, "dynamic[1].type", 5);
    facts_int(&l, "dynamic[1].val", 0x1234);
    facts_int(&l, "SHT_DYNSYM", 11);
    facts_int(&l, "PT_GNU_STACK", 0x6474e551);
    facts_done(&l);
    buf_done(&b);
}

TEST(classes_and_byte_orders)
{
    for (int i = 0; i < 4; i++) {
        struct make_elf e = plain(i & 1, i & 2);
        check_all(&e);
    }
}

TEST(symbols_of_both_classes)
{
    for (int wide = 0; wide < 2; wide++) {
        struct buf b;
        struct make_elf e = plain(wide, false);
        struct loaded l = facts_load("elf", built(&b, &e));
        facts_int(&l, "symtab_entries", 7);
        facts_int(&l, "dynsym_entries", 7);
        facts_text(&l, "symtab[1].name", "Zeta");
        facts_int(&l, "symtab[1].bind", 1);
        facts_int(&l, "symtab[1].type", 2);
        facts_int(&l, "symtab[2].shndx", 1);
        facts_int(&l, "dynsym[2].value", 0x1002);
        facts_int(&l, "dynsym[2].size", 2);
        facts_done(&l);
        buf_done(&b);
    }
}

/* YARA compares links with the count of sections in the machine's own byte order. 7 read so is
 * 0x700: still every link is below it; 0x100 sections would be 1. */
TEST(symbols_of_the_other_byte_order)
{
    struct buf b;
    struct make_elf e = plain(true, true);
    struct loaded l = facts_load("elf", built(&b, &e));
    facts_int(&l, "symtab_entries", 7);
    facts_text(&l, "symtab[2].name", "alpha");
    facts_done(&l);
    buf_done(&b);
}

TEST(entry_of_other_types_goes_by_sections)
{
    struct buf b;
    struct make_elf e = plain(true, false);
    e.type = 3;
    struct loaded l = facts_load("elf", built(&b, &e));
    facts_int(&l, "entry_point", make_elf_text_at(&e) + 4);
    facts_done(&l);
    buf_clear(&b);
    make_elf(&b, &e);
    b.at[24] = 0xff; /* e_entry: nowhere */
    b.at[30] = 0xff;
    l = facts_load("elf", buf_get(&b));
    facts_undefined(&l, "entry_point");
    facts_done(&l);
    buf_done(&b);
}

static void expect_text(struct fact f, const char *want)
{
    assert_int_equal(f.kind, FACT_STRING);
    assert_int_equal(f.s.len, strlen(want));
    assert_memory_equal(f.s.at, want, strlen(want));
}

TEST(import_md5_sorts_what_is_undefined)
{
    struct buf b;
    struct make_elf e = plain(true, false);
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    struct loaded l = facts_load("elf", built(&b, &e));
    /* echo -n strlen,zeta | md5sum */
    expect_text(facts_call(&l, "", "import_md5", ">s", NULL), "661b7ac21c994ea53b7c053ca7b22d75");
    expect_text(facts_call(&l, "", "import_md5", ">s", NULL), "661b7ac21c994ea53b7c053ca7b22d75");
    facts_done(&l);
    buf_done(&b);
}

TEST(telfhash_of_few_names_is_empty)
{
    struct buf b;
    struct make_elf e = plain(true, false);
    struct loaded l = facts_load("elf", built(&b, &e));
    expect_text(facts_call(&l, "", "telfhash", ">s", NULL), "");
    facts_done(&l);
    e.count = 1;
    buf_clear(&b);
    make_elf(&b, &e);
    l = facts_load("elf", buf_get(&b));
    assert_int_equal(facts_call(&l, "", "telfhash", ">s", NULL).kind, FACT_UNDEFINED);
    assert_int_equal(facts_call(&l, "", "import_md5", ">s", NULL).kind, FACT_UNDEFINED);
    facts_done(&l);
    buf_done(&b);
}

TEST(telfhash_prefers_dynsym_and_leaves_out_common_names)
{
    static const struct make_elf_symbol many[] = {
        {"", 0, 0, 0},
        {"socket", 0x12, 0, 0},
        {"Connect", 0x12, 0, 0},
        {"gethostbyname", 0x12, 0, 0},
        {"pthread_create", 0x12, 0, 0},
        {"fwrite", 0x12, 0, 0},
        {"main", 0x12, 0, 1},
        {"_init", 0x12, 0, 1},
        {"memcpy", 0x12, 0, 0},
        {"fopen64", 0x12, 0, 0},
        {"sendto", 0x12, 0, 0},
        {"recvfrom", 0x12, 0, 0},
        {"getaddrinfo", 0x12, 0, 0},
        {"nanosleep", 0x12, 0, 0},
        {"sigaction", 0x12, 0, 0},
    };
    struct buf b;
    struct make_elf e = plain(false, false);
    e.symbols = many;
    e.count = sizeof many / sizeof many[0];
    struct loaded l = facts_load("elf", built(&b, &e));
    struct fact f = facts_call(&l, "", "telfhash", ">s", NULL);
    uint8_t want[TLSH_TEXT_BYTES];
    struct tlsh t;
    tlsh_init(&t);
    tlsh_add(&t, SPAN_OF("connect,fwrite,getaddrinfo,gethostbyname,nanosleep,pthread_create,"
                         "recvfrom,sendto,sigaction,socket"));
    assert_true(tlsh_end(&t, want));
    assert_int_equal(f.s.len, sizeof want);
    assert_memory_equal(f.s.at, want, sizeof want);
    facts_done(&l);
    buf_done(&b);
}

TEST(not_an_elf)
{
    struct loaded l = facts_load("elf", SPAN_OF("\177ELF\2\1\1"));
    facts_undefined(&l, "type");
    facts_int(&l, "ET_EXEC", 2);
    facts_call_all(&l);
    facts_done(&l);
}

TEST(every_truncation_is_safe)
{
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    for (int i = 0; i < 4; i++) {
        struct buf b;
        struct make_elf e = plain(i & 1, i & 2);
        buf_init(&b, 0);
        make_elf(&b, &e);
        for (size_t len = 0; len <= b.len; len++) {
            struct loaded l = facts_load("elf", test_guarded(span_cut(buf_get(&b), 0, len)));
            facts_call_all(&l);
            facts_done(&l);
        }
        buf_done(&b);
    }
}

TEST(random_damage_is_safe)
{
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 2000; i++) {
        struct make_elf e = plain(i & 1, i & 2);
        buf_clear(&b);
        make_elf(&b, &e);
        for (int k = 0; k < 6; k++)
            b.at[16 + test_random() % (b.len - 16)] = (uint8_t)test_random();
        struct loaded l = facts_load("elf", buf_get(&b));
        facts_call_all(&l);
        facts_done(&l);
    }
    buf_done(&b);
}

/* Three PT_DYNAMIC over one long run of entries: the last one counts, none is repeated. */
TEST(a_second_dynamic_segment_overwrites)
{
    struct buf b;
    struct make_elf e = plain(true, false);
    buf_init(&b, 0);
    make_elf(&b, &e);
    b.at[64] = 2; /* PT_LOAD becomes PT_DYNAMIC: .text, read as entries */
    struct loaded l = facts_load("elf", buf_get(&b));
    facts_int(&l, "dynamic_section_entries", 3);
    assert_int_equal(facts_at(&l, "dynamic")->list.count, 4);
    facts_int(&l, "dynamic[1].type", 5);
    facts_done(&l);
    buf_done(&b);
}
