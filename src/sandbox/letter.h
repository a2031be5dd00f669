/* One message with descriptors over a socket that was made before its ends were confined
 * (SCM_RIGHTS, unix(7)). Apart from handover.c because sys/socket.h and common/channel.h both know
 * a MSG_BATCH. */
#ifndef CANDOR_LETTER_H
#define CANDOR_LETTER_H

#include "common/err.h"

enum { LETTER_FDS_MAX = 200 }; /* the kernel's own bound is 253 */

struct letter {
    void *head; /* first part, fixed size */
    size_t head_len;
    void *note; /* second part, fixed size */
    size_t note_len;
    int fds[LETTER_FDS_MAX];
    uint32_t fd_count;
};

/* Two ends of a socket that keeps messages apart. */
enum err letter_pair(int ends[2], struct why *why);
/* Sends all of it, the descriptors stay the caller's. */
enum err letter_send(int fd, const struct letter *l, struct why *why);
/* Waits for one and fills both parts; ERR_PEER when the other side is gone or sent another size.
 * The descriptors are the caller's, close-on-exec. */
enum err letter_receive(int fd, struct letter *l, struct why *why);
void letter_close(struct letter *l);

#endif
