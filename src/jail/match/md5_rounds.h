/* The 64 steps of MD5 over values of any width. RFC 1321 section 3.4. The kernel that uses it
 * defines MD5_VALUE (a type with + & | ^ ~), MD5_SPLAT(uint32_t), MD5_ROTATE(value, bits) and
 * MD5_ADD(f, sum, b, c, d): f(b, c, d) added to sum. */
#ifndef CANDOR_MD5_ROUNDS_H
#define CANDOR_MD5_ROUNDS_H

/* Integer parts of 2^32 times the sine of 1..64. */
#define MD5_SINES                                                                                  \
    {                                                                                              \
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,        \
            0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,    \
            0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,    \
            0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,    \
            0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,    \
            0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,    \
            0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,    \
            0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,    \
            0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,    \
            0xeb86d391,                                                                            \
    }

#define MD5_F(b, c, d) ((d) ^ ((b) & ((c) ^ (d))))
#define MD5_G(b, c, d) ((c) ^ ((d) & ((b) ^ (c))))
#define MD5_H(b, c, d) ((b) ^ (c) ^ (d))
#define MD5_I(b, c, d) ((c) ^ ((b) | ~(d)))

#define MD5_STEP(f, a, b, c, d, word, sine, bits)                                                  \
    do {                                                                                           \
        MD5_VALUE sum = (a) + ((word) + MD5_SPLAT(sine));                                          \
        MD5_ADD(f, sum, b, c, d);                                                                  \
        (a) = (b) + MD5_ROTATE(sum, bits);                                                         \
    } while (0)

/* Four steps of a round; `step` 0, 4, 8, 12; word of step i: (times * i + plus) modulo 16. */
#define MD5_FOUR(f, round, step, times, plus, s0, s1, s2, s3)                                      \
    MD5_STEP(f, a, b, c, d, w[(times * (step) + plus) % 16], sines[16 * round + (step)], s0);      \
    MD5_STEP(f, d, a, b, c, w[(times * ((step) + 1) + plus) % 16], sines[16 * round + (step) + 1], \
             s1);                                                                                  \
    MD5_STEP(f, c, d, a, b, w[(times * ((step) + 2) + plus) % 16], sines[16 * round + (step) + 2], \
             s2);                                                                                  \
    MD5_STEP(f, b, c, d, a, w[(times * ((step) + 3) + plus) % 16], sines[16 * round + (step) + 3], \
             s3)

#define MD5_ROUND(f, round, times, plus, s0, s1, s2, s3)                                           \
    MD5_FOUR(f, round, 0, times, plus, s0, s1, s2, s3);                                            \
    MD5_FOUR(f, round, 4, times, plus, s0, s1, s2, s3);                                            \
    MD5_FOUR(f, round, 8, times, plus, s0, s1, s2, s3);                                            \
    MD5_FOUR(f, round, 12, times, plus, s0, s1, s2, s3)

/* a, b, c, d: the state, w[16]: the block's words. */
#define MD5_ALL                                                                                    \
    MD5_ROUND(MD5_F, 0, 1, 0, 7, 12, 17, 22);                                                      \
    MD5_ROUND(MD5_G, 1, 5, 1, 5, 9, 14, 20);                                                       \
    MD5_ROUND(MD5_H, 2, 3, 5, 4, 11, 16, 23);                                                      \
    MD5_ROUND(MD5_I, 3, 7, 0, 6, 10, 15, 21)

#endif
