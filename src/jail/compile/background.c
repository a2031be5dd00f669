/* The frequency of four bytes: a chain of pairs, corrected where that is far too low. */
#include "jail/compile/background.h"

#include "jail/match/grams.h"

static uint32_t digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : 63;
}

/* 2^(32 - level / 2), at least 1. */
static uint32_t share_of(uint32_t level)
{
    if (level >= 64)
        return 1;
    uint64_t whole = BACKGROUND_ONE >> level / 2;
    whole = level % 2 ? whole * 181 / 256 : whole; /* 181 / 256 = 2^(-1/2) */
    return whole > UINT32_MAX ? UINT32_MAX : whole < 1 ? 1 : (uint32_t)whole;
}

static uint32_t letter_of(uint32_t byte)
{
    return (byte & 0x1f) | (byte & 0xc0) >> 1; /* bit 5 is out */
}

uint32_t background_pair(uint8_t first, uint8_t second)
{
    return share_of(
        digit(background_pairs[letter_of(first) * BACKGROUND_LETTERS + letter_of(second)]));
}

bool background_is_common(const uint8_t window[BACKGROUND_WINDOW])
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < BACKGROUND_WINDOW; i++)
        v |= (uint64_t)(window[i] & GRAM_FOLD) << 8 * i;
    uint32_t bit = (uint32_t)(v * GRAM_MUL_SECOND >> (64 - BACKGROUND_COMMON_LOG));
    return digit(background_common[bit / BACKGROUND_DIGIT_BITS]) >> bit % BACKGROUND_DIGIT_BITS & 1;
}

static uint32_t chained(uint32_t gram)
{
    uint32_t letter[GRAM_BYTES], level = 0;
    for (uint32_t i = 0; i < GRAM_BYTES; i++)
        letter[i] = letter_of(gram >> 8 * i & 0xff);
    for (uint32_t i = 0; i + 1 < GRAM_BYTES; i++)
        level += digit(background_pairs[letter[i] * BACKGROUND_LETTERS + letter[i + 1]]);
    uint32_t inner = digit(background_singles[letter[1]]) + digit(background_singles[letter[2]]);
    return level > inner ? level - inner : 0;
}

uint32_t background_gram(uint32_t gram)
{
    gram &= GRAM_FOLD32;
    const char *slot = background_extras + (size_t)(gram * GRAM_MUL >> 19) * BACKGROUND_SLOTS * 4;
    uint32_t mark = gram * GRAM_MUL_BRIEF >> 14;
    for (uint32_t i = 0; i < BACKGROUND_SLOTS; i++, slot += 4) {
        uint32_t high = digit(slot[0]) << 12 | digit(slot[1]) << 6 | digit(slot[2]);
        uint32_t level = digit(slot[3]);
        if (high == mark && level < 63)
            return share_of(level);
    }
    return share_of(chained(gram));
}
