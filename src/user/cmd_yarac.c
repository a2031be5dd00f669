/* candor yarac: yarac(1)'s command line. What it writes is Candor's image, for `candor yara -C` and
 * `candor scan -r`; it is not YARA's format. */
#include "user/yara_rules.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
    struct yara_texts defines;
    const char *atom_table;
    bool fail_on_warnings, help, strict_escape, no_warnings, version;
    int64_t max_strings;
};

static const char usage[] =
    "Usage: candor yarac [OPTION]... [NAMESPACE:]SOURCE_FILE... OUTPUT_FILE";

static int read_args(struct options *o, int argc, char **argv, bool help)
{
    const struct yara_arg table[] = {
        {0, "atom-quality-table", YARA_TEXT, &o->atom_table, "FILE",
         "read and not used: other anchors are chosen"},
        {'d', "define", YARA_TEXTS, &o->defines, "VAR=VALUE", "define external variable"},
        {0, "fail-on-warnings", YARA_FLAG, &o->fail_on_warnings, NULL, "warnings are errors"},
        {'h', "help", YARA_FLAG, &o->help, NULL, "show this help and exit"},
        {'E', "strict-escape", YARA_FLAG, &o->strict_escape, NULL,
         "warn of escapes that mean nothing"},
        {0, "max-strings-per-rule", YARA_NUMBER, &o->max_strings, "NUMBER",
         "refuse rules with more strings (default 10000)"},
        {'w', "no-warnings", YARA_FLAG, &o->no_warnings, NULL, "no warnings"},
        {'v', "version", YARA_FLAG, &o->version, NULL, "show version and exit"},
        {0, NULL, YARA_FLAG, NULL, NULL, NULL},
    };
    if (help)
        yara_args_help(table, 40);
    return help ? 0 : yara_args_read(table, argc, argv);
}

static enum err compile(const struct options *o, char **files, int count, struct why *why)
{
    struct ruleset_choice c = {.image.fd = -1};
    struct yara_rules_options r = {.defines = &o->defines,
                                   .no_warnings = o->no_warnings,
                                   .fail_on_warnings = o->fail_on_warnings,
                                   .strict_escape = o->strict_escape,
                                   .max_strings = o->max_strings};
    enum err err = yara_rules_compile(&r, files, count - 1, &c, why);
    if (err == ERR_NONE)
        err = yara_rules_check_counts(&r, &c, why);
    if (err == ERR_NONE)
        err = image_write(c.image.fd, c.image.len, files[count - 1], why);
    command_rules_done(&c);
    return err;
}

int cmd_yarac(int argc, char **argv)
{
    struct options o = {.max_strings = 10000};
    struct why why = {0};
    int count = read_args(&o, argc, argv, false);
    if (count < 0)
        return EXIT_FAILURE;
    if (o.version) {
        (void)printf("4.5 (candor %s)\n", CANDOR_VERSION);
        return EXIT_SUCCESS;
    }
    if (o.help) {
        (void)printf("%s\n\n", usage);
        (void)read_args(&o, 0, NULL, true);
        (void)puts("\nSee candor-yarac(1).");
        return EXIT_SUCCESS;
    }
    if (count < 2) {
        (void)fprintf(stderr,
                      "yarac: wrong number of arguments\n%s\n\nTry `--help` for more options\n",
                      usage);
        return EXIT_FAILURE;
    }
    if (compile(&o, argv + 1, count, &why) == ERR_NONE)
        return EXIT_SUCCESS;
    return why.code != ERR_NONE ? command_fail(&why) : EXIT_FAILURE;
}
