/* yara's options. What Candor cannot do is refused by name, what makes no difference to what is
 * found (a table of atoms, a stack's size) is taken and said in candor-yara(1). */
#include "user/yara_options.h"

#include "common/limits.h"
#include "user/yara_given.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_MOST = 32 };

static const char usage[] =
    "Usage: candor yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE | DIR | PID";

static int read_args(struct yara_options *o, int argc, char **argv, bool help)
{
    const struct yara_arg table[] = {
        {0, "atom-quality-table", YARA_TEXT, &o->atom_table, "FILE",
         "read and not used: other anchors are chosen"},
        {'C', "compiled-rules", YARA_FLAG, &o->compiled, NULL, "rules made by candor yarac"},
        {'c', "count", YARA_FLAG, &o->count_only, NULL, "print only number of matches"},
        {'E', "strict-escape", YARA_FLAG, &o->strict_escape, NULL,
         "warn of escapes that mean nothing"},
        {'d', "define", YARA_TEXTS, &o->defines, "VAR=VALUE", "define external variable"},
        {'q', "disable-console-logs", YARA_FLAG, &o->no_console, NULL,
         "print nothing that rules log"},
        {0, "fail-on-warnings", YARA_FLAG, &o->fail_on_warnings, NULL, "warnings are errors"},
        {'f', "fast-scan", YARA_FLAG, &o->fast, NULL, "first match of a string only"},
        {'h', "help", YARA_FLAG, &o->help, NULL, "show this help and exit"},
        {'i', "identifier", YARA_TEXTS, &o->identifiers, "IDENTIFIER",
         "print only rules of this name"},
        {0, "max-process-memory-chunk", YARA_NUMBER, &o->memory_chunk, "NUMBER",
         "read and not used: regions are matched whole"},
        {'l', "max-rules", YARA_NUMBER, &o->limit, "NUMBER", "stop when NUMBER rules matched"},
        {0, "max-strings-per-rule", YARA_NUMBER, &o->max_strings, "NUMBER",
         "refuse rules with more strings (default 10000)"},
        {'x', "module-data", YARA_TEXTS, &o->module_files, "MODULE=FILE",
         "give a module a file: a report of Cuckoo to cuckoo"},
        {'n', "negate", YARA_FLAG, &o->negate, NULL, "print only rules that are not satisfied"},
        {'N', "no-follow-symlinks", YARA_FLAG, &o->follow_links, NULL, "do not follow links"},
        {'w', "no-warnings", YARA_FLAG, &o->no_warnings, NULL, "no warnings"},
        {'m', "print-meta", YARA_FLAG, &o->meta, NULL, "print metadata"},
        {'D', "print-module-data", YARA_FLAG, &o->module_data, NULL,
         "print what modules say of a file"},
        {'M', "module-names", YARA_FLAG, &o->module_names, NULL, "print names of modules and exit"},
        {'e', "print-namespace", YARA_FLAG, &o->space, NULL, "print namespaces"},
        {'S', "print-stats", YARA_FLAG, &o->stats, NULL, "refused: see candor rules stats"},
        {'s', "print-strings", YARA_FLAG, &o->strings, NULL, "print matching strings"},
        {'L', "print-string-length", YARA_FLAG, &o->lengths, NULL, "print lengths of matches"},
        {'X', "print-xor-key", YARA_FLAG, &o->xor_key, NULL, "print key and text of xor strings"},
        {'g', "print-tags", YARA_FLAG, &o->show_tags, NULL, "print tags"},
        {'r', "recursive", YARA_FLAG, &o->recursive, NULL, "go into folders of folders"},
        {0, "scan-list", YARA_FLAG, &o->scan_list, NULL, "scan files listed in FILE, one a line"},
        {'z', "skip-larger", YARA_NUMBER, &o->skip_larger, "NUMBER",
         "pass by larger files of a folder"},
        {'k', "stack-size", YARA_NUMBER, &o->stack_size, "SLOTS",
         "read and not used: the stack has one size"},
        {'t', "tag", YARA_TEXTS, &o->tags, "TAG", "print only rules with this tag"},
        {'p', "threads", YARA_NUMBER, &o->threads, "NUMBER", "jails at work at once"},
        {'a', "timeout", YARA_NUMBER, &o->timeout_s, "SECONDS", "give up after SECONDS"},
        {'v', "version", YARA_FLAG, &o->version, NULL, "show version and exit"},
        {0, NULL, YARA_FLAG, NULL, NULL, NULL},
    };
    if (help)
        yara_args_help(table, 43);
    return help ? 0 : yara_args_read(table, argc, argv);
}

static int show_help(struct yara_options *o)
{
    (void)printf("Candor in the manner of YARA: rules matched in a jail.\n%s\n\nMandatory "
                 "arguments to long options are mandatory for short options too.\n\n",
                 usage);
    (void)read_args(o, 0, NULL, true);
    (void)puts("\nSee candor-yara(1).");
    return EXIT_CLEAN;
}

/* 1 when something is wrong, 2 for what Candor lacks, -1 when all is well. */
static int check(struct yara_options *o)
{
    if (o->threads > THREADS_MOST) {
        (void)fprintf(stderr, "maximum number of threads is %d\n", THREADS_MOST);
        return 1;
    }
    if (o->module_names)
        return -1;
    if (!o->target || o->rule_count == 0) {
        (void)fprintf(stderr,
                      "yara: wrong number of arguments\n%s\n\nTry `--help` for more options\n",
                      usage);
        return 1;
    }
    if (o->stats) {
        (void)fputs("candor: -S prints tables of yara's automaton, which Candor does not have; see "
                    "candor rules stats\n",
                    stderr);
        return EXIT_FAILED;
    }
    if (!yara_given_read(&o->module_files, &o->given))
        return 1;
    if (o->compiled && o->rule_count > 1) {
        (void)fputs("error: can't accept multiple rules files if one of them is in compiled "
                    "form.\n",
                    stderr);
        return 1;
    }
    if (o->atom_table && access(o->atom_table, R_OK) != 0) {
        (void)fputs("error loading atom quality table: could not open file\n", stderr);
        return 1;
    }
    return -1;
}

int yara_options_read(struct yara_options *o, int argc, char **argv)
{
    *o = (struct yara_options){.follow_links = true, .max_strings = 10000, .timeout_s = 1000000};
    buf_init(&o->given, LIMIT_MODULE_DATA_BYTES);
    int count = read_args(o, argc, argv, false);
    if (count < 0)
        return 1;
    if (o->version) {
        (void)printf("4.5 (candor %s)\n", CANDOR_VERSION);
        return EXIT_CLEAN;
    }
    if (o->help)
        return show_help(o);
    o->rules = argv + 1;
    o->rule_count = count > 0 ? count - 1 : 0;
    o->target = count > 0 ? argv[count] : NULL;
    return check(o);
}

struct yara_rules_options yara_options_rules(const struct yara_options *o)
{
    return (struct yara_rules_options){.defines = &o->defines,
                                       .no_warnings = o->no_warnings,
                                       .fail_on_warnings = o->fail_on_warnings,
                                       .strict_escape = o->strict_escape,
                                       .max_strings = o->max_strings};
}
