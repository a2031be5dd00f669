/* Notes: signing and checking, refusals, and other people's notes where they are at hand. */
#include "common/note.h"

#include "common/crypto.h"
#include "common/text.h"
#include "test.h"

static struct arena *arena;

static void begin(void)
{
    struct why why = {0};
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    if (!arena)
        arena = arena_new(0);
}

static struct note_key key_from(const char *name, uint8_t type, const uint8_t seed[32])
{
    struct note_key k = {.name = span_text(name), .type = type};
    assert_true(crypto_ed25519_public(seed, k.key));
    assert_true(note_key_id(&k));
    return k;
}

static bool parses(struct span bytes)
{
    static struct note n;
    return note_parse(test_guarded(bytes), arena, &n, NULL) == ERR_NONE;
}

/* C2SP's own example, signed-note.md. */
static const char example_key[] =
    "example.com/foo+530d903b+AekyV7OWKCxAnuo+yGq7sF7dSmMZXpfTNyJKeOAdiTzr";

TEST(keys_print_as_they_parse)
{
    begin();
    uint8_t seed[32] = {1, 2, 3};
    for (int type = 0; type < 6; type++) {
        struct note_key k = key_from("candor.invalid/log", (uint8_t)type, seed), back;
        struct buf b;
        buf_init(&b, 0);
        note_key_print(&k, &b);
        enum err err = note_key_parse(buf_get(&b), &back, NULL);
        assert_int_equal(err, type == 1 || type == 4 ? ERR_NONE : ERR_UNSUPPORTED);
        if (err == ERR_NONE) {
            assert_int_equal(back.id, k.id);
            assert_memory_equal(back.key, k.key, 32);
        }
        b.at[b.len / 2] ^= 1;
        assert_int_not_equal(note_key_parse(buf_get(&b), &back, NULL), ERR_NONE);
        buf_done(&b);
    }
    struct note_key k;
    assert_int_equal(note_key_parse(SPAN_OF("a+b"), &k, NULL), ERR_USAGE);
    assert_int_equal(note_key_parse(SPAN_OF(""), &k, NULL), ERR_USAGE);
    assert_int_equal(note_key_parse(span_make(example_key, 20), &k, NULL), ERR_USAGE);
}

TEST(what_is_signed_is_good_and_a_flipped_bit_is_bad)
{
    begin();
    uint8_t seeds[2][32] = {{7}, {8}};
    struct note_key log = key_from("candor.invalid/rules", NOTE_ED25519, seeds[0]);
    struct note_key witness = key_from("witness.invalid/w", NOTE_COSIGNATURE, seeds[1]);
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, "candor.invalid/rules\n3\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\n");
    size_t text_len = b.len;
    struct why why = {0};
    assert_int_equal(note_sign(&b, &log, seeds[0], 0, &why), ERR_NONE);
    assert_int_equal(note_sign(&b, &witness, seeds[1], 1700000000, &why), ERR_NONE);
    struct note n;
    assert_int_equal(note_parse(buf_get(&b), arena, &n, &why), ERR_NONE);
    assert_int_equal(n.count, 2);
    assert_int_equal(n.text.len, text_len);
    uint64_t at = 0;
    assert_int_equal(note_check(&n, &log, NULL), NOTE_GOOD);
    assert_int_equal(note_check(&n, &witness, &at), NOTE_GOOD);
    assert_int_equal(at, 1700000000);
    struct note_key other = key_from("candor.invalid/rules", NOTE_ED25519, seeds[1]);
    assert_int_equal(note_check(&n, &other, NULL), NOTE_UNKNOWN); /* same name, other id */
    for (size_t i = 0; i < text_len; i++) {
        b.at[i] ^= 1;
        if (note_parse(buf_get(&b), arena, &n, NULL) == ERR_NONE && n.text.len == text_len)
            assert_int_equal(note_check(&n, &log, NULL), NOTE_BAD);
        b.at[i] ^= 1;
    }
    struct checkpoint c;
    assert_int_equal(note_parse(buf_get(&b), arena, &n, &why), ERR_NONE);
    assert_int_equal(checkpoint_parse(n.text, &c, &why), ERR_NONE);
    assert_int_equal(c.size, 3);
    struct buf again;
    buf_init(&again, 0);
    checkpoint_print(&c, &again);
    assert_true(span_equal(buf_get(&again), n.text));
    buf_done(&again);
    buf_done(&b);
}

TEST(malformed_notes_are_refused)
{
    begin();
    static const char good[] = "text\n\n\xe2\x80\x94 name AAAAAAA=\n";
    assert_true(parses(SPAN_OF("text\n\n\xe2\x80\x94 name AAAAAAA=\n")));
    for (size_t n = 0; n < sizeof good - 1; n++)
        assert_false(parses(span_make(good, n)));
    assert_false(parses(SPAN_OF("text\n\n")));
    assert_false(parses(SPAN_OF("te\rxt\n\n\xe2\x80\x94 name AAAAAAA=\n")));
    assert_false(parses(SPAN_OF("text\xff\n\n\xe2\x80\x94 name AAAAAAA=\n")));
    assert_false(parses(SPAN_OF("text\n\n\xe2\x80\x94 name  AAAAAAA=\n")));
    assert_false(parses(SPAN_OF("text\n\n\xe2\x80\x94 na+me AAAAAAA=\n")));
    assert_false(parses(SPAN_OF("text\n\n\xe2\x80\x94 na\xc2\xa0me AAAAAAA=\n")));
    assert_false(
        parses(SPAN_OF("text\n\n\xe2\x80\x94 name AAAA\n"))); /* no signature behind the id */
    assert_false(parses(SPAN_OF("text\n\n- name AAAAAAA=\n")));
    assert_false(parses(SPAN_OF("text\n\n\xe2\x80\x94 name AAAAAAA=\nmore\n")));
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, "text\n\n");
    for (int i = 0; i < NOTE_SIGNATURES_MAX; i++)
        buf_text(&b, "\xe2\x80\x94 name AAAAAAA=\n");
    assert_true(parses(buf_get(&b)));
    buf_text(&b, "\xe2\x80\x94 name AAAAAAA=\n");
    assert_false(parses(buf_get(&b)));
    buf_done(&b);
}

TEST(malformed_checkpoints_are_refused)
{
    begin();
    static const char *const bad[] = {
        "",
        "\n",
        "o\n",
        "o\n1\n",
        "o\n1\nAAAA\n",
        "o\n01\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\n",
        "o\n-1\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\n",
        "o\n18446744073709551616\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\n",
        "\n1\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\n",
        "o\n1\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=",
        "o\n1\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\nextension\n"};
    struct checkpoint c;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(checkpoint_parse(test_guarded(span_text(bad[i])), &c, NULL), ERR_PEER);
    assert_int_equal(
        checkpoint_parse(SPAN_OF("o\n0\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\n"), &c, NULL),
        ERR_NONE);
}

TEST(weak_keys_are_refused)
{
    uint8_t zero[32] = {0}, one[32] = {1}, sig[64] = {0};
    assert_false(crypto_ed25519_check(zero, SPAN_OF("x"), sig));
    assert_false(crypto_ed25519_check(one, SPAN_OF("x"), sig));
    memset(one, 0xff, 32);
    assert_false(crypto_ed25519_check(one, SPAN_OF("x"), sig));
}

static struct span slurp(const char *name)
{
    static uint8_t bytes[65536];
    char path[1200];
    (void)snprintf(path, sizeof path, TEST_ROOT "/../shared/data/vectors/%s", name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return (struct span){0};
    size_t n = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    return arena_copy(arena, span_make(bytes, n));
}

TEST(tesseras_checkpoints)
{
    begin();
    struct note_key key;
    struct why why = {0};
    assert_int_equal(note_key_parse(SPAN_OF("example.com/log/testdata+33d7b496+"
                                            "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"),
                                    &key, &why),
                     ERR_NONE);
    int good = 0;
    for (int i = 0; i < 16; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "tessera/log/checkpoint.%d", i);
        struct span bytes = slurp(name);
        struct note n;
        struct checkpoint c;
        if (!bytes.at)
            skip();
        assert_int_equal(note_parse(bytes, arena, &n, &why), ERR_NONE);
        assert_int_equal(note_check(&n, &key, NULL), NOTE_GOOD);
        assert_int_equal(checkpoint_parse(n.text, &c, &why), ERR_NONE);
        assert_int_equal(c.size, i);
        good++;
    }
    print_message("%d of 16 checkpoints\n", good);
}
