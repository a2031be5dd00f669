/* candor rules audit: says which rules hunt documents, and the words they want. */
#include "common/text.h"
#include "user/audit_run.h"
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

struct audit {
    struct settings settings;
    struct ruleset_choice rules;
    struct audit_run run;
    uint32_t verdicts[AUDIT_VERDICTS];
    bool json, all, help;
};

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
        return read_number(&a->run.wanted, why);
    case 's':
        return read_number(&a->run.seed, why);
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
    a->run.wanted = AUDIT_DOCUMENTS;
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "r:I:d:h", flags, NULL)) != -1;)
        TRY(read_flag(a, flag, why));
    for (int i = optind; i < argc; i++)
        TRY(settings_add(a->settings.rules, &a->settings.rule_count, argv[i], why));
    return ERR_NONE;
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
    audit_run_words(b, row, true);
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
    audit_run_words(b, row, false);
    if (b->len == start)
        b->len = at;
    else
        buf_byte(b, '\n');
}

static enum err show(struct audit *a, struct why *why)
{
    for (uint32_t i = 0; i < a->run.count; i++) {
        const struct audit_of_rule *row = &a->run.rows[i];
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
                 (unsigned long long)a->run.documents);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(why, ERR_SYSTEM, "the results could not be written");
    return ERR_NONE;
}

/* A rule that does not compile is no rule. */
static enum err run(struct audit *a, struct why *why)
{
    a->settings.keep_going = true;
    TRY(command_sources(&a->settings, &a->rules, why));
    TRY(audit_run(&a->run, a->rules.sources, command_build_options(&a->settings, &a->rules), why));
    return show(a, why);
}

int cmd_rules_audit(int argc, char **argv)
{
    struct audit a = {.rules.image.fd = -1};
    struct why why = {0};
    enum err err = read_options(&a, argc, argv, &why);
    if (err == ERR_NONE && a.help)
        (void)fputs(help, stdout);
    else if (err == ERR_NONE)
        err = run(&a, &why);
    audit_run_done(&a.run);
    command_rules_done(&a.rules);
    settings_done(&a.settings);
    if (err != ERR_NONE)
        return command_fail(&why);
    return a.verdicts[AUDIT_HUNTS] ? EXIT_FOUND : EXIT_CLEAN;
}
