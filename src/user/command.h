/* The commands of candor(1). */
#ifndef CANDOR_COMMAND_H
#define CANDOR_COMMAND_H

#include "common/err.h"
#include "open/image_cache.h"
#include "user/rules_about.h"
#include "user/settings.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
    const char *summary;
};

enum { EXIT_CLEAN = 0, EXIT_FOUND = 1, EXIT_FAILED = 2, EXIT_GAPS = 3 };

int cmd_scan(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_clamscan(int argc, char **argv);
int cmd_yara(int argc, char **argv);
int cmd_yarac(int argc, char **argv);
int cmd_rules_test(int argc, char **argv);
int cmd_sources(int argc, char **argv);
int cmd_rules_rollback(int argc, char **argv);
int cmd_update(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_ledger(int argc, char **argv);
int cmd_rules_audit(int argc, char **argv);
int cmd_rules_list(int argc, char **argv); /* argv[0]: list, stats, show or slow */

/* Prints `candor: text` and returns EXIT_FAILED. */
int command_fail(const struct why *why);
/* The same for a flag or command that is to come. */
int command_to_come(const char *what);

/* Rules for a command: the settings' or, without any, the active set or the built-in ones. */
struct ruleset_choice {
    struct sources *sources; /* NULL when an image was given */
    struct image image;
    char name[512]; /* for the summary */
    char jail_path[4096];
    char folder[4200]; /* where images are kept; "" for nowhere */
    struct rules_about about;
};
/* Gathers and, where needed, compiles. Diagnostics go to standard error. Release with
 * command_rules_done. */
enum err command_rules(struct settings *s, struct ruleset_choice *out, struct why *why);
/* Gathers sources only: jail path, folder, sources. */
enum err command_sources(struct settings *s, struct ruleset_choice *out, struct why *why);
struct build_options command_build_options(struct settings *s, struct ruleset_choice *c);
/* Empty values for the external variables that rules for other scanners ask for. */
enum err command_externals(struct settings *s, struct why *why);
void command_rules_done(struct ruleset_choice *c);

#endif
