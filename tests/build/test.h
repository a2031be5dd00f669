/* The test harness: cmocka with self-registering cases. A test file includes this, writes
 * TEST(name) { }, and is a program of its own. */
#ifndef CANDOR_TEST_H
#define CANDOR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/reader.h"

/* cmocka has a macro of our name. */
#undef fail
#include <cmocka.h>
#undef fail
#define fail(why, code, ...) err_fail(why, code, 0, __FILE__, __LINE__, __VA_ARGS__)

void test_add(const char *name, void (*run)(void **state));

#define TEST(name)                                                                                 \
    static void name(void **state);                                                                \
    __attribute__((constructor)) static void add_##name(void)                                      \
    {                                                                                              \
        test_add(#name, name);                                                                     \
    }                                                                                              \
    static void name(__attribute__((unused)) void **state)

/* Ends a case with a message: cmocka's own fail_msg collides with err.h's fail. */
#define TEST_FAIL(...)                                                                             \
    do {                                                                                           \
        print_error(__VA_ARGS__);                                                                  \
        _fail(__FILE__, __LINE__);                                                                 \
    } while (0)

/* A copy of `s` whose last byte is followed by an inaccessible page. Freed at exit of the program.
 */
struct span test_guarded(struct span s);
/* Deterministic pseudo-random numbers; the seed is fixed, or CANDOR_TEST_SEED. */
uint64_t test_random(void);

#endif
