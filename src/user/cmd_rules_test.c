/* candor rules test: puts the cases of rules together, has a jail scan each, and says which rule
 * finds what it must and lets go what it must. Nothing is written to the disk. */
#include "common/text.h"
#include "open/pool.h"
#include "user/command.h"
#include "user/rule_cases.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "usage: candor rules test [-r SOURCE]... [CASES]...\n"
    "\n"
    "Scans the cases of rules: each `hit` must be found by its rule, each `miss` must not.\n"
    "CASES are files or folders of *.case; default: the folder `tests` beside the rules.\n"
    "\n"
    "  -r, --rules FILE|DIR|IMAGE   rules to test (repeatable); default: the built-in rules\n"
    "      --json                   one object a case, then a summary object\n"
    "      --quiet                  only what failed\n"
    "\n"
    "Exit code: 0 all as they must, 1 some are not, 2 Candor itself failed.\n";

/* What a scan said about a case. */
struct outcome {
    bool done, found, looked;
    char gap[160]; /* why it was not looked at in full, or "" */
};

struct test {
    struct settings settings;
    struct ruleset_choice rules;
    struct rule_cases cases;
    struct outcome *outcomes; /* one a case */
    const char *paths[SETTINGS_LIST_MAX];
    uint32_t path_count;
    struct pool *pool;
    bool json, quiet, help;
    uint32_t rules_tested, rules_failed, cases_failed;
};

static enum err read_flag(struct test *t, int flag, struct why *why)
{
    struct settings *s = &t->settings;
    switch (flag) {
    case 'r':
        return settings_add(s->rules, &s->rule_count, optarg, why);
    case 'j':
        t->json = true;
        return ERR_NONE;
    case 'q':
        t->quiet = true;
        return ERR_NONE;
    case 'h':
        t->help = true;
        return ERR_NONE;
    default:
        return fail(why, ERR_USAGE, "see candor rules test --help");
    }
}

static enum err read_options(struct test *t, int argc, char **argv, struct why *why)
{
    static const struct option flags[] = {
        {"rules", required_argument, NULL, 'r'},
        {"json", no_argument, NULL, 'j'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    TRY(settings_init(&t->settings, why));
    t->settings.rule_count = 0; /* what candor.conf names is for scans */
    t->settings.builtin_only = true;
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "r:h", flags, NULL)) != -1;)
        TRY(read_flag(t, flag, why));
    for (int i = optind; i < argc; i++)
        TRY(settings_add(t->paths, &t->path_count, argv[i], why));
    return ERR_NONE;
}

/* The folder `tests` beside the rules, where there is one. */
static enum err default_cases(struct test *t, struct why *why)
{
    char builtin[4096], path[4200];
    struct stat st;
    const struct settings *s = &t->settings;
    if (s->rule_count == 0) {
        if (!settings_builtin_rules(builtin, sizeof builtin))
            return fail(why, ERR_USAGE, "no built-in rules found: name some with -r");
        (void)snprintf(path, sizeof path, "%s/tests", builtin);
        return rule_cases_add(&t->cases, path, why);
    }
    for (uint32_t i = 0; i < s->rule_count; i++) {
        (void)snprintf(path, sizeof path, "%s/tests", s->rules[i]);
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            TRY(rule_cases_add(&t->cases, path, why));
    }
    if (t->cases.count == 0)
        return fail(why, ERR_USAGE, "no folder `tests` beside the rules: name case files");
    return ERR_NONE;
}

static enum err read_cases(struct test *t, struct why *why)
{
    TRY(rule_cases_init(&t->cases, why));
    for (uint32_t i = 0; i < t->path_count; i++)
        TRY(rule_cases_add(&t->cases, t->paths[i], why));
    if (t->path_count == 0)
        TRY(default_cases(t, why));
    if (t->cases.count == 0)
        return fail(why, ERR_USAGE, "there are no cases");
    t->outcomes = calloc(t->cases.count, sizeof *t->outcomes);
    return t->outcomes ? ERR_NONE : fail(why, ERR_NOMEM, "cases");
}

/* A closed document is matched as bytes in full, which is all a case asks. */
static bool is_harmless(enum gap_kind kind)
{
    return kind == GAP_NOT_OPENED;
}

static void note_report(const struct rule_case *c, struct outcome *o, const struct report *r)
{
    o->done = true;
    o->looked = !r->failed;
    for (uint32_t i = 0; i < r->findings_len; i++)
        o->found = o->found || span_equal(r->findings[i].name, c->rule);
    for (uint32_t i = 0; i < r->gaps_len; i++) {
        if (is_harmless(r->gaps[i].kind))
            continue;
        o->looked = false;
        (void)snprintf(o->gap, sizeof o->gap, "gap %s", gap_name(r->gaps[i].kind));
    }
    if (r->failed)
        text_escape_into(o->gap, sizeof o->gap, r->failure);
}

/* A report's path is the case's number, as on_case wrote it. */
static void on_report(void *ctx, struct report *r)
{
    struct test *t = ctx;
    uint64_t number;
    if (text_u64(r->path, &number) && number < t->cases.count)
        note_report(&t->cases.items[number], &t->outcomes[number], r);
    report_free(r);
}

static enum err scan_case(struct test *t, uint32_t number, struct why *why)
{
    char name[16];
    int len = snprintf(name, sizeof name, "%u", number);
    struct report *r = report_new(span_make(name, (size_t)len));
    if (!r)
        return fail(why, ERR_NOMEM, "report");
    r->size = t->cases.items[number].bytes.len;
    return pool_add_bytes(t->pool, t->cases.items[number].bytes, r, why);
}

static enum err scan_cases(struct test *t, struct why *why)
{
    struct pool_options o = {
        .jail_path = t->rules.jail_path,
        .image_fd = t->rules.image.fd,
        .jobs = 1,
        .done = on_report,
        .ctx = t,
    };
    TRY(pool_open(&t->pool, &o, why));
    TRY(pool_check_image(t->pool, why));
    for (uint32_t i = 0; i < t->cases.count; i++)
        TRY(scan_case(t, i, why));
    return pool_flush(t->pool, why);
}

static bool is_right(const struct test *t, uint32_t number)
{
    const struct outcome *o = &t->outcomes[number];
    bool hit = t->cases.items[number].hit;
    return o->done && o->found == hit && (o->looked || hit);
}

static void put_json(const struct test *t, uint32_t number)
{
    const struct rule_case *c = &t->cases.items[number];
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, "{\"rule\":");
    (void)text_json(&b, c->rule);
    buf_text(&b, ",\"case\":");
    (void)text_json(&b, c->title);
    buf_text(&b, ",\"file\":");
    (void)text_json(&b, c->file);
    buf_print(&b, ",\"line\":%u,\"expected\":\"%s\",\"found\":%s,\"looked\":%s,\"ok\":%s}\n",
              c->line, c->hit ? "hit" : "miss", t->outcomes[number].found ? "true" : "false",
              t->outcomes[number].looked ? "true" : "false",
              is_right(t, number) ? "true" : "false");
    (void)fwrite(b.at, 1, b.len, stdout); /* a closed pipe shows at the end */
    buf_done(&b);
}

static void put_wrong(const struct test *t, uint32_t number)
{
    const struct rule_case *c = &t->cases.items[number];
    const struct outcome *o = &t->outcomes[number];
    char file[256], title[256];
    text_escape_into(file, sizeof file, c->file);
    text_escape_into(title, sizeof title, c->title);
    const char *what = o->found ? "found, and must not be" : "not found";
    if (!o->done)
        what = "not scanned";
    (void)printf("     %s:%u: %s: %s%s%s\n", file, c->line, title, what, o->gap[0] ? "; " : "",
                 o->gap);
}

/* The cases of one rule stand together: one line for them, then those that went wrong. */
static uint32_t show_rule(struct test *t, uint32_t from)
{
    const struct rule_case *items = t->cases.items;
    uint32_t to = from, hits = 0, wrong = 0;
    for (; to < t->cases.count && span_equal(items[to].rule, items[from].rule); to++) {
        hits += items[to].hit;
        wrong += !is_right(t, to);
        if (t->json)
            put_json(t, to);
    }
    t->rules_tested++;
    t->rules_failed += wrong > 0;
    t->cases_failed += wrong;
    if (t->json || (t->quiet && !wrong))
        return to;
    char name[256];
    text_escape_into(name, sizeof name, items[from].rule);
    (void)printf("%s %-44s %u to find, %u to let go\n", wrong ? "FAIL" : "ok  ", name, hits,
                 to - from - hits);
    for (uint32_t i = from; i < to; i++)
        if (!is_right(t, i))
            put_wrong(t, i);
    return to;
}

static enum err show_all(struct test *t, struct why *why)
{
    for (uint32_t i = 0; i < t->cases.count;)
        i = show_rule(t, i);
    if (t->json)
        (void)printf("{\"summary\":true,\"schema\":1,\"rules\":%u,\"rules_failed\":%u,\"cases\":%u,"
                     "\"cases_failed\":%u}\n",
                     t->rules_tested, t->rules_failed, t->cases.count, t->cases_failed);
    else
        (void)printf("%u rules with %u cases: %u failed\n", t->rules_tested, t->cases.count,
                     t->cases_failed);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(why, ERR_SYSTEM, "the results could not be written");
    return ERR_NONE;
}

static enum err run(struct test *t, struct why *why)
{
    TRY(read_cases(t, why));
    TRY(command_rules(&t->settings, &t->rules, why));
    TRY(scan_cases(t, why));
    return show_all(t, why);
}

int cmd_rules_test(int argc, char **argv)
{
    struct test t = {.rules.image.fd = -1};
    struct why why = {0};
    enum err err = read_options(&t, argc, argv, &why);
    if (err == ERR_NONE && t.help)
        (void)fputs(help, stdout);
    else if (err == ERR_NONE)
        err = run(&t, &why);
    pool_close(t.pool);
    command_rules_done(&t.rules);
    rule_cases_done(&t.cases);
    settings_done(&t.settings);
    free(t.outcomes);
    if (err != ERR_NONE)
        return command_fail(&why);
    return t.cases_failed ? EXIT_FOUND : EXIT_CLEAN;
}
