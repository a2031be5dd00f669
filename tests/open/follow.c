/* The walk that follows links: what is asked about, what is opened, and that circles end. */
#include "open/follow.h"

#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/candor-follow-XXXXXX";

struct seen {
    unsigned files, folders, links, nowhere, troubles;
    bool take_links;
};

static bool on_look(void *ctx, const struct follow_entry *e)
{
    struct seen *s = ctx;
    s->links += e->is_link;
    s->nowhere += e->leads_nowhere;
    s->folders += S_ISDIR(e->st.st_mode) && !e->is_link;
    return !e->is_link || s->take_links;
}

static enum err on_file(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct seen *s = ctx;
    (void)path, (void)why;
    assert_true(S_ISREG(st->st_mode));
    (void)close(fd);
    s->files++;
    return ERR_NONE;
}

static enum err on_trouble(void *ctx, struct span path, int os, bool is_folder, struct why *why)
{
    struct seen *s = ctx;
    (void)path, (void)os, (void)is_folder, (void)why;
    s->troubles++;
    return ERR_NONE;
}

static void make(const char *format, const char *target)
{
    char path[300];
    (void)snprintf(path, sizeof path, format, top);
    if (target && target[0])
        assert_int_equal(symlink(target, path), 0);
    else if (target)
        assert_int_equal(mkdir(path, 0700), 0);
    else
        (void)fclose(fopen(path, "w"));
}

static struct seen walk(bool take_links)
{
    struct seen s = {.take_links = take_links};
    struct follow_sink sink = {&s, on_look, on_file, on_trouble};
    struct follow *f = NULL;
    assert_int_equal(follow_new(&f, &sink, NULL), ERR_NONE);
    assert_int_equal(follow_path(f, top, NULL), ERR_NONE);
    follow_free(f);
    return s;
}

TEST(a_tree_with_links)
{
    char fifo[300];
    assert_non_null(mkdtemp(top));
    make("%s/a", NULL);
    make("%s/sub", "");
    make("%s/sub/b", NULL);
    make("%s/sub/up", ".."); /* a circle */
    make("%s/again", "sub"); /* the same files by another name */
    make("%s/to-a", "a");
    make("%s/gone", "nowhere");
    (void)snprintf(fifo, sizeof fifo, "%s/fifo", top);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    struct seen s = walk(false);
    assert_int_equal(s.files, 2);
    assert_int_equal(s.folders, 2);
    assert_int_equal(s.links, 4);
    assert_int_equal(s.nowhere, 1);
    s = walk(true);
    assert_int_equal(s.files, 4); /* a, to-a, sub/b, again/b: the circle is not entered */
    assert_int_equal(s.troubles, 0);
}

TEST(what_is_not_there)
{
    struct seen s = {0};
    struct follow_sink sink = {&s, on_look, on_file, on_trouble};
    struct follow *f = NULL;
    assert_int_equal(follow_new(&f, &sink, NULL), ERR_NONE);
    assert_int_equal(follow_path(f, "/tmp/candor-no-such-file", NULL), ERR_NONE);
    assert_int_equal(s.troubles, 1);
    follow_free(f);
}
