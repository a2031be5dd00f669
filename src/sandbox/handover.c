/* Both ends of handing a zygote over. */
#include "sandbox/handover.h"

#include "sandbox/letter.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAGIC = 0x43414e48 };

struct head {
    uint32_t magic, has_zygote;
    struct zygote_setup setup;
    uint32_t layers;
    int32_t landlock_abi;
};
_Static_assert(2 + 2 * ZYGOTE_SLOTS_MAX <= LETTER_FDS_MAX, "all descriptors fit one letter");

enum err handover_send(int socket_fd, const struct spawn *s, void *note, size_t note_len,
                       struct why *why)
{
    struct head head = {.magic = MAGIC};
    struct letter l = {.head = &head, .head_len = sizeof head, .note = note, .note_len = note_len};
    if (s) {
        head.has_zygote = 1;
        head.setup = s->setup;
        head.layers = s->layers;
        head.landlock_abi = s->landlock_abi;
        l.fds[l.fd_count++] = s->orders;
        l.fds[l.fd_count++] = s->answers;
    }
    for (uint32_t i = 0; s && i < s->setup.slots; i++) {
        l.fds[l.fd_count++] = s->slots[i].window_fd;
        l.fds[l.fd_count++] = s->slots[i].ring_fd;
    }
    return letter_send(socket_fd, &l, why);
}

static void *map(int fd, uint64_t bytes)
{
    void *p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* The pipes stay open, the memory stays mapped. */
static struct spawn *assemble(const struct head *head, struct letter *l)
{
    struct spawn *s = calloc(1, sizeof *s);
    bool ok = s != NULL;
    if (!s) {
        letter_close(l);
        return NULL;
    }
    s->setup = head->setup;
    s->pid = -1;
    s->layers = head->layers;
    s->landlock_abi = head->landlock_abi;
    s->orders = l->fds[0];
    s->answers = l->fds[1];
    for (uint32_t i = 0; i < s->setup.slots; i++) {
        struct spawn_slot *slot = &s->slots[i];
        slot->window_fd = slot->window_ro_fd = slot->ring_fd = slot->output_fd = -1;
        slot->window = map(l->fds[2 + 2 * i], s->setup.window_bytes);
        slot->ring = map(l->fds[3 + 2 * i], s->setup.ring_bytes);
        ok = ok && slot->window && slot->ring;
        (void)close(l->fds[2 + 2 * i]);
        (void)close(l->fds[3 + 2 * i]);
    }
    if (ok)
        return s;
    spawn_close(s);
    return NULL;
}

enum err handover_receive(int socket_fd, struct spawn **out, void *note, size_t note_len,
                          struct why *why)
{
    struct head head = {0};
    struct letter l = {.head = &head, .head_len = sizeof head, .note = note, .note_len = note_len};
    *out = NULL;
    TRY(letter_receive(socket_fd, &l, why));
    bool fits = head.magic == MAGIC && head.setup.slots <= ZYGOTE_SLOTS_MAX &&
                head.setup.output_bytes == 0 &&
                l.fd_count == (head.has_zygote ? 2 + 2 * head.setup.slots : 0);
    if (!fits) {
        letter_close(&l);
        return fail(why, ERR_PEER, "a letter of another kind");
    }
    if (!head.has_zygote)
        return ERR_NONE;
    *out = assemble(&head, &l);
    return *out ? ERR_NONE : fail(why, ERR_NOMEM, "the memory of a new zygote");
}

void handover_forget(struct spawn *s)
{
    if (s)
        s->pid = -1;
    spawn_close(s);
}
