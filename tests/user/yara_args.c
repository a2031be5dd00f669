/* Options in yara's own way, which is not getopt's. */
#include "user/yara_args.h"

#include "test.h"

struct got {
    bool flag, other;
    int64_t number;
    const char *text;
    struct yara_texts texts;
    int kept;
};

static struct got parse(char **argv, int argc)
{
    struct got g = {0};
    const struct yara_arg table[] = {
        {'f', "flag", YARA_FLAG, &g.flag, NULL, ""},
        {0, "other-flag", YARA_FLAG, &g.other, NULL, ""},
        {'n', "number", YARA_NUMBER, &g.number, "NUMBER", ""},
        {'t', "text", YARA_TEXT, &g.text, "TEXT", ""},
        {'d', "define", YARA_TEXTS, &g.texts, "TEXT", ""},
        {0, NULL, YARA_FLAG, NULL, NULL, NULL},
    };
    g.kept = yara_args_read(table, argc, argv);
    return g;
}

#define PARSE(...)                                                                                 \
    parse((char *[]){"yara", __VA_ARGS__, NULL},                                                   \
          (int)(sizeof((char *[]){"yara", __VA_ARGS__}) / sizeof(char *)))

TEST(letters_and_names)
{
    struct got g = PARSE("-fn", "5", "rules", "--text=x y", "-d", "a=1", "--define=b=2", "file");
    assert_int_equal(g.kept, 2);
    assert_true(g.flag);
    assert_int_equal(g.number, 5);
    assert_string_equal(g.text, "x y");
    assert_int_equal(g.texts.count, 2);
    assert_string_equal(g.texts.items[1], "b=2");
    assert_true(PARSE("--other-flag").other);
}

TEST(numbers)
{
    assert_int_equal(PARSE("-n", "-7").number, -7);
    assert_int_equal(PARSE("--number=0x10").number, 16);
    assert_int_equal(PARSE("-n", "9223372036854775807").number, INT64_MAX);
    assert_int_equal(PARSE("-n", "9223372036854775808").kept, -1);
    assert_int_equal(PARSE("-n", "5x").kept, -1);
    assert_int_equal(PARSE("-n", "").kept, -1);
}

TEST(what_is_no_option_stays)
{
    char *argv[] = {"yara", "-", "-f", "--", "last", NULL};
    struct got g = parse(argv, 5);
    assert_int_equal(g.kept, 3);
    assert_string_equal(argv[1], "-");
    assert_string_equal(argv[2], "--");
    assert_string_equal(argv[3], "last");
}

TEST(complaints)
{
    assert_int_equal(PARSE("-x").kept, -1);
    assert_int_equal(PARSE("--flags").kept, -1);
    assert_int_equal(PARSE("-n4").kept, -1);
    assert_int_equal(PARSE("-n").kept, -1);
    assert_int_equal(PARSE("--text").kept, -1);
    assert_int_equal(PARSE("-f", "-f").kept, -1);
}

TEST(too_many_of_one)
{
    char *argv[2 + 2 * (YARA_ARGS_MOST + 1)] = {"yara"};
    for (int i = 0; i < 2 * (YARA_ARGS_MOST + 1); i += 2) {
        argv[1 + i] = "-d";
        argv[2 + i] = "a=1";
    }
    assert_int_equal(parse(argv, 1 + 2 * YARA_ARGS_MOST).kept, 0);
    for (int i = 0; i < 2 * (YARA_ARGS_MOST + 1); i += 2) {
        argv[1 + i] = "-d";
        argv[2 + i] = "a=1";
    }
    assert_int_equal(parse(argv, 1 + 2 * (YARA_ARGS_MOST + 1)).kept, -1);
}
