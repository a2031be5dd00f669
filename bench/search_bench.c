/* How fast strings are found: files of a list, from memory, through a compiled image.
 *
 *   search_bench IMAGE LIST [MEGABYTES [engine]]
 *
 * LIST has a path a line. Times are this thread's processor time, so that a busy machine disturbs
 * less; the best of three rounds is shown. Prints, for each kernel of this processor, the sieve
 * alone, stage one, and for the best one the whole engine; and which rules keep waking up. */
#include "common/crypto.h"
#include "jail/batch_md5.h"
#include "jail/match/engine.h"
#include "jail/match/image.h"
#include "jail/match/ruleset.h"
#include "jail/match/search_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES_MOST = 100000, ROUNDS = 3 };

struct bench {
    struct span files[FILES_MOST];
    uint32_t count;
    uint64_t bytes;
    struct span image;
    struct ruleset rules;
    struct search *search;
    uint32_t *woken; /* per rule: in how many files */
    uint64_t alive, findings, gaps;
};

static struct span read_file(const char *path, size_t most)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return (struct span){NULL, 0};
    (void)fseek(f, 0, SEEK_END);
    long size = ftell(f);
    (void)fseek(f, 0, SEEK_SET);
    uint8_t *bytes = NULL;
    if (size > 0 && (size_t)size <= most && !posix_memalign((void **)&bytes, 64, (size_t)size))
        size = (long)fread(bytes, 1, (size_t)size, f);
    (void)fclose(f);
    return span_make(bytes, bytes ? (size_t)size : 0);
}

static void read_list(struct bench *b, const char *list, uint64_t most)
{
    char path[4096];
    FILE *f = fopen(list, "r");
    while (f && b->bytes < most && b->count < FILES_MOST && fgets(path, sizeof path, f)) {
        path[strcspn(path, "\n")] = 0;
        struct span s = read_file(path, 64 << 20);
        if (s.len == 0)
            continue;
        b->files[b->count++] = s;
        b->bytes += s.len;
    }
    if (f)
        (void)fclose(f);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void on_alive(void *ctx, uint32_t rule)
{
    struct bench *b = ctx;
    b->alive++;
    b->woken[rule]++;
}

static struct prefilter sieve_of(const struct bench *b, const struct search_tables *t)
{
    return (struct prefilter){.bits = search_part_at(b->search, t->bits),
                              .bits_log = t->bits_log,
                              .second = search_part_at(b->search, t->second),
                              .second_log = t->second_log,
                              .brief = search_part_at(b->search, t->brief),
                              .brief_log = t->brief_log};
}

/* Candidates of all files; sifted or not. */
static uint64_t run_sieve(struct bench *b, bool sifted)
{
    static uint32_t found[SWEEP_CHUNK / 2 + 16];
    uint64_t n = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        struct span s = b->files[i];
        const struct search_tables *t =
            &b->search->head->classes[search_class_of(span_cut(s, 0, 4))];
        if (t->entries.count == 0)
            continue;
        struct prefilter f = sieve_of(b, t);
        if (!sifted)
            f.second = NULL;
        for (size_t at = 0; at < s.len; at += SWEEP_CHUNK) {
            size_t to = s.len - at < SWEEP_CHUNK ? s.len : at + SWEEP_CHUNK;
            n += prefilter_scan(b->search->run, &f, s, (struct prefilter_part){at, to}, found);
        }
    }
    return n;
}

static uint64_t run_rules(struct bench *b)
{
    b->alive = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        struct source source = source_of(b->files[i]);
        struct budget budget;
        budget_init(&budget);
        (void)search_rules(b->search, search_class_of(span_cut(b->files[i], 0, 4)), &source,
                           &budget, on_alive, b);
    }
    return b->alive;
}

static void on_finding(void *ctx, const struct finding *f)
{
    (void)f;
    ((struct bench *)ctx)->findings++;
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail)
{
    (void)object;
    (void)kind;
    (void)at;
    (void)detail;
    ((struct bench *)ctx)->gaps++;
}

static void on_object(void *ctx, const struct object *o)
{
    (void)ctx;
    (void)o;
}

static void run_engine(struct bench *b, struct engine *e)
{
    static struct batch_md5 md5;
    struct sink sink = {.ctx = b, .object = on_object, .finding = on_finding, .gap = on_gap};
    b->findings = b->gaps = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        if (i % BATCH_MD5_MAX == 0)
            batch_md5_make(&md5, e, b->files + i,
                           b->count - i < BATCH_MD5_MAX ? b->count - i : BATCH_MD5_MAX);
        struct object o = {.source = source_of(b->files[i]), .md5 = md5.of[i % BATCH_MD5_MAX]};
        struct budget budget;
        budget_init(&budget);
        (void)engine_scan(e, &o, &budget, &sink, NULL);
    }
}

static void print_row(const struct bench *b, const char *what, double seconds, uint64_t count)
{
    printf("%-22s %7.3f GB/s %10.2f per MB %10.2f per file\n", what,
           (double)b->bytes / seconds * 1e-9, (double)count / ((double)b->bytes * 1e-6),
           (double)count / b->count);
}

static void bench_kernel(struct bench *b, enum prefilter_kernel kernel)
{
    static const char *const names[] = {"plain", "avx2", "avx512"};
    double best[3] = {1e9, 1e9, 1e9};
    uint64_t counts[3] = {0};
    if (!search_use(b->search, kernel))
        return;
    for (int round = 0; round < ROUNDS; round++) {
        for (int what = 0; what < 3; what++) {
            double start = now();
            counts[what] = what < 2 ? run_sieve(b, what == 1) : run_rules(b);
            double spent = now() - start;
            best[what] = spent < best[what] ? spent : best[what];
        }
    }
    printf("%s\n", names[kernel]);
    print_row(b, "  sieve", best[0], counts[0]);
    print_row(b, "  sieve, next bytes", best[1], counts[1]);
    print_row(b, "  stage one (rules)", best[2], counts[2]);
}

static void bench_engine(struct bench *b)
{
    struct engine *e;
    struct why why = {0};
    if (engine_open(&e, b->image, (struct engine_options){0}, &why) != ERR_NONE) {
        printf("engine: %s\n", why.text);
        return;
    }
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        run_engine(b, e);
        double spent = now() - start;
        best = spent < best ? spent : best;
    }
    print_row(b, "engine (findings)", best, b->findings);
    printf("gaps %llu\n", (unsigned long long)b->gaps);
    engine_close(e);
}

static void print_woken(struct bench *b, uint32_t rules)
{
    memset(b->woken, 0, rules * sizeof *b->woken);
    run_rules(b);
    for (int row = 0; row < 25; row++) {
        uint32_t most = 0;
        for (uint32_t r = 0; r < rules; r++)
            most = b->woken[r] > b->woken[most] ? r : most;
        if (b->woken[most] == 0)
            break;
        struct image_rule rule;
        (void)ruleset_read(&b->rules, IMAGE_RULES, most, &rule);
        struct span name = ruleset_text(&b->rules, rule.name);
        printf("%8u files wake %.*s\n", b->woken[most], (int)name.len, (const char *)name.at);
        b->woken[most] = 0;
    }
}

/* The rules whose conditions were run most often: those that got past anchors and gates. */
static void print_evaluated(struct bench *b, uint32_t rules)
{
    struct engine *e;
    struct why why = {0};
    uint64_t sum = 0;
    if (engine_open(&e, b->image, (struct engine_options){.costs = true}, &why) != ERR_NONE)
        return;
    run_engine(b, e);
    for (uint32_t r = 0; r < rules; r++) {
        b->woken[r] = (uint32_t)engine_listing(e, r).evaluations;
        sum += b->woken[r];
    }
    printf("%.2f rules evaluated per file\n", (double)sum / b->count);
    for (int row = 0; row < 40; row++) {
        uint32_t most = 0;
        for (uint32_t r = 0; r < rules; r++)
            most = b->woken[r] > b->woken[most] ? r : most;
        if (b->woken[most] == 0)
            break;
        struct rule_listing l = engine_listing(e, most);
        printf("%8u times %4u strings %s %.*s\n", b->woken[most], l.string_count,
               l.always ? "always" : "      ", (int)l.info.name.len, (const char *)l.info.name.at);
        b->woken[most] = 0;
    }
    engine_close(e);
}

static void print_tables(const struct bench *b)
{
    static const char *const names[] = {"other", "elf", "pe", "zip", "ole", "pdf"};
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        const struct search_tables *t = &b->search->head->classes[i];
        printf("%-6s anchors %7u rows %7u pairs %2u bits 2^%u second 2^%u brief 2^%u rules %u\n",
               names[i], t->anchors.count, t->entries.count, t->pairs.count, t->bits_log,
               t->second_log, t->brief_log, t->rules.count);
    }
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct why why = {0};
    if (argc < 3 || crypto_warm(&why) != ERR_NONE)
        return 2;
    b.image = read_file(argv[1], SIZE_MAX);
    read_list(&b, argv[2], (argc > 3 ? strtoull(argv[3], NULL, 10) : 200) << 20);
    if (ruleset_check(b.image, &why) != ERR_NONE ||
        ruleset_open(&b.rules, b.image, &why) != ERR_NONE) {
        printf("%s: %s\n", argv[1], why.text);
        return 1;
    }
    b.search = search_open(b.rules.parts[IMAGE_SEARCH]);
    b.woken = calloc(ruleset_rules(&b.rules) + 1, sizeof *b.woken);
    if (!b.search || !b.woken || b.count == 0)
        return 1;
    printf("%u files, %.1f MB, section %.1f MB, %u rules\n", b.count, (double)b.bytes * 1e-6,
           (double)b.rules.parts[IMAGE_SEARCH].len * 1e-6, ruleset_rules(&b.rules));
    print_tables(&b);
    bool engine_only = argc > 4;
    for (enum prefilter_kernel k = 0; k < PREFILTER_KERNELS && !engine_only; k++)
        bench_kernel(&b, k);
    bench_engine(&b);
    print_woken(&b, ruleset_rules(&b.rules));
    print_evaluated(&b, ruleset_rules(&b.rules));
    return 0;
}
