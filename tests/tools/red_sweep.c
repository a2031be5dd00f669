/* The exhaustive look: every call number by the three ways into the kernel; and a jail seen from
 * outside. */
#include "red_cages.h"

#include <dirent.h>
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NUMBERS = 600, URETPROBE = 335, UPROBE = 336 };

/* What each allowed call needs so that its filter says yes. Others get zeros. */
static const struct {
    int number;
    const char *name;
    int64_t args[6];
} allowed[] = {
    {SYS_mmap, "mmap", {0, 4096, 3, 0x22, -1, 0}},
    {SYS_munmap, "munmap", {0, 0}},
    {SYS_brk, "brk", {0}},
    {SYS_mremap, "mremap", {0}},
    {SYS_madvise, "madvise", {0, 0, 4}},
    {SYS_futex, "futex", {0, FUTEX_WAKE}},
    {SYS_exit_group, "exit_group", {77}},
};

static int find_allowed(int number)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (allowed[i].number == number)
            return (int)i;
    return -1;
}

static bool was_killed(const struct red_trial *t)
{
    return t->begun && !t->returned && WIFSIGNALED(t->status) && WTERMSIG(t->status) == SIGSYS;
}

/* New kernels let 335 and 336 past every filter (their own exemption): outside of a trampoline the
 * first ends in SIGILL, the second in an error. */
static bool is_kernels_own(enum red_entry entry, int number, const struct red_trial *t)
{
    if (entry != RED_64 || (number != URETPROBE && number != UPROBE))
        return false;
    bool ill = !t->returned && WIFSIGNALED(t->status) && WTERMSIG(t->status) == SIGILL;
    return ill || (t->returned && (t->result == -ENXIO || t->result == -ENOSYS));
}

static bool sweep_one(struct red_run *r, enum red_entry entry, int number, unsigned *survivors)
{
    static const char *const ways[] = {"64-bit", "x32", "int 0x80"};
    struct red_target t = {.entry = entry, .number = number};
    struct red_trial trial;
    int a = find_allowed(number);
    if (a >= 0)
        memcpy(t.args, allowed[a].args, sizeof t.args);
    if (!red_in_jail(r, RED_SWEEP, &t, &trial))
        return false;
    bool expected = entry == RED_64 && a >= 0;
    if (was_killed(&trial)) {
        if (expected)
            red_say(false, "%s: sweep: %s is refused", r->cage->name, allowed[a].name);
        return true;
    }
    if (is_kernels_own(entry, number, &trial)) {
        (void)printf("# %s: sweep: %d passes by the kernel's own exemption, harmless\n",
                     r->cage->name, number);
        return true;
    }
    *survivors += 1;
    if (expected) {
        (void)printf("# %s: sweep: %s (%d) is allowed\n", r->cage->name, allowed[a].name, number);
        return true;
    }
    red_say(false, "%s: HOLE: sweep: %s call %d is let through (result %lld, status %#x)",
            r->cage->name, ways[entry], number, (long long)trial.result, (unsigned)trial.status);
    r->holes++;
    return true;
}

void red_sweep(struct red_run *r)
{
    unsigned survivors = 0, before = r->holes;
    for (int entry = RED_64; entry < RED_ENTRIES; entry++)
        for (int number = 0; number < NUMBERS; number++)
            if (!sweep_one(r, (enum red_entry)entry, number, &survivors))
                return;
    red_say(survivors == sizeof allowed / sizeof allowed[0] && r->holes == before,
            "%s: sweep of %d numbers x 3 ways in: %u survive", r->cage->name, NUMBERS, survivors);
}

int red_first_child(int zygote)
{
    char path[64], line[64] = {0};
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", zygote, zygote);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    int pid = 0;
    if (fgets(line, sizeof line, f))
        for (const char *p = line; *p >= '0' && *p <= '9'; p++)
            pid = pid * 10 + (*p - '0');
    (void)fclose(f);
    return pid;
}

static int count_descriptors(int pid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    int count = 0;
    for (struct dirent *e; (e = readdir(dir));)
        count += e->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

static bool same_space(int pid, const char *name)
{
    char path[64], theirs[64] = {0}, ours[64] = {0};
    (void)snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, name);
    if (readlink(path, theirs, sizeof theirs - 1) <= 0)
        return false;
    (void)snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    return readlink(path, ours, sizeof ours - 1) > 0 && strcmp(ours, theirs) == 0;
}

static void look_at_status(struct red_run *r, int pid)
{
    static const char *const wanted[] = {"NoNewPrivs:\t1", "Seccomp:\t2",
                                         "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000",
                                         "CapInh:\t0000000000000000"};
    char path[64], line[256];
    unsigned seen = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
                seen |= 1u << i;
    if (f)
        (void)fclose(f);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        red_say(seen >> i & 1, "%s: its status says %.10s...", r->cage->name, wanted[i]);
}

static void look_at_maps(struct red_run *r, int pid)
{
    char path[64], line[512];
    unsigned both = 0, lines = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f)) {
        const char *flags = strchr(line, ' ');
        lines++;
        both += flags && flags[2] == 'w' && flags[3] == 'x';
    }
    if (f)
        (void)fclose(f);
    if (lines > 0)
        red_say(both == 0, "%s: no memory is writable and executable", r->cage->name);
}

void red_look_from_outside(struct red_run *r)
{
    static const struct {
        const char *name;
        enum layer layer;
    } spaces[] = {{"net", LAYER_NET_NS},
                  {"ipc", LAYER_IPC_NS},
                  {"mnt", LAYER_MOUNT_NS},
                  {"pid", LAYER_PID_NS},
                  {"user", LAYER_USER_NS}};
    struct zygote_answer a;
    if (spawn_order(r->spawn, 0, false, NULL) != ERR_NONE ||
        spawn_answer(r->spawn, &a, NULL) != ERR_NONE)
        return;
    uint32_t *life = &r->spawn->slots[0].ring->life;
    for (int i = 0; i < 1000 && __atomic_load_n(life, __ATOMIC_SEQ_CST) == 0; i++)
        (void)usleep(1000);
    (void)usleep(20000); /* from its announcement to its filter */
    int pid = red_first_child(r->spawn->pid);
    int count = pid > 0 ? count_descriptors(pid) : -1;
    if (count < 0) {
        (void)printf("ok - %s: seen from outside # skip only root with /proc may look\n",
                     r->cage->name);
        return;
    }
    red_say(count == 0, "%s: %s%d descriptors, seen from outside", r->cage->name,
            count ? "HOLE: " : "", count);
    look_at_status(r, pid);
    look_at_maps(r, pid);
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        if (r->layers & 1u << spaces[i].layer)
            red_say(!same_space(pid, spaces[i].name), "%s: %sits %s namespace is its own",
                    r->cage->name, same_space(pid, spaces[i].name) ? "HOLE: not so that " : "",
                    spaces[i].name);
}
