/* The rows. Whatever is not asked for here is not had. */
#include "sandbox/policy.h"

#include "common/err.h"
#include "sandbox/filters.h"

static const char *const layer_names[LAYER_COUNT] = {
    [LAYER_SECCOMP] = "seccomp",
    [LAYER_NO_NEW_PRIVS] = "no-new-privs",
    [LAYER_DESCRIPTORS] = "no-descriptors",
    [LAYER_RLIMITS] = "rlimits",
    [LAYER_LANDLOCK] = "landlock",
    [LAYER_USER_NS] = "user-ns",
    [LAYER_NET_NS] = "net-ns",
    [LAYER_IPC_NS] = "ipc-ns",
    [LAYER_PID_NS] = "pid-ns",
    [LAYER_MOUNT_NS] = "mount-ns",
    [LAYER_MDWE] = "mdwe",
    [LAYER_TSC] = "no-tsc",
    [LAYER_CLOCK] = "no-clock",
};

const char *policy_layer_name(enum layer layer)
{
    return (unsigned)layer < LAYER_COUNT ? layer_names[layer] : "unknown";
}

const struct policy *policy_get(enum policy_id id)
{
    /* Not static const at file scope: the filters' lengths are objects of another file. */
    static struct policy rows[POLICY_COUNT] = {
        [POLICY_OPENER] = {.name = "candor",
                           .zone = "user",
                           .may =
                               "open what its user may open; no socket, io_uring, bpf, ptrace; as "
                               "root, capabilities over files, users and its children only",
                           .filter = filters_opener,
                           .keeps_descriptors = true},
        [POLICY_ZYGOTE] = {.name = "candor-jail (zygote)",
                           .zone = "jail",
                           .may =
                               "fork jails over memory it was handed; opens nothing, runs nothing",
                           .filter = filters_zygote,
                           .keeps_descriptors = true,
                           .filters_before = 1},
        [POLICY_JAIL] = {.name = "candor-jail",
                         .zone = "jail",
                         .may = "compute: exit_group, futex, anonymous non-executable memory",
                         .filter = filters_jail,
                         .filters_before = 2},
        [POLICY_DOOR] = {.name = "candor-door",
                         .zone = "edge",
                         .may = "accept on sockets it was given, read, write, take descriptors, "
                                "make unnamed memory; opens, connects, runs nothing",
                         .filter = filters_door,
                         .keeps_descriptors = true},
        [POLICY_KEEPER] = {.name = "candor-door (keeper)",
                           .zone = "user",
                           .may =
                               "as candor, and hand a zygote to the door by the one socket it has",
                           .filter = filters_keeper,
                           .keeps_descriptors = true},
        [POLICY_COURIER] = {.name = "candor-courier",
                            .zone = "edge",
                            .may =
                                "connect to the internet; write in its inbox, by Landlock nowhere "
                                "else; runs nothing, listens to nobody",
                            .filter = filters_courier,
                            .keeps_descriptors = true},
    };
    must((unsigned)id < POLICY_COUNT);
    rows[POLICY_OPENER].filter_len = filters_opener_len;
    rows[POLICY_ZYGOTE].filter_len = filters_zygote_len;
    rows[POLICY_JAIL].filter_len = filters_jail_len;
    rows[POLICY_DOOR].filter_len = filters_door_len;
    rows[POLICY_KEEPER].filter_len = filters_keeper_len;
    rows[POLICY_COURIER].filter_len = filters_courier_len;
    return &rows[id];
}
