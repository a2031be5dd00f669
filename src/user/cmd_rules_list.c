/* candor rules list, stats, show, slow: what the rules in an image are and what they cost, as a
 * jail tells it. Its records are claims: every text is escaped, every number only shown. */
#include "common/text.h"
#include "open/pool.h"
#include "open/walk.h"
#include "user/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: candor rules list [-r SOURCE...]           one rule a line\n"
    "       candor rules stats [-r SOURCE...]          how many, and how they are looked for\n"
    "       candor rules show [-r SOURCE...] NAME...   everything known of a rule\n"
    "       candor rules slow [-r SOURCE...] [PATH...] what rules cost on these files (/usr/bin)\n"
    "\n"
    "  -r, --rules FILE|DIR|IMAGE   rules (repeatable); default: the built-in rules\n"
    "  -I, --include DIR            where includes may also be found\n"
    "  -d, --define NAME=VALUE      an external variable\n"
    "      --json                   one object a rule\n"
    "\n"
    "A rule is `always` evaluated on a kind of object when no string is known that must occur "
    "there\n"
    "for it to be true; list names these kinds. slow counts evaluations and the condition's "
    "steps.\n";

/* As enum search_class; a kind by its first bytes. */
static const char *const classes[] = {"other", "elf", "pe", "zip", "ole", "pdf"};
enum { CLASSES = 6, SLOW_SHOWN = 40 };

struct row {
    struct span name, space, source, tags; /* in the arena */
    uint32_t index, line, strings, always;
    uint16_t flags;
    uint64_t evaluations, steps;
};

struct listing {
    struct settings settings;
    struct ruleset_choice rules;
    struct arena *arena;
    struct row *rows; /* by index in the image; a lying jail can leave holes */
    uint32_t count, cap;
    bool json, help, no_memory;
    const char *verb;
    const char *const *words;
    int word_count;
    struct pool *pool;
    uint64_t files;
};

enum { RULES_MOST = 1000000 };

static void on_rule(void *ctx, const struct record *r)
{
    struct listing *l = ctx;
    if (r->code >= RULES_MOST ||
        !arena_grow(l->arena, (void **)&l->rows, &l->cap, r->code + 1, sizeof *l->rows)) {
        l->no_memory = true;
        return;
    }
    struct row *row = &l->rows[r->code];
    if (r->code >= l->count)
        l->count = r->code + 1;
    if (!row->name.at)
        *row = (struct row){.name = arena_copy(l->arena, channel_text(r, 0)),
                            .space = arena_copy(l->arena, channel_text(r, 1)),
                            .source = arena_copy(l->arena, channel_text(r, 2)),
                            .tags = arena_copy(l->arena, channel_text(r, 3)),
                            .index = r->code,
                            .line = r->file,
                            .strings = r->object,
                            .always = r->parent,
                            .flags = r->flags};
    row->evaluations += r->at;
    row->steps += r->len;
}

static void on_report(void *ctx, struct report *r)
{
    struct listing *l = ctx;
    l->files++;
    report_free(r);
}

static enum err read_flag(struct listing *l, int flag, struct why *why)
{
    struct settings *s = &l->settings;
    switch (flag) {
    case 'r':
        return settings_add(s->rules, &s->rule_count, optarg, why);
    case 'I':
        return settings_add(s->includes, &s->include_count, optarg, why);
    case 'd':
        return settings_define(s, optarg, why);
    case 'j':
        l->json = true;
        return ERR_NONE;
    case 'h':
        l->help = true;
        return ERR_NONE;
    default:
        return fail(why, ERR_USAGE, "see candor rules list --help");
    }
}

static enum err read_options(struct listing *l, int argc, char **argv, struct why *why)
{
    static const struct option flags[] = {
        {"rules", required_argument, NULL, 'r'},  {"include", required_argument, NULL, 'I'},
        {"define", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    bool own_rules = false;
    TRY(settings_init(&l->settings, why));
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "r:I:d:h", flags, NULL)) != -1;) {
        if (flag == 'r' && !own_rules) {
            l->settings.rule_count = 0;
            own_rules = true;
        }
        TRY(read_flag(l, flag, why));
    }
    l->verb = argv[0];
    l->words = (const char *const *)argv + optind;
    l->word_count = argc - optind;
    return ERR_NONE;
}

static void put_always(struct buf *b, uint32_t always)
{
    bool first = true;
    for (unsigned k = 0; k < CLASSES; k++) {
        if (!(always >> k & 1))
            continue;
        buf_text(b, first ? "" : ",");
        buf_text(b, classes[k]);
        first = false;
    }
}

static void put_json(struct buf *b, const struct row *r)
{
    buf_text(b, "{\"rule\":");
    (void)text_json(b, r->name);
    buf_text(b, ",\"namespace\":");
    (void)text_json(b, r->space);
    buf_text(b, ",\"source\":");
    (void)text_json(b, r->source);
    buf_text(b, ",\"tags\":");
    (void)text_json(b, r->tags);
    buf_print(b, ",\"line\":%u,\"strings\":%u,\"private\":%s,\"global\":%s,\"gate\":%s", r->line,
              r->strings, r->flags & 1 ? "true" : "false", r->flags & 2 ? "true" : "false",
              r->flags & 4 ? "true" : "false");
    buf_text(b, ",\"always\":\"");
    put_always(b, r->always);
    buf_print(b, "\",\"evaluations\":%" PRIu64 ",\"steps\":%" PRIu64 "}\n", r->evaluations,
              r->steps);
}

static void put_line(struct buf *b, const struct row *r)
{
    text_escape(b, r->name);
    if (r->tags.len > 0) {
        buf_text(b, " [");
        text_escape(b, r->tags);
        buf_byte(b, ']');
    }
    buf_text(b, r->flags & 1 ? " private" : "");
    buf_text(b, r->flags & 2 ? " global" : "");
    buf_byte(b, ' ');
    text_escape(b, r->source);
    buf_print(b, ":%u %u strings", r->line, r->strings);
    if (r->always) {
        buf_text(b, " always:");
        put_always(b, r->always);
    }
    buf_byte(b, '\n');
}

static void put_all(struct buf *b, const struct row *r)
{
    text_escape(b, r->name);
    buf_text(b, "\n  namespace  ");
    text_escape(b, r->space);
    buf_text(b, "\n  source     ");
    text_escape(b, r->source);
    buf_print(b, ":%u\n  tags       ", r->line);
    text_escape(b, r->tags);
    buf_print(b, "\n  strings    %u\n  kind       %s%s\n  gate       %s\n  always     ", r->strings,
              r->flags & 1 ? "private " : "", r->flags & 2 ? "global" : "rule",
              r->flags & 4 ? "size or first bytes are asked before any string is looked for"
                           : "none");
    put_always(b, r->always);
    buf_text(b, r->always ? "\n" : "never: only where one of its strings may be\n");
}

static void put_row(const struct listing *l, const struct row *r,
                    void (*put)(struct buf *b, const struct row *r))
{
    struct buf b;
    buf_init(&b, 0);
    if (l->json)
        put_json(&b, r);
    else
        put(&b, r);
    (void)fwrite(b.at, 1, b.len, stdout); /* a closed pipe shows at the end */
    buf_done(&b);
}

static enum err open_pool(struct listing *l, uint32_t order_options, struct why *why)
{
    struct pool_options o = {.jail_path = l->rules.jail_path,
                             .image_fd = l->rules.image.fd,
                             .jobs = 1,
                             .order_options = order_options,
                             .done = on_report,
                             .rule = on_rule,
                             .ctx = l};
    TRY(pool_open(&l->pool, &o, why));
    return l->rules.image.is_new ? pool_check_image(l->pool, why) : ERR_NONE;
}

static enum err gather(struct listing *l, struct why *why)
{
    TRY(open_pool(l, 0, why));
    TRY(pool_list(l->pool, why));
    return l->no_memory ? fail(why, ERR_NOMEM, "a list of rules") : ERR_NONE;
}

/* The head of the log that the rules are, which is the same wherever they are the same. */
static void put_log(const struct listing *l)
{
    const struct rules_about *a = &l->rules.about;
    if (!a->root[0])
        return;
    if (l->json)
        (void)printf("{\"log\":{\"entries\":%" PRIu64 ",\"size\":%" PRIu64 ",\"root\":\"%s\"}}\n",
                     a->entries, a->size, a->root);
    else
        (void)printf("log %s: %" PRIu64 " of %" PRIu64 " entries, root %s\n", l->rules.name,
                     a->entries, a->size, a->root);
}

static enum err run_list(struct listing *l, struct why *why)
{
    TRY(gather(l, why));
    for (uint32_t i = 0; i < l->count; i++)
        if (l->rows[i].name.at)
            put_row(l, &l->rows[i], put_line);
    put_log(l);
    return ERR_NONE;
}

static enum err run_show(struct listing *l, struct why *why)
{
    if (l->word_count == 0)
        return fail(why, ERR_USAGE, "rules show wants a rule's name");
    TRY(gather(l, why));
    for (int w = 0; w < l->word_count; w++) {
        bool found = false;
        for (uint32_t i = 0; i < l->count; i++) {
            if (!l->rows[i].name.at || !span_equal(l->rows[i].name, span_text(l->words[w])))
                continue;
            put_row(l, &l->rows[i], put_all);
            found = true;
        }
        if (!found)
            return fail(why, ERR_USAGE, "no rule \"%s\"", l->words[w]);
    }
    return ERR_NONE;
}

static enum err run_stats(struct listing *l, struct why *why)
{
    uint64_t strings = 0, always[CLASSES] = {0}, none = 0, hidden = 0;
    TRY(gather(l, why));
    for (uint32_t i = 0; i < l->count; i++) {
        const struct row *r = &l->rows[i];
        strings += r->strings;
        none += r->strings == 0;
        hidden += r->flags & 1;
        for (unsigned k = 0; k < CLASSES; k++)
            always[k] += r->always >> k & 1;
    }
    (void)printf("rules      %u, of them %" PRIu64 " private, %" PRIu64 " without strings\n",
                 l->count, hidden, none);
    (void)printf("strings    %" PRIu64 "\n", strings);
    for (unsigned k = 0; k < CLASSES; k++)
        (void)printf("always     %-6s %" PRIu64 " rules evaluated on every such object\n",
                     classes[k], always[k]);
    return ERR_NONE;
}

static enum err on_file(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct listing *l = ctx;
    struct report *r = report_new(path);
    if (!r) {
        (void)close(fd);
        return fail(why, ERR_NOMEM, "report");
    }
    r->size = (uint64_t)st->st_size;
    return pool_add(l->pool, fd, r, why);
}

static enum err on_gap(void *ctx, struct span path, enum gap_kind kind, struct span detail,
                       struct why *why)
{
    (void)ctx, (void)path, (void)kind, (void)detail, (void)why; /* costs, not verdicts */
    return ERR_NONE;
}

static void on_pseudo(void *ctx, struct span path, const char *type)
{
    (void)ctx, (void)path, (void)type;
}

static int by_cost(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->steps != y->steps)
        return x->steps < y->steps ? 1 : -1;
    if (x->evaluations != y->evaluations)
        return x->evaluations < y->evaluations ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

static void put_cost(struct buf *b, const struct row *r)
{
    buf_print(b, "%12" PRIu64 " %11" PRIu64 " %7u  ", r->steps, r->evaluations, r->strings);
    text_escape(b, r->name);
    if (r->always) {
        buf_text(b, " always:");
        put_always(b, r->always);
    }
    buf_byte(b, '\n');
}

static enum err run_slow(struct listing *l, struct why *why)
{
    struct walk *w = NULL;
    struct walk_options options = {0};
    struct walk_sink sink = {l, on_file, on_gap, on_pseudo};
    TRY(open_pool(l, ORDER_COSTS, why));
    TRY(walk_new(&w, &options, &sink, why));
    enum err err = l->word_count == 0 ? walk_path(w, "/usr/bin", why) : ERR_NONE;
    for (int i = 0; i < l->word_count && err == ERR_NONE; i++)
        err = walk_path(w, l->words[i], why);
    walk_free(w);
    TRY(err);
    TRY(pool_flush(l->pool, why));
    if (l->count > 0)
        qsort(l->rows, l->count, sizeof *l->rows, by_cost);
    if (!l->json)
        (void)printf("%" PRIu64 " files\n       steps evaluations strings  rule\n", l->files);
    for (uint32_t i = 0; i < l->count && (l->json || i < SLOW_SHOWN); i++)
        if (l->rows[i].name.at)
            put_row(l, &l->rows[i], put_cost);
    return ERR_NONE;
}

static enum err run(struct listing *l, struct why *why)
{
    static const struct {
        const char *name;
        enum err (*run)(struct listing *l, struct why *why);
    } verbs[] = {{"list", run_list}, {"stats", run_stats}, {"show", run_show}, {"slow", run_slow}};
    TRY(command_rules(&l->settings, &l->rules, why));
    l->arena = arena_new(0);
    if (!l->arena)
        return fail(why, ERR_NOMEM, "a list of rules");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, l->verb) == 0)
            TRY(verbs[i].run(l, why));
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(why, ERR_SYSTEM, "the results could not be written");
    return ERR_NONE;
}

int cmd_rules_list(int argc, char **argv)
{
    struct listing l = {.rules.image.fd = -1};
    struct why why = {0};
    enum err err = read_options(&l, argc, argv, &why);
    if (err == ERR_NONE && l.help)
        (void)fputs(help, stdout);
    else if (err == ERR_NONE)
        err = run(&l, &why);
    pool_close(l.pool);
    command_rules_done(&l.rules);
    settings_done(&l.settings);
    arena_free(l.arena);
    return err == ERR_NONE ? EXIT_CLEAN : command_fail(&why);
}
