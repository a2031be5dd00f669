/* Layers of the cage, in the order in which they must be raised. */
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#ifndef SECCOMP_SET_MODE_FILTER
#define SECCOMP_SET_MODE_FILTER 1
#endif

enum err confine_filter(enum policy_id id, struct why *why)
{
    const struct policy *row = policy_get(id);
    struct sock_fprog program = {row->filter_len, (struct sock_filter *)(uintptr_t)row->filter};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return fail_os(why, "cannot load the filter of %s", row->name);
    return ERR_NONE;
}

static enum err no_new_privs(struct why *why)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail_os(why, "no-new-privs refused");
    return ERR_NONE;
}

/* A program started with descriptor 0, 1 or 2 closed would get the next pipe or memory there, and
 * print into it. The place is taken by a descriptor that can neither be read nor written. */
static enum err fill_standard_descriptors(struct why *why)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
            return fail_os(why, "descriptor %d is closed and cannot be filled", fd);
    return ERR_NONE;
}

enum err confine_descriptors(struct why *why)
{
    return fill_standard_descriptors(why);
}

enum err confine_opener(bool reads_processes, struct why *why)
{
    TRY(fill_standard_descriptors(why));
    TRY(confine_root(reads_processes, why));
    TRY(no_new_privs(why));
    return confine_filter(POLICY_OPENER, why);
}

enum err confine_keeper(struct why *why)
{
    TRY(confine_root(false, why));
    TRY(no_new_privs(why));
    return confine_filter(POLICY_KEEPER, why);
}

enum err confine_door(unsigned uid, unsigned gid, struct why *why)
{
    unsigned layers = 0;
    int abi = 0;
    TRY(confine_service(uid, gid, why));
    TRY(confine_common(&layers, &abi, why));
    return confine_filter(POLICY_DOOR, why);
}

enum err confine_courier(const struct landlock_place *places, unsigned count, struct why *why)
{
    int abi = landlock_abi();
    TRY(no_new_privs(why));
    TRY(confine_powers(why));
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* cannot fail with 0 */
#ifndef CANDOR_ASAN
    (void)prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0); /* the filter says the same */
#endif
    if (abi == 0)
        return fail(why, ERR_CAGE, "this kernel has no Landlock: what talks could read files");
    TRY(landlock_leave(abi, places, count, why));
    return confine_filter(POLICY_COURIER, why);
}

/* Whether the time-stamp counter can be turned off; each jail then does. */
static bool may_stop_tsc(void)
{
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) != 0)
        return false;
    return prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0) == 0;
}

enum err confine_common(unsigned *layers, int *abi, struct why *why)
{
    TRY(no_new_privs(why));
    *layers |= 1u << LAYER_NO_NEW_PRIVS;
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* cannot fail with 0 */
#ifndef CANDOR_ASAN
    if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
        *layers |= 1u << LAYER_MDWE;
#endif
    if (may_stop_tsc())
        *layers |= 1u << LAYER_TSC;
    *abi = landlock_abi();
    if (*abi > 0 && landlock_close(*abi, NULL) == ERR_NONE)
        *layers |= 1u << LAYER_LANDLOCK;
    else
        *abi = 0;
    return ERR_NONE;
}

/* Zero limits that hold for every jail. NOFILE comes last: Landlock needs a descriptor. */
static const struct {
    int which;
    rlim_t value;
} zero_limits[] = {
    {RLIMIT_CORE, 0},     {RLIMIT_FSIZE, 0},  {RLIMIT_NPROC, 0},      {RLIMIT_MEMLOCK, 0},
    {RLIMIT_MSGQUEUE, 0}, {RLIMIT_NOFILE, 0}, {RLIMIT_SIGPENDING, 0},
};

/* Never above what the caller was given: raising it would be refused. */
static enum err set_limit(int which, rlim_t value, struct why *why)
{
    struct rlimit old, r = {value, value};
    if (getrlimit((__rlimit_resource_t)which, &old) != 0)
        return fail_os(why, "rlimit %d", which);
    if (old.rlim_max < value)
        r = (struct rlimit){old.rlim_max, old.rlim_max};
    if (setrlimit((__rlimit_resource_t)which, &r) != 0)
        return fail_os(why, "rlimit %d", which);
    return ERR_NONE;
}

static enum err set_limits(const struct confine_limits *limits, struct why *why)
{
#ifndef CANDOR_ASAN /* the shadow is terabytes of address space */
    if (limits->data_bytes)
        TRY(set_limit(RLIMIT_DATA, limits->data_bytes, why));
    if (limits->address_bytes)
        TRY(set_limit(RLIMIT_AS, limits->address_bytes, why));
#endif
    if (limits->cpu_s)
        TRY(set_limit(RLIMIT_CPU, limits->cpu_s, why));
    for (size_t i = 0; i < sizeof zero_limits / sizeof zero_limits[0]; i++)
        TRY(set_limit(zero_limits[i].which, zero_limits[i].value, why));
    return ERR_NONE;
}

enum err confine_jail(const struct confine_limits *limits, unsigned *layers, struct why *why)
{
    if (syscall(SYS_close_range, 0u, ~0u, 0u) != 0)
        return fail_os(why, "cannot close descriptors");
    *layers |= 1u << LAYER_DESCRIPTORS;
    if (*layers & 1u << LAYER_TSC && prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) != 0)
        return fail_os(why, "the time-stamp counter cannot be turned off");
    TRY(set_limits(limits, why));
    *layers |= 1u << LAYER_RLIMITS;
    TRY(confine_filter(POLICY_JAIL, why));
    *layers |= 1u << LAYER_SECCOMP;
    return ERR_NONE;
}
