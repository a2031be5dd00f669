/* A process with known memory, for tests/system/process_memory.py: maps its regions, then each FILE
 * at 0x21000000, 0x22000000 ..., says "ready" and waits to be ended. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, FIRST_FILE = 0x20000000, APART = 0x1000000, MORE_PAGES = 2 };

/* Markers are put together here: the program's own text must not hold them. */
static void put(char *to, const char *head, const char *tail)
{
    memcpy(to, head, strlen(head));
    memcpy(to + strlen(head), tail, strlen(tail));
}

static char *map(uintptr_t at, size_t pages)
{
    char *p = mmap((void *)at, pages * PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static int hold(uintptr_t at, int prot, const char *head, const char *tail)
{
    char *p = map(at, 1);
    if (!p)
        return 0;
    put(p, head, tail);
    return mprotect(p, PAGE, prot) == 0;
}

static int hold_all(void)
{
    char *two = map(0x10000000, 2);
    if (!two)
        return 0;
    put(two + 16, "held-", "marker");
    put(two + 2 * PAGE - 5, "held", "-");
    return hold(0x10002000, PROT_READ, "marker held", "-marker") &&
           hold(0x10005000, PROT_NONE, "held-", "marker") &&
           hold(0x10008000, PROT_WRITE, "held-", "marker") &&
           hold(0x1000a000, PROT_READ | PROT_EXEC, "held-", "marker");
}

/* Two pages more than it has: those cannot be read. */
static int map_file(const char *path, int index)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (size <= 0)
        return 0;
    void *at = (void *)((uintptr_t)FIRST_FILE + (uintptr_t)index * APART);
    size_t more = size % PAGE ? 0 : MORE_PAGES * PAGE;
    void *p = mmap(at, (size_t)size + more, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
    return close(fd) == 0 && p != MAP_FAILED;
}

int main(int argc, char **argv)
{
    int ok = hold_all();
    for (int i = 1; ok && i < argc; i++)
        ok = map_file(argv[i], i);
    if (!ok)
        return 1;
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;)
        (void)pause();
}
