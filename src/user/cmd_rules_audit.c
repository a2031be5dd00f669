/* candor rules audit: says which rules hunt documents. A jail reads the rules and says what each
 * wants; documents of prose and of those words are made here and scanned in jails. */
#include "common/text.h"
#include "open/build.h"
#include "open/pool.h"
#include "user/audit_docs.h"
#include "user/command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: candor rules audit [-r SOURCE]... [--json] [--all]\n"
    "\n"
    "Says of each rule whether it hunts malware or documents, and why. Each rule is read (what "
    "does\n"
    "it want, and can it be true without code?) and tried on documents made for it: papers, "
    "letters,\n"
    "mail, half of them with the rule's own words.\n"
    "\n"
    "  -r, --rules FILE|DIR     sources (repeatable); default: the built-in rules\n"
    "  -I, --include DIR        where includes may also be found\n"
    "  -d, --define NAME=VALUE  an external variable\n"
    "      --documents N        how many documents at least (5000)\n"
    "      --seed N             another set of documents\n"
    "      --all                rules that hunt malware, too\n"
    "      --json               one object a rule, then a summary object\n"
    "\n"
    "Exit code: 0 no rule hunts documents, 1 some do, 2 Candor itself failed.\n";

enum { DOCUMENTS = 5000, RULES_MOST = 1000000, OWN_LEAST = 44, SHOWN_MOST = 5 };
static const uint32_t nobody = 0xffffffff;

struct audit {
    struct settings settings;
    struct ruleset_choice rules;
    struct build_result built;
    struct arena *arena;
    struct audit_of_rule *rows; /* by number in the image */
    uint32_t count, cap;
    struct pool *pool;
    struct prose prose;
    uint64_t wanted, seed, documents, not_looked;
    uint32_t plain_done;
    uint32_t verdicts[AUDIT_VERDICTS];
    bool json, all, help, bad;
};

static void on_audit(void *ctx, const struct record *r, struct span name, struct span items)
{
    struct audit *a = ctx;
    if (a->bad || r->code >= RULES_MOST ||
        !arena_grow(a->arena, (void **)&a->rows, &a->cap, r->code + 1, sizeof *a->rows) ||
        !audit_rows_take(&a->rows[r->code], a->arena, r, name, items))
        a->bad = true;
    else if (r->code >= a->count)
        a->count = r->code + 1;
}

static enum err read_number(uint64_t *out, struct why *why)
{
    return text_u64(span_text(optarg), out) ? ERR_NONE
                                            : fail(why, ERR_USAGE, "\"%s\" is no number", optarg);
}

static enum err read_flag(struct audit *a, int flag, struct why *why)
{
    struct settings *s = &a->settings;
    switch (flag) {
    case 'r':
        return settings_add(s->rules, &s->rule_count, optarg, why);
    case 'I':
        return settings_add(s->includes, &s->include_count, optarg, why);
    case 'd':
        return settings_define(s, optarg, why);
    case 'n':
        return read_number(&a->wanted, why);
    case 's':
        return read_number(&a->seed, why);
    case 'j':
        a->json = true;
        return ERR_NONE;
    case 'a':
        a->all = true;
        return ERR_NONE;
    case 'h':
        a->help = true;
        return ERR_NONE;
    default:
        return fail(why, ERR_USAGE, "see candor rules audit --help");
    }
}

static enum err read_options(struct audit *a, int argc, char **argv, struct why *why)
{
    static const struct option flags[] = {
        {"rules", required_argument, NULL, 'r'},
        {"include", required_argument, NULL, 'I'},
        {"define", required_argument, NULL, 'd'},
        {"documents", required_argument, NULL, 'n'},
        {"seed", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"all", no_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    TRY(settings_init(&a->settings, why));
    a->settings.rule_count = 0; /* what candor.conf names is for scans */
    a->wanted = DOCUMENTS;
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "r:I:d:h", flags, NULL)) != -1;)
        TRY(read_flag(a, flag, why));
    for (int i = optind; i < argc; i++)
        TRY(settings_add(a->settings.rules, &a->settings.rule_count, argv[i], why));
    return ERR_NONE;
}

/* Compiles, and hears what each rule wants. A rule that does not compile is no rule. */
static enum err learn(struct audit *a, struct why *why)
{
    a->settings.keep_going = true;
    TRY(command_sources(&a->settings, &a->rules, why));
    struct build_options o = command_build_options(&a->settings, &a->rules);
    o.order_options |= ORDER_AUDIT;
    o.audit = on_audit;
    o.audit_ctx = a;
    TRY(build_run(a->rules.sources, &o, &a->built, why));
    return a->bad ? fail(why, ERR_PEER, "what was said of the rules cannot be read") : ERR_NONE;
}

/* A report's path is the number of the rule whose words its document holds, or "-". */
static void on_report(void *ctx, struct report *r)
{
    struct audit *a = ctx;
    uint64_t owner = nobody;
    bool is_plain = !text_u64(r->path, &owner);
    a->documents++;
    a->not_looked += r->failed;
    uint32_t last = nobody; /* a rule may be true of a document and of its part */
    for (uint32_t i = 0; i < r->findings_len; i++) {
        uint32_t rule = r->findings[i].rule;
        if (rule >= a->count || rule == last)
            continue;
        if (is_plain)
            a->rows[rule].plain_hits++;
        else if (rule == owner && a->rows[rule].own_hits < a->rows[rule].own_docs)
            a->rows[rule].own_hits++;
        last = rule;
    }
    report_free(r);
}

static enum err scan(struct audit *a, const char *owner, const struct buf *doc, struct why *why)
{
    struct report *r = report_new(span_text(owner));
    if (!r || doc->bad) {
        report_free(r);
        return fail(why, ERR_NOMEM, "documents");
    }
    return pool_add_bytes(a->pool, buf_get(doc), r, why);
}

static enum err try_plain(struct audit *a, struct why *why)
{
    struct buf doc;
    enum err err = ERR_NONE;
    buf_init(&doc, 0);
    for (uint64_t i = 0; i < (a->wanted + 1) / 2 && err == ERR_NONE; i++) {
        buf_clear(&doc);
        audit_docs_plain(&a->prose, (uint32_t)i, &doc);
        err = scan(a, "-", &doc, why);
        a->plain_done++;
    }
    buf_done(&doc);
    return err;
}

static enum err try_rule(struct audit *a, uint32_t number, uint32_t docs, struct why *why)
{
    struct audit_of_rule *row = &a->rows[number];
    struct buf doc;
    char owner[16];
    enum err err = ERR_NONE;
    buf_init(&doc, 0);
    (void)snprintf(owner, sizeof owner, "%u", number);
    row->own_docs = docs;
    for (uint32_t i = 0; i < docs && err == ERR_NONE; i++) {
        buf_clear(&doc);
        audit_docs_own(&a->prose, row, i, &doc);
        err = scan(a, owner, &doc, why);
    }
    buf_done(&doc);
    return err;
}

/* Rules that want something a document can hold share half of the documents; each gets all forms
 * and arrangements when there is room, and no fewer than OWN_LEAST. */
static enum err try_own(struct audit *a, struct why *why)
{
    uint32_t some = 0;
    for (uint32_t i = 0; i < a->count; i++)
        some += a->rows[i].want_count > 0;
    if (some == 0)
        return ERR_NONE;
    uint64_t docs = (a->wanted / 2 + some - 1) / some;
    if (docs < OWN_LEAST || a->wanted < OWN_LEAST)
        docs = OWN_LEAST;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->rows[i].want_count > 0)
            TRY(try_rule(a, i, (uint32_t)docs, why));
    return ERR_NONE;
}

static enum err experiment(struct audit *a, struct why *why)
{
    struct pool_options o = {.jail_path = a->rules.jail_path,
                             .image_fd = a->built.image_fd,
                             .jobs = 2,
                             .done = on_report,
                             .ctx = a};
    a->prose.state = a->seed;
    TRY(pool_open(&a->pool, &o, why));
    TRY(pool_check_image(a->pool, why));
    TRY(try_plain(a, why));
    TRY(try_own(a, why));
    TRY(pool_flush(a->pool, why));
    for (uint32_t i = 0; i < a->count; i++)
        a->rows[i].plain_docs = a->plain_done;
    if (a->not_looked > 0)
        return fail(why, ERR_SYSTEM, "%llu documents could not be scanned",
                    (unsigned long long)a->not_looked);
    return ERR_NONE;
}

static bool is_shown_before(const struct audit_of_rule *row, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (span_equal(row->wants[k].meaning, row->wants[i].meaning))
            return true;
    return false;
}

/* The words that make it hunt, decoded. */
static void put_words(struct buf *b, const struct audit_of_rule *row, bool is_json)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < row->want_count; i++) {
        if (row->wants[i].class < CLASS_PLAIN || is_shown_before(row, i) ||
            (!is_json && shown == SHOWN_MOST))
            continue;
        buf_text(b, shown ? "," : "");
        buf_text(b, shown && !is_json ? " " : "");
        if (is_json) {
            (void)text_json(b, row->wants[i].meaning);
        } else {
            buf_byte(b, '"');
            text_escape(b, row->wants[i].meaning);
            buf_byte(b, '"');
        }
        shown++;
    }
}

static void put_json(struct buf *b, const struct audit_of_rule *row, enum audit_verdict v)
{
    struct buf why;
    buf_init(&why, 0);
    audit_rows_why(row, &why);
    buf_text(b, "{\"rule\":");
    (void)text_json(b, row->name);
    buf_text(b, ",\"namespace\":");
    (void)text_json(b, row->space);
    buf_text(b, ",\"source\":");
    (void)text_json(b, row->source);
    buf_print(b, ",\"line\":%u,\"verdict\":\"%s\",\"why\":", row->line, audit_verdict_name(v));
    (void)text_json(b, buf_get(&why));
    buf_text(b, ",\"words\":[");
    put_words(b, row, true);
    buf_print(
        b, "],\"private\":%s,\"own_documents\":%u,\"own_hits\":%u,\"documents\":%u,\"hits\":%u}\n",
        row->is_private ? "true" : "false", row->own_docs, row->own_hits, row->plain_docs,
        row->plain_hits);
    buf_done(&why);
}

static void put_plain(struct buf *b, const struct audit_of_rule *row, enum audit_verdict v)
{
    buf_print(b, "%-15s ", audit_verdict_name(v));
    text_escape(b, row->name);
    buf_text(b, "  ");
    text_escape(b, row->source);
    buf_print(b, ":%u\n                why: ", row->line);
    audit_rows_why(row, b);
    buf_text(b, "\n");
    size_t at = b->len;
    buf_text(b, "                wants: ");
    size_t start = b->len;
    put_words(b, row, false);
    if (b->len == start)
        b->len = at;
    else
        buf_byte(b, '\n');
}

static enum err show(struct audit *a, struct why *why)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct audit_of_rule *row = &a->rows[i];
        if (!row->name.at)
            continue;
        enum audit_verdict v = audit_rows_verdict(row);
        struct buf b;
        a->verdicts[v]++;
        if (v == AUDIT_MALWARE && !a->all && !a->json)
            continue;
        buf_init(&b, 0);
        if (a->json)
            put_json(&b, row, v);
        else
            put_plain(&b, row, v);
        (void)fwrite(b.at, 1, b.len, stdout); /* a closed pipe shows at the end */
        buf_done(&b);
    }
    const char *form =
        a->json ? "{\"summary\":true,\"schema\":1,\"rules\":%u,\"hunts_documents\":%u,"
                  "\"unclear\":%u,\"malware\":%u,\"documents\":%llu}\n"
                : "%u rules: %u hunt documents, %u unclear, %u malware; %llu documents\n";
    (void)printf(form, a->verdicts[0] + a->verdicts[1] + a->verdicts[2], a->verdicts[AUDIT_HUNTS],
                 a->verdicts[AUDIT_UNCLEAR], a->verdicts[AUDIT_MALWARE],
                 (unsigned long long)a->documents);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(why, ERR_SYSTEM, "the results could not be written");
    return ERR_NONE;
}

static enum err run(struct audit *a, struct why *why)
{
    a->arena = arena_new(0);
    if (!a->arena)
        return fail(why, ERR_NOMEM, "audit");
    TRY(learn(a, why));
    TRY(experiment(a, why));
    return show(a, why);
}

int cmd_rules_audit(int argc, char **argv)
{
    struct audit a = {.rules.image.fd = -1, .built.image_fd = -1};
    struct why why = {0};
    enum err err = read_options(&a, argc, argv, &why);
    if (err == ERR_NONE && a.help)
        (void)fputs(help, stdout);
    else if (err == ERR_NONE)
        err = run(&a, &why);
    pool_close(a.pool);
    if (a.built.image_fd >= 0)
        (void)close(a.built.image_fd);
    command_rules_done(&a.rules);
    settings_done(&a.settings);
    arena_free(a.arena);
    if (err != ERR_NONE)
        return command_fail(&why);
    return a.verdicts[AUDIT_HUNTS] ? EXIT_FOUND : EXIT_CLEAN;
}
