/* candor update: takes releases of a rule log in, whoever carried them. Every byte of a release is
 * a stranger's: it is judged here by the strict, bounded readers of common/
 * (doc/decisions/update.md says why here), its rules are read only in the cage. */
#include "common/map.h"
#include "common/rule_bundle.h"
#include "common/text.h"
#include "open/ledger_files.h"
#include "open/tiles.h"
#include "sandbox/spawn.h"
#include "user/active_sources.h"
#include "user/update_root.h"
#include "user/vet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: candor update [BUNDLE|FOLDER]...\n"
    "       candor update --due       only what has waited long enough; for a timer\n"
    "\n"
    "Takes releases of a rule log in: a file, a log's folder, or a folder of *.bundle and *.root\n"
    "files, from anywhere. The policy (candor.conf: policy) says whose log, and which witnesses. "
    "What is new\n"
    "waits for the cooling-off time (cooling-off = 6h), is tried out on files of this machine and\n"
    "becomes active; a revocation is at once. Without a release: what waits is looked at again.\n"
    "\n"
    "exit codes: 0 done, 1 something was refused, is stale or held back, 2 Candor itself failed\n";

enum { EXIT_REFUSED = 1, POLICY_MOST = 1 << 16, RELEASES_MOST = 1000, EVIDENCE_MOST = 100 };

struct update {
    struct settings settings;
    struct active active;
    struct buf policy_text;
    struct quorum *policy;
    struct update_root root;
    bool due;     /* --due */
    bool refused; /* something was: exit code 1 */
};

/* --- what a release brings --- */

struct release {
    struct span bytes;
    struct rule_bundle bundle;
    struct rule_bundle_verdict verdict;
    struct span fresh; /* the entries that are new, as in the bundle */
};

/* Where the entries begin that this machine does not have yet. */
static bool cut_fresh(struct release *r, uint64_t known)
{
    struct reader in = reader_of(r->bundle.entries);
    struct span entry;
    for (uint64_t i = r->bundle.from; i < known && i < r->bundle.to; i++)
        if (!tlog_next_entry(&in, &entry))
            return false;
    r->fresh = reader_rest(&in);
    return true;
}

static bool is_same(int dir, const char *name, struct span bytes)
{
    struct buf b;
    bool there = false;
    buf_init(&b, 0);
    (void)ledger_files_read(dir, name, NOTE_BYTES_MAX, &b, &there, NULL);
    bool same = there && span_equal(buf_get(&b), bytes);
    buf_done(&b);
    return same;
}

/* What the log's key signed and the owner's policy refuses, beside the last head that it let in:
 * should the two contradict each other, nobody but the key's holder can have made both. */
static void keep_evidence(struct update *u, const struct release *r)
{
    struct buf before;
    bool there = false;
    char name[64];
    int dir = u->active.dir;
    unsigned n = 1;
    for (; n < EVIDENCE_MOST; n++) {
        (void)snprintf(name, sizeof name, "evidence-%u-after", n);
        if (is_same(dir, name, r->bundle.note))
            return;
        if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
            break;
    }
    if (n == EVIDENCE_MOST ||
        ledger_files_replace(dir, name, r->bundle.note, 0644, NULL) != ERR_NONE)
        return;
    buf_init(&before, 0);
    (void)ledger_files_read(dir, "checkpoint", NOTE_BYTES_MAX, &before, &there, NULL);
    (void)snprintf(name, sizeof name, "evidence-%u-before", n);
    if (there)
        (void)ledger_files_replace(dir, name, buf_get(&before), 0644, NULL);
    (void)fprintf(stderr, "the signed head is kept: %s/evidence-%u-after%s\n", u->active.folder, n,
                  there ? ", and the last one taken in: -before" : "");
    buf_done(&before);
}

static enum err judge(struct update *u, struct release *r, struct why *why)
{
    struct rule_bundle_past past = {.range = u->active.state.range};
    const struct rule_state *s = &u->active.state;
    struct why inner = {0};
    enum err err =
        rule_bundle_judge(r->bytes, u->policy, &past, active_now_s(), &r->verdict, &inner);
    bool is_parsed = rule_bundle_parse(r->bytes, &r->bundle, NULL) == ERR_NONE;
    if (err != ERR_NONE && is_parsed && r->verdict.is_signed)
        keep_evidence(u, r);
    if (err != ERR_NONE)
        return fail(why, err, "%s", inner.text);
    if (s->origin[0] && !span_equal(r->verdict.head.origin, span_text(s->origin)))
        return fail(why, ERR_LEDGER, "this machine follows another log, %.200s", s->origin);
    if (r->verdict.head.origin.len >= sizeof s->origin)
        return fail(why, ERR_LEDGER, "the log's name is too long");
    if (r->verdict.is_stale)
        return fail(why, ERR_LEDGER, "STALE: too few witnesses cosigned it in the last 72 hours");
    return cut_fresh(r, s->range.size) ? ERR_NONE : fail(why, ERR_LEDGER, "the entries are cut");
}

/* --- new rules --- */

/* Every id is used once: an `add` of one that was there before is refused. */
struct names {
    struct map *known;
    uint64_t first;
};

static enum err on_name(void *ctx, uint64_t index, struct span entry, const struct rule_leaf *leaf,
                        struct why *why)
{
    struct names *n = ctx;
    uint64_t seen;
    (void)entry;
    if (!leaf || leaf->op == RULE_REVOKE)
        return ERR_NONE;
    if (index >= n->first && map_find(n->known, leaf->id, &seen))
        return fail(why, ERR_LEDGER, "%.*s was in the log before", (int)leaf->id.len,
                    (const char *)leaf->id.at);
    return map_put(n->known, leaf->id, 1) ? ERR_NONE : fail(why, ERR_NOMEM, "rules");
}

/* The profile and the audit, of what is new and not revoked already. *crashed: they say nothing,
 * for the compiler died. */
static enum err check_new(struct update *u, const struct release *r, struct span all, bool *crashed,
                          struct why *why)
{
    char jail[4096];
    struct vetting v = {.jail_path = jail};
    struct sources *sources = NULL;
    uint64_t count = 0, from = u->active.state.range.size;
    if (!spawn_find("candor-jail", jail, sizeof jail))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    TRY(sources_new(&sources, why));
    struct names names = {map_new(sources->arena), from};
    enum err err =
        names.known ? active_leaves(all, &names, on_name, why) : fail(why, ERR_NOMEM, "rules");
    if (err == ERR_NONE)
        err = active_add_leaves(sources, all, from, r->verdict.next.range.size, &count, why);
    if (err == ERR_NONE && count > 0)
        err = vet_leaves(&v, sources, why);
    *crashed = err == ERR_RULES && v.crashed;
    sources_free(sources);
    return err;
}

/* All entries, with the new ones behind those that were taken in. */
static enum err join(struct update *u, const struct release *r, struct buf *all, struct why *why)
{
    TRY(rule_state_leaves(u->active.dir, &u->active.state, all, why));
    buf_span(all, r->fresh);
    return all->bad ? fail(why, ERR_NOMEM, "rules") : ERR_NONE;
}

/* --- taking it in --- */

static void fill_next(const struct update *u, const struct release *r, struct rule_state *next)
{
    const struct rule_bundle_verdict *v = &r->verdict;
    uint64_t now_s = active_now_s();
    *next = u->active.state;
    (void)snprintf(next->origin, sizeof next->origin, "%.*s", (int)v->head.origin.len,
                   (const char *)v->head.origin.at);
    next->range = v->next.range;
    bool has_both = next->fresh_until_s != UINT64_MAX && v->fresh_until_s != UINT64_MAX;
    if (!has_both || v->fresh_until_s > next->fresh_until_s)
        next->fresh_until_s = v->fresh_until_s;
    next->taken_s = now_s;
    next->revoked += v->revoked;
    if (v->next.range.size > u->active.state.range.size)
        rule_state_batch(next, v->next.range.size, now_s);
}

/* The ledger, then the entries, then the one rename that makes them count. `crash`: why they are
 * held back from the start; or NULL. */
static enum err take_in(struct update *u, const struct release *r, const char *crash,
                        struct why *why)
{
    char what[100];
    struct rule_state next;
    fill_next(u, r, &next);
    if (crash) {
        text_escape_into(next.held, sizeof next.held, span_text(crash));
        next.held_entries = next.range.size;
    }
    (void)snprintf(what, sizeof what, "%" PRIu64 " rules added, %" PRIu64 " revoked",
                   r->verdict.added, r->verdict.revoked);
    TRY(active_record_update(&u->settings, &next, what, why));
    TRY(rule_state_append(u->active.dir, &next, r->fresh, why));
    TRY(ledger_files_replace(u->active.dir, "checkpoint", r->bundle.note, 0644, why));
    TRY(rule_state_write(u->active.dir, &next, why));
    u->active.state = next;
    (void)printf("%s: %" PRIu64 " entries; new: %s\n", next.origin, next.range.size, what);
    return ERR_NONE;
}

static enum err take_release(struct update *u, struct span bytes, struct why *why)
{
    struct release r = {.bytes = bytes};
    struct buf all = {0};
    bool crashed = false;
    TRY(judge(u, &r, why));
    enum err err = join(u, &r, &all, why);
    if (err == ERR_NONE)
        err = check_new(u, &r, buf_get(&all), &crashed, why);
    buf_done(&all);
    if (err == ERR_NONE || crashed)
        TRY(take_in(u, &r, crashed ? why->text : NULL, why));
    else
        return err;
    if (crashed) {
        (void)active_record_refusal(&u->settings, "activate", u->active.state.held, why);
        (void)fprintf(stderr, "candor: held back: %s\n", u->active.state.held);
        u->refused = true;
    }
    return ERR_NONE;
}

/* After it, releases under a key that it leaves out are refused. */
static enum err take_root(struct update *u, struct span bytes, struct why *why)
{
    TRY(update_root_take(&u->root, &u->settings, u->active.dir, bytes, why));
    u->policy->log_count = 0;
    return update_root_apply(&u->root, u->policy, why);
}

/* --- finding releases --- */

/* Said, and written down; the others are still looked at. */
static enum err settle(struct update *u, const char *path, enum err err, struct why *why)
{
    char shown[300];
    if (err != ERR_LEDGER && err != ERR_RULES)
        return err;
    text_escape_into(shown, sizeof shown, span_text(path));
    (void)fprintf(stderr, "candor: %s: refused: %s\n", shown, why->text);
    u->refused = true;
    struct why reason = *why;
    *why = (struct why){0};
    return active_record_refusal(&u->settings, shown, reason.text, why);
}

static enum err take_file(struct update *u, int dir, const char *name, struct why *why)
{
    struct buf bytes;
    struct stat st;
    bool there = false;
    buf_init(&bytes, 0);
    enum err err = ERR_NONE;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
        err = fail(why, ERR_LEDGER, "not a plain file"); /* nothing endless is read */
    if (err == ERR_NONE)
        err = ledger_files_read(dir, name, RULE_BUNDLE_MOST, &bytes, &there, why);
    if (err == ERR_NONE && !there)
        err = fail(why, ERR_USAGE, "%s is not there", name);
    if (err == ERR_NONE)
        err = root_note_is(buf_get(&bytes)) ? take_root(u, buf_get(&bytes), why)
                                            : take_release(u, buf_get(&bytes), why);
    buf_done(&bytes);
    return settle(u, name, err, why);
}

/* A log's folder, as any mirror serves it: what we do not have, as a release. */
static enum err read_log(struct update *u, int dir, struct buf *out, struct why *why)
{
    struct buf note, bundle;
    uint64_t from = u->active.state.range.size, index = from / TLOG_TILE_WIDTH * TLOG_TILE_WIDTH;
    buf_init(&note, 0);
    buf_init(&bundle, 0);
    enum err err = tiles_get(dir, "checkpoint", NOTE_BYTES_MAX, &note, why);
    struct span rest = buf_get(&note), line;
    uint64_t size = 0;
    if (err == ERR_NONE && (!text_line(&rest, &line) || !text_line(&rest, &line) ||
                            !text_u64(line, &size) || size > (UINT64_C(1) << 22)))
        err = fail(why, ERR_LEDGER, "the checkpoint is malformed");
    from = from < size ? from : size;
    buf_print(out, "candor-bundle/v1\nfrom %" PRIu64 "\nto %" PRIu64 "\nnote %zu\n\n", from, size,
              note.len);
    buf_span(out, buf_get(&note));
    for (; err == ERR_NONE && index < size; index += TLOG_TILE_WIDTH) {
        err = tiles_get_bundle(dir, index / TLOG_TILE_WIDTH, size, &bundle, why);
        struct reader r = reader_of(buf_get(&bundle));
        struct span entry;
        for (uint64_t i = index; err == ERR_NONE && i < size && i < index + TLOG_TILE_WIDTH &&
                                 tlog_next_entry(&r, &entry);
             i++)
            if (i >= from && !tlog_put_entry(out, entry))
                err = fail(why, ERR_NOMEM, "release");
    }
    buf_done(&note);
    buf_done(&bundle);
    return err;
}

static enum err take_log(struct update *u, int dir, const char *path, struct why *why)
{
    struct buf bytes;
    buf_init(&bytes, RULE_BUNDLE_MOST);
    enum err err = read_log(u, dir, &bytes, why);
    if (err == ERR_NONE)
        err = take_release(u, buf_get(&bytes), why);
    buf_done(&bytes);
    return settle(u, path, err, why);
}

static bool ends_with(const struct dirent *e, const char *end)
{
    size_t len = strlen(e->d_name), n = strlen(end);
    return len > n && strcmp(e->d_name + len - n, end) == 0;
}

static int is_one(const struct dirent *e)
{
    return ends_with(e, ".root") || ends_with(e, ".bundle");
}

/* Changes of keys first: a release may be under the new one. */
static int by_turn(const struct dirent **a, const struct dirent **b)
{
    int roots = ends_with(*b, ".root") - ends_with(*a, ".root");
    return roots ? roots : strcmp((*a)->d_name, (*b)->d_name);
}

static enum err take_folder(struct update *u, int dir, const char *path, struct why *why)
{
    struct dirent **names = NULL;
    int count = scandirat(dir, ".", &names, is_one, by_turn);
    enum err err = count < 0 ? fail_os(why, "%s", path)
                   : count == 0
                       ? fail(why, ERR_USAGE, "%s holds neither a log nor *.bundle, *.root", path)
                       : ERR_NONE;
    for (int i = 0; i < count; i++) {
        if (err == ERR_NONE && i < RELEASES_MOST)
            err = take_file(u, dir, names[i]->d_name, why);
        free(names[i]);
    }
    free(names);
    return err;
}

static enum err take_path(struct update *u, const char *path, struct why *why)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return take_file(u, AT_FDCWD, path, why);
    enum err err = faccessat(dir, "checkpoint", F_OK, AT_SYMLINK_NOFOLLOW) == 0
                       ? take_log(u, dir, path, why)
                       : take_folder(u, dir, path, why);
    (void)close(dir);
    return err;
}

/* --- all of it --- */

static enum err read_policy(struct update *u, struct why *why)
{
    const char *path = settings_policy(&u->settings);
    bool there = false;
    u->policy = calloc(1, sizeof *u->policy);
    if (!u->policy)
        return fail(why, ERR_NOMEM, "policy");
    TRY(ledger_files_read(AT_FDCWD, path, POLICY_MOST, &u->policy_text, &there, why));
    if (!there)
        return fail(
            why, ERR_USAGE,
            "no policy: %s is not there, and without one no log is followed (candor-update(1))",
            path);
    TRY(quorum_parse(buf_get(&u->policy_text), u->policy, why));
    TRY(update_root_read(&u->root, &u->settings, u->active.dir, why));
    TRY(update_root_apply(&u->root, u->policy, why));
    return u->policy->log_count ? ERR_NONE
                                : fail(why, ERR_USAGE, "no log is configured: %s names none", path);
}

static void say_waiting(const struct update *u)
{
    const struct rule_state *s = &u->active.state;
    uint64_t waits = s->range.size - s->active.entries, now_s = active_now_s();
    if (waits == 0 || s->batch_count == 0)
        return;
    const struct rule_batch *b = &s->batches[s->batch_count - 1];
    uint64_t at_s = b->taken_s + u->settings.cooling_off_s;
    if (s->held[0])
        (void)printf("%" PRIu64 " entries are held back: %s\n", waits, s->held);
    else if (at_s > now_s)
        (void)printf("%" PRIu64 " entries wait, the last for %" PRIu64 " minutes more\n", waits,
                     (at_s - now_s + 59) / 60);
}

/* Asked without a release, and nothing was there to be looked at again. */
static void say_nothing_waits(const struct update *u)
{
    const struct rule_state *s = &u->active.state;
    if (s->range.size == 0)
        (void)puts("no log is followed, the built-in rules are active; nothing waits");
    else if (s->range.size == s->active.entries)
        (void)printf("all %" PRIu64 " entries are active; nothing waits\n", s->range.size);
}

static enum err advance(struct update *u, bool asked, struct why *why)
{
    bool done = false;
    if (asked) { /* the owner wants to see it tried again */
        u->active.state.held[0] = 0;
        u->active.state.held_entries = 0;
    }
    enum err err = active_advance(&u->active, &u->settings, &done, why);
    if (err == ERR_RULES) {
        (void)fprintf(stderr, "candor: %s\n", why->text);
        u->refused = true;
        err = ERR_NONE;
    }
    if (done)
        (void)printf("active: %" PRIu64 " entries, %" PRIu64 " rules and hashes, head %.16s\n",
                     u->active.state.active.entries,
                     u->active.state.active.rules + u->active.state.active.hashes,
                     u->active.state.active.image);
    return err;
}

static enum err run(struct update *u, char *const *paths, int count, struct why *why)
{
    int lock = -1;
    TRY(active_open(&u->active, true, why));
    TRY(rule_state_lock(u->active.dir, true, &lock, why));
    enum err err = rule_state_read(u->active.dir, &u->active.state, why);
    if (err == ERR_NONE && count > 0)
        err = read_policy(u, why);
    for (int i = 0; i < count && err == ERR_NONE; i++)
        err = take_path(u, paths[i], why);
    if (err == ERR_NONE)
        err = advance(u, count == 0 && !u->due, why);
    if (err == ERR_NONE)
        say_waiting(u);
    if (err == ERR_NONE && count == 0 && !u->due)
        say_nothing_waits(u);
    (void)close(lock);
    return err;
}

int cmd_update(int argc, char **argv)
{
    static const struct option flags[] = {
        {"help", no_argument, NULL, 'h'}, {"due", no_argument, NULL, 'd'}, {NULL, 0, NULL, 0}};
    struct update u = {.active.dir = -1};
    struct why why = {0};
    bool wants_help = false;
    enum err err = settings_init(&u.settings, &why);
    optind = 1;
    for (int flag; err == ERR_NONE && (flag = getopt_long(argc, argv, "h", flags, NULL)) != -1;) {
        wants_help = wants_help || flag == 'h';
        u.due = u.due || flag == 'd';
        if (flag == '?')
            err = fail(&why, ERR_USAGE, "see candor update --help");
    }
    if (err == ERR_NONE && wants_help)
        (void)fputs(help, stdout);
    else if (err == ERR_NONE)
        err = run(&u, argv + optind, argc - optind, &why);
    active_close(&u.active);
    update_root_done(&u.root);
    buf_done(&u.policy_text);
    free(u.policy);
    settings_done(&u.settings);
    if (err != ERR_NONE)
        return command_fail(&why);
    return u.refused ? EXIT_REFUSED : EXIT_CLEAN;
}
