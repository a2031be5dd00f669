/* candor ledger: reads, checks and hands out the ledger. doc/ledger.md. */
#include "common/text.h"
#include "open/ledger_store.h"
#include "open/tiles.h"
#include "user/command.h"
#include "user/ledger_show.h"
#include "user/qr.h"
#include "user/scan_ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: candor ledger show [--json] [--kind KIND]     every entry, checked as it is read\n"
    "       candor ledger verify [--head FILE]... [--key INDEX:HEX]\n"
    "                                 whole and unchanged? also against heads held elsewhere\n"
    "       candor ledger head [--qr]                     the signed head, to be kept elsewhere\n"
    "       candor ledger export FOLDER                   checkpoint, tiles and entries (C2SP "
    "tiles)\n"
    "       candor ledger seal                            a new sealing key; yours alone to keep\n"
    "\n"
    "  --ledger DIR   another ledger than the state folder's\n"
    "\n"
    "exit codes: 0 as it should be, 1 the ledger is damaged or was changed, 2 Candor itself "
    "failed\n";

enum { EXIT_CHANGED = 1, HEAD_FILES_MAX = LEDGER_HEADS_MAX - 1 };

struct options {
    const char *verb, *kind, *key;
    char folder[4096];
    const char *heads[HEAD_FILES_MAX];
    uint32_t head_count;
    bool json, qr, help;
    char **rest;
    int rest_count;
};

static enum err read_flag(struct options *o, int flag, struct why *why)
{
    switch (flag) {
    case 'j':
        o->json = true;
        return ERR_NONE;
    case 'q':
        o->qr = true;
        return ERR_NONE;
    case 'k':
        o->kind = optarg;
        return ERR_NONE;
    case 'K':
        o->key = optarg;
        return ERR_NONE;
    case 'L':
        return scan_ledger_folder(optarg, o->folder, sizeof o->folder, why);
    case 'H':
        if (o->head_count == HEAD_FILES_MAX)
            return fail(why, ERR_USAGE, "at most %d heads at a time", HEAD_FILES_MAX);
        o->heads[o->head_count++] = optarg;
        return ERR_NONE;
    case 'h':
        o->help = true;
        return ERR_NONE;
    default:
        return fail(why, ERR_USAGE, "see candor ledger --help");
    }
}

/* Where scans write, as the configuration says. */
static enum err find_folder(struct options *o, struct why *why)
{
    struct settings s;
    enum err err = settings_init(&s, why);
    if (err == ERR_NONE)
        err = scan_ledger_folder(s.ledger, o->folder, sizeof o->folder, why);
    settings_done(&s);
    return err;
}

static enum err read_options(struct options *o, int argc, char **argv, struct why *why)
{
    static const struct option flags[] = {
        {"json", no_argument, NULL, 'j'},         {"qr", no_argument, NULL, 'q'},
        {"kind", required_argument, NULL, 'k'},   {"key", required_argument, NULL, 'K'},
        {"ledger", required_argument, NULL, 'L'}, {"head", required_argument, NULL, 'H'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    *o = (struct options){0};
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "h", flags, NULL)) != -1;)
        TRY(read_flag(o, flag, why));
    o->verb = optind < argc ? argv[optind] : "";
    o->rest = argv + optind + 1;
    o->rest_count = argc > optind + 1 ? argc - optind - 1 : 0;
    return o->folder[0] || o->help ? ERR_NONE : find_folder(o, why);
}

/* --- reading --- */

struct reading {
    const struct options *options;
    int dir, lock;
    struct note_key key;
    char key_text[256];
    struct ledger_known known;
    struct ledger_tail tail;
};

/* INDEX:HEX as `candor ledger seal` printed it. */
static enum err take_owner_key(struct reading *r, struct why *why)
{
    struct span rest = span_text(r->options->key), index;
    struct buf raw;
    buf_init(&raw, 0);
    bool ok = text_field(&rest, ':', &index) && text_u64(index, &r->known.owner.index) &&
              text_unhex(&raw, rest) && raw.len == LEDGER_KEY_BYTES;
    if (ok)
        memcpy(r->known.owner.key, raw.at, LEDGER_KEY_BYTES);
    r->known.has_owner = ok;
    r->known.owner_end = LEDGER_NONE;
    buf_done(&raw);
    return ok ? ERR_NONE
              : fail(why, ERR_USAGE, "--key wants INDEX:HEX, as candor ledger seal said");
}

static enum err take_head_file(struct reading *r, const char *path, struct why *why)
{
    struct buf b;
    bool there;
    buf_init(&b, 0);
    enum err err = ledger_files_read(AT_FDCWD, path, 1 << 16, &b, &there, why);
    if (err == ERR_NONE && !there)
        err = fail(why, ERR_USAGE, "%s is not there", path);
    if (err == ERR_NONE)
        err = ledger_read_add_head(&r->known, &r->key, buf_get(&b), why);
    buf_done(&b);
    return err;
}

static enum err begin(struct reading *r, const struct options *o, struct why *why)
{
    *r = (struct reading){.options = o, .dir = -1, .lock = -1};
    TRY(ledger_read_open(o->folder, &r->dir, &r->lock, why));
    TRY(ledger_read_known(r->dir, &r->known, &r->key, r->key_text, why));
    for (uint32_t i = 0; i < o->head_count; i++)
        TRY(take_head_file(r, o->heads[i], why));
    return o->key ? take_owner_key(r, why) : ERR_NONE;
}

static void end(struct reading *r)
{
    if (r->lock >= 0)
        (void)close(r->lock);
    if (r->dir >= 0)
        (void)close(r->dir);
}

static enum err show_leaf(void *ctx, const struct ledger_record *record,
                          const struct ledger_leaf *leaf, struct why *why)
{
    const struct reading *r = ctx;
    const char *kind = r->options->kind;
    struct buf b;
    if (kind && strcmp(kind, ledger_kind_name(leaf->kind)) != 0)
        return ERR_NONE;
    buf_init(&b, 0);
    if (r->options->json)
        ledger_show_json(record->index, leaf, &b);
    else
        ledger_show_plain(record->index, leaf, &b);
    (void)fwrite(b.at, 1, b.len, stdout);
    buf_done(&b);
    return ferror(stdout) ? fail(why, ERR_SYSTEM, "the entries could not be written") : ERR_NONE;
}

static enum err do_show(const struct options *o, struct why *why)
{
    struct reading r;
    struct ledger_visit visit = {.ctx = &r, .leaf = show_leaf};
    enum err err = begin(&r, o, why);
    if (err == ERR_NONE)
        err = ledger_read_all(r.dir, &r.known, &visit, &r.tail, why);
    end(&r);
    return err;
}

static void say_verified(const struct reading *r)
{
    const struct ledger_tail *t = &r->tail;
    uint64_t size = t->chain.range.size;
    (void)printf("%" PRIu64 " entries, none missing, none changed", size);
    if (r->known.has_head)
        (void)printf("; %" PRIu64 " of them under the signed head", r->known.heads[0].size);
    (void)printf("\n");
    if (r->options->head_count)
        (void)printf("it continues each of the %u heads held elsewhere\n", r->options->head_count);
    if (r->known.has_owner)
        (void)printf("%" PRIu64 " entries carry the MAC of your key\n", t->owner_checked);
    if (t->kept)
        (void)printf("entries before %" PRIu64 " were dropped as an entry allows; their hashes are "
                     "there\n",
                     t->kept);
    if (t->torn)
        (void)printf("note: %" PRIu64 " bytes behind the last entry are an interrupted write\n",
                     t->torn);
    if (t->clock_back != LEDGER_NONE)
        (void)printf("note: the clock went back before entry %" PRIu64 "\n", t->clock_back);
    if (r->options->head_count == 0)
        (void)printf("who may write this folder could also have made all of it anew: only a head "
                     "kept elsewhere shows that (--head)\n");
}

static enum err do_verify(const struct options *o, struct why *why)
{
    struct reading r;
    enum err err = begin(&r, o, why);
    if (err == ERR_NONE)
        err = ledger_read_all(r.dir, &r.known, NULL, &r.tail, why);
    if (err == ERR_NONE)
        say_verified(&r);
    end(&r);
    return err;
}

/* --- handing out --- */

/* Signs the head over all there is, and reads it back. */
static enum err fresh_head(struct ledger_store *store, const struct options *o, struct buf *out,
                           struct why *why)
{
    bool there;
    int dir, lock;
    TRY(ledger_store_commit(store, LEDGER_SIGN, NULL, why));
    TRY(ledger_read_open(o->folder, &dir, &lock, why));
    enum err err = ledger_files_read(dir, "head", 1 << 16, out, &there, why);
    if (err == ERR_NONE && !there)
        err = fail(why, ERR_LEDGER, "the head is missing");
    (void)close(dir);
    (void)close(lock);
    return err;
}

static enum err do_head(const struct options *o, struct why *why)
{
    struct ledger_store *store = NULL;
    struct buf note, drawn;
    struct qr qr;
    buf_init(&note, 0);
    buf_init(&drawn, 0);
    enum err err = ledger_store_open(&store, o->folder, why);
    if (err == ERR_NONE)
        err = fresh_head(store, o, &note, why);
    if (err == ERR_NONE) {
        (void)fwrite(note.at, 1, note.len, stdout);
        if ((o->qr || isatty(STDOUT_FILENO) == 1) && qr_encode(&qr, buf_get(&note)))
            qr_draw(&qr, &drawn);
        (void)fwrite(drawn.at, 1, drawn.len, stdout);
    }
    buf_done(&note);
    buf_done(&drawn);
    ledger_store_close(store);
    return err;
}

struct exporting {
    struct reading reading;
    int out;
    uint64_t size; /* of the head: later entries are left for the next time */
    struct buf hashes, bundle;
    uint64_t whole_from; /* first entry of the bundle being filled, if it is whole */
};

static enum err put_hash(void *ctx, uint64_t index, const struct merkle_hash *hash, struct why *why)
{
    struct exporting *e = ctx;
    if (index < e->size)
        buf_put(&e->hashes, hash->bytes, MERKLE_HASH_BYTES);
    e->whole_from = index + 1;
    return e->hashes.bad ? fail(why, ERR_NOMEM, "export") : ERR_NONE;
}

static enum err put_leaf(void *ctx, const struct ledger_record *r, const struct ledger_leaf *leaf,
                         struct why *why)
{
    struct exporting *e = ctx;
    (void)leaf;
    if (r->index >= e->size)
        return ERR_NONE;
    if (r->index % TLOG_TILE_WIDTH == 0) {
        buf_clear(&e->bundle);
        e->whole_from = r->index;
    }
    buf_put(&e->hashes, r->hash.bytes, MERKLE_HASH_BYTES);
    if (e->hashes.bad || !tlog_put_entry(&e->bundle, r->leaf))
        return fail(why, ERR_NOMEM, "export");
    uint64_t bundle = r->index / TLOG_TILE_WIDTH;
    bool ends = (r->index + 1) % TLOG_TILE_WIDTH == 0 || r->index + 1 == e->size;
    if (!ends || e->whole_from > bundle * TLOG_TILE_WIDTH) /* a bundle with dropped entries: none */
        return ERR_NONE;
    return tiles_put_bundle(e->out, bundle, (uint32_t)(r->index % TLOG_TILE_WIDTH) + 1,
                            buf_get(&e->bundle), why);
}

static enum err export_to(struct exporting *e, const struct options *o, struct span note,
                          struct why *why)
{
    struct ledger_visit visit = {.ctx = e, .leaf = put_leaf, .hash = put_hash};
    TRY(begin(&e->reading, o, why));
    e->size = e->reading.known.heads[0].size;
    TRY(ledger_read_all(e->reading.dir, &e->reading.known, &visit, &e->reading.tail, why));
    TRY(tiles_put_hashes(e->out, (struct merkle_hash *)(void *)e->hashes.at, e->size, why));
    struct span key = span_text(e->reading.key_text);
    TRY(tiles_put(e->out, "key", key, why));
    return tiles_put(e->out, "checkpoint", note, why);
}

/* What leaves is written down before it does. */
static enum err record_export(struct ledger_store *store, const char *to, struct why *why)
{
    struct ledger_leaf leaf;
    ledger_leaf_init(&leaf, LEDGER_KIND_EGRESS, 0);
    leaf.texts[LEDGER_WHAT] = SPAN_OF("the ledger up to here, exported by its owner");
    leaf.texts[LEDGER_TO] = span_text(to);
    leaf.numbers[LEDGER_BYTES] = LEDGER_NONE;
    return ledger_store_add(store, &leaf, why);
}

static enum err do_export(const struct options *o, struct why *why)
{
    struct exporting e = {.out = -1, .reading = {.dir = -1, .lock = -1}};
    struct ledger_store *store = NULL;
    struct buf note;
    if (o->rest_count != 1)
        return fail(why, ERR_USAGE, "export wants a folder; see candor ledger --help");
    TRY(tiles_make_folder(o->rest[0], why));
    buf_init(&note, 0);
    buf_init(&e.hashes, 0);
    buf_init(&e.bundle, 0);
    e.out = open(o->rest[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err err =
        e.out < 0 ? fail_os(why, "%s", o->rest[0]) : ledger_store_open(&store, o->folder, why);
    if (err == ERR_NONE)
        err = record_export(store, o->rest[0], why);
    if (err == ERR_NONE)
        err = fresh_head(store, o, &note, why);
    if (err == ERR_NONE)
        err = export_to(&e, o, buf_get(&note), why);
    if (err == ERR_NONE)
        (void)printf("%" PRIu64 " entries: checkpoint, key, tile/ in %s\n", e.size, o->rest[0]);
    end(&e.reading);
    if (e.out >= 0)
        (void)close(e.out);
    ledger_store_close(store);
    buf_done(&note);
    buf_done(&e.hashes);
    buf_done(&e.bundle);
    return err;
}

static enum err do_seal(const struct options *o, struct why *why)
{
    struct ledger_store *store = NULL;
    struct ledger_seal seal;
    struct buf hex;
    TRY(ledger_store_open(&store, o->folder, why));
    enum err err = ledger_store_reseal(store, &seal, why);
    ledger_store_close(store);
    TRY(err);
    buf_init(&hex, 0);
    text_hex(&hex, span_make(seal.key, sizeof seal.key));
    (void)printf("%" PRIu64 ":%.*s\n", seal.index, (int)hex.len, (char *)hex.at);
    (void)fprintf(stderr, "keep this away from this machine; it is not kept here. With it, "
                          "candor ledger verify --key checks every entry from this one on.\n");
    buf_done(&hex);
    return ERR_NONE;
}

int cmd_ledger(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum err (*run)(const struct options *o, struct why *why);
    } verbs[] = {{"show", do_show},
                 {"verify", do_verify},
                 {"head", do_head},
                 {"export", do_export},
                 {"seal", do_seal}};
    struct options o;
    struct why why = {0};
    enum err err = read_options(&o, argc, argv, &why);
    if (err == ERR_NONE && o.help) {
        (void)fputs(help, stdout);
        return EXIT_CLEAN;
    }
    if (err == ERR_NONE)
        err = fail(&why, ERR_USAGE, "see candor ledger --help");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0] && o.verb; i++)
        if (strcmp(o.verb, verbs[i].name) == 0) {
            why = (struct why){0};
            err = verbs[i].run(&o, &why);
        }
    if (err == ERR_NONE && (fflush(stdout) != 0 || ferror(stdout)))
        err = fail(&why, ERR_SYSTEM, "the output could not be written");
    if (err == ERR_NONE)
        return EXIT_CLEAN;
    (void)command_fail(&why);
    return err == ERR_LEDGER ? EXIT_CHANGED : EXIT_FAILED;
}
