/* libcurl behind its seam. What comes is moved, never read: `candor update` judges it. */
#include "edge/mirror.h"

#include "common/buf.h"
#include "common/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TRIES = 50, /* of one mirror, while each brings something */
    CONNECT_S = 30,
    SLOW_BYTES = 100, /* a second, for SLOW_S: it is given up */
    SLOW_S = 60,
    CERTIFICATES_MAX = 8 << 20
};

struct mirror {
    const struct courier_options *options;
    CURL *curl;
    struct buf certificates;
    char message[CURL_ERROR_SIZE];
};

/* One attempt. */
struct attempt {
    struct mirror *courier;
    struct inbox_part *part;
    struct why why;
    uint64_t asked_from; /* first byte that was asked for */
    uint64_t total;      /* as Content-Range says; 0: it does not */
    uint64_t from;       /* the same */
    bool begun;          /* the first byte of this answer was taken */
};

const char *mirror_folder(const char *mirror)
{
    if (mirror[0] == '/')
        return mirror;
    return strncmp(mirror, "file:///", 8) == 0 ? mirror + 7 : NULL;
}

static enum err read_certificates(struct mirror *c, struct why *why)
{
    static const char *const paths[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"};
    int fd = -1;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && fd < 0; i++)
        fd = open(paths[i], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_NONE; /* https then fails by itself, and says why */
    uint8_t piece[16384];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0)
        buf_put(&c->certificates, piece, (size_t)n);
    (void)close(fd);
    return c->certificates.bad ? fail(why, ERR_NOMEM, "certificates") : ERR_NONE;
}

enum err mirror_open(struct mirror **out, const struct courier_options *options, struct why *why)
{
    struct mirror *c = calloc(1, sizeof *c);
    if (!c)
        return fail(why, ERR_NOMEM, "mirror");
    c->options = options;
    buf_init(&c->certificates, CERTIFICATES_MAX);
    enum err err = read_certificates(c, why);
    if (err == ERR_NONE && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        err = fail(why, ERR_NOMEM, "libcurl");
    c->curl = err == ERR_NONE ? curl_easy_init() : NULL;
    if (err == ERR_NONE && !c->curl)
        err = fail(why, ERR_NOMEM, "libcurl");
    if (err != ERR_NONE)
        mirror_close(c);
    else
        *out = c;
    return err;
}

void mirror_close(struct mirror *c)
{
    if (!c)
        return;
    curl_easy_cleanup(c->curl);
    buf_done(&c->certificates);
    free(c);
}

/* --- what comes --- */

/* "Content-Range: bytes FROM-TO/TOTAL", RFC 9110, 14.4. */
static void read_range(struct attempt *a, struct span value)
{
    struct span rest = text_trim(value), unit, from, to;
    a->total = 0;
    if (!text_field(&rest, ' ', &unit) || !span_equal_nocase(unit, SPAN_OF("bytes")) ||
        !text_field(&rest, '-', &from) || !text_field(&rest, '/', &to))
        return;
    if (!text_u64(from, &a->from) || !text_u64(rest, &a->total))
        a->total = 0;
}

static size_t on_header(char *bytes, size_t one, size_t count, void *ctx)
{
    struct span line = span_make(bytes, one * count), key = SPAN_OF("content-range:");
    if (line.len > key.len && span_equal_nocase(span_cut(line, 0, key.len), key))
        read_range(ctx, span_cut(line, key.len, SIZE_MAX));
    return line.len;
}

/* Before the first byte is kept: is it the one that was asked for, of the same file? */
static enum err begin(struct attempt *a)
{
    struct inbox_part *part = a->part;
    curl_off_t length = -1;
    (void)curl_easy_getinfo(a->courier->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    a->begun = true;
    if (a->asked_from == 0)
        return inbox_begin(part, length > 0 ? (uint64_t)length : 0, &a->why);
    uint64_t total = a->total;
    if (total == 0 && length > 0) /* file:// has no such header */
        total = a->asked_from + (uint64_t)length;
    if (total != part->total || (a->total != 0 && a->from != a->asked_from))
        return fail(&a->why, ERR_PEER, "the file is another one than before");
    return ERR_NONE;
}

static size_t on_bytes(char *bytes, size_t one, size_t count, void *ctx)
{
    struct attempt *a = ctx;
    size_t len = one * count;
    if (!a->begun && begin(a) != ERR_NONE)
        return 0;
    if (len > a->courier->options->max_bytes - a->part->have) {
        (void)fail(&a->why, ERR_LIMIT, "longer than %llu bytes (max-bytes)",
                   (unsigned long long)a->courier->options->max_bytes);
        return 0;
    }
    return inbox_write(a->part, bytes, len, &a->why) == ERR_NONE ? len : 0;
}

/* --- one attempt --- */

/* False: libcurl is too old for one of them, or out of memory. */
static bool set_up(struct attempt *a, const char *url)
{
    CURL *h = a->courier->curl;
    const struct courier_options *o = a->courier->options;
    struct curl_blob certificates = {a->courier->certificates.at, a->courier->certificates.len,
                                     CURL_BLOB_NOCOPY};
    curl_easy_reset(h);
    bool ok = curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_ERRORBUFFER, a->courier->message) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https,http,file") == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_FAILONERROR, 1L) == CURLE_OK;
    /* "" keeps the environment's proxies out: they would be asked without anybody having said so */
    ok = ok && curl_easy_setopt(h, CURLOPT_PROXY, o->proxy ? o->proxy : "") == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->max_bytes) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_WRITEDATA, a) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK;
    ok = ok && curl_easy_setopt(h, CURLOPT_HEADERDATA, a) == CURLE_OK;
    if (a->asked_from > 0)
        ok = ok &&
             curl_easy_setopt(h, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)a->asked_from) == CURLE_OK;
    if (certificates.len > 0)
        ok = ok && curl_easy_setopt(h, CURLOPT_CAINFO_BLOB, &certificates) == CURLE_OK;
    return ok;
}

static enum err attempt(struct mirror *c, struct inbox_part *part, const char *url, struct why *why)
{
    struct attempt a = {.courier = c, .part = part, .asked_from = part->have};
    c->message[0] = 0;
    if (!set_up(&a, url))
        return fail(why, ERR_NOMEM, "libcurl");
    CURLcode code = curl_easy_perform(c->curl);
    if (code == CURLE_OK && !a.begun) /* an empty file is one, too */
        (void)begin(&a);
    if (a.why.code != ERR_NONE) {
        inbox_drop(part);
        *why = a.why;
        return a.why.code;
    }
    if (code == CURLE_OK)
        return inbox_finish(part, why);
    /* the mirror cannot go on in the middle, or has no such file any more */
    if (code == CURLE_RANGE_ERROR || code == CURLE_HTTP_RETURNED_ERROR)
        inbox_drop(part);
    char shown[300];
    text_escape_into(shown, sizeof shown,
                     span_text(c->message[0] ? c->message : curl_easy_strerror(code)));
    return fail(why, ERR_PEER, "%s", shown);
}

/* MIRROR/NAME; a folder becomes file://. */
static enum err make_url(struct buf *url, const char *mirror, const char *name, struct why *why)
{
    size_t len = strlen(mirror);
    buf_init(url, 4096);
    if (mirror[0] == '/')
        buf_text(url, "file://");
    buf_text(url, mirror);
    if (len > 0 && mirror[len - 1] != '/')
        buf_byte(url, '/');
    buf_text(url, name);
    buf_byte(url, 0);
    return url->bad ? fail(why, ERR_USAGE, "the mirror's address is too long") : ERR_NONE;
}

/* Again while each attempt brings something: a line that breaks every minute still brings a large
 * file. */
static enum err from_mirror(struct mirror *c, struct inbox_part *part, const char *mirror,
                            struct why *why)
{
    struct buf url;
    enum err err = make_url(&url, mirror, part->name, why);
    for (unsigned i = 0; err == ERR_NONE && i < TRIES; i++) {
        struct why now = {0};
        uint64_t had = part->have;
        err = attempt(c, part, (const char *)url.at, &now);
        if (err == ERR_NONE)
            break;
        bool was_dropped = had > 0 && part->have == 0; /* once more, from the beginning */
        bool is_broken = err == ERR_PEER && inbox_resume(part, &now) == ERR_NONE;
        if (is_broken && i + 1 < TRIES && (was_dropped || part->have > had))
            err = ERR_NONE;
        else
            *why = now;
    }
    buf_done(&url);
    return err;
}

/* The next mirror may have what this one has not. */
static bool is_mirrors(enum err err)
{
    return err == ERR_PEER || err == ERR_LIMIT;
}

enum err mirror_fetch(struct mirror *c, const struct inbox *inbox, const char *name,
                      struct why *why)
{
    struct inbox_part part;
    struct why now = {0};
    const char *mirror = NULL;
    enum err err = inbox_find(inbox, name, &part, &now);
    for (unsigned i = 0; err == ERR_NONE && i < c->options->mirror_count; i++) {
        now = (struct why){0};
        mirror = c->options->mirrors[i];
        err = from_mirror(c, &part, mirror, &now);
        if (err == ERR_NONE)
            break;
        if (is_mirrors(err) && i + 1 < c->options->mirror_count)
            err = ERR_NONE;
    }
    inbox_leave(&part);
    return err == ERR_NONE ? err : fail(why, err, "%s: %s", mirror ? mirror : name, now.text);
}
