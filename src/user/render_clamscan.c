/* Lines and summary as clamscan prints them. Facts: observed of clamscan 1.4.6. Paths are
 * strangers': printed as they are, escaped when a terminal reads them; names of signatures are
 * rules'. */
#include "user/render_clamscan.h"

#include "common/text.h"
#include "user/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MOST = 300, MIB = 1024 * 1024 };

enum err render_clamscan_open(struct render_clamscan *c, const struct clamscan_options *o,
                              struct why *why)
{
    *c = (struct render_clamscan){.options = o,
                                  .putaway = {.folder = -1},
                                  .on_terminal = isatty(STDOUT_FILENO) == 1,
                                  .started = time(NULL),
                                  .started_ms = progress_now_ms()};
    if (o->log) {
        c->log = fopen(o->log, "ae");
        if (!c->log)
            return fail_os(why, "cannot write the log %s", o->log);
        (void)fprintf(c->log, "\n%s\n\n",
                      "---------------------------------------------------------------------------"
                      "----");
    }
    return putaway_open(&c->putaway, o->act, o->folder, why);
}

void render_clamscan_close(struct render_clamscan *c)
{
    putaway_close(&c->putaway);
    if (c->log)
        (void)fclose(c->log);
    c->log = NULL;
}

static void put(const struct render_clamscan *c, FILE *out, struct span path, const char *text)
{
    struct buf b;
    buf_init(&b, 0);
    if (c->on_terminal)
        text_escape(&b, path);
    else
        buf_span(&b, path);
    buf_text(&b, ": ");
    buf_text(&b, text);
    buf_byte(&b, '\n');
    (void)fwrite(b.at, 1, b.len, out);
    buf_done(&b);
}

/* To standard output and the log. */
static void say(const struct render_clamscan *c, struct span path, const char *text)
{
    if (!c->options->quiet)
        put(c, stdout, path, text);
    if (c->log)
        put(c, c->log, path, text);
}

void render_clamscan_passed(struct render_clamscan *c, struct span path, const char *what)
{
    if (!c->options->infected_only)
        say(c, path, what);
}

void render_clamscan_trouble(struct render_clamscan *c, struct span path, const char *what,
                             bool is_error)
{
    (void)fflush(stdout);
    put(c, c->options->to_stdout ? stdout : stderr, path, what);
    if (c->log)
        put(c, c->log, path, what);
    c->errors += is_error;
}

static bool ends_in(struct span s, const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct span e = span_text(endings[i]);
        if (s.len > e.len && span_equal_nocase(span_cut(s, s.len - e.len, e.len), e))
            return true;
    }
    return false;
}

static bool is_pua(const struct report_finding *f)
{
    static const char *const endings[] = {".hdu", ".hsu", ".ndu", ".ldu", ".mdu", ".msu"};
    return ends_in(f->source, endings, sizeof endings / sizeof endings[0]);
}

/* clamscan says `YARA.` before rules of YARA, and `.UNOFFICIAL` behind what ClamAV did not sign. A
 * signed container names its parts "daily.cvd:daily.ndb". */
static void name_of(const struct report_finding *f, char out[NAME_MOST])
{
    static const char *const yara[] = {".yar", ".yara", ".rule", ".rules"};
    char name[200];
    bool signed_by_clamav = span_find(f->source, SPAN_OF(".cvd:"), 0) != SIZE_MAX ||
                            span_find(f->source, SPAN_OF(".cld:"), 0) != SIZE_MAX;
    text_escape_into(name, sizeof name, f->name);
    (void)snprintf(out, NAME_MOST, "%s%s%s",
                   ends_in(f->source, yara, sizeof yara / sizeof yara[0]) ? "YARA." : "", name,
                   signed_by_clamav ? "" : ".UNOFFICIAL");
}

static bool was_named(const struct report *r, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (span_equal(r->findings[i].name, r->findings[index].name) &&
            span_equal(r->findings[i].source, r->findings[index].source))
            return true;
    return false;
}

/* The finding that was said first, or NULL. */
static const struct report_finding *say_findings(const struct render_clamscan *c,
                                                 const struct report *r)
{
    const struct report_finding *first = NULL;
    for (uint32_t i = 0; i < r->findings_len; i++) {
        const struct report_finding *f = &r->findings[i];
        char name[NAME_MOST], line[NAME_MOST + 10];
        if ((is_pua(f) && !c->options->pua) || was_named(r, i))
            continue;
        name_of(f, name);
        (void)snprintf(line, sizeof line, "%s FOUND", name);
        if (!first || c->options->all_matches)
            say(c, r->path, line);
        first = first ? first : f;
    }
    if (first && c->options->bell)
        (void)fputc('\a', stderr);
    return first;
}

static void put_away(struct render_clamscan *c, const struct report *r,
                     const struct report_finding *f)
{
    static const char *const done[] = {[PUTAWAY_MOVE] = "moved to", [PUTAWAY_COPY] = "copied to"};
    char stored[300], real[4200] = "", folder[4200] = "", line[9000];
    struct why why = {0};
    struct putaway_file file = {.path = (const char *)r->path.at,
                                .device = r->device,
                                .inode = r->inode,
                                .finding = f->name};
    if (c->putaway.act == PUTAWAY_NONE || r->inode == 0) /* standard input has no place */
        return;
    char *whole = realpath(file.path, NULL),
         *to = c->putaway.name ? realpath(c->putaway.name, NULL) : NULL;
    (void)snprintf(real, sizeof real, "%s", whole ? whole : file.path);
    (void)snprintf(folder, sizeof folder, "%s", to ? to : "");
    free(whole);
    free(to);
    if (putaway_file(&c->putaway, &file, stored, &why) != ERR_NONE) {
        (void)snprintf(line, sizeof line, "not put away: %s", why.text);
        render_clamscan_trouble(c, r->path, line, true);
        return;
    }
    struct buf who;
    buf_init(&who, 0);
    buf_span(&who, r->path);
    buf_print(&who, " (real path: '%s')", real);
    if (c->putaway.act == PUTAWAY_REMOVE)
        (void)snprintf(line, sizeof line, "Removed.");
    else
        (void)snprintf(line, sizeof line, "%s '%s/%s'", done[c->putaway.act], folder, stored);
    say(c, buf_get(&who), line);
    buf_done(&who);
}

static void say_gaps(struct render_clamscan *c, const struct report *r)
{
    for (uint32_t i = 0; i < r->gaps_len; i++) {
        const struct report_gap *g = &r->gaps[i];
        char detail[200], line[600];
        text_escape_into(detail, sizeof detail, g->detail);
        (void)snprintf(line, sizeof line, "not wholly scanned (%s): %s%s%s", gap_name(g->kind),
                       gap_meaning(g->kind), detail[0] ? ": " : "", detail);
        render_clamscan_trouble(c, r->path, line, g->kind == GAP_UNREADABLE);
    }
    c->with_gaps += r->gaps_len > 0;
}

void render_clamscan_report(struct render_clamscan *c, const struct report *r)
{
    const struct clamscan_options *o = c->options;
    char text[300];
    if (o->verbose && !o->quiet) {
        (void)printf("Scanning ");
        (void)fwrite(r->path.at, 1, r->path.len, stdout);
        (void)fputc('\n', stdout);
    }
    const struct report_finding *found = say_findings(c, r);
    if (!found && !r->failed && !o->infected_only && !o->no_ok && !o->quiet)
        put(c, stdout, r->path, "OK"); /* never in the log, as clamscan */
    c->files++;
    c->infected += found != NULL;
    c->bytes_scanned += r->bytes;
    c->bytes_read += r->size;
    if (found)
        put_away(c, r, found);
    say_gaps(c, r);
    if (r->failed) {
        text_escape_into(text, sizeof text, r->failure);
        render_clamscan_trouble(c, r->path, text, true);
    }
}

static void put_summary(const struct render_clamscan *c, FILE *out)
{
    uint64_t ms = progress_now_ms() - c->started_ms;
    time_t ended = time(NULL);
    struct tm a, b;
    char from[40] = "", to[40] = "";
    if (localtime_r(&c->started, &a) && localtime_r(&ended, &b)) {
        (void)strftime(from, sizeof from, "%Y:%m:%d %H:%M:%S", &a);
        (void)strftime(to, sizeof to, "%Y:%m:%d %H:%M:%S", &b);
    }
    (void)fprintf(out, "\n----------- SCAN SUMMARY -----------\n");
    (void)fprintf(out, "Known viruses: %" PRIu64 "\nEngine version: candor %s\n", c->signatures,
                  CANDOR_VERSION);
    (void)fprintf(out,
                  "Scanned directories: %" PRIu64 "\nScanned files: %" PRIu64
                  "\nInfected files: %" PRIu64 "\n",
                  c->folders, c->files, c->infected);
    if (c->errors)
        (void)fprintf(out, "Total errors: %" PRIu64 "\n", c->errors);
    double scanned = (double)c->bytes_scanned / MIB, read = (double)c->bytes_read / MIB;
    (void)fprintf(out, "Data scanned: %.2f MB\nData read: %.2f MB (ratio %.2f:1)\n", scanned, read,
                  read > 0 ? scanned / read : 0.0);
    (void)fprintf(out, "Time: %" PRIu64 ".%03" PRIu64 " sec (%" PRIu64 " m %" PRIu64 " s)\n",
                  ms / 1000, ms % 1000, ms / 60000, ms / 1000 % 60);
    (void)fprintf(out, "Start Date: %s\nEnd Date:   %s\n", from, to);
}

void render_clamscan_end(struct render_clamscan *c)
{
    if (!c->options->no_summary && !c->options->quiet)
        put_summary(c, stdout);
    if (!c->options->no_summary && c->log)
        put_summary(c, c->log);
    (void)fflush(stdout);
    if (c->with_gaps)
        (void)fprintf(c->options->to_stdout ? stdout : stderr,
                      "candor: %" PRIu64
                      " file%s not wholly scanned; clamscan's exit codes have no "
                      "word for that, candor scan's do\n",
                      c->with_gaps, c->with_gaps == 1 ? " was" : "s were");
}

int render_clamscan_exit(const struct render_clamscan *c)
{
    return c->infected ? 1 : c->errors || c->has_missing ? 2 : 0;
}
