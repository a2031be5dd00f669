/* Which rules are active, and how that changes. */
#include "user/active.h"

#include "common/channel.h"
#include "common/text.h"
#include "open/ledger_store.h"
#include "sandbox/spawn.h"
#include "user/active_sources.h"
#include "user/scan_ledger.h"
#include "user/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint64_t active_now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

static bool is_owned(int dir)
{
    struct stat st;
    return dir < 0 || (fstat(dir, &st) == 0 && st.st_uid == geteuid());
}

static bool is_there(const struct active *a)
{
    return a->dir >= 0 && faccessat(a->dir, "state", F_OK, 0) == 0;
}

/* A user who begins a state of his own would silently replace the machine's rules by it. */
static enum err check_whose(const struct active *a, struct why *why)
{
    char state[4096], path[4200];
    if (geteuid() == 0 || is_there(a) || !settings_system_state(state, sizeof state))
        return ERR_NONE;
    (void)snprintf(path, sizeof path, "%s/rules/state", state);
    return access(path, F_OK) == 0
               ? fail(why, ERR_USAGE, "the rules of this machine are root's: ask root, or use -r")
               : ERR_NONE;
}

enum err active_open(struct active *a, bool own, struct why *why)
{
    char state[4096];
    *a = (struct active){.dir = -1, .is_ours = true};
    merkle_range_init(&a->state.range);
    if (settings_state(state, sizeof state)) {
        (void)snprintf(a->folder, sizeof a->folder, "%s/rules", state);
        TRY(rule_state_open(a->folder, own, &a->dir, why));
    } else if (own) {
        return fail(why, ERR_USAGE,
                    "no place for rules is known: neither XDG_STATE_HOME nor HOME is set");
    }
    a->is_ours = is_owned(a->dir);
    if (own)
        TRY(check_whose(a, why));
    if (own || is_there(a) || !settings_system_state(state, sizeof state))
        return rule_state_read(a->dir, &a->state, why);
    active_close(a);
    (void)snprintf(a->folder, sizeof a->folder, "%s/rules", state);
    TRY(rule_state_open(a->folder, false, &a->dir, why));
    a->is_ours = is_owned(a->dir);
    return rule_state_read(a->dir, &a->state, why);
}

void active_close(struct active *a)
{
    if (a->dir >= 0)
        (void)close(a->dir);
    a->dir = -1;
}

/* --- the ledger --- */

static enum err record(struct settings *s, struct ledger_leaf *leaf, struct why *why)
{
    char folder[4096];
    struct ledger_store *store = NULL;
    TRY(scan_ledger_folder(s->ledger, folder, sizeof folder, why));
    enum err err = ledger_store_open(&store, folder, why);
    if (err == ERR_NONE)
        err = ledger_store_add(store, leaf, why);
    if (err == ERR_NONE)
        err = ledger_store_commit(store, LEDGER_SIGN, NULL, why);
    ledger_store_close(store);
    return err;
}

static enum err record_set(struct settings *s, const struct active *a, const struct rule_set *set,
                           struct why *why)
{
    struct ledger_leaf leaf;
    char source[400];
    ledger_leaf_init(&leaf, LEDGER_KIND_RULESET, 0);
    (void)snprintf(source, sizeof source, "active: %s, %" PRIu64 " entries",
                   a->state.origin[0] ? a->state.origin : "built-in and own", set->entries);
    leaf.numbers[LEDGER_RUN] = LEDGER_NONE;
    leaf.texts[LEDGER_SOURCE] = span_text(source);
    leaf.texts[LEDGER_HEAD] = span_text(set->image);
    leaf.numbers[LEDGER_COUNT] = set->rules + set->hashes;
    return record(s, &leaf, why);
}

enum err active_record_update(struct settings *s, const struct rule_state *state, const char *what,
                              struct why *why)
{
    struct ledger_leaf leaf;
    struct merkle_hash root;
    char hex[65];
    if (!merkle_range_root(&state->range, &root))
        return fail(why, ERR_NOMEM, "root");
    for (int i = 0; i < MERKLE_HASH_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", root.bytes[i]);
    ledger_leaf_init(&leaf, LEDGER_KIND_UPDATE, 0);
    leaf.texts[LEDGER_SOURCE] = span_text(state->origin);
    leaf.numbers[LEDGER_COUNT] = state->range.size;
    leaf.texts[LEDGER_ROOT] = span_text(hex);
    leaf.texts[LEDGER_WHAT] = span_text(what);
    return record(s, &leaf, why);
}

enum err active_record_refusal(struct settings *s, const char *what, const char *reason,
                               struct why *why)
{
    struct ledger_leaf leaf;
    ledger_leaf_init(&leaf, LEDGER_KIND_REFUSAL, 0);
    leaf.texts[LEDGER_WHAT] = span_text(what);
    leaf.texts[LEDGER_REASON] = span_text(reason);
    return record(s, &leaf, why);
}

enum err active_record_config(struct settings *s, const char *what, const char *value,
                              struct why *why)
{
    struct ledger_leaf leaf;
    ledger_leaf_init(&leaf, LEDGER_KIND_CONFIG, 0);
    leaf.texts[LEDGER_WHAT] = span_text(what);
    leaf.texts[LEDGER_VALUE] = span_text(value);
    return record(s, &leaf, why);
}

/* --- compiling --- */

/* As a scan without -r compiles: warnings were the publisher's matter. */
static void on_diag(void *ctx, const struct diag *d)
{
    char text[600], file[300];
    (void)ctx;
    if (d->level != DIAG_ERROR)
        return;
    text_escape_into(text, sizeof text, d->text);
    text_escape_into(file, sizeof file, d->file);
    (void)fprintf(stderr, "%s:%u: %s\n", file, d->line, text);
}

static enum err compile(struct settings *s, struct sources *sources, struct rule_set *set,
                        struct image *image, struct why *why)
{
    struct ruleset_choice c = {.image.fd = -1};
    if (!spawn_find("candor-jail", c.jail_path, sizeof c.jail_path))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    TRY(command_externals(s, why));
    struct build_options options = command_build_options(s, &c);
    options.diag = (struct diag_sink){.give = on_diag};
    TRY(image_get(sources, &options, NULL, image, why));
    set->rules = image->rules;
    set->hashes = image->hashes;
    memcpy(set->image, image->head, sizeof set->image);
    return image_compiler(c.jail_path, set->compiler) ? ERR_NONE : fail(why, ERR_NOMEM, "rules");
}

enum err active_build(struct active *a, struct settings *s, uint64_t entries,
                      const struct own_change *change, struct active_next *out, struct why *why)
{
    struct active_sources src;
    *out = (struct active_next){.image.fd = -1};
    out->set = (struct rule_set){
        .entries = entries, .revoked = a->state.revoked, .since_s = active_now_s()};
    enum err err = active_gather(a, entries, change, &src, why);
    out->set.own = src.own.entries;
    if (err == ERR_NONE)
        err = compile(s, src.sources, &out->set, &out->image, why);
    active_sources_done(&src);
    return err;
}

void active_next_done(struct active_next *n)
{
    if (n->image.fd >= 0)
        (void)close(n->image.fd);
    n->image.fd = -1;
}

enum err active_switch(struct active *a, struct settings *s, const struct active_next *n,
                       struct why *why)
{
    char path[4400];
    struct rule_state next = a->state;
    (void)snprintf(path, sizeof path, "%s/%s.img", a->folder, n->set.image);
    TRY(image_write(n->image.fd, n->image.len, path, why));
    TRY(record_set(s, a, &n->set, why));
    if (strcmp(next.active.image, n->set.image) != 0)
        next.last = next.active;
    if (n->set.entries > next.active.entries) {
        next.held[0] = 0; /* else what waits still waits */
        next.held_entries = 0;
    }
    next.active = n->set;
    TRY(rule_state_write(a->dir, &next, why));
    a->state = next;
    rule_state_sweep(a->dir, &a->state);
    return ERR_NONE;
}

/* --- going back --- */

/* Rules that were revoked since must not come back with the old image. */
static enum err rebuild_last(struct active *a, struct settings *s, struct rule_set *last,
                             struct why *why)
{
    char path[4400];
    struct active_next n;
    if (!last->image[0] || last->revoked == a->state.revoked)
        return ERR_NONE;
    enum err err = active_build(a, s, last->entries, NULL, &n, why);
    (void)snprintf(path, sizeof path, "%s/%s.img", a->folder, n.set.image);
    if (err == ERR_NONE)
        err = image_write(n.image.fd, n.image.len, path, why);
    *last = n.set;
    active_next_done(&n);
    return err;
}

enum err active_rollback(struct active *a, struct settings *s, struct why *why)
{
    struct rule_state next = a->state;
    if (!next.active.image[0])
        return fail(why, ERR_USAGE,
                    "the built-in rules are active: there is nothing to go back to");
    TRY(rebuild_last(a, s, &next.last, why));
    next.active = next.last;
    next.active.own = a->state.active.own; /* if those were the reason, they are not to come back */
    next.last = a->state.active;
    next.held_entries = rule_state_due(&next, active_now_s(), s->cooling_off_s);
    (void)snprintf(next.held, sizeof next.held, "rolled back by the owner");
    TRY(active_record_config(s, "rules rollback",
                             next.active.image[0] ? next.active.image : "built-in", why));
    TRY(rule_state_write(a->dir, &next, why));
    a->state = next;
    return ERR_NONE;
}

/* --- trying out --- */

static enum err old_image(struct active *a, struct settings *s, struct image *out, struct why *why)
{
    struct active_next n;
    if (a->state.active.image[0] && image_find(a->dir, a->state.active.image, out))
        return ERR_NONE;
    enum err err = active_build(a, s, a->state.active.entries, NULL, &n, why);
    *out = n.image;
    return err;
}

static enum err try_out(struct active *a, struct settings *s, const struct image *image,
                        struct why *why)
{
    static const char *const roots[] = {"/usr/bin", "/usr/share", "/etc", "/home"};
    const char *home = getenv("HOME"), *users[] = {"/usr/bin", home};
    char jail[4096];
    struct image old = {.fd = -1};
    struct trial_result r;
    if (!spawn_find("candor-jail", jail, sizeof jail))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    TRY(old_image(a, s, &old, why));
    bool is_root = geteuid() == 0;
    struct trial_options o = {.jail_path = jail,
                              .old_fd = old.fd,
                              .new_fd = image->fd,
                              .paths = is_root ? roots : users,
                              .path_count = is_root ? 4
                                            : home  ? 2
                                                    : 1,
                              .percent = s->trial_percent};
    if (s->trial_count > 0) {
        o.paths = s->trials;
        o.path_count = s->trial_count;
    }
    enum err err = trial_run(&o, &r, why);
    (void)close(old.fd);
    if (err == ERR_NONE)
        (void)fprintf(stderr,
                      "tried out: %" PRIu64 " of %" PRIu64 " clean files match; %" PRIu64
                      " ms of processor time, before %" PRIu64 " ms\n",
                      r.matched, r.clean, r.new_ms, r.old_ms);
    return err;
}

/* What was held back stays so until something changes or the owner asks again. */
static enum err hold(struct active *a, struct settings *s, uint64_t entries, struct why *why)
{
    char what[400];
    struct why inner = {0};
    struct rule_state next = a->state;
    text_escape_into(next.held, sizeof next.held, span_text(why->text));
    next.held_entries = entries;
    (void)snprintf(what, sizeof what, "activate %s, %" PRIu64 " entries", a->state.origin, entries);
    if (active_record_refusal(s, what, why->text, &inner) == ERR_NONE &&
        rule_state_write(a->dir, &next, &inner) == ERR_NONE)
        a->state = next;
    *why = (struct why){0};
    return fail(why, ERR_RULES, "held back: %s", next.held);
}

static bool is_behind(const struct rule_state *s)
{
    return s->active.image[0] && s->active.revoked != s->revoked;
}

/* A revocation does not wait: what is active is compiled again without it. So are changes of the
 * owner's that an interrupted command left. */
static enum err catch_up(struct active *a, struct settings *s, struct why *why)
{
    struct own_sources own;
    struct active_next n;
    enum err err = own_sources_read(&own, a->dir, why);
    uint64_t entries = own.entries;
    own_sources_done(&own);
    if (err != ERR_NONE || (!is_behind(&a->state) && entries == a->state.active.own))
        return err;
    err = active_build(a, s, a->state.active.entries, NULL, &n, why);
    if (err == ERR_NONE)
        err = active_switch(a, s, &n, why);
    active_next_done(&n);
    return err;
}

enum err active_advance(struct active *a, struct settings *s, bool *done, struct why *why)
{
    struct active_next n;
    *done = false;
    TRY(catch_up(a, s, why));
    uint64_t due = rule_state_due(&a->state, active_now_s(), s->cooling_off_s);
    if (due <= a->state.active.entries || (a->state.held[0] && a->state.held_entries == due))
        return ERR_NONE;
    enum err err = active_build(a, s, due, NULL, &n, why);
    if (err == ERR_NONE)
        err = try_out(a, s, &n.image, why);
    if (err == ERR_RULES)
        err = hold(a, s, due, why);
    if (err == ERR_NONE)
        err = active_switch(a, s, &n, why);
    *done = err == ERR_NONE;
    active_next_done(&n);
    return err;
}

void active_refresh(struct settings *s)
{
    struct active a;
    struct why why = {0};
    int lock = -1;
    bool done = false;
    enum err err = active_open(&a, false, &why);
    bool is_due =
        err == ERR_NONE && a.is_ours && a.dir >= 0 && a.state.origin[0] &&
        (is_behind(&a.state) ||
         rule_state_due(&a.state, active_now_s(), s->cooling_off_s) > a.state.active.entries);
    if (is_due)
        err = rule_state_lock(a.dir, false, &lock, &why);
    if (err == ERR_NONE && lock >= 0)
        err = rule_state_read(a.dir, &a.state, &why);
    if (err == ERR_NONE && lock >= 0)
        err = active_advance(&a, s, &done, &why);
    if (done)
        (void)fprintf(stderr, "candor: active now: %s, %" PRIu64 " entries\n", a.state.origin,
                      a.state.active.entries);
    else if (err != ERR_NONE)
        (void)fprintf(stderr, "candor: new rules are not active: %s\n", why.text);
    if (lock >= 0)
        (void)close(lock);
    active_close(&a);
}

/* --- using --- */

void active_about(const struct active *a, struct ruleset_choice *out)
{
    const struct rule_state *s = &a->state;
    uint64_t now_s = active_now_s();
    struct rules_about *about = &out->about;
    struct merkle_hash root;
    (void)snprintf(out->name, sizeof out->name, "%s",
                   s->origin[0] ? s->origin : "built-in and own");
    about->is_log = s->origin[0] != 0;
    about->entries = s->active.entries;
    about->size = s->range.size;
    about->stale = about->is_log && now_s > s->fresh_until_s;
    about->own = s->active.own;
    (void)snprintf(about->held, sizeof about->held, "%s", s->held);
    if (merkle_range_root(&s->range, &root))
        for (int i = 0; i < MERKLE_HASH_BYTES; i++)
            (void)snprintf(about->root + 2 * i, 3, "%02x", root.bytes[i]);
}

enum err active_image(struct active *a, struct ruleset_choice *out, bool *there, struct why *why)
{
    const struct rule_set *set = &a->state.active;
    char compiler[65];
    *there = false;
    if (!set->image[0])
        return ERR_NONE;
    if (!spawn_find("candor-jail", out->jail_path, sizeof out->jail_path))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    if (!image_compiler(out->jail_path, compiler) || strcmp(compiler, set->compiler) != 0 ||
        !image_find(a->dir, set->image, &out->image))
        return ERR_NONE;
    out->image.rules = (uint32_t)set->rules;
    out->image.hashes = set->hashes;
    out->image.has_counts = true;
    active_about(a, out);
    *there = true;
    return ERR_NONE;
}
