/* The system's socket header has a MSG_BATCH, too; ours wins. Include first. */
#ifndef CANDOR_RED_SOCKET_H
#define CANDOR_RED_SOCKET_H

#define MSG_BATCH SYSTEM_MSG_BATCH
#include <sys/socket.h>
#undef MSG_BATCH

#endif
