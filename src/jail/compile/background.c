/* The frequency of four bytes in ordinary files, roughly. */
#include "jail/compile/background.h"

uint32_t background_gram(uint32_t gram)
{
    /* Zeros are the most common bytes, then letters. */
    uint32_t cost = 1;
    for (int i = 0; i < 4; i++) {
        uint8_t b = (uint8_t)(gram >> 8 * i);
        if (b == 0)
            cost *= 24;
        else if ((b >= 'A' && b <= 'Z') || b == 0xDF)
            cost *= 8;
        else
            cost *= 2;
    }
    return cost;
}
