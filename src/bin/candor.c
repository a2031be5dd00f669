/* candor: confines itself, then runs one command. From its first line on it cannot make a socket.
 */
#include "common/crypto.h"
#include "sandbox/confine.h"
#include "sandbox/spawn.h"
#include "user/command.h"

#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Never runs here: main starts candor-prove before anything is confined. */
static int cmd_prove(int argc, char **argv)
{
    (void)argc, (void)argv;
    return EXIT_FAILED;
}

static const struct command commands[] = {
    {"scan", cmd_scan, "look for malware in files and folders"},
    {"rules", cmd_rules, "compile, check and list rules"},
    {"sources", cmd_sources, "rule sources of your own"},
    {"yara", cmd_yara, "as yara(1)"},
    {"yarac", cmd_yarac, "as yarac(1)"},
    {"clamscan", cmd_clamscan, "as clamscan(1)"},
    {"update", cmd_update, "verify, try out and activate rules"},
    {"log", cmd_log, "the rule log"},
    {"ledger", cmd_ledger, "what was opened, found and sent"},
    {"prove", cmd_prove, "what each process can do"},
    {"guard", NULL, "on-access protection"},
    {"quarantine", NULL, "what was put away"},
    {"watch", NULL, "what another program reads and sends"},
    {"canary", NULL, "documents that tell"},
    {"purge", NULL, "remove a vendor's product"},
};

/* The rules are compiled and kept before prove starts its scan: it takes that scan's first jails in
 * hand, and they must not be the compiler's, which are gone a moment later. */
static void compile_first(char **argv)
{
    const char *rules = NULL;
    for (char **a = argv; *a; a++)
        if (strcmp(*a, "-r") == 0)
            rules = a[1];
    pid_t child = fork();
    if (child == 0) {
        (void)!freopen("/dev/null", "w", stdout);
        (void)!freopen("/dev/null", "w", stderr); /* prove's own scan says it again */
        (void)execl("/proc/self/exe", "candor", "scan", "--no-ledger", "--no-progress",
                    "/etc/hostname", rules ? "-r" : NULL, rules, NULL);
        _exit(EXIT_FAILED);
    }
    if (child > 0)
        (void)waitpid(child, NULL, 0);
}

/* `candor prove`; with --red-team, the program that tries every way out of a jail. */
static int become_prove(char **argv)
{
    char path[4096];
    bool is_red = argv[1] && strcmp(argv[1], "--red-team") == 0;
    const char *name = is_red ? "red-team/candor-red-team" : "candor-prove";
    if (!spawn_find(name, path, sizeof path)) {
        (void)fprintf(stderr, "candor: %s is not installed (neither beside candor nor in %s)\n",
                      name, CANDOR_LIBEXEC);
        return EXIT_FAILED;
    }
    if (is_red)
        (void)execl(path, name, "--sweep", "--measure", NULL);
    compile_first(argv + 1);
    (void)execv(path, argv);
    (void)fprintf(stderr, "candor: cannot start %s\n", path);
    return EXIT_FAILED;
}

static void usage(FILE *out)
{
    (void)fprintf(out, "usage: candor [--config FILE] COMMAND [options]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (commands[i].run)
            (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(out, "\n  candor COMMAND --help says more; candor --version\n\nstill to come:");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (!commands[i].run)
            (void)fprintf(out, " %s", commands[i].name);
    (void)fputc('\n', out);
}

int main(int argc, char **argv)
{
    struct why why = {0};
    if (argc > 2 && strcmp(argv[1], "--config") == 0) {
        settings_use(argv[2]);
        argv += 2;
        argc -= 2;
    }
    /* A filtered tracer may not read other processes' filters, so this one is started unconfined;
     * it shares no code with what it looks at. */
    if (argc > 1 && strcmp(argv[1], "prove") == 0)
        return become_prove(argv + 1);
    bool is_yara = argc > 1 && strcmp(argv[1], "yara") == 0; /* it scans processes, too */
    if (confine_opener(is_yara, &why) != ERR_NONE || crypto_warm(&why) != ERR_NONE)
        return command_fail(&why);
    (void)mallopt(M_TRIM_THRESHOLD, 16 << 20); /* a report's memory serves the next report */
    (void)signal(SIGPIPE, SIG_IGN);            /* a dead zygote is an error to name, not an end */
    (void)signal(SIGXFSZ, SIG_IGN);            /* so is a limit on the size of files */
    (void)signal(SIGCHLD, SIG_DFL);            /* an ignored one hides how a zygote ended */
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_FAILED : EXIT_CLEAN;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("candor %s\n", CANDOR_VERSION);
        return EXIT_CLEAN;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run ? commands[i].run(argc - 1, argv + 1)
                                   : command_to_come(commands[i].name);
    (void)fprintf(stderr, "candor: no command \"%s\"; see candor --help\n", argv[1]);
    return EXIT_FAILED;
}
