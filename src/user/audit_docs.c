/* Forms of documents around prose. The wanted texts in them are a stranger's, copied as bytes. */
#include "user/audit_docs.h"

#include "common/text.h"

#include <string.h>

enum form { TXT, MAIL, RTF, PDF, OOXML, HTML, CSV, UTF16, OLE, MAIL64, XML, FORMS };
enum arrangement { APART, JOINED, SPACED, MANY, FIRST, ONE, SHIFTED, ENCODED, ARRANGEMENTS };

static void wide(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        buf_byte(out, span_byte(s, i));
        buf_byte(out, 0);
    }
}

/* APPNOTE 4.4.7: the polynomial of IEEE 802.3, bits reversed. */
static uint32_t crc_of(struct span s)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < s.len; i++) {
        crc ^= span_byte(s, i);
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* PKZIP APPNOTE 4.3: one stored member after the other, then the central directory. */
static void zip_member(struct buf *out, struct buf *central, const char *name, struct span body)
{
    uint32_t at = (uint32_t)out->len;
    uint32_t crc = crc_of(body);
    uint16_t name_len = (uint16_t)strlen(name);
    for (unsigned part = 0; part < 2; part++) {
        struct buf *b = part ? central : out;
        buf_u32le(b, part ? 0x02014b50 : 0x04034b50);
        if (part)
            buf_u16le(b, 20);
        buf_u16le(b, 20);
        buf_u16le(b, 0); /* flags */
        buf_u16le(b, 0); /* stored */
        buf_u32le(b, 0x58210000);
        buf_u32le(b, crc);
        buf_u32le(b, (uint32_t)body.len);
        buf_u32le(b, (uint32_t)body.len);
        buf_u16le(b, name_len);
        buf_u16le(b, 0);
        if (part) {
            buf_u16le(b, 0); /* comment */
            buf_u16le(b, 0);
            buf_u16le(b, 0);
            buf_u32le(b, 0);
            buf_u32le(b, at);
        }
        buf_text(b, name);
        if (!part)
            buf_span(b, body);
    }
}

static void word_xml(struct buf *out, struct span text)
{
    struct span line;
    buf_text(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document "
             "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>");
    while (text_line(&text, &line)) {
        buf_text(out, "<w:p><w:r><w:t>");
        buf_span(out, line);
        buf_text(out, "</w:t></w:r></w:p>");
    }
    buf_text(out, "</w:body></w:document>");
}

static void put_ooxml(struct buf *out, struct span text)
{
    struct buf body, central;
    buf_init(&body, 0);
    buf_init(&central, 0);
    zip_member(out, &central, "[Content_Types].xml",
               SPAN_OF("<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/"
                       "package/2006/content-types\"></Types>"));
    zip_member(out, &central, "_rels/.rels", SPAN_OF("<?xml version=\"1.0\"?><Relationships/>"));
    zip_member(out, &central, "docProps/core.xml", SPAN_OF("<?xml version=\"1.0\"?><dc:title/>"));
    word_xml(&body, text);
    zip_member(out, &central, "word/document.xml", buf_get(&body));
    uint32_t at = (uint32_t)out->len;
    buf_span(out, buf_get(&central));
    buf_u32le(out, 0x06054b50);
    buf_u32le(out, 0);
    buf_u16le(out, 4);
    buf_u16le(out, 4);
    buf_u32le(out, (uint32_t)central.len);
    buf_u32le(out, at);
    buf_u16le(out, 0);
    buf_done(&body);
    buf_done(&central);
}

static void put_pdf(struct buf *out, struct span text)
{
    struct span line;
    buf_text(out, "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type "
                  "/Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R "
                  "/Contents 4 0 R >>\nendobj\n5 0 obj\n<< /Title (paper) /Author (A) /Creator "
                  "(writer) /Producer (writer) >>\nendobj\n");
    buf_print(out, "4 0 obj\n<< /Length %zu >>\nstream\nBT /Font 11 Tf\n", text.len);
    while (text_line(&text, &line)) {
        buf_byte(out, '(');
        buf_span(out, line);
        buf_text(out, ") Tj T*\n");
    }
    buf_text(out,
             "ET\nendstream\nendobj\nxref\n0 6\ntrailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n"
             "400\n%%EOF\n");
}

static void put_mail(struct buf *out, struct span text, bool is_base64)
{
    buf_text(out,
             "Return-Path: <anna@example.org>\nReceived: from mail.example.org by example.net; "
             "Tue, 24 Nov 2026 10:00:00 +0000\nFrom: Anna Berg <anna@example.org>\nTo: Paul "
             "<paul@example.net>\nSubject: paper\nDate: Tue, 24 Nov 2026 10:00:00 "
             "+0000\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\nContent-Type: text/plain; "
             "charset=utf-8\n");
    buf_text(out, is_base64 ? "Content-Transfer-Encoding: base64\n\n" : "\n");
    if (is_base64)
        text_base64(out, text);
    else
        buf_span(out, text);
    buf_byte(out, '\n');
}

static void put_ole(struct buf *out, struct span text)
{
    static const uint8_t head[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};
    size_t start = out->len;
    buf_put(out, head, sizeof head);
    while (out->len - start < 512)
        buf_byte(out, 0);
    buf_span(out, text);
    while (out->len % 2)
        buf_byte(out, 0);
    wide(out, text);
    wide(out, SPAN_OF("Root Entry WordDocument SummaryInformation"));
    buf_text(out, "Microsoft Word Normal.dotm");
}

static void around(struct buf *out, const char *before, struct span text, const char *after)
{
    buf_text(out, before);
    buf_span(out, text);
    buf_text(out, after);
}

static void put_form(struct buf *out, struct span text, enum form form)
{
    switch (form) {
    case MAIL:
    case MAIL64:
        put_mail(out, text, form == MAIL64);
        break;
    case RTF:
        around(out,
               "{\\rtf1\\ansi{\\fonttbl{\\f0 Times;}}{\\info{\\title paper}{\\author A}}\\pard ",
               text, "\\par}");
        break;
    case PDF:
        put_pdf(out, text);
        break;
    case OOXML:
        put_ooxml(out, text);
        break;
    case HTML:
        around(out, "<!DOCTYPE html>\n<html><head><title>paper</title></head><body><p>", text,
               "</p></body></html>\n");
        break;
    case CSV:
        around(out, "name;value\nnote;\"", text, "\"\n");
        break;
    case UTF16:
        buf_text(out, "\xff\xfe");
        wide(out, text);
        break;
    case OLE:
        put_ole(out, text);
        break;
    case XML:
        word_xml(out, text);
        break;
    default:
        buf_span(out, text);
    }
}

void audit_docs_plain(struct prose *p, uint32_t number, struct buf *out)
{
    struct buf text;
    buf_init(&text, 0);
    prose_paper(p, &text, number);
    prose_paragraph(p, &text, 2 + prose_draw(p, 6));
    put_form(out, buf_get(&text), (enum form)(number / PROSE_PAPERS % FORMS));
    buf_done(&text);
}

/* Letters of a text whose case does not count are mixed now and then. */
static void put_want(struct prose *p, struct buf *out, const struct audit_want *w, bool is_encoded)
{
    uint32_t how = w->flags & WORD_NOCASE ? prose_draw(p, 3) : 0;
    if (is_encoded && (w->flags & WORD_BASE64)) {
        text_base64(out, w->bytes);
        return;
    }
    for (size_t i = 0; i < w->bytes.len; i++) {
        uint8_t c = span_byte(w->bytes, i), low = text_lower(c);
        if (how > 0 && text_is_alpha(c))
            c = how == 1 ? low : (uint8_t)(low - 32);
        buf_byte(out, c);
        if (w->flags & WORD_WIDE)
            buf_byte(out, 0);
    }
}

static void put_gap(const struct audit_of_rule *row, struct buf *out, enum arrangement how,
                    size_t len, uint32_t round)
{
    if (how == SPACED)
        buf_byte(out, ' ');
    if (how != SHIFTED || row->number_count == 0)
        return;
    uint32_t far = row->numbers[round % row->number_count];
    for (uint32_t i = (uint32_t)len; i < far; i++)
        buf_byte(out, ' ');
}

static void put_wants(struct prose *p, const struct audit_of_rule *row, struct buf *out,
                      enum arrangement how)
{
    uint32_t one = prose_draw(p, row->want_count), round = prose_draw(p, ROW_NUMBERS_MOST);
    for (uint32_t i = 0; i < row->want_count; i++) {
        size_t start = out->len;
        if (how == ONE && i != one)
            continue;
        if (how == APART || how == MANY || how == ENCODED) {
            prose_sentence(p, out);
            buf_byte(out, how == MANY ? '\n' : ' ');
            start = out->len;
        }
        put_want(p, out, &row->wants[i], how == ENCODED);
        put_gap(row, out, how, out->len - start, round);
        if (how == APART || how == MANY || how == ONE || how == ENCODED)
            buf_text(out, how == APART ? ". " : " ");
    }
    buf_byte(out, '\n');
}

void audit_docs_own(struct prose *p, const struct audit_of_rule *row, uint32_t number,
                    struct buf *out)
{
    struct buf text;
    enum arrangement how = (enum arrangement)(number / FORMS % ARRANGEMENTS);
    uint32_t rounds = how == MANY ? 12 : 1;
    buf_init(&text, 0);
    if (how != FIRST)
        prose_paragraph(p, &text, 2);
    for (uint32_t i = 0; i < rounds; i++)
        put_wants(p, row, &text, how);
    prose_paragraph(p, &text, 3);
    put_form(out, buf_get(&text), (enum form)(number % FORMS));
    buf_done(&text);
}
