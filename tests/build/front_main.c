/* yara-front [-x] [-d] [-e NAME]... FILE...: what the YARA front end says of each file, read on its
 * own. Prints diagnostics, with -d the rules as understood, then "FILE errors N rules N". For
 * tests/system; not installed. */
#include "front.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX_BYTES = 64 << 20, EXTERNALS_MAX = 16 };

struct options {
    bool yara_x, dump;
    struct ir_external extra[EXTERNALS_MAX];
    uint32_t extra_count;
    double parse_ms;
    uint32_t rules;
};

static struct span read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_MAX_BYTES);
    size_t n = f && bytes ? fread(bytes, 1, FILE_MAX_BYTES, f) : 0;
    if (f)
        (void)fclose(f); /* read only */
    return span_make(bytes, n);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void run(struct options *o, const char *path)
{
    struct front f;
    struct span bytes = read_file(path);
    front_open(&f);
    f.in.yara_x = o->yara_x;
    if (o->extra_count) {
        f.fe.ir->externals = o->extra;
        f.fe.ir->external_count = o->extra_count;
    }
    double start = now_ms();
    uint32_t errors = front_add(&f, path, "default", bytes);
    o->parse_ms += now_ms() - start;
    o->rules += f.fe.ir->rule_count;
    fputs(front_diags(&f), stdout);
    if (o->dump)
        fputs(front_dump(&f), stdout);
    printf("%s errors %" PRIu32 " rules %" PRIu32 "%s\n", path, errors, f.fe.ir->rule_count,
           f.ok ? "" : " (out of memory)");
    front_close(&f);
    free((void *)bytes.at);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-x") == 0)
            o.yara_x = true;
        else if (strcmp(argv[i], "-d") == 0)
            o.dump = true;
        else if (strcmp(argv[i], "-e") == 0 && i + 1 < argc && o.extra_count < EXTERNALS_MAX)
            o.extra[o.extra_count++] =
                (struct ir_external){.name = span_text(argv[++i]), .kind = FACT_STRING};
        else
            run(&o, argv[i]);
    }
    printf("total rules %" PRIu32 " parse_ms %.1f\n", o.rules, o.parse_ms);
    return 0;
}
