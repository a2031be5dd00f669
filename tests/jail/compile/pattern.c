/* Patterns: spellings, chains, and that every match has one of its atoms. */
#include "jail/compile/pattern.h"
#include "jail/match/regex_vm.h"
#include "random_regex.h"
#include "test.h"

struct made {
    struct arena *arena;
    struct pattern pattern;
    struct re_error error;
    bool ok;
};

static struct made make(struct ir_string s, enum ir_string_kind kind, const char *text)
{
    struct made m = {.arena = arena_new(0), .ok = true};
    s.kind = kind;
    s.text = span_text(text);
    if (!(s.flags & IR_WIDE))
        s.flags |= IR_ASCII;
    if (kind == IR_HEX)
        s.re = hexpat_parse(s.text, m.arena, &m.error);
    else if (kind == IR_REGEXP)
        s.re = regex_parse(s.text, false, m.arena, &m.error);
    m.ok = (kind == IR_TEXT || s.re) &&
           pattern_compile(&s, m.arena, &m.pattern, &m.error, NULL) == ERR_NONE;
    return m;
}

static void done(struct made *m)
{
    if (m->ok)
        pattern_done(&m->pattern);
    arena_free(m->arena);
}

static void expect_literal(const struct made *m, uint32_t chain, struct span want)
{
    assert_true(m->ok && chain < m->pattern.chain_count);
    const struct piece *p = &m->pattern.chains[chain].pieces[0];
    assert_int_equal(p->kind, PIECE_LITERAL);
    assert_true(span_equal(p->literal, want));
}

/* The atom's exact bytes; wildcards as '?'. */
static void expect_atom(const struct piece *p, uint32_t i, const char *want)
{
    char got[ATOM_MAX + 1] = {0};
    assert_true(i < p->atom_count);
    for (uint32_t k = 0; k < p->atoms[i].len; k++)
        got[k] = p->atoms[i].mask[k] == 0xff ? (char)p->atoms[i].bytes[k] : '?';
    assert_string_equal(got, want);
}

TEST(text_spellings)
{
    struct made m = make((struct ir_string){.flags = IR_ASCII | IR_WIDE}, IR_TEXT, "abc");
    assert_int_equal(m.pattern.chain_count, 2);
    expect_literal(&m, 0, SPAN_OF("abc"));
    expect_literal(&m, 1, SPAN_OF("a\0b\0c\0"));
    assert_true(m.pattern.chains[1].pieces[0].flags & PIECE_WIDE);
    done(&m);
}

TEST(base64_spellings_are_those_of_yara)
{
    struct made m = make((struct ir_string){.flags = IR_BASE64}, IR_TEXT, "abcd");
    assert_int_equal(m.pattern.chain_count, 3);
    expect_literal(&m, 0, SPAN_OF("YWJjZ"));
    expect_literal(&m, 1, SPAN_OF("FiY2"));
    expect_literal(&m, 2, SPAN_OF("hYmNk"));
    done(&m);
    m = make((struct ir_string){.flags = IR_BASE64}, IR_TEXT, "a");
    assert_int_equal(m.pattern.chain_count, 2);
    expect_literal(&m, 0, SPAN_OF("Y"));
    expect_literal(&m, 1, SPAN_OF("h"));
    done(&m);
    m = make((struct ir_string){.flags = IR_BASE64WIDE}, IR_TEXT, "abc");
    expect_literal(&m, 0, SPAN_OF("Y\0W\0J\0j\0"));
    done(&m);
    m = make((struct ir_string){.flags = IR_BASE64 | IR_WIDE}, IR_TEXT, "abc");
    expect_literal(&m, 0, SPAN_OF("YQBiAGMA"));
    done(&m);
    struct span upside =
        SPAN_OF("/+9876543210zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA");
    m = make((struct ir_string){.flags = IR_BASE64, .base64_alphabet = upside}, IR_TEXT, "abc");
    expect_literal(&m, 0, SPAN_OF("np2c"));
    done(&m);
}

TEST(xor_has_an_atom_a_key)
{
    struct made m =
        make((struct ir_string){.flags = IR_XOR, .xor_min = 1, .xor_max = 3}, IR_TEXT, "abcd");
    const struct piece *p = &m.pattern.chains[0].pieces[0];
    assert_int_equal(p->atom_count, 3);
    expect_atom(p, 0, "`cbe");
    assert_int_equal(p->atoms[2].xor_key, 3);
    done(&m);
    m = make((struct ir_string){.flags = IR_XOR, .xor_max = 255}, IR_TEXT, "abcd");
    assert_int_equal(m.pattern.chains[0].pieces[0].atom_count, 256);
    done(&m);
}

TEST(nocase_atoms_are_lower_case)
{
    struct made m = make((struct ir_string){.flags = IR_NOCASE}, IR_TEXT, "AbC1");
    expect_atom(&m.pattern.chains[0].pieces[0], 0, "abc1");
    assert_true(m.pattern.chains[0].pieces[0].atoms[0].nocase);
    done(&m);
    m = make((struct ir_string){.flags = IR_NOCASE}, IR_TEXT, "1234");
    assert_false(m.pattern.chains[0].pieces[0].atoms[0].nocase);
    assert_false(m.pattern.chains[0].pieces[0].flags & PIECE_NOCASE);
    done(&m);
    m = make((struct ir_string){.flags = IR_NOCASE}, IR_REGEXP, "AbC1");
    assert_int_equal(m.pattern.chains[0].pieces[0].kind, PIECE_LITERAL);
    expect_atom(&m.pattern.chains[0].pieces[0], 0, "abc1");
    done(&m);
}

TEST(atoms_are_long_and_rare)
{
    struct made m = make((struct ir_string){0}, IR_TEXT, "aaaaaaaaaaaaaaaaaaaaQ7#x!kW9zP$2vLm&R5");
    const struct piece *p = &m.pattern.chains[0].pieces[0];
    assert_int_equal(p->atoms[0].len, ATOM_MAX);
    assert_true(p->atoms[0].back >= 20);
    done(&m);
    m = make((struct ir_string){0}, IR_HEX, "00 00 00 00 [2] 8b 45 f8 33 c9 ?? 61");
    p = &m.pattern.chains[0].pieces[0];
    assert_int_equal(p->atom_count, 1);
    assert_true(p->atoms[0].fixed);
    done(&m);
}

TEST(atoms_of_alternatives_and_repeats)
{
    struct made m = make((struct ir_string){0}, IR_REGEXP, "x?(first|second)[0-9]+third{2}");
    const struct piece *p = &m.pattern.chains[0].pieces[0];
    assert_true(p->atom_count >= 1);
    done(&m);
    m = make((struct ir_string){0}, IR_REGEXP, "(alpha|beta)z");
    p = &m.pattern.chains[0].pieces[0];
    assert_int_equal(p->atom_count, 2);
    expect_atom(p, 0, "alphaz");
    expect_atom(p, 1, "betaz");
    assert_true(p->atoms[0].fixed && p->atoms[0].back == 0);
    done(&m);
    m = make((struct ir_string){0}, IR_REGEXP, "a*needle");
    p = &m.pattern.chains[0].pieces[0];
    expect_atom(p, 0, "needle");
    assert_false(p->atoms[0].fixed);
    assert_true(vm_check(buf_get(&m.pattern.programs), p->atoms[0].reverse));
    done(&m);
    m = make((struct ir_string){0}, IR_REGEXP, "[a-f0-9]{32}");
    assert_int_equal(m.pattern.chains[0].pieces[0].atom_count, 0);
    done(&m);
}

TEST(long_jumps_cut)
{
    struct made m = make((struct ir_string){0}, IR_HEX, "61 62 [-] 63 [0-200] 64 [201] 65");
    assert_int_equal(m.pattern.chain_count, 1);
    const struct chain *c = &m.pattern.chains[0];
    assert_int_equal(c->count, 3);
    assert_int_equal(c->pieces[0].kind, PIECE_LITERAL);
    assert_int_equal(c->pieces[1].kind, PIECE_PROGRAM);
    assert_int_equal(c->pieces[1].gap_min, 0);
    assert_true(c->pieces[1].gap_max == RE_NO_MAX);
    assert_int_equal(c->pieces[2].gap_min, 201);
    assert_int_equal(c->pieces[2].gap_max, 201);
    done(&m);
    m = make((struct ir_string){0}, IR_HEX, "61 [100] [101-] 62");
    assert_int_equal(m.pattern.chains[0].count, 2);
    assert_int_equal(m.pattern.chains[0].pieces[1].gap_min, 201);
    done(&m);
    m = make((struct ir_string){0}, IR_REGEXP, "foo.{0,300}?bar.*?end");
    assert_int_equal(m.pattern.chains[0].count, 2);
    done(&m);
    m = make((struct ir_string){0}, IR_REGEXP, "foo.{0,300}bar");
    assert_int_equal(m.pattern.chains[0].count, 1);
    assert_true(m.pattern.chains[0].pieces[0].flags & PIECE_GREEDY);
    done(&m);
}

TEST(refusals)
{
    struct made m = make((struct ir_string){0}, IR_REGEXP, "a+b+?");
    assert_false(m.ok);
    assert_string_equal(m.error.text,
                        "greedy and ungreedy quantifiers can't be mixed in a regular expression");
    done(&m);
    m = make((struct ir_string){0}, IR_REGEXP, "((ab){1,30000}c){1,30000}");
    assert_false(m.ok);
    assert_string_equal(m.error.text, "regular expression is too large");
    done(&m);
}

TEST(conditions_may_mix_greedy_and_lazy)
{
    struct arena *a = arena_new(0);
    struct buf program;
    struct re_error error;
    struct vm *vm = vm_new();
    uint64_t at = 0;
    buf_init(&program, 0);
    struct re *re = regex_parse(SPAN_OF("b+c*?D"), false, a, &error);
    assert_int_equal(pattern_compile_regex(re, RE_NOCASE, &program, NULL), ERR_NONE);
    assert_true(vm_search(vm, buf_get(&program), SPAN_OF("xxaBbCd"), &at));
    assert_int_equal(at, 3);
    assert_false(vm_search(vm, buf_get(&program), SPAN_OF("xxaBbC"), &at));
    vm_free(vm);
    buf_done(&program);
    arena_free(a);
}

struct wanted {
    uint32_t back;
    bool found;
};

static void note(void *ctx, uint32_t back)
{
    struct wanted *w = ctx;
    w->found |= back == w->back;
}

static bool atom_at(const struct atom *a, struct span text, uint64_t at)
{
    for (uint32_t i = 0; i < a->len; i++) {
        uint8_t byte = span_byte(text, at + i);
        if (a->nocase && byte >= 'A' && byte <= 'Z')
            byte |= 0x20;
        if (at + i >= text.len || (byte & a->mask[i]) != a->bytes[i])
            return false;
    }
    return true;
}

static bool leads_to(struct vm *vm, const struct made *m, const struct piece *p, struct span text,
                     uint64_t at)
{
    struct vm_text t = {text, 0, text.len};
    bool found = p->atom_count == 0;
    for (uint32_t i = 0; i < p->atom_count && !found; i++) {
        const struct atom *a = &p->atoms[i];
        if (a->fixed)
            found = atom_at(a, text, at + a->back);
        for (uint64_t pos = at; !a->fixed && pos < text.len && !found; pos++) {
            struct wanted w = {(uint32_t)(pos - at), false};
            if (atom_at(a, text, pos))
                vm_starts(vm, buf_get(&m->pattern.programs), a->reverse, &t, pos, p->flags, note,
                          &w);
            found = w.found;
        }
    }
    return found;
}

/* Wherever the whole program matches, an atom must lead. */
TEST(atoms_lead_to_every_match)
{
    struct vm *vm = vm_new();
    uint32_t matches = 0, with_atoms = 0;
    for (unsigned round = 0; round < 4000; round++) {
        struct buf regex, text;
        bool wide = round & 1;
        buf_init(&regex, 0);
        buf_init(&text, 0);
        random_regex(&regex, round & 2);
        buf_byte(&regex, 0);
        random_text(&text, 60, wide);
        struct made m =
            make((struct ir_string){.flags = (wide ? IR_WIDE : 0) | (round & 4 ? IR_NOCASE : 0)},
                 IR_REGEXP, (const char *)regex.at);
        assert_true(m.ok);
        const struct piece *p = &m.pattern.chains[0].pieces[0];
        struct vm_text t = {buf_get(&text), 0, text.len};
        with_atoms += p->atom_count > 0;
        for (uint64_t at = 0; at < text.len && p->kind == PIECE_PROGRAM; at++) {
            uint32_t len = vm_match(vm, buf_get(&m.pattern.programs), p->forward, &t, at, p->flags);
            if (len == UINT32_MAX)
                continue;
            matches++;
            if (!leads_to(vm, &m, p, t.view, at))
                TEST_FAIL("/%s/ at %u", regex.at, (unsigned)at);
            assert_true(len >= p->min_len && len <= p->max_len);
        }
        done(&m);
        buf_done(&regex);
        buf_done(&text);
    }
    assert_true(matches > 10000 && with_atoms > 1000);
    vm_free(vm);
}

/* Whatever the arena refuses, it ends in an error. */
TEST(memory_may_run_out)
{
    uint32_t failed = 0, made = 0;
    for (uint64_t quota = 1; quota < 40000; quota += 61) {
        struct arena *a = arena_new(quota);
        struct re_error error;
        struct pattern p;
        struct ir_string s = {.kind = IR_REGEXP, .flags = IR_ASCII | IR_WIDE};
        s.re = regex_parse(SPAN_OF("a(b[cd]|e{2,3})+.{0,300}fghijk"), false, a, &error);
        if (!s.re)
            assert_true(error.text[0] != 0);
        else if (pattern_compile(&s, a, &p, &error, NULL) == ERR_NONE) {
            made++;
            pattern_done(&p);
        } else
            failed++;
        s = (struct ir_string){.kind = IR_TEXT, .flags = IR_ASCII | IR_WIDE | IR_BASE64};
        s.text = SPAN_OF("some text of a rule");
        if (pattern_compile(&s, a, &p, &error, NULL) == ERR_NONE)
            pattern_done(&p);
        arena_free(a);
    }
    assert_true(failed > 0 && made > 0);
}
