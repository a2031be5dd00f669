/* Reads the owner's words: a small file and a command line. Nothing here comes from a network. */
#include "edge/courier_options.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const uint64_t DEFAULT_MAX = UINT64_C(1) << 30;

void courier_options_init(struct courier_options *o)
{
    *o = (struct courier_options){.max_bytes = DEFAULT_MAX};
}

/* A terminated copy that lives as long as the options. */
static enum err keep(struct courier_options *o, struct span value, const char **out,
                     struct why *why)
{
    if (value.len == 0 || span_find_byte(value, 0, 0) != SIZE_MAX)
        return fail(why, ERR_USAGE, "a value is missing");
    if (value.len >= sizeof o->text - o->text_len)
        return fail(why, ERR_USAGE, "more than %d bytes of options", COURIER_TEXT_MAX);
    char *at = o->text + o->text_len;
    memcpy(at, value.at, value.len);
    at[value.len] = 0;
    o->text_len += value.len + 1;
    *out = at;
    return ERR_NONE;
}

static enum err add(struct courier_options *o, const char **list, unsigned *count,
                    struct span value, struct why *why)
{
    if (*count == COURIER_LIST_MAX)
        return fail(why, ERR_USAGE, "more than %d of one option", COURIER_LIST_MAX);
    TRY(keep(o, value, &list[*count], why));
    (*count)++;
    return ERR_NONE;
}

static enum err set_mirror(struct courier_options *o, struct span value, struct why *why)
{
    static const char *const schemes[] = {"https://", "http://", "file:///", "/"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (span_starts(value, span_text(schemes[i])))
            return add(o, o->mirrors, &o->mirror_count, value, why);
    return fail(why, ERR_USAGE,
                "a mirror is https://, http://, file:/// or a folder's absolute path");
}

static enum err set_file(struct courier_options *o, struct span value, struct why *why)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = span_byte(value, i);
        bool plain = text_is_alnum(c) || c == '-' || c == '_' || (c == '.' && i > 0);
        if (!plain || value.len > 100)
            return fail(why, ERR_USAGE, "a file's name is letters, digits, '-', '_' and '.'");
    }
    return add(o, o->files, &o->file_count, value, why);
}

static enum err set_inbox(struct courier_options *o, struct span value, struct why *why)
{
    return keep(o, value, &o->inbox, why);
}

static enum err set_proxy(struct courier_options *o, struct span value, struct why *why)
{
    return keep(o, value, &o->proxy, why);
}

static enum err set_bytes(struct courier_options *o, struct span value, struct why *why)
{
    if (!text_size(value, &o->max_bytes) || o->max_bytes == 0 || o->max_bytes > INT64_MAX)
        return fail(why, ERR_USAGE, "that is no size");
    return ERR_NONE;
}

static const struct {
    const char *key;
    enum err (*set)(struct courier_options *o, struct span value, struct why *why);
} keys[] = {
    {"mirror", set_mirror}, {"file", set_file},       {"inbox", set_inbox},
    {"proxy", set_proxy},   {"max-bytes", set_bytes},
};

enum err courier_options_set(struct courier_options *o, struct span key, struct span value,
                             struct why *why)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (span_equal(key, span_text(keys[i].key)))
            return keys[i].set(o, value, why);
    char shown[80];
    text_escape_into(shown, sizeof shown, key);
    return fail(why, ERR_USAGE, "unknown key \"%s\"", shown);
}

static enum err read_line(struct courier_options *o, struct span line, struct why *why)
{
    size_t equals = span_find_byte(line, '=', 0);
    if (equals == SIZE_MAX)
        return fail(why, ERR_USAGE, "key = value is wanted");
    return courier_options_set(o, text_trim(span_cut(line, 0, equals)),
                               text_trim(span_cut(line, equals + 1, SIZE_MAX)), why);
}

/* Whole file into `to`; its length, or -1. */
static ssize_t read_whole(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t have = 0;
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0 && have < size) {
        n = read(fd, to + have, size - have);
        have += n > 0 ? (size_t)n : 0;
    }
    int saved = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return n < 0 ? -1 : (ssize_t)have;
}

enum err courier_options_read(struct courier_options *o, const char *path, struct why *why)
{
    char bytes[COURIER_TEXT_MAX];
    ssize_t n = read_whole(path, bytes, sizeof bytes);
    if (n < 0)
        return fail_os(why, "%s", path);
    if ((size_t)n == sizeof bytes)
        return fail(why, ERR_USAGE, "%s: longer than %d bytes", path, COURIER_TEXT_MAX - 1);
    struct span text = span_make(bytes, (size_t)n), line;
    for (unsigned number = 1; text_line(&text, &line); number++) {
        struct why inner = {0};
        line = text_trim(line);
        if (line.len == 0 || span_byte(line, 0) == '#')
            continue;
        if (read_line(o, line, &inner) != ERR_NONE)
            return fail(why, ERR_USAGE, "%s:%u: %s", path, number, inner.text);
    }
    return ERR_NONE;
}

enum err courier_options_check(struct courier_options *o, struct why *why)
{
    if (!o->inbox)
        return fail(why, ERR_USAGE, "no inbox: give --inbox FOLDER, or inbox in courier.conf");
    if (o->mirror_count == 0)
        return fail(why, ERR_USAGE, "no mirror: give --mirror URL, or mirror in courier.conf");
    if (o->file_count == 0)
        return add(o, o->files, &o->file_count, SPAN_OF("candor.bundle"), why);
    return ERR_NONE;
}
