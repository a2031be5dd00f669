/* Errors: one code, one line of text, one place where it was first seen. */
#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*bug_handler)(const char *what, const char *file, int line);

static const char *const names[ERR_COUNT] = {
    [ERR_NONE] = "no error",         [ERR_NOMEM] = "out of memory",
    [ERR_USAGE] = "wrong usage",     [ERR_SYSTEM] = "system call failed",
    [ERR_CAGE] = "no cage",          [ERR_RULES] = "rules do not compile",
    [ERR_IMAGE] = "image refused",   [ERR_LIMIT] = "limit reached",
    [ERR_PEER] = "channel broken",   [ERR_UNSUPPORTED] = "not supported yet",
    [ERR_LEDGER] = "ledger refused",
};

enum err err_fail(struct why *why, enum err code, int os, const char *file, int line,
                  const char *format, ...)
{
    if (!why || why->code != ERR_NONE)
        return code;
    why->code = code;
    why->os = os;
    why->file = file;
    why->line = line;
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(why->text, sizeof why->text, format, ap);
    va_end(ap);
    if (os != 0 && len >= 0 && (size_t)len < sizeof why->text)
        (void)snprintf(why->text + len, sizeof why->text - (size_t)len, ": %s", strerror(os));
    return code;
}

const char *err_name(enum err code)
{
    return code >= 0 && code < ERR_COUNT ? names[code] : "unknown error";
}

void err_on_bug(void (*handler)(const char *what, const char *file, int line))
{
    bug_handler = handler;
}

_Noreturn void err_bug(const char *what, const char *file, int line)
{
    if (bug_handler)
        bug_handler(what, file, line);
    else
        (void)fprintf(stderr, "candor: bug: %s, %s:%d\n", what, file, line);
    abort();
}
