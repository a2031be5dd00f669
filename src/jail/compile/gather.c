/* Sources, before any front end reads them. Everything here was typed by strangers, but for the
 * certificates: those are the owner's. What lies beside a container is asked for as an include. */
#include "jail/compile/gather.h"

#include "common/text.h"
#include "jail/compile/cvd.h"
#include "jail/compile/cvd_cms.h"
#include "jail/compile/leaves.h"

#include <stdio.h>

struct gather {
    const struct compile_input *in;
    struct arena *arena;
    struct gathered *out;
};

enum source_kind gather_kind(const struct source_file *f)
{
    static const char *const endings[] = {".md5", ".sha1", ".sha256"};
    if (f->kind != SOURCE_GUESS)
        return f->kind;
    if (clam_is(f))
        return SOURCE_CLAMAV;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct span end = span_text(endings[i]);
        if (f->name.len >= end.len &&
            span_equal_nocase(span_cut(f->name, f->name.len - end.len, end.len), end))
            return SOURCE_HASHES;
    }
    return SOURCE_YARA;
}

static bool add(struct gather *g, const struct source_file *f)
{
    struct gathered *out = g->out;
    if (!arena_grow(g->arena, (void **)&out->files, &out->cap, out->count + 1, sizeof *f))
        return false;
    out->files[out->count++] = *f;
    return true;
}

static enum err no_memory(struct why *why)
{
    return fail(why, ERR_NOMEM, "compiling: out of memory");
}

/* What a container holds and we can read. "daily.cvd:daily.hdb" is what ClamAV signed, with a
 * question mark before the colon it is not. */
static bool add_members(struct gather *g, const struct source_file *f, const struct cvd *cvd)
{
    for (uint32_t i = 0; i < cvd->count; i++) {
        struct source_file m = {.space = f->space, .bytes = cvd->members[i].bytes};
        struct buf name;
        buf_init(&name, 0);
        buf_span(&name, f->name);
        buf_text(&name, cvd->distrust ? "?:" : ":");
        buf_span(&name, cvd->members[i].name);
        m.name = arena_copy(g->arena, buf_get(&name));
        buf_done(&name);
        if (!m.name.at || ((clam_is(&m) || gather_kind(&m) == SOURCE_HASHES) && !add(g, &m)))
            return false;
    }
    return true;
}

static void say(struct gather *g, const struct source_file *f, enum diag_level level,
                const char *text)
{
    struct diag d = {.level = level, .file = f->name, .text = span_text(text)};
    g->out->warnings += level == DIAG_WARNING;
    if (g->in->diag.give)
        g->in->diag.give(g->in->diag.ctx, &d);
}

/* A file beside the container: the name up to its first '-' or '.', then "-VERSION" and the ending.
 */
static bool find_beside(struct gather *g, const struct source_file *f, struct span version,
                        const char *ending, struct source_file *out)
{
    const char *reason;
    struct span base = f->name;
    size_t slash = span_find_last(base, SPAN_OF("/")), end = 0;
    base = span_cut(base, slash == SIZE_MAX ? 0 : slash + 1, SIZE_MAX);
    while (end < base.len && span_byte(base, end) != '-' && span_byte(base, end) != '.')
        end++;
    struct buf name;
    buf_init(&name, 0);
    buf_span(&name, span_cut(base, 0, end));
    buf_byte(&name, '-');
    buf_span(&name, version);
    buf_text(&name, ending);
    bool ok =
        g->in->include && g->in->include(g->in->include_ctx, buf_get(&name), f->name, out, &reason);
    buf_done(&name);
    return ok;
}

static uint32_t certificates(const struct gather *g)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->in->file_count; i++)
        count += g->in->files[i].kind == SOURCE_CERTIFICATES;
    return count;
}

/* ClamAV 1.5's signature in a file of its own. One that the owner's certificates vouch for says of
 * the whole container what the signatures inside say of its parts; a wrong one says so, too. */
static enum err judge_cms(struct gather *g, const struct source_file *f, struct cvd *cvd,
                          struct why *why)
{
    struct source_file beside;
    struct cvd_cms cms;
    char text[500];
    if (!cvd_is_signable(f) || !find_beside(g, f, cvd->version, ".cvd.sign", &beside))
        return ERR_NONE;
    if (certificates(g) == 0) {
        say(g, f, DIAG_NOTE,
            "its .sign file is not looked at: no certificates were given to judge it by");
        return ERR_NONE;
    }
    TRY(cvd_cms_check(g->in, beside.bytes, f->bytes, &cms, why));
    if (!cms.is_right) {
        cvd->distrust = cms.reason;
        return ERR_NONE;
    }
    (void)snprintf(text, sizeof text, "signed by %s, as your certificates say%s%s", cms.signer,
                   cvd->distrust ? "; of what ClamAV signs inside: " : "",
                   cvd->distrust ? cvd->distrust : "");
    say(g, f, DIAG_NOTE, text);
    cvd->distrust = NULL;
    return ERR_NONE;
}

static enum err open_container(struct gather *g, const struct source_file *f, struct why *why)
{
    struct cvd cvd;
    struct why inner = {0};
    char text[500], name[200];
    text_escape_into(name, sizeof name, f->name);
    enum err err = cvd_open(f, g->arena, &cvd, &inner);
    if (err != ERR_NONE)
        return fail(why, err, "%s is refused: %s", name, inner.text);
    TRY(judge_cms(g, f, &cvd, why));
    if (cvd.distrust && !g->in->allow_unsigned)
        return fail(why, ERR_RULES, "%s is refused: %s (--allow-unsigned loads it)", name,
                    cvd.distrust);
    if (cvd.distrust) {
        (void)snprintf(text, sizeof text, "loaded as you said, although %s", cvd.distrust);
        say(g, f, DIAG_WARNING, text);
    }
    return add_members(g, f, &cvd) ? ERR_NONE : no_memory(why);
}

enum err gather_sources(const struct compile_input *in, struct arena *a, struct gathered *out,
                        struct why *why)
{
    struct gather g = {in, a, out};
    for (uint32_t i = 0; i < in->file_count; i++) {
        const struct source_file *f = &in->files[i];
        struct source_file inner = *f;
        if (f->kind == SOURCE_CERTIFICATES)
            continue;
        if (f->kind == SOURCE_GUESS && cvd_is(f)) {
            TRY(open_container(&g, f, why));
            continue;
        }
        if (f->kind == SOURCE_GUESS && leaves_is(f))
            TRY(leaves_open(f, a, &inner, why));
        if (!add(&g, &inner))
            return no_memory(why);
    }
    return ERR_NONE;
}
