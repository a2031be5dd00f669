/* Sources, before any front end reads them. Everything here was typed by strangers, but for the
 * certificates: those are the owner's. */
#include "jail/compile/gather.h"

#include "common/limits.h"
#include "common/text.h"
#include "jail/compile/cdiff.h"
#include "jail/compile/cvd_cms.h"
#include "jail/compile/leaves.h"

#include <inttypes.h>
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

/* A file that lies beside the container: the name up to its first '-' or '.', then "-VERSION" and
 * the ending. NULL: there is none. */
static const struct source_file *find_beside(const struct gather *g, const struct source_file *f,
                                             struct span version, const char *ending)
{
    const struct source_file *found = NULL;
    size_t slash = span_find_last(f->name, SPAN_OF("/")), end = slash == SIZE_MAX ? 0 : slash + 1;
    while (end < f->name.len && span_byte(f->name, end) != '-' && span_byte(f->name, end) != '.')
        end++;
    struct buf name;
    buf_init(&name, 0);
    buf_span(&name, span_cut(f->name, 0, end));
    buf_byte(&name, '-');
    buf_span(&name, version);
    buf_text(&name, ending);
    for (uint32_t i = 0; i < g->in->file_count && !found; i++)
        if (g->in->files[i].kind == SOURCE_BESIDE &&
            span_equal(g->in->files[i].name, buf_get(&name)))
            found = &g->in->files[i];
    buf_done(&name);
    return found;
}

static uint32_t certificates(const struct gather *g)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->in->file_count; i++)
        count += g->in->files[i].kind == SOURCE_CERTIFICATES;
    return count;
}

/* ClamAV 1.5's signature in a file of its own: cms->reason is NULL when there is none, or nobody to
 * judge it by. */
static enum err ask_cms(struct gather *g, const struct source_file *f,
                        const struct source_file *sign, struct cvd_cms *cms, struct why *why)
{
    *cms = (struct cvd_cms){.is_right = false};
    if (sign && certificates(g) > 0)
        return cvd_cms_check(g->in, sign->bytes, f->bytes, cms, why);
    if (sign)
        say(g, f, DIAG_NOTE,
            "its .sign file is not looked at: no certificates were given to judge it by");
    return ERR_NONE;
}

/* One that the owner's certificates vouch for says of the whole container what the signatures
 * inside say of its parts; a wrong one counts, too. */
static enum err judge_cms(struct gather *g, const struct source_file *f, struct cvd *cvd,
                          struct why *why)
{
    struct cvd_cms cms;
    char text[500];
    const struct source_file *sign =
        cvd_is_signable(f) ? find_beside(g, f, cvd->version, ".cvd.sign") : NULL;
    TRY(ask_cms(g, f, sign, &cms, why));
    if (cms.is_right) {
        (void)snprintf(text, sizeof text, "signed by %s, as your certificates say%s%s", cms.signer,
                       cvd->distrust ? "; of what ClamAV signs inside: " : "",
                       cvd->distrust ? cvd->distrust : "");
        say(g, f, DIAG_NOTE, text);
        cvd->by_owner = cvd->distrust != NULL;
        cvd->distrust = NULL;
    } else if (cms.reason) {
        cvd->distrust = cms.reason;
    }
    return ERR_NONE;
}

/* --- differences --- */

/* Refused unless it is signed, by ClamAV or by one whom the owner believes. */
static enum err judge_difference(struct gather *g, const struct source_file *f,
                                 const struct source_file *sign, const struct cdiff *d,
                                 struct why *why)
{
    struct cvd_cms cms;
    char name[200];
    TRY(ask_cms(g, f, sign, &cms, why));
    bool is_good = cms.is_right || (d->is_signed && !cms.reason);
    text_escape_into(name, sizeof name, f->name);
    if (!is_good && !g->in->allow_unsigned)
        return fail(why, ERR_RULES, "%s is refused: %s (--allow-unsigned applies it)", name,
                    cms.reason ? cms.reason : "its signature is wrong");
    if (!is_good)
        say(g, f, DIAG_WARNING, "applied as you said, although it is not signed by ClamAV");
    return ERR_NONE;
}

static enum err apply_one(struct gather *g, const struct source_file *f,
                          const struct source_file *sign, uint64_t version, struct cvd *cvd,
                          struct why *why)
{
    struct cdiff d;
    struct why inner = {0};
    char name[200];
    text_escape_into(name, sizeof name, f->name);
    enum err err = cdiff_open(f->bytes, g->arena, &d, &inner);
    if (err == ERR_NONE && d.version != version)
        err = fail(&inner, ERR_RULES, "it makes another version than its name says");
    if (err != ERR_NONE)
        return fail(why, err, "%s is refused: %s", name, inner.text);
    TRY(judge_difference(g, f, sign, &d, why));
    err = cdiff_apply(&d, g->arena, cvd, &inner);
    return err == ERR_NONE ? ERR_NONE : fail(why, err, "%s does not fit: %s", name, inner.text);
}

/* All that follow the container's version without a hole. What they make must be what ClamAV says
 * it is, unless the owner vouched for the container or loads what is unsigned. */
static enum err apply_differences(struct gather *g, const struct source_file *f, struct cvd *cvd,
                                  struct why *why)
{
    uint64_t version, first;
    char text[200];
    if (!text_u64(cvd->version, &first))
        return ERR_NONE;
    for (version = first; version - first < LIMIT_CDIFFS; version++) {
        (void)snprintf(text, sizeof text, "%" PRIu64, version + 1);
        const struct source_file *next = find_beside(g, f, span_text(text), ".cdiff");
        if (!next)
            break;
        TRY(apply_one(g, next, find_beside(g, f, span_text(text), ".cdiff.sign"), version + 1, cvd,
                      why));
    }
    if (version == first)
        return ERR_NONE;
    (void)snprintf(text, sizeof text, "%" PRIu64 " differences were applied: version %" PRIu64,
                   version - first, version);
    say(g, f, DIAG_NOTE, text);
    if (!cvd->distrust && !cvd->by_owner)
        cvd->distrust = cvd_judge_changed(cvd, version);
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
    if (!cvd.distrust || g->in->allow_unsigned)
        TRY(apply_differences(g, f, &cvd, why));
    if (cvd.distrust && !g->in->allow_unsigned)
        return fail(why, ERR_RULES, "%s is refused: %s (--allow-unsigned loads it)", name,
                    cvd.distrust);
    if (cvd.distrust) {
        (void)snprintf(text, sizeof text, "loaded as you said, although %s", cvd.distrust);
        say(g, f, DIAG_WARNING, text);
    }
    return add_members(g, f, &cvd) ? ERR_NONE : no_memory(why);
}

/* What lies beside containers, given without one. */
static void say_alone(struct gather *g)
{
    const struct source_file *alone = NULL;
    for (uint32_t i = 0; i < g->in->file_count; i++) {
        const struct source_file *f = &g->in->files[i];
        if (f->kind == SOURCE_GUESS && cvd_is(f))
            return;
        if (f->kind == SOURCE_BESIDE && !alone)
            alone = f;
    }
    if (alone)
        say(g, alone, DIAG_WARNING, "it means something only beside its container");
}

enum err gather_sources(const struct compile_input *in, struct arena *a, struct gathered *out,
                        struct why *why)
{
    struct gather g = {in, a, out};
    for (uint32_t i = 0; i < in->file_count; i++) {
        const struct source_file *f = &in->files[i];
        struct source_file inner = *f;
        if (f->kind == SOURCE_CERTIFICATES || f->kind == SOURCE_BESIDE)
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
    say_alone(&g);
    return ERR_NONE;
}
