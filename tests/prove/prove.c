/* candor-prove's way of deciding filters, against a twin that runs them on every value: random
 * filters over small constants, so that every behaviour of an argument shows among 64 values. The
 * program shares no code with the rest; it is included here whole. */
int prove_main(int argc, char **argv);
#define main prove_main
#include "../../src/prove/prove.c"
#undef main

#include "test.h"

enum { ROUNDS = 4000, SMALL = 16 };
static const struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, 0x7fff0000},
                                kill_it = {BPF_RET | BPF_K, 0, 0, 0x80000000};

static uint32_t below(uint32_t n)
{
    return (uint32_t)(test_random() % n);
}

/* Loads, masks, comparisons with constants below SMALL, and forward jumps; ends in both answers. */
static void random_filter(unsigned index)
{
    static const uint16_t ops[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    static const uint32_t words[] = {WORD_NR, WORD_ARGS, WORD_ARGS + 1, WORD_ARGS + 2};
    unsigned len = 4 + below(14);
    filters[index].len = len + 2;
    for (unsigned i = 0; i < len; i++) {
        struct sock_filter *f = &filters[index].code[i];
        unsigned left = len - i;
        unsigned kind = i == 0 ? 0 : below(8);
        if (kind < 2)
            *f = (struct sock_filter){BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 * words[below(4)]};
        else if (kind == 2)
            *f = (struct sock_filter){BPF_ALU | BPF_AND | BPF_K, 0, 0, below(SMALL)};
        else
            *f = (struct sock_filter){(uint16_t)(BPF_JMP | ops[below(4)] | BPF_K),
                                      (uint8_t)below(left), (uint8_t)below(left), below(SMALL)};
    }
    filters[index].code[len] = below(2) ? allow : kill_it;
    filters[index].code[len + 1] = below(2) ? allow : kill_it;
}

static bool run_one(const uint32_t *data, unsigned index)
{
    uint32_t a = 0;
    for (unsigned pc = 0; pc < filters[index].len;) {
        const struct sock_filter *f = &filters[index].code[pc++];
        if (f->code == (BPF_LD | BPF_W | BPF_ABS))
            a = data[f->k / 4];
        else if (f->code == (BPF_ALU | BPF_AND | BPF_K))
            a &= f->k;
        else if (f->code == (BPF_RET | BPF_K))
            return f->k == allow.k;
        else
            pc += (BPF_OP(f->code) == BPF_JEQ   ? a == f->k
                   : BPF_OP(f->code) == BPF_JGT ? a > f->k
                   : BPF_OP(f->code) == BPF_JGE ? a >= f->k
                                                : (a & f->k) != 0)
                      ? f->jt
                      : f->jf;
    }
    return false;
}

/* What a word can be as far as constants below SMALL can tell: each small number, with and without
 * something above. */
static uint32_t value_of(unsigned i)
{
    return i < SMALL ? i : i - SMALL + 0x80000000u;
}

static bool is_let_through(uint32_t nr, unsigned count, uint32_t bits, uint32_t value)
{
    uint32_t data[WORDS] = {nr, AUDIT_ARCH_X86_64};
    for (unsigned a = 0; a < 2 * SMALL; a++)
        for (unsigned b = 0; b < 2 * SMALL; b++)
            for (unsigned c = 0; c < 2 * SMALL; c++) {
                data[WORD_ARGS] = value_of(a);
                data[WORD_ARGS + 1] = value_of(b);
                data[WORD_ARGS + 2] = value_of(c);
                bool all = (data[WORD_ARGS] & bits) == value;
                for (unsigned i = 0; all && i < count; i++)
                    all = run_one(data, i);
                if (all)
                    return true;
            }
    return false;
}

TEST(random_filters_are_decided_as_by_trying_every_value)
{
    unsigned passing = 0;
    for (unsigned n = 0; n < ROUNDS; n++) {
        unsigned count = 1 + below(3);
        for (unsigned i = 0; i < count; i++)
            random_filter(i);
        uint32_t nr = below(SMALL), bits = below(2) ? below(SMALL) : 0, value = bits & below(SMALL);
        struct path p = {.end = count};
        (void)settle(&p, WORD_ARGS, bits, value);
        bool want = is_let_through(nr, count, bits, value);
        if (passes(p, AUDIT_ARCH_X86_64, nr) != want)
            TEST_FAIL("round %u: decided %d, tried %d\n", n, !want, want);
        passing += want;
    }
    /* Both answers must be common, or nothing was tried. */
    assert_in_range(passing, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

TEST(what_cannot_be_followed_counts_as_passing)
{
    filters[0].code[0] = (struct sock_filter){BPF_LDX | BPF_W | BPF_IMM, 0, 0, 3};
    filters[0].code[1] = kill_it;
    filters[0].len = 2;
    assert_true(passes((struct path){.end = 1}, AUDIT_ARCH_X86_64, 1));
}

TEST(an_act_with_an_argument_is_found_whatever_else_is_asked)
{
    /* mmap is let through when prot is not 7: writable, or executable, but not both with read. */
    static const struct sock_filter code[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 * (WORD_ARGS + 4)},
                                              {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 7},
                                              {BPF_RET | BPF_K, 0, 0, 0x80000000},
                                              {BPF_RET | BPF_K, 0, 0, 0x7fff0000}};
    static const struct act executable = {"", {SYS_mmap}, 2, 4, 0, 0};
    memcpy(filters[0].code, code, sizeof code);
    filters[0].len = 4;
    filter_count = 1;
    assert_true(can_call(&executable, SYS_mmap));
    filters[0].code[1] = (struct sock_filter){BPF_JMP | BPF_JSET | BPF_K, 0, 1, 4};
    assert_false(can_call(&executable, SYS_mmap));
}
