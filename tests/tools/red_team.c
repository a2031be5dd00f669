/* The driver: starts cages, has the twin try every act in each, and says in TAP what happened.
 *
 *   candor-red-team [--without-filter | --without-limits] [--no-opener] [--acts] [--sweep]
 *                   [--measure] [--keeps-admin] [--cage NAME] [--jail TWIN] [DIR]
 *
 * DIR holds the twins (red-jail ...); without it they are beside this program. --acts lists every
 * act, --measure says how much leaks by time and size. Exit code 0: nothing was amiss. */
/* clang-format off */
#include "red_socket.h"
/* clang-format on */
#include "red_team.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct red_target target;
static int tcp_fd = -1, udp_fd = -1, abstract_fd = -1, unix_fd = -1, queue = -1;
static volatile sig_atomic_t signals;
static char canary[8] = "safe";
static char folder[64];
static const char content[] = "the owner's file\n";

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static uint16_t listen_on_loopback(int *fd, int type)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || bind(*fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        (type == SOCK_STREAM && listen(*fd, 8) != 0) ||
        getsockname(*fd, (struct sockaddr *)&at, &len) != 0)
        return 0;
    return ntohs(at.sin_port);
}

static int listen_unix(const char *name, bool is_abstract)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(at.sun_path + is_abstract, name, len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 || listen(fd, 8) != 0)
        return -1;
    (void)chmod(name, 0777);
    return fd;
}

/* Everything the acts are aimed at. */
static bool set_up_targets(void)
{
    static const int numbers[] = {SIGUSR1, SIGUSR2, SIGIO, SIGALRM, SIGHUP, SIGURG};
    (void)snprintf(folder, sizeof folder, "%s/red.XXXXXX",
                   getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
        return false;
    (void)snprintf(target.file, sizeof target.file, "%s/file", folder);
    (void)snprintf(target.unix_path, sizeof target.unix_path, "%s/sock", folder);
    (void)snprintf(target.abstract, sizeof target.abstract, "red-%d", (int)getpid());
    int fd = open(target.file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, content, sizeof content - 1) != (ssize_t)sizeof content - 1 ||
        fchmod(fd, 0666) != 0)
        return false;
    (void)close(fd);
    target.tcp_port = listen_on_loopback(&tcp_fd, SOCK_STREAM);
    target.udp_port = listen_on_loopback(&udp_fd, SOCK_DGRAM);
    abstract_fd = listen_unix(target.abstract, true);
    unix_fd = listen_unix(target.unix_path, false);
    target.pid = getpid();
    target.canary = (uint64_t)(uintptr_t)canary;
    target.queue_key = 0x52454400 + (getpid() & 0xff);
    queue = msgget(target.queue_key, IPC_CREAT | 0666);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)signal(numbers[i], on_signal);
    return true;
}

static bool file_is_whole(void)
{
    char now[64] = {0};
    struct stat st;
    int fd = open(target.file, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, now, sizeof now - 1) : -1;
    bool ok = n == (ssize_t)sizeof content - 1 && memcmp(now, content, sizeof content) == 0 &&
              fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0666;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static unsigned said, wrong;

void red_say(bool ok, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)printf(ok ? "ok - " : "not ok - ");
    (void)vprintf(format, args);
    (void)printf("\n");
    (void)fflush(stdout);
    va_end(args);
    said++;
    wrong += !ok;
}

/* Nothing arrived, nothing changed. */
static void check_harm(void)
{
    char byte;
    struct stat st;
    red_say(accept(tcp_fd, NULL, NULL) < 0, "the driver's tcp socket heard nothing");
    red_say(recv(udp_fd, &byte, 1, 0) < 0, "the driver's udp socket heard nothing");
    red_say(abstract_fd < 0 || accept(abstract_fd, NULL, NULL) < 0,
            "its abstract unix socket heard nothing");
    red_say(unix_fd < 0 || accept(unix_fd, NULL, NULL) < 0, "its unix socket heard nothing");
    red_say(signals == 0, "it got no signal (%d)", (int)signals);
    red_say(memcmp(canary, "safe", 5) == 0, "its memory is untouched");
    red_say(file_is_whole(), "its file is untouched");
    red_say(stat("/tmp/candor-red", &st) != 0, "nothing was created");
}

static void clean_up(void)
{
    (void)unlink(target.file);
    (void)unlink(target.unix_path);
    (void)rmdir(folder);
    if (queue >= 0)
        (void)msgctl(queue, IPC_RMID, NULL);
}

static bool own_folder(struct red_options *o)
{
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash = n > 0 ? strrchr(path, '/') : NULL;
    if (slash)
        *slash = 0;
    o->dir = path;
    return slash != NULL;
}

static bool read_options(struct red_options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--without-filter") == 0)
            o->bare = o->no_opener = true;
        else if (strcmp(argv[i], "--without-limits") == 0)
            o->bare = o->no_opener = o->no_limits = true;
        else if (strcmp(argv[i], "--no-opener") == 0)
            o->no_opener = true;
        else if (strcmp(argv[i], "--acts") == 0)
            o->list = true;
        else if (strcmp(argv[i], "--sweep") == 0)
            o->sweep = true;
        else if (strcmp(argv[i], "--keeps-admin") == 0)
            o->keeps_admin = true;
        else if (strcmp(argv[i], "--measure") == 0)
            o->measure = true;
        else if (strcmp(argv[i], "--cage") == 0 && i + 1 < argc)
            o->only = argv[++i];
        else if (strcmp(argv[i], "--jail") == 0 && i + 1 < argc)
            o->jail = argv[++i];
        else if (argv[i][0] != '-' && !o->dir)
            o->dir = argv[i];
        else
            return false;
    }
    if (!o->jail)
        o->jail = o->no_limits ? "red-jail-no-limits" : o->bare ? "red-jail-no-filter" : "red-jail";
    return o->dir != NULL || own_folder(o);
}

/* In a child, because after confine_opener the driver could not look at its own sockets. */
static int run_cages(const struct red_options *o)
{
    pid_t pid = fork();
    if (pid == 0) {
        red_cages(o, &target);
        (void)printf("# %u checks\n", said);
        (void)fflush(stdout);
        _exit(wrong ? 1 : 0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 1;
    if (!WIFEXITED(status))
        red_say(false, "the opener was ended by signal %d", WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    struct red_options o = {0};
    if (!read_options(&o, argc, argv)) {
        (void)fprintf(stderr, "usage: candor-red-team [--acts] [--sweep] [--measure] [DIR]\n");
        return 2;
    }
    bool up = set_up_targets();
    int code = 1;
    if (up)
        code = run_cages(&o);
    else
        red_say(false, "the targets could not be set up: %s", strerror(errno));
    if (up)
        check_harm();
    clean_up();
    (void)printf("# %s\n", code || wrong ? "SOMETHING GOT OUT" : "nothing got out");
    return code || wrong ? 1 : 0;
}
