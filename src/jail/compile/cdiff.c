/* "ClamAV-Diff:version:size:", a gzipped script of `size` bytes, ":signature" over all before it.
 * Hostile bytes until the signature says otherwise, and read the same way after. Facts: ClamAV's
 * cdiff code; *observed* of sigtool 1.4.6: line numbers of DEL and XCHG are those before the first
 * change, in any order, and the last command for a line counts; a command's second word is how the
 * line begins; bytes of lines that stay are kept, but a file is not edited whose last line has no
 * end; names are of letters, digits and points. */
#include "jail/compile/cdiff.h"

#include "common/limits.h"
#include "common/sort.h"
#include "common/text.h"
#include "jail/compile/cvd_sign.h"

#include <inttypes.h>
#include <string.h>

enum { SIGNATURE_MOST = 400, NAME_MOST = 64 };

/* DEL or XCHG. */
struct edit {
    uint64_t line; /* counted from 1 */
    struct span begins, text;
    bool is_exchange;
};

struct cdiff_run {
    struct arena *arena;
    struct cvd *cvd;
    uint32_t line;    /* of the script */
    struct span open; /* name of the open file; .at NULL: none */
    struct edit *edits;
    uint32_t edit_count, edit_cap;
    struct span *added;
    uint32_t added_count, added_cap;
    uint64_t added_bytes, exchanged_bytes;
    const char *wrong;
};

static bool refuse(struct cdiff_run *r, const char *text)
{
    if (!r->wrong)
        r->wrong = text;
    return false;
}

static const char no_memory[] = "no memory";

/* --- the file --- */

enum err cdiff_open(struct span file, struct arena *a, struct cdiff *out, struct why *why)
{
    struct span rest = file, magic, version, size_text;
    uint64_t size;
    size_t end = span_find_last(file, SPAN_OF(":"));
    *out = (struct cdiff){.version = 0};
    if (end == SIZE_MAX || file.len - end > SIGNATURE_MOST)
        return fail(why, ERR_RULES, "it does not end in a signature");
    rest.len = end;
    if (!text_field(&rest, ':', &magic) || !span_equal(magic, SPAN_OF("ClamAV-Diff")) ||
        !text_field(&rest, ':', &version) || !text_u64(version, &out->version) ||
        !text_field(&rest, ':', &size_text) || !text_u64(size_text, &size))
        return fail(why, ERR_RULES, "it does not begin as a difference of ClamAV's");
    if (!cvd_gunzip(rest, a, &out->script) || out->script.len != size)
        return fail(why, ERR_RULES, "what it holds is damaged");
    struct span signature = span_cut(file, end + 1, SIZE_MAX);
    out->is_signed = cvd_sign_is_difference(span_cut(file, 0, end), signature);
    return ERR_NONE;
}

/* --- files of the container --- */

static bool is_name(struct span s)
{
    bool ok = s.len > 0 && s.len <= NAME_MOST;
    for (size_t i = 0; ok && i < s.len; i++)
        ok = text_is_alnum(span_byte(s, i)) || span_byte(s, i) == '.';
    return ok;
}

/* NULL: there is none of that name. */
static struct span *find(struct cdiff_run *r, struct span name)
{
    struct cvd *c = r->cvd;
    if (c->manifest.at && span_equal(c->manifest_name, name))
        return &c->manifest;
    for (uint32_t i = 0; i < c->count; i++)
        if (span_equal(c->members[i].name, name))
            return &c->members[i].bytes;
    return NULL;
}

/* Made empty when it is not there. */
static struct span *find_or_make(struct cdiff_run *r, struct span name)
{
    struct span *found = find(r, name);
    struct cvd *c = r->cvd;
    if (found)
        return found;
    if (c->count >= CVD_MEMBERS_MOST ||
        !arena_grow(r->arena, (void **)&c->members, &c->cap, c->count + 1, sizeof *c->members)) {
        (void)refuse(r, no_memory);
        return NULL;
    }
    c->members[c->count++] = (struct cvd_member){.name = name};
    return &c->members[c->count - 1].bytes;
}

static bool unlink_file(struct cdiff_run *r, struct span name)
{
    struct cvd *c = r->cvd;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!span_equal(c->members[i].name, name))
            continue;
        memmove(&c->members[i], &c->members[i + 1], (c->count - i - 1) * sizeof *c->members);
        c->count--;
        return true;
    }
    return refuse(r, "no such file to unlink");
}

/* A file in the making: its room is known beforehand. */
struct output {
    uint8_t *at;
    size_t len, room;
};

static bool output_open(struct cdiff_run *r, struct output *o, uint64_t room)
{
    if (room > LIMIT_CVD_BYTES)
        return refuse(r, "a file would become too large");
    *o = (struct output){.at = arena_alloc(r->arena, (size_t)room + 1, 1), .room = (size_t)room};
    return o->at || refuse(r, no_memory);
}

static void put(struct output *o, struct span s)
{
    must(s.len <= o->room - o->len);
    if (s.len)
        memcpy(o->at + o->len, s.at, s.len);
    o->len += s.len;
}

/* The next line with its end; false when nothing is left. */
static bool next_line(struct span *rest, struct span *line)
{
    size_t end = span_find_byte(*rest, '\n', 0);
    *line = span_cut(*rest, 0, end == SIZE_MAX ? rest->len : end + 1);
    *rest = span_cut(*rest, line->len, SIZE_MAX);
    return line->len > 0;
}

/* --- OPEN ... CLOSE --- */

static int compare_edits(const void *a, const void *b)
{
    const struct edit *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

/* By line; of several for one line the last stays. */
static bool sort_edits(struct cdiff_run *r)
{
    struct edit *scratch = arena_array(r->arena, struct edit, r->edit_count);
    uint32_t kept = 0;
    if (!scratch)
        return refuse(r, no_memory);
    sort_items(r->edits, scratch, r->edit_count, sizeof *scratch, compare_edits);
    for (uint32_t i = 0; i < r->edit_count; i++) {
        if (kept && r->edits[kept - 1].line == r->edits[i].line)
            kept--;
        r->edits[kept++] = r->edits[i];
    }
    r->edit_count = kept;
    return true;
}

static bool edit_file(struct cdiff_run *r, struct span *file)
{
    struct output out;
    struct span rest = *file, line;
    uint32_t next = 0;
    if (file->len && span_byte(*file, file->len - 1) != '\n')
        return refuse(r, "the last line of a file that it edits has no end");
    if (!sort_edits(r) || !output_open(r, &out, file->len + r->exchanged_bytes))
        return false;
    for (uint64_t n = 1; next_line(&rest, &line); n++) {
        const struct edit *e = next < r->edit_count ? &r->edits[next] : NULL;
        if (!e || e->line != n) {
            put(&out, line);
            continue;
        }
        if (!span_starts(line, e->begins))
            return refuse(r, "a line to change is not what it should be");
        if (e->is_exchange) {
            put(&out, e->text);
            put(&out, SPAN_OF("\n"));
        }
        next++;
    }
    *file = span_make(out.at, out.len);
    return next == r->edit_count || refuse(r, "a line to change is not there");
}

static bool append(struct cdiff_run *r, struct span *file)
{
    struct output out;
    if (!output_open(r, &out, file->len + r->added_bytes))
        return false;
    put(&out, *file);
    for (uint32_t i = 0; i < r->added_count; i++) {
        put(&out, r->added[i]);
        put(&out, SPAN_OF("\n"));
    }
    *file = span_make(out.at, out.len);
    return true;
}

static bool on_open(struct cdiff_run *r, struct span data)
{
    if (r->open.at)
        return refuse(r, "a file is open already");
    if (!is_name(data))
        return refuse(r, "no name of a file");
    r->open = data;
    r->edit_count = r->added_count = 0;
    r->added_bytes = r->exchanged_bytes = 0;
    return true;
}

static bool on_close(struct cdiff_run *r, struct span data)
{
    if (!r->open.at || data.len)
        return refuse(r, "no file is open");
    struct span *file = r->edit_count ? find(r, r->open) : NULL;
    if (r->edit_count && !file)
        return refuse(r, "no such file to edit");
    if (r->edit_count && !edit_file(r, file))
        return false;
    file = r->added_count ? find_or_make(r, r->open) : NULL;
    if (r->added_count && (!file || !append(r, file)))
        return false;
    r->open = (struct span){NULL, 0};
    return true;
}

static bool on_add(struct cdiff_run *r, struct span data)
{
    if (!r->open.at)
        return refuse(r, "no file is open");
    if (!arena_grow(r->arena, (void **)&r->added, &r->added_cap, r->added_count + 1,
                    sizeof *r->added))
        return refuse(r, no_memory);
    r->added[r->added_count++] = data;
    r->added_bytes += data.len + 1;
    return true;
}

/* A word and the blank behind it. */
static bool word(struct span *rest, struct span *out)
{
    return text_field(rest, ' ', out) && out->len > 0;
}

static bool add_edit(struct cdiff_run *r, struct span data, bool is_exchange)
{
    struct edit e = {.is_exchange = is_exchange};
    struct span number;
    if (!r->open.at)
        return refuse(r, "no file is open");
    if (!word(&data, &number) || !text_u64(number, &e.line) || !word(&data, &e.begins) ||
        (is_exchange && !data.at))
        return refuse(r, "expected a line's number and its beginning");
    e.text = data;
    if (!arena_grow(r->arena, (void **)&r->edits, &r->edit_cap, r->edit_count + 1, sizeof e))
        return refuse(r, no_memory);
    r->edits[r->edit_count++] = e;
    r->exchanged_bytes += is_exchange ? data.len + 1 : 0;
    return true;
}

static bool on_delete(struct cdiff_run *r, struct span data)
{
    return add_edit(r, data, false);
}

static bool on_exchange(struct cdiff_run *r, struct span data)
{
    return add_edit(r, data, true);
}

static bool on_unlink(struct cdiff_run *r, struct span data)
{
    if (r->open.at)
        return refuse(r, "a file is open");
    return unlink_file(r, data);
}

/* --- MOVE source target first-line its-beginning last-line its-beginning --- */

struct move {
    struct span source, target;
    struct edit from, to;
};

static bool read_move(struct cdiff_run *r, struct span data, struct move *m)
{
    struct span first, last;
    *m = (struct move){.source = data};
    return (word(&data, &m->source) && word(&data, &m->target) && word(&data, &first) &&
            word(&data, &m->from.begins) && word(&data, &last) && word(&data, &m->to.begins) &&
            text_u64(first, &m->from.line) && text_u64(last, &m->to.line) &&
            m->from.line < m->to.line && !span_equal(m->source, m->target)) ||
           refuse(r, "expected two files and two lines");
}

static bool move_lines(struct cdiff_run *r, const struct move *m, struct span *source,
                       struct span *target)
{
    struct output stays, goes;
    struct span rest = *source, line;
    uint64_t n = 1;
    if (!output_open(r, &stays, source->len) ||
        !output_open(r, &goes, (uint64_t)source->len + target->len))
        return false;
    put(&goes, *target);
    for (; next_line(&rest, &line); n++) {
        const struct edit *mark = n == m->from.line ? &m->from : n == m->to.line ? &m->to : NULL;
        if (mark && !span_starts(line, mark->begins))
            return refuse(r, "a line to move is not what it should be");
        put(n >= m->from.line && n <= m->to.line ? &goes : &stays, line);
    }
    *source = span_make(stays.at, stays.len);
    *target = span_make(goes.at, goes.len);
    return n > m->to.line || refuse(r, "a line to move is not there");
}

static bool on_move(struct cdiff_run *r, struct span data)
{
    struct move m;
    if (r->open.at)
        return refuse(r, "a file is open");
    if (!read_move(r, data, &m))
        return false;
    struct span *source = find(r, m.source), *target = find(r, m.target);
    if (!source || !target)
        return refuse(r, "no such file to move lines of");
    return move_lines(r, &m, source, target);
}

/* --- the script --- */

static const struct {
    const char *name;
    bool (*run)(struct cdiff_run *r, struct span data);
} commands[] = {
    {"OPEN", on_open},     {"CLOSE", on_close}, {"ADD", on_add},       {"DEL", on_delete},
    {"XCHG", on_exchange}, {"MOVE", on_move},   {"UNLINK", on_unlink},
};

static bool run_line(struct cdiff_run *r, struct span line)
{
    struct span name, data = line;
    if (span_byte(line, 0) == '#')
        return true;
    (void)text_field(&data, ' ', &name); /* all of it, when there is no blank */
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (span_equal(name, span_text(commands[i].name)))
            return commands[i].run(r, data);
    return refuse(r, "no such command");
}

enum err cdiff_apply(const struct cdiff *d, struct arena *a, struct cvd *c, struct why *why)
{
    struct cdiff_run r = {.arena = a, .cvd = c};
    struct span rest = d->script, line;
    while (!r.wrong && next_line(&rest, &line)) {
        r.line++;
        if (span_byte(line, line.len - 1) == '\n')
            line.len--;
        (void)run_line(&r, line); /* r.wrong says it */
    }
    if (!r.wrong && r.open.at)
        (void)refuse(&r, "a file is open at the end"); /* the same */
    if (!r.wrong)
        return ERR_NONE;
    return fail(why, r.wrong == no_memory ? ERR_NOMEM : ERR_RULES, "line %" PRIu32 ": %s", r.line,
                r.wrong);
}
