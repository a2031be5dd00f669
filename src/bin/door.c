/* candor-door: answers in clamd's protocol. Reads its configuration, makes its sockets, starts the
 * keeper, then gives up everything else and serves. */
#include "common/crypto.h"
#include "common/limits.h"
#include "edge/keeper.h"
#include "edge/loop.h"
#include "sandbox/confine.h"
#include "user/command.h"

#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct given {
    struct settings settings;
    struct ruleset_choice rules; /* of the load at hand, in the keeper */
    const char *config;
    int argc;
    char **argv;
};

static const char help[] =
    "usage: candor-door --foreground [--socket PATH] [--tcp 127.0.0.1:PORT] [-r RULES] [--config "
    "FILE]\n\n"
    "Serves clamd's protocol from jails. Sockets come from systemd, --socket, --tcp or\n"
    "candor.conf (door-socket, door-tcp). SIGHUP, SIGUSR2 or RELOAD load the rules again.\n"
    "See candor-door(8).\n";

/* --- what it is told --- */

static enum err read_option(struct given *g, int *i, struct why *why)
{
    const char *word = g->argv[*i];
    struct settings *s = &g->settings;
    if (strcmp(word, "--foreground") == 0)
        return ERR_NONE;
    if (*i + 1 >= g->argc)
        return fail(why, ERR_USAGE, "%s: unknown, or its value is missing; see --help", word);
    const char *value = g->argv[++*i];
    bool known = true;
    if (strcmp(word, "-r") == 0 || strcmp(word, "--rules") == 0)
        return settings_add(s->rules, &s->rule_count, value, why);
    if (strcmp(word, "--config") == 0)
        return ERR_NONE; /* read before the others */
    if (strcmp(word, "--socket") == 0)
        return door_settings_set(&s->door, SPAN_OF("socket"), span_text(value), &known, why);
    if (strcmp(word, "--tcp") == 0)
        return door_settings_set(&s->door, SPAN_OF("tcp"), span_text(value), &known, why);
    return fail(why, ERR_USAGE, "no option \"%s\"; see --help", word);
}

/* The command line's rules and sockets replace the file's. */
static void forget_replaced(struct given *g)
{
    for (int i = 1; i < g->argc; i++) {
        if (strcmp(g->argv[i], "-r") == 0 || strcmp(g->argv[i], "--rules") == 0)
            g->settings.rule_count = 0;
        if (strcmp(g->argv[i], "--socket") == 0 || strcmp(g->argv[i], "--tcp") == 0)
            g->settings.door.socket_count = g->settings.door.tcp_count = 0;
    }
}

static enum err read_all(struct given *g, struct why *why)
{
    for (int i = 1; i + 1 < g->argc; i++)
        if (strcmp(g->argv[i], "--config") == 0)
            g->config = g->argv[i + 1];
    if (g->config) {
        if (access(g->config, R_OK) != 0)
            return fail_os(why, "%s", g->config);
        TRY(settings_blank(&g->settings, why));
        TRY(settings_read(&g->settings, g->config, why));
    } else {
        TRY(settings_init(&g->settings, why));
    }
    forget_replaced(g);
    for (int i = 1; i < g->argc; i++)
        TRY(read_option(g, &i, why));
    return door_settings_check(&g->settings.door, why);
}

/* --- rules, in the keeper --- */

static enum err load(void *ctx, struct keeper_rules *out, struct why *why)
{
    struct given *g = ctx;
    TRY(command_rules(&g->settings, &g->rules, why));
    struct image *image = &g->rules.image;
    out->image_fd = image->fd;
    out->is_new = image->is_new;
    out->count = image->rules + image->hashes;
    memcpy(out->head, image->head, sizeof out->head);
    memcpy(out->jail_path, g->rules.jail_path, sizeof out->jail_path);
    return ERR_NONE;
}

static void unload(void *ctx, bool is_refused)
{
    struct given *g = ctx;
    if (is_refused && g->rules.sources) {
        struct build_options b = command_build_options(&g->settings, &g->rules);
        image_forget(g->rules.sources, &b, g->rules.folder);
    }
    command_rules_done(&g->rules);
}

/* --- starting --- */

static enum err make_sockets(const struct door_settings *d, struct listeners *l, struct why *why)
{
    TRY(listener_inherit(l, why));
    bool inherited = l->count > 0;
    for (unsigned i = 0; i < d->socket_count && !inherited; i++)
        TRY(listener_unix(l, d->sockets[i], (unsigned)d->mode, why));
    for (unsigned i = 0; i < d->tcp_count && !inherited; i++)
        TRY(listener_tcp(l, d->tcp[i], why));
    if (l->count == 0)
        return fail(why, ERR_USAGE, "no socket: give --socket PATH, or door-socket in candor.conf");
    return ERR_NONE;
}

/* Who the door becomes when it is root: the named user, else "candor", else nobody. */
static enum err find_user(const char *name, unsigned *uid, unsigned *gid, struct why *why)
{
    const struct passwd *p = getpwnam(name ? name : "candor");
    if (!p && name)
        return fail(why, ERR_USAGE, "no user \"%s\"", name);
    *uid = p ? p->pw_uid : 65534;
    *gid = p ? p->pw_gid : 65534;
    if (*uid == 0)
        return fail(why, ERR_USAGE, "the door does not serve as root: name another door-user");
    return ERR_NONE;
}

/* Descriptors for every client, and some to work with; fewer clients where there are fewer. */
static unsigned room_for(uint64_t connections)
{
    enum { OURS = 300 };
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return 64;
    r.rlim_cur = r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    (void)getrlimit(RLIMIT_NOFILE, &r);
    /* Two each: the socket, and unnamed memory or the file that was sent. */
    rlim_t most = r.rlim_cur > OURS + 8 ? (r.rlim_cur - OURS) / 2 : 4;
    return (unsigned)(connections < most ? connections : most);
}

static unsigned jails(const struct settings *s)
{
    cpu_set_t set;
    if (s->jobs)
        return (unsigned)(s->jobs < 32 ? s->jobs : 32);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) + 2 : 4;
}

static struct door_options options_of(const struct settings *s)
{
    const struct door_settings *d = &s->door;
    return (struct door_options){
        .gaps = (enum door_gaps)d->gaps,
        .accepted = s->accepted,
        .unofficial = d->unofficial,
        .stream_bytes = d->stream_bytes,
        .held_bytes = d->memory_bytes,
        .connections = room_for(d->connections),
        .in_flight = (unsigned)d->in_flight,
        .read_s = (unsigned)d->read_s,
        .command_s = (unsigned)d->command_s,
        .stream_s = (unsigned)d->stream_s,
        .scan_s = s->timeout_s,
        .total_bytes = s->max_bytes,
        .object_bytes = s->max_bytes && s->max_bytes < LIMIT_OBJECT_BYTES ? s->max_bytes : 0,
        .depth = s->depth,
        .owner = geteuid(),
    };
}

static enum err serve(struct given *g, struct why *why)
{
    struct listeners listeners;
    struct loop_have have = {.listeners = &listeners};
    struct keeper_options keeper = {.load = load, .unload = unload, .ctx = g};
    unsigned uid = 0, gid = 0;
    listener_init(&listeners);
    TRY(confine_descriptors(why));
    TRY(crypto_warm(why));
    TRY(read_all(g, why));
    TRY(find_user(g->settings.door.user, &uid, &gid, why));
    TRY(make_sockets(&g->settings.door, &listeners, why));
    struct door_options options = options_of(&g->settings);
    keeper.jobs = jails(&g->settings);
    TRY(keeper_start(&keeper, listeners.fds, listeners.count, &have.keeper_fd, why));
    TRY(loop_prepare(&have, why));
    TRY(confine_door(uid, gid, why));
    return loop_run(&options, &have, why);
}

int main(int argc, char **argv)
{
    static struct given g;
    struct why why = {0};
    g.argc = argc;
    g.argv = argv;
    g.rules.image.fd = -1;
    for (int i = 1; i < argc; i++) {
        bool version = strcmp(argv[i], "--version") == 0;
        if (version)
            (void)printf("candor-door %s\n", CANDOR_VERSION);
        else if (strcmp(argv[i], "--help") == 0)
            (void)fputs(help, stdout);
        else
            continue;
        return 0;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
    if (serve(&g, &why) == ERR_NONE)
        return 0;
    (void)fprintf(stderr, "candor-door: %s\n", why.text[0] ? why.text : err_name(why.code));
    return EXIT_FAILED;
}
