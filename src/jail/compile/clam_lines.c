/* Front end for ClamAV databases: which file is what, line by line. Hostile bytes: a database
 * somebody wrote. Facts: ClamAV's manual, "Creating signatures", "Database formats" and "PUA";
 * *observed*: a line for another functionality level is passed over without a word; potentially
 * unwanted are the files whose endings end in u, whatever names begin with; and clamscan refuses a
 * database for its first malformed line, where we leave out that line and say so. */
#include "jail/compile/clam.h"

#include "common/limits.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 1 << 20 };

/* NULL read: known, and refused as a whole for this reason. is_whole: `read` takes the file. */
static const struct clam_format {
    const char *ending;
    bool (*read)(struct clam *c);
    bool is_pua; /* wanted only with potentially unwanted applications */
    const char *reason;
    bool is_whole;
} formats[] = {
    {".hdb", clam_hash_line, false, NULL},
    {".hsb", clam_hash_line, false, NULL},
    {".hdu", clam_hash_line, true, NULL},
    {".hsu", clam_hash_line, true, NULL},
    {".fp", clam_hash_line, false, NULL},
    {".sfp", clam_hash_line, false, NULL},
    {".ndb", clam_ndb_line, false, NULL},
    {".sdb", clam_ndb_line, false, NULL},
    {".ndu", clam_ndb_line, true, NULL},
    {".ldb", clam_ldb_line, false, NULL},
    {".ldu", clam_ldb_line, true, NULL},
    {".mdb", clam_section_line, false, NULL},
    {".msb", clam_section_line, false, NULL},
    {".mdu", clam_section_line, true, NULL},
    {".msu", clam_section_line, true, NULL},
    {".ign", clam_ignore_line, false, NULL},
    {".ign2", clam_ignore_line, false, NULL},
    {".imp", clam_import_line, false, NULL},
    {".db", clam_db_line, false, NULL},
    {".cdb", clam_cdb_line, false, NULL},
    {".crb", clam_crb_line, false, NULL},
    {".cat", NULL, false, "catalogs of signed files are not supported"},
    {".pdb", NULL, false, "lists for phishing heuristics are not supported yet"},
    {".wdb", NULL, false, "lists for phishing heuristics are not supported yet"},
    {".gdb", NULL, false, "lists of URL hashes are not supported yet"},
    {".ftm", clam_ftm_line, false, NULL},
    {".idb", clam_icon_line, false, NULL},
    {".pwdb", clam_pwdb_line, false, NULL},
    {".cbc", NULL, false, "bytecode is never run: it is a program"},
    {".cdiff", NULL, false, "a difference is applied when it lies beside its container"},
    {".ioc", clam_ioc_file, false, NULL, true},
    {".cfg", NULL, false, "a vendor does not switch readers off from afar"},
    {".info", NULL, false, "a manifest means something only inside its container"},
    {".zmd", NULL, false, "this form of container metadata was given up for .cdb"},
    {".rmd", NULL, false, "this form of container metadata was given up for .cdb"},
};

static const struct clam_format *format_of(struct span name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct span end = span_text(formats[i].ending);
        if (name.len >= end.len &&
            span_equal_nocase(span_cut(name, name.len - end.len, end.len), end))
            return &formats[i];
    }
    return NULL;
}

bool clam_is(const struct source_file *file)
{
    return format_of(file->name) != NULL;
}

bool clam_is_first(const struct source_file *file)
{
    const struct clam_format *format = format_of(file->name);
    return format && (format->read == clam_ignore_line || format->read == clam_icon_line);
}

static void say(struct clam *c, enum diag_level level, uint32_t column, const char *text)
{
    struct frontend *fe = c->fe;
    struct diag d = {.level = level,
                     .file = c->file->name,
                     .line = c->line,
                     .column = column,
                     .text = span_text(text)};
    fe->warnings += level == DIAG_WARNING;
    if (fe->in->diag.give && fe->errors + fe->warnings <= LIMIT_DIAGNOSTICS)
        fe->in->diag.give(fe->in->diag.ctx, &d);
}

bool clam_refuse(struct clam *c, struct span at, const char *text)
{
    size_t column = at.at ? (size_t)(at.at - c->whole.at) + 1 : 1;
    if (!c->refused)
        say(c, DIAG_WARNING, (uint32_t)column, text);
    c->refused = true;
    return false;
}

struct span clam_place_of(const struct reader *r)
{
    size_t at = r->at < r->bytes.len || r->at == 0 ? r->at : r->at - 1;
    return span_cut(r->bytes, at, 1);
}

void *clam_no_memory(struct clam *c)
{
    c->bad = true;
    return NULL;
}

bool clam_level(struct clam *c, struct span min, struct span max)
{
    uint64_t low = 0, high = UINT64_MAX;
    if ((min.len && !text_u64(min, &low)) || (max.len && !text_u64(max, &high)))
        return clam_refuse(c, min, "expected functionality levels");
    if (low <= CLAM_LEVEL && CLAM_LEVEL <= high)
        return true;
    c->skipped.level++;
    return false;
}

bool clam_wanted(struct clam *c, struct span name)
{
    if (name.len == 0)
        return clam_refuse(c, name, "expected a name");
    if (clam_is_ignored(c, name)) {
        c->skipped.ignored++;
        return false;
    }
    return true;
}

/* What a hash without a size makes be hashed. */
static const char *hashed_of(const struct clam_format *format)
{
    if (format->read == clam_section_line)
        return "section of a PE file be hashed";
    return format->read == clam_import_line ? "PE file's imports be hashed" : "object be hashed";
}

/* What was passed over, in one line a file. */
static void say_skipped(struct clam *c, uint32_t unread, const struct clam_format *format)
{
    char text[200];
    c->line = 0;
    if (unread) {
        (void)snprintf(text, sizeof text, "%" PRIu32 " lines left out: %s", unread, format->reason);
        say(c, DIAG_WARNING, 0, text);
    }
    if (c->any_size) {
        (void)snprintf(text, sizeof text, "%" PRIu32 " hashes have no size: they make every %s",
                       c->any_size, hashed_of(format));
        say(c, DIAG_NOTE, 0, text);
    }
    if (c->skipped.ignored) {
        (void)snprintf(text, sizeof text, "%" PRIu32 " lines are on a list of names to ignore",
                       c->skipped.ignored);
        say(c, DIAG_NOTE, 0, text);
    }
    if (c->skipped.level) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu32 " lines are for other functionality levels than %u",
                       c->skipped.level, CLAM_LEVEL);
        say(c, DIAG_NOTE, 0, text);
    }
    if (c->skipped.types) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu32 " lines are about file types that are our own to tell",
                       c->skipped.types);
        say(c, DIAG_NOTE, 0, text);
    }
    if (c->skipped.icons) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu32 " signatures never match: no .idb has the icons they ask for",
                       c->skipped.icons);
        say(c, DIAG_NOTE, 0, text);
    }
    if (c->skipped.pua) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu32 " lines are about potentially unwanted applications",
                       c->skipped.pua);
        say(c, DIAG_NOTE, 0, text);
    }
}

struct span clam_name(struct span name)
{
    size_t old = span_find(name, SPAN_OF(" (Clam)"), 0);
    return old == SIZE_MAX ? name : span_cut(name, 0, old);
}

struct ir_rule *clam_rule(struct clam *c, struct span name)
{
    struct ir_rule *rule = ir_add_rule(c->ir);
    if (!rule)
        return clam_no_memory(c);
    rule->name = clam_name(name);
    rule->space = c->file->space;
    rule->file = c->index;
    rule->line = c->line;
    rule->is_clam = true;
    return rule;
}

static bool is_blank(struct span line)
{
    return line.len == 0 || span_byte(line, 0) == '#';
}

bool clam_parse(struct frontend *fe, const struct source_file *file)
{
    struct clam c = {.fe = fe, .ir = fe->ir, .arena = fe->ir->arena, .file = file};
    const struct clam_format *format = format_of(file->name);
    struct span rest = file->bytes;
    uint32_t unread = 0;
    if (!ir_add_file(fe->ir, file->name, &c.index))
        return false;
    if (format->is_whole) {
        c.whole = rest;
        rest = (struct span){NULL, 0};
        c.bad = !format->read(&c);
    }
    while (!c.bad && text_line(&rest, &c.whole)) {
        c.line++;
        c.refused = false;
        c.whole = text_trim(c.whole);
        if (is_blank(c.whole))
            continue;
        if (!format->read)
            unread++;
        else if (format->is_pua && !fe->in->pua)
            c.skipped.pua++;
        else if (c.whole.len > LINE_MAX_BYTES)
            (void)clam_refuse(&c, c.whole, "the line is too long"); /* says so; the rest goes on */
        else if (!format->read(&c))
            return false;
    }
    say_skipped(&c, unread, format);
    return !c.bad;
}
