/* Root notes: read, followed, kept. */
#include "user/update_root.h"

#include "open/ledger_files.h"
#include "user/active.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum err update_root_read(struct update_root *r, const struct settings *s, int dir, struct why *why)
{
    bool there = false;
    *r = (struct update_root){.on = s->root != NULL};
    if (!r->on)
        return ERR_NONE;
    r->arena = arena_new(0);
    if (!r->arena)
        return fail(why, ERR_NOMEM, "root note");
    TRY(ledger_files_read(dir, "root", NOTE_BYTES_MAX, &r->bytes, &there, why));
    if (!there)
        TRY(ledger_files_read(AT_FDCWD, s->root, NOTE_BYTES_MAX, &r->bytes, &there, why));
    if (!there)
        return fail(why, ERR_USAGE, "the root note %s is not there", s->root);
    return root_note_open(buf_get(&r->bytes), r->arena, &r->note, why);
}

enum err update_root_apply(const struct update_root *r, struct quorum *policy, struct why *why)
{
    if (!r->on)
        return ERR_NONE;
    if (policy->log_count > 0)
        return fail(why, ERR_USAGE, "a root note is configured: then the policy names no log");
    for (uint32_t i = 0; i < r->note.log_count; i++)
        policy->logs[policy->log_count++] = r->note.logs[i];
    return ERR_NONE;
}

enum err update_root_take(struct update_root *r, struct settings *s, int dir, struct span bytes,
                          struct why *why)
{
    struct root_note next;
    char text[100];
    if (!r->on)
        return fail(why, ERR_LEDGER, "a root note, and none is configured to begin with");
    TRY(root_note_follow(&r->note, bytes, r->arena, &next, why));
    (void)snprintf(text, sizeof text, "version %" PRIu64 ", %u keys of the log", next.version,
                   next.log_count);
    TRY(active_record_config(s, "root note", text, why));
    TRY(ledger_files_replace(dir, "root", bytes, 0644, why));
    (void)printf("root note: %s\n", text);
    buf_clear(&r->bytes);
    buf_span(&r->bytes, bytes);
    return root_note_open(buf_get(&r->bytes), r->arena, &r->note, why);
}

void update_root_done(struct update_root *r)
{
    buf_done(&r->bytes);
    arena_free(r->arena);
}
