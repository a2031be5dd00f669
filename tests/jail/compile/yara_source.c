/* Includes: one stream of tokens, depth, cycles, refusals. */
#include "front_expect.h"
#include "test.h"

/* A file system of rows; a name "deepN" includes "deepN+1". */
struct shelf {
    const struct front_case *rows;
    size_t count;
    uint32_t asked;
    struct span last_from;
    char texts[32][64], names[32][16];
};

static bool from_shelf(void *ctx, struct span name, struct span from, struct source_file *out,
                       const char **reason)
{
    struct shelf *s = ctx;
    s->asked++;
    s->last_from = from;
    for (size_t i = 0; i < s->count; i++)
        if (span_equal(name, span_text(s->rows[i].in))) {
            *out = (struct source_file){.name = span_text(s->rows[i].in),
                                        .bytes = span_text(s->rows[i].out)};
            return true;
        }
    if (span_starts(name, SPAN_OF("deep")) && s->asked < 32) {
        char *text = s->texts[s->asked], *own = s->names[s->asked];
        (void)snprintf(own, sizeof s->names[0], "%.*s", (int)name.len, (const char *)name.at);
        (void)snprintf(text, sizeof s->texts[0], "include \"deep%u\" rule r%u { condition: true }",
                       s->asked + 1, s->asked);
        *out = (struct source_file){.name = span_text(own), .bytes = span_text(text)};
        return true;
    }
    *reason = "there is no such file";
    return false;
}

static void with_shelf(const char *source, const struct front_case *rows, size_t count,
                       const char *says, const char *dump)
{
    struct front f;
    struct shelf s = {.rows = rows, .count = count};
    front_open(&f);
    f.in.include = from_shelf;
    f.in.include_ctx = &s;
    front_add(&f, "top.yar", "ns", span_text(source));
    assert_true(f.ok);
    assert_string_equal(front_diags(&f), says);
    if (dump)
        assert_string_equal(front_dump(&f), dump);
    front_close(&f);
}

TEST(rules_of_an_included_file)
{
    static const struct front_case rows[] = {
        {"sub/b.yar", "rule b { condition: true }\ninclude \"c.yar\""},
        {"c.yar", "rule c { condition: b }"},
    };
    with_shelf("include \"sub/b.yar\"\nrule a { condition: b and c }", rows, 2, "",
               "rule ns:b\n  condition true\nrule ns:c\n  condition (rule b)\n"
               "rule ns:a\n  condition (and [(rule b) (rule c)])\n");
}

TEST(errors_name_the_included_file)
{
    static const struct front_case rows[] = {{"b.yar", "\n rule b { condition: x }\n"}};
    with_shelf("include \"b.yar\"\nrule a { condition: y }", rows, 1,
               "b.yar:2:22: error: undefined identifier \"x\"\ntop.yar:2:21: error: undefined "
               "identifier \"y\"\n",
               "");
}

TEST(a_missing_include_costs_no_rule)
{
    with_shelf("rule a { condition: true }\ninclude \"no\"\nrule b { condition: true }", NULL, 0,
               "top.yar:2:1: error: can't open include file: no: there is no such file\n",
               "rule ns:a\n  condition true\nrule ns:b\n  condition true\n");
}

TEST(cycles_are_refused)
{
    static const struct front_case rows[] = {
        {"b.yar", "include \"c.yar\""}, {"c.yar", "include \"b.yar\" rule c { condition: true }"}};
    with_shelf("include \"b.yar\"\nrule a { condition: true }", rows, 2,
               "c.yar:1:1: error: includes circular reference: include \"b.yar\"\n",
               "rule ns:c\n  condition true\nrule ns:a\n  condition true\n");
}

TEST(twice_is_not_a_cycle)
{
    static const struct front_case rows[] = {{"b.yar", "import \"math\""}};
    with_shelf("include \"b.yar\" include \"b.yar\" rule a { condition: math.abs(1) == 1 }", rows,
               1, "", NULL);
}

TEST(sixteen_levels_and_no_more)
{
    with_shelf("include \"deep1\"", NULL, 0,
               "deep16:1:1: error: too many levels of included rules: include \"deep17\"\n", NULL);
}

TEST(an_include_may_stand_inside_a_rule)
{
    static const struct front_case rows[] = {{"c.yar", "filesize > 1 and"}};
    with_shelf("rule a { condition: include \"c.yar\" true }", rows, 1, "",
               "rule ns:a\n  condition (and [(> filesize 1) true])\n");
}

TEST(includes_may_be_forbidden)
{
    front_expect_says(
        "include \"x\"",
        "r.yar:1:1: error: can't open include file: x: includes are not allowed here\n");
    front_expect_says(
        "include x\nrule a { condition: true }",
        "r.yar:1:1: error: expected 'rule', 'import' or 'include', found \"include\"\n");
}
