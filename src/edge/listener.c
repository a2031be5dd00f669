/* Making sockets. Runs before any client is there. */
#include "edge/listener.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, FIRST_FD = 3 };

void listener_init(struct listeners *l)
{
    *l = (struct listeners){.notify_fd = -1};
}

static enum err add(struct listeners *l, int fd, struct why *why)
{
    if (l->count == LISTENERS_MAX) {
        (void)close(fd);
        return fail(why, ERR_USAGE, "more than %d sockets", LISTENERS_MAX);
    }
    l->fds[l->count++] = fd;
    return ERR_NONE;
}

static bool unix_address(const char *path, struct sockaddr_un *a, socklen_t *len)
{
    size_t n = strlen(path);
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (n == 0 || n >= sizeof a->sun_path)
        return false;
    memcpy(a->sun_path, path, n);
    if (path[0] == '@')
        a->sun_path[0] = 0;
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] != '@'));
    return true;
}

static void find_notify(struct listeners *l)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un a;
    socklen_t len;
    if (!path || !unix_address(path, &a, &len))
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, len) == 0)
        l->notify_fd = fd;
    else if (fd >= 0)
        (void)close(fd);
}

static bool env_number(const char *name, uint64_t *out)
{
    const char *text = getenv(name);
    return text && text_u64(span_text(text), out);
}

enum err listener_inherit(struct listeners *l, struct why *why)
{
    uint64_t pid, count;
    find_notify(l);
    if (!env_number("LISTEN_PID", &pid) || !env_number("LISTEN_FDS", &count) ||
        pid != (uint64_t)getpid())
        return ERR_NONE;
    if (count > LISTENERS_MAX)
        return fail(why, ERR_USAGE, "more than %d sockets", LISTENERS_MAX);
    for (int fd = FIRST_FD; fd < FIRST_FD + (int)count; fd++) {
        int is_listening = 0;
        socklen_t len = sizeof is_listening;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) != 0 || !is_listening)
            return fail(why, ERR_USAGE, "descriptor %d is no listening socket", fd);
        int own = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD + LISTENERS_MAX);
        if (own < 0)
            return fail_os(why, "descriptor %d", fd);
        (void)close(fd);
        TRY(add(l, own, why));
    }
    return ERR_NONE;
}

/* Left by a door that has ended. */
static void remove_stale(const char *path, const struct sockaddr_un *a, socklen_t len)
{
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)a, len) != 0 && errno == ECONNREFUSED)
        (void)unlink(path);
    if (fd >= 0)
        (void)close(fd);
}

enum err listener_unix(struct listeners *l, const char *path, unsigned mode, struct why *why)
{
    struct sockaddr_un a;
    socklen_t len;
    if (path[0] != '/' || !unix_address(path, &a, &len))
        return fail(why, ERR_USAGE, "\"%s\" is no absolute path of at most 107 bytes", path);
    remove_stale(path, &a, len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t old = umask(0777 & ~mode);
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, BACKLOG) == 0;
    int saved = errno;
    (void)umask(old);
    if (ok)
        return add(l, fd, why);
    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return fail_os(why, "socket %s", path);
}

static bool tcp_address(const char *place, struct sockaddr_storage *a, socklen_t *len)
{
    struct span all = span_text(place);
    size_t colon = span_find_last(all, SPAN_OF(":"));
    uint64_t port;
    char host[64] = "";
    if (colon == SIZE_MAX || !text_u64(span_cut(all, colon + 1, SIZE_MAX), &port) || port == 0 ||
        port > 65535 || colon >= sizeof host)
        return false;
    memcpy(host, place, colon);
    *a = (struct sockaddr_storage){0};
    struct sockaddr_in *four = (struct sockaddr_in *)a;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)a;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        *len = sizeof *four;
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    if (strcmp(host, "[::1]") != 0)
        return false;
    six->sin6_family = AF_INET6;
    six->sin6_addr = in6addr_loopback;
    six->sin6_port = htons((uint16_t)port);
    *len = sizeof *six;
    return true;
}

enum err listener_tcp(struct listeners *l, const char *place, struct why *why)
{
    struct sockaddr_storage a;
    socklen_t len;
    int yes = 1;
    if (!tcp_address(place, &a, &len))
        return fail(why, ERR_USAGE,
                    "\"%s\": an address of loopback and a port, as 127.0.0.1:3310 or [::1]:3310",
                    place);
    int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, BACKLOG) == 0)
        return add(l, fd, why);
    int saved = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return fail_os(why, "socket %s", place);
}

void listener_ready(struct listeners *l)
{
    static const char word[] = "READY=1";
    if (l->notify_fd < 0)
        return;
    ssize_t n = write(l->notify_fd, word, sizeof word - 1);
    (void)n; /* systemd gone: then nobody waits */
    (void)close(l->notify_fd);
    l->notify_fd = -1;
}

void listener_close(struct listeners *l)
{
    for (unsigned i = 0; i < l->count; i++)
        (void)close(l->fds[i]);
    l->count = 0;
}
