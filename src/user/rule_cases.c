/* Reading case files. They are ours or the owner's, but are read with the same care as anything:
 * every size is bounded, a line that is not understood refuses the file. Format: doc/rules.md. */
#include "user/rule_cases.h"

#include "common/buf.h"
#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_BYTES_MAX = 4 << 20,
    CASE_BYTES_MAX = 16 << 20,
    ALL_BYTES_MAX = 256 << 20,
    CASES_MAX = 100000,
    NO_CASE = -1
};

/* One file being read. */
struct reading {
    struct rule_cases *cases;
    struct span file, rule;
    uint32_t line;
    int64_t first, open; /* the rule's first hit; the case being built; or NO_CASE */
    struct buf bytes;
};

enum err rule_cases_init(struct rule_cases *c, struct why *why)
{
    *c = (struct rule_cases){.arena = arena_new(ALL_BYTES_MAX)};
    return c->arena ? ERR_NONE : fail(why, ERR_NOMEM, "cases");
}

void rule_cases_done(struct rule_cases *c)
{
    arena_free(c->arena);
    *c = (struct rule_cases){0};
}

static enum err wrong(const struct reading *r, const char *what, struct why *why)
{
    return fail(why, ERR_USAGE, "%.*s:%u: %s", (int)r->file.len, (const char *)r->file.at, r->line,
                what);
}

/* The open case is complete: its bytes become its own. */
static enum err close_case(struct reading *r, struct why *why)
{
    if (r->open == NO_CASE)
        return ERR_NONE;
    if (r->bytes.bad)
        return wrong(r, "the case is too long", why);
    struct span copy = arena_copy(r->cases->arena, buf_get(&r->bytes));
    if (!copy.at)
        return fail(why, ERR_NOMEM, "cases");
    r->cases->items[r->open].bytes = copy;
    buf_clear(&r->bytes);
    r->open = NO_CASE;
    return ERR_NONE;
}

static enum err open_case(struct reading *r, struct span title, bool hit, struct why *why)
{
    struct rule_cases *c = r->cases;
    TRY(close_case(r, why));
    if (r->rule.len == 0)
        return wrong(r, "no rule yet", why);
    if (c->count >= CASES_MAX ||
        !arena_grow(c->arena, (void **)&c->items, &c->cap, c->count + 1, sizeof *c->items))
        return fail(why, ERR_NOMEM, "cases");
    r->open = c->count++;
    c->items[r->open] = (struct rule_case){
        .rule = r->rule, .title = title, .file = r->file, .line = r->line, .hit = hit};
    if (hit && r->first == NO_CASE)
        r->first = r->open;
    return ERR_NONE;
}

static enum err open_rule(struct reading *r, struct span name, struct why *why)
{
    TRY(close_case(r, why));
    r->rule = text_trim(name);
    r->first = NO_CASE;
    return r->rule.len ? ERR_NONE : wrong(r, "a rule without a name", why);
}

/* `x 7f 45`: bytes, spaces between them as one likes. */
static enum err add_bytes(struct reading *r, struct span hex, uint64_t times, struct why *why)
{
    struct buf digits, once;
    buf_init(&digits, FILE_BYTES_MAX);
    buf_init(&once, FILE_BYTES_MAX);
    for (size_t i = 0; i < hex.len; i++)
        if (!text_is_space(span_byte(hex, i)))
            buf_byte(&digits, span_byte(hex, i));
    bool ok = text_unhex(&once, buf_get(&digits)) && !once.bad && once.len > 0;
    uint64_t total = 0;
    ok = ok && mul_u64(times, once.len, &total) && total <= CASE_BYTES_MAX;
    for (uint64_t i = 0; ok && i < times; i++)
        buf_span(&r->bytes, buf_get(&once));
    buf_done(&digits);
    buf_done(&once);
    return ok ? ERR_NONE : wrong(r, "not bytes in hexadecimal, or too many", why);
}

/* `* 40 41`: forty times 41. */
static enum err add_repeated(struct reading *r, struct span rest, struct why *why)
{
    struct span count;
    uint64_t times;
    rest = text_trim(rest);
    if (!text_field(&rest, ' ', &count) || !text_u64(count, &times))
        return wrong(r, "a count is wanted first", why);
    return add_bytes(r, rest, times, why);
}

/* `@ 64`: zero bytes up to there. */
static enum err add_zeros(struct reading *r, struct span rest, struct why *why)
{
    uint64_t to;
    if (!text_u64(text_trim(rest), &to) || to > CASE_BYTES_MAX)
        return wrong(r, "an offset is wanted", why);
    if (to < r->bytes.len)
        return wrong(r, "the case is longer already", why);
    while (r->bytes.len < to && !r->bytes.bad)
        buf_byte(&r->bytes, 0);
    return ERR_NONE;
}

/* Everywhere in the case so far or, where it is empty, in the rule's first hit. */
static enum err replace(struct reading *r, struct span old, struct span new, struct why *why)
{
    if (r->first == NO_CASE || r->first == r->open)
        return wrong(r, "there is no earlier hit to change", why);
    struct span from = r->cases->items[r->first].bytes;
    if (r->bytes.len) {
        from = arena_copy(r->cases->arena, buf_get(&r->bytes));
        if (!from.at)
            return fail(why, ERR_NOMEM, "cases");
        buf_clear(&r->bytes);
    }
    size_t at = 0;
    if (old.len == 0 || span_find(from, old, 0) == SIZE_MAX)
        return wrong(r, "the text to change is not there", why);
    for (size_t next; (next = span_find(from, old, at)) != SIZE_MAX; at = next + old.len) {
        buf_span(&r->bytes, span_cut(from, at, next - at));
        buf_span(&r->bytes, new);
    }
    buf_span(&r->bytes, span_cut(from, at, SIZE_MAX));
    return ERR_NONE;
}

/* `~ OLD => NEW` */
static enum err change(struct reading *r, struct span rest, struct why *why)
{
    struct span arrow = SPAN_OF(" => ");
    size_t at = span_find(rest, arrow, 0);
    if (at == SIZE_MAX)
        return wrong(r, "no => in it", why);
    return replace(r, span_cut(rest, 0, at), span_cut(rest, at + arrow.len, SIZE_MAX), why);
}

/* A line inside a case. */
static enum err add_line(struct reading *r, struct span line, struct why *why)
{
    struct span rest = span_cut(line, 1, SIZE_MAX), after = span_cut(line, 2, SIZE_MAX);
    switch (span_byte(line, 0)) {
    case '|':
        buf_span(&r->bytes, rest);
        buf_byte(&r->bytes, '\n');
        return ERR_NONE;
    case '+':
        buf_span(&r->bytes, rest);
        return ERR_NONE;
    case 'x':
        return add_bytes(r, rest, 1, why);
    case '*':
        return add_repeated(r, rest, why);
    case '@':
        return add_zeros(r, rest, why);
    case '-':
        return replace(r, after, (struct span){0}, why);
    case '~':
        return change(r, after, why);
    default:
        return wrong(r, "not a line of a case", why);
    }
}

static enum err read_line(struct reading *r, struct span line, struct why *why)
{
    struct span rule = SPAN_OF("rule "), hit = SPAN_OF("hit "), miss = SPAN_OF("miss ");
    if (line.len == 0)
        return close_case(r, why);
    if (span_starts(line, rule))
        return open_rule(r, span_cut(line, rule.len, SIZE_MAX), why);
    if (span_starts(line, hit))
        return open_case(r, span_cut(line, hit.len, SIZE_MAX), true, why);
    if (span_starts(line, miss))
        return open_case(r, span_cut(line, miss.len, SIZE_MAX), false, why);
    if (r->open != NO_CASE)
        return add_line(r, line, why);
    return span_byte(line, 0) == '#' ? ERR_NONE : wrong(r, "outside a case", why);
}

enum err rule_cases_parse(struct rule_cases *c, const char *file, struct span text, struct why *why)
{
    struct reading r = {.cases = c, .first = NO_CASE, .open = NO_CASE};
    r.file = arena_copy(c->arena, span_text(file));
    text = arena_copy(c->arena, text);
    if (!r.file.at || !text.at)
        return fail(why, ERR_NOMEM, "cases");
    buf_init(&r.bytes, CASE_BYTES_MAX);
    enum err err = ERR_NONE;
    /* Not text_line: a carriage return at a line's end belongs to the case. */
    for (struct span line; err == ERR_NONE && text_field(&text, '\n', &line);) {
        r.line++;
        err = read_line(&r, line, why);
    }
    if (err == ERR_NONE)
        err = close_case(&r, why);
    buf_done(&r.bytes);
    return err;
}

static enum err add_file(struct rule_cases *c, int fd, const char *path, struct why *why)
{
    const char *slash = strrchr(path, '/');
    struct buf text;
    buf_init(&text, FILE_BYTES_MAX);
    ssize_t n = 0;
    char chunk[16384];
    while (!text.bad && (n = read(fd, chunk, sizeof chunk)) > 0)
        buf_put(&text, chunk, (size_t)n);
    enum err err = ERR_NONE;
    if (n < 0)
        err = fail_os(why, "cannot read %s", path);
    else if (text.bad)
        err = fail(why, ERR_LIMIT, "%s is larger than a case file may be", path);
    else
        err = rule_cases_parse(c, slash ? slash + 1 : path, buf_get(&text), why);
    buf_done(&text);
    return err;
}

static int is_case(const struct dirent *e)
{
    size_t len = strlen(e->d_name);
    return len > 5 && strcmp(e->d_name + len - 5, ".case") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* bytes, whatever the locale */
}

static enum err add_folder(struct rule_cases *c, const char *path, struct why *why)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, is_case, by_name);
    if (count < 0)
        return fail_os(why, "cannot list %s", path);
    enum err err = count ? ERR_NONE : fail(why, ERR_USAGE, "no case files (*.case) in %s", path);
    for (int i = 0; i < count; i++) {
        char full[4400];
        (void)snprintf(full, sizeof full, "%s/%s", path, names[i]->d_name);
        int fd = err == ERR_NONE ? open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
        if (fd >= 0)
            err = add_file(c, fd, full, why);
        else if (err == ERR_NONE)
            err = fail_os(why, "cannot open %s", full);
        if (fd >= 0)
            (void)close(fd);
        free(names[i]);
    }
    free(names);
    return err;
}

enum err rule_cases_add(struct rule_cases *c, const char *path, struct why *why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum err err = fail_os(why, "cannot open %s", path);
        if (fd >= 0)
            (void)close(fd);
        return err;
    }
    enum err err = S_ISDIR(st.st_mode) ? add_folder(c, path, why) : add_file(c, fd, path, why);
    (void)close(fd);
    return err;
}
