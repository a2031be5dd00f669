/* The pool against jails under an attacker's control: whatever one says, it is believed about its
 * own file at hand, the other files of its batch go to another jail, and other batches notice
 * nothing. */
#include "open/pool.h"

#include "build/test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define fail_test(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { FILES_MAX = 400 };

struct seen {
    char path[64];
    enum verdict verdict;
    uint32_t gaps, findings;
    enum gap_kind gap; /* the last */
    char detail[120];
    unsigned times;
};

static struct seen seen[FILES_MAX];
static unsigned seen_count;

static void on_done(void *ctx, struct report *r)
{
    (void)ctx;
    struct seen *s = NULL;
    for (unsigned i = 0; i < seen_count; i++)
        if (span_equal(r->path, span_text(seen[i].path)))
            s = &seen[i];
    if (!s) {
        assert_true(seen_count < FILES_MAX);
        s = &seen[seen_count++];
        *s = (struct seen){0};
        (void)snprintf(s->path, sizeof s->path, "%.*s", (int)r->path.len, (const char *)r->path.at);
    }
    s->times++;
    s->verdict = report_verdict(r, 0);
    s->gaps = r->gaps_len;
    s->findings = r->findings_len;
    if (r->gaps_len) {
        struct report_gap g = r->gaps[r->gaps_len - 1];
        s->gap = g.kind;
        (void)snprintf(s->detail, sizeof s->detail, "%.*s", (int)g.detail.len,
                       (const char *)g.detail.at);
    }
    if (r->failed)
        (void)snprintf(s->detail, sizeof s->detail, "%.*s", (int)r->failure.len,
                       (const char *)r->failure.at);
    report_free(r);
}

/* The twin lies in tools/ beside this program. */
static struct pool *open_pool(const struct pool_options *more)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
    assert_true(n > 0);
    path[n] = 0;
    (void)snprintf(strrchr(path, '/'), 32, "/tools/red-jail");
    struct pool_options o = *more;
    struct why why = {0};
    struct pool *p = NULL;
    o.jail_path = path;
    o.image_fd = -1;
    o.done = on_done;
    seen_count = 0;
    if (pool_open(&p, &o, &why) != ERR_NONE)
        fail_test("%s", why.text);
    return p;
}

static void add(struct pool *p, const char *name, const char *text)
{
    struct why why = {0};
    struct report *r = report_new(span_text(name));
    assert_non_null(r);
    if (pool_add_bytes(p, span_text(text), r, &why) != ERR_NONE)
        fail_test("%s: %s", name, why.text);
}

static struct seen find(const char *name)
{
    for (unsigned i = 0; i < seen_count; i++)
        if (strcmp(seen[i].path, name) == 0)
            return seen[i];
    fail_test("%s was not reported", name);
    return (struct seen){0};
}

static void finish(struct pool *p)
{
    struct why why = {0};
    if (pool_flush(p, &why) != ERR_NONE)
        fail_test("%s", why.text);
    pool_close(p);
}

static void expect_clean(const char *name)
{
    struct seen s = find(name);
    if (s.times != 1 || s.verdict != VERDICT_CLEAN)
        fail_test("%s: reported %u times, %s, %s", name, s.times, report_verdict_name(s.verdict),
                  s.detail);
}

/* One liar between honest files, and honest files in other batches. */
static struct seen among_honest(const char *word, const struct pool_options *options)
{
    char lie[64];
    (void)snprintf(lie, sizeof lie, "RED:%s;", word);
    struct pool *p = open_pool(options);
    add(p, "before", "honest");
    add(p, "lie", lie);
    add(p, "after", "honest");
    add(p, "last", "honest");
    struct why why = {0};
    if (pool_flush(p, &why) != ERR_NONE)
        fail_test("%s: %s", word, why.text);
    add(p, "other batch", "honest");
    finish(p);
    assert_int_equal(seen_count, 5);
    expect_clean("before");
    expect_clean("after");
    expect_clean("last");
    expect_clean("other batch");
    struct seen s = find("lie");
    assert_int_equal(s.times, 1);
    return s;
}

static void expect_gap(const char *word, enum gap_kind kind)
{
    struct pool_options o = {.jobs = 2, .timeout_s = 1};
    struct seen s = among_honest(word, &o);
    if (s.verdict != VERDICT_PARTIAL || s.gap != kind)
        fail_test("%s: %s, %s: %s", word, report_verdict_name(s.verdict), gap_name(s.gap),
                  s.detail);
}

TEST(honest_files)
{
    struct pool *p = open_pool(&(struct pool_options){.jobs = 2});
    for (int i = 0; i < 300; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "file %d", i);
        add(p, name, "honest");
    }
    finish(p);
    assert_int_equal(seen_count, 300);
    for (unsigned i = 0; i < seen_count; i++)
        expect_clean(seen[i].path);
}

TEST(broken_protocol_is_a_crash_of_one_file)
{
    static const char *const words[] = {"twice", "foreign", "kind",  "gap",     "object",
                                        "again", "text",    "death", "include", "leftover",
                                        "segv",  "call",    "exit"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        expect_gap(words[i], GAP_CRASHED);
}

/* A jail that takes its own START back hides which file it was: the files before it in its batch
 * are retried, and given up with it. None of them is called clean unless a jail said so in turn. */
TEST(hidden_start_costs_its_batch)
{
    static const char *const lies[] = {"RED:head;", "RED:backwards;"};
    for (size_t i = 0; i < 2; i++) {
        struct pool *p = open_pool(&(struct pool_options){.jobs = 1, .timeout_s = 2});
        struct why why = {0};
        add(p, "before", "honest");
        add(p, "lie", lies[i]);
        add(p, "after", "honest");
        if (pool_flush(p, &why) != ERR_NONE)
            fail_test("%s: %s", lies[i], why.text);
        add(p, "other batch", "honest");
        finish(p);
        assert_int_equal(seen_count, 4);
        assert_int_equal(find("lie").verdict, VERDICT_PARTIAL);
        expect_clean("after");
        expect_clean("other batch");
    }
}

TEST(silence_is_a_time_out)
{
    expect_gap("hang", GAP_TIMED_OUT);
    expect_gap("life", GAP_TIMED_OUT); /* it died, and had wiped its death mark before */
}

TEST(flood_ends)
{
    struct pool_options o = {.jobs = 1, .timeout_s = 2};
    struct seen s = among_honest("flood", &o);
    assert_int_equal(s.verdict, VERDICT_PARTIAL);
    assert_true(s.gaps > 1);
}

/* Said of a file whose START did not come, or of none in the batch: the whole jail is not believed,
 * and since nothing of the file was begun it is tried again, and given up in the end. */
TEST(records_before_start)
{
    static const char *const words[] = {"outside", "unstarted"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        expect_gap(words[i], GAP_CRASHED);
}

/* It says that it is done with its own file (that it may), then goes on to one that is not next. */
TEST(skipping_files)
{
    struct pool *p = open_pool(&(struct pool_options){.jobs = 1, .timeout_s = 1});
    add(p, "lie", "RED:skip;");
    add(p, "skipped", "honest");
    add(p, "next", "honest");
    finish(p);
    expect_clean("lie");
    expect_clean("skipped");
    expect_clean("next");
}

/* An early END, also with clean reports behind it: what was not finished was not looked at. */
TEST(end_too_early)
{
    static const char *const lies[] = {"RED:end;", "RED:after-end;"};
    for (size_t i = 0; i < 2; i++) {
        struct pool *p = open_pool(&(struct pool_options){.jobs = 1, .timeout_s = 1});
        add(p, "before", "honest");
        add(p, "lie", lies[i]);
        add(p, "after", "honest");
        finish(p);
        expect_clean("before");
        assert_int_equal(find("lie").verdict, VERDICT_PARTIAL);
        assert_int_equal(find("after").verdict, VERDICT_PARTIAL);
        assert_int_equal(find("after").gap, GAP_CRASHED);
    }
}

/* Texts that a dead jail left over are not the next one's. */
TEST(leftover_text)
{
    struct pool *p = open_pool(&(struct pool_options){.jobs = 1, .timeout_s = 1});
    add(p, "a", "RED:leftover;");
    add(p, "b", "RED:fail;");
    finish(p);
    assert_int_equal(find("b").verdict, VERDICT_ERROR);
    assert_null(strstr(find("b").detail, "poison"));
    assert_non_null(strstr(find("b").detail, "failed"));
    assert_int_equal(find("a").verdict, VERDICT_PARTIAL);
}

TEST(lengths_past_the_record)
{
    struct pool_options o = {.jobs = 1, .timeout_s = 2};
    struct seen s = among_honest("lengths", &o);
    assert_int_equal(s.findings, 1);
}

TEST(needs_are_refused_for_bytes_in_memory)
{
    struct pool_options o = {.jobs = 1, .timeout_s = 5};
    struct seen s = among_honest("need", &o);
    assert_int_equal(s.findings, 0);
    assert_int_equal(s.verdict, VERDICT_CLEAN);
}

/* --isolate: one file a jail, so a liar has nobody beside it. */
TEST(isolated)
{
    struct pool_options o = {.jobs = 2, .timeout_s = 1, .isolate = true};
    assert_int_equal(among_honest("after-end", &o).verdict, VERDICT_PARTIAL);
}

/* A file that forges clean for all of its batch, seen from the next batch's side. */
TEST(forging_reaches_its_own_batch_only)
{
    struct pool *p = open_pool(&(struct pool_options){.jobs = 2, .timeout_s = 1});
    for (int i = 0; i < 200; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s %d", i == 70 ? "lie" : "file", i);
        add(p, name, i == 70 ? "RED:after-end;" : "honest");
    }
    finish(p);
    assert_int_equal(seen_count, 200);
    unsigned gaps = 0;
    for (unsigned i = 0; i < seen_count; i++) {
        assert_int_equal(seen[i].times, 1);
        gaps += seen[i].verdict == VERDICT_PARTIAL;
    }
    assert_true(gaps >= 1 && gaps <= 64);
    expect_clean("file 0");
    expect_clean("file 199");
}

static struct pool *start_with(const char *path, enum err *err, struct why *why)
{
    struct pool *p = NULL;
    struct pool_options o = {.jail_path = path, .image_fd = -1, .jobs = 1, .done = on_done};
    *err = pool_open(&p, &o, why);
    return p;
}

TEST(no_jail_program)
{
    enum err err;
    struct why why = {0};
    struct pool *p = start_with("/nonexistent/candor-jail", &err, &why);
    assert_null(p);
    assert_int_equal(err, ERR_CAGE);
    assert_non_null(strstr(why.text, "could not be executed"));
    why = (struct why){0};
    p = start_with("/bin/true", &err, &why);
    assert_null(p);
    assert_int_equal(err, ERR_CAGE);
}
