/* Enters each cage and has every act tried there. */
#include "red_cages.h"

#include "sandbox/confine.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 3000, DATA_BYTES = 64 * 1024 };

static const struct red_cage cages[] = {
    {.name = "scan jail",
     .key = "scan",
     .limits = {.data_bytes = UINT64_C(1536) << 20, .address_bytes = UINT64_C(6) << 30}},
    {.name = "compile jail",
     .key = "compile",
     .output_bytes = 1 << 20,
     .limits = {.data_bytes = UINT64_C(12) << 30, .address_bytes = UINT64_C(32) << 30}},
    {.name = "zygote", .key = "zygote", .is_zygote = true},
    {.name = "opener", .key = "opener", .is_opener = true},
};

static uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool red_start(struct red_run *r)
{
    char path[4096];
    struct why why = {0};
    struct zygote_setup setup = {.slots = 1,
                                 .window_bytes = WINDOW_DATA + DATA_BYTES,
                                 .ring_bytes = sizeof(struct ring),
                                 .output_bytes = r->cage->output_bytes,
                                 .limits = r->cage->limits};
    (void)snprintf(path, sizeof path, "%s/%s", r->options->dir,
                   r->cage->is_zygote ? "red-zygote" : r->options->jail);
    if (spawn_open(&r->spawn, path, &setup, -1, &why) == ERR_NONE)
        return true;
    red_say(false, "%s: it does not start: %s", r->cage->name, why.text);
    return false;
}

static bool is_over(const struct ring *ring, uint64_t until)
{
    uint32_t life = __atomic_load_n(&ring->life, __ATOMIC_SEQ_CST);
    return (life & FUTEX_OWNER_DIED) != 0 || now_ms() > until ||
           __atomic_load_n(&ring->spare[0], __ATOMIC_SEQ_CST) == RED_RETURNED;
}

static void read_result(const struct ring *ring, struct red_trial *t)
{
    t->begun = ring->spare[0] >= RED_BEGUN;
    t->returned = ring->spare[0] == RED_RETURNED;
    t->result = (int64_t)((uint64_t)ring->spare[2] << 32 | ring->spare[1]);
}

void red_order(struct window *w, uint32_t kind, const struct red_target *target)
{
    memcpy((uint8_t *)w + WINDOW_DATA, target, sizeof *target);
    __atomic_store_n(&w->order.kind, kind, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&w->go, 1, __ATOMIC_SEQ_CST);
    channel_wake(&w->go);
}

bool red_begin(struct red_run *r)
{
    struct spawn_slot *slot = &r->spawn->slots[0];
    struct zygote_answer a;
    struct why why = {0};
    slot->window->order.kind = 0;
    slot->window->go = 0;
    if (spawn_order(r->spawn, 0, false, &why) == ERR_NONE &&
        spawn_answer(r->spawn, &a, &why) == ERR_NONE && a.pid > 0)
        return true;
    red_say(false, "%s: no jail to be had: %s", r->cage->name, why.text);
    return false;
}

bool red_end(struct red_run *r, int32_t *status)
{
    struct zygote_answer a;
    struct why why = {0};
    if (spawn_order(r->spawn, 0, true, &why) != ERR_NONE ||
        spawn_answer(r->spawn, &a, &why) != ERR_NONE) {
        red_say(false, "%s: the zygote is gone: %s", r->cage->name, why.text);
        return false;
    }
    *status = a.status;
    return true;
}

bool red_in_jail(struct red_run *r, uint32_t kind, const struct red_target *target,
                 struct red_trial *t)
{
    struct spawn_slot *slot = &r->spawn->slots[0];
    *t = (struct red_trial){0};
    if (!red_begin(r))
        return false;
    red_order(slot->window, kind, target);
    uint64_t until = now_ms() + WAIT_MS;
    while (!is_over(slot->ring, until)) {
        struct timespec nap = {0, 10000000};
        uint32_t life = __atomic_load_n(&slot->ring->life, __ATOMIC_SEQ_CST);
        if (life == 0)
            (void)nanosleep(&(struct timespec){0, 50000}, NULL);
        else if (!(life & FUTEX_OWNER_DIED))
            (void)syscall(SYS_futex, &slot->ring->life, FUTEX_WAIT, life, &nap, NULL, 0);
    }
    read_result(slot->ring, t);
    if (!red_end(r, &t->status))
        return false;
    /* The death mark comes a moment before the end: was_alive says nothing here. */
    t->hung = !t->returned && now_ms() > until;
    return true;
}

static bool in_zygote(struct red_run *r, const struct red_target *target, struct red_trial *t)
{
    struct why why = {0};
    if (!red_start(r))
        return false;
    struct spawn_slot *slot = &r->spawn->slots[0];
    red_order(slot->window, RED_ACT, target);
    (void)spawn_order(r->spawn, 0, false, &why);
    uint64_t until = now_ms() + WAIT_MS;
    pid_t done = 0;
    while ((done = waitpid(r->spawn->pid, &t->status, WNOHANG)) == 0 && now_ms() < until)
        (void)nanosleep(&(struct timespec){0, 200000}, NULL);
    read_result(slot->ring, t);
    t->hung = done == 0;
    if (done != 0)
        r->spawn->pid = -1;
    r->layers = r->spawn->layers;
    r->landlock_abi = r->spawn->landlock_abi;
    spawn_close(r->spawn);
    r->spawn = NULL;
    return true;
}

static bool in_opener(const struct red_target *target, struct red_trial *t)
{
    struct ring *ring =
        mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ring == MAP_FAILED)
        return false;
    static struct window here;
    pid_t pid = fork();
    if (pid == 0) {
        ring->spare[0] = RED_BEGUN;
        long result = red_acts[target->act].run(target, &here);
        ring->spare[1] = (uint32_t)(uint64_t)result;
        ring->spare[2] = (uint32_t)((uint64_t)result >> 32);
        ring->spare[0] = RED_RETURNED;
        _exit(0);
    }
    bool ok = pid > 0 && waitpid(pid, &t->status, 0) == pid;
    read_result(ring, t);
    (void)munmap(ring, sizeof *ring);
    return ok;
}

static void describe(const struct red_trial *t, char *out, size_t size)
{
    if (t->hung)
        (void)snprintf(out, size, "ran on for %d ms", WAIT_MS);
    else if (t->returned)
        (void)snprintf(out, size, "returned %lld%s%s", (long long)t->result,
                       t->result < 0 ? ", " : "",
                       t->result < 0 && t->result > -4096 ? strerrorname_np((int)-t->result) : "");
    else if (WIFSIGNALED(t->status))
        (void)snprintf(out, size, "killed by SIG%s", sigabbrev_np(WTERMSIG(t->status)));
    else
        (void)snprintf(out, size, "ended with %d", WEXITSTATUS(t->status));
}

static bool ended_as(const struct red_trial *t, enum red_end end)
{
    if (!t->begun || t->returned || t->hung || !WIFSIGNALED(t->status))
        return false;
    int signal = WTERMSIG(t->status);
    return end == RED_SYS    ? signal == SIGSYS
           : end == RED_SEGV ? signal == SIGSEGV
                             : signal != SIGKILL;
}

/* Layers that stand in this run, as far as they bear on acts. */
static uint32_t standing(const struct red_run *r)
{
    uint32_t layers = r->layers | LAYER_WALL | RED_ALWAYS;
    if (r->options->no_limits)
        layers &= ~(1u << LAYER_RLIMITS);
    return layers | (r->landlock_abi >= 6 ? RED_SCOPE : 0);
}

/* Whether this act matters in this cage at all. */
static bool applies(const struct red_run *r, const struct red_act *act)
{
    if (r->cage->is_opener)
        return (act->flags & RED_OPENER) != 0 ||
               (act->flags & RED_POWER && !r->options->keeps_admin);
    uint32_t walls = act->walls & standing(r);
    if (r->cage->is_zygote && act->flags & RED_ZYGOTE)
        return false;
    if (r->options->bare)
        return walls != 0 && (act->flags & RED_CAGED) == 0;
    /* What no filter can refuse needs its layer. */
    return act->end == RED_SYS || act->walls == 0 || walls != 0;
}

static bool is_refused(const struct red_run *r, const struct red_act *act,
                       const struct red_trial *t)
{
    if (r->cage->is_opener)
        return t->returned && t->result == -EPERM;
    if (r->options->bare)
        return t->begun && !t->hung && (t->returned ? t->result < 0 : WIFSIGNALED(t->status));
    return ended_as(t, act->end);
}

static void name_walls(const struct red_run *r, uint32_t walls, char *out, size_t size)
{
    size_t at = 0;
    out[0] = 0;
    for (unsigned l = 0; l < LAYER_COUNT; l++)
        if (r->options->bare && walls & standing(r) & 1u << l && at < size)
            at += (size_t)snprintf(out + at, size - at, "%s%s", at ? ", " : " although there is ",
                                   policy_layer_name(l));
}

static bool try_act(struct red_run *r, const struct red_act *act, const struct red_target *t)
{
    struct red_trial trial = {0};
    char how[80], walls[160];
    bool ran = r->cage->is_zygote   ? in_zygote(r, t, &trial)
               : r->cage->is_opener ? in_opener(t, &trial)
                                    : red_in_jail(r, RED_ACT, t, &trial);
    if (!ran)
        return false;
    r->tried++;
    describe(&trial, how, sizeof how);
    bool ok = is_refused(r, act, &trial);
    name_walls(r, act->walls, walls, sizeof walls);
    if (!ok)
        red_say(false, "%s: HOLE: %s (%u): %s%s", r->cage->name, act->name, t->index, how, walls);
    else if (r->options->list)
        (void)printf("#   %-36s %2u  %s\n", act->name, t->index, how);
    r->by_signal += ok && !trial.returned;
    r->holes += !ok;
    return true;
}

static void try_all(struct red_run *r, const struct red_target *target)
{
    struct red_target t = *target;
    for (t.act = 0; t.act < red_act_count; t.act++) {
        const struct red_act *act = &red_acts[t.act];
        r->kinds += applies(r, act);
        for (t.index = 0; t.index < act->times; t.index++)
            if (applies(r, act) && !try_act(r, act, &t))
                return;
    }
    red_say(r->holes == 0 && r->tried > 0,
            "%s%s: %u acts of %u kinds, %u let through, %u ended by a signal", r->cage->name,
            r->options->no_limits ? " without filter and limits"
            : r->options->bare    ? " without its filter"
                                  : "",
            r->tried, r->kinds, r->holes, r->by_signal);
}

static void print_layers(const struct red_run *r)
{
    (void)printf("# %s: layers", r->cage->name);
    for (unsigned l = 0; l < LAYER_COUNT; l++)
        if ((r->layers | LAYER_WALL) & 1u << l)
            (void)printf(" %s", policy_layer_name(l));
    (void)printf("; missing");
    for (unsigned l = 0; l < LAYER_COUNT; l++)
        if (!((r->layers | LAYER_WALL) & 1u << l))
            (void)printf(" %s", policy_layer_name(l));
    (void)printf("; landlock abi %d\n", r->landlock_abi);
}

static void enter(struct red_run *r, const struct red_target *target)
{
    if (!r->cage->is_zygote && !r->cage->is_opener) {
        if (!red_start(r))
            return;
        r->layers = r->spawn->layers;
        r->landlock_abi = r->spawn->landlock_abi;
        print_layers(r);
        if (!r->options->bare)
            red_look_from_outside(r);
    }
    try_all(r, target);
    if (r->options->sweep && r->spawn && r->spawn->pid > 0)
        red_sweep(r);
    if (r->options->measure && r->spawn && r->spawn->pid > 0)
        red_measure(r);
    spawn_close(r->spawn);
    r->spawn = NULL;
}

void red_cages(const struct red_options *o, const struct red_target *target)
{
    struct why why = {0};
    red_prepare();
    if (!o->no_opener && confine_opener(true, &why) != ERR_NONE) {
        red_say(false, "the opener's own filter: %s", why.text);
        return;
    }
    for (size_t i = 0; i < sizeof cages / sizeof cages[0]; i++) {
        struct red_run r = {.options = o, .cage = &cages[i]};
        bool other = (o->bare && (r.cage->is_zygote || r.cage->is_opener)) ||
                     (o->no_opener && r.cage->is_opener);
        if (!other && (!o->only || strcmp(o->only, r.cage->key) == 0))
            enter(&r, target);
    }
}
