/* candor-prove: what can each of Candor's processes do? Asks the kernel, not Candor: /proc, and the
 * kernel's own copy of each seccomp filter (PTRACE_SECCOMP_GET_FILTER, ptrace(2)), decided over all
 * call numbers and architectures. It shares no code with the rest and is one file, so that it can
 * be read in one sitting. Starts a scan of its own to have something to look at. Exit: 0 as
 * promised, 1 not as promised, 2 it could not work, 3 it could not see everything (needs root). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif
enum { CALLS = 1024, FILTERS_MAX = 8, PROCESSES_MAX = 256, X32 = 0x40000000, STEPS_MAX = 200000 };

enum role { ROLE_OPENER, ROLE_ZYGOTE, ROLE_JAIL, ROLE_DOOR, ROLE_KEEPER, ROLE_OTHER };
static const char *const role_names[] = {"opener", "zygote", "jail",
                                         "door",   "keeper", "unknown program"};

struct filter {
    struct sock_filter code[BPF_MAXINSNS];
    unsigned len;
};
static struct filter filters[FILTERS_MAX]; /* of the process at hand */
static unsigned filter_count;

struct process {
    pid_t pid, parent;
    const char *program;
    enum role role;
};
static struct process processes[PROCESSES_MAX];
static unsigned process_count;

static bool as_json, is_root;
static const char *rules;      /* -r, for the scan of its own */
static unsigned wrong, unseen; /* of all processes */

/* --- deciding a filter: classic BPF over struct seccomp_data; jumps go forward only --- */

static bool compare(uint16_t op, uint32_t a, uint32_t k)
{
    return op == BPF_JEQ ? a == k : op == BPF_JGT ? a > k : op == BPF_JGE ? a >= k : (a & k) != 0;
}

static uint32_t arithmetic(uint16_t op, uint32_t a, uint32_t k)
{
    return op == BPF_AND   ? a & k
           : op == BPF_OR  ? a | k
           : op == BPF_ADD ? a + k
           : op == BPF_SUB ? a - k
           : op == BPF_RSH ? a >> (k & 31)
           : op == BPF_LSH ? a << (k & 31)
                           : a ^ k;
}

static bool lets_pass(uint32_t action)
{
    uint32_t a = action & SECCOMP_RET_ACTION_FULL;
    return a == SECCOMP_RET_ALLOW || a == SECCOMP_RET_LOG || a == SECCOMP_RET_TRACE ||
           a == 0x7fc00000 /* USER_NOTIF */;
}

/* One question to one filter. With `known` false the arguments may be anything: both ways of a
 * comparison of them are tried, and the answer is whether any way lets the call pass. What it
 * cannot follow (memory words, too many steps) counts as passing. */
struct question {
    const struct filter *f;
    struct seccomp_data data;
    bool known;
    unsigned steps;
};

static bool may_pass(struct question *q, unsigned pc, uint32_t a, bool a_known)
{
    for (; pc < q->f->len; pc++) {
        const struct sock_filter *i = &q->f->code[pc];
        if (++q->steps > STEPS_MAX)
            return true;
        switch (BPF_CLASS(i->code)) {
        case BPF_LD:
            if (BPF_MODE(i->code) != BPF_ABS || i->k > sizeof q->data - 4)
                return true;
            memcpy(&a, (const char *)&q->data + i->k, 4);
            a_known = q->known || i->k < offsetof(struct seccomp_data, instruction_pointer);
            break;
        case BPF_ALU:
            if (BPF_SRC(i->code) != BPF_K)
                return true;
            a = arithmetic(BPF_OP(i->code), a, i->k);
            break;
        case BPF_JMP:
            if (BPF_OP(i->code) == BPF_JA) {
                pc += i->k;
            } else if (a_known) {
                pc += compare(BPF_OP(i->code), a, i->k) ? i->jt : i->jf;
            } else {
                if (may_pass(q, pc + 1 + i->jt, a, a_known))
                    return true;
                pc += i->jf;
            }
            break;
        case BPF_RET:
            return BPF_RVAL(i->code) == BPF_A || lets_pass(i->k);
        default:
            return true;
        }
    }
    return true;
}

static bool passes_one(unsigned i, uint32_t arch, uint32_t nr, const uint64_t *args)
{
    struct question q = {
        .f = &filters[i], .data = {.nr = (int)nr, .arch = arch}, .known = args != NULL};
    if (args)
        memcpy(q.data.args, args, sizeof q.data.args);
    return may_pass(&q, 0, 0, true);
}

/* A call passes when every filter lets it pass. args NULL: whatever they are. */
static bool passes(uint32_t arch, uint32_t nr, const uint64_t *args)
{
    for (unsigned i = 0; i < filter_count; i++)
        if (!passes_one(i, arch, nr, args))
            return false;
    return true;
}

/* --- acts: what a person wants to know, as calls --- */

struct act {
    const char *words;
    uint32_t calls[16]; /* ends with 0; read(2) is not asked for */
    uint64_t args[6];
    bool has_args;
    unsigned forbidden; /* bit a role: the promise */
};
/* clang-format off */
#define J (1u << ROLE_JAIL)
#define JZ (J | 1u << ROLE_ZYGOTE)
#define O (1u << ROLE_OPENER)
#define D (1u << ROLE_DOOR)
#define K (1u << ROLE_KEEPER)
/* Roles that start as their user is, and keep a clock and their namespaces. */
#define OUTSIDE (O | D | K)
static const struct act acts[] = {
    {"open a file", {SYS_open, SYS_openat, 437, SYS_creat, SYS_open_by_handle_at}, {0}, false, JZ | D},
    {"make a socket or send on one", {SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_sendto, SYS_sendmsg,
     SYS_sendmmsg, SYS_accept, SYS_accept4, 425, 426, 427}, {0}, false, JZ | O},
    {"make a socket or connect one", {SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_sendto, SYS_sendmmsg,
     425, 426, 427}, {0}, false, JZ | O | D | K},
    {"send a descriptor to a process", {SYS_sendmsg}, {0}, false, JZ | O | D},
    {"run a program", {SYS_execve, SYS_execveat}, {0}, false, JZ | D},
    {"make memory executable", {SYS_mmap}, {0, 4096, 7, 0x22, ~0ull, 0}, true, JZ | D},
    {"make memory executable later", {SYS_mprotect, 329}, {0, 4096, 5}, true, JZ | D},
    {"map a file", {SYS_mmap}, {0, 4096, 1, 2, 3, 0}, true, J},
    {"write to a descriptor", {SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev, 328, SYS_sendfile, SYS_splice,
     SYS_vmsplice, SYS_tee, 326}, {0}, false, J},
    {"read from a descriptor", {SYS_pread64, SYS_readv, SYS_preadv, 327, SYS_recvfrom, SYS_recvmsg}, {0}, false, J},
    {"start a process", {SYS_fork, SYS_vfork, SYS_clone, 435}, {0}, false, J | D},
    {"signal a process", {SYS_kill, SYS_tkill, SYS_tgkill, 424}, {0}, false, J | D},
    {"read or write another's memory", {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, 438}, {0}, false, JZ | O | D | K},
    {"load code into the kernel", {SYS_bpf, SYS_init_module, SYS_finit_module, SYS_kexec_load, SYS_perf_event_open},
     {0}, false, JZ | O | D | K},
    {"change its namespaces or mounts", {SYS_unshare, SYS_setns, SYS_mount, SYS_pivot_root, SYS_chroot}, {0}, false, JZ | D},
    {"undo its limits", {SYS_prctl, SYS_setrlimit, SYS_prlimit64, SYS_seccomp, SYS_capset, SYS_setuid}, {0}, false, J | D},
    {"ask a clock", {SYS_clock_gettime, SYS_gettimeofday, SYS_time, SYS_times, SYS_nanosleep}, {0}, false, J},
};
/* clang-format on */

/* --- saying it --- */

static struct process *at_hand;
static unsigned findings; /* of the process at hand */

__attribute__((format(printf, 2, 3))) static void say(const char *kind, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    findings += strcmp(kind, "WRONG") == 0;
    unseen += strcmp(kind, "unseen") == 0;
    if (as_json)
        printf("{\"pid\":%d,\"program\":\"%s\",\"role\":\"%s\",\"%s\":\"%s\"}\n", at_hand->pid,
               at_hand->program, role_names[at_hand->role], kind, text);
    else
        printf("    %-6s %s\n", kind, text);
}

/* --- /proc --- */

static bool slurp(pid_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    FILE *f = fopen(path, "re");
    out[f ? fread(out, 1, size - 1, f) : 0] = 0;
    if (f)
        (void)fclose(f);
    return out[0] != 0;
}

static unsigned long long field(const char *status, const char *name, const char *format)
{
    unsigned long long v = ~0ull;
    const char *at = strstr(status, name);
    return at && sscanf(at + strlen(name), format, &v) == 1 ? v : ~0ull;
}

static bool link_of(pid_t pid, const char *name, char *out, size_t size)
{
    char path[400];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    ssize_t n = readlink(path, out, size - 1);
    out[n > 0 ? n : 0] = 0;
    return n > 0;
}

static void check_status(const char *status)
{
    unsigned long long caps = field(status, "CapEff:", "%llx"),
                       privs = field(status, "NoNewPrivs:", "%llu");
    if (privs != 1)
        say("WRONG", "no-new-privs is not set");
    if (field(status, "Seccomp:", "%llu") != SECCOMP_MODE_FILTER)
        say("WRONG", "no seccomp filter is in force");
    if (caps != 0 && at_hand->role != ROLE_OPENER && at_hand->role != ROLE_KEEPER)
        say("WRONG", "it has capabilities: %llx", caps);
}

static void check_descriptors(void)
{
    char path[64], target[256], name[300];
    unsigned count = 0, sockets = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", at_hand->pid);
    DIR *d = opendir(path);
    if (!d) {
        say("unseen", "its descriptors");
        return;
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        count++;
        (void)snprintf(name, sizeof name, "fd/%s", e->d_name);
        if (!link_of(at_hand->pid, name, target, sizeof target))
            continue;
        bool is_socket = strncmp(target, "socket:", 7) == 0;
        bool is_standard = !e->d_name[1] && e->d_name[0] <= '2'; /* may be the journal's socket */
        sockets += is_socket && !is_standard;
        if (is_socket && !(1u << at_hand->role & (D | K)))
            say("WRONG", "descriptor %s is a socket", e->d_name);
        else if (at_hand->role == ROLE_ZYGOTE && target[0] == '/' && !strstr(target, ".img") &&
                 strncmp(target, "/memfd:candor", 13) != 0 && strcmp(target, "/dev/null") != 0)
            say("WRONG", "descriptor %s of the zygote is a file", e->d_name);
    }
    (void)closedir(d);
    if (at_hand->role == ROLE_KEEPER && sockets > 1)
        say("WRONG", "the keeper holds %u sockets; one is the door's, no other may be there",
            sockets);
    if (at_hand->role == ROLE_JAIL && count > 0)
        say("WRONG", "it holds %u descriptors; a jail has none", count);
    else
        say("sees", "%u descriptors, %u sockets among them", count, sockets);
}

static void check_maps(void)
{
    static char maps[1 << 20];
    if (!slurp(at_hand->pid, "maps", maps, sizeof maps)) {
        say("unseen", "its memory map");
        return;
    }
    unsigned bad = 0;
    for (char *line = maps, *end; *line && (end = strchr(line, '\n')); line = end + 1) {
        const char *flags = strchr(line, ' ');
        bad += flags && flags[2] == 'w' && flags[3] == 'x';
    }
    if (bad)
        say("WRONG", "%u mappings are writable and executable", bad);
    if (!(1u << at_hand->role & OUTSIDE) && (strstr(maps, "[vdso]") || strstr(maps, "[vvar")))
        say("WRONG", "it has a clock: vdso or vvar is mapped");
    if (!bad)
        say("sees", "no memory is writable and executable");
}

static void check_namespaces(void)
{
    static const char *const names[] = {"net", "mnt", "ipc", "pid", "user"};
    char mine[64], its[64], path[16];
    if (1u << at_hand->role & OUTSIDE)
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "ns/%s", names[i]);
        if (!link_of(getpid(), path, mine, sizeof mine) ||
            !link_of(at_hand->pid, path, its, sizeof its))
            say("unseen", "its %s namespace", names[i]);
        else if (strcmp(mine, its) == 0)
            say(is_root ? "WRONG" : "weak", "it shares our %s namespace", names[i]);
    }
}

/* --- the executable against the build's list: "SHA-256  name" lines beside this program --- */

static bool digest_of(const char *path, char hex[65])
{
    static unsigned char bytes[64 << 20], out[32];
    FILE *f = fopen(path, "rbe");
    size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0, len = sizeof out;
    if (f)
        (void)fclose(f);
    bool ok = n > 0 && EVP_Q_digest(NULL, "SHA256", NULL, bytes, n, out, &len) == 1;
    for (int i = 0; ok && i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", out[i]);
    return ok;
}

static char own_folder[4096];

static void check_executable(void)
{
    char path[64], hex[65], line[256], list[4200], want[65], name[128];
    (void)snprintf(path, sizeof path, "/proc/%d/exe", at_hand->pid);
    (void)snprintf(list, sizeof list, "%scandor.sums", own_folder);
    FILE *f = fopen(list, "re");
    bool known = false, same = false, seen = digest_of(path, hex);
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%64s %127s", want, name) == 2 && strcmp(name, at_hand->program) == 0) {
            known = true;
            same = seen && strcmp(want, hex) == 0;
        }
    if (f)
        (void)fclose(f);
    if (!seen || !known)
        say("unseen", seen ? "the build's list of hashes does not name it" : "its executable");
    else if (!same)
        say("WRONG", "its executable is not that of the build: %s", hex);
    else
        say("sees", "its executable is the build's, %.16s...", hex);
}

/* --- filters --- */

static bool fetch_filters(pid_t pid)
{
    int status;
    filter_count = 0;
    if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0)
        return false;
    bool ok = ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, &status, __WALL) == pid &&
              WIFSTOPPED(status);
    while (ok && filter_count < FILTERS_MAX) {
        long n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, (void *)(uintptr_t)filter_count,
                        filters[filter_count].code);
        if (n < 0) {
            ok = errno == ENOENT;
            break;
        }
        filters[filter_count++].len = (unsigned)n;
    }
    (void)ptrace(PTRACE_DETACH, pid, 0, 0);
    return ok && filter_count > 0;
}

static bool is_jail_call(uint32_t nr)
{
    return nr == SYS_mmap || nr == SYS_munmap || nr == SYS_brk || nr == SYS_mremap ||
           nr == SYS_madvise || nr == SYS_futex || nr == SYS_exit_group;
}

static void decide_numbers(void)
{
    unsigned passing = 0, foreign = 0;
    for (uint32_t nr = 0; nr < CALLS; nr++) {
        for (unsigned i = 0; i < filter_count; i++) /* each by itself: none leans on another */
            foreign += passes_one(i, AUDIT_ARCH_X86_64, nr | X32, NULL) +
                       passes_one(i, AUDIT_ARCH_I386, nr, NULL);
        if (!passes(AUDIT_ARCH_X86_64, nr, NULL))
            continue;
        passing++;
        if (at_hand->role == ROLE_JAIL && !is_jail_call(nr))
            say("WRONG", "it may make call %u", nr);
    }
    if (foreign)
        say("WRONG", "%u calls pass a filter by way of i386 or x32", foreign);
    say("sees", "%u filters; %u of %d calls can pass, 0 by i386 or x32%s", filter_count, passing,
        CALLS,
        at_hand->role == ROLE_JAIL
            ? " (new kernels exempt 335 and 336 from every filter; they do nothing)"
            : "");
}

static void decide_acts(void)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        bool can = false;
        for (const uint32_t *nr = acts[i].calls; *nr; nr++)
            can = can || passes(AUDIT_ARCH_X86_64, *nr, acts[i].has_args ? acts[i].args : NULL);
        bool promised = (acts[i].forbidden >> at_hand->role & 1) != 0;
        if (can && promised)
            say("WRONG", "it can %s", acts[i].words);
        else
            say(can ? "can" : "cannot", "%s", acts[i].words);
    }
}

static void check_filters(const char *status)
{
    if (!fetch_filters(at_hand->pid)) {
        say("unseen", "its filters (%s); by its status it has %llu", strerror(errno),
            field(status, "Seccomp_filters:", "%llu"));
        return;
    }
    decide_numbers();
    decide_acts();
}

/* --- processes --- */

static void add_process(pid_t pid)
{
    static const char *const programs[] = {"candor",      "candor-jail",  "candord",
                                           "candor-door", "candor-watch", "candor-courier"};
    char status[8192], name[64] = "";
    if (slurp(pid, "status", status, sizeof status))
        (void)sscanf(status, "Name:\t%63[^\n]", name);
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (strcmp(name, programs[i]) == 0 && process_count < PROCESSES_MAX) {
            struct process *p = &processes[process_count++];
            *p = (struct process){pid, (pid_t)field(status, "PPid:", "%llu"), programs[i],
                                  i == 0   ? ROLE_OPENER
                                  : i == 3 ? ROLE_DOOR
                                           : ROLE_OTHER};
        }
}

/* A candor-jail whose parent is another one is a jail, else it is the zygote. */
static void find_processes(void)
{
    pid_t pid;
    process_count = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));)
        if (sscanf(e->d_name, "%d", &pid) == 1)
            add_process(pid);
    if (d)
        (void)closedir(d);
    for (unsigned i = 0; i < process_count; i++) {
        for (unsigned k = 0; k < process_count; k++) /* the door's child is its keeper */
            if (processes[i].role == ROLE_DOOR && processes[k].pid == processes[i].parent &&
                strcmp(processes[k].program, "candor-door") == 0)
                processes[i].role = ROLE_KEEPER;
        if (strcmp(processes[i].program, "candor-jail") != 0)
            continue;
        processes[i].role = ROLE_ZYGOTE;
        for (unsigned k = 0; k < process_count; k++)
            if (processes[k].pid == processes[i].parent &&
                strcmp(processes[k].program, "candor-jail") == 0)
                processes[i].role = ROLE_JAIL;
    }
}

static bool inspect(struct process *p)
{
    char status[8192];
    at_hand = p;
    findings = 0;
    if (!slurp(p->pid, "status", status, sizeof status)) /* it ended */
        return false;
    if (!as_json)
        printf("\n%s %d (%s)\n", p->program, p->pid, role_names[p->role]);
    check_status(status);
    check_filters(status);
    check_descriptors();
    check_maps();
    check_namespaces();
    check_executable();
    wrong += findings > 0;
    if (!as_json)
        printf("    => %s\n", findings ? "NOT as promised" : "as promised");
    return true;
}

/* True when a jail of that scan's zygote is there. */
static bool has_jail(pid_t scan)
{
    for (unsigned i = 0; i < process_count; i++)
        for (unsigned k = 0; k < process_count; k++)
            if (processes[i].role == ROLE_JAIL && processes[i].parent == processes[k].pid &&
                processes[k].parent == scan)
                return true;
    return false;
}

/* A scan of a small file and of standard input that we hold open: its jails wait, confined, while
 * we look. */
static pid_t start_scan(int *hold)
{
    int in[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    char path[4200];
    (void)snprintf(path, sizeof path, "%scandor", own_folder);
    if (access(path, X_OK) != 0)
        (void)snprintf(path, sizeof path, "%s../../bin/candor", own_folder);
    if (pipe2(in, O_CLOEXEC) != 0 || null < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], 0);
        (void)dup2(null, 1);
        char *const argv[] = {"candor",
                              "scan",
                              "--no-ledger",
                              "--no-progress",
                              "/etc/hostname",
                              "-",
                              rules ? "-r" : NULL,
                              (char *)(uintptr_t)rules,
                              NULL};
        (void)execv(path, argv);
        _exit(127);
    }
    (void)close(in[0]);
    *hold = in[1];
    for (int tries = 0; pid > 0 && tries < 200; tries++) { /* 20 s: rules may want compiling */
        find_processes();
        if (has_jail(pid))
            return pid;
        (void)usleep(100000);
    }
    return -1;
}

static const char help[] =
    "usage: candor prove [--json] [-r RULES]\n\nWhat each of Candor's processes can "
    "do, by the kernel's own copy of\n"
    "its filters. Needs root to see everything. Exit codes: 0 as promised, "
    "1 not as promised, 2 failed,\n"
    "3 not everything could be seen.\n";

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (strcmp(argv[i], "-r") == 0 && i + 1 < argc) {
            rules = argv[++i];
        } else {
            fputs(help, stderr);
            return strcmp(argv[i], "--help") == 0 ? 0 : 2;
        }
    }
    int hold = -1;
    is_root = geteuid() == 0;
    if (!link_of(getpid(), "exe", own_folder, sizeof own_folder) || !strrchr(own_folder, '/'))
        return 2;
    strrchr(own_folder, '/')[1] = 0;
    pid_t scan = start_scan(&hold);
    if (scan < 0) {
        fprintf(stderr, "candor-prove: a scan of its own does not come up\n");
        return 2;
    }
    (void)usleep(200000); /* those jails that are still being made */
    find_processes();
    unsigned seen = 0;
    for (unsigned i = 0; i < process_count; i++)
        seen += inspect(&processes[i]);
    (void)close(hold);
    (void)waitpid(scan, NULL, 0);
    int code = wrong ? 1 : unseen ? 3 : 0;
    if (as_json)
        printf("{\"summary\":true,\"processes\":%u,\"wrong\":%u,\"unseen\":%u,\"exit_code\":%d}\n",
               seen, wrong, unseen, code);
    else
        printf("\n%u processes, %u with something wrong, %u things not seen%s: %s as promised\n"
               "The kernel shows neither Landlock nor MDWE: `candor scan` names what it raised.\n",
               seen, wrong, unseen, unseen ? " (root sees all)" : "", wrong ? "NOT" : "all is");
    return code;
}
