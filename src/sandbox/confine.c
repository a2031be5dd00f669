/* Layers of the cage, in the order in which they must be raised. */
#include "sandbox/confine.h"

#include <errno.h>
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

enum err confine_opener(struct why *why)
{
    TRY(no_new_privs(why));
    return confine_filter(POLICY_OPENER, why);
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

static enum err set_limit(int which, rlim_t value, struct why *why)
{
    struct rlimit r = {value, value};
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
    /* Without a pid namespace nobody else ends a jail whose zygote died. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0)
        *layers |= 1u << LAYER_TSC;
    TRY(set_limits(limits, why));
    *layers |= 1u << LAYER_RLIMITS;
    TRY(confine_filter(POLICY_JAIL, why));
    *layers |= 1u << LAYER_SECCOMP;
    return ERR_NONE;
}
