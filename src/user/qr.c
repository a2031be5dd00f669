/* A QR encoder: byte mode, level L, versions 1 to 10. Our own bytes. Source of all tables and
 * rules: ISO/IEC 18004 (sections cited). */
#include "user/qr.h"

#include <string.h>

/* Table 9, level L: codewords in all, check codewords a block, blocks. */
static const struct {
    uint16_t total;
    uint8_t check, blocks;
} versions[] = {
    {0, 0, 0},    {26, 7, 1},   {44, 10, 1},  {70, 15, 1},  {100, 20, 1}, {134, 26, 1},
    {172, 18, 2}, {196, 20, 2}, {242, 24, 2}, {292, 30, 2}, {346, 18, 4},
};
enum { VERSION_MAX = 10, CODEWORDS_MAX = 346, CHECK_MAX = 30, MASKS = 8 };

struct codewords {
    uint8_t at[CODEWORDS_MAX];
    size_t len;
};

/* Annex E: centres of the alignment patterns besides 6. */
static const uint8_t centres[VERSION_MAX + 1][2] = {{0, 0},   {0, 0},   {18, 0}, {22, 0},
                                                    {26, 0},  {30, 0},  {34, 0}, {22, 38},
                                                    {24, 42}, {26, 46}, {28, 50}};

/* --- codewords --- */

static size_t data_codewords(int version)
{
    return versions[version].total - (size_t)versions[version].check * versions[version].blocks;
}

static void put_bits(struct codewords *c, size_t *bit, unsigned value, int count)
{
    for (int i = count - 1; i >= 0; i--, (*bit)++)
        c->at[*bit / 8] = (uint8_t)(c->at[*bit / 8] | (value >> i & 1) << (7 - *bit % 8));
}

/* 7.4: mode 0100, length, bytes, terminator, padding. */
static void put_data(struct codewords *c, int version, struct span text)
{
    size_t bit = 0, most = data_codewords(version);
    memset(c, 0, sizeof *c);
    put_bits(c, &bit, 4, 4);
    put_bits(c, &bit, (unsigned)text.len, version < 10 ? 8 : 16);
    for (size_t i = 0; i < text.len; i++)
        put_bits(c, &bit, span_byte(text, i), 8);
    put_bits(c, &bit, 0, 4);
    c->len = (bit + 7) / 8 < most ? (bit + 7) / 8 : most;
    for (unsigned pad = 0xec; c->len < most; pad ^= 0xec ^ 0x11)
        c->at[c->len++] = (uint8_t)pad;
}

/* GF(256) with x^8+x^4+x^3+x^2+1. */
static uint8_t multiply(uint8_t a, uint8_t b)
{
    unsigned product = 0;
    for (int i = 7; i >= 0; i--) {
        product = product << 1 ^ (product >> 7) * 0x11d;
        product ^= (unsigned)(b >> i & 1) * a;
    }
    return (uint8_t)product;
}

/* 7.5.2: the remainder of the data polynomial, times x^count, by the generator. */
static void reed_solomon(const uint8_t *data, size_t len, uint8_t *check, size_t count)
{
    uint8_t generator[CHECK_MAX] = {0}, root = 1;
    generator[count - 1] = 1;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++)
            generator[k] =
                (uint8_t)(multiply(generator[k], root) ^ (k + 1 < count ? generator[k + 1] : 0));
        root = multiply(root, 2);
    }
    memset(check, 0, count);
    for (size_t i = 0; i < len; i++) {
        uint8_t factor = (uint8_t)(data[i] ^ check[0]);
        memmove(check, check + 1, count - 1);
        check[count - 1] = 0;
        for (size_t k = 0; k < count; k++)
            check[k] ^= multiply(generator[k], factor);
    }
}

/* 7.6: blocks side by side; the later ones are one longer when it does not come out even. */
static void interleave(const struct codewords *data, int version, struct codewords *out)
{
    size_t blocks = versions[version].blocks, check = versions[version].check;
    size_t brief = data->len / blocks, longer = data->len % blocks, at = 0;
    uint8_t checks[4][CHECK_MAX];
    size_t begin[4], len[4];
    for (size_t b = 0; b < blocks; b++) {
        len[b] = brief + (b >= blocks - longer);
        begin[b] = at;
        reed_solomon(data->at + at, len[b], checks[b], check);
        at += len[b];
    }
    out->len = 0;
    for (size_t i = 0; i <= brief; i++)
        for (size_t b = 0; b < blocks; b++)
            if (i < len[b])
                out->at[out->len++] = data->at[begin[b] + i];
    for (size_t i = 0; i < check; i++)
        for (size_t b = 0; b < blocks; b++)
            out->at[out->len++] = checks[b][i];
}

/* --- modules --- */

static void set(struct qr *q, int row, int column, bool dark)
{
    if (row < 0 || column < 0 || row >= q->side || column >= q->side)
        return;
    q->dark[row][column] = dark;
    q->fixed[row][column] = 1;
}

static int distance(int row, int column)
{
    int r = row < 0 ? -row : row, c = column < 0 ? -column : column;
    return r > c ? r : c;
}

static void put_finder(struct qr *q, int row, int column)
{
    for (int r = -4; r <= 4; r++)
        for (int c = -4; c <= 4; c++)
            set(q, row + r, column + c, distance(r, c) != 2 && distance(r, c) != 4);
}

static void put_alignments(struct qr *q, int version)
{
    const int all[3] = {6, centres[version][0], centres[version][1]};
    int count = all[2] ? 3 : all[1] ? 2 : 0, last = count - 1;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < count; k++) {
            if ((i == 0 && k == 0) || (i == 0 && k == last) || (i == last && k == 0))
                continue; /* a finder is there */
            for (int r = -2; r <= 2; r++)
                for (int c = -2; c <= 2; c++)
                    set(q, all[i] + r, all[k] + c, distance(r, c) != 1);
        }
}

static unsigned remainder_of(unsigned value, int bits, unsigned generator)
{
    unsigned rest = value;
    for (int i = 0; i < bits; i++)
        rest = rest << 1 ^ (rest >> (bits - 1)) * generator;
    return rest;
}

/* 7.9: level L is 01. */
static void put_format(struct qr *q, unsigned mask)
{
    unsigned value = 1u << 3 | mask;
    unsigned bits = (value << 10 | remainder_of(value, 10, 0x537)) ^ 0x5412;
    int side = q->side;
    for (int i = 0; i < 15; i++) {
        bool dark = bits >> i & 1;
        set(q, i < 6 ? i : i < 8 ? i + 1 : side - 15 + i, 8, dark);
        set(q, 8, i < 8 ? side - 1 - i : i < 9 ? 7 : 14 - i, dark);
    }
    set(q, side - 8, 8, true);
}

/* 7.10 */
static void put_version(struct qr *q, int version)
{
    unsigned bits = (unsigned)version << 12 | remainder_of((unsigned)version, 12, 0x1f25);
    for (int i = 0; version >= 7 && i < 18; i++) {
        set(q, i / 3, q->side - 11 + i % 3, bits >> i & 1);
        set(q, q->side - 11 + i % 3, i / 3, bits >> i & 1);
    }
}

static void put_patterns(struct qr *q, int version)
{
    memset(q, 0, sizeof *q);
    q->side = 17 + 4 * version;
    for (int i = 0; i < q->side; i++) { /* timing */
        set(q, 6, i, i % 2 == 0);
        set(q, i, 6, i % 2 == 0);
    }
    put_finder(q, 3, 3);
    put_finder(q, 3, q->side - 4);
    put_finder(q, q->side - 4, 3);
    put_alignments(q, version);
    put_version(q, version);
    put_format(q, 0);
}

/* 7.7.3: two columns at a time from the right, up, then down; column 6 is timing. */
static void put_codewords(struct qr *q, const struct codewords *c)
{
    size_t bit = 0;
    for (int right = q->side - 1; right > 0; right -= 2) {
        right -= right == 6;
        for (int i = 0; i < 2 * q->side; i++) {
            bool up = ((right + 1) & 2) == 0;
            int row = up ? q->side - 1 - i / 2 : i / 2, column = right - i % 2;
            if (q->fixed[row][column] || bit >= 8 * c->len)
                continue;
            q->dark[row][column] = c->at[bit / 8] >> (7 - bit % 8) & 1;
            bit++;
        }
    }
}

/* Table 10 */
static bool is_masked(unsigned mask, int r, int c)
{
    switch (mask) {
    case 0:
        return (r + c) % 2 == 0;
    case 1:
        return r % 2 == 0;
    case 2:
        return c % 3 == 0;
    case 3:
        return (r + c) % 3 == 0;
    case 4:
        return (r / 2 + c / 3) % 2 == 0;
    case 5:
        return r * c % 2 + r * c % 3 == 0;
    case 6:
        return (r * c % 2 + r * c % 3) % 2 == 0;
    default:
        return ((r + c) % 2 + r * c % 3) % 2 == 0;
    }
}

static void apply_mask(struct qr *q, unsigned mask)
{
    for (int r = 0; r < q->side; r++)
        for (int c = 0; c < q->side; c++)
            if (!q->fixed[r][c] && is_masked(mask, r, c))
                q->dark[r][c] ^= 1;
}

static bool at(const struct qr *q, bool turned, int line, int i)
{
    return turned ? q->dark[i][line] : q->dark[line][i];
}

/* 7.8.3: runs of five and more, and what looks like a finder, along one line. */
static unsigned line_penalty(const struct qr *q, bool turned, int line)
{
    unsigned sum = 0, window = 0;
    int run = 0;
    for (int i = 0; i < q->side; i++) {
        bool dark = at(q, turned, line, i);
        run = i > 0 && dark == at(q, turned, line, i - 1) ? run + 1 : 1;
        sum += run == 5 ? 3u : run > 5 ? 1u : 0u;
        window = (window << 1 | dark) & 0x7ff;
        if (i >= 10 && (window == 0x05d || window == 0x5d0)) /* 1011101 beside four light ones */
            sum += 40;
    }
    return sum;
}

static unsigned penalty(const struct qr *q)
{
    unsigned sum = 0;
    int dark = 0, area = q->side * q->side;
    for (int r = 0; r < q->side; r++) {
        sum += line_penalty(q, false, r) + line_penalty(q, true, r);
        for (int c = 0; c < q->side; c++) {
            dark += q->dark[r][c];
            if (r == 0 || c == 0)
                continue;
            int four =
                q->dark[r][c] + q->dark[r - 1][c] + q->dark[r][c - 1] + q->dark[r - 1][c - 1];
            sum += four == 0 || four == 4 ? 3u : 0u;
        }
    }
    int off = 20 * dark - 10 * area;
    return sum + (unsigned)((off < 0 ? -off : off) / area) * 10u;
}

bool qr_encode(struct qr *out, struct span text)
{
    struct codewords data, all;
    int version = 1;
    while (version <= VERSION_MAX && data_codewords(version) < text.len + (version < 10 ? 2u : 3u))
        version++;
    if (version > VERSION_MAX)
        return false;
    put_data(&data, version, text);
    interleave(&data, version, &all);
    put_patterns(out, version);
    put_codewords(out, &all);
    unsigned best = 0, least = UINT32_MAX;
    for (unsigned mask = 0; mask < MASKS; mask++) {
        apply_mask(out, mask);
        put_format(out, mask);
        unsigned sum = penalty(out);
        apply_mask(out, mask); /* twice is not at all */
        if (sum < least) {
            least = sum;
            best = mask;
        }
    }
    apply_mask(out, best);
    put_format(out, best);
    return true;
}

static bool is_dark(const struct qr *q, int row, int column)
{
    return row >= 0 && column >= 0 && row < q->side && column < q->side && q->dark[row][column];
}

void qr_draw(const struct qr *q, struct buf *out)
{
    /* Black ink on white paper, named outright: 30;107. */
    static const char *const cells[] = {" ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88"};
    for (int r = -4; r < q->side + 4; r += 2) {
        buf_text(out, "\033[30;107m");
        for (int c = -4; c < q->side + 4; c++)
            buf_text(out, cells[is_dark(q, r, c) * 2 + is_dark(q, r + 1, c)]);
        buf_text(out, "\033[0m\n");
    }
}
