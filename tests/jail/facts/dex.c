/* The module dex over a small file made in code: every field, every function, every truncation. */
#include "make_dex.h"
#include "test.h"

#include "facts.h"

#define STRING(text) ((struct fact){.kind = FACT_STRING, .s = SPAN_OF(text)})
#define REGEX(text) ((struct fact){.kind = FACT_REGEX, .s = SPAN_OF(text)})
#define ARGS(...) ((struct fact[]){__VA_ARGS__})

static struct span built(struct buf *b)
{
    buf_init(b, 0);
    make_dex(b, "035");
    return test_guarded(buf_get(b));
}

TEST(header_and_tables)
{
    struct buf b;
    struct loaded l = facts_load("dex", built(&b));
    facts_int(&l, "header.checksum", 0x0b0a0908);
    assert_int_equal(facts_at(&l, "header.signature")->s.len, 20);
    facts_int(&l, "header.file_size", (int64_t)b.len);
    facts_int(&l, "header.endian_tag", facts_at(&l, "ENDIAN_CONSTANT")->i);
    facts_int(&l, "header.class_defs_size", 1);
    assert_true(span_equal(facts_at(&l, "header.magic")->s, facts_at(&l, "DEX_FILE_MAGIC_035")->s));
    facts_int(&l, "header.string_ids_size", 6);
    facts_text(&l, "string_ids[1].value", "Lcom/a/B;");
    facts_int(&l, "string_ids[1].size", 9);
    facts_int(&l, "type_ids[2].descriptor_idx", 4);
    facts_int(&l, "proto_ids[0].return_type_idx", 1);
    facts_int(&l, "field_ids[0].type_idx", 2);
    facts_int(&l, "method_ids[1].name_idx", 3);
    facts_int(&l, "class_defs[0].access_flags", 1);
    facts_int(&l, "class_defs[0].super_class_idx", facts_at(&l, "NO_INDEX")->i);
    facts_int(&l, "class_data_item[0].virtual_methods_size", 1);
    facts_int(&l, "map_list.size", 2);
    facts_int(&l, "map_list.map_item[1].type", 0x1000);
    facts_done(&l);
    buf_done(&b);
}

TEST(members)
{
    struct buf b;
    struct loaded l = facts_load("dex", built(&b));
    facts_int(&l, "number_of_fields", 1);
    facts_text(&l, "field[0].name", "count");
    facts_text(&l, "field[0].class_name", "Lcom/a/B;");
    facts_text(&l, "field[0].proto", "I");
    facts_int(&l, "field[0].access_flags", 9);
    facts_int(&l, "field[0].static", 1);
    facts_int(&l, "number_of_methods", 2);
    facts_text(&l, "method[0].name", "<init>");
    facts_text(&l, "method[0].proto", "V");
    facts_int(&l, "method[0].access_flags", 0x10001);
    facts_int(&l, "method[0].direct", 1);
    facts_int(&l, "method[0].code_item.outs_size", 3);
    facts_int(&l, "method[0].code_item.debug_info_off", 0x99);
    assert_int_equal(facts_at(&l, "method[0].code_item.insns")->s.len, 6);
    facts_text(&l, "method[1].name", "run");
    facts_int(&l, "method[1].virtual", 1);
    facts_int(&l, "method[1].direct", 0);
    facts_undefined(&l, "method[1].code_item.insns_size");
    facts_done(&l);
    buf_done(&b);
}

static int64_t ask(struct loaded *l, const char *name, const char *signature, struct fact *args)
{
    struct fact f = facts_call(l, "", name, signature, args);
    return f.kind == FACT_INT ? f.i : -1;
}

TEST(functions)
{
    struct buf b;
    struct loaded l = facts_load("dex", built(&b));
    struct fact class = STRING("Lcom/a/B;");
    assert_int_equal(ask(&l, "has_method", "s>i", ARGS(STRING("run"))), 1);
    assert_int_equal(ask(&l, "has_method", "s>i", ARGS(STRING("ru"))), 0);
    assert_int_equal(ask(&l, "has_method", "ss>i", ARGS(class, STRING("run"))), 1);
    assert_int_equal(ask(&l, "has_method", "ss>i", ARGS(STRING("L;"), STRING("run"))), 0);
    assert_int_equal(ask(&l, "has_method", "r>i", ARGS(REGEX("init"))), 1);
    assert_int_equal(ask(&l, "has_method", "rr>i", ARGS(REGEX("com"), REGEX("un"))), 1);
    assert_int_equal(ask(&l, "has_method", "rr>i", ARGS(REGEX("run"), REGEX("run"))), 0);
    assert_int_equal(ask(&l, "has_class", "s>i", ARGS(class)), 1);
    assert_int_equal(ask(&l, "has_class", "r>i", ARGS(REGEX("nowhere"))), 0);
    facts_done(&l);
    l = facts_load("dex", SPAN_OF("dex\n035"));
    assert_int_equal(ask(&l, "has_class", "s>i", ARGS(class)), -1);
    facts_done(&l);
    buf_done(&b);
}

TEST(versions)
{
    static const char *const good[] = {"035", "036", "037", "038", "039"};
    static const char *const bad[] = {"034", "040", "03:"};
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 8; i++) {
        buf_clear(&b);
        make_dex(&b, i < 5 ? good[i] : bad[i - 5]);
        struct loaded l = facts_load("dex", buf_get(&b));
        if (i < 5)
            facts_int(&l, "number_of_methods", 2);
        else
            facts_undefined(&l, "header.file_size");
        facts_done(&l);
    }
    buf_done(&b);
}

/* What cannot be followed ends the members of its kind, with one element more than counted. */
TEST(index_of_a_member_outside_the_table)
{
    struct buf b;
    struct loaded l = facts_load("dex", built(&b));
    int64_t at = facts_at(&l, "class_defs[0].class_data_offset")->i;
    facts_done(&l);
    b.at[at + 12] = 5; /* method_idx_diff of the virtual one */
    l = facts_load("dex", buf_get(&b));
    facts_int(&l, "number_of_methods", 1);
    assert_int_equal(facts_at(&l, "method")->list.count, 2);
    facts_int(&l, "method[1].method_idx_diff", 5);
    facts_undefined(&l, "method[1].name");
    facts_done(&l);
    buf_done(&b);
}

TEST(every_truncation_is_safe)
{
    struct buf b;
    buf_init(&b, 0);
    make_dex(&b, "039");
    for (size_t len = 0; len <= b.len; len++) {
        struct loaded l = facts_load("dex", test_guarded(span_cut(buf_get(&b), 0, len)));
        facts_call_all(&l);
        facts_done(&l);
    }
    buf_done(&b);
}

TEST(random_damage_is_safe)
{
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 3000; i++) {
        buf_clear(&b);
        make_dex(&b, "037");
        for (int k = 0; k < 4; k++)
            b.at[8 + test_random() % (b.len - 8)] = (uint8_t)test_random();
        struct loaded l = facts_load("dex", buf_get(&b));
        facts_call_all(&l);
        facts_done(&l);
    }
    buf_done(&b);
}
