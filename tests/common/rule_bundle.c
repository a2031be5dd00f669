/* The split-view laboratory: releases as liars would make them, each refused or STALE. Policy: one
 * log, three witnesses, two of them needed. */
#include "common/rule_bundle.h"

#include "common/crypto.h"
#include "common/tlog.h"
#include "test.h"

enum { NOW = 1800000000, WITNESSES = 3, LEAVES = 6 };

struct lab {
    struct note_key log, other, witnesses[WITNESSES];
    uint8_t seeds[WITNESSES + 2][32]; /* witnesses, log, another log */
    struct buf text;
    struct quorum policy;
};

/* How one release lies. Zeroed: it does not. */
struct lie {
    const char *name;
    const char *want; /* what the refusal says; "" taken, "STALE" stale */
    uint64_t past;    /* entries taken in before */
    uint64_t from, size;
    uint32_t cosigners; /* bits */
    int64_t age_s[WITNESSES];
    bool as_other_log, other_origin, unsigned_log, policy_has_both, forged_cosignature, forged_log,
        foreign_witness;
    uint64_t fork_at; /* this entry and later ones are others; 0: none */
    bool past_is_fork, swap, drop_last, extra, no_leaf, cut_last, wrong_root, size_lies, extension;
    int note_change, from_plus;
};

static struct note_key make_key(struct lab *lab, int n, const char *name, enum note_type type)
{
    struct note_key k = {.name = span_text(name), .type = (uint8_t)type};
    memset(lab->seeds[n], 17 + n, 32);
    assert_true(crypto_ed25519_public(lab->seeds[n], k.key) && note_key_id(&k));
    return k;
}

static void make_lab(struct lab *lab)
{
    static const char *const names[] = {"w.example/a", "w.example/b", "w.example/c"};
    memset(lab, 0, sizeof *lab);
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    for (int i = 0; i < WITNESSES; i++)
        lab->witnesses[i] = make_key(lab, i, names[i], NOTE_COSIGNATURE);
    lab->log = make_key(lab, WITNESSES, "log.example/rules", NOTE_ED25519);
    lab->other = make_key(lab, WITNESSES + 1, "log.example/other", NOTE_ED25519);
    buf_text(&lab->text, "log ");
    note_key_print(&lab->log, &lab->text);
    for (int i = 0; i < WITNESSES; i++) {
        buf_print(&lab->text, "\nwitness w%d ", i);
        note_key_print(&lab->witnesses[i], &lab->text);
    }
    buf_text(&lab->text, "\ngroup g 2 w0 w1 w2\nquorum g\n");
    struct why why = {0};
    if (quorum_parse(buf_get(&lab->text), &lab->policy, &why) != ERR_NONE)
        TEST_FAIL("%s\n", why.text);
}

static void leaf(uint64_t index, const struct lie *lie, bool forked, struct buf *out)
{
    if (lie->no_leaf && index == 4) {
        buf_text(out, "candor-rule/v0\n");
        return;
    }
    buf_print(out, "candor-rule/v1\nop add\nid r%u%s\nevidence sha256:", (unsigned)index,
              forked ? "_for_one_victim" : "");
    for (int i = 0; i < 64; i++)
        buf_byte(out, 'a');
    buf_print(out, "\nclass test\n\nrule r%u { condition: false }\n", (unsigned)index);
}

static bool is_forked(const struct lie *lie, uint64_t index)
{
    return lie->fork_at && index >= lie->fork_at;
}

static void add(struct merkle_range *range, const struct lie *lie, uint64_t index, bool forked)
{
    struct buf b = {0};
    struct merkle_hash h;
    leaf(index, lie, forked, &b);
    assert_true(merkle_leaf(buf_get(&b), &h) && merkle_range_append(range, &h));
    buf_done(&b);
}

static void sign(const struct lab *lab, const struct lie *lie, struct buf *note)
{
    uint8_t bad[32];
    memset(bad, 99, sizeof bad);
    if (!lie->unsigned_log)
        assert_int_equal(note_sign(note, lie->as_other_log ? &lab->other : &lab->log,
                                   lie->forged_log     ? bad
                                   : lie->as_other_log ? lab->seeds[WITNESSES + 1]
                                                       : lab->seeds[WITNESSES],
                                   0, NULL),
                         ERR_NONE);
    for (int i = 0; i < WITNESSES; i++)
        if (lie->cosigners >> i & 1)
            assert_int_equal(note_sign(note, &lab->witnesses[i],
                                       lie->forged_cosignature && i == 1 ? bad : lab->seeds[i],
                                       (uint64_t)(NOW - lie->age_s[i]), NULL),
                             ERR_NONE);
    if (lie->foreign_witness) {
        struct note_key k = {.name = SPAN_OF("w.example/nobody"), .type = NOTE_COSIGNATURE};
        assert_true(crypto_ed25519_public(bad, k.key) && note_key_id(&k));
        assert_int_equal(note_sign(note, &k, bad, NOW, NULL), ERR_NONE);
    }
}

static void make_note(const struct lab *lab, const struct lie *lie, struct buf *note)
{
    struct merkle_range range;
    merkle_range_init(&range);
    for (uint64_t i = 0; i < lie->size; i++)
        add(&range, lie, i, is_forked(lie, i));
    struct checkpoint c = {.origin = lie->other_origin || lie->as_other_log ? lab->other.name
                                                                            : lab->log.name,
                           .size = lie->size + lie->size_lies};
    assert_true(merkle_range_root(&range, &c.root));
    c.root.bytes[0] ^= lie->wrong_root;
    checkpoint_print(&c, note);
    if (lie->extension)
        buf_text(note, "ext\n");
    sign(lab, lie, note);
    if (lie->note_change)
        note->at[lie->note_change] ^= 1;
}

static void make_release(const struct lab *lab, const struct lie *lie, struct buf *out)
{
    struct buf note = {0}, entry = {0};
    make_note(lab, lie, &note);
    buf_print(out, "candor-bundle/v1\nfrom %u\nto %u\nnote %u\n\n",
              (unsigned)(lie->from + (unsigned)lie->from_plus), (unsigned)lie->size,
              (unsigned)note.len);
    buf_span(out, buf_get(&note));
    uint64_t end = lie->size - lie->drop_last + lie->extra;
    for (uint64_t i = lie->from; i < end; i++) {
        uint64_t which = lie->swap && i >= 4 ? 9 - i : i; /* 4 and 5 change places */
        buf_clear(&entry);
        leaf(which, lie, is_forked(lie, which), &entry);
        assert_true(tlog_put_entry(out, buf_get(&entry)));
    }
    out->len -= lie->cut_last;
    buf_done(&note);
    buf_done(&entry);
}

#define H(hours) ((int64_t)(hours)*3600)
#define ALL .from = 3, .size = LEAVES, .past = 3, .cosigners = 7

static const struct lie lies[] = {
    {"the truth", "", ALL},
    {"the truth from the start", "", .size = LEAVES, .cosigners = 7},
    {"entries known already come again", "", .size = LEAVES, .past = 3, .cosigners = 7},
    {"two of three witnesses", "", .from = 3, .size = LEAVES, .past = 3, .cosigners = 6},
    {"nothing new, freshly cosigned", "", .from = 6, .size = LEAVES, .past = 6, .cosigners = 7},
    {"71 hours old", "", ALL, .age_s = {H(71), H(71), H(71)}},
    {"a witness unknown to the policy besides", "", ALL, .foreign_witness = true},
    {"one witness is late, two are not", "", ALL, .age_s = {H(500), 0, 0}},
    {"73 hours old", "STALE", ALL, .age_s = {H(73), H(73), H(73)}},
    {"frozen for a year", "STALE", ALL, .age_s = {H(8760), H(8760), H(8760)}},
    {"one fresh witness, two old ones", "STALE", ALL, .age_s = {0, H(80), H(80)}},
    {"two witnesses, one of them old", "STALE", .from = 3, .size = LEAVES, .past = 3,
     .cosigners = 3, .age_s = {0, H(80), 0}},
    {"cosigned in the future", "STALE", ALL, .age_s = {-H(50), -H(50), -H(50)}},
    {"cosigned at the end of time", "STALE", ALL, .age_s = {-H(1) * 500000, -H(1) * 500000, 0}},
    {"one witness of three", "too few", .from = 3, .size = LEAVES, .past = 3, .cosigners = 2},
    {"no witness", "too few", .from = 3, .size = LEAVES, .past = 3},
    {"one witness and a stranger", "too few", .from = 3, .size = LEAVES, .past = 3, .cosigners = 1,
     .foreign_witness = true},
    {"a forged cosignature among three", "checkpoint", ALL, .forged_cosignature = true},
    {"a forged log signature", "checkpoint", ALL, .forged_log = true},
    {"no log signature", "not signed by a log", ALL, .unsigned_log = true},
    {"another log", "not signed by a log", ALL, .as_other_log = true},
    {"another origin under the log's key", "not signed by a log", ALL, .other_origin = true},
    {"mixed: one log's origin, another's signature", "not signed by a log", ALL,
     .other_origin = true, .policy_has_both = true},
    {"an extension line", "checkpoint", ALL, .extension = true},
    {"a byte of the origin", "checkpoint", ALL, .note_change = 1},
    {"a byte of the size", "checkpoint", ALL, .note_change = 18},
    {"a byte of the root", "checkpoint", ALL, .note_change = 25},
    {"a fork: entries after the past differ from it", "", ALL, .fork_at = 4},
    {"a rule for one victim in the past", "fork", ALL, .fork_at = 2},
    {"all of it another log under the same keys", "fork", ALL, .fork_at = 1},
    {"the past is the victim's, the release the world's", "fork", ALL, .past_is_fork = true},
    {"the same size, another tree", "fork", .from = 6, .size = LEAVES, .past = 6, .cosigners = 7,
     .fork_at = 5},
    {"rolled back by one", "rolled back", .from = 3, .size = 5, .past = 6, .cosigners = 7},
    {"rolled back to nothing", "rolled back", .past = 3, .cosigners = 7},
    {"rolled back, and fresh", "rolled back", .size = 2, .past = 3, .cosigners = 7},
    {"a gap before the new entries", "are not in the release", .from = 5, .size = LEAVES, .past = 3,
     .cosigners = 7},
    {"swapped leaves", "fork, or changed", ALL, .swap = true},
    {"the last entry is missing", "missing or cut", ALL, .drop_last = true},
    {"the last entry is cut", "missing or cut", ALL, .cut_last = true},
    {"an entry more than was signed", "more entries", ALL, .extra = true},
    {"an entry that is no leaf", "not a leaf", ALL, .no_leaf = true},
    {"a root of nothing, well signed", "fork, or changed", ALL, .wrong_root = true},
    {"the checkpoint's size is not the release's", "its checkpoint at", ALL, .size_lies = true},
    {"a wrong place to begin", "missing or cut", .from = 3, .size = LEAVES, .past = 3,
     .cosigners = 7, .from_plus = -1},
    {"a wrong place, one on", "are not in the release", ALL, .from_plus = 1},
};

static void try_lie(const struct lab *lab, const struct lie *lie)
{
    struct buf release = {0};
    struct rule_bundle_past past = {0};
    struct rule_bundle_verdict v;
    struct why why = {0};
    merkle_range_init(&past.range);
    for (uint64_t i = 0; i < lie->past; i++)
        add(&past.range, lie, i, lie->past_is_fork && i == 1);
    make_release(lab, lie, &release);
    struct quorum policy = lab->policy;
    if (lie->policy_has_both)
        policy.logs[policy.log_count++] = lab->other;
    struct span bytes = test_guarded(buf_get(&release));
    enum err err = rule_bundle_judge(bytes, &policy, &past, NOW, &v, &why);
    const char *got = err != ERR_NONE ? why.text : v.is_stale ? "STALE" : "";
    bool is_taken = lie->want[0] == 0 || strcmp(lie->want, "STALE") == 0;
    bool ok = is_taken ? err == ERR_NONE && strcmp(got, lie->want) == 0
                       : err == ERR_LEDGER && strstr(got, lie->want);
    if (!ok)
        TEST_FAIL("%s: \"%s\", not \"%s\"\n", lie->name, got, lie->want);
    if (err == ERR_NONE) /* the second freshest of three decides */
        assert_true(v.is_stale == (v.fresh_until_s < NOW));
    if (err == ERR_NONE)
        assert_true(v.next.range.size == lie->size && v.added == lie->size - lie->past);
    buf_done(&release);
}

TEST(each_row_as_expected)
{
    struct lab lab;
    make_lab(&lab);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        try_lie(&lab, &lies[i]);
    assert_true(sizeof lies / sizeof lies[0] >= 40);
    buf_done(&lab.text);
}

TEST(no_byte_may_be_lost_or_changed)
{
    struct lab lab;
    struct buf release = {0};
    struct rule_bundle_past past = {0};
    struct rule_bundle_verdict v;
    const struct lie truth = {"", "", ALL};
    make_lab(&lab);
    make_release(&lab, &truth, &release);
    for (uint64_t i = 0; i < truth.past; i++)
        add(&past.range, &truth, i, false);
    for (size_t len = 0; len < release.len; len += 1 + len / 64)
        assert_int_equal(rule_bundle_judge(test_guarded(span_make(release.at, len)), &lab.policy,
                                           &past, NOW, &v, NULL),
                         ERR_LEDGER);
    struct rule_bundle form;
    assert_int_equal(rule_bundle_parse(buf_get(&release), &form, NULL), ERR_NONE);
    size_t entries = (size_t)(form.entries.at - release.at);
    size_t lines = span_find(buf_get(&release), SPAN_OF("\xe2\x80\x94 "), 0);
    for (size_t at = 0; at < release.len; at += 1 + at / 64) {
        release.at[at] ^= 1;
        enum err err = rule_bundle_judge(buf_get(&release), &lab.policy, &past, NOW, &v, NULL);
        release.at[at] ^= 1;
        /* a flip may make a signature line an unknown one's; two good ones are enough */
        if (err == ERR_NONE)
            assert_true(at >= lines && at < entries);
    }
    buf_done(&release);
    buf_done(&lab.text);
}

TEST(stale_from_the_moment_the_quorum_is_too_old)
{
    struct lab lab;
    struct buf release = {0};
    struct rule_bundle_past past = {0};
    struct rule_bundle_verdict v;
    const struct lie lie = {"", "", .size = LEAVES, .cosigners = 7, .age_s = {H(5), H(60), H(20)}};
    make_lab(&lab);
    make_release(&lab, &lie, &release);
    assert_int_equal(rule_bundle_judge(buf_get(&release), &lab.policy, &past, NOW, &v, NULL), 0);
    assert_true(v.fresh_until_s == NOW + H(72) - H(20) && v.is_signed && v.head.size == LEAVES);
    assert_int_equal(
        rule_bundle_judge(buf_get(&release), &lab.policy, &past, NOW + H(52), &v, NULL), 0);
    assert_false(v.is_stale);
    assert_int_equal(
        rule_bundle_judge(buf_get(&release), &lab.policy, &past, NOW + H(52) + 1, &v, NULL), 0);
    assert_true(v.is_stale);
    buf_done(&release);
    buf_done(&lab.text);
}
