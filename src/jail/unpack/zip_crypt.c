/* Three keys that every plain byte turns. An attacker typed the bytes. Format: PKWARE APPNOTE.TXT
 * 6.3.10, 6.1. */
#include "jail/unpack/zip_crypt.h"

/* CRC-32 by half bytes. */
static uint32_t crc_step(uint32_t crc, uint8_t byte)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    crc ^= byte;
    crc = table[crc & 15] ^ (crc >> 4);
    return table[crc & 15] ^ (crc >> 4);
}

/* 6.1.5 */
static void turn(struct zip_crypt *z, uint8_t plain)
{
    z->key[0] = crc_step(z->key[0], plain);
    z->key[1] = (z->key[1] + (z->key[0] & 0xff)) * 134775813 + 1;
    z->key[2] = crc_step(z->key[2], (uint8_t)(z->key[1] >> 24));
}

/* 6.1.6 */
static uint8_t decrypt(struct zip_crypt *z, uint8_t byte)
{
    uint32_t t = (z->key[2] | 2) & 0xffff;
    uint8_t plain = (uint8_t)(byte ^ (t * (t ^ 1)) >> 8);
    turn(z, plain);
    return plain;
}

uint8_t zip_crypt_open(struct zip_crypt *z, struct span password, struct span head)
{
    uint8_t last = 0;
    *z = (struct zip_crypt){{0x12345678, 0x23456789, 0x34567890}};
    for (size_t i = 0; i < password.len; i++)
        turn(z, span_byte(password, i));
    for (size_t i = 0; i < ZIP_CRYPT_BYTES; i++)
        last = decrypt(z, span_byte(head, i));
    return last;
}

void zip_crypt_step(struct zip_crypt *z, struct span in, uint8_t *out)
{
    for (size_t i = 0; i < in.len; i++)
        out[i] = decrypt(z, span_byte(in, i));
}
