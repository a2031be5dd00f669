/* candor rules: build, check, list and what is still to come. */
#include "common/channel.h"
#include "common/text.h"
#include "open/build.h"
#include "user/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: candor rules build -r SOURCE... -o IMAGE   compile into one image\n"
    "       candor rules check [-r SOURCE...]          compile and say what is wrong\n"
    "       candor rules test [-r SOURCE...] [CASES]   scan the cases of rules; see test --help\n"
    "       candor rules audit [-r SOURCE...]          which rules hunt documents; see audit "
    "--help\n"
    "       candor rules list|stats|show|slow          what the rules are and cost; see list "
    "--help\n"
    "       candor rules rollback                      back to the set before the active one\n"
    "\n"
    "  -r, --rules FILE|DIR     sources (repeatable); default: the built-in rules\n"
    "  -o, --output IMAGE       where build writes\n"
    "  -I, --include DIR        where includes may also be found\n"
    "  -d, --define NAME=VALUE  an external variable\n"
    "      --keep-going         leave out rules that do not compile, each named\n"
    "      --yara-x             YARA-X's stricter refusals\n"
    "      --detect-pua         ClamAV's signatures of unwanted applications, too\n"
    "      --allow-unsigned     .cvd .cld .cud that are unsigned or altered, too\n"
    "      --cvd-certs DIR      whose .sign files beside .cvd are believed (certificates in PEM)\n";

struct rules_options {
    struct settings settings;
    const char *output;
    bool done;
};

static enum err read_options(struct rules_options *o, int argc, char **argv, struct why *why)
{
    static const struct option flags[] = {
        {"rules", required_argument, NULL, 'r'},
        {"output", required_argument, NULL, 'o'},
        {"include", required_argument, NULL, 'I'},
        {"define", required_argument, NULL, 'd'},
        {"keep-going", no_argument, NULL, 'k'},
        {"yara-x", no_argument, NULL, 'x'},
        {"detect-pua", no_argument, NULL, 'p'},
        {"allow-unsigned", no_argument, NULL, 'u'},
        {"cvd-certs", required_argument, NULL, 'C'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct settings *s = &o->settings;
    bool own_rules = false;
    TRY(settings_init(s, why));
    optind = 1;
    for (int flag; (flag = getopt_long(argc, argv, "r:o:I:d:h", flags, NULL)) != -1;) {
        enum err err = ERR_NONE;
        if (flag == 'r' && !own_rules) {
            s->rule_count = 0;
            own_rules = true;
        }
        if (flag == 'r')
            err = settings_add(s->rules, &s->rule_count, optarg, why);
        else if (flag == 'I')
            err = settings_add(s->includes, &s->include_count, optarg, why);
        else if (flag == 'd')
            err = settings_define(s, optarg, why);
        else if (flag == 'o')
            o->output = optarg;
        else if (flag == 'k')
            s->keep_going = true;
        else if (flag == 'x')
            s->yara_x = true;
        else if (flag == 'p')
            s->pua = true;
        else if (flag == 'u')
            s->allow_unsigned = true;
        else if (flag == 'C')
            s->certificates = optarg;
        else if (flag == 'h')
            o->done = fputs(help, stdout) >= 0;
        else
            err = fail(why, ERR_USAGE, "see candor rules --help");
        TRY(err);
    }
    for (int i = optind; i < argc; i++) /* `candor rules check a.yar b.yar` is what hands type */
        TRY(settings_add(s->rules, &s->rule_count, argv[i], why));
    return ERR_NONE;
}

static enum err compile(struct rules_options *o, struct ruleset_choice *c, struct build_result *r,
                        struct why *why)
{
    TRY(command_sources(&o->settings, c, why));
    struct build_options options = command_build_options(&o->settings, c);
    return build_run(c->sources, &options, r, why);
}

static void print_counts(const struct build_result *r)
{
    (void)printf("%u rules, %u strings, %" PRIu64 " hashes, %u left out, %u warnings\n", r->rules,
                 r->strings, r->hashes, r->errors, r->warnings);
}

static enum err run_build(struct rules_options *o, struct ruleset_choice *c, struct build_result *r,
                          struct why *why)
{
    if (!o->output)
        return fail(why, ERR_USAGE, "rules build wants -o IMAGE");
    TRY(compile(o, c, r, why));
    TRY(image_write(r->image_fd, r->image_len, o->output, why));
    print_counts(r);
    (void)printf("%s: %" PRIu64 " bytes\n", o->output, r->image_len);
    return ERR_NONE;
}

static enum err run_check(struct rules_options *o, struct ruleset_choice *c, struct build_result *r,
                          struct why *why)
{
    o->settings.keep_going = true; /* everything that is wrong, not only the first file's share */
    TRY(compile(o, c, r, why));
    print_counts(r);
    if (r->errors > 0)
        return fail(why, ERR_RULES, "%u rules do not compile", r->errors);
    return ERR_NONE;
}

static const struct {
    const char *name;
    enum err (*run)(struct rules_options *o, struct ruleset_choice *c, struct build_result *r,
                    struct why *why);
    int (*own)(int argc, char **argv); /* a verb with flags of its own */
} verbs[] = {
    {"build", run_build, NULL},     {"check", run_check, NULL},
    {"list", NULL, cmd_rules_list}, {"show", NULL, cmd_rules_list},
    {"slow", NULL, cmd_rules_list}, {"stats", NULL, cmd_rules_list},
    {"tune", NULL, NULL},           {"audit", NULL, cmd_rules_audit},
    {"test", NULL, cmd_rules_test}, {"rollback", NULL, cmd_rules_rollback},
};

static int run_verb(size_t verb, int argc, char **argv)
{
    struct rules_options o = {0};
    struct ruleset_choice c = {.image.fd = -1};
    struct build_result r = {.image_fd = -1};
    struct why why = {0};
    enum err err = read_options(&o, argc, argv, &why);
    if (err == ERR_NONE && !o.done)
        err = verbs[verb].run(&o, &c, &r, &why);
    if (r.image_fd >= 0)
        (void)close(r.image_fd);
    command_rules_done(&c);
    settings_done(&o.settings);
    return err == ERR_NONE ? EXIT_CLEAN : command_fail(&why);
}

int cmd_rules(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        (void)fputs(help, argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_FAILED : EXIT_CLEAN;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(argv[1], verbs[i].name) != 0)
            continue;
        if (verbs[i].run)
            return run_verb(i, argc - 1, argv + 1);
        if (verbs[i].own)
            return verbs[i].own(argc - 1, argv + 1);
        char what[64];
        (void)snprintf(what, sizeof what, "rules %s", argv[1]);
        return command_to_come(what);
    }
    (void)fprintf(stderr, "candor: rules has no \"%s\"; see candor rules --help\n", argv[1]);
    return EXIT_FAILED;
}
