/* Retention by segment. Reads segments of our own, checked record by record before they go. */
#include "open/ledger_retain.h"

#include "common/ledger_record.h"
#include "open/ledger_files.h"

#include <errno.h>
#include <unistd.h>

static enum err read_segment(int dir, uint32_t number, struct buf *b, struct reader *r,
                             struct ledger_chain *c, struct why *why)
{
    char name[LEDGER_NAME_MAX];
    uint32_t said;
    bool there;
    ledger_files_segment(name, number, false);
    TRY(ledger_files_read(dir, name, LEDGER_SEGMENT_MOST, b, &there, why));
    if (!there)
        return fail(why, ERR_LEDGER, "%s is missing", name);
    *r = reader_of(buf_get(b));
    TRY(ledger_record_header(r, &said, c, why));
    return said == number ? ERR_NONE : fail(why, ERR_LEDGER, "%s is another segment", name);
}

enum err ledger_retain_first(int dir, uint32_t number, uint64_t *index, struct why *why)
{
    struct buf b;
    struct reader r;
    struct ledger_chain c;
    buf_init(&b, 0);
    enum err err = read_segment(dir, number, &b, &r, &c, why);
    if (err == ERR_NONE)
        *index = c.range.size;
    buf_done(&b);
    return err;
}

static enum err list_hashes(struct reader *r, struct ledger_chain *c, struct buf *out,
                            struct why *why)
{
    struct ledger_record record;
    enum ledger_next next;
    buf_put(out, r->bytes.at, r->at); /* the head of the segment as it was */
    while ((next = ledger_record_next(c, r, &record)) == LEDGER_NEXT_ONE)
        buf_put(out, record.hash.bytes, MERKLE_HASH_BYTES);
    buf_put(out, c->link, sizeof c->link);
    if (next != LEDGER_NEXT_END)
        return fail(why, ERR_LEDGER, "entry %llu is damaged", (unsigned long long)c->range.size);
    return out->bad ? fail(why, ERR_NOMEM, "hashes") : ERR_NONE;
}

enum err ledger_retain_drop(int dir, uint32_t number, struct why *why)
{
    char name[LEDGER_NAME_MAX], whole[LEDGER_NAME_MAX];
    struct buf b, out;
    struct reader r;
    struct ledger_chain c;
    buf_init(&b, 0);
    buf_init(&out, 0);
    ledger_files_segment(name, number, true);
    ledger_files_segment(whole, number, false);
    enum err err = read_segment(dir, number, &b, &r, &c, why);
    if (err == ERR_NONE)
        err = list_hashes(&r, &c, &out, why);
    if (err == ERR_NONE)
        err = ledger_files_replace(dir, name, buf_get(&out), 0600, why);
    if (err == ERR_NONE && unlinkat(dir, whole, 0) != 0)
        err = fail_os(why, "ledger: %s", whole);
    buf_done(&b);
    buf_done(&out);
    return err;
}
