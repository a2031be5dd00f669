/* The module macho over small files made in code: classes, byte orders, fat files, every
 * truncation.
 */
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
