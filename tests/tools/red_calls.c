/* Entering the kernel by hand: no libc wrapper stands between an act and the filter. */
#include "red_calls.h"
#include "red.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

struct red_low *red_low;
uintptr_t red_vdso;

void red_prepare(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    red_vdso = getauxval(AT_SYSINFO_EHDR);
    if (p == MAP_FAILED)
        return;
    red_low = p;
    memcpy(red_low->program, "/bin/true", sizeof "/bin/true");
    red_low->argv[0] = (uint32_t)(uintptr_t)red_low->program;
}

long red_64(long nr, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Six arguments need ebp, which the compiler wants for itself: five must do. */
long red_32(long nr, long a, long b, long c, long d)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0L)
                     : "r8", "r9", "r10", "r11", "memory");
    return (int)result;
}

long red_call(enum red_entry entry, long number, const int64_t args[6])
{
    switch (entry) {
    case RED_X32:
        number |= 0x40000000;
        return red_64(number, args[0], args[1], args[2], args[3], args[4], args[5]);
    case RED_INT80:
        return red_32(number, args[0], args[1], args[2], args[3]);
    default:
        return red_64(number, args[0], args[1], args[2], args[3], args[4], args[5]);
    }
}
