/* Changes of keys, honest and not. Holders are keys 0 to 4; the log's are 8 and 9. */
#include "common/root_note.h"

#include "common/crypto.h"
#include "test.h"

enum { KEYS = 10 };

static struct note_key keys[KEYS];
static uint8_t seeds[KEYS][32];

static void make_keys(void)
{
    static const char *const names[KEYS] = {
        "h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "log.example/rules", "log.example/rules"};
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    for (int i = 0; i < KEYS; i++) {
        keys[i] = (struct note_key){.name = span_text(names[i]), .type = NOTE_ED25519};
        memset(seeds[i], 40 + i, 32);
        assert_true(crypto_ed25519_public(seeds[i], keys[i].key) && note_key_id(&keys[i]));
    }
}

/* Bits: who holds, who signs. */
static void make(struct buf *out, unsigned version, unsigned threshold, unsigned holders,
                 unsigned signers, int log)
{
    struct root_note r = {.version = version, .threshold = threshold};
    buf_init(out, 0);
    for (int i = 0; i < 8; i++)
        if (holders >> i & 1)
            r.holders[r.holder_count++] = keys[i];
    r.logs[r.log_count++] = keys[log];
    root_note_print(&r, out);
    for (int i = 0; i < 8; i++)
        if (signers >> i & 1)
            assert_int_equal(note_sign(out, &keys[i], seeds[i], 0, NULL), ERR_NONE);
}

struct row {
    const char *name, *want; /* "": taken */
    unsigned version, threshold, holders, signers;
};

/* After version 1: 2 of h0, h1, h2. */
static const struct row rows[] = {
    {"another log key, same holders", "", 2, 2, 7, 3},
    {"all sign", "", 2, 2, 7, 7},
    {"new holders, both thresholds", "", 2, 2, 0x38, 0x1b},
    {"a higher threshold, met", "", 2, 3, 7, 7},
    {"new holders sign, old ones do not", "version 1 signed", 2, 2, 0x38, 0x38},
    {"new holders sign, one old one", "version 1 signed", 2, 2, 0x38, 0x19},
    {"old holders sign, new ones do not", "own holders signed", 2, 2, 0x38, 3},
    {"old holders sign, one new one", "own holders signed", 2, 2, 0x38, 0x0b},
    {"one old holder, who is a new one, too", "own holders signed", 2, 2, 7, 1},
    {"a lower threshold needs the old one", "version 1 signed", 2, 1, 7, 1},
    {"a version is left out", "does not follow", 3, 2, 7, 3},
    {"the same version again", "does not follow", 1, 2, 7, 3},
    {"more wanted than there are holders", "threshold", 2, 4, 7, 7},
    {"strangers sign", "own holders signed", 2, 2, 7, 0xc0},
};

TEST(both_thresholds)
{
    struct buf first, next;
    struct root_note now, then;
    make_keys();
    struct arena *a = arena_new(0);
    make(&first, 1, 2, 7, 3, 8);
    assert_int_equal(root_note_open(buf_get(&first), a, &now, NULL), ERR_NONE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        struct why why = {0};
        make(&next, r->version, r->threshold, r->holders, r->signers, 9);
        enum err err = root_note_follow(&now, buf_get(&next), a, &then, &why);
        bool ok = r->want[0] ? err == ERR_LEDGER && strstr(why.text, r->want) : err == ERR_NONE;
        if (!ok)
            TEST_FAIL("%s: %d \"%s\", not \"%s\"\n", r->name, (int)err, why.text, r->want);
        buf_done(&next);
    }
    buf_done(&first);
    arena_free(a);
}

TEST(no_byte_may_be_changed)
{
    struct buf first, next;
    struct root_note now, then;
    make_keys();
    struct arena *a = arena_new(0);
    make(&first, 1, 2, 7, 3, 8);
    assert_int_equal(root_note_open(buf_get(&first), a, &now, NULL), ERR_NONE);
    make(&next, 2, 2, 7, 3, 9);
    for (size_t i = 0; i < next.len; i++) {
        next.at[i] ^= 1;
        assert_int_equal(root_note_follow(&now, test_guarded(buf_get(&next)), a, &then, NULL),
                         ERR_LEDGER);
        next.at[i] ^= 1;
        assert_int_equal(
            root_note_follow(&now, test_guarded(span_make(next.at, i)), a, &then, NULL),
            ERR_LEDGER);
    }
    buf_done(&first);
    buf_done(&next);
    arena_free(a);
}

TEST(a_key_counts_once)
{
    struct root_note r;
    struct buf b;
    make_keys();
    buf_init(&b, 0);
    buf_text(&b, "candor-root/v1\nversion 1\nthreshold 2\n");
    for (int i = 0; i < 2; i++) {
        buf_text(&b, "holder ");
        note_key_print(&keys[0], &b);
        buf_byte(&b, '\n');
    }
    buf_text(&b, "log ");
    note_key_print(&keys[8], &b);
    buf_byte(&b, '\n');
    assert_int_equal(root_note_parse(buf_get(&b), &r, NULL), ERR_PEER);
    buf_done(&b);
}
