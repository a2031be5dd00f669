/* Configuration: `key = value` lines, '#' comments. An unknown key is an error with its line, so
 * that a misspelt one is never a setting silently not made. */
#include "user/settings.h"

#include "common/buf.h"
#include "common/gaps.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef CANDOR_SYSCONF
#define CANDOR_SYSCONF "/etc"
#endif
#ifndef CANDOR_DATA
#define CANDOR_DATA "/usr/share/candor"
#endif

enum { CONF_MAX = 64 * 1024, COOLING_OFF_S = 6 * 3600, COOLING_OFF_MOST_S = 7 * 86400 };

static const char *config_given; /* candor --config */
static char state_given[3000];   /* `state` of the configuration */

enum err settings_add(const char **list, uint32_t *count, const char *value, struct why *why)
{
    if (*count == SETTINGS_LIST_MAX)
        return fail(why, ERR_USAGE, "more than %d of one option", SETTINGS_LIST_MAX);
    list[(*count)++] = value;
    return ERR_NONE;
}

enum err settings_accept(struct settings *s, const char *list, struct why *why)
{
    struct span rest = span_text(list), name;
    while (text_field(&rest, ',', &name)) {
        enum gap_kind kind;
        name = text_trim(name);
        if (span_equal(name, SPAN_OF("all"))) {
            s->accepted = (UINT64_C(1) << GAP_COUNT) - 1;
        } else if (gap_find(name, &kind)) {
            s->accepted |= UINT64_C(1) << kind;
        } else {
            char shown[80];
            text_escape_into(shown, sizeof shown, name);
            return fail(why, ERR_USAGE, "no gap is called \"%s\" (see candor-scan(1))", shown);
        }
    }
    return ERR_NONE;
}

static char kind_of(struct span value)
{
    uint64_t v;
    struct span digits = span_byte(value, 0) == '-' ? span_cut(value, 1, SIZE_MAX) : value;
    if (span_equal(value, SPAN_OF("true")) || span_equal(value, SPAN_OF("false")))
        return 'b';
    if (text_u64(digits, &v))
        return 'i';
    bool dot = false;
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t c = span_byte(digits, i);
        if (c == '.' && !dot && i > 0)
            dot = true;
        else if (!text_is_digit(c))
            return 's';
    }
    return dot ? 'f' : 's';
}

enum err settings_define(struct settings *s, const char *text, struct why *why)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return fail(why, ERR_USAGE, "-d wants NAME=VALUE, not \"%s\"", text);
    struct span value = span_text(equals + 1);
    char kind = kind_of(value);
    buf_byte(s->externals, (uint8_t)kind);
    buf_put(s->externals, text, (size_t)(equals - text) + 1);
    if (kind == 'b')
        buf_byte(s->externals, span_byte(value, 0) == 't' ? '1' : '0');
    else
        buf_span(s->externals, value);
    buf_byte(s->externals, 0);
    return ERR_NONE;
}

static enum err as_number(struct span value, bool is_size, uint64_t *out, struct why *why)
{
    bool ok = is_size ? text_size(value, out) : text_u64(value, out);
    return ok ? ERR_NONE : fail(why, ERR_USAGE, "that is no %s", is_size ? "size" : "number");
}

static enum err as_bool(struct span value, bool *out, struct why *why)
{
    bool yes = span_equal(value, SPAN_OF("yes")) || span_equal(value, SPAN_OF("true"));
    bool no = span_equal(value, SPAN_OF("no")) || span_equal(value, SPAN_OF("false"));
    if (!yes && !no)
        return fail(why, ERR_USAGE, "yes or no is wanted");
    *out = yes;
    return ERR_NONE;
}

static enum err set_rules(struct settings *s, struct span v, struct why *why)
{
    return settings_add(s->rules, &s->rule_count, (const char *)v.at, why);
}

static enum err set_exclude(struct settings *s, struct span v, struct why *why)
{
    return settings_add(s->excludes, &s->exclude_count, (const char *)v.at, why);
}

static enum err set_include(struct settings *s, struct span v, struct why *why)
{
    return settings_add(s->includes, &s->include_count, (const char *)v.at, why);
}

static enum err set_accept(struct settings *s, struct span v, struct why *why)
{
    return settings_accept(s, (const char *)v.at, why);
}

static enum err set_define(struct settings *s, struct span v, struct why *why)
{
    return settings_define(s, (const char *)v.at, why);
}

static enum err set_jobs(struct settings *s, struct span v, struct why *why)
{
    return as_number(v, false, &s->jobs, why);
}

static enum err set_depth(struct settings *s, struct span v, struct why *why)
{
    return as_number(v, false, &s->depth, why);
}

static enum err set_bytes(struct settings *s, struct span v, struct why *why)
{
    return as_number(v, true, &s->max_bytes, why);
}

static enum err set_timeout(struct settings *s, struct span v, struct why *why)
{
    return as_number(v, false, &s->timeout_s, why);
}

static enum err set_isolate(struct settings *s, struct span v, struct why *why)
{
    return as_bool(v, &s->isolate, why);
}

static enum err set_cage(struct settings *s, struct span v, struct why *why)
{
    if (!span_equal(v, SPAN_OF("full")) && !span_equal(v, SPAN_OF("available")))
        return fail(why, ERR_USAGE, "full or available is wanted");
    s->cage_full = span_equal(v, SPAN_OF("full"));
    return ERR_NONE;
}

static enum err set_state(struct settings *s, struct span v, struct why *why)
{
    (void)s;
    if (span_byte(v, 0) != '/' || v.len >= sizeof state_given)
        return fail(why, ERR_USAGE, "a folder's whole path is wanted");
    (void)snprintf(state_given, sizeof state_given, "%s", (const char *)v.at);
    return ERR_NONE;
}

static enum err set_ledger(struct settings *s, struct span v, struct why *why)
{
    (void)why;
    s->ledger = (const char *)v.at;
    return ERR_NONE;
}

static enum err set_policy(struct settings *s, struct span v, struct why *why)
{
    (void)why;
    s->policy = (const char *)v.at;
    return ERR_NONE;
}

static enum err set_root(struct settings *s, struct span v, struct why *why)
{
    (void)why;
    s->root = (const char *)v.at;
    return ERR_NONE;
}

/* "0", "90s", "30m", "6h", "2d" */
static enum err set_cooling_off(struct settings *s, struct span v, struct why *why)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (v.len > 1 && span_byte(v, v.len - 1) == units[i].unit &&
            text_u64(span_cut(v, 0, v.len - 1), &n) && n <= COOLING_OFF_MOST_S / units[i].seconds) {
            s->cooling_off_s = n * units[i].seconds;
            return ERR_NONE;
        }
    if (!span_equal(v, SPAN_OF("0")))
        return fail(why, ERR_USAGE, "0, or a time such as 30m, 6h or 2d, at most 7d, is wanted");
    s->cooling_off_s = 0;
    return ERR_NONE;
}

static enum err set_trial(struct settings *s, struct span v, struct why *why)
{
    return settings_add(s->trials, &s->trial_count, (const char *)v.at, why);
}

static enum err set_trial_percent(struct settings *s, struct span v, struct why *why)
{
    TRY(as_number(v, false, &s->trial_percent, why));
    return s->trial_percent <= 100 ? ERR_NONE : fail(why, ERR_USAGE, "0 to 100 is wanted");
}

static const struct {
    const char *key;
    enum err (*set)(struct settings *s, struct span value, struct why *why);
} keys[] = {
    {"rules", set_rules},
    {"exclude", set_exclude},
    {"include", set_include},
    {"accept", set_accept},
    {"define", set_define},
    {"jobs", set_jobs},
    {"max-depth", set_depth},
    {"max-bytes", set_bytes},
    {"timeout", set_timeout},
    {"isolate", set_isolate},
    {"cage", set_cage},
    {"state", set_state},
    {"root", set_root},
    {"policy", set_policy},
    {"cooling-off", set_cooling_off},
    {"trial", set_trial},
    {"trial-percent", set_trial_percent},
    {"ledger", set_ledger},
};

static enum err set_key(struct settings *s, struct span key, struct span value, struct why *why)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (span_equal(key, span_text(keys[i].key))) {
            struct span copy = arena_copy(s->arena, value);
            return copy.at ? keys[i].set(s, copy, why) : fail(why, ERR_NOMEM, "configuration");
        }
    if (span_starts(key, SPAN_OF("door-"))) {
        struct span copy = arena_copy(s->arena, value);
        bool known = false;
        if (!copy.at)
            return fail(why, ERR_NOMEM, "configuration");
        TRY(door_settings_set(&s->door, span_cut(key, 5, SIZE_MAX), copy, &known, why));
        if (known)
            return ERR_NONE;
    }
    char shown[80];
    text_escape_into(shown, sizeof shown, key);
    return fail(why, ERR_USAGE, "unknown key \"%s\"", shown);
}

static enum err read_lines(struct settings *s, const char *path, struct span text, struct why *why)
{
    struct span line;
    for (unsigned number = 1; text_line(&text, &line); number++) {
        line = text_trim(line);
        if (line.len == 0 || span_byte(line, 0) == '#')
            continue;
        size_t equals = span_find_byte(line, '=', 0);
        struct why inner = {0};
        enum err err = ERR_NONE;
        if (equals == SIZE_MAX)
            err = fail(&inner, ERR_USAGE, "a line is `key = value`");
        else
            err = set_key(s, text_trim(span_cut(line, 0, equals)),
                          text_trim(span_cut(line, equals + 1, SIZE_MAX)), &inner);
        if (err != ERR_NONE)
            return fail(why, err, "%s:%u: %s", path, number, inner.text);
    }
    return ERR_NONE;
}

enum err settings_read(struct settings *s, const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? ERR_NONE : fail_os(why, "%s", path);
    uint8_t *text = malloc(CONF_MAX);
    ssize_t n = text ? read(fd, text, CONF_MAX) : -1;
    (void)close(fd);
    enum err err = n < 0           ? fail_os(why, "%s", path)
                   : n == CONF_MAX ? fail(why, ERR_USAGE, "%s: too long", path)
                                   : read_lines(s, path, span_make(text, (size_t)n), why);
    free(text);
    return err;
}

static enum err read_user(struct settings *s, struct why *why)
{
    char path[4200];
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && config[0] == '/')
        (void)snprintf(path, sizeof path, "%s/candor/candor.conf", config);
    else if (home && home[0] == '/')
        (void)snprintf(path, sizeof path, "%s/.config/candor/candor.conf", home);
    else
        return ERR_NONE;
    return settings_read(s, path, why);
}

enum err settings_blank(struct settings *s, struct why *why)
{
    *s = (struct settings){.arena = arena_new(0), .externals = calloc(1, sizeof(struct buf))};
    if (!s->arena || !s->externals)
        return fail(why, ERR_NOMEM, "settings");
    buf_init(s->externals, 1 << 20);
    s->cooling_off_s = COOLING_OFF_S;
    s->trial_percent = 1;
    door_settings_init(&s->door);
    return ERR_NONE;
}

void settings_use(const char *path)
{
    config_given = path;
}

const char *settings_policy(const struct settings *s)
{
    return s->policy ? s->policy : CANDOR_SYSCONF "/candor/policy";
}

enum err settings_init(struct settings *s, struct why *why)
{
    TRY(settings_blank(s, why));
    if (config_given)
        return access(config_given, R_OK) == 0 ? settings_read(s, config_given, why)
                                               : fail_os(why, "%s", config_given);
    TRY(settings_read(s, CANDOR_SYSCONF "/candor/candor.conf", why));
    return geteuid() == 0 ? ERR_NONE : read_user(s, why);
}

void settings_done(struct settings *s)
{
    if (s->externals)
        buf_done(s->externals);
    free(s->externals);
    arena_free(s->arena);
}

bool settings_state(char *out, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state_given[0])
        return snprintf(out, size, "%s", state_given) < (int)size;
    if (geteuid() == 0)
        return snprintf(out, size, "/var/lib/candor") < (int)size;
    if (state && state[0] == '/')
        return snprintf(out, size, "%s/candor", state) < (int)size;
    if (home && home[0] == '/')
        return snprintf(out, size, "%s/.local/state/candor", home) < (int)size;
    return false;
}

bool settings_system_state(char *out, size_t size)
{
    return !state_given[0] && snprintf(out, size, "/var/lib/candor") < (int)size;
}

bool settings_builtin_rules(char *out, size_t size)
{
    static const char *const places[] = {"../rules", "../share/candor/rules"};
    char dir[3072];
    struct stat st;
    ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
    if (n <= 0)
        n = snprintf(dir, sizeof dir, "%s", (const char *)getauxval(AT_EXECFN));
    if (n > 0 && (size_t)n < sizeof dir) {
        dir[n] = 0;
        char *slash = strrchr(dir, '/');
        if (slash)
            *slash = 0;
        for (size_t i = 0; slash && i < sizeof places / sizeof places[0]; i++) {
            (void)snprintf(out, size, "%s/%s", dir, places[i]);
            if (stat(out, &st) == 0 && S_ISDIR(st.st_mode))
                return true;
        }
    }
    (void)snprintf(out, size, "%s/rules", CANDOR_DATA);
    return stat(out, &st) == 0 && S_ISDIR(st.st_mode);
}
