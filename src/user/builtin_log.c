/* "candor-builtin/v1", date, length of the head; a blank line; the head, a checkpoint without
 * signatures; entries. A file of the package's, read as carefully as a stranger's. */
#include "user/builtin_log.h"

#include "common/note.h"
#include "common/text.h"
#include "common/tlog.h"
#include "open/ledger_files.h"
#include "user/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { LOG_MOST = 64 << 20 };

/* "NAME NUMBER\n" */
static bool take(struct span *rest, const char *name, uint64_t *out)
{
    struct span line, word;
    return text_line(rest, &line) && text_field(&line, ' ', &word) &&
           span_equal(word, span_text(name)) && text_u64(line, out);
}

static bool read_entries(struct span entries, struct merkle_range *range)
{
    struct reader r = reader_of(entries);
    struct merkle_hash hash;
    struct span entry;
    while (tlog_next_entry(&r, &entry))
        if (!merkle_leaf(entry, &hash) || !merkle_range_append(range, &hash))
            return false;
    return !r.bad;
}

static bool parse(struct span bytes, struct builtin_log *out)
{
    struct span rest = bytes, line;
    struct merkle_range range;
    struct merkle_hash root;
    struct checkpoint head;
    uint64_t len;
    merkle_range_init(&range);
    if (!text_line(&rest, &line) || !span_equal(line, SPAN_OF("candor-builtin/v1")) ||
        !take(&rest, "date", &out->date_s) || !take(&rest, "note", &len) ||
        !text_line(&rest, &line) || line.len != 0 || len > rest.len ||
        checkpoint_parse(span_cut(rest, 0, (size_t)len), &head, NULL) != ERR_NONE ||
        !read_entries(span_cut(rest, (size_t)len, SIZE_MAX), &range) ||
        !merkle_range_root(&range, &root) || !merkle_equal(&root, &head.root) ||
        range.size != head.size || head.origin.len >= sizeof out->origin)
        return false;
    (void)snprintf(out->origin, sizeof out->origin, "%.*s", (int)head.origin.len,
                   (const char *)head.origin.at);
    out->size = head.size;
    for (int i = 0; i < MERKLE_HASH_BYTES; i++)
        (void)snprintf(out->root + 2 * i, 3, "%02x", root.bytes[i]);
    return true;
}

bool builtin_log_read(struct builtin_log *out)
{
    char folder[4096], path[4200];
    struct buf b;
    bool there = false;
    *out = (struct builtin_log){.size = 0};
    if (!settings_builtin_rules(folder, sizeof folder))
        return false;
    (void)snprintf(path, sizeof path, "%s.log", folder);
    buf_init(&b, 0);
    bool ok = ledger_files_read(AT_FDCWD, path, LOG_MOST, &b, &there, NULL) == ERR_NONE && there &&
              parse(buf_get(&b), out);
    buf_done(&b);
    return ok;
}
