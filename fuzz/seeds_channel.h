/* Seeds of the targets at the opener's end of the channel, and at the door's. */
#ifndef CANDOR_SEEDS_CHANNEL_H
#define CANDOR_SEEDS_CHANNEL_H

/* Writes FOLDER/records/..., requests/... and protocol/...; 0, or how many could not be written. */
int seeds_channel(const char *folder);

#endif
