/* Compiled rules, kept by what they were compiled from. Key: the sources' names and hashes, the
 * options, the compiler. An image found under its key is used; anything else is built again. */
#ifndef CANDOR_IMAGE_CACHE_H
#define CANDOR_IMAGE_CACHE_H

#include "open/build.h"

struct image {
    int fd;        /* the caller closes it */
    char head[65]; /* SHA-256 of the image, hex: the rule set's name in reports */
    uint64_t len;
    bool is_new; /* compiled just now, or given by hand: let a jail check it before use */
    bool has_counts;
    char state[65]; /* of a file given by hand, for image_keep_checked; "": it may not be kept */
    uint32_t rules, strings, errors, warnings;
    uint64_t hashes;
};

/* `folder`: where images are kept, made if missing; NULL keeps none. Diagnostics come through
 * options. */
enum err image_get(struct sources *sources, const struct build_options *options, const char *folder,
                   struct image *out, struct why *why);
/* Forgets an image that its checker refused. */
void image_forget(const struct sources *sources, const struct build_options *options,
                  const char *folder);
/* What compiles here, as a name: another one may make other images of the same sources. */
bool image_compiler(const char *jail_path, char out[65]);
/* HEAD.img in a folder of ours or root's: opened without being read. False: not there, or anybody
 * else may write it. */
bool image_find(int dir, const char *head, struct image *out);
/* A file that is an image already (its first bytes say so): opened as it is. False: it is not one.
 */
bool image_is_one(const char *path);
/* Copies an image to a file: aside, then renamed, so that a scan that maps an old one keeps it. */
enum err image_write(int image_fd, uint64_t len, const char *path, struct why *why);
/* Copies an image into sealed memory: what its file becomes later does not matter. */
enum err image_open(const char *path, struct image *out, struct why *why);
/* The same, but a file that image_keep_checked noted in `folder` is used as it is, without a copy,
 * and is not new, while it is unchanged: only this user and root can write it. folder: NULL or ""
 * for none; jail_path: whose check it was. */
enum err image_open_checked(const char *path, const char *jail_path, const char *folder,
                            struct image *out, struct why *why);
/* A jail has checked this image. Does nothing where its file could change unseen. */
void image_keep_checked(const char *folder, const struct image *image);

#endif
