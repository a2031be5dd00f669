/* candor sources: rules that the owner adds by hand, and candor rules rollback. Each change is in
 * the ledger, then in the owner's own log, then active. */
#include "common/crypto.h"
#include "common/text.h"
#include "common/tlog.h"
#include "user/active_sources.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: candor sources add FILE|FOLDER...     use these rules, too, from now on\n"
    "       candor sources list                   what was added\n"
    "       candor sources remove NAME...         as list names it\n"
    "\n"
    "YARA rules, hash lists, ClamAV databases: copied, so that what is used is what was added. "
    "They\n"
    "become part of the active rules at once; whoever adds them answers for them (candor rules "
    "audit\n"
    "-r FILE says whether they hunt documents). Nothing is fetched.\n";

enum { CHANGES_MOST = 100000 };

struct command_sources {
    struct settings settings;
    struct active active;
    struct arena *arena;
    struct source_leaf *leaves;
    uint32_t count, cap;
};

static enum err add_change(struct command_sources *c, const struct source_leaf *leaf,
                           struct why *why)
{
    if (c->count == CHANGES_MOST ||
        !arena_grow(c->arena, (void **)&c->leaves, &c->cap, c->count + 1, sizeof *leaf))
        return fail(why, ERR_NOMEM, "sources");
    c->leaves[c->count++] = *leaf;
    return ERR_NONE;
}

/* Their order in memory is that of their entries. */
static enum err print_pending(struct command_sources *c, struct own_sources *own, struct why *why)
{
    struct buf entry;
    enum err err = ERR_NONE;
    buf_init(&entry, 0);
    for (uint32_t i = 0; i < c->count && err == ERR_NONE; i++) {
        buf_clear(&entry);
        err = source_leaf_print(&c->leaves[i], &entry, why);
        if (err == ERR_NONE && !tlog_put_entry(&own->pending, buf_get(&entry)))
            err = fail(why, ERR_NOMEM, "sources");
        if (err == ERR_NONE)
            err = own_sources_apply(own, &c->leaves[i], why);
    }
    buf_done(&entry);
    return err;
}

static enum err record(struct command_sources *c, struct why *why)
{
    for (uint32_t i = 0; i < c->count; i++) {
        char text[1200];
        const struct source_leaf *l = &c->leaves[i];
        (void)snprintf(text, sizeof text, "%.*s %.*s", (int)l->name.len, (const char *)l->name.at,
                       (int)l->sha256.len, (const char *)l->sha256.at);
        TRY(active_record_config(&c->settings, l->is_added ? "sources add" : "sources remove", text,
                                 why));
    }
    return ERR_NONE;
}

/* Compiled first: a source that does not compile changes nothing. */
static enum err commit(struct command_sources *c, struct why *why)
{
    struct own_change change = {c->leaves, c->count};
    struct own_sources own = {.arena = NULL};
    struct active_next n;
    struct active *a = &c->active;
    enum err err = active_build(a, &c->settings, a->state.active.entries, &change, &n, why);
    if (err == ERR_NONE)
        err = own_sources_read(&own, a->dir, why);
    if (err == ERR_NONE)
        err = print_pending(c, &own, why);
    if (err == ERR_NONE)
        err = record(c, why);
    if (err == ERR_NONE)
        err = own_sources_commit(&own, a->dir, a->folder, why);
    if (own.arena)
        own_sources_done(&own);
    if (err == ERR_NONE)
        err = active_switch(a, &c->settings, &n, why);
    if (err == ERR_NONE)
        (void)printf("active: %" PRIu64 " rules and hashes, head %.16s\n",
                     n.set.rules + n.set.hashes, n.set.image);
    active_next_done(&n);
    return err;
}

static enum err keep_item(struct command_sources *c, struct sources *s,
                          const struct source_item *item, struct why *why)
{
    struct buf hex;
    int fd;
    TRY(sources_open(s, item, &fd, why));
    buf_init(&hex, 0);
    text_hex(&hex, span_make(item->sha256, 32));
    struct source_leaf leaf = {.is_added = true,
                               .name = arena_copy(c->arena, item->name),
                               .sha256 = arena_copy(c->arena, buf_get(&hex)),
                               .bytes = item->size};
    buf_done(&hex);
    enum err err = own_sources_keep(c->active.dir, fd, leaf.sha256, leaf.bytes, why);
    (void)close(fd);
    if (err == ERR_NONE)
        (void)printf("%.*s  %.16s  %" PRIu64 " bytes\n", (int)leaf.name.len,
                     (const char *)leaf.name.at, (const char *)leaf.sha256.at, leaf.bytes);
    return err == ERR_NONE ? add_change(c, &leaf, why) : err;
}

static enum err do_add(struct command_sources *c, char *const *paths, int count, struct why *why)
{
    struct sources *s = NULL;
    if (count == 0)
        return fail(why, ERR_USAGE, "add wants files or folders");
    TRY(sources_new(&s, why));
    enum err err = ERR_NONE;
    for (int i = 0; i < count && err == ERR_NONE; i++)
        err = sources_add(s, paths[i], why);
    for (uint32_t i = 0; err == ERR_NONE && i < s->count; i++)
        err = keep_item(c, s, &s->items[i], why);
    sources_free(s);
    return err == ERR_NONE ? commit(c, why) : err;
}

static enum err do_list(struct command_sources *c, char *const *names, int count, struct why *why)
{
    struct own_sources own;
    (void)names, (void)count;
    enum err err = own_sources_read(&own, c->active.dir, why);
    for (uint32_t i = 0; err == ERR_NONE && i < own.count; i++) {
        const struct own_source *o = &own.items[i];
        char name[1200];
        text_escape_into(name, sizeof name, o->name);
        if (o->is_in)
            (void)printf("%s  %.*s  %" PRIu64 " bytes\n", name, (int)o->sha256.len,
                         (const char *)o->sha256.at, o->bytes);
    }
    if (err == ERR_NONE)
        (void)printf("log candor.local/sources: %" PRIu64 " entries, root %s\n", own.entries,
                     own.root[0] ? own.root : "-");
    own_sources_done(&own);
    return err;
}

static enum err find(const struct own_sources *own, const char *name, struct why *why)
{
    uint64_t i;
    return map_find(own->names, span_text(name), &i) && own->items[i].is_in
               ? ERR_NONE
               : fail(why, ERR_USAGE, "no source is called \"%.200s\"; see candor sources list",
                      name);
}

static enum err do_remove(struct command_sources *c, char *const *names, int count, struct why *why)
{
    struct own_sources own;
    enum err err = own_sources_read(&own, c->active.dir, why);
    if (err == ERR_NONE && count == 0)
        err = fail(why, ERR_USAGE, "remove wants names, as list shows them");
    for (int i = 0; i < count && err == ERR_NONE; i++) {
        struct source_leaf leaf = {.name = span_text(names[i])};
        err = find(&own, names[i], why);
        if (err == ERR_NONE)
            err = add_change(c, &leaf, why);
    }
    own_sources_done(&own);
    return err == ERR_NONE ? commit(c, why) : err;
}

static enum err with_state(struct command_sources *c,
                           enum err (*run)(struct command_sources *c, char *const *, int,
                                           struct why *),
                           char *const *words, int count, struct why *why)
{
    int lock = -1;
    TRY(settings_init(&c->settings, why));
    c->arena = arena_new(0);
    if (!c->arena)
        return fail(why, ERR_NOMEM, "sources");
    TRY(active_open(&c->active, true, why));
    TRY(rule_state_lock(c->active.dir, true, &lock, why));
    enum err err = rule_state_read(c->active.dir, &c->active.state, why);
    if (err == ERR_NONE)
        err = run(c, words, count, why);
    (void)close(lock);
    return err;
}

static int finish(struct command_sources *c, enum err err, struct why *why)
{
    active_close(&c->active);
    arena_free(c->arena);
    settings_done(&c->settings);
    return err == ERR_NONE ? EXIT_CLEAN : command_fail(why);
}

int cmd_sources(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum err (*run)(struct command_sources *c, char *const *words, int count, struct why *why);
    } verbs[] = {{"add", do_add}, {"list", do_list}, {"remove", do_remove}};
    bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++) {
        struct command_sources c = {.active.dir = -1};
        struct why why = {0};
        if (strcmp(argv[1], verbs[i].name) != 0)
            continue;
        return finish(&c, with_state(&c, verbs[i].run, argv + 2, argc - 2, &why), &why);
    }
    (void)fputs(help, asked ? stdout : stderr);
    return asked ? EXIT_CLEAN : EXIT_FAILED;
}

static enum err do_rollback(struct command_sources *c, char *const *words, int count,
                            struct why *why)
{
    (void)words;
    if (count > 0)
        return fail(why, ERR_USAGE, "rollback wants nothing more");
    TRY(active_rollback(&c->active, &c->settings, why));
    const struct rule_set *set = &c->active.state.active;
    if (set->image[0])
        (void)printf("active: %" PRIu64 " entries, %" PRIu64 " rules and hashes, head %.16s\n",
                     set->entries, set->rules + set->hashes, set->image);
    else
        (void)printf("active: the built-in rules\n");
    return ERR_NONE;
}

int cmd_rules_rollback(int argc, char **argv)
{
    struct command_sources c = {.active.dir = -1};
    struct why why = {0};
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)fputs("usage: candor rules rollback\n\nBack to the set of rules before the active "
                    "one, at once; newer ones are held back until something new comes.\n",
                    stdout);
        return EXIT_CLEAN;
    }
    return finish(&c, with_state(&c, do_rollback, argv + 1, argc - 1, &why), &why);
}
