/* A zygote changes hands: one process starts and tries it, another uses it. What travels over their
 * socket is one message with every descriptor that counts (SCM_RIGHTS, unix(7)) and a note. */
#ifndef CANDOR_HANDOVER_H
#define CANDOR_HANDOVER_H

#include "sandbox/spawn.h"

/* Sends pipes and memory of `s`, started with setup.keeps_memory. `s` NULL: only the note. The note
 * has a fixed size that both sides know. */
enum err handover_send(int socket_fd, const struct spawn *s, void *note, size_t note_len,
                       struct why *why);
/* Takes the next message; waits for it. *out: the zygote, its memory mapped, not ours to wait for;
 * NULL when only a note came. ERR_PEER when the other side is gone. */
enum err handover_receive(int socket_fd, struct spawn **out, void *note, size_t note_len,
                          struct why *why);
/* Closes what the sender has of it, so that the zygote ends when the receiver does. It stays the
 * sender's child. */
void handover_forget(struct spawn *s);

#endif
