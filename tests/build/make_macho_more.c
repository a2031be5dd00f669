/* Load commands that YARA-X reads, and tables for them, made in code. Apple's loader.h and
 * cs_blobs.h. */
#include "make_macho.h"

#include <string.h>

/* Where the tables lie in the file, and their bytes. */
enum {
    SYMBOLS_AT = MAKE_MACHO_DATA,
    SYMBOLS = 4,
    STRINGS_AT = SYMBOLS_AT + 0x80,
    STRINGS_LEN = 64,
    TRIE_AT = STRINGS_AT + STRINGS_LEN,
    TRIE_LEN = 48,
    BIND_AT = TRIE_AT + TRIE_LEN,
    BIND_LEN = 40,
    LAZY_AT = BIND_AT + BIND_LEN,
    LAZY_LEN = 24,
    SIGNATURE_AT = LAZY_AT + LAZY_LEN,
};

static const char entitlements[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST "
    "1.0//EN\" "
    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n"
    "  <key>com.apple.security.app-sandbox</key>\n  <true/>\n  <!-- not this -->\n"
    "  <key>Groups &amp; more</key>\n  <array>\n    <string>group.one</string>\n"
    "    <string>group.two</string>\n    <string>group.one</string>\n  </array>\n"
    "  <key>tight</key><array><string>unseen</string></array>\n</dict>\n</plist>\n";

static void word(const struct make_macho_more *m, uint32_t v)
{
    m->put(m->ctx, v, 4);
}

static void text(const struct make_macho_more *m, const char *s, size_t room)
{
    size_t len = strlen(s);
    buf_text(m->out, s);
    for (; len < room; len++)
        buf_byte(m->out, 0);
}

static void dylib(const struct make_macho_more *m, uint32_t kind, const char *name)
{
    word(m, kind);
    word(m, 24 + 40);
    word(m, 24);
    word(m, 0x5e0be100); /* 2020-01-01 */
    word(m, 0x04d20102); /* 1234.1.2 */
    word(m, 0x00010000); /* 1.0.0 */
    text(m, name, 40);
}

static void path(const struct make_macho_more *m, uint32_t kind, const char *name)
{
    word(m, kind);
    word(m, 12 + 36);
    word(m, 12);
    text(m, name, 36);
}

static void versions(const struct make_macho_more *m)
{
    static const uint8_t uuid[16] = {0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    word(m, 0x1b);
    word(m, 24);
    buf_put(m->out, uuid, sizeof uuid);
    word(m, 0x2a);
    word(m, 16);
    m->put(m->ctx, UINT64_C(7) << 40 | UINT64_C(6) << 30 | 5 << 20 | 4 << 10 | 3, 8);
    word(m, 0x32);
    word(m, 24 + 2 * 8);
    word(m, 1);
    word(m, 0x000a0f00); /* 10.15.0 */
    word(m, 0x000b0001);
    word(m, 2);
    for (uint32_t i = 0; i < 2; i++) {
        word(m, 3 + i);
        word(m, 0x02550100); /* 597.1 */
    }
    word(m, 0x24);
    word(m, 16);
    word(m, 0x000a0900);
    word(m, 0x000a0e06);
}

static void tables(const struct make_macho_more *m)
{
    word(m, 2);
    word(m, 24);
    word(m, SYMBOLS_AT);
    word(m, SYMBOLS);
    word(m, STRINGS_AT);
    word(m, STRINGS_LEN);
    word(m, 0xb);
    word(m, 80);
    for (uint32_t i = 0; i < 18; i++)
        word(m, 100 + i);
    word(m, 0x80000022);
    word(m, 48);
    word(m, 0);
    word(m, 0);
    word(m, BIND_AT);
    word(m, BIND_LEN);
    word(m, 0);
    word(m, 0);
    word(m, LAZY_AT);
    word(m, LAZY_LEN);
    word(m, TRIE_AT);
    word(m, TRIE_LEN);
    word(m, 0x1d);
    word(m, 16);
    word(m, SIGNATURE_AT);
    word(m, 12 + 2 * 8 + 16 + 8 + sizeof entitlements - 1);
}

void make_macho_more(const struct make_macho_more *m)
{
    dylib(m, 0xc, "/usr/lib/libSystem.B.dylib");
    dylib(m, 0xd, "/usr/lib/libself.dylib");
    dylib(m, 0x80000018, "@rpath/libWeak.dylib");
    dylib(m, 0x8000001f, "@rpath/libAgain.dylib");
    dylib(m, 0xc, "/USR/lib/libSystem.B.dylib");
    path(m, 0x8000001c, "@loader_path/../lib");
    path(m, 0x8000001c, "/opt/lib");
    path(m, 0xe, "/usr/lib/dyld");
    versions(m);
    word(m, 0x2d);
    word(m, 12 + 28);
    word(m, 2);
    buf_put(m->out, "-framework\0Foundation\0\0\0\0\0\0", 28);
    tables(m);
    path(m, 0x27, "DYLD_X=1");
}

/* An nlist of the narrow or the wide kind: type, and where its name begins. */
static void symbol(const struct make_macho_more *m, uint32_t name, uint8_t type, bool is_wide)
{
    word(m, name);
    buf_byte(m->out, type);
    buf_byte(m->out, 0);
    m->put(m->ctx, 0, 2);
    m->put(m->ctx, 0x1000, is_wide ? 8 : 4);
}

static void pad(const struct make_macho_more *m, size_t to)
{
    while (!m->out->bad && m->out->len - m->start < to)
        buf_byte(m->out, 0);
}

static void big(struct buf *out, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        buf_byte(out, (uint8_t)(v >> (24 - 8 * i)));
}

static void signature(struct buf *out)
{
    uint32_t len = sizeof entitlements - 1, first = 12 + 2 * 8;
    big(out, 0xfade0cc0);
    big(out, first + 16 + 8 + len);
    big(out, 2);
    big(out, 0);
    big(out, first);
    big(out, 5);
    big(out, first + 16);
    big(out, 0xfade0c01); /* requirements, empty */
    big(out, 16);
    big(out, 0);
    big(out, 0);
    big(out, 0xfade7171);
    big(out, 8 + len);
    buf_text(out, entitlements);
}

void make_macho_more_data(const struct make_macho_more *m)
{
    bool is_wide = (span_byte(buf_get(m->out), m->start) & 1) || /* the magic's last digit */
                   (span_byte(buf_get(m->out), m->start + 3) & 1);
    pad(m, SYMBOLS_AT);
    symbol(m, 1, 0x01, is_wide);  /* undefined, external */
    symbol(m, 9, 0x0f, is_wide);  /* defined, external */
    symbol(m, 15, 0x01, is_wide); /* undefined, external */
    symbol(m, 22, 0x00, is_wide); /* undefined */
    pad(m, STRINGS_AT);
    buf_put(m->out, "\0_printf\0_main\0_Abort\0_local\0 \0tail", 35);
    pad(m, TRIE_AT);
    /* "" -> "_" at 6; "_" -> "main" at 21, "Weak" at 26; terminals: flags, address */
    buf_put(m->out, "\0\1_\0\6\0\0\2main\0\25Weak\0\32\0\3\0\200\40\0\3\4\200\40\0", 31);
    pad(m, BIND_AT);
    buf_put(m->out, "\21\100_printf\0\121\162\20\220\100_Abort\0\220\0", 25);
    pad(m, LAZY_AT);
    buf_put(m->out, "\162\0\21\100_lazy\0\220\0", 12);
    pad(m, SIGNATURE_AT);
    signature(m->out);
}
