/* The walk over trees that are made to hurt it. */
#include "open/walk.h"

#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct seen {
    char files[64][600];
    char gaps[64][600];
    enum gap_kind kinds[64];
    uint32_t file_count, gap_count, pseudo;
};

static enum err on_file(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct seen *s = ctx;
    (void)why;
    assert_true(S_ISREG(st->st_mode));
    if (s->file_count < 64)
        (void)snprintf(s->files[s->file_count++], 600, "%.*s", (int)path.len,
                       (const char *)path.at);
    if (fd >= 0)
        (void)close(fd);
    return ERR_NONE;
}

static enum err on_gap(void *ctx, struct span path, enum gap_kind kind, struct span detail,
                       struct why *why)
{
    struct seen *s = ctx;
    (void)why;
    (void)detail;
    if (s->gap_count < 64) {
        s->kinds[s->gap_count] = kind;
        (void)snprintf(s->gaps[s->gap_count++], 600, "%.*s", (int)path.len, (const char *)path.at);
    }
    return ERR_NONE;
}

static void on_pseudo(void *ctx, struct span path, const char *type)
{
    struct seen *s = ctx;
    (void)path;
    assert_true(strlen(type) > 0);
    s->pseudo++;
}

static char root[200];

static const char *in_root(const char *name)
{
    static char paths[4][600];
    static unsigned turn;
    char *p = paths[turn++ % 4];
    (void)snprintf(p, 600, "%s/%s", root, name);
    return p;
}

static void make_root(void)
{
    (void)snprintf(root, sizeof root, "/tmp/candor-walk.XXXXXX");
    assert_non_null(mkdtemp(root));
}

static void put(const char *name, const char *text)
{
    int fd = open(in_root(name), O_WRONLY | O_CREAT | O_EXCL, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static void remove_root(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)execlp("rm", "rm", "-rf", root, (char *)NULL);
        _exit(1);
    }
    (void)waitpid(pid, NULL, 0);
}

static struct walk_skipped walk(struct seen *s, const struct walk_options *o, const char *path)
{
    struct walk_sink sink = {s, on_file, on_gap, on_pseudo};
    struct walk *w = NULL;
    struct why why = {0};
    memset(s, 0, sizeof *s);
    assert_int_equal(walk_new(&w, o, &sink, &why), ERR_NONE);
    assert_int_equal(walk_path(w, path, &why), ERR_NONE);
    struct walk_skipped skipped = walk_get_skipped(w);
    walk_free(w);
    return skipped;
}

static const struct walk_options plain = {0};

TEST(every_file_once_in_name_order)
{
    struct seen s;
    make_root();
    assert_int_equal(mkdir(in_root("d"), 0755), 0);
    put("b", "x");
    put("a", "x");
    put("d/c", "x");
    put(".hidden", "x");
    assert_int_equal(link(in_root("a"), in_root("z-second-name")), 0);
    struct walk_skipped skipped = walk(&s, &plain, root);
    assert_int_equal(s.file_count, 4);
    assert_string_equal(s.files[0], in_root(".hidden"));
    assert_string_equal(s.files[1], in_root("a"));
    assert_string_equal(s.files[3], in_root("d/c"));
    assert_int_equal(skipped.hard_links, 1);
    assert_int_equal(s.gap_count, 0);
    remove_root();
}

TEST(links_fifos_and_sockets_are_never_opened)
{
    struct seen s;
    make_root();
    put("file", "x");
    assert_int_equal(symlink("file", in_root("to-file")), 0);
    assert_int_equal(symlink("..", in_root("up")), 0);
    assert_int_equal(symlink("loop", in_root("loop")), 0);
    assert_int_equal(mkfifo(in_root("fifo"), 0644), 0); /* would block for ever */
    alarm(10);
    struct walk_skipped skipped = walk(&s, &plain, root);
    alarm(0);
    assert_int_equal(s.file_count, 1);
    assert_int_equal(skipped.links, 3);
    assert_int_equal(skipped.special, 1);
    assert_int_equal(s.gap_count, 0);
    remove_root();
}

TEST(what_the_owner_names_is_a_gap_when_it_cannot_be_read)
{
    struct seen s;
    make_root();
    assert_int_equal(mkfifo(in_root("fifo"), 0644), 0);
    assert_int_equal(symlink("nowhere", in_root("dangling")), 0);
    assert_int_equal(symlink("loop", in_root("loop")), 0);
    alarm(10);
    (void)walk(&s, &plain, in_root("fifo"));
    assert_int_equal(s.kinds[0], GAP_SPECIAL);
    (void)walk(&s, &plain, "/dev/null");
    assert_int_equal(s.kinds[0], GAP_SPECIAL);
    (void)walk(&s, &plain, in_root("dangling"));
    assert_int_equal(s.kinds[0], GAP_LINK);
    (void)walk(&s, &plain, in_root("loop"));
    assert_int_equal(s.kinds[0], GAP_LINK);
    (void)walk(&s, &plain, in_root("missing"));
    assert_int_equal(s.kinds[0], GAP_UNREADABLE);
    (void)walk(&s, &plain, "/proc/self/root/etc/passwd"); /* a magic link on the way */
    assert_int_equal(s.file_count, 0);
    assert_int_equal(s.gap_count, 1);
    alarm(0);
    remove_root();
}

TEST(a_link_named_by_the_owner_is_followed)
{
    struct seen s;
    make_root();
    put("file", "x");
    assert_int_equal(symlink("file", in_root("to-file")), 0);
    (void)walk(&s, &plain, in_root("to-file"));
    assert_int_equal(s.file_count, 1);
    remove_root();
}

TEST(names_may_be_any_bytes)
{
    struct seen s;
    make_root();
    put("\xff\xfe\x01\n", "x");
    put("-r", "x");
    (void)walk(&s, &plain, root);
    assert_int_equal(s.file_count, 2);
    remove_root();
}

TEST(exclude_by_path_and_by_name)
{
    struct seen s;
    make_root();
    assert_int_equal(mkdir(in_root("skip"), 0755), 0);
    put("skip/a", "x");
    put("b.log", "x");
    put("keep", "x");
    const char *const globs[] = {"*.log", in_root("skip")};
    struct walk_options o = {.excludes = globs, .exclude_count = 2};
    struct walk_skipped skipped = walk(&s, &o, root);
    assert_int_equal(s.file_count, 1);
    assert_string_equal(s.files[0], in_root("keep"));
    assert_int_equal(skipped.excluded, 2);
    remove_root();
}

TEST(deep_folders_end_in_a_gap)
{
    struct seen s;
    make_root();
    int at = open(root, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 600; i++) {
        assert_int_equal(mkdirat(at, "d", 0755), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        (void)close(at);
        at = next;
    }
    (void)close(at);
    (void)walk(&s, &plain, root);
    assert_int_equal(s.gap_count, 1);
    assert_int_equal(s.kinds[0], GAP_TOO_DEEP);
    remove_root();
}

TEST(file_systems_of_the_kernel_are_passed_by_and_said)
{
    struct seen s;
    struct walk_skipped skipped = walk(&s, &plain, "/proc");
    assert_int_equal(s.file_count, 0);
    assert_int_equal(s.pseudo, 1);
    assert_int_equal(skipped.pseudo, 1);
}
