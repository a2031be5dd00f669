/* math, hash, string, time, console: called through their tables, compared with known values. */
#include "common/crypto.h"
#include "jail/facts/modules.h"
#include "test.h"

static char said[5000];

static void on_log(struct module_call *call, struct span text)
{
    (void)call;
    (void)snprintf(said, sizeof said, "%.*s", (int)text.len, (const char *)text.at);
}

static struct arena *arena;

/* Calls the overload with this signature on an object of these bytes. */
static struct fact call(const char *module, const char *name, const char *signature,
                        struct span bytes, struct fact *args)
{
    const struct module *m = module_find(span_text(module));
    assert_non_null(m);
    if (!arena)
        arena = arena_new(0);
    struct object o = {.source = source_of(test_guarded(bytes))};
    struct fact *root = module_struct(arena, m->fields);
    assert_non_null(root);
    if (m->load)
        assert_true(m->load(&o, arena, root, (struct span){0}));
    for (const struct field *f = m->fields; f->name; f++) {
        if (strcmp(f->name, name) != 0 || strcmp(f->signature, signature) != 0)
            continue;
        struct module_call c = {.object = &o,
                                .arena = arena,
                                .root = root,
                                .args = args,
                                .arg_count = (uint32_t)strcspn(signature, ">"),
                                .log = on_log,
                                .now_s = 1234567};
        struct fact first = f->call(&c);
        struct fact again = f->call(&c); /* a kept answer is the same answer */
        assert_int_equal(first.kind, again.kind);
        return again;
    }
    TEST_FAIL("%s has no such overload", name);
    return (struct fact){0};
}

static struct fact integer(int64_t v)
{
    return (struct fact){.kind = FACT_INT, .i = v};
}

static struct fact number(double v)
{
    return (struct fact){.kind = FACT_FLOAT, .f = v};
}

static struct fact text(const char *s)
{
    return (struct fact){.kind = FACT_STRING, .s = span_text(s)};
}

#define ARGS(...) ((struct fact[]){__VA_ARGS__})

static void is_int(struct fact f, int64_t want)
{
    assert_int_equal(f.kind, FACT_INT);
    assert_true(f.i == want);
}

static void is_float(struct fact f, double want)
{
    assert_int_equal(f.kind, FACT_FLOAT);
    double d = f.f - want;
    assert_true(d < 1e-9 && d > -1e-9);
}

static void is_text(struct fact f, const char *want)
{
    assert_int_equal(f.kind, FACT_STRING);
    assert_true(span_equal(f.s, span_text(want)));
}

static void is_undefined(struct fact f)
{
    assert_int_equal(f.kind, FACT_UNDEFINED);
}

TEST(entropy_of_known_texts)
{
    is_float(call("math", "entropy", "s>f", SPAN_OF(""), ARGS(text("AAAAA"))), 0);
    is_float(call("math", "entropy", "s>f", SPAN_OF(""), ARGS(text("AABB"))), 1);
    is_float(call("math", "entropy", "ii>f", SPAN_OF("CBAAAAADDDDDAAAAABC"),
                  ARGS(integer(2), integer(3))),
             0);
    is_undefined(call("math", "entropy", "ii>f", SPAN_OF("abc"), ARGS(integer(3), integer(1))));
    is_undefined(call("math", "entropy", "ii>f", SPAN_OF("abc"), ARGS(integer(-1), integer(1))));
    is_undefined(call("math", "entropy", "ii>f", SPAN_OF("abc"), ARGS(integer(0), integer(-1))));
    is_float(call("math", "entropy", "ii>f", SPAN_OF("aaaa"), ARGS(integer(1), integer(INT64_MAX))),
             0);
}

TEST(means_and_deviations)
{
    is_float(call("math", "mean", "s>f", SPAN_OF(""), ARGS(text("ABCABC"))), 66);
    is_float(call("math", "mean", "ii>f", SPAN_OF("xABCx"), ARGS(integer(1), integer(3))), 66);
    is_float(call("math", "deviation", "sf>f", SPAN_OF(""), ARGS(text("ABAB"), number(65))), 0.5);
    is_float(call("math", "deviation", "iif>f", SPAN_OF("ABAB"),
                  ARGS(integer(0), integer(4), number(65))),
             0.5);
    is_float(call("math", "serial_correlation", "s>f", SPAN_OF(""), ARGS(text("BCA"))),
             -0.5); /* as yara 4.5; 4.2.3 says -33 */
    is_float(
        call("math", "serial_correlation", "ii>f", SPAN_OF("BCA"), ARGS(integer(0), integer(3))),
        -0.5);
    is_undefined(call("math", "monte_carlo_pi", "s>f", SPAN_OF(""), ARGS(text("ABCDE"))));
    is_float(call("math", "monte_carlo_pi", "s>f", SPAN_OF(""), ARGS(text("ABCDEF123456987"))),
             4 / 3.141592653589793 - 1);
}

TEST(plain_arithmetic)
{
    is_int(call("math", "in_range", "fff>i", SPAN_OF(""), ARGS(number(2), number(1), number(2))),
           1);
    is_int(call("math", "min", "ii>i", SPAN_OF(""), ARGS(integer(7), integer(-2))),
           7); /* unsigned */
    is_int(call("math", "max", "ii>i", SPAN_OF(""), ARGS(integer(7), integer(-2))), -2);
    is_int(call("math", "abs", "i>i", SPAN_OF(""), ARGS(integer(-5))), 5);
    is_int(call("math", "abs", "i>i", SPAN_OF(""), ARGS(integer(INT64_MIN))), INT64_MIN);
    is_text(call("math", "to_string", "i>s", SPAN_OF(""), ARGS(integer(-1234))), "-1234");
    is_text(call("math", "to_string", "ii>s", SPAN_OF(""), ARGS(integer(32), integer(16))), "20");
    is_undefined(call("math", "to_string", "ii>s", SPAN_OF(""), ARGS(integer(32), integer(3))));
    is_int(call("math", "count", "i>i", SPAN_OF("aXbXX"), ARGS(integer('X'))), 3);
    is_int(call("math", "count", "iii>i", SPAN_OF("aXbXX"),
                ARGS(integer('X'), integer(2), integer(2))),
           1);
    is_float(call("math", "percentage", "i>f", SPAN_OF("aXbX"), ARGS(integer('X'))), 0.5);
    is_int(call("math", "mode", ">i", SPAN_OF("aXbX"), NULL), 'X');
}

TEST(digests)
{
    struct why why = {0};
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    static const char abc[] = "900150983cd24fb0d6963f7d28e17f72";
    is_text(call("hash", "md5", "s>s", SPAN_OF(""), ARGS(text("abc"))), abc);
    is_text(call("hash", "md5", "ii>s", SPAN_OF("xabcx"), ARGS(integer(1), integer(3))), abc);
    is_text(call("hash", "sha1", "ii>s", SPAN_OF("abc"), ARGS(integer(0), integer(99))),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
    is_text(call("hash", "sha256", "s>s", SPAN_OF(""), ARGS(text(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is_undefined(call("hash", "md5", "ii>s", SPAN_OF("abc"), ARGS(integer(3), integer(1))));
    is_int(call("hash", "crc32", "s>i", SPAN_OF(""), ARGS(text("123456789"))), 0xcbf43926);
    is_int(call("hash", "crc32", "ii>i", SPAN_OF("123456789"), ARGS(integer(0), integer(9))),
           0xcbf43926);
    is_int(
        call("hash", "checksum32", "ii>i", SPAN_OF("\xff\xff\x01"), ARGS(integer(0), integer(3))),
        0x1ff);
}

TEST(numbers_from_text)
{
    static const struct {
        const char *text;
        int64_t want;
    } good[] = {{"1234", 1234},
                {"-10", -10},
                {"+5", 5},
                {"0x10", 16},
                {"0X1f", 31},
                {"010", 8},
                {"0", 0},
                {"  7", 7},
                {"-0x1", -1},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        is_int(call("string", "to_int", "s>i", SPAN_OF(""), ARGS(text(good[i].text))),
               good[i].want);
    static const char *const bad[] = {"",    "x",   "1 ", "08", "0x", "-", "9223372036854775808",
                                      "1.5", "- 1", "0xg"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        is_undefined(call("string", "to_int", "s>i", SPAN_OF(""), ARGS(text(bad[i]))));
    is_int(call("string", "to_int", "si>i", SPAN_OF(""), ARGS(text("zz"), integer(36))), 1295);
    is_int(call("string", "to_int", "si>i", SPAN_OF(""), ARGS(text("0xff"), integer(16))), 255);
    is_undefined(call("string", "to_int", "si>i", SPAN_OF(""), ARGS(text("1"), integer(1))));
    is_undefined(call("string", "to_int", "si>i", SPAN_OF(""), ARGS(text("1"), integer(37))));
    is_int(call("string", "length", "s>i", SPAN_OF(""), ARGS(text("four"))), 4);
}

TEST(time_and_console)
{
    is_int(call("time", "now", ">i", SPAN_OF(""), NULL), 1234567);
    is_int(call("console", "log", "ss>i", SPAN_OF(""), ARGS(text("m: "), text("a\x01\xff"))), 1);
    assert_string_equal(said, "m: a\\x01\\xff");
    is_int(call("console", "hex", "si>i", SPAN_OF(""), ARGS(text("m: "), integer(-1))), 1);
    assert_string_equal(said, "m: 0xffffffffffffffff");
    is_int(call("console", "log", "f>i", SPAN_OF(""), ARGS(number(1.5))), 1);
    assert_string_equal(said, "1.500000");
}

TEST(every_row_is_whole)
{
    const struct module *m;
    for (uint32_t i = 0; (m = module_at(i)) != NULL; i++) {
        assert_ptr_equal(module_find(span_text(m->name)), m);
        for (const struct field *f = m->fields; f->name; f++) {
            assert_true(f->kind != FACT_FUNCTION ||
                        (f->signature && f->call && strchr(f->signature, '>')));
            assert_true((f->kind != FACT_STRUCT && f->kind != FACT_ARRAY && f->kind != FACT_DICT) ||
                        f->kids);
        }
    }
    assert_null(module_find(SPAN_OF("nonsense")));
}
