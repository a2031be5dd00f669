/* candor log key, root and endorse: offline keys, and the notes in which they say which keys a log
 * signs with. */
#include "common/root_note.h"
#include "common/text.h"
#include "open/ledger_files.h"
#include "user/cmd_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum err cmd_log_root_key(const struct log_options *o, struct why *why)
{
    struct log_key k;
    struct buf b;
    if (o->rest_count != 1 || !o->origin)
        return fail(why, ERR_USAGE, "key wants a file and --origin, the holder's name");
    TRY(log_keys_make(o->rest[0], o->origin, NOTE_ED25519, &k, why));
    buf_init(&b, 0);
    note_key_print(&k.key, &b);
    (void)printf("%.*s\n", (int)b.len, (char *)b.at);
    buf_done(&b);
    explicit_bzero(&k, sizeof k);
    return ERR_NONE;
}

static enum err read_keys(const struct buf *lines, struct note_key *out, uint32_t *count,
                          uint32_t most, struct why *why)
{
    struct span rest = buf_get(lines), line;
    while (text_line(&rest, &line)) {
        if (*count == most)
            return fail(why, ERR_USAGE, "more than %u keys of a kind", most);
        TRY(note_key_parse(line, &out[(*count)++], why));
    }
    return ERR_NONE;
}

static enum err write_note(const char *path, int flags, const struct buf *b, struct why *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    if (fd < 0)
        return fail_os(why, "%s", path);
    enum err err =
        b->bad ? fail(why, ERR_NOMEM, "root note") : ledger_files_write(fd, buf_get(b), 0, why);
    if (close(fd) != 0 && err == ERR_NONE)
        err = fail_os(why, "%s", path);
    return err;
}

enum err cmd_log_root_make(const struct log_options *o, struct why *why)
{
    struct root_note r = {.version = 1}, back;
    struct buf b;
    struct why inner = {0};
    if (o->rest_count != 1 || !o->threshold || !text_u64(span_text(o->threshold), &r.threshold) ||
        (o->version && !text_u64(span_text(o->version), &r.version)))
        return fail(why, ERR_USAGE, "root wants a file, --threshold, --holder, --log; --version");
    TRY(read_keys(&o->holders, r.holders, &r.holder_count, ROOT_HOLDERS_MAX, why));
    TRY(read_keys(&o->logs, r.logs, &r.log_count, ROOT_LOGS_MAX, why));
    buf_init(&b, 0);
    root_note_print(&r, &b);
    enum err err = root_note_parse(buf_get(&b), &back, &inner) == ERR_NONE
                       ? write_note(o->rest[0], O_EXCL, &b, why)
                       : fail(why, ERR_USAGE, "%s", inner.text);
    buf_done(&b);
    return err;
}

/* The text of a note that may have signatures already, or none. */
static struct span text_of(struct span bytes)
{
    size_t end = span_find_last(bytes, SPAN_OF("\n\n"));
    return end == SIZE_MAX ? bytes : span_cut(bytes, 0, end + 1);
}

enum err cmd_log_root_endorse(const struct log_options *o, struct why *why)
{
    struct log_key k = {0};
    struct root_note r;
    struct buf b;
    bool there = false;
    if (o->rest_count != 1 || !o->key)
        return fail(why, ERR_USAGE, "endorse wants a root note and --key");
    buf_init(&b, 0);
    enum err err = ledger_files_read(AT_FDCWD, o->rest[0], NOTE_BYTES_MAX, &b, &there, why);
    if (err == ERR_NONE)
        err = root_note_parse(text_of(buf_get(&b)), &r, why);
    if (err == ERR_NONE)
        err = log_keys_read(o->key, &k, why);
    if (err == ERR_NONE && k.key.type != NOTE_ED25519)
        err = fail(why, ERR_USAGE, "%s is a witness's key", o->key);
    if (err == ERR_NONE)
        err = note_sign(&b, &k.key, k.seed, 0, why);
    if (err == ERR_NONE)
        err = write_note(o->rest[0], O_TRUNC, &b, why);
    explicit_bzero(&k, sizeof k);
    buf_done(&b);
    return err;
}
