/* The door's keys. Values come from the owner's own file. */
#include "user/door_settings.h"

#include "common/text.h"

#include <stddef.h>

enum kind { KIND_NUMBER, KIND_SIZE, KIND_OCTAL };

static const struct {
    const char *key;
    enum kind kind;
    size_t at;
    uint64_t least, most, value; /* value: the default */
} numbers[] = {
    {"stream-max", KIND_SIZE, offsetof(struct door_settings, stream_bytes), 1, UINT64_C(1) << 32,
     100 << 20},
    {"memory", KIND_SIZE, offsetof(struct door_settings, memory_bytes), 1 << 20, UINT64_C(1) << 40,
     512 << 20},
    {"connections", KIND_NUMBER, offsetof(struct door_settings, connections), 4, 100000, 1024},
    {"in-flight", KIND_NUMBER, offsetof(struct door_settings, in_flight), 1, 1000, 8},
    {"read-timeout", KIND_NUMBER, offsetof(struct door_settings, read_s), 1, 86400, 120},
    {"command-timeout", KIND_NUMBER, offsetof(struct door_settings, command_s), 1, 86400, 30},
    {"stream-timeout", KIND_NUMBER, offsetof(struct door_settings, stream_s), 1, 86400, 600},
    {"mode", KIND_OCTAL, offsetof(struct door_settings, mode), 0, 0777, 0666},
};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static uint64_t *field(struct door_settings *d, size_t i)
{
    return (uint64_t *)(void *)((char *)d + numbers[i].at);
}

void door_settings_init(struct door_settings *d)
{
    *d = (struct door_settings){.unofficial = false};
    for (size_t i = 0; i < NUMBERS; i++)
        *field(d, i) = numbers[i].value;
}

static bool octal(struct span s, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (c < '0' || c > '7' || v > 0777)
            return false;
        v = v * 8 + (c - '0');
    }
    *out = v;
    return s.len > 0;
}

static enum err set_number(struct door_settings *d, size_t i, struct span value, struct why *why)
{
    uint64_t v = 0;
    bool ok = numbers[i].kind == KIND_SIZE    ? text_size(value, &v)
              : numbers[i].kind == KIND_OCTAL ? octal(value, &v)
                                              : text_u64(value, &v);
    if (!ok || v < numbers[i].least || v > numbers[i].most)
        return fail(why, ERR_USAGE, "door-%s: %s from %llu to %llu is wanted", numbers[i].key,
                    numbers[i].kind == KIND_SIZE ? "a size" : "a number",
                    (unsigned long long)numbers[i].least, (unsigned long long)numbers[i].most);
    *field(d, i) = v;
    return ERR_NONE;
}

static enum err add(const char **list, unsigned *count, struct span value, struct why *why)
{
    if (*count == DOOR_SOCKETS_MAX)
        return fail(why, ERR_USAGE, "more than %d sockets", DOOR_SOCKETS_MAX);
    list[(*count)++] = (const char *)value.at;
    return ERR_NONE;
}

/* The index of `value` in `words`, or an error that names them. */
static enum err choice(struct span value, const char *const *words, int *out, struct why *why)
{
    for (int i = 0; words[i]; i++)
        if (span_equal(value, span_text(words[i]))) {
            *out = i;
            return ERR_NONE;
        }
    return fail(why, ERR_USAGE, "%s, %s%s%s is wanted", words[0], words[1], words[2] ? " or " : "",
                words[2] ? words[2] : "");
}

enum err door_settings_set(struct door_settings *d, struct span key, struct span value, bool *known,
                           struct why *why)
{
    static const char *const gap_words[] = {"error", "found", "ok", NULL};
    static const char *const name_words[] = {"bare", "unofficial", NULL};
    int name = 0;
    *known = true;
    if (span_equal(key, SPAN_OF("socket")))
        return add(d->sockets, &d->socket_count, value, why);
    if (span_equal(key, SPAN_OF("tcp")))
        return add(d->tcp, &d->tcp_count, value, why);
    if (span_equal(key, SPAN_OF("user"))) {
        d->user = (const char *)value.at;
        return ERR_NONE;
    }
    if (span_equal(key, SPAN_OF("gaps")))
        return choice(value, gap_words, &d->gaps, why);
    if (span_equal(key, SPAN_OF("names"))) {
        TRY(choice(value, name_words, &name, why));
        d->unofficial = name == 1;
        return ERR_NONE;
    }
    for (size_t i = 0; i < NUMBERS; i++)
        if (span_equal(key, span_text(numbers[i].key)))
            return set_number(d, i, value, why);
    *known = false;
    return ERR_NONE;
}

enum err door_settings_check(const struct door_settings *d, struct why *why)
{
    /* One stream must always fit besides what all others hold. */
    if (d->memory_bytes < 2 * d->stream_bytes)
        return fail(why, ERR_USAGE, "door-memory must be at least twice door-stream-max");
    return ERR_NONE;
}
