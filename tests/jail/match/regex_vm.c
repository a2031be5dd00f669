/* The regex machine against its slow twin, and against hostile programs. */
#include "jail/match/regex_vm.h"
#include "jail/compile/pattern.h"
#include "jail/match/regex_code.h"
#include "random_regex.h"
#include "slow_match.h"
#include "test.h"

enum { GUARD_BYTES = 1 << 18, GUARDS = 2 };

/* test_guarded for many rounds: the same memory each time, and one page to fall into. */
static struct span guarded(unsigned which, struct span s)
{
    static struct span areas[GUARDS];
    if (!areas[which].at) {
        uint8_t *zeros = calloc(1, GUARD_BYTES);
        areas[which] = test_guarded(span_make(zeros, GUARD_BYTES));
        free(zeros);
    }
    assert_true(s.len <= GUARD_BYTES);
    uint8_t *at = (uint8_t *)(uintptr_t)areas[which].at + GUARD_BYTES - s.len;
    if (s.len)
        memcpy(at, s.at, s.len);
    return span_make(at, s.len);
}

/* One expression, compiled, beside an untouched tree of it. */
struct subject {
    struct arena *arena;
    struct buf text, program, backward;
    struct re *tree;
    struct re_list nodes;
    uint32_t flags;
};

static struct re *parse(struct subject *s)
{
    struct re_error error;
    struct re *tree = regex_parse(buf_get(&s->text), false, s->arena, &error);
    if (!tree)
        TEST_FAIL("%.*s: %s", (int)s->text.len, s->text.at, error.text);
    return tree;
}

static void subject_init(struct subject *s, const char *text, uint32_t flags, bool lazy)
{
    *s = (struct subject){.arena = arena_new(0), .flags = flags};
    buf_init(&s->text, 0);
    buf_init(&s->program, 0);
    if (text)
        buf_text(&s->text, text);
    else
        random_regex(&s->text, lazy);
    s->tree = parse(s);
    assert_true(re_postorder(s->tree, s->arena, &s->nodes));
    assert_int_equal(pattern_compile_regex(parse(s), flags, &s->program, NULL), ERR_NONE);
    assert_true(vm_check(buf_get(&s->program), 0));
}

static void subject_done(struct subject *s)
{
    buf_done(&s->text);
    buf_done(&s->program);
    arena_free(s->arena);
}

static uint32_t match_at(struct vm *vm, const struct subject *s, struct span text, uint64_t at,
                         bool wide)
{
    struct vm_text t = {text, 0, text.len};
    return vm_match(vm, buf_get(&s->program), 0, &t, at, wide ? PIECE_WIDE : 0);
}

static uint32_t match(const char *regex, const char *text, uint32_t flags)
{
    struct vm *vm = vm_new();
    struct subject s;
    subject_init(&s, regex, flags, false);
    uint32_t got = match_at(vm, &s, test_guarded(span_text(text)), 0, false);
    subject_done(&s);
    vm_free(vm);
    return got;
}

TEST(preferences)
{
    assert_int_equal(match("x(ab|a)", "xab", 0), 3);
    assert_int_equal(match("x(a|ab)", "xab", 0), 2);
    assert_int_equal(match("x(a|ab)(c|bcd)?", "xabcd", 0), 5);
    assert_int_equal(match("a+", "aaab", 0), 3);
    assert_int_equal(match("a+?", "aaab", 0), 1);
    assert_int_equal(match("a.*b", "a1b2b3", 0), 5);
    assert_int_equal(match("a.*?b", "a1b2b3", 0), 3);
    assert_int_equal(match("a.b", "a\nb", 0), UINT32_MAX);
    assert_int_equal(match("a.b", "a\nb", RE_DOTALL), 3);
    assert_int_equal(match("a[^b]c", "aBc", RE_NOCASE), UINT32_MAX);
    assert_int_equal(match("aBc", "AbC", RE_NOCASE), 3);
    assert_int_equal(match("a*", "b", 0), 0);
    assert_int_equal(match("(a*)*b", "aab", 0), 3);
}

TEST(counted_repeats_stay_small)
{
    struct subject s;
    subject_init(&s, "ab.{10,200}[0-9]{3,3000}c", 0, false);
    assert_true(s.program.len < 400);
    subject_done(&s);
}

TEST(reach_is_bounded)
{
    struct vm *vm = vm_new();
    struct subject s;
    struct buf text;
    buf_init(&text, 0);
    buf_byte(&text, 'a');
    for (unsigned i = 0; i < 5000; i++)
        buf_byte(&text, 'x');
    subject_init(&s, "ax{4095}", 0, false);
    assert_int_equal(match_at(vm, &s, buf_get(&text), 0, false), LIMIT_REGEX_BYTES);
    subject_done(&s);
    subject_init(&s, "ax{4096}", 0, false);
    assert_int_equal(match_at(vm, &s, buf_get(&text), 0, false), UINT32_MAX);
    subject_done(&s);
    subject_init(&s, "a.*", 0, false);
    assert_int_equal(match_at(vm, &s, buf_get(&text), 0, false), LIMIT_REGEX_BYTES);
    subject_done(&s);
    buf_done(&text);
    vm_free(vm);
}

TEST(a_view_is_not_the_whole_object)
{
    struct vm *vm = vm_new();
    struct subject s;
    struct vm_text t = {test_guarded(SPAN_OF("abc")), 100, 103};
    subject_init(&s, "abc$", 0, false);
    assert_int_equal(vm_match(vm, buf_get(&s.program), 0, &t, 100, 0), 3);
    t.size = 104;
    assert_int_equal(vm_match(vm, buf_get(&s.program), 0, &t, 100, 0), UINT32_MAX);
    assert_int_equal(vm_match(vm, buf_get(&s.program), 0, &t, 99, 0), UINT32_MAX);
    assert_int_equal(vm_match(vm, buf_get(&s.program), 0, &t, UINT64_MAX, 0), UINT32_MAX);
    subject_done(&s);
    vm_free(vm);
}

TEST(too_many_threads_are_counted)
{
    struct vm *vm = vm_new();
    struct subject s;
    struct buf text;
    buf_init(&text, 0);
    for (unsigned i = 0; i < 4000; i++)
        buf_byte(&text, 'a');
    subject_init(&s, "a*[ab]{2000}c", 0, false);
    assert_int_equal(match_at(vm, &s, buf_get(&text), 0, false), UINT32_MAX);
    assert_true(vm_drops(vm) > 0);
    assert_true(vm_steps(vm) < 4000u * 3 * (LIMIT_REGEX_FIBERS + 8));
    subject_done(&s);
    buf_done(&text);
    vm_free(vm);
}

static void compare_all_starts(struct vm *vm, struct subject *s, struct span text, bool wide)
{
    struct slow slow;
    uint8_t first[32];
    slow_init(&slow, &s->nodes, text, s->flags, wide);
    vm_first(buf_get(&s->program), 0, first);
    for (uint32_t at = 0; at <= text.len; at++) {
        const struct ends *want = slow_ends(&slow, s->tree, at);
        uint32_t len = match_at(vm, s, text, at, wide);
        bool is_empty = want->count && want->at[0] == at;
        uint32_t want_len = want->count ? want->at[0] - at : UINT32_MAX;
        if (len != want_len)
            TEST_FAIL("/%.*s/ flags %u wide %d at %u: %d, want %d", (int)s->text.len, s->text.at,
                      s->flags, wide, at, (int)len, (int)want_len);
        uint8_t byte = span_byte(text, at);
        if (want->count)
            assert_true(is_empty ? first[0] == 0xff : first[byte >> 3] >> (byte & 7) & 1);
    }
    slow_done(&slow);
}

static void compare_search(struct vm *vm, struct subject *s, struct span text)
{
    struct slow slow;
    uint64_t at = 0;
    uint32_t want = 0;
    slow_init(&slow, &s->nodes, text, s->flags, false);
    while (want < text.len && slow_ends(&slow, s->tree, want)->count == 0)
        want++;
    bool found = vm_search(vm, buf_get(&s->program), text, &at);
    if (found != (want < text.len) || (found && at != want))
        TEST_FAIL("search /%.*s/: %d at %d, want %u of %zu", (int)s->text.len, s->text.at, found,
                  (int)at, want, text.len);
    assert_int_equal(vm_search(vm, buf_get(&s->program), text, NULL), found);
    slow_done(&slow);
}

TEST(agrees_with_the_slow_twin)
{
    struct vm *vm = vm_new();
    for (unsigned round = 0; round < 6000; round++) {
        struct subject s;
        subject_init(&s, NULL, (uint32_t)(test_random() >> 30) & 3, test_random() >> 40 & 1);
        for (unsigned i = 0; i < 4; i++) {
            struct buf text;
            bool wide = i == 3;
            buf_init(&text, 0);
            random_text(&text, 4 + (uint32_t)(test_random() >> 33) % 20, wide);
            struct span bytes = guarded(0, buf_get(&text));
            compare_all_starts(vm, &s, bytes, wide);
            if (!wide)
                compare_search(vm, &s, bytes);
            buf_done(&text);
        }
        subject_done(&s);
    }
    assert_int_equal(vm_drops(vm), 0);
    vm_free(vm);
}

static void note(void *ctx, uint32_t back)
{
    (void)ctx;
    (void)back;
}

/* Whatever a program says, the machine stays inside it; a checked one keeps its slots too. */
TEST(hostile_programs_do_no_harm)
{
    struct vm *vm = vm_new();
    uint32_t good = 0;
    for (unsigned round = 0; round < 20000; round++) {
        struct subject s;
        struct buf text;
        subject_init(&s, NULL, 0, false);
        buf_init(&text, 0);
        random_text(&text, 20, false);
        for (unsigned i = 0; i < 1 + round % 4; i++)
            s.program.at[(test_random() >> 20) % s.program.len] = (uint8_t)(test_random() >> 30);
        struct span program = guarded(
            1, span_cut(buf_get(&s.program), 0, round % 8 ? s.program.len : test_random() % 80));
        struct vm_text t = {guarded(0, buf_get(&text)), 0, text.len};
        uint8_t set[32];
        good += vm_check(program, 0);
        (void)vm_match(vm, program, 0, &t, round % 20, round & 1 ? PIECE_WIDE : 0);
        vm_starts(vm, program, 0, &t, round % 21, round & 1 ? PIECE_WIDE : 0, note, NULL);
        (void)vm_search(vm, program, t.view, NULL);
        vm_first(program, 0, set);
        buf_done(&text);
        subject_done(&s);
    }
    assert_true(good > 1000 && good < 19000);
    vm_free(vm);
}

TEST(programs_that_are_cut_or_empty)
{
    uint8_t set[32];
    struct vm *vm = vm_new();
    struct vm_text t = {SPAN_OF("abc"), 0, 3};
    assert_false(vm_check((struct span){0}, 0));
    assert_false(vm_check(SPAN_OF("abc"), 7));
    assert_int_equal(vm_match(vm, (struct span){0}, 0, &t, 0, 0), UINT32_MAX);
    vm_first((struct span){0}, 0, set);
    assert_int_equal(set[0], 0xff);
    vm_free(vm);
}
