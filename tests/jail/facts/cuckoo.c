/* The module cuckoo: reports in JSON, whole and odd ones, asked through rules as the engine does.
 */
#include "scan_rules.h"
#include "test.h"

/* As channel.h packs a file for a module. */
static void pack(struct buf *out, const char *module, struct span file)
{
    buf_init(out, 0);
    buf_u32le(out, (uint32_t)strlen(module));
    buf_u32le(out, (uint32_t)file.len);
    buf_text(out, module);
    buf_span(out, file);
}

static void on_finding(void *ctx, const struct finding *f)
{
    *(bool *)ctx = f->rule == 0;
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail)
{
    (void)ctx, (void)object, (void)at, (void)detail;
    TEST_FAIL("a gap %d\n", (int)kind);
}

/* What the engine says of a condition when `given` is what was given with -x. */
static enum err ask_packed(const char *condition, struct span given, bool *out, struct why *why)
{
    struct compiled c;
    struct engine *e = NULL;
    char rules[400];
    struct object o = {.source = source_of(SPAN_OF("any"))};
    struct sink sink = {.ctx = out, .finding = on_finding, .gap = on_gap};
    struct budget budget;
    (void)snprintf(rules, sizeof rules, "import \"cuckoo\" rule r { condition: %s }", condition);
    rules_compile(&c, rules);
    if (c.err != ERR_NONE)
        TEST_FAIL("%s: %s\n", condition, c.why.text);
    budget_init(&budget);
    *out = false;
    struct engine_options options = {.module_data = test_guarded(given)};
    enum err err = engine_open(&e, buf_get(&c.image), options, why);
    if (err == ERR_NONE)
        err = engine_scan(e, &o, &budget, &sink, why);
    engine_close(e);
    rules_done(&c);
    return err;
}

static bool ask(const char *condition, const char *report)
{
    struct buf given;
    struct why why = {0};
    bool is_true;
    pack(&given, "cuckoo", span_text(report));
    if (ask_packed(condition, buf_get(&given), &is_true, &why) != ERR_NONE)
        TEST_FAIL("%s: %s\n", condition, why.text);
    buf_done(&given);
    return is_true;
}

static const char whole[] =
    "{\"network\":{\"http\":[{\"uri\":\"http://a.example/"
    "x\",\"method\":\"GET\",\"user-agent\":\"UA/1\"},"
    "{\"uri\":\"http://b.example/\",\"method\":\"Post\"},{\"uri\":\"http://c.example/"
    "\",\"method\":\"PUT\"}],"
    "\"hosts\":[\"10.0.0.1\",5],\"domains\":[{\"ip\":\"1.2.3.4\",\"domain\":\"foo.bar\"},{"
    "\"domain\":\"no.ip\"}],"
    "\"dns\":[{\"ip\":\"1\",\"hostname\":\"old\"}],\"tcp\":[{\"dport\":443,\"dst\":\"9.9.9.9\"},"
    "{\"dport\":4294967376,\"dst\":\"wide\"}],\"udp\":[{\"dport\":53,\"dst\":\"8.8.8.8\"}]},"
    "\"behavior\":{\"summary\":{\"keys\":[\"HKLM\\\\Run\"],\"files\":[\"C:\\\\x.exe\"],\"mutexes\":"
    "[\"mtx\","
    "\"cut\\u0000off\"]}}}";

TEST(every_function)
{
    static const struct {
        const char *condition;
        bool want;
    } cases[] = {
        {"cuckoo.network.http_get(/a\\.example/)", true},
        {"cuckoo.network.http_get(/b\\.example/)", false},
        {"cuckoo.network.http_post(/b\\.example/)", true},
        {"cuckoo.network.http_post(/a\\.example/)", false},
        {"cuckoo.network.http_request(/b\\.example/)", true},
        {"cuckoo.network.http_request(/c\\.example/)", false}, /* neither GET nor POST */
        {"cuckoo.network.http_request(/A\\.EXAMPLE/i)", true},
        {"cuckoo.network.http_user_agent(/^UA/)", true},
        {"cuckoo.network.http_user_agent(/^A/)", false},
        {"cuckoo.network.dns_lookup(/foo/)", true},
        {"cuckoo.network.dns_lookup(/no/)", false},
        {"cuckoo.network.dns_lookup(/old/)", false}, /* `domains` is there */
        {"cuckoo.network.host(/10\\./)", true},
        {"cuckoo.network.host(/5/)", false}, /* no text */
        {"cuckoo.network.tcp(/9\\.9/, 443)", true},
        {"cuckoo.network.tcp(/9\\.9/, 53)", false},
        {"cuckoo.network.tcp(/wide/, 80)", true}, /* cut to 32 bits, as in YARA */
        {"cuckoo.network.udp(/8\\.8/, 53)", true},
        {"cuckoo.network.udp(/9\\.9/, 53)", false},
        {"cuckoo.registry.key_access(/HKLM\\\\Run$/)", true},
        {"cuckoo.registry.key_access(/x\\.exe/)", false},
        {"cuckoo.filesystem.file_access(/x\\.exe/)", true},
        {"cuckoo.sync.mutex(/^mtx$/)", true},
        {"cuckoo.sync.mutex(/cut$/)", true}, /* up to the NUL */
        {"cuckoo.sync.mutex(/off/)", false},
        {"cuckoo.sync.mutex(/^z*/)", false}, /* a match of length 0 at the start is none */
        {"cuckoo.sync.mutex(/z*/)", true},
        {"cuckoo.sync.mutex(/(^|x)/)", true},
        {"cuckoo.sync.mutex(/(^|q)/)", false},
        {"cuckoo.network.host(/(^|0)/)", true},
        {"cuckoo.sync.mutex(/\\bz*/)", false},
        {"cuckoo.sync.mutex(/z*$/)", false},
        {"defined cuckoo.sync.mutex(/nothing/)", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (ask(cases[i].condition, whole) != cases[i].want)
            TEST_FAIL("%s: not %d\n", cases[i].condition, cases[i].want);
}

/* 0, never undefined: as YARA. */
TEST(nothing_given)
{
    struct why why = {0};
    bool is_true;
    assert_int_equal(
        ask_packed("not cuckoo.sync.mutex(/./)", (struct span){NULL, 0}, &is_true, &why), ERR_NONE);
    assert_true(is_true);
    assert_true(ask("not cuckoo.network.tcp(/./, 1)", ""));
}

TEST(odd_reports)
{
    static const char *const reports[] = {
        "[]",
        "{}",
        "[{\"network\":{}}]",
        "{\"network\":null,\"behavior\":7}",
        "{\"network\":{\"http\":{},\"hosts\":\"x\",\"tcp\":[[]],\"udp\":[{\"dport\":\"1\",\"dst\":"
        "\"x\"}],"
        "\"domains\":null,\"dns\":[{\"ip\":\"1\",\"hostname\":\"x\"}]},"
        "\"behavior\":{\"summary\":[{\"mutexes\":[\"x\"]}]}}",
    };
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        assert_false(ask("cuckoo.network.http_request(/x/) or cuckoo.network.host(/x/) or "
                         "cuckoo.network.tcp(/x/, 1) or cuckoo.network.udp(/x/, 1) or "
                         "cuckoo.network.dns_lookup(/x/) or cuckoo.sync.mutex(/x/)",
                         reports[i]));
    }
    assert_true(ask("cuckoo.network.dns_lookup(/x/)",
                    "{\"network\":{\"dns\":[{\"ip\":\"1\",\"hostname\":\"x\"}]}}"));
}

TEST(refused)
{
    struct buf given;
    struct why why = {0};
    bool is_true;
    pack(&given, "cuckoo", SPAN_OF("{\"network\":"));
    assert_int_equal(ask_packed("true", buf_get(&given), &is_true, &why), ERR_USAGE);
    assert_non_null(strstr(why.text, "cuckoo"));
    /* one for a module that takes none is passed by */
    why = (struct why){0};
    memcpy(given.at + 8, "cookie", 6);
    assert_int_equal(ask_packed("true", buf_get(&given), &is_true, &why), ERR_NONE);
    assert_true(is_true);
    /* a list that is cut */
    for (size_t n = 1; n < given.len; n++) {
        why = (struct why){0};
        assert_int_equal(ask_packed("true", span_cut(buf_get(&given), 0, n), &is_true, &why),
                         ERR_PEER);
    }
    buf_done(&given);
}

TEST(the_last_one_counts)
{
    struct buf given, more;
    struct why why = {0};
    bool is_true;
    pack(&given, "cuckoo", SPAN_OF("broken"));
    pack(&more, "cuckoo", span_text(whole));
    buf_span(&given, buf_get(&more));
    assert_int_equal(ask_packed("cuckoo.sync.mutex(/mtx/)", buf_get(&given), &is_true, &why),
                     ERR_NONE);
    assert_true(is_true);
    buf_done(&given);
    buf_done(&more);
}
