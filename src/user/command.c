/* What commands share: saying what went wrong, and finding rules. */
#include "user/command.h"

#include "common/buf.h"
#include "common/channel.h"
#include "common/text.h"
#include "sandbox/spawn.h"
#include "user/active_sources.h"
#include "user/builtin_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int command_fail(const struct why *why)
{
    (void)fprintf(stderr, "candor: %s\n", why->text[0] ? why->text : err_name(why->code));
    return EXIT_FAILED;
}

int command_to_come(const char *what)
{
    (void)fprintf(stderr, "candor: %s is still to come; nothing was done\n", what);
    return EXIT_FAILED;
}

/* Prints line `number` of a source and a caret below `column`. Tabs stay tabs so that the caret
 * fits. */
static void show_line(const char *path, uint32_t number, uint32_t column)
{
    FILE *f = fopen(path, "re");
    char line[1024];
    uint32_t at = 0;
    bool starts = true;
    while (f && at < number && fgets(line, sizeof line, f)) {
        at += starts;
        starts = strchr(line, '\n') != NULL;
    }
    if (f)
        (void)fclose(f);
    if (at != number)
        return;
    line[strcspn(line, "\r\n")] = 0;
    char shown[1100];
    text_escape_into(shown, sizeof shown, span_text(line));
    (void)fprintf(stderr, "  %s\n", shown);
    if (column == 0 || column > 200 || column > strlen(line) + 1)
        return;
    (void)fputs("  ", stderr);
    for (uint32_t i = 1; i < column; i++) { /* an escaped byte is wider than one column */
        struct buf b;
        buf_init(&b, 0);
        text_escape(&b, span_make(line + i - 1, 1));
        for (size_t k = 0; k < (b.len > 4 || b.len == 0 ? 1 : b.len); k++)
            (void)fputc(' ', stderr);
        buf_done(&b);
    }
    (void)fputs("^\n", stderr);
}

static void on_diag(void *ctx, const struct diag *d)
{
    static const char *const levels[] = {"error", "warning", "note"};
    const struct ruleset_choice *c = ctx;
    const char *path = sources_show(c->sources, d->file);
    char file[512], text[2048];
    text_escape_into(file, sizeof file, path ? span_text(path) : d->file);
    text_escape_into(text, sizeof text, d->text);
    if (d->line)
        (void)fprintf(stderr, "%s:%u:%u: %s: %s\n", file, d->line, d->column, levels[d->level],
                      text);
    else
        (void)fprintf(stderr, "%s: %s: %s\n", file, levels[d->level], text);
    if (path && d->line && d->level == DIAG_ERROR)
        show_line(path, d->line, d->column);
}

struct build_options command_build_options(struct settings *s, struct ruleset_choice *c)
{
    return (struct build_options){
        .jail_path = c->jail_path,
        .order_options = (s->yara_x ? ORDER_YARA_X : 0u) | (s->keep_going ? ORDER_KEEP_GOING : 0u) |
                         (s->pua ? ORDER_PUA : 0u) |
                         (s->allow_unsigned ? ORDER_ALLOW_UNSIGNED : 0u),
        .externals = buf_get(s->externals),
        .diag = {.ctx = c, .give = on_diag},
    };
}

/* Rules written for the THOR and LOKI scanners ask for these; an empty value keeps them quiet. */
enum err command_externals(struct settings *s, struct why *why)
{
    static const char *const names[] = {"filename", "filepath", "extension", "filetype", "owner"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char want[64];
        int n = snprintf(want, sizeof want, "%s=", names[i]);
        struct span all = buf_get(s->externals);
        bool given = false;
        for (size_t at = 0; (at = span_find(all, span_make(want, (size_t)n), at)) != SIZE_MAX; at++)
            given = given || at == 1 || (at > 1 && span_byte(all, at - 2) == 0);
        if (!given)
            TRY(settings_define(s, want, why));
    }
    return ERR_NONE;
}

static void builtin_about(struct rules_about *about)
{
    struct builtin_log log;
    about->is_builtin = true;
    about->has_age = builtin_log_read(&log);
    if (!about->has_age)
        return;
    uint64_t now_s = active_now_s();
    about->age_days = now_s > log.date_s ? (now_s - log.date_s) / 86400 : 0;
    about->size = about->entries = log.size;
    memcpy(about->root, log.root, sizeof about->root);
}

enum err command_sources(struct settings *s, struct ruleset_choice *out, struct why *why)
{
    memset(out, 0, sizeof *out);
    out->image.fd = -1;
    char state[4096], builtin[4096];
    if (!spawn_find("candor-jail", out->jail_path, sizeof out->jail_path))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    if (settings_state(state, sizeof state))
        (void)snprintf(out->folder, sizeof out->folder, "%s/images", state);
    TRY(command_externals(s, why));
    TRY(sources_new(&out->sources, why));
    for (uint32_t i = 0; i < s->include_count; i++)
        TRY(sources_add_include(out->sources, s->includes[i], why));
    if (s->certificates)
        TRY(sources_add_certificates(out->sources, s->certificates, why));
    if (s->rule_count == 0) {
        if (!settings_builtin_rules(builtin, sizeof builtin))
            return fail(why, ERR_USAGE, "no built-in rules found: name some with -r");
        (void)snprintf(out->name, sizeof out->name, "built-in");
        builtin_about(&out->about);
        return sources_add(out->sources, builtin, why);
    }
    (void)snprintf(out->name, sizeof out->name, "%s%s", s->rules[0],
                   s->rule_count > 1 ? " ..." : "");
    for (uint32_t i = 0; i < s->rule_count; i++)
        TRY(sources_add(out->sources, s->rules[i], why));
    return ERR_NONE;
}

static enum err given_image(struct settings *s, struct ruleset_choice *out, struct why *why)
{
    memset(out, 0, sizeof *out);
    char state[4096];
    out->image.fd = -1;
    if (s->rule_count > 1)
        return fail(why, ERR_USAGE, "an image is used alone: give its sources together instead");
    if (!spawn_find("candor-jail", out->jail_path, sizeof out->jail_path))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    (void)snprintf(out->name, sizeof out->name, "%s", s->rules[0]);
    if (settings_state(state, sizeof state))
        (void)snprintf(out->folder, sizeof out->folder, "%s/images", state);
    return image_open_checked(s->rules[0], out->jail_path, out->folder, &out->image, why);
}

/* Another Candor compiled the active set: compiled again, and kept where this user keeps images. */
static enum err compile_active(struct active *a, struct settings *s, struct ruleset_choice *out,
                               struct why *why)
{
    struct active_sources src;
    struct image image = {.fd = -1};
    TRY(command_sources(s, out, why));
    enum err err = active_gather(a, a->state.active.entries, NULL, &src, why);
    struct build_options options = command_build_options(s, out);
    if (err == ERR_NONE)
        err = image_get(src.sources, &options, out->folder[0] ? out->folder : NULL, &image, why);
    active_sources_done(&src);
    sources_free(out->sources); /* diagnostics were said; nothing is to be forgotten */
    out->sources = NULL;
    out->image = image;
    if (err == ERR_NONE)
        active_about(a, out);
    return err;
}

static enum err active_rules(struct settings *s, struct ruleset_choice *out, bool *there,
                             struct why *why)
{
    struct active a;
    memset(out, 0, sizeof *out);
    out->image.fd = -1;
    active_refresh(s);
    TRY(active_open(&a, false, why));
    enum err err = active_image(&a, out, there, why);
    if (err == ERR_NONE && !*there && a.state.active.image[0]) {
        *there = true;
        err = compile_active(&a, s, out, why);
    }
    active_close(&a);
    return err;
}

enum err command_rules(struct settings *s, struct ruleset_choice *out, struct why *why)
{
    bool there = false;
    for (uint32_t i = 0; i < s->rule_count; i++)
        if (image_is_one(s->rules[i]))
            return given_image(s, out, why);
    if (s->rule_count == 0 && !s->builtin_only)
        TRY(active_rules(s, out, &there, why));
    if (there)
        return ERR_NONE;
    TRY(command_sources(s, out, why));
    struct build_options options = command_build_options(s, out);
    return image_get(out->sources, &options, out->folder[0] ? out->folder : NULL, &out->image, why);
}

void command_rules_done(struct ruleset_choice *c)
{
    if (c->image.fd >= 0)
        (void)close(c->image.fd);
    sources_free(c->sources);
    c->sources = NULL;
    c->image.fd = -1;
}
