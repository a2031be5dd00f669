/* Our own failures. An input's oddity is a gap (gaps.def), a match is a finding: neither is an err.
 */
#ifndef CANDOR_ERR_H
#define CANDOR_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum err {
    ERR_NONE,
    ERR_NOMEM,       /* memory or a quota of ours ran out */
    ERR_USAGE,       /* the caller's words are off: a flag, a key, a value */
    ERR_SYSTEM,      /* a system call failed; why.os holds errno */
    ERR_CAGE,        /* a layer of the wall could not be raised */
    ERR_RULES,       /* a rule source does not compile; diagnostics were given */
    ERR_IMAGE,       /* a rule image is damaged, forged or of another version */
    ERR_LIMIT,       /* a bound of limits.def was reached by our own doing */
    ERR_PEER,        /* the other side of a channel broke the protocol or died */
    ERR_UNSUPPORTED, /* known, wanted, still to come */
    ERR_LEDGER,      /* the ledger or a log is damaged, was changed, or is not what it claims */
    ERR_COUNT
};

/* Where trouble was first seen, and what it was. Callers hand it up untouched. */
struct why {
    enum err code;
    int os;           /* errno, or 0 */
    const char *file; /* static storage */
    int line;
    char text[400]; /* one line, no newline, UTF-8, escaped where it quotes strangers */
};

/* Fills `why` (NULL is fine) unless it is filled already, and returns `code`. */
enum err err_fail(struct why *why, enum err code, int os, const char *file, int line,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));
/* "out of memory", "wrong usage" ...; static storage. */
const char *err_name(enum err code);
/* Ends the process on a bug of ours. In a jail: reason to the ring, exit_group. */
_Noreturn void err_bug(const char *what, const char *file, int line);
/* Replaces what err_bug does; for the jail and for tests. Process-wide, set once at start. */
void err_on_bug(void (*handler)(const char *what, const char *file, int line));

#define fail(why, code, ...) err_fail(why, code, 0, __FILE__, __LINE__, __VA_ARGS__)
/* The same for a failed system call: adds errno and its text. */
#define fail_os(why, ...) err_fail(why, ERR_SYSTEM, errno, __FILE__, __LINE__, __VA_ARGS__)
/* The only macro that may return. */
#define TRY(x)                                                                                     \
    do {                                                                                           \
        enum err try_err = (x);                                                                    \
        if (try_err != ERR_NONE)                                                                   \
            return try_err;                                                                        \
    } while (0)
/* For our own bugs, never compiled out. An input that can reach one is a bug. */
#define must(x)                                                                                    \
    do {                                                                                           \
        if (!(x))                                                                                  \
            err_bug(#x, __FILE__, __LINE__);                                                       \
    } while (0)

#endif
