/* main() of every unit test program. */
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

enum { TESTS_MAX = 512 };

static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;
static uint64_t random_state = 0x9e3779b97f4a7c15u;

void test_add(const char *name, void (*run)(void **state))
{
    if (test_count == TESTS_MAX)
        abort();
    tests[test_count++] = (struct CMUnitTest){name, run, NULL, NULL, NULL};
}

struct span test_guarded(struct span s)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t body = (s.len + page - 1) / page * page;
    uint8_t *p =
        mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p + body, page, PROT_NONE) != 0)
        abort();
    uint8_t *at = p + body - s.len;
    if (s.len)
        memcpy(at, s.at, s.len);
    return span_make(at, s.len);
}

uint64_t test_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

int main(void)
{
    const char *seed = getenv("CANDOR_TEST_SEED");
    if (seed)
        random_state = strtoull(seed, NULL, 0) | 1;
    return _cmocka_run_group_tests("candor", tests, test_count, NULL, NULL) != 0;
}
