/* Policies: quorums, refusals, and sigsum's own proof under its own policy where it is at hand. */
#include "common/quorum.h"

#include "common/crypto.h"
#include "common/text.h"
#include "common/tlog.h"
#include "test.h"

static char key_text[6][120]; /* 0: a log's, then witnesses' */
static uint8_t seeds[6][32];
static struct note_key keys[6];

static void begin(void)
{
    struct why why = {0};
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    for (int i = 0; i < 6; i++) {
        static char names[6][20];
        seeds[i][0] = (uint8_t)(i + 1);
        (void)snprintf(names[i], 20, "k%d.invalid", i);
        keys[i] = (struct note_key){.name = span_text(names[i]),
                                    .type = i ? NOTE_COSIGNATURE : NOTE_ED25519};
        assert_true(crypto_ed25519_public(seeds[i], keys[i].key) && note_key_id(&keys[i]));
        struct buf b;
        buf_init(&b, 0);
        note_key_print(&keys[i], &b);
        (void)snprintf(key_text[i], 120, "%.*s", (int)b.len, (char *)b.at);
        buf_done(&b);
    }
}

/* $0..$5 stand for the keys. */
static struct span with_keys(const char *text)
{
    static char out[8192];
    size_t at = 0;
    for (const char *p = text; *p; p++)
        if (*p == '$' && p[1] >= '0' && p[1] <= '5')
            at += (size_t)snprintf(out + at, sizeof out - at, "%s", key_text[*++p - '0']);
        else
            out[at++] = *p;
    return span_make(out, at);
}

static const char three[] =
    "# a policy\nlog $0 https://log.invalid/\nwitness a $1\nwitness\tb $2 https://w.invalid/\n"
    "witness c $3\ngroup two 2 a b c\n\nquorum two\n";

TEST(two_of_three)
{
    struct quorum q;
    struct why why = {0};
    begin();
    assert_int_equal(quorum_parse(with_keys(three), &q, &why), ERR_NONE);
    for (uint32_t good = 0; good < 8; good++)
        assert_int_equal(quorum_is_met(&q, good), __builtin_popcount(good) >= 2);
}

TEST(groups_of_groups)
{
    struct quorum q;
    struct why why = {0};
    begin();
    assert_int_equal(
        quorum_parse(with_keys("log $0\nwitness a $1\nwitness b $2\nwitness c $3\nwitness d $4\n"
                               "group x any a b\ngroup y any c d\ngroup z all x y\nquorum z\n"),
                     &q, &why),
        ERR_NONE);
    for (uint32_t good = 0; good < 16; good++)
        assert_int_equal(quorum_is_met(&q, good), (good & 3) && (good & 12));
    assert_int_equal(quorum_parse(with_keys("log $0\nquorum none\n"), &q, &why), ERR_NONE);
    assert_true(quorum_is_met(&q, 0));
    assert_int_equal(quorum_parse(with_keys("log $0\nwitness a $1\nquorum a\n"), &q, &why),
                     ERR_NONE);
    assert_true(quorum_is_met(&q, 1) && !quorum_is_met(&q, 0));
}

TEST(bad_policies_are_refused_with_their_line)
{
    static const char *const bad[] = {"",
                                      "log $0\n",
                                      "quorum a\n",
                                      "log $1\nquorum none\n",
                                      "witness a $0\nquorum a\n",
                                      "log\nquorum none\n",
                                      "log $0 x y\nquorum none\n",
                                      "nonsense\nquorum none\n",
                                      "witness a $1\nwitness a $2\nquorum a\n",
                                      "witness a $1\nwitness b $1\nquorum a\n",
                                      "witness none $1\nquorum none\n",
                                      "group g 1 a\nquorum g\n",
                                      "witness a $1\ngroup g 2 a\nquorum g\n",
                                      "witness a $1\ngroup g 0 a\nquorum g\n",
                                      "witness a $1\ngroup g 1 a a\nquorum g\n",
                                      "witness a $1\ngroup g 1 a\ngroup h 1 a\nquorum g\n",
                                      "witness a $1\ngroup g 1 g\nquorum g\n",
                                      "quorum b\nwitness b $1\n",
                                      "quorum none\nquorum none\n",
                                      "witness a $1\ngroup g some a\nquorum g\n",
                                      "log a+b+c\nquorum none\n"};
    begin();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct quorum q;
        struct why why = {0};
        assert_int_not_equal(quorum_parse(with_keys(bad[i]), &q, &why), ERR_NONE);
        assert_true(strncmp(why.text, "policy", 6) == 0);
    }
}

TEST(weighing_a_note)
{
    struct quorum q;
    struct why why = {0};
    struct arena *a = arena_new(0);
    struct buf b;
    begin();
    assert_int_equal(quorum_parse(with_keys(three), &q, &why), ERR_NONE);
    buf_init(&b, 0);
    buf_text(&b, "k0.invalid\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
    assert_int_equal(note_sign(&b, &keys[0], seeds[0], 0, &why), ERR_NONE);
    assert_int_equal(note_sign(&b, &keys[1], seeds[1], 100, &why), ERR_NONE);
    assert_int_equal(note_sign(&b, &keys[3], seeds[3], 90, &why), ERR_NONE);
    assert_int_equal(note_sign(&b, &keys[5], seeds[5], 500, &why),
                     ERR_NONE); /* a stranger to the policy */
    struct note n;
    struct quorum_verdict v;
    assert_int_equal(note_parse(buf_get(&b), a, &n, &why), ERR_NONE);
    assert_int_equal(quorum_weigh(&q, &n, &v, &why), ERR_NONE);
    assert_true(v.log_signed && v.good == 5 && v.newest_s == 100 && v.oldest_s == 90);
    assert_true(quorum_is_met(&q, v.good));
    assert_int_equal(note_sign(&b, &keys[2], seeds[4], 95, &why),
                     ERR_NONE); /* b's name, another's hand */
    assert_int_equal(note_parse(buf_get(&b), a, &n, &why), ERR_NONE);
    assert_int_equal(quorum_weigh(&q, &n, &v, &why), ERR_PEER);
    buf_done(&b);
    arena_free(a);
}

TEST(tile_paths)
{
    static const struct {
        int level;
        uint64_t index;
        uint32_t width;
        const char *path;
    } rows[] = {{0, 0, 256, "tile/0/000"},
                {0, 1234067, 256, "tile/0/x001/x234/067"},
                {-1, 273, 112, "tile/entries/273.p/112"},
                {2, 0, 1, "tile/2/000.p/1"},
                {7, 999, 256, "tile/7/999"},
                {0, UINT64_MAX / 256, 256, "tile/0/x072/x057/x594/x037/x927/935"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[TLOG_PATH_MAX];
        int level;
        uint64_t index;
        uint32_t width;
        tlog_path(out, rows[i].level, rows[i].index, rows[i].width);
        assert_string_equal(out, rows[i].path);
        assert_true(tlog_path_parse(span_text(out), &level, &index, &width));
        assert_true(level == rows[i].level && index == rows[i].index && width == rows[i].width);
    }
    static const char *const bad[] = {"",
                                      "tile",
                                      "tile/0",
                                      "tile/8/000",
                                      "tile/0/00",
                                      "tile/0/x000/000",
                                      "tile/0/000/",
                                      "tile/0/000.p/0",
                                      "tile/0/000.p/256",
                                      "tile/0/000.p/01",
                                      "tile/0/000.p",
                                      "tile/0/x001",
                                      "/tile/0/000",
                                      "tile/00/000",
                                      "tile/0/-01",
                                      "tile/entries/0000"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int level;
        uint64_t index;
        uint32_t width;
        assert_false(tlog_path_parse(test_guarded(span_text(bad[i])), &level, &index, &width));
    }
    assert_int_equal(tlog_partial(70000, 0), 112);
    assert_int_equal(tlog_partial(70000, 1), 17);
    assert_int_equal(tlog_partial(70000, 2), 1);
    assert_int_equal(tlog_partial(70000, 3), 0);
}

TEST(entry_bundles)
{
    struct buf b;
    buf_init(&b, 0);
    assert_true(tlog_put_entry(&b, SPAN_OF("one")) && tlog_put_entry(&b, SPAN_OF("")));
    assert_false(tlog_put_entry(&b, span_make(seeds, 65536)));
    struct span entry;
    struct reader r = reader_of(test_guarded(buf_get(&b)));
    assert_true(tlog_next_entry(&r, &entry) && span_equal(entry, SPAN_OF("one")));
    assert_true(tlog_next_entry(&r, &entry) && entry.len == 0);
    assert_false(tlog_next_entry(&r, &entry) || r.bad);
    r = reader_of(test_guarded(SPAN_OF("\x00\x05"
                                       "abc")));
    assert_false(tlog_next_entry(&r, &entry));
    assert_true(r.bad);
    buf_done(&b);
}

static struct span slurp(const char *name, struct arena *a)
{
    static uint8_t bytes[65536];
    FILE *f = fopen(name, "rb");
    if (!f)
        return (struct span){0};
    size_t n = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    return arena_copy(a, span_make(bytes, n));
}

TEST(sigsums_proof_under_its_policy)
{
    static const char folder[] = TEST_ROOT "/../shared/data/vectors/sigsum/";
    struct arena *a = arena_new(0);
    char path[1200];
    struct span text[3];
    static const char *const names[] = {"sigsum4.policy", "sigsum4.tlog-proof", "sigsum4.leaf.hex"};
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", folder, names[i]);
        text[i] = slurp(path, a);
        if (!text[i].at)
            skip();
    }
    struct why why = {0};
    struct quorum q;
    struct tlog_proof p;
    struct note n;
    struct checkpoint c;
    struct quorum_verdict v;
    struct merkle_hash leaf;
    struct buf entry, again;
    begin();
    assert_int_equal(quorum_parse(text[0], &q, &why), ERR_NONE);
    assert_int_equal(tlog_proof_parse(text[1], a, &p, &why), ERR_NONE);
    assert_int_equal(note_parse(p.note, a, &n, &why), ERR_NONE);
    assert_int_equal(quorum_weigh(&q, &n, &v, &why), ERR_NONE);
    assert_true(v.log_signed && quorum_is_met(&q, v.good));
    assert_int_equal(checkpoint_parse(n.text, &c, &why), ERR_NONE);
    buf_init(&entry, 0);
    assert_true(text_unhex(&entry, text_trim(text[2])));
    assert_int_equal(entry.len, 128);
    assert_true(merkle_leaf(buf_get(&entry), &leaf));
    assert_true(merkle_check_inclusion(p.index, c.size, &leaf, &p.path, &c.root));
    buf_init(&again, 0);
    tlog_proof_print(&p, &again);
    assert_true(span_equal(buf_get(&again), text[1]));
    buf_done(&again);
    buf_done(&entry);
    arena_free(a);
}
