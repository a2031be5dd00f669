/* candor log: the publisher's side of the rule log. Other people's logs are read as strangers'
 * bytes. doc/rulelog.md. */
#include "user/cmd_log.h"

#include "common/text.h"
#include "open/ledger_files.h"
#include "user/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: candor log init FOLDER --origin NAME --key FILE     a new log; FILE gets the secret "
    "key\n"
    "       candor log add FOLDER --class CLASS --evidence SHA256 [...] RULE.yar\n"
    "       candor log add FOLDER --class CLASS --hashes LIST [--id NAME]\n"
    "                                blocks of a thousand SHA-256 each, one a line in LIST\n"
    "       candor log revoke FOLDER ID [--reason TEXT]\n"
    "       candor log sign FOLDER --key FILE                   publish what was added and "
    "revoked\n"
    "       candor log publish FOLDER BUNDLE [--from N]         one file: checkpoint and entries\n"
    "       candor log show FOLDER | verify FOLDER [--log KEY]\n"
    "       candor log verify BUNDLE --policy FILE [--state FILE]\n"
    "                                would this owner's policy let the release in?\n"
    "       candor log witness FOLDER --state FILE --key FILE [--origin NAME] [--log KEY] "
    "[--output FILE]\n"
    "                                cosign the head if it continues the last one that was seen\n"
    "       candor log monitor FOLDER --state FOLDER [--log KEY]\n"
    "                                print every new rule; keep both heads of a fork\n"
    "       candor log key FILE --origin NAME                   an offline key\n"
    "       candor log root NOTE --threshold M --holder KEY ... --log KEY ... [--version N]\n"
    "       candor log endorse NOTE --key FILE                  sign it, as one of its holders or "
    "the last's\n"
    "\n"
    "CLASS: malware, pua, hacktool, test. Serve FOLDER with any web server.\n"
    "exit codes: 0 done, 1 the log is not what it should be, 2 Candor itself failed\n";

enum { EXIT_REFUSED = 1 };

enum err cmd_log_open(const struct log_options *o, int *dir, struct why *why)
{
    if (o->rest_count < 1)
        return fail(why, ERR_USAGE, "which log? see candor log --help");
    *dir = open(o->rest[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *dir < 0 ? fail_os(why, "%s", o->rest[0]) : ERR_NONE;
}

enum err cmd_log_key(const struct log_options *o, int dir, char text[512], struct note_key *key,
                     struct why *why)
{
    struct buf b;
    enum err err = ERR_NONE;
    buf_init(&b, 0);
    if (o->log)
        buf_text(&b, o->log);
    else
        err = tiles_get(dir, "key", 500, &b, why);
    struct span s = text_trim(buf_get(&b));
    if (err == ERR_NONE && s.len < 512) {
        memcpy(text, s.at, s.len);
        text[s.len] = 0;
        err = note_key_parse(span_make(text, s.len), key, why);
    } else if (err == ERR_NONE) {
        err = fail(why, ERR_USAGE, "the log's key is too long");
    }
    buf_done(&b);
    return err;
}

/* --- init --- */

static enum err do_init(const struct log_options *o, struct why *why)
{
    struct log_key k;
    struct buf b;
    struct rule_log empty = {0};
    if (o->rest_count != 1 || !o->origin || !o->key)
        return fail(why, ERR_USAGE, "init wants a folder, --origin and --key");
    TRY(tiles_make_folder(o->rest[0], why));
    int dir = open(o->rest[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_os(why, "%s", o->rest[0]);
    enum err err = faccessat(dir, "checkpoint", F_OK, 0) == 0
                       ? fail(why, ERR_USAGE, "%s holds a log already", o->rest[0])
                       : log_keys_make(o->key, o->origin, NOTE_ED25519, &k, why);
    buf_init(&b, 0);
    if (err == ERR_NONE) {
        note_key_print(&k.key, &b);
        (void)printf("%.*s\n", (int)b.len, (char *)b.at);
        buf_byte(&b, '\n');
        err = tiles_put(dir, "key", buf_get(&b), why);
    }
    if (err == ERR_NONE)
        err = rule_log_append(dir, &empty, (struct span){0}, &k.key, k.seed, why);
    rule_log_done(&empty);
    explicit_bzero(&k, sizeof k);
    buf_done(&b);
    (void)close(dir);
    return err;
}

/* --- sign, publish --- */

static enum err do_sign(const struct log_options *o, struct why *why)
{
    struct log_key k;
    struct rule_log log = {0};
    struct buf pending;
    int dir;
    if (o->rest_count != 1 || !o->key)
        return fail(why, ERR_USAGE, "sign wants a folder and --key");
    TRY(log_keys_read(o->key, &k, why));
    TRY(cmd_log_open(o, &dir, why));
    buf_init(&pending, CMD_LOG_PENDING_MOST);
    enum err err = rule_log_read(dir, &k.key, NULL, NULL, &log, why);
    if (err == ERR_NONE)
        err = cmd_log_pending(dir, &pending, why);
    if (err == ERR_NONE)
        err = rule_log_append(dir, &log, buf_get(&pending), &k.key, k.seed, why);
    if (err == ERR_NONE && unlinkat(dir, "pending", 0) != 0 && errno != ENOENT)
        err = fail_os(why, "%s/pending", o->rest[0]);
    explicit_bzero(&k, sizeof k);
    rule_log_done(&log);
    buf_done(&pending);
    (void)close(dir);
    return err;
}

struct publish {
    struct buf entries;
    uint64_t from;
    int dir;
};

static enum err put_entries(struct publish *p, const struct rule_log *log, struct why *why)
{
    struct buf bundle;
    struct span entry;
    uint64_t index = p->from / TLOG_TILE_WIDTH * TLOG_TILE_WIDTH;
    buf_init(&bundle, 0);
    enum err err = ERR_NONE;
    while (index < log->head.size && err == ERR_NONE) {
        uint64_t end =
            index + TLOG_TILE_WIDTH < log->head.size ? index + TLOG_TILE_WIDTH : log->head.size;
        err = tiles_get_bundle(p->dir, index / TLOG_TILE_WIDTH, log->head.size, &bundle, why);
        struct reader r = reader_of(buf_get(&bundle));
        for (; err == ERR_NONE && index < end && tlog_next_entry(&r, &entry); index++)
            if (index >= p->from && !tlog_put_entry(&p->entries, entry))
                err = fail(why, ERR_NOMEM, "bundle");
    }
    buf_done(&bundle);
    return err;
}

static enum err write_bundle(const struct publish *p, const struct rule_log *log, const char *path,
                             struct why *why)
{
    struct buf out;
    buf_init(&out, 0);
    buf_print(&out, "candor-bundle/v1\nfrom %" PRIu64 "\nto %" PRIu64 "\nnote %zu\n\n", p->from,
              log->head.size, log->note.len);
    buf_span(&out, buf_get(&log->note));
    buf_span(&out, buf_get(&p->entries));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    enum err err = fd < 0    ? fail_os(why, "%s", path)
                   : out.bad ? fail(why, ERR_NOMEM, "bundle")
                             : ledger_files_write(fd, buf_get(&out), 0, why);
    if (fd >= 0 && close(fd) != 0 && err == ERR_NONE)
        err = fail_os(why, "%s", path);
    buf_done(&out);
    return err;
}

static enum err do_publish(const struct log_options *o, struct why *why)
{
    char text[512];
    struct note_key key;
    struct rule_log log = {0};
    struct publish p = {0};
    if (o->rest_count != 2 || (o->from && !text_u64(span_text(o->from), &p.from)))
        return fail(why, ERR_USAGE, "publish wants a folder and a file; --from a number");
    TRY(cmd_log_open(o, &p.dir, why));
    enum err err = cmd_log_key(o, p.dir, text, &key, why);
    if (err == ERR_NONE) /* whole and right, before anybody gets it */
        err = rule_log_read(p.dir, &key, NULL, NULL, &log, why);
    if (err == ERR_NONE && p.from > log.head.size)
        err = fail(why, ERR_USAGE, "--from is past the log's %" PRIu64 " entries", log.head.size);
    if (err == ERR_NONE)
        err = put_entries(&p, &log, why);
    if (err == ERR_NONE)
        err = write_bundle(&p, &log, o->rest[1], why);
    rule_log_done(&log);
    buf_done(&p.entries);
    (void)close(p.dir);
    return err;
}

/* --- show, verify --- */

static const char *const ops[] = {
    [RULE_ADD] = "add", [RULE_REVOKE] = "revoke", [RULE_HASHES] = "hashes"};

enum err cmd_log_show_entry(void *ctx, uint64_t index, const struct rule_leaf *leaf,
                            struct why *why)
{
    (void)ctx;
    if (!leaf)
        return fail(why, ERR_LEDGER, "entry %" PRIu64 " is no leaf of a rule log", index);
    char first[200];
    struct span line = leaf->text;
    line = span_cut(line, 0, span_find_byte(line, '\n', 0));
    text_escape_into(first, sizeof first, line);
    (void)printf("%6" PRIu64 "  %-6s %.*s", index, ops[leaf->op], (int)leaf->id.len,
                 (const char *)leaf->id.at);
    if (leaf->op != RULE_REVOKE)
        (void)printf("  %.*s  %zu bytes  %.*s\n", (int)leaf->class.len,
                     (const char *)leaf->class.at, leaf->text.len, (int)leaf->evidence.len,
                     (const char *)leaf->evidence.at);
    else
        (void)printf("  %s\n", first);
    return ERR_NONE;
}

static enum err check_entry(void *ctx, uint64_t index, const struct rule_leaf *leaf,
                            struct why *why)
{
    (void)ctx;
    return leaf ? ERR_NONE
                : fail(why, ERR_LEDGER, "entry %" PRIu64 " is no leaf of a rule log", index);
}

static enum err read_and_say(const struct log_options *o, bool show, struct why *why)
{
    char text[512];
    struct note_key key;
    struct rule_log log = {0};
    struct rule_log_visit visit = {NULL, show ? cmd_log_show_entry : check_entry};
    int dir;
    TRY(cmd_log_open(o, &dir, why));
    enum err err = cmd_log_key(o, dir, text, &key, why);
    if (err == ERR_NONE)
        err = rule_log_read(dir, &key, NULL, &visit, &log, why);
    if (err == ERR_NONE && !show)
        (void)printf("%.*s", (int)log.note.len, (char *)log.note.at);
    if (err == ERR_NONE && !show)
        (void)printf("\n%" PRIu64 " entries, whole, under that head\n", log.head.size);
    rule_log_done(&log);
    (void)close(dir);
    return err;
}

static enum err do_show(const struct log_options *o, struct why *why)
{
    return read_and_say(o, true, why);
}

static enum err do_verify(const struct log_options *o, struct why *why)
{
    if (o->policy)
        return cmd_log_release_verify(o, why);
    return read_and_say(o, false, why);
}

/* --- the command line --- */

static void add_evidence(struct buf *b, const char *text)
{
    buf_text(b, b->len ? " " : "");
    if (!span_starts(span_text(text), SPAN_OF("sha256:")))
        buf_text(b, "sha256:");
    buf_text(b, text);
}

static enum err read_options(struct log_options *o, int argc, char **argv, struct why *why)
{
    static const struct option flags[] = {
        {"origin", required_argument, NULL, 'o'},
        {"key", required_argument, NULL, 'k'},
        {"id", required_argument, NULL, 'i'},
        {"class", required_argument, NULL, 'c'},
        {"evidence", required_argument, NULL, 'e'},
        {"reason", required_argument, NULL, 'r'},
        {"log", required_argument, NULL, 'l'},
        {"state", required_argument, NULL, 's'},
        {"from", required_argument, NULL, 'f'},
        {"output", required_argument, NULL, 'O'},
        {"policy", required_argument, NULL, 'p'},
        {"hashes", required_argument, NULL, 'H'},
        {"threshold", required_argument, NULL, 't'},
        {"version", required_argument, NULL, 'v'},
        {"holder", required_argument, NULL, 'L'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const struct {
        int flag;
        const char **to;
    } texts[] = {{'o', &o->origin}, {'k', &o->key},    {'i', &o->id},     {'c', &o->class},
                 {'r', &o->reason}, {'l', &o->log},    {'s', &o->state},  {'f', &o->from},
                 {'O', &o->output}, {'p', &o->policy}, {'H', &o->hashes}, {'t', &o->threshold},
                 {'v', &o->version}};
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "h", flags, NULL)) != -1;) {
        if (flag == '?')
            return fail(why, ERR_USAGE, "see candor log --help");
        o->help = o->help || flag == 'h';
        if (flag == 'e')
            add_evidence(&o->evidence, optarg);
        if (flag == 'l' || flag == 'L') {
            buf_text(flag == 'l' ? &o->logs : &o->holders, optarg);
            buf_byte(flag == 'l' ? &o->logs : &o->holders, '\n');
        }
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            if (texts[i].flag == flag)
                *texts[i].to = optarg;
    }
    o->rest = argv + optind;
    o->rest_count = argc - optind;
    return ERR_NONE;
}

static int run_verb(enum err (*run)(const struct log_options *, struct why *), int argc,
                    char **argv)
{
    struct log_options o = {0};
    struct why why = {0};
    enum err err = read_options(&o, argc, argv, &why);
    if (err == ERR_NONE && o.help)
        (void)fputs(help, stdout);
    else if (err == ERR_NONE)
        err = run(&o, &why);
    buf_done(&o.evidence);
    buf_done(&o.holders);
    buf_done(&o.logs);
    if (err == ERR_NONE && (fflush(stdout) != 0 || ferror(stdout)))
        err = fail(&why, ERR_SYSTEM, "the output could not be written");
    if (err == ERR_NONE)
        return EXIT_CLEAN;
    (void)command_fail(&why);
    return err == ERR_LEDGER || err == ERR_RULES ? EXIT_REFUSED : EXIT_FAILED;
}

int cmd_log(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum err (*run)(const struct log_options *o, struct why *why);
    } verbs[] = {{"init", do_init},
                 {"add", cmd_log_add},
                 {"revoke", cmd_log_revoke},
                 {"sign", do_sign},
                 {"publish", do_publish},
                 {"show", do_show},
                 {"verify", do_verify},
                 {"witness", cmd_log_follow_witness},
                 {"monitor", cmd_log_follow_monitor},
                 {"key", cmd_log_root_key},
                 {"root", cmd_log_root_make},
                 {"endorse", cmd_log_root_endorse}};
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return run_verb(verbs[i].run, argc - 1, argv + 1);
    bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    (void)fputs(help, asked ? stdout : stderr);
    return asked ? EXIT_CLEAN : EXIT_FAILED;
}
