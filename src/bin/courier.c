/* candor-courier: the one program of Candor that talks to the internet. Opens its inbox, gives up
 * everything but that and the network, then fetches. */
#include "edge/mirror.h"
#include "sandbox/confine.h"

#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef CANDOR_SYSCONF
#define CANDOR_SYSCONF "/etc"
#endif

enum { EXIT_FAILED = 2 };

static const char help[] =
    "usage: candor-courier [--config FILE] [--inbox FOLDER] [--mirror URL|FOLDER]... [--file "
    "NAME]...\n"
    "                      [--proxy URL] [--max-bytes SIZE]\n\n"
    "Fetches files whole from a mirror into the inbox, for `candor update` to examine. Can read\n"
    "and write nothing else. See candor-courier(8).\n";

static enum err read_options(struct courier_options *o, int argc, char **argv, struct why *why)
{
    static const char standard[] = CANDOR_SYSCONF "/candor/courier.conf";
    const char *config = NULL;
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--config") == 0)
            config = argv[i + 1];
    struct stat st;
    if (config || (argc == 1 && stat(standard, &st) == 0))
        TRY(courier_options_read(o, config ? config : standard, why));
    for (int i = 1; i < argc; i += 2) {
        struct span word = span_text(argv[i]);
        if (!span_starts(word, SPAN_OF("--")) || i + 1 == argc)
            return fail(why, ERR_USAGE, "%s: unknown, or its value is missing; see --help",
                        argv[i]);
        if (strcmp(argv[i], "--config") != 0)
            TRY(courier_options_set(o, span_cut(word, 2, SIZE_MAX), span_text(argv[i + 1]), why));
    }
    return courier_options_check(o, why);
}

/* What getaddrinfo reads whenever it is asked. The libraries for it are loaded by looking up a name
 * that needs no network. */
static const char *const lookup_files[] = {
    "/etc/resolv.conf", "/etc/hosts",     "/etc/nsswitch.conf",
    "/etc/gai.conf",    "/etc/host.conf", "/etc/services",
};
enum { LOOKUP_FILES = sizeof lookup_files / sizeof lookup_files[0] };

static void warm_lookup(void)
{
    struct addrinfo *found = NULL;
    if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
        freeaddrinfo(found);
}

static enum err confine(const struct courier_options *o, struct why *why)
{
    struct landlock_place places[1 + LOOKUP_FILES + COURIER_LIST_MAX] = {
        {.path = o->inbox, .may_write = true}};
    unsigned count = 1;
    for (unsigned i = 0; i < LOOKUP_FILES; i++)
        places[count++].path = lookup_files[i];
    for (unsigned i = 0; i < o->mirror_count; i++)
        if (mirror_folder(o->mirrors[i]))
            places[count++].path = mirror_folder(o->mirrors[i]);
    warm_lookup();
    return confine_courier(places, count, why);
}

static enum err run(const struct courier_options *o, struct why *why)
{
    struct mirror *courier = NULL;
    struct inbox inbox = {.dir = -1};
    TRY(confine_descriptors(why));
    TRY(inbox_open(&inbox, o->inbox, why));
    TRY(mirror_open(&courier, o, why));
    enum err err = confine(o, why);
    for (unsigned i = 0; err == ERR_NONE && i < o->file_count; i++) {
        err = mirror_fetch(courier, &inbox, o->files[i], why);
        if (err == ERR_NONE)
            (void)printf("%s: in the inbox\n", o->files[i]);
    }
    mirror_close(courier);
    inbox_close(&inbox);
    return err;
}

int main(int argc, char **argv)
{
    static struct courier_options options;
    struct why why = {0};
    bool asks = argc == 2;
    if (asks && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0;
    if (asks && strcmp(argv[1], "--version") == 0)
        return printf("candor-courier %s\n", CANDOR_VERSION) < 0;
    (void)signal(SIGPIPE, SIG_IGN);
    courier_options_init(&options);
    if (read_options(&options, argc, argv, &why) == ERR_NONE && run(&options, &why) == ERR_NONE)
        return 0;
    (void)fprintf(stderr, "candor-courier: %s\n", why.text[0] ? why.text : err_name(why.code));
    return EXIT_FAILED;
}
