/* libmagic (Debian: libmagic1, libmagic-mgc), loaded by name only when rules ask for it: linking
 * and loading it costs more than all else that a zygote does. Facts: libmagic(3). */
#include "bin/jail_magic.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* From magic.h. Without NO_CHECK_COMPRESS it may start programs to look into archives. */
enum { MAGIC_MIME_TYPE = 0x10, MAGIC_NO_CHECK_COMPRESS = 0x1000 };

static struct library {
    void *cookie;
    void *(*open)(int flags);
    int (*load)(void *cookie, const char *files);
    int (*set_flags)(void *cookie, int flags);
    const char *(*buffer)(void *cookie, const void *bytes, size_t len);
} library;

static struct span ask(void *ctx, struct span bytes, bool mime)
{
    struct library *l = ctx;
    if (l->set_flags(l->cookie, MAGIC_NO_CHECK_COMPRESS | (mime ? MAGIC_MIME_TYPE : 0)) != 0)
        return (struct span){NULL, 0};
    const char *text = l->buffer(l->cookie, bytes.len ? (const void *)bytes.at : "", bytes.len);
    return text ? span_text(text) : (struct span){NULL, 0};
}

/* A function's address in an object pointer's clothes: POSIX's own way. */
static bool find(void *handle, const char *name, void *out)
{
    void *at = dlsym(handle, name);
    memcpy(out, &at, sizeof at);
    return at != NULL;
}

const struct magic_peer *jail_magic_open(void)
{
    static const struct magic_peer peer = {.ctx = &library, .ask = ask};
    struct library *l = &library;
    void *handle = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!handle || !find(handle, "magic_open", &l->open) || !find(handle, "magic_load", &l->load) ||
        !find(handle, "magic_setflags", &l->set_flags) || !find(handle, "magic_buffer", &l->buffer))
        return NULL;
    l->cookie = l->open(MAGIC_NO_CHECK_COMPRESS);
    if (!l->cookie || l->load(l->cookie, NULL) != 0)
        return NULL;
    (void)ask(l, SPAN_OF("a text"), true); /* whatever it does only once */
    return &peer;
}
