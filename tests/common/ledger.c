/* The ledger's leaf codec and its records. */
#include "common/ledger.h"

#include "common/crypto.h"
#include "common/ledger_record.h"
#include "common/tlog.h"
#include "test.h"

static struct ledger_leaf sample(enum ledger_kind kind)
{
    static uint8_t odd[300];
    struct ledger_leaf leaf;
    for (size_t i = 0; i < sizeof odd; i++)
        odd[i] = (uint8_t)i;
    ledger_leaf_init(&leaf, kind, 1795531017);
    for (int f = 1; f < LEDGER_FIELD_COUNT; f++) {
        leaf.numbers[f] = f % 3 ? (uint64_t)f * 1000 : LEDGER_NONE;
        leaf.texts[f] = f % 2 ? SPAN_OF("plain \\ text\nof\ttwo") : span_make(odd, sizeof odd);
    }
    return leaf;
}

TEST(every_kind_comes_back)
{
    struct arena *a = arena_new(0);
    for (int k = 0; k < LEDGER_KIND_COUNT; k++) {
        struct ledger_leaf leaf = sample((enum ledger_kind)k), back;
        struct buf b, again;
        struct why why = {0};
        buf_init(&b, 0);
        buf_init(&again, 0);
        assert_true(ledger_print(&leaf, &b));
        assert_true(b.len <= TLOG_ENTRY_MAX);
        assert_int_equal(ledger_parse(buf_get(&b), a, &back, &why), ERR_NONE);
        assert_int_equal(back.kind, k);
        assert_int_equal(back.numbers[LEDGER_TIME], 1795531017);
        for (int f = 1; f < LEDGER_FIELD_COUNT; f++)
            if (ledger_kind_has(leaf.kind, (enum ledger_field)f) &&
                !ledger_field_is_text((enum ledger_field)f))
                assert_true(back.numbers[f] == leaf.numbers[f]);
        assert_true(ledger_print(&back, &again));
        assert_true(span_equal(buf_get(&b), buf_get(&again)));
        buf_done(&b);
        buf_done(&again);
    }
    arena_free(a);
}

TEST(the_longest_leaf_fits_an_entry)
{
    static uint8_t long_text[9000];
    struct ledger_leaf leaf;
    struct buf b;
    memset(long_text, 0xff, sizeof long_text); /* each byte takes four */
    for (int k = 0; k < LEDGER_KIND_COUNT; k++) {
        ledger_leaf_init(&leaf, (enum ledger_kind)k, UINT64_MAX - 1);
        for (int f = 1; f < LEDGER_FIELD_COUNT; f++) {
            leaf.numbers[f] = UINT64_MAX - 1;
            leaf.texts[f] = span_make(long_text, sizeof long_text);
        }
        buf_init(&b, 0);
        assert_true(ledger_print(&leaf, &b) && b.len <= TLOG_ENTRY_MAX);
        if (k == LEDGER_KIND_FINDING)
            assert_true(span_find(buf_get(&b), SPAN_OF("[cut]\n"), 0) != SIZE_MAX);
        buf_done(&b);
    }
}

TEST(any_other_spelling_is_refused)
{
    static const char *const wrong[] = {
        "",
        "candor-ledger/v2\nkind config\ntime 1\nwhat a\nvalue b\n",
        "candor-ledger/v1\nkind confi\ntime 1\nwhat a\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime 01\nwhat a\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime +1\nwhat a\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime 1\nwhat a\nvalue b",
        "candor-ledger/v1\nkind config\ntime 1\nwhat a\nvalue b\n\n",
        "candor-ledger/v1\nkind config\ntime 1\nwhat a\r\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime 1\nvalue b\nwhat a\n",
        "candor-ledger/v1\nkind config\ntime 1\nwhat \\x41\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime 1\nwhat \\x4\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime 1\nwhat \\q\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime 1\nwhat \x01\nvalue b\n",
        "candor-ledger/v1\nkind config\ntime 18446744073709551616\nwhat a\nvalue b\n",
    };
    struct arena *a = arena_new(0);
    struct ledger_leaf leaf;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ledger_parse(span_text(wrong[i]), a, &leaf, NULL), ERR_LEDGER);
    const char *right = "candor-ledger/v1\nkind config\ntime 1\nwhat a\nvalue b\n";
    assert_int_equal(ledger_parse(span_text(right), a, &leaf, NULL), ERR_NONE);
    assert_true(span_equal(leaf.texts[LEDGER_VALUE], SPAN_OF("b")));
    arena_free(a);
}

TEST(the_manual_names_every_kind)
{
    FILE *f = fopen(TEST_ROOT "/doc/ledger.md", "rb");
    static char text[1 << 16];
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    for (int k = 0; k < LEDGER_KIND_COUNT; k++) {
        struct buf row;
        buf_init(&row, 0);
        buf_print(&row, "| `%s` | ", ledger_kind_name((enum ledger_kind)k));
        for (int i = 0; i < LEDGER_FIELD_COUNT; i++)
            if (ledger_kind_has((enum ledger_kind)k, (enum ledger_field)i))
                buf_print(&row, "%s ", ledger_field_name((enum ledger_field)i));
        buf_print(&row, "| %s |", ledger_kind_meaning((enum ledger_kind)k));
        if (span_find(span_make(text, len), buf_get(&row), 0) == SIZE_MAX)
            TEST_FAIL("doc/ledger.md has no row: %.*s\n", (int)row.len, (char *)row.at);
        buf_done(&row);
    }
}

/* --- records --- */

enum { LEAVES = 9 };

static void make_records(struct buf *out, struct ledger_seal *seal)
{
    struct ledger_chain c;
    ledger_record_start(&c);
    memset(seal, 0, sizeof *seal);
    ledger_record_put_header(out, 0, &c);
    struct ledger_seal s = *seal;
    for (int i = 0; i < LEAVES; i++) {
        uint8_t leaf[20];
        memset(leaf, 'a' + i, sizeof leaf);
        assert_true(ledger_record_put(&c, &s, span_make(leaf, sizeof leaf), out));
    }
    assert_int_equal(s.index, LEAVES);
}

/* How many records are read before something is not as it was. */
static int count_good(struct span bytes, struct ledger_seal seal, enum ledger_next *how)
{
    struct reader r = reader_of(bytes);
    struct ledger_chain c;
    struct ledger_record record;
    uint32_t number;
    int good = 0;
    if (ledger_record_header(&r, &number, &c, NULL) != ERR_NONE)
        return -1;
    while ((*how = ledger_record_next(&c, &r, &record)) == LEDGER_NEXT_ONE) {
        if (!ledger_record_is_sealed(&seal, &record))
            return -2;
        good++;
    }
    return good;
}

TEST(each_flipped_bit_is_seen_at_its_record)
{
    struct buf b;
    struct ledger_seal seal;
    enum ledger_next how;
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    buf_init(&b, 0);
    make_records(&b, &seal);
    size_t head = b.len - LEAVES * (4 + 20 + 64);
    assert_int_equal(count_good(buf_get(&b), seal, &how), LEAVES);
    assert_int_equal(how, LEDGER_NEXT_END);
    for (size_t at = 0; at < b.len; at++) {
        b.at[at] ^= 0x10;
        int want = at < head ? -1 : (int)((at - head) / (4 + 20 + 64));
        assert_int_equal(count_good(buf_get(&b), seal, &how), want);
        b.at[at] ^= 0x10;
    }
    for (size_t len = head; len < b.len; len++) { /* cut short: torn, or ends early */
        struct span s = test_guarded(span_make(b.at, len));
        assert_int_equal(count_good(s, seal, &how), (len - head) / (4 + 20 + 64));
        assert_int_equal(how, (len - head) % (4 + 20 + 64) ? LEDGER_NEXT_TORN : LEDGER_NEXT_END);
    }
    buf_done(&b);
}

TEST(a_key_seals_its_own_entry_and_later_ones)
{
    struct buf b;
    struct ledger_seal seal, later;
    struct ledger_chain c;
    struct ledger_record record;
    uint32_t number;
    buf_init(&b, 0);
    make_records(&b, &seal);
    later = seal;
    assert_true(ledger_record_advance(&later, 5));
    assert_false(ledger_record_advance(&later, 4));
    struct reader r = reader_of(buf_get(&b));
    assert_int_equal(ledger_record_header(&r, &number, &c, NULL), ERR_NONE);
    for (uint64_t i = 0; i < LEAVES; i++) {
        assert_int_equal(ledger_record_next(&c, &r, &record), LEDGER_NEXT_ONE);
        if (i >= 5) {
            assert_true(ledger_record_is_sealed(&later, &record));
            continue;
        }
        struct ledger_seal stolen = later; /* who has key 5 cannot make or check MAC 0 to 4 */
        stolen.index = i;
        assert_false(ledger_record_is_sealed(&stolen, &record));
    }
    assert_int_equal(later.index, LEAVES);
    buf_done(&b);
}

TEST(the_seal_and_its_damage)
{
    struct buf b;
    struct ledger_seal seal = {.index = 7, .head_size = 5}, back;
    memset(seal.key, 0xa5, sizeof seal.key);
    buf_init(&b, 0);
    ledger_record_put_seal(&b, &seal);
    assert_int_equal(b.len, LEDGER_SEAL_BYTES);
    assert_int_equal(ledger_record_seal(buf_get(&b), &back, NULL), ERR_NONE);
    assert_true(back.index == 7 && back.head_size == 5);
    assert_memory_equal(back.key, seal.key, sizeof seal.key);
    for (size_t i = 0; i < b.len; i++) {
        b.at[i] ^= 1;
        assert_int_equal(ledger_record_seal(buf_get(&b), &back, NULL), ERR_LEDGER);
        b.at[i] ^= 1;
        assert_int_equal(ledger_record_seal(span_make(b.at, i), &back, NULL), ERR_LEDGER);
    }
    buf_done(&b);
}
