/* Flags of candor-scan(1). */
#include "user/scan_options.h"

#include "common/text.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "usage: candor scan [options] PATH...          ('-' reads standard input)\n"
    "\n"
    "  -r, --rules FILE|DIR|IMAGE  rules to use (repeatable); default: the active set\n"
    "  -I, --include DIR           where rule includes may also be found\n"
    "  -d, --define NAME=VALUE     an external variable of the rules\n"
    "      --json | --sarif        for programs; --json gives one object a line, then a summary\n"
    "      --quiet                 print nothing; the exit code tells\n"
    "      --all                   list clean files, too\n"
    "      --explain               why each finding and each gap\n"
    "      --accept KIND[,KIND]    gaps of these kinds do not make the exit code 3\n"
    "      --jobs N                jails at work at once (default: the cores)\n"
    "      --exclude GLOB          pass by what matches (repeatable)\n"
    "      --max-depth N           containers inside containers\n"
    "      --max-bytes SIZE        unpacked bytes of one file, such as 500M\n"
    "      --timeout SECONDS       for one file\n"
    "      --isolate               one file a jail\n"
    "      --cage=full             refuse to scan unless every layer of the cage stands\n"
    "      --detect-pua            ClamAV's signatures of unwanted applications, too\n"
    "      --allow-unsigned        rules from .cvd .cld .cud that are unsigned or altered, too\n"
    "      --cvd-certs DIR         whose .sign files beside .cvd are believed (certificates in "
    "PEM)\n"
    "      --exhaustive            evaluate every rule: no gate, no anchors\n"
    "      --ledger DIR            the ledger to write (default: the state folder's)\n"
    "      --no-ledger             record nothing, and say so in every report\n"
    "      --no-cache  --no-progress\n"
    "\n"
    "exit codes: 0 nothing found and everything looked at, 1 found, 2 Candor itself failed,\n"
    "            3 nothing found but there are gaps\n";

enum {
    OPT_JSON = 256,
    OPT_SARIF,
    OPT_QUIET,
    OPT_ALL,
    OPT_EXPLAIN,
    OPT_ACCEPT,
    OPT_JOBS,
    OPT_EXCLUDE,
    OPT_DEPTH,
    OPT_BYTES,
    OPT_TIMEOUT,
    OPT_NO_CACHE,
    OPT_NO_LEDGER,
    OPT_LEDGER,
    OPT_QUARANTINE,
    OPT_ISOLATE,
    OPT_CAGE,
    OPT_EXHAUSTIVE,
    OPT_NO_PROGRESS,
    OPT_YARA_X,
    OPT_PUA,
    OPT_UNSIGNED,
    OPT_CVD_CERTS,
    OPT_CPU
};

static const struct option flags[] = {
    {"rules", required_argument, NULL, 'r'},
    {"include", required_argument, NULL, 'I'},
    {"define", required_argument, NULL, 'd'},
    {"json", no_argument, NULL, OPT_JSON},
    {"sarif", no_argument, NULL, OPT_SARIF},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"all", no_argument, NULL, OPT_ALL},
    {"explain", no_argument, NULL, OPT_EXPLAIN},
    {"accept", required_argument, NULL, OPT_ACCEPT},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"exclude", required_argument, NULL, OPT_EXCLUDE},
    {"max-depth", required_argument, NULL, OPT_DEPTH},
    {"max-bytes", required_argument, NULL, OPT_BYTES},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"no-cache", no_argument, NULL, OPT_NO_CACHE},
    {"no-ledger", no_argument, NULL, OPT_NO_LEDGER},
    {"ledger", required_argument, NULL, OPT_LEDGER},
    {"quarantine", no_argument, NULL, OPT_QUARANTINE},
    {"isolate", no_argument, NULL, OPT_ISOLATE},
    {"cage", required_argument, NULL, OPT_CAGE},
    {"exhaustive", no_argument, NULL, OPT_EXHAUSTIVE},
    {"no-progress", no_argument, NULL, OPT_NO_PROGRESS},
    {"yara-x", no_argument, NULL, OPT_YARA_X},
    {"detect-pua", no_argument, NULL, OPT_PUA},
    {"allow-unsigned", no_argument, NULL, OPT_UNSIGNED},
    {"cvd-certs", required_argument, NULL, OPT_CVD_CERTS},
    {"cpu", required_argument, NULL, OPT_CPU}, /* for measuring: not in --help */
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static enum err number(const char *text, const char *flag, bool is_size, uint64_t least,
                       uint64_t *out, struct why *why)
{
    bool ok = is_size ? text_size(span_text(text), out) : text_u64(span_text(text), out);
    if (!ok || *out < least)
        return fail(why, ERR_USAGE, "%s wants a %s from %llu up, not \"%s\"", flag,
                    is_size ? "size" : "number", (unsigned long long)least, text);
    return ERR_NONE;
}

static enum err set_flag(struct settings *s, int flag, struct why *why)
{
    switch (flag) {
    case OPT_JSON:
        s->format = FORMAT_JSON;
        break;
    case OPT_SARIF:
        s->format = FORMAT_SARIF;
        break;
    case OPT_QUIET:
        s->quiet = true;
        break;
    case OPT_ALL:
        s->all = true;
        break;
    case OPT_EXPLAIN:
        s->explain = true;
        break;
    case OPT_ISOLATE:
        s->isolate = true;
        break;
    case OPT_EXHAUSTIVE:
        s->exhaustive = true;
        break;
    case OPT_NO_CACHE:
        s->no_cache = true;
        break;
    case OPT_NO_LEDGER:
        s->no_ledger = true;
        break;
    case OPT_NO_PROGRESS:
        s->no_progress = true;
        break;
    case OPT_YARA_X:
        s->yara_x = true;
        break;
    case OPT_PUA:
        s->pua = true;
        break;
    case OPT_UNSIGNED:
        s->allow_unsigned = true;
        break;
    case OPT_CVD_CERTS:
        s->certificates = optarg;
        break;
    case OPT_QUARANTINE:
        return fail(why, ERR_UNSUPPORTED, "--quarantine is still to come; nothing was done");
    default:
        return fail(why, ERR_USAGE, "see candor scan --help");
    }
    return ERR_NONE;
}

static enum err set_valued(struct settings *s, int flag, const char *value, struct why *why)
{
    switch (flag) {
    case 'r':
        return settings_add(s->rules, &s->rule_count, value, why);
    case 'I':
        return settings_add(s->includes, &s->include_count, value, why);
    case 'd':
        return settings_define(s, value, why);
    case OPT_ACCEPT:
        return settings_accept(s, value, why);
    case OPT_EXCLUDE:
        return settings_add(s->excludes, &s->exclude_count, value, why);
    case OPT_JOBS:
        return number(value, "--jobs", false, 1, &s->jobs, why);
    case OPT_DEPTH:
        return number(value, "--max-depth", false, 0, &s->depth, why);
    case OPT_BYTES:
        return number(value, "--max-bytes", true, 1, &s->max_bytes, why);
    case OPT_TIMEOUT:
        return number(value, "--timeout", false, 1, &s->timeout_s, why);
    case OPT_LEDGER:
        s->ledger = value;
        return ERR_NONE;
    case OPT_CAGE:
        s->cage_full = span_equal(span_text(value), SPAN_OF("full"));
        return s->cage_full ? ERR_NONE : fail(why, ERR_USAGE, "--cage wants \"full\"");
    case OPT_CPU:
        s->plain = span_equal(span_text(value), SPAN_OF("plain"));
        return s->plain ? ERR_NONE : fail(why, ERR_USAGE, "--cpu wants \"plain\"");
    default:
        return set_flag(s, flag, why);
    }
}

enum err scan_options_read(struct scan_options *o, int argc, char **argv, struct why *why)
{
    *o = (struct scan_options){0};
    TRY(settings_init(&o->settings, why));
    bool own_rules = false;
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "r:I:d:h", flags, NULL)) != -1;) {
        if (flag == 'h') {
            (void)fputs(help, stdout);
            o->done = true;
            return ERR_NONE;
        }
        if (flag == '?')
            return fail(why, ERR_USAGE, "see candor scan --help");
        if (flag == 'r' && !own_rules) { /* -r replaces what the configuration says */
            o->settings.rule_count = 0;
            own_rules = true;
        }
        TRY(set_valued(&o->settings, flag, optarg, why));
    }
    o->paths = argv + optind;
    o->path_count = argc - optind;
    if (o->path_count == 0)
        return fail(why, ERR_USAGE, "scan what? see candor scan --help");
    return ERR_NONE;
}
