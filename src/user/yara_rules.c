/* Rules as yara(1) is given them. Reads names and definitions; the sources go to a jail unread. */
#include "user/yara_rules.h"

#include "common/buf.h"
#include "common/channel.h"
#include "common/text.h"
#include "open/pool.h"
#include "sandbox/spawn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct compile {
    const struct yara_rules_options *options;
    struct ruleset_choice *out;
    struct settings settings; /* for the definitions only: no configuration is read */
    uint32_t errors, warnings;
};

/* `error: rule "NAME" in FILE(LINE): text`, or `FILE(LINE): error: text` where there is no rule. */
static void on_diag(void *ctx, const struct diag *d)
{
    static const char *const levels[] = {"error", "warning", "note"};
    struct compile *c = ctx;
    c->errors += d->level == DIAG_ERROR;
    if (d->level == DIAG_WARNING && c->options->no_warnings)
        return;
    c->warnings += d->level == DIAG_WARNING;
    const char *path = sources_show(c->out->sources, d->file);
    char file[512], rule[400], text[2048];
    text_escape_into(file, sizeof file, path ? span_text(path) : d->file);
    text_escape_into(text, sizeof text, d->text);
    text_escape_into(rule, sizeof rule, d->rule);
    if (d->rule.len > 0)
        (void)fprintf(stderr, "%s: rule \"%s\" in %s(%u): %s\n", levels[d->level], rule, file,
                      d->line, text);
    else
        (void)fprintf(stderr, "%s(%u): %s: %s\n", file, d->line, levels[d->level], text);
}

static enum err add_file(struct compile *c, char *arg, struct why *why)
{
    struct sources *s = c->out->sources;
    uint32_t first = s->count;
    char *colon = access(arg, F_OK) != 0 ? strchr(arg, ':') : NULL;
    bool has_space = colon && colon[1] != '/' && colon[1] != '\\';
    const char *path = has_space ? colon + 1 : arg;
    if (strcmp(path, "-") == 0) {
        TRY(sources_add_stream(s, STDIN_FILENO, why));
    } else {
        struct why inner = {0};
        enum err err = access(path, R_OK) == 0 ? sources_add(s, path, &inner) : ERR_SYSTEM;
        if (err != ERR_NONE) {
            (void)fprintf(stderr, "error: could not open file: %s\n", path);
            return err;
        }
    }
    if (has_space)
        *colon = 0;
    sources_set_space(s, first, has_space ? arg : "default");
    return ERR_NONE;
}

static enum err define_all(struct compile *c, struct buf *externals, struct why *why)
{
    buf_init(externals, 1 << 20);
    c->settings.externals = externals;
    for (uint32_t i = 0; i < c->options->defines->count; i++) {
        if (!strchr(c->options->defines->items[i], '=')) { /* yara says so and goes on */
            (void)fputs("error: wrong syntax for `-d` option.\n", stderr);
            return ERR_NONE;
        }
        TRY(settings_define(&c->settings, c->options->defines->items[i], why));
    }
    return ERR_NONE;
}

enum err yara_rules_none(struct ruleset_choice *out, struct why *why)
{
    memset(out, 0, sizeof *out);
    out->image.fd = -1;
    if (!spawn_find("candor-jail", out->jail_path, sizeof out->jail_path))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    return ERR_NONE;
}

static enum err compile(struct compile *c, struct buf *externals, char **files, int count,
                        struct why *why)
{
    const struct yara_rules_options *o = c->options;
    TRY(define_all(c, externals, why));
    TRY(sources_new(&c->out->sources, why));
    for (int i = 0; i < count; i++)
        TRY(add_file(c, files[i], why));
    struct build_options b = {
        .jail_path = c->out->jail_path,
        .order_options = ORDER_AS_YARA | (o->strict_escape ? ORDER_STRICT_ESCAPE : 0u) |
                         (o->strict_x ? ORDER_YARA_X : 0u),
        .externals = buf_get(externals),
        .diag = {.ctx = c, .give = on_diag},
        .allow_empty = true,
    };
    struct why inner = {0};
    /* Never from the cache: warnings are said each time. */
    enum err err = image_get(c->out->sources, &b, NULL, &c->out->image, &inner);
    if (err != ERR_NONE && c->errors == 0)
        (void)fail(why, err, "%s", inner.text);
    TRY(err);
    return o->fail_on_warnings && c->warnings > 0 ? ERR_RULES : ERR_NONE;
}

enum err yara_rules_compile(const struct yara_rules_options *o, char **files, int count,
                            struct ruleset_choice *out, struct why *why)
{
    struct compile c = {.options = o, .out = out};
    struct buf externals = {0};
    TRY(yara_rules_none(out, why));
    enum err err = compile(&c, &externals, files, count, why);
    buf_done(&externals);
    return err;
}

enum err yara_rules_load(const struct yara_rules_options *o, const char *path,
                         struct ruleset_choice *out, struct why *why)
{
    TRY(yara_rules_none(out, why));
    if (access(path, R_OK) != 0) {
        (void)fputs("could not open file\n", stderr);
        return ERR_SYSTEM;
    }
    if (!image_is_one(path)) {
        (void)fputs("invalid compiled rules file.\n", stderr);
        return ERR_IMAGE;
    }
    if (o->defines->count > 0)
        return fail(why, ERR_UNSUPPORTED,
                    "-d together with -C: definitions are compiled in, give them to yarac");
    return image_open(path, &out->image, why);
}

enum err yara_rules_count_strings(const struct yara_rules_options *o,
                                  const struct yara_catalogue *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        const struct yara_rule *rule = &c->rules[i];
        char name[200], file[512];
        if (o->max_strings < 0 || rule->string_count <= (uint64_t)o->max_strings)
            continue;
        text_escape_into(name, sizeof name, rule->name);
        text_escape_into(file, sizeof file, rule->file);
        (void)fprintf(stderr,
                      "error: rule \"%s\" in %s(%" PRIu64
                      "): too many strings in rule \"%s\" (limit: %" PRId64 ")\n",
                      name, file, rule->line, name, o->max_strings);
        return ERR_RULES;
    }
    return ERR_NONE;
}

static void on_about(void *ctx, const struct record *r, struct span key, struct span text)
{
    yara_catalogue_add(ctx, r, key, text);
}

static void on_report(void *ctx, struct report *r)
{
    (void)ctx;
    report_free(r);
}

enum err yara_rules_check_counts(const struct yara_rules_options *o, struct ruleset_choice *rules,
                                 struct why *why)
{
    struct yara_catalogue c;
    struct pool *pool = NULL;
    if (o->max_strings >= (int64_t)LIMIT_STRINGS_PER_RULE) /* the compiler saw to it */
        return ERR_NONE;
    TRY(yara_catalogue_init(&c, why));
    struct pool_options p = {.jail_path = rules->jail_path,
                             .image_fd = rules->image.fd,
                             .jobs = 1,
                             .done = on_report,
                             .about = on_about,
                             .ctx = &c};
    enum err err = pool_open(&pool, &p, why);
    if (err == ERR_NONE)
        err = pool_describe(pool, why);
    if (err == ERR_NONE)
        err = yara_rules_count_strings(o, &c);
    pool_close(pool);
    yara_catalogue_done(&c);
    return err;
}
