/* Putting files away: the file that was scanned, through no link, with a line in the manifest. */
#include "open/putaway.h"

#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/candor-putaway-XXXXXX";

static const char *in_top(const char *name)
{
    static char paths[4][300];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", top, name);
    return path;
}

static void make(const char *name, const char *text)
{
    FILE *f = fopen(in_top(name), "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

static struct putaway_file file_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (struct putaway_file){path, st.st_dev, st.st_ino, SPAN_OF("rule")};
}

static void start(void)
{
    static bool done;
    if (!done)
        assert_non_null(mkdtemp(top));
    done = true;
    (void)mkdir(in_top("in"), 0700);
    (void)mkdir(in_top("store"), 0700);
    bool linked = symlink("in", in_top("way")) == 0 || access(in_top("way"), F_OK) == 0;
    assert_true(linked);
    make("in/f", "text");
}

TEST(move_and_number)
{
    struct putaway p;
    char stored[300];
    start();
    assert_int_equal(putaway_open(&p, PUTAWAY_MOVE, in_top("store"), NULL), ERR_NONE);
    for (int i = 0; i < 2; i++) {
        make("in/f", "text");
        struct putaway_file f = file_of(in_top("in/f"));
        assert_int_equal(putaway_file(&p, &f, stored, NULL), ERR_NONE);
        assert_int_equal(access(in_top("in/f"), F_OK), -1);
        assert_string_equal(stored, i == 0 ? "f" : "f.001");
    }
    assert_int_equal(access(in_top("store/f.001"), F_OK), 0);
    putaway_close(&p);
}

/* Its length; 0: there is none. */
static size_t read_manifest(char *out, size_t size)
{
    FILE *f = fopen(in_top("store/candor-manifest.jsonl"), "r");
    size_t n = f ? fread(out, 1, size - 1, f) : 0;
    if (f)
        (void)fclose(f);
    out[n] = 0;
    return n;
}

TEST(a_file_called_as_the_manifest)
{
    struct putaway p;
    char stored[300], text[4096];
    start();
    (void)unlink(in_top("store/candor-manifest.jsonl"));
    make("in/candor-manifest.jsonl", "{\"act\":\"move\",\"path\":\"/etc/passwd\"}\n");
    struct putaway_file f = file_of(in_top("in/candor-manifest.jsonl"));
    assert_int_equal(putaway_open(&p, PUTAWAY_MOVE, in_top("store"), NULL), ERR_NONE);
    assert_int_equal(putaway_file(&p, &f, stored, NULL), ERR_NONE);
    assert_string_equal(stored, "candor-manifest.jsonl.001");
    assert_true(read_manifest(text, sizeof text) > 0);
    assert_null(strstr(text, "passwd"));
    assert_int_equal(unlink(in_top("store/candor-manifest.jsonl.001")), 0);
    putaway_close(&p);
}

TEST(a_stored_name_that_is_no_text_can_be_found_again)
{
    struct putaway p;
    char stored[300], text[4096];
    start();
    make("in/\xff", "text");
    struct putaway_file f = file_of(in_top("in/\xff"));
    assert_int_equal(putaway_open(&p, PUTAWAY_COPY, in_top("store"), NULL), ERR_NONE);
    assert_int_equal(putaway_file(&p, &f, stored, NULL), ERR_NONE);
    assert_true(read_manifest(text, sizeof text) > 0);
    assert_non_null(strstr(text, "\"stored_b64\":\"/w==\""));
    assert_int_equal(unlink(in_top("in/\xff")), 0);
    assert_int_equal(unlink(in_top("store/\xff")), 0);
    putaway_close(&p);
}

TEST(a_pipe_is_no_manifest)
{
    struct putaway p;
    char stored[300];
    start();
    (void)unlink(in_top("store/candor-manifest.jsonl"));
    assert_int_equal(mkfifo(in_top("store/candor-manifest.jsonl"), 0600), 0);
    int reader = open(in_top("store/candor-manifest.jsonl"), O_RDONLY | O_NONBLOCK);
    struct putaway_file f = file_of(in_top("in/f"));
    assert_int_equal(putaway_open(&p, PUTAWAY_MOVE, in_top("store"), NULL), ERR_NONE);
    assert_int_not_equal(putaway_file(&p, &f, stored, NULL), ERR_NONE);
    assert_int_equal(access(in_top("in/f"), F_OK), 0);
    (void)close(reader);
    (void)unlink(in_top("store/candor-manifest.jsonl"));
    putaway_close(&p);
}

TEST(another_file_stays)
{
    struct putaway p;
    char stored[300];
    start();
    struct putaway_file f = file_of(in_top("in/f"));
    make("in/g", "swapped in");
    assert_int_equal(rename(in_top("in/g"), in_top("in/f")), 0);
    assert_int_equal(putaway_open(&p, PUTAWAY_REMOVE, NULL, NULL), ERR_NONE);
    assert_int_equal(putaway_file(&p, &f, stored, NULL), ERR_SYSTEM);
    assert_int_equal(access(in_top("in/f"), F_OK), 0);
}

TEST(links_are_not_followed)
{
    struct putaway p;
    char stored[300];
    start();
    assert_int_equal(putaway_open(&p, PUTAWAY_REMOVE, NULL, NULL), ERR_NONE);
    struct putaway_file through_folder = file_of(in_top("way/f"));
    assert_int_equal(putaway_file(&p, &through_folder, stored, NULL), ERR_SYSTEM);
    assert_int_equal(symlink("f", in_top("in/l")), 0);
    struct putaway_file link = file_of(in_top("in/l"));
    assert_int_equal(putaway_file(&p, &link, stored, NULL), ERR_SYSTEM);
    assert_int_equal(access(in_top("in/f"), F_OK), 0);
}

TEST(no_folder_no_act)
{
    struct putaway p;
    start();
    assert_int_equal(putaway_open(&p, PUTAWAY_COPY, in_top("nowhere"), NULL), ERR_SYSTEM);
}
