/* Both ends of the keeper. What it reads besides rules: one byte, "again". */
#include "edge/keeper.h"

#include "open/pool.h"
#include "sandbox/confine.h"
#include "sandbox/handover.h"
#include "sandbox/letter.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void on_report(void *ctx, struct report *report)
{
    (void)ctx;
    report_free(report); /* none comes: no file is given to it */
}

/* A tried zygote over the image, or why there is none. */
static enum err make_zygote(const struct keeper_options *options, const struct keeper_rules *rules,
                            struct spawn **out, struct why *why)
{
    struct pool *pool = NULL;
    struct pool_options o = {.jail_path = rules->jail_path,
                             .image_fd = rules->image_fd,
                             .jobs = options->jobs,
                             .isolate = true,
                             .done = on_report,
                             .hands_over = true};
    TRY(pool_open(&pool, &o, why));
    enum err err = rules->is_new ? pool_check_image(pool, why) : ERR_NONE;
    if (err == ERR_NONE)
        err = pool_take_spawn(pool, out, why);
    pool_close(pool);
    return err;
}

static void stamp(struct keeper_note *note)
{
    time_t now = time(NULL);
    struct tm t;
    if (!localtime_r(&now, &t) ||
        strftime(note->date, sizeof note->date, "%a %b %e %H:%M:%S %Y", &t) == 0)
        note->date[0] = 0;
}

static enum err serve_once(const struct keeper_options *options, int fd, struct why *why)
{
    struct keeper_rules rules = {.image_fd = -1};
    struct keeper_note note = {0};
    struct spawn *zygote = NULL;
    struct why reason = {0};
    enum err err = options->load(options->ctx, &rules, &reason);
    if (err == ERR_NONE)
        err = make_zygote(options, &rules, &zygote, &reason);
    if (err != ERR_NONE)
        (void)snprintf(note.failure, sizeof note.failure, "%s",
                       reason.text[0] ? reason.text : err_name(err));
    memcpy(note.head, rules.head, sizeof note.head);
    note.rules = rules.count;
    stamp(&note);
    err = handover_send(fd, zygote, &note, sizeof note, why);
    handover_forget(zygote);
    options->unload(options->ctx, reason.code == ERR_IMAGE);
    return err;
}

static enum err serve(const struct keeper_options *options, int fd, struct why *why)
{
    for (;;) {
        TRY(serve_once(options, fd, why));
        char again;
        ssize_t n;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        do { /* zygotes that ended meanwhile are ours to reap */
            while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
            n = poll(&p, 1, 5000);
        } while (n == 0 || (n < 0 && errno == EINTR));
        if (read(fd, &again, 1) != 1)
            return ERR_NONE; /* the door has ended */
    }
}

static _Noreturn void be_keeper(const struct keeper_options *options, int fd)
{
    struct why why = {0};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    /* Whoever ends the door's whole group: the door decides when, and this ends with it. */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    enum err err = confine_keeper(&why);
    if (err == ERR_NONE)
        err = serve(options, fd, &why);
    if (err != ERR_NONE)
        (void)fprintf(stderr, "candor-door: keeper: %s\n", why.text);
    _exit(err == ERR_NONE ? 0 : 1);
}

enum err keeper_start(const struct keeper_options *options, const int *close_fds, unsigned count,
                      int *fd, struct why *why)
{
    int ends[2];
    TRY(letter_pair(ends, why));
    pid_t pid = fork();
    if (pid < 0)
        return fail_os(why, "fork");
    if (pid == 0) {
        for (unsigned i = 0; i < count; i++)
            (void)close(close_fds[i]);
        (void)close(ends[0]);
        be_keeper(options, ends[1]);
    }
    (void)close(ends[1]);
    *fd = ends[0];
    return ERR_NONE;
}

enum err keeper_ask(int fd, struct why *why)
{
    return write(fd, "r", 1) == 1 ? ERR_NONE : fail_os(why, "the keeper is gone");
}

enum err keeper_take(int fd, struct spawn **zygote, struct keeper_note *note, struct why *why)
{
    TRY(handover_receive(fd, zygote, note, sizeof *note, why));
    note->head[sizeof note->head - 1] = 0;
    note->date[sizeof note->date - 1] = 0;
    note->failure[sizeof note->failure - 1] = 0;
    return ERR_NONE;
}
