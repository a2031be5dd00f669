/* Keys of logs and witnesses. Reads the owner's own files. */
#include "user/log_keys.h"

#include "common/crypto.h"
#include "common/text.h"
#include "open/ledger_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char prefix[] = "PRIVATE+KEY+";

static enum err finish(struct log_key *k, struct why *why)
{
    k->key.name = span_text(k->name);
    if (!crypto_ed25519_public(k->seed, k->key.key) || !note_key_id(&k->key))
        return fail(why, ERR_SYSTEM, "the key cannot be used");
    return ERR_NONE;
}

static void print(const struct log_key *k, struct buf *out)
{
    struct buf raw;
    buf_init(&raw, 0);
    buf_byte(&raw, k->key.type);
    buf_put(&raw, k->seed, sizeof k->seed);
    buf_print(out, "%s%s+%08x+", prefix, k->name, k->key.id);
    text_base64(out, buf_get(&raw));
    buf_byte(out, '\n');
    explicit_bzero(raw.at, raw.len);
    buf_done(&raw);
}

enum err log_keys_make(const char *path, const char *name, enum note_type type, struct log_key *out,
                       struct why *why)
{
    struct buf text;
    *out = (struct log_key){.key = {.type = (uint8_t)type}};
    if ((size_t)snprintf(out->name, sizeof out->name, "%s", name) >= sizeof out->name || !name[0] ||
        strpbrk(name, "+ \t\n"))
        return fail(why, ERR_USAGE, "a key's name has no blank and no '+': \"%.60s\"", name);
    if (getrandom(out->seed, sizeof out->seed, 0) != sizeof out->seed)
        return fail_os(why, "no randomness for a key");
    TRY(finish(out, why));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_os(why, "%s", path);
    buf_init(&text, 0);
    print(out, &text);
    enum err err = ledger_files_write(fd, buf_get(&text), 0, why);
    if (err == ERR_NONE && fsync(fd) != 0)
        err = fail_os(why, "%s", path);
    (void)close(fd);
    explicit_bzero(text.at, text.len);
    buf_done(&text);
    return err;
}

static bool parse(struct span text, struct log_key *out)
{
    struct span rest = text_trim(text), name, id;
    struct buf raw;
    bool ok = span_starts(rest, span_text(prefix));
    rest = span_cut(rest, sizeof prefix - 1, SIZE_MAX);
    ok = ok && text_field(&rest, '+', &name) && text_field(&rest, '+', &id) &&
         name.len < sizeof out->name;
    buf_init(&raw, 64);
    ok = ok && text_unbase64(&raw, rest) && raw.len == 33;
    if (ok) {
        memcpy(out->name, name.at, name.len);
        out->name[name.len] = 0;
        out->key.type = raw.at[0];
        memcpy(out->seed, raw.at + 1, sizeof out->seed);
    }
    buf_done(&raw);
    return ok && (out->key.type == NOTE_ED25519 || out->key.type == NOTE_COSIGNATURE);
}

enum err log_keys_read(const char *path, struct log_key *out, struct why *why)
{
    struct buf text;
    bool there;
    *out = (struct log_key){0};
    buf_init(&text, 0);
    enum err err = ledger_files_read(AT_FDCWD, path, 1024, &text, &there, why);
    if (err == ERR_NONE && (!there || !parse(buf_get(&text), out)))
        err = fail(why, ERR_USAGE, "%s holds no signing key", path);
    buf_done(&text);
    return err == ERR_NONE ? finish(out, why) : err;
}
