/* The module magic in front of a peer of our own: what is asked, what comes back, and what becomes
 * a gap. */
#include "jail/facts/magic.h"
#include "jail/match/image.h"
#include "scan_rules.h"
#include "test.h"

struct peer {
    struct span asked;
    const char *says; /* NULL: it cannot tell */
    unsigned count;
};

static struct span answer(void *ctx, struct span bytes, bool mime)
{
    struct peer *p = ctx;
    p->asked = bytes;
    p->count++;
    return p->says ? span_text(mime ? "text/plain" : p->says) : (struct span){NULL, 0};
}

struct seen {
    bool is_true;
    unsigned gaps;
    enum gap_kind gap;
};

static void on_finding(void *ctx, const struct finding *f)
{
    (void)f;
    ((struct seen *)ctx)->is_true = true;
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail)
{
    struct seen *s = ctx;
    (void)object, (void)at, (void)detail;
    s->gaps++;
    s->gap = kind;
}

static struct seen ask(const char *condition, const struct magic_peer *magic, struct source source)
{
    struct compiled c;
    struct engine *e = NULL;
    char rules[400];
    struct why why = {0};
    struct seen seen = {0};
    struct object o = {.source = source};
    struct sink sink = {.ctx = &seen, .finding = on_finding, .gap = on_gap};
    struct budget budget;
    (void)snprintf(rules, sizeof rules, "import \"magic\" rule r { condition: %s }", condition);
    rules_compile(&c, rules);
    assert_int_equal(c.err, ERR_NONE);
    struct image_head head;
    memcpy(&head, c.image.at, sizeof head);
    assert_int_equal(head.wants, IMAGE_WANTS_MAGIC);
    budget_init(&budget);
    struct engine_options options = {.magic = magic};
    assert_int_equal(engine_open(&e, buf_get(&c.image), options, &why), ERR_NONE);
    assert_int_equal(engine_scan(e, &o, &budget, &sink, &why), ERR_NONE);
    engine_close(e);
    rules_done(&c);
    return seen;
}

static const char both[] = "magic.type() == \"ASCII text\" and magic.mime_type() == \"text/plain\"";

TEST(both_functions)
{
    struct peer p = {.says = "ASCII text"};
    struct magic_peer magic = {&p, answer};
    struct seen s = ask(both, &magic, source_of(test_guarded(SPAN_OF("hello"))));
    assert_true(s.is_true);
    assert_int_equal(s.gaps, 0);
    assert_true(span_equal(p.asked, SPAN_OF("hello")));
    /* each question once an object, however often rules ask it */
    p.count = 0;
    s = ask("for all i in (1..20) : (magic.type() == \"ASCII text\")", &magic,
            source_of(test_guarded(SPAN_OF("hello"))));
    assert_true(s.is_true);
    assert_int_equal(p.count, 1);
}

TEST(not_here)
{
    struct seen s = ask("not defined magic.type()", NULL, source_of(SPAN_OF("hello")));
    assert_true(s.is_true);
    assert_int_equal(s.gaps, 1);
    assert_int_equal(s.gap, GAP_LIBRARY);
    /* nobody asks: nothing is missing */
    s = ask("filesize == 5", NULL, source_of(SPAN_OF("hello")));
    assert_true(s.is_true);
    assert_int_equal(s.gaps, 0);
}

TEST(cannot_tell)
{
    struct peer p = {.says = NULL};
    struct magic_peer magic = {&p, answer};
    struct seen s = ask("defined magic.mime_type()", &magic, source_of(SPAN_OF("hello")));
    assert_false(s.is_true);
    assert_int_equal(s.gap, GAP_LIBRARY);
}

/* As YARA, which has no bytes to give. */
TEST(nothing)
{
    struct peer p = {.says = "empty"};
    struct magic_peer magic = {&p, answer};
    struct seen s = ask("not defined magic.type()", &magic, source_of((struct span){NULL, 0}));
    assert_true(s.is_true);
    assert_int_equal(s.gaps, 0);
    assert_int_equal(p.count, 0);
}

static uint8_t large[8 << 20]; /* LIMIT_VIEW_BYTES */

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    (void)ctx;
    return span_make(large + at % sizeof large, len < sizeof large ? len : sizeof large);
}

/* One view of what is larger than the window. */
TEST(large_object)
{
    struct peer p = {.says = "ASCII text"};
    struct magic_peer magic = {&p, answer};
    struct source s = {.size = 32 << 20, .fetch = fetch};
    (void)ask(both, &magic, s);
    assert_int_equal(p.asked.len, LIMIT_VIEW_BYTES);
}
