/* The code of the regex machine, as compile/program.c writes it and match/regex_vm.c runs it.
 *
 * A program is one block inside an image, found by its offset, with no reference to anything
 * outside it: a header, `count` instructions, `data` bytes. All numbers little-endian, no alignment
 * needed. It is hostile: the machine checks every offset as it uses it.
 *
 *   MATCH    the end
 *   BYTE     consumes one unit: ((unit & mask) == value) != negated
 *   SET      consumes one unit that is in the 32-byte bitmap at data[x]
 *   LITERAL  consumes the y bytes at data[x], one unit each
 *   REPEAT   consumes (x & 0xffff) to (x >> 16) units that pass a test: the bitmap at data[y]
 *            (CODE_IS_SET), or value and mask. 0xffff above means no bound
 *   SPLIT    goes to instruction x, and with less preference to y
 *   JUMP     goes to instruction x
 *   START    goes on at the object's first byte only; END after its last
 *   WORD     goes on at a border of a word; NOT_WORD elsewhere
 *
 * All but JUMP, SPLIT and MATCH go on to the next instruction. A thread is an instruction and a
 * count (units consumed by a REPEAT or LITERAL). `slot` + count numbers the threads that can be
 * told apart, 0 .. header.slots-1; each is alive once at most. */
#ifndef CANDOR_REGEX_CODE_H
#define CANDOR_REGEX_CODE_H

#include <stdint.h>

enum code_op {
    CODE_MATCH,
    CODE_BYTE,
    CODE_SET,
    CODE_LITERAL,
    CODE_REPEAT,
    CODE_SPLIT,
    CODE_JUMP,
    CODE_START,
    CODE_END,
    CODE_WORD,
    CODE_NOT_WORD,
    CODE_OP_COUNT
};

enum { CODE_NEGATED = 1, CODE_GREEDY = 2, CODE_IS_SET = 4 };
enum { CODE_NO_MAX = 0xffff, CODE_SET_BYTES = 32 };

struct code_header {
    uint32_t count; /* instructions, 1 .. CODE_MAX */
    uint32_t data;  /* bytes behind them */
    uint32_t slots; /* 1 .. CODE_SLOTS_MAX */
    uint32_t spare; /* 0 */
};

struct code {
    uint8_t op, flags, value, mask;
    uint32_t x, y, slot;
};

enum { CODE_MAX = 1 << 16, CODE_SLOTS_MAX = 1 << 20 };

_Static_assert(sizeof(struct code) == 16 && sizeof(struct code_header) == 16, "as stored");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored little-endian, read by memcpy");

#endif
