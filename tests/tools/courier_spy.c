/* Preloaded into candor-courier. Where libcurl would fetch, it tries what the courier must not be able to do and says on
 * standard output what happened: "name: refused" or "name: DONE". Harmless where it succeeds. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void say(const char *name, long rc)
{
    (void)printf("%s: %s\n", name, rc < 0 ? "refused" : "DONE");
}

static void try_files(void)
{
    const char *outside = getenv("SPY_FILE"); /* one that exists */
    static char path[4096];
    say("open /etc/passwd", open("/etc/passwd", O_RDONLY));
    say("open a file of its owner", open(outside, O_RDONLY));
    say("list /", open("/", O_RDONLY | O_DIRECTORY) < 0 ? -1 : 0);
    (void)snprintf(path, sizeof path, "%s.new", outside);
    say("make a file outside", open(path, O_CREAT | O_WRONLY, 0600));
    say("open /proc/self/environ", open("/proc/self/environ", O_RDONLY));
    say("truncate outside", syscall(SYS_truncate, outside, 0L));
    say("rename outside", syscall(SYS_rename, outside, path));
    say("link outside", syscall(SYS_link, outside, path));
    say("xattr outside", syscall(SYS_setxattr, outside, "user.spy", "x", 1L, 0L));
    say("chmod outside", syscall(SYS_fchmodat, AT_FDCWD, outside, 0777));
    say("open by handle", syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0));
}

static void try_processes(void)
{
    char *const none[] = {NULL};
    say("exec", syscall(SYS_execve, "/bin/true", none, none));
    say("execveat", syscall(SYS_execveat, AT_FDCWD, "/bin/true", none, none, 0L));
    say("fork", syscall(SYS_fork));
    say("vfork by clone", syscall(SYS_clone, CLONE_VFORK | 17L, 0L, 0L, 0L, 0L));
    say("clone3", syscall(SYS_clone3, NULL, 0L));
    say("ptrace", syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0L, 0L));
    say("read another's memory", syscall(SYS_process_vm_readv, getppid(), NULL, 0L, NULL, 0L, 0L));
    say("signal the parent", syscall(SYS_kill, getppid(), 0));
    say("executable memory", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("bpf", syscall(SYS_bpf, 0L, NULL, 0L));
    say("io_uring", syscall(425L, 1L, NULL));
    say("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
    say("mount", syscall(SYS_mount, "none", "/", "tmpfs", 0L, NULL));
    say("memfd", syscall(SYS_memfd_create, "x", 0L));
}

static void try_sockets(void)
{
    int pair[2];
    struct sockaddr_in here = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say("unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
    say("pair of datagram sockets", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    say("packet socket", socket(AF_PACKET, SOCK_RAW, 0));
    say("raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    say("MPTCP", socket(AF_INET, SOCK_STREAM, 262) < 0 ? -1 : 0);
    say("netlink for firewalls", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
    say("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
    say("listen", bind(fd, (struct sockaddr *)&here, sizeof here) == 0 ? listen(fd, 1) : -1);
    say("accept", syscall(SYS_accept4, fd, NULL, NULL, 0L));
    /* and what it must be able to do */
    say("CONTROL internet socket", fd);
}

int curl_easy_perform(void *handle);
int curl_easy_perform(void *handle)
{
    (void)handle;
    try_files();
    try_processes();
    try_sockets();
    (void)fflush(stdout);
    return 7; /* CURLE_COULDNT_CONNECT */
}
