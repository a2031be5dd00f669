/* candor-prove: what can each of Candor's processes do? Asks the kernel, not Candor: /proc, and the
 * kernel's own copy of each seccomp filter (PTRACE_SECCOMP_GET_FILTER, ptrace(2)), decided for all
 * numbers, architectures and arguments. Shares no code with the rest; one file, read in one
 * sitting. Exit: 0 as promised, 1 not so, 2 it could not work, 3 it could not see everything (needs
 * root). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <openssl/evp.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SUSPEND_SECCOMP = 1 << 21, GET_MDWE = 66, LANDLOCK_CREATE = 444 };
enum { CALLS = 1024, FILTERS_MAX = 8, X32 = 0x40000000, STEPS_MAX = 50000000 };
enum { OPENER = 1, ZYGOTE = 2, JAIL = 4, DOOR = 8, KEEPER = 16, COURIER = 32, CAGED = 6, ALL = 63 };
/* clang-format off */
/* A process whose parent is the same program has the role below. */
static const struct role {
    unsigned bit;
    const char *name, *program;
    unsigned filters; /* at least: its own and those it was born under */
} roles[] = {{OPENER, "opener", "candor", 1}, {ZYGOTE, "zygote", "candor-jail", 2}, {JAIL, "jail", "candor-jail", 3},
             {DOOR, "door", "candor-door", 1}, {KEEPER, "keeper", "candor-door", 1},
             {COURIER, "courier", "candor-courier", 1}, {0, NULL, NULL, 0}};
/* Acts: what a person wants to know, as calls. */
static const struct act {
    const char *words;
    uint32_t calls[16];  /* ends with 0; read(2) is not asked for */
    unsigned arg;        /* with this argument such that */
    uint32_t set, clear; /* any one bit of `set` is set, all of `clear` are clear */
    unsigned forbidden;  /* bit a role: the promise */
} acts[] = {
    {"open a file", {SYS_open, SYS_openat, 437, SYS_creat, SYS_open_by_handle_at}, 0, 0, 0, CAGED | DOOR},
    {"make a socket, connect or send", {SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_sendto,
     SYS_sendmmsg, 425, 426, 427}, 0, 0, 0, CAGED | OPENER | DOOR | KEEPER},
    {"accept or receive", {SYS_accept, SYS_accept4, SYS_recvfrom, SYS_recvmsg}, 0, 0, 0, CAGED | OPENER},
    {"send a descriptor to a process", {SYS_sendmsg}, 0, 0, 0, CAGED | OPENER | DOOR},
    {"run a program", {SYS_execve, SYS_execveat}, 0, 0, 0, CAGED | DOOR | COURIER},
    {"make memory executable", {SYS_mmap, SYS_mprotect, 329}, 2, 4, 0, CAGED | DOOR | COURIER},
    {"map a file", {SYS_mmap}, 3, 0, 0x20, JAIL},
    {"move memory to a place of its choice", {SYS_mremap}, 3, ~1u, 0, CAGED | DOOR},
    {"use other futexes than wait and wake", {SYS_futex}, 1, 0x7e, 0, CAGED | DOOR},
    {"write to a descriptor", {SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev, 328, SYS_sendfile, SYS_splice,
     SYS_vmsplice, SYS_tee, 326}, 0, 0, 0, JAIL},
    {"read from a descriptor", {SYS_pread64, SYS_readv, SYS_preadv, 327}, 0, 0, 0, JAIL},
    {"start a process", {SYS_fork, SYS_vfork, SYS_clone, 435}, 0, 0, 0x10000, JAIL | DOOR | COURIER},
    {"start a thread", {SYS_clone}, 0, 0x10000, 0, CAGED | DOOR},
    {"start one in new namespaces", {SYS_clone}, 0, 0x7e020000, 0, CAGED | DOOR},
    {"signal a process", {SYS_kill, SYS_tkill, SYS_tgkill, 424}, 0, 0, 0, JAIL | DOOR},
    {"read or write another's memory", {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, 438}, 0, 0, 0, ALL},
    {"load code into the kernel", {SYS_bpf, SYS_init_module, SYS_finit_module, SYS_kexec_load}, 0, 0, 0, ALL},
    {"change its namespaces", {SYS_unshare, SYS_setns}, 0, 0, 0, CAGED | DOOR | COURIER},
    {"mount", {SYS_mount, SYS_pivot_root, SYS_chroot, 428, 429, 430, 442}, 0, 0, 0, CAGED | DOOR | COURIER},
    {"undo its limits", {SYS_prctl, SYS_setrlimit, SYS_prlimit64, SYS_seccomp, SYS_capset, SYS_setuid}, 0, 0, 0, JAIL | DOOR},
    {"ask a clock", {SYS_clock_gettime, SYS_gettimeofday, SYS_time, SYS_times, SYS_nanosleep}, 0, 0, 0, JAIL},
    {.words = NULL},
};
static const unsigned char jail_calls[] = {SYS_mmap, SYS_munmap, SYS_brk, SYS_mremap, SYS_madvise, SYS_futex, SYS_exit_group};

/* Facts: lines of /proc files, extended regular expressions. */
enum kind { WISH, SOME, NONE, EACH, ONE, OURS }; /* lines that match; WISH: some, or weak; ONE: at most; OURS: none that is ours, too */
static const struct fact {
    const char *file, *pattern, *words;
    enum kind kind;
    unsigned roles;
} facts[] = {
    {"status", "^NoNewPrivs:.1", "no-new-privs is set", SOME, ALL},
    {"status", "^Seccomp:.2", "a seccomp filter is in force", SOME, ALL},
    {"status", "^CapEff:.0*$", "it has no capability", SOME, CAGED | DOOR | COURIER},
    {"status", "^CapEff:.0{13}[01]..$", "its capabilities are over files, users and its children", WISH, OPENER | KEEPER},
    {"limits", "^Max (open files|processes|file size|core file size) .*[1-9u]", "its limits are 0", NONE, JAIL},
    {"maps", "^[^ ]* .wx", "no memory is writable and executable", NONE, ALL},
    {"maps", "^[^ ]* ..x.*( 0 *$|/memfd:)", "no code is in no file", NONE, ALL},
    {"maps", "[[]v(dso|var)", "it has no clock", NONE, CAGED},
    {"maps", "^[^ ]* .w.s.*/([^m]|m[^e]|memfd:candor-[^ro])", "only its records are writable and shared", NONE, JAIL},
    {"maps", "^[^ ]* .w.*memfd:candor-window", "the window is not writable", NONE, CAGED},
    {"fd", ".", "it holds no descriptor", NONE, JAIL},
    {"fd", " socket:", "it holds no socket", NONE, CAGED | OPENER},
    {"fd", "^([3-9]|[1-9].+) socket:", "it holds one socket, the door's", ONE, KEEPER},
    {"fd", " (pipe:|/memfd:candor|/dev/null$|.*[.]img( |$))", "it holds pipes, memory and rules only", EACH, ZYGOTE},
    {"ns", "^(net|mnt|ipc|pid|user) ", "its net, mnt, ipc, pid and user namespaces are its own", OURS, CAGED},
    {.file = NULL},
};
/* clang-format on */

/* The process at hand, its filters, and what is wrong with it. */
static pid_t pid, own_scan; /* in hand; the scan of its own, once it is there */
static const struct role *role;
static struct {
    struct sock_filter code[BPF_MAXINSNS];
    unsigned len;
} filters[FILTERS_MAX];
static unsigned filter_count, findings;
static bool as_json, is_own; /* what is in hand is of that scan */
static const char *rules;            /* -r, for the scan of its own */
static unsigned seen, wrong, unseen; /* processes, processes, things */
static char own_folder[4096];        /* with its slash */

/* --- deciding filters: classic BPF over struct seccomp_data, 16 words of 32 bits ---
 * A path through the filters carries what it knows of each word: `known` bits have their `value`,
 * the others may be anything. A comparison with k parts a word's values into 33 cubes: equal to k,
 * or like k above some bit and unlike there; in each it has one answer. So all arguments are tried
 * without trying them one by one. What cannot be followed counts as passing. */
enum { WORD_NR, WORD_ARCH, WORD_ARGS = 4, WORDS = 16 };
struct path {
    uint32_t known[WORDS], value[WORDS];
    uint32_t word, mask;      /* the accumulator is that word & mask */
    unsigned filter, end, pc; /* filters [filter, end) are still to be passed */
};
static unsigned steps;

/* False: that contradicts what is known. */
static bool settle(struct path *p, uint32_t word, uint32_t bits, uint32_t value)
{
    if ((p->value[word] ^ value) & p->known[word] & bits)
        return false;
    p->known[word] |= bits;
    p->value[word] = (p->value[word] & ~bits) | (value & bits);
    return true;
}

static bool may_pass(struct path p);

static bool compare(const struct path *p, const struct sock_filter *i)
{
    uint16_t op = BPF_OP(i->code);
    bool set = op == BPF_JSET; /* the same as: not equal to 0 under k */
    uint32_t k = set ? 0 : i->k, mask = set ? p->mask & i->k : p->mask;
    for (int b = -1; b < 32; b++) { /* -1: equal; else the highest bit that differs */
        uint32_t bits = b < 0 ? ~0u : ~0u << b, want = b < 0 ? k : k ^ 1u << b;
        bool yes = b < 0 ? op == BPF_JEQ || op == BPF_JGE : set || (want >> b & 1 && op != BPF_JEQ);
        struct path next = *p;
        next.pc += yes ? i->jt : i->jf;
        if ((want & bits & ~mask) == 0 && settle(&next, p->word, bits & mask, want) &&
            may_pass(next))
            return true;
    }
    return false;
}

static bool may_pass(struct path p)
{
    while (p.pc < filters[p.filter].len && ++steps < STEPS_MAX) {
        const struct sock_filter *i = &filters[p.filter].code[p.pc++];
        if (i->code == (BPF_LD | BPF_W | BPF_ABS)) {
            p.word = i->k / 4 % WORDS;
            p.mask = ~0u;
        } else if (i->code == (BPF_ALU | BPF_AND | BPF_K)) {
            p.mask &= i->k;
        } else if (i->code == (BPF_JMP | BPF_JA)) {
            p.pc += i->k;
        } else if (i->code == (BPF_RET | BPF_K)) {
            if (i->k < 0x7fc00000 || i->k > 0x7fffffff) /* USER_NOTIF, TRACE, LOG, ALLOW */
                return false;
            if (++p.filter == p.end)
                return true;
            p.pc = p.mask = 0;
        } else {
            return BPF_CLASS(i->code) != BPF_JMP || BPF_SRC(i->code) != BPF_K || compare(&p, i);
        }
    }
    return true;
}

static bool passes(struct path p, uint32_t arch, uint32_t nr)
{
    steps = 0;
    return settle(&p, WORD_ARCH, ~0u, arch) && settle(&p, WORD_NR, ~0u, nr) && may_pass(p);
}

static bool can_call(const struct act *a, uint32_t nr)
{
    for (unsigned b = 0; b < (a->set ? 32 : 1); b++) {
        struct path p = {.end = filter_count};
        uint32_t bit = a->set & 1u << b;
        (void)settle(&p, WORD_ARGS + 2 * a->arg, a->clear | bit, bit); /* nothing was known yet */
        if ((bit || !a->set) && passes(p, AUDIT_ARCH_X86_64, nr))
            return true;
    }
    return false;
}

__attribute__((format(printf, 2, 3))) static void say(const char *kind, const char *format, ...)
{
    va_list list;
    findings += strcmp(kind, "WRONG") == 0;
    unseen += strcmp(kind, "unseen") == 0;
    if (as_json)
        printf("{\"pid\":%d,\"program\":\"%s\",\"role\":\"%s\",\"%s\":\"", pid, role->program,
               role->name, kind);
    else
        printf("    %-6s ", kind);
    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
    puts(as_json ? "\"}" : "");
}

static const char *proc(pid_t of, const char *name)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", of, name);
    return path;
}

/* A whole file; of a folder of links a line "name target" each. Ended by a 0. False: there is none.
 */
static bool slurp(const char *path, char *out, size_t size)
{
    char target[256];
    DIR *d = opendir(path);
    FILE *f = d ? NULL : fopen(path, "re");
    size_t n = f ? fread(out, 1, size - 1, f) : 0;
    out[n] = 0;
    for (struct dirent *e; d && n < size && (e = readdir(d));) {
        ssize_t len = readlinkat(dirfd(d), e->d_name, target, sizeof target);
        if (len > 0)
            n += (size_t)snprintf(out + n, size - n, "%s %.*s\n", e->d_name, (int)len, target);
    }
    return d ? closedir(d) == 0 : f && fclose(f) == 0;
}

static void check_fact(const struct fact *f)
{
    static char text[1 << 20], ours[4096];
    unsigned lines = 0, hits = 0;
    regex_t re;
    if (!slurp(proc(pid, f->file), text, sizeof text) ||
        (f->kind == OURS && !slurp(proc(getpid(), f->file), ours, sizeof ours)) ||
        regcomp(&re, f->pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        say("unseen", "whether %s", f->words);
        return;
    }
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        *end = 0;
        hits += regexec(&re, line, 0, NULL, 0) == 0 && (f->kind != OURS || strstr(ours, line));
    }
    regfree(&re);
    if (f->kind <= SOME ? hits > 0 : f->kind == EACH ? hits == lines : hits <= (f->kind == ONE))
        say("sees", "%s", f->words);
    else
        say(f->kind == WISH ? "weak" : "WRONG", "not so: %s (%u of %s)", f->words, hits, f->file);
}

/* The executable against the build's list: "SHA-256 name" lines beside this program. */
static void check_executable(void)
{
    static unsigned char bytes[64 << 20], digest[32];
    char path[4200], list[8192], line[128];
    FILE *f = fopen(proc(pid, "exe"), "re");
    size_t len = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    bool known =
        f && fclose(f) == 0 && EVP_Q_digest(NULL, "SHA256", NULL, bytes, len, digest, NULL);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(line + 2 * i, 3, "%02x", digest[i]);
    (void)snprintf(line + 64, sizeof line - 64, " %s\n", role->program);
    (void)snprintf(path, sizeof path, "%scandor.sums", own_folder);
    if (!known || !slurp(path, list, sizeof list) || !strstr(list, line + 64))
        say("unseen", "whether its executable is that of the build");
    else
        say(strstr(list, line) ? "sees" : "WRONG", "its executable is %s build: %.16s...",
            strstr(list, line) ? "that of the" : "not that of the", line);
}

/* --- Landlock and MDWE are in no file. So a stopped process is made to try: its filters suspended,
 * calls put in where it waits, all put back. Only of our own scan: a twin of the others, which are at
 * work and could be ended by a signal that comes meanwhile. regs: behind the call it waited in --- */
static long make_call(const struct user_regs_struct *regs, long nr, long a, long b, long c)
{
    struct user_regs_struct r = *regs;
    r.rip -= 2;
    r.rax = (unsigned long)nr;
    r.rdi = (unsigned long)a;
    r.rsi = (unsigned long)b;
    r.rdx = (unsigned long)c;
    (void)ptrace(PTRACE_SETREGS, pid, 0, &r);
    for (int i = 0; i < 2; i++) { /* into the call, out of it */
        (void)ptrace(PTRACE_SYSCALL, pid, 0, 0);
        (void)waitpid(pid, NULL, __WALL);
    }
    (void)ptrace(PTRACE_GETREGS, pid, 0, &r);
    return (long)r.rax;
}

static void judge(bool refused, bool kernel_has, const char *name)
{
    const char *kind = refused ? "sees" : kernel_has ? "WRONG" : "weak";
    const char *end = refused ? "refused" : kernel_has ? "done" : "not in this kernel";
    say(kind, "%s, its filter suspended: %s", name, end);
}

static void try_layers(void)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, pid, 0, &regs) != 0 ||
        (ptrace(PTRACE_PEEKTEXT, pid, regs.rip - 2, 0) & 0xffff) != 0x050f ||
        ptrace(PTRACE_SETOPTIONS, pid, 0, SUSPEND_SECCOMP | PTRACE_O_EXITKILL) != 0) {
        say("weak", "not tried: it computes, its twin waits");
        return;
    }
    long at = (long)regs.rsp - 1024, page = at & -4096; /* below the red zone of its stack */
    (void)ptrace(PTRACE_POKEDATA, pid, at, '/');
    long fd = make_call(&regs, SYS_openat, AT_FDCWD, at, O_RDONLY);
    (void)make_call(&regs, SYS_close, fd, 0, 0);
    long rc = make_call(&regs, SYS_mprotect, page, 4096, 7);
    (void)make_call(&regs, SYS_mprotect, page, 4096, 3);
    (void)make_call(&regs, SYS_prctl, PR_GET_TSC, at, 0);
    if (role->bit != JAIL) /* a jail has its zygote's Landlock, and room for no descriptor */
        judge(fd == -EACCES, syscall(LANDLOCK_CREATE, NULL, 0, 1) > 0, "Landlock: open a folder");
    else
        judge((ptrace(PTRACE_PEEKDATA, pid, at, 0) & 3) == PR_TSC_SIGSEGV, true, "time stamps");
    judge(rc == -EACCES, prctl(GET_MDWE, 0, 0, 0, 0) >= 0, "MDWE: make memory executable");
    if ((long)regs.rax <= -512) { /* -ERESTARTSYS or its kin: the call we stopped begins again */
        regs.rax = regs.orig_rax;
        regs.rip -= 2;
    }
    (void)ptrace(PTRACE_SETREGS, pid, 0, &regs);
}

static bool fetch_filters(void)
{
    static const enum __ptrace_request get_filter = 0x420c;
    long n = 0;
    filter_count = 0;
    if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0 ||
        waitpid(pid, NULL, __WALL) != pid)
        return false;
    while (filter_count < FILTERS_MAX - 1 &&
           (n = ptrace(get_filter, pid, (long)filter_count, filters[filter_count].code)) > 0)
        filters[filter_count++].len = (unsigned)n;
    bool ok = n >= 0 || errno == ENOENT;
    if (ok && is_own && role->bit & CAGED && filter_count >= role->filters)
        try_layers();
    (void)ptrace(PTRACE_DETACH, pid, 0, 0);
    return ok;
}

static void decide_numbers(void)
{
    unsigned passing = 0, foreign = 0;
    for (uint32_t nr = 0; nr < CALLS; nr++) {
        for (unsigned i = 0; i < filter_count; i++) { /* each by itself: none leans on another */
            struct path one = {.filter = i, .end = i + 1};
            foreign += passes(one, AUDIT_ARCH_X86_64, nr | X32) + passes(one, AUDIT_ARCH_I386, nr);
        }
        bool can = passes((struct path){.end = filter_count}, AUDIT_ARCH_X86_64, nr);
        passing += can;
        if (can && role->bit == JAIL &&
            !(nr < 256 && memchr(jail_calls, (int)nr, sizeof jail_calls)))
            say("WRONG", "it may make call %u", nr);
    }
    if (filter_count < role->filters)
        say("WRONG", "%u filters; it should be under %u", filter_count, role->filters);
    say(foreign ? "WRONG" : "sees", "%u filters; %u of %d calls can pass, %u by i386 or x32",
        filter_count, passing, CALLS, foreign);
}

static void decide_act(const struct act *a)
{
    bool can = false;
    for (const uint32_t *nr = a->calls; *nr; nr++)
        can = can || can_call(a, *nr);
    if (can && a->forbidden & role->bit)
        say("WRONG", "it can %s", a->words);
    else
        say(can ? "can" : "cannot", "%s", a->words);
}

static bool stat_of(pid_t of, char name[64], pid_t *parent)
{
    char text[512], state;
    return slurp(proc(of, "stat"), text, sizeof text) &&
           sscanf(text, "%*d (%63[^)]) %c %d", name, &state, parent) == 3 && state != 'Z';
}

/* Takes a process in hand. False: it is none of Candor's, or over. *scan: its parent's parent. */
static bool take(pid_t one, pid_t *scan)
{
    char name[64], above[64] = "";
    pid_t parent;
    pid = one;
    if (!stat_of(pid, name, &parent))
        return false;
    (void)stat_of(parent, above, scan); /* it may be init, outside of this namespace */
    is_own = own_scan > 0 && (parent == own_scan || *scan == own_scan);
    for (role = roles; role->program && strcmp(name, role->program) != 0;)
        role++;
    if (role->bit & (ZYGOTE | DOOR) && strcmp(name, above) == 0)
        role++;
    return role->program != NULL;
}

static void inspect(void)
{
    pid_t scan;
    unsigned before = unseen;
    bool ok;
    findings = 0;
    if (!as_json)
        printf("\n%s %d (%s)\n", role->program, pid, role->name);
    for (int n = 0; (ok = fetch_filters()) && filter_count < role->filters && n < 50; n++)
        (void)usleep(20000); /* one that is being born closes its cage last */
    if (ok)
        decide_numbers();
    else
        say("unseen", "its filters (%s)", strerror(errno));
    for (const struct act *a = acts; ok && a->words; a++)
        decide_act(a);
    for (const struct fact *f = facts; f->file; f++)
        if (f->roles & role->bit)
            check_fact(f);
    check_executable();
    if (!take(pid, &scan)) { /* nobody can see what is over */
        unseen = before;
        return;
    }
    seen++;
    wrong += findings > 0;
    say("verdict", "%s", findings ? "NOT as promised" : "as promised, in all that is seen");
}

/* At all of Candor's processes. How many are jails of that scan. */
static unsigned look(pid_t scan, bool closely)
{
    unsigned jails = 0;
    pid_t one, of = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));)
        if (sscanf(e->d_name, "%d", &one) == 1 && take(one, &of)) {
            jails += role->bit == JAIL && of == scan;
            if (closely)
                inspect();
        }
    return d && closedir(d) == 0 ? jails : 0;
}

/* A scan of standard input, which we hold open: its jails wait, confined, while we look. */
static pid_t start_scan(int *hold)
{
    int in[2];
    char path[4200];
    (void)snprintf(path, sizeof path, "%scandor", own_folder);
    if (access(path, X_OK) != 0)
        (void)snprintf(path, sizeof path, "%s../../bin/candor", own_folder);
    pid_t scan = pipe2(in, O_CLOEXEC) == 0 ? fork() : -1;
    if (scan == 0) {
        (void)dup2(in[0], 0);
        (void)execl(path, "candor", "scan", "--quiet", "--no-ledger", "--no-progress",
                    "/etc/hostname", "-", rules ? "-r" : NULL, rules, NULL);
        _exit(127);
    }
    *hold = in[1];
    for (int tries = 0; scan > 0 && tries < 200; tries++) { /* 20 s: rules may want compiling */
        if (look(scan, false) > 0)
            return scan;
        (void)usleep(100000);
    }
    fputs("candor-prove: a scan of its own does not come up\n", stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    int hold = -1;
    if (readlink("/proc/self/exe", own_folder, sizeof own_folder - 1) > 0)
        strrchr(own_folder, '/')[1] = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (strcmp(argv[i], "-r") == 0 && i + 1 < argc) {
            rules = argv[++i];
        } else {
            fputs("usage: candor prove [--json] [-r RULES] | --red-team\n", stderr);
            return strcmp(argv[i], "--help") == 0 ? 0 : 2;
        }
    }
    own_scan = start_scan(&hold);
    (void)look(own_scan, true);
    (void)close(hold);
    (void)waitpid(own_scan, NULL, 0);
    int code = wrong ? 1 : unseen ? 3 : 0;
    printf(as_json
               ? "{\"summary\":true,\"processes\":%u,\"wrong\":%u,\"unseen\":%u,\"exit_code\":%d}\n"
               : "\n%u processes, %u not as promised, %u things not seen: exit code %d\n",
           seen, wrong, unseen, code);
    return code;
}
