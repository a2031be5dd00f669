/* What the courier is told: keys, values that are none, the file with its line numbers. */
#include "edge/courier_options.h"

#include "build/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err set(struct courier_options *o, const char *key, const char *value)
{
    return courier_options_set(o, span_text(key), span_text(value), NULL);
}

static enum err read_text(struct courier_options *o, const char *text, struct why *why)
{
    char path[] = "/tmp/candor-courier-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    enum err err = courier_options_read(o, path, why);
    (void)unlink(path);
    return err;
}

TEST(values_are_kept)
{
    static struct courier_options o;
    courier_options_init(&o);
    assert_int_equal(set(&o, "mirror", "https://one.invalid/rules"), ERR_NONE);
    assert_int_equal(set(&o, "mirror", "/media/stick"), ERR_NONE);
    assert_int_equal(set(&o, "inbox", "/var/lib/candor/inbox"), ERR_NONE);
    assert_int_equal(set(&o, "max-bytes", "2M"), ERR_NONE);
    assert_int_equal(courier_options_check(&o, NULL), ERR_NONE);
    assert_string_equal(o.mirrors[0], "https://one.invalid/rules");
    assert_string_equal(o.mirrors[1], "/media/stick");
    assert_string_equal(o.files[0], "candor.bundle");
    assert_int_equal(o.max_bytes, 2 << 20);
    assert_null(o.proxy);
}

TEST(names_that_leave_the_inbox_are_refused)
{
    static struct courier_options o;
    static const char *const bad[] = {"../x", "a/b", ".hidden", "", "a b", "x\n", "a\\b", "caf\xc3\xa9"};
    courier_options_init(&o);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(set(&o, "file", bad[i]), ERR_USAGE);
    assert_int_equal(set(&o, "file", "daily-1.bundle"), ERR_NONE);
}

TEST(other_schemes_are_refused)
{
    static struct courier_options o;
    static const char *const bad[] = {"ftp://a/", "scp://a/", "relative", "file://host/x", "dict://x", "http:/x"};
    courier_options_init(&o);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(set(&o, "mirror", bad[i]), ERR_USAGE);
}

TEST(too_much_is_refused)
{
    static struct courier_options o;
    static char text[COURIER_TEXT_MAX + 2];
    courier_options_init(&o);
    for (unsigned i = 0; i < COURIER_LIST_MAX; i++)
        assert_int_equal(set(&o, "mirror", "https://a/"), ERR_NONE);
    assert_int_equal(set(&o, "mirror", "https://a/"), ERR_USAGE);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(set(&o, "inbox", text), ERR_USAGE);
    assert_int_equal(set(&o, "max-bytes", "0"), ERR_USAGE);
    assert_int_equal(set(&o, "max-bytes", "many"), ERR_USAGE);
    assert_int_equal(set(&o, "user-agent", "x"), ERR_USAGE);
}

TEST(the_file_names_its_lines)
{
    static struct courier_options o;
    struct why why = {0};
    courier_options_init(&o);
    assert_int_equal(read_text(&o, "# mirrors\nmirror = https://a/\n\n inbox=/in \r\n", &why), ERR_NONE);
    assert_string_equal(o.inbox, "/in");
    assert_int_equal(read_text(&o, "mirror = https://a/\nid = 4711\n", &why), ERR_USAGE);
    assert_non_null(strstr(why.text, ":2: unknown key \"id\""));
    why = (struct why){0};
    assert_int_equal(read_text(&o, "mirror\n", &why), ERR_USAGE);
    assert_non_null(strstr(why.text, ":1: key = value is wanted"));
}

TEST(nothing_to_do_is_an_error)
{
    static struct courier_options o;
    courier_options_init(&o);
    assert_int_equal(courier_options_check(&o, NULL), ERR_USAGE);
    assert_int_equal(set(&o, "inbox", "/in"), ERR_NONE);
    assert_int_equal(courier_options_check(&o, NULL), ERR_USAGE);
}
