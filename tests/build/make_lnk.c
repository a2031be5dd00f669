/* Windows shortcuts made in code. [MS-SHLLINK] 8.0; shell items as libfwsi describes them. */
#include "make_lnk.h"

#include <string.h>

#define CREATED UINT64_C(132223104000000000) /* 2020-01-01, in 100 ns since 1601 */

static void header(struct buf *out, uint32_t flags)
{
    static const uint8_t class_id[16] = {1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, [15] = 0x46};
    buf_u32le(out, 0x4c);
    buf_put(out, class_id, sizeof class_id);
    buf_u32le(out, flags);
    buf_u32le(out, 0x20);
    for (uint64_t i = 0; i < 3; i++)
        buf_u64le(out, CREATED + i * 10000000);
    buf_u32le(out, 4096); /* size of the target */
    buf_u32le(out, 5);    /* icon */
    buf_u32le(out, 7);    /* minimised */
    buf_u16le(out, 0);
    buf_u16le(out, 0);
    buf_u32le(out, 0);
    buf_u32le(out, 0);
}

static void wide(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_u16le(out, (uint16_t)(unsigned char)*text);
}

static void guid(struct buf *out, uint8_t first)
{
    for (uint8_t i = 0; i < 16; i++)
        buf_byte(out, (uint8_t)(first + i));
}

/* An item: its class byte, then what `body` holds; which is emptied. */
static void item(struct buf *out, uint8_t class, struct buf *body)
{
    buf_u16le(out, (uint16_t)(body->len + 3));
    buf_byte(out, class);
    buf_span(out, buf_get(body));
    buf_clear(body);
}

static void zeros(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_byte(out, 0);
}

static void file_item(struct buf *out, struct buf *body, uint8_t class, const char *name)
{
    zeros(body, 11);
    if (class & 4)
        wide(body, name);
    else
        buf_text(body, name);
    zeros(body, 2);
    item(out, class, body);
}

static void ids(struct buf *out)
{
    struct buf list, body;
    buf_init(&list, 0);
    buf_init(&body, 0);
    buf_byte(&body, 0x50);
    guid(&body, 1);
    item(&list, 0x1f, &body);
    buf_text(&body, "C:\\");
    zeros(&body, 19);
    item(&list, 0x2f, &body);
    buf_byte(&body, 0x80);
    guid(&body, 0x31);
    item(&list, 0x2e, &body);
    file_item(&list, &body, 0x31, "Users");
    file_item(&list, &body, 0x36, "a.exe");
    buf_text(&body, "\1\xc2\\\\server\\share");
    zeros(&body, 1);
    item(&list, 0xc3, &body);
    zeros(&body, 21);
    wide(&body, "C:\\x.cpl");
    zeros(&body, 2);
    item(&list, 0x00, &body);
    buf_text(&body, "what is it");
    item(&list, 0x61, &body);
    buf_u16le(&list, 0);
    buf_u16le(out, (uint16_t)list.len);
    buf_span(out, buf_get(&list));
    buf_done(&list);
    buf_done(&body);
}

static void volume(struct buf *out, bool is_wide)
{
    buf_u32le(out, is_wide ? 32 : 24); /* its bytes */
    buf_u32le(out, 3);                 /* a fixed drive */
    buf_u32le(out, 0x12345678);
    buf_u32le(out, is_wide ? 0x14 : 0x10);
    if (is_wide) {
        buf_u32le(out, 0x14);
        wide(out, "LABEL");
        buf_u16le(out, 0);
    } else {
        buf_put(out, "LABEL\0\0", 8);
    }
}

static void info(struct buf *out, bool is_wide)
{
    struct buf rest;
    buf_init(&rest, 0);
    uint32_t head = is_wide ? 0x24 : 0x1c;
    volume(&rest, is_wide);
    uint32_t base = head + (uint32_t)rest.len;
    buf_put(&rest, "C:\\Users\\", 10);
    uint32_t suffix = head + (uint32_t)rest.len;
    buf_put(&rest, "a.exe", 6);
    uint32_t wide_base = head + (uint32_t)rest.len;
    wide(&rest, "C:\\Us\xe9rs\\");
    buf_u16le(&rest, 0);
    uint32_t wide_suffix = head + (uint32_t)rest.len;
    wide(&rest, "a.exe");
    buf_u16le(&rest, 0);
    buf_u32le(out, head + (uint32_t)rest.len);
    buf_u32le(out, head);
    buf_u32le(out, 3); /* volume and path; network and suffix */
    buf_u32le(out, head);
    buf_u32le(out, base);
    buf_u32le(out, 0);
    buf_u32le(out, suffix);
    if (is_wide) {
        buf_u32le(out, wide_base);
        buf_u32le(out, wide_suffix);
    }
    buf_span(out, buf_get(&rest));
    buf_done(&rest);
}

static void strings(struct buf *out, bool is_unicode)
{
    static const char *const texts[] = {"a name", ".\\a.exe", "C:\\Users", "-x --all", "icons.dll"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_u16le(out, (uint16_t)strlen(texts[i]));
        if (is_unicode)
            wide(out, texts[i]);
        else
            buf_text(out, texts[i]);
    }
}

static void tracker(struct buf *out)
{
    buf_u32le(out, 0x60);
    buf_u32le(out, 0xa0000003);
    buf_u32le(out, 0x58);
    buf_u32le(out, 2);
    buf_put(out, "machine\0\0\0\0\0\0\0\0", 16);
    for (uint8_t i = 0; i < 4; i++)
        guid(out, (uint8_t)(0x10 * i));
}

void make_lnk(struct buf *out, const struct make_lnk *m)
{
    uint32_t flags = m->has_ids | (uint32_t)m->has_info << 1;
    flags |= m->has_strings ? 0x7c : 0;
    flags |= m->is_unicode ? 0x80 : 0;
    header(out, flags);
    if (m->has_ids)
        ids(out);
    if (m->has_info)
        info(out, m->has_wide_info);
    if (m->has_strings)
        strings(out, m->is_unicode);
    if (m->has_tracker)
        tracker(out);
    if (m->no_terminal)
        return;
    buf_u32le(out, 0);
    if (m->overlay)
        buf_text(out, m->overlay);
}
