/* The module dotnet over small assemblies made in code. */
#include "make_dotnet.h"
#include "test.h"

#include "facts.h"
#include "jail/facts/module_dump.h"

static const struct span void_method = {(const uint8_t *)"\0\1\1\16", 4}; /* void (string) */
static const struct span int_spec = {(const uint8_t *)"\10", 1};

static struct loaded made(struct buf *b, struct span signature, struct span spec)
{
    buf_init(b, 0);
    make_dotnet(b, signature, spec);
    return facts_load("dotnet", test_guarded(buf_get(b)));
}

TEST(everything_once)
{
    struct buf b;
    struct loaded l = made(&b, void_method, int_spec);
    facts_int(&l, "is_dotnet", 1);
    facts_text(&l, "version", "v4.0");
    facts_text(&l, "module_name", "m.dll");
    facts_int(&l, "number_of_streams", 5);
    facts_text(&l, "streams[0].name", "#~");
    facts_text(&l, "guids[0]", "33323130-3534-3736-3839-616263646566");
    facts_int(&l, "number_of_resources", 1);
    facts_text(&l, "resources[0].name", "res");
    facts_int(&l, "resources[0].length", 4);
    facts_int(&l, "assembly.version.revision_number", 4);
    facts_text(&l, "assembly.name", "asm");
    facts_text(&l, "assembly.culture", "en");
    facts_text(&l, "assembly_refs[0].name", "mscorlib");
    facts_text(&l, "assembly_refs[0].public_key_or_token", "token");
    facts_int(&l, "assembly_refs[0].version.major", 4);
    facts_text(&l, "modulerefs[0]", "native.dll");
    facts_int(&l, "number_of_user_strings", 1);
    assert_memory_equal(facts_at(&l, "user_strings[0]")->s.at, "h\0i\0", 4);
    assert_memory_equal(facts_at(&l, "constants[0]")->s.at, "k\0", 2);
    facts_int(&l, "field_offsets[0]", 0x400);
    facts_undefined(&l, "typelib");
    facts_done(&l);
    buf_done(&b);
}

TEST(classes)
{
    struct buf b;
    struct loaded l = made(&b, void_method, int_spec);
    facts_int(&l, "number_of_classes", 2);
    facts_text(&l, "classes[0].fullname", "N.C");
    facts_text(&l, "classes[0].name", "C");
    facts_text(&l, "classes[0].visibility", "public");
    facts_int(&l, "classes[0].sealed", 1);
    facts_text(&l, "classes[0].generic_parameters[0]", "T");
    facts_int(&l, "classes[0].number_of_base_types", 2);
    facts_text(&l, "classes[0].base_types[0]", "System.Object");
    facts_text(&l, "classes[0].methods[0].name", "Run");
    facts_text(&l, "classes[0].methods[0].return_type", "void");
    facts_int(&l, "classes[0].methods[0].static", 1);
    facts_text(&l, "classes[0].methods[0].parameters[0].name", "arg");
    facts_text(&l, "classes[0].methods[0].parameters[0].type", "string");
    facts_text(&l, "classes[1].fullname", "N.C.I");
    facts_text(&l, "classes[1].namespace", "N.C");
    facts_text(&l, "classes[1].type", "interface");
    facts_text(&l, "classes[1].visibility", "private");
    facts_done(&l);
    buf_done(&b);
}

/* What signatures are called; NULL: the method cannot be told and is left out. */
TEST(types)
{
    static const struct {
        const char *bytes, *want;
        size_t len;
    } rows[] = {
#define ROW(b, w) {b, w, sizeof(b) - 1}
        ROW("\x08\x00", "int"),
        ROW("\x0f\x08", "Ptr<int>"),
        ROW("\x10\x0e", "ref string"),
        ROW("\x1d\x1d\x05", "byte[][]"),
        ROW("\x12\x05", "System.Object"),
        ROW("\x11\x08", "N.C"),
        ROW("\x15\x12\x05\x02\x08\x0e", "System.Object<int,string>"),
        ROW("\x14\x08\x02\x00\x00", "int[,]"),
        ROW("\x14\x08\x02\x01\x03\x01\x02", "int[1...3,]"),
        ROW("\x1b\x00\x02\x01\x0e\x02", "FnPtr<void(string, bool)>"),
        ROW("\x13\x00", "T"),
        ROW("\x1e\x00", NULL), /* the method has no generic parameter */
        ROW("\x1f\x05\x1c", "object"),
        ROW("\x12\x06", "long"), /* by way of the specification */
        ROW("\x7f\x00", NULL),
        ROW("\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x08", NULL),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf sig, b;
        buf_init(&sig, 0);
        buf_put(&sig, "\0\0", 2);
        buf_put(&sig, rows[i].bytes, rows[i].len);
        struct loaded l = made(&b, buf_get(&sig), SPAN_OF("\x0a"));
        facts_int(&l, "classes[0].number_of_methods", rows[i].want ? 1 : 0);
        if (rows[i].want)
            facts_text(&l, "classes[0].methods[0].return_type", rows[i].want);
        facts_done(&l);
        buf_done(&b);
        buf_done(&sig);
    }
}

/* A specification that contains itself twice would be 2^16 types: the walk ends by depth and steps.
 */
TEST(specification_of_itself)
{
    struct buf b;
    struct loaded l = made(&b, SPAN_OF("\0\0\x12\x06"),
                           SPAN_OF("\x15\x12\x05\x04\x12\x06\x12\x06\x12\x06\x12\x06"));
    facts_int(&l, "is_dotnet", 1);
    facts_done(&l);
    buf_done(&b);
}

TEST(cut_anywhere)
{
    struct buf b;
    buf_init(&b, 0);
    make_dotnet(&b, void_method, int_spec);
    for (size_t len = 0; len <= b.len; len++) {
        struct loaded l = facts_load("dotnet", test_guarded(span_cut(buf_get(&b), 0, len)));
        facts_done(&l);
    }
    buf_done(&b);
}

TEST(random_damage)
{
    struct buf whole;
    buf_init(&whole, 0);
    make_dotnet(&whole, void_method, int_spec);
    for (int round = 0; round < 5000; round++) {
        struct buf copy, text;
        buf_init(&copy, 0);
        buf_init(&text, 0);
        buf_span(&copy, buf_get(&whole));
        for (int i = 0; i < 1 + round % 6; i++)
            copy.at[0x400 + test_random() % (copy.len - 0x400)] = (uint8_t)test_random();
        struct loaded l = facts_load("dotnet", buf_get(&copy));
        module_dump(&text, l.module, l.root, true);
        assert_false(text.bad);
        facts_done(&l);
        buf_done(&text);
        buf_done(&copy);
    }
    buf_done(&whole);
}

TEST(no_dotnet)
{
    struct loaded l = facts_load("dotnet", test_guarded(SPAN_OF("MZ")));
    facts_undefined(&l, "is_dotnet");
    facts_done(&l);
}
