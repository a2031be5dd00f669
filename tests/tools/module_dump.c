/* Prints a module's tree for files, as yara -D does: module_dump [-t] [-a] MODULE FILE... (-a: YARA-X's fields, too) The comparison with
 * a peer runs on it. Reads strangers' files, in the open: for tests only. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/crypto.h"
#include "jail/facts/module_dump.h"

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;
    *len = 0;
    if (f && fseek(f, 0, SEEK_END) == 0 && ftell(f) >= 0) {
        size_t size = (size_t)ftell(f);
        rewind(f);
        bytes = malloc(size ? size : 1);
        *len = bytes ? fread(bytes, 1, size, f) : 0;
    }
    if (f)
        fclose(f);
    return bytes;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Loads and prints one file; the time goes to standard error when asked for. */
static int dump(const struct module *m, const char *path, bool timed, bool all)
{
    size_t len;
    uint8_t *bytes = read_file(path, &len);
    struct arena *a = arena_new(LIMIT_ARENA_BYTES);
    struct fact *root = bytes && a ? module_struct(a, m->fields) : NULL;
    struct object o = {.source = source_of(span_make(bytes, len))};
    struct buf out;
    buf_init(&out, 0);
    double start = now_ms();
    bool ok = root && (!m->load || m->load(&o, a, root, (struct span){NULL, 0}));
    if (timed)
        fprintf(stderr, "%.3f ms, %zu bytes, %llu of arena: %s\n", now_ms() - start, len,
                a ? (unsigned long long)arena_used(a) : 0, path);
    if (ok)
        module_dump(&out, m, root, all);
    else
        fprintf(stderr, "%s: %s\n", path, bytes ? "out of memory" : strerror(errno));
    fwrite(out.at, 1, out.len, stdout);
    buf_done(&out);
    arena_free(a);
    free(bytes);
    return ok ? 0 : 2;
}

int main(int argc, char **argv)
{
    struct why why = {0};
    bool timed = argc > 1 && strcmp(argv[1], "-t") == 0;
    int at = timed ? 2 : 1;
    bool all = argc > at && strcmp(argv[at], "-a") == 0;
    at += all;
    const struct module *m = argc > at + 1 ? module_find(span_text(argv[at])) : NULL;
    if (!m || crypto_warm(&why) != ERR_NONE) {
        fprintf(stderr, "usage: module_dump [-t] MODULE FILE...\n");
        return 2;
    }
    int worst = 0;
    for (int i = at + 1; i < argc; i++)
        worst |= dump(m, argv[i], timed, all);
    return worst;
}
