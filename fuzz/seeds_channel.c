/* Conversations and requests, honest and not, in the input formats of records.c and requests.c. */
#include "seeds_channel.h"

#include "common/buf.h"
#include "common/channel.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int save(const char *folder, const char *target, const char *name, const void *bytes,
                size_t len)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, len, f) != len) {
        perror(path);
        return 1;
    }
    return fclose(f) != 0;
}

/* records.c: 24 bytes a record; text lengths stand at 17. */
static void say(struct buf *b, enum message kind, uint8_t file, uint8_t code, uint8_t text)
{
    uint8_t r[24] = {(uint8_t)kind, file};
    r[4] = code;
    r[17] = r[18] = text;
    r[22] = 'x';
    buf_put(b, r, sizeof r);
}

static void say_file(struct buf *b, uint8_t i)
{
    say(b, MSG_START, i, 0, 0);
    say(b, MSG_OBJECT, i, 3, 5);
    say(b, MSG_FINDING, i, 1, 7);
    say(b, MSG_TEXT, i, 0, 9);
    say(b, MSG_MATCH, i, 1, 9);
    say(b, MSG_GAP, i, 2, 4);
    say(b, MSG_DONE, i, 0, 0);
}

static int records(const char *folder, struct buf *b)
{
    int bad = 0;
    for (uint8_t i = 0; i < 3; i++)
        say_file(b, i);
    say(b, MSG_END, 0, 0, 0);
    bad += save(folder, "records", "honest", b->at, b->len);
    buf_clear(b);
    say(b, MSG_START, 0, 0, 0);
    say(b, MSG_END, 0, 0, 0);
    say(b, MSG_DONE, 0, 0, 0);
    bad += save(folder, "records", "after-end", b->at, b->len);
    buf_clear(b);
    say_file(b, 1);
    bad += save(folder, "records", "out-of-turn", b->at, b->len);
    buf_clear(b);
    say(b, MSG_FAIL, 0, 4, 200);
    say(b, MSG_END, 0, 0, 0);
    bad += save(folder, "records", "fail", b->at, b->len);
    buf_clear(b);
    struct record raw = {.kind = MSG_START};
    static const uint8_t head[5] = {0xff, 1};
    buf_put(b, head, sizeof head);
    buf_put(b, &raw, sizeof raw);
    bad += save(folder, "records", "raw-ring", b->at, b->len);
    buf_clear(b);
    return bad;
}

/* requests.c: 'i', length of the including name, that name, the name; or 'n', offset, length,
 * flags. */
static int requests(const char *folder)
{
    static const struct {
        const char *name, *from, *wanted;
    } includes[] = {{"plain", "", "a.yar"},
                    {"up", "", "../secret"},
                    {"folder", "a.yar", "sub/b.yar"},
                    {"beside", "sub/b.yar", "b.yar"},
                    {"link", "", "out"},
                    {"link-folder", "", "up/secret"},
                    {"absolute", "", "/etc/passwd"},
                    {"dots", "sub/b.yar", "../../secret"}};
    int bad = 0;
    for (size_t i = 0; i < sizeof includes / sizeof includes[0]; i++) {
        char bytes[100];
        int n = snprintf(bytes, sizeof bytes, "i%c%s%s", 'L', includes[i].from, includes[i].wanted);
        bytes[1] = (char)strlen(includes[i].from);
        bad += save(folder, "requests", includes[i].name, bytes, (size_t)n);
    }
    uint8_t need[18] = {'n'};
    need[9] = 16;
    need[17] = 1;
    return bad + save(folder, "requests", "need", need, sizeof need);
}

/* protocol.c: the first byte is how long the pieces are, less one. */
static int protocol(const char *folder)
{
    static const char ping[] = "\0zPING",
                      session[] = "\1zIDSESSION\0zPING\0zINSTREAM\0\0\0\0\2ab\0\0\0\1c\0\0\0\0"
                                  "zFILDES\0xnSTATS\nzEND",
                      too_big[] = "\2zINSTREAM\0\xff\xff\xff\xff"
                                  "ab";
    return save(folder, "protocol", "ping", ping, sizeof ping) +
           save(folder, "protocol", "session", session, sizeof session) +
           save(folder, "protocol", "too-big", too_big, sizeof too_big);
}

int seeds_channel(const char *folder)
{
    struct buf b;
    buf_init(&b, 0);
    int bad = records(folder, &b) + requests(folder) + protocol(folder);
    buf_done(&b);
    return bad;
}
