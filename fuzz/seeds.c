/* Makes the seeds of the unpackers' fuzz targets: fuzz-seeds FOLDER writes FOLDER/TARGET/NAME. */
#include "common/crypto.h"
#include "common/ledger.h"
#include "common/ledger_record.h"
#include "common/text.h"
#include "jail/compile/pattern.h"
#include "make_archive.h"
#include "make_cms.h"
#include "make_dotnet.h"
#include "make_pe.h"
#include "make_signed.h"
#include "make_stream.h"
#include "make_tar.h"
#include "make_zip.h"
#include "seeds_binaries.h"
#include "seeds_channel.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char text[] = "A seed for fuzzing: some text, some text, and some more text.\n";

static int save(const char *folder, const char *target, const char *name, struct buf *b)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(b->at, 1, b->len, f) != b->len) {
        perror(path);
        return 1;
    }
    (void)fclose(f);
    buf_clear(b);
    return 0;
}

static const struct {
    const char *target, *name, *hex;
} small[] = {
#define SEED(target, name, hex) {target, name, hex},
#include "seeds_hex.def"
#undef SEED
};

static int hex_seeds(const char *folder, struct buf *b)
{
    int bad = 0;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        bad += !text_unhex(b, span_text(small[i].hex));
        bad += save(folder, small[i].target, small[i].name, b);
    }
    return bad;
}

static int streams(const char *folder, struct buf *b)
{
    int bad = 0;
    make_gzip(b, span_text(text), "name.txt");
    bad += save(folder, "gzip", "named", b);
    make_gzip(b, span_text("one"), NULL);
    make_gzip(b, span_text(text), "two");
    bad += save(folder, "gzip", "two", b);
    make_bzip2(b, span_text(text));
    bad += save(folder, "streams", "bzip2", b);
    make_xz(b, span_text(text));
    bad += save(folder, "streams", "xz", b);
    make_lzma(b, span_text(text));
    bad += save(folder, "streams", "lzma", b);
    make_zstd(b, span_text(text));
    bad += save(folder, "streams", "zstd", b);
    make_lz4(b, span_text(text));
    bad += save(folder, "streams", "lz4", b);
    make_compress(b, span_text(text), 12, 20);
    bad += save(folder, "streams", "compress", b);
    return bad;
}

static int cpios(const char *folder, struct buf *b)
{
    static const unsigned magics[] = {070701, 070702, 070707, 0, 1};
    int bad = 0;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "shape%zu", i);
        make_cpio_member(b, magics[i], "name", span_text(text));
        make_cpio_member(b, magics[i], "TRAILER!!!", SPAN_OF(""));
        bad += save(folder, "cpio", name, b);
    }
    make_rpm(b, SPAN_OF("07070 payload"));
    return bad + save(folder, "rpm", "plain", b);
}

static int archives(const char *folder, struct buf *b)
{
    int bad = 0;
    make_7z(b, "a.txt", span_text(text));
    bad += save(folder, "archive", "7z", b);
    make_iso(b, "a.txt", span_text(text));
    bad += save(folder, "archive", "iso", b);
    make_cab(b, "a.txt", span_text(text));
    bad += save(folder, "archive", "cab", b);
    make_lha(b, "a.txt", span_text(text));
    bad += save(folder, "archive", "lha", b);
    make_rar(b, "a.txt", span_text(text), 0);
    return bad + save(folder, "archive", "rar", b);
}

static int zips(const char *folder, struct buf *b)
{
    static const uint16_t methods[] = {0, 8, 12, 14, 93, 95};
    int bad = 0;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct make_member m[3] = {
            {.name = "a", .bytes = span_text(text), .method = methods[i]},
            {.name = "b/", .is_zip64 = true},
            {.name = "c", .bytes = span_text("two"), .flags = 8, .is_unlisted = true},
        };
        m[2].method = methods[i];
        char name[32];
        (void)snprintf(name, sizeof name, "method%u", methods[i]);
        make_zip(b, &(struct make_zip){.is_zip64 = i % 2}, m, 3);
        bad += save(folder, "zip", name, b);
    }
    struct make_member lie = {.name = "d",
                              .bytes = span_text(text),
                              .method = 8,
                              .lies_local = true,
                              .method_lie = UINT16_MAX,
                              .full_lie = 9};
    make_zip(b, &(struct make_zip){.before = SPAN_OF("PK\3\4 before")}, &lie, 1);
    return bad + save(folder, "zip", "lies", b);
}

static int tars(const char *folder, struct buf *b)
{
    static const char *const names[] = {"v7", "ustar", "gnu"};
    int bad = 0;
    for (int format = MAKE_TAR_V7; format <= MAKE_TAR_GNU; format++) {
        make_tar_long(b, "a/long/name");
        make_tar_pax(b, "size", "63");
        struct make_tar_member m = {.name = "a", .bytes = span_text(text), .base256 = format == 2};
        m.format = (enum make_tar_format)format;
        make_tar_member(b, &m);
        m.kind = 'S';
        make_tar_member(b, &m);
        make_tar_end(b);
        bad += save(folder, "tar", names[format], b);
    }
    for (int thin = 0; thin < 2; thin++) {
        make_ar_start(b, thin);
        make_ar_member(b, "//", SPAN_OF("long-name.o/\n"));
        make_ar_member(b, "/0", span_text(text));
        make_ar_member(b, "#1/4", SPAN_OF("abcddata"));
        bad += save(folder, "ar", thin ? "thin" : "plain", b);
    }
    return bad;
}

static int sniffs(const char *folder, struct buf *b)
{
    static const char *const heads[] = {
        "#!/bin/sh\necho\n",
        "<html><body>",
        "<?xml version=\"1.0\"?>\n<a/>",
        "%PDF-1.4\n",
        "From: a@b\nTo: c@d\nSubject: e\nMIME-Version: 1.0\n\nbody",
        "-----BEGIN CERTIFICATE-----\n",
        "begin 644 x\n#86)C\n`\nend\n",
        "MZ\1\2\3\4",
        "PK\3\4",
        "070701",
        "{\\rtf1",
        "!<arch>\n",
    };
    int bad = 0;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "head%zu", i);
        buf_text(b, heads[i]);
        bad += save(folder, "sniff", name, b);
    }
    return bad;
}

static int programs(const char *folder, struct buf *b)
{
    int bad = 0;
    make_pe_full(b, false);
    bad += save(folder, "pe", "32", b);
    make_pe_full(b, true);
    bad += save(folder, "pe", "64", b);
    make_dotnet(b, SPAN_OF("\0\1\1\16"), SPAN_OF("\10"));
    bad += save(folder, "dotnet", "plain", b);
    make_dotnet(b, SPAN_OF("\0\1\x15\x12\5\1\x13\0\x1d\x12\6"),
                SPAN_OF("\x14\x08\x02\x01\x03\x01\x02"));
    return bad + save(folder, "dotnet", "generic", b);
}

/* Programs of the regex machine, each with a text behind it: see fuzz/regex_vm.c. */
static int regexes(const char *folder, struct buf *b)
{
    static const char *const sources[] = {"abc", "a+[bc]{2,9}?d", "(ab|c.*)\\bx$",
                                          "\\w{3,}-.{10,200}z"};
    int bad = 0;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        struct arena *a = arena_new(0);
        struct buf program;
        struct re_error error;
        char name[16];
        buf_init(&program, 0);
        struct re *re = a ? regex_parse(span_text(sources[i]), false, a, &error) : NULL;
        bad += !re || pattern_compile_regex(re, RE_NOCASE, &program, NULL) != ERR_NONE;
        buf_u16le(b, (uint16_t)program.len);
        buf_span(b, buf_get(&program));
        buf_text(b, "xx abc aaabcbcd ab x abc-0123456789z");
        (void)snprintf(name, sizeof name, "program%zu", i);
        bad += save(folder, "regex_vm", name, b);
        buf_done(&program);
        arena_free(a);
    }
    return bad;
}

/* Programs and documents, see fuzz/clam_facts.c. */
static int clam_objects(const char *folder, struct buf *b)
{
    static const struct make_member members[] = {{.name = "[Content_Types].xml"},
                                                 {.name = "a"},
                                                 {.name = "b"},
                                                 {.name = "word/document.xml"}};
    static const struct make_zip zip = {0};
    make_pe_full(b, false);
    int bad = save(folder, "clam_facts", "pe32", b);
    make_pe_full(b, true);
    bad += save(folder, "clam_facts", "pe64", b);
    make_zip(b, &zip, members, 4);
    return bad + save(folder, "clam_facts", "office", b);
}

/* Flags, an expression, a subject: see fuzz/backtrack.c. */
static int backtracks(const char *folder, struct buf *b)
{
    static const struct {
        uint8_t flags;
        const char *expression, *subject;
    } seeds[] = {
        {0, "(a+)x\\1", "baaxaab"},    {5, "^(?P<n>\\w+)\\s(?P=n)$", "one\nab AB\n"},
        {128, "a++b(?!c)", "aabd"},    {8, "a b  # x\n", "ab"},
        {2, "a.*?(?<=b)c", "a\nb bc"}, {0, "(?:(a)|b)*c\\1{3,}", "ababab"},
        {0, "x\\Kab(?R)?", "xabxab"},  {64, "(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaxb"},
    };
    int bad = 0;
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        char name[16];
        buf_byte(b, seeds[i].flags);
        buf_byte(b, (uint8_t)strlen(seeds[i].expression));
        buf_text(b, seeds[i].expression);
        buf_text(b, seeds[i].subject);
        (void)snprintf(name, sizeof name, "case%zu", i);
        bad += save(folder, "backtrack", name, b);
    }
    return bad;
}

/* First byte: what fuzz/ledger.c does with the rest. */
static int ledgers(const char *folder, struct buf *b)
{
    struct ledger_chain c;
    struct ledger_seal seal = {0};
    int bad = crypto_warm(NULL) != ERR_NONE;
    for (const char *how = "rf"; *how; how++) {
        seal = (struct ledger_seal){0};
        ledger_record_start(&c);
        buf_byte(b, (uint8_t)*how);
        ledger_record_put_header(b, 0, &c);
        for (int k = 0; k < LEDGER_KIND_COUNT; k++) {
            struct ledger_leaf leaf;
            struct buf bytes;
            buf_init(&bytes, 0);
            ledger_leaf_init(&leaf, (enum ledger_kind)k, 1795531017);
            bad +=
                !ledger_print(&leaf, &bytes) || !ledger_record_put(&c, &seal, buf_get(&bytes), b);
            buf_done(&bytes);
        }
        bad += save(folder, "ledger", *how == 'r' ? "records" : "folder", b);
    }
    buf_byte(b, 's');
    ledger_record_put_seal(b, &seal);
    return bad + save(folder, "ledger", "seal", b);
}

/* Nobody believes it: its root is gone. */
static int signatures(const char *folder, struct buf *b)
{
    struct buf root;
    buf_init(&root, 0);
    buf_text(b, "#clamsign-1.0\n# a word\n300::pkcs7-pem:AAAA\n220::pkcs7-pem:");
    make_cms(b, &root, SPAN_OF("the container"), 0);
    buf_done(&root);
    return save(folder, "cvd_cms", "all", b);
}

/* A signed program, for lists of certificates. */
static int signed_programs(const char *folder, struct buf *b)
{
    struct make_pe pe;
    struct buf plain;
    buf_init(&plain, 0);
    make_pe_init(&pe, false);
    (void)make_pe_add(&pe, SPAN_OF("a section"));
    make_pe_end(&pe, &plain);
    make_pe_done(&pe);
    make_signed(b, buf_get(&plain), MAKE_STAMP_NONE, false);
    buf_done(&plain);
    return save(folder, "clam_crb", "signed", b);
}

static int differences(const char *folder, struct buf *b)
{
    static const char script[] =
        "#LSIZE 100\nOPEN a.ndb\nDEL 1 on\nXCHG 3 three 3\nADD five\nCLOSE\n"
        "MOVE a.ndb b.hdb 1 t 2 3\nOPEN c.ldb\nADD x\nCLOSE\nUNLINK c.ldb\n";
    struct buf gz;
    buf_init(&gz, 0);
    buf_text(b, script);
    int bad = save(folder, "cdiff", "script", b);
    make_gzip(&gz, span_text(script), NULL);
    buf_print(b, "ClamAV-Diff:2:%zu:", sizeof script - 1);
    buf_span(b, buf_get(&gz));
    buf_text(b, ":b");
    buf_done(&gz);
    return bad + save(folder, "cdiff", "file", b);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: fuzz-seeds FOLDER\n");
        return 2;
    }
    (void)mkdir(argv[1], 0755);
    struct buf b;
    buf_init(&b, 0);
    int bad = hex_seeds(argv[1], &b) + streams(argv[1], &b) + zips(argv[1], &b) +
              tars(argv[1], &b) + archives(argv[1], &b) + cpios(argv[1], &b) + sniffs(argv[1], &b) +
              seeds_channel(argv[1]) + seeds_binaries(argv[1]) + ledgers(argv[1], &b) +
              signatures(argv[1], &b) + differences(argv[1], &b) + signed_programs(argv[1], &b) +
              programs(argv[1], &b) + regexes(argv[1], &b) + backtracks(argv[1], &b) +
              clam_objects(argv[1], &b);
    buf_done(&b);
    return bad != 0;
}
