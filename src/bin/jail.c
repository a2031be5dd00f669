/* candor-jail: everything of Candor that looks at hostile bytes runs here, in a process that can do
 * nothing but compute. This file prepares the libraries, hands over to the zygote, and makes sure
 * that no library can find a clock or an abort that needs a system call. */
#include "bin/jail_magic.h"
#include "common/channel.h"
#include "common/crypto.h"
#include "common/err.h"
#include "jail/match/ruleset.h"
#include "jail/work.h"
#include "sandbox/zygote.h"

#include <errno.h>
#include <iconv.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Exit codes of a jail that ended itself; the opener makes a gap `crashed` of each. */
enum { EXIT_ABORT = 66, EXIT_ASSERT = 67, EXIT_SETUP = 72 };

/* 2020-01-01 00:00:00 UTC: the one instant the jail knows. */
enum { FIXED_TIME = 1577836800 };

/* The vdso is unmapped, so these must not reach it; libraries that ask get one answer for ever. */
__attribute__((visibility("default"))) time_t time(time_t *out)
{
    if (out)
        *out = FIXED_TIME;
    return FIXED_TIME;
}

__attribute__((visibility("default"))) int clock_gettime(__attribute__((unused)) clockid_t id,
                                                         struct timespec *out)
{
    *out = (struct timespec){.tv_sec = FIXED_TIME};
    return 0;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *out,
                                                        __attribute__((unused)) void *zone)
{
    *out = (struct timeval){.tv_sec = FIXED_TIME};
    return 0;
}

/* glibc's opens files for each character set, at a moment that an archive chooses: libraries that
 * ask hear that there is none, and keep the bytes as they are. */
__attribute__((visibility("default"))) iconv_t iconv_open(__attribute__((unused)) const char *to,
                                                          __attribute__((unused)) const char *from)
{
    errno = EINVAL;
    return (iconv_t)-1;
}

#ifndef CANDOR_ASAN
/* glibc's abort masks signals first, which the filter answers with death by SIGSYS: the same end,
 * but it would look like an attack. */
__attribute__((visibility("default"))) _Noreturn void abort(void)
{
    syscall(SYS_exit_group, EXIT_ABORT);
    __builtin_unreachable();
}

_Noreturn void __assert_fail(const char *, const char *, unsigned, const char *);
__attribute__((visibility("default"))) _Noreturn void
__assert_fail(__attribute__((unused)) const char *what, __attribute__((unused)) const char *file,
              __attribute__((unused)) unsigned line, __attribute__((unused)) const char *function)
{
    syscall(SYS_exit_group, EXIT_ASSERT);
    __builtin_unreachable();
}
#endif

static void on_bug(__attribute__((unused)) const char *what,
                   __attribute__((unused)) const char *file, __attribute__((unused)) int line)
{
    syscall(SYS_exit_group, EXIT_ASSERT);
}

static int no_order(__attribute__((unused)) const void *a, __attribute__((unused)) const void *b)
{
    return 0;
}

/* What libraries would open or ask for later: the time zone, the locale, how much memory there is
 * (glibc's qsort of more than 1 KiB). */
static void warm_libc(void)
{
    static char bytes[4096];
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    qsort(bytes, sizeof bytes, 1, no_order);
}

/* A jail lives for one batch: memory that it gave back to the kernel after each file would have to
 * be faulted in again for the next one. */
static void keep_memory(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
    (void)mallopt(M_MMAP_THRESHOLD, 8 << 20);
    (void)mallopt(M_TOP_PAD, 16 << 10);
}

static const struct magic_peer *magic; /* set once, before the cage closes */

/* One bit of the image is looked at here, outside the cage; all it can do is cost time. */
static bool wants_magic(struct span image)
{
    uint32_t wants = 0;
    return span_u32le(image, offsetof(struct image_head, wants), &wants) &&
           (wants & IMAGE_WANTS_MAGIC);
}

static enum err warm(struct span image, struct why *why)
{
    keep_memory();
    TRY(crypto_warm(why));
    warm_libc();
    if (wants_magic(image))
        magic = jail_magic_open();
    free(malloc(1)); /* draws malloc's key now */
    (void)image_module_print();
    return ERR_NONE;
}

static void work(struct zygote_jail *jail)
{
    struct work w = {
        .window = jail->window,
        .ring = jail->ring,
        .output = jail->output,
        .window_bytes = jail->setup->window_bytes - WINDOW_DATA,
        .output_bytes = jail->setup->output_bytes,
        .image = jail->image,
        .magic = magic,
    };
    err_on_bug(on_bug);
    work_run(&w);
    syscall(SYS_exit_group, 0);
}

int main(int argc, char **argv)
{
    struct zygote_setup setup;
    if (argc != 3 || strcmp(argv[1], "--zygote") != 0 || !zygote_setup_read(argv[2], &setup)) {
        (void)fprintf(stderr, "candor-jail is started by candor, never by hand; see candor(1)\n");
        return 2;
    }
    struct why why = {0};
    if (zygote_run(&setup, warm, work, &why) != ERR_NONE)
        (void)fprintf(stderr, "candor-jail: %s\n", why.text);
    return EXIT_SETUP;
}
