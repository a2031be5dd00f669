/* Rows of the audit to records. Their texts come from rules: strangers'. */
#include "jail/auditing.h"

#include "jail/session.h"

enum { ITEMS_MOST = 8000, TEXT_MOST = 200, MEANING_MOST = 120 };

static void put_item(struct buf *b, uint8_t kind, uint8_t extra, struct span s)
{
    s = span_cut(s, 0, TEXT_MOST);
    buf_byte(b, kind);
    buf_byte(b, extra);
    buf_u16le(b, (uint16_t)s.len);
    buf_span(b, s);
}

static void put_word(struct buf *b, const struct audit_word *w)
{
    struct span bytes = span_cut(w->bytes, 0, TEXT_MOST);
    struct span meaning = span_cut(w->meaning, 0, MEANING_MOST);
    if (b->len + bytes.len + meaning.len + 16 > ITEMS_MOST)
        return;
    buf_byte(b, 'W');
    buf_byte(b, (uint8_t)w->flags);
    buf_u16le(b, (uint16_t)(5 + bytes.len + meaning.len));
    buf_byte(b, (uint8_t)w->class);
    buf_u16le(b, (uint16_t)w->tricks);
    buf_u16le(b, (uint16_t)bytes.len);
    buf_span(b, bytes);
    buf_span(b, meaning);
}

static void put_numbers(struct buf *b, const struct audit_row *row)
{
    buf_byte(b, 'N');
    buf_byte(b, 0);
    buf_u16le(b, (uint16_t)(4 * row->number_count));
    for (uint32_t i = 0; i < row->number_count; i++)
        buf_u32le(b, row->numbers[i]);
}

void auditing_send(void *ctx, uint32_t number, const struct ir *ir, uint32_t rule,
                   const struct audit_row *row)
{
    struct session *s = ctx;
    const struct ir_rule *from = &ir->rules[rule];
    struct record head = {.kind = MSG_TEXT, .flags = 1};
    struct record r = {.kind = MSG_AUDIT,
                       .code = number,
                       .file = from->line,
                       .object = from->string_count,
                       .at = row->tricks,
                       .len = row->code_strings,
                       .evidence = (uint16_t)row->class,
                       .flags = from->is_private ? 1 : 0};
    struct buf items;
    buf_init(&items, ITEMS_MOST + 1024);
    put_item(&items, 'S', 0, from->space);
    if (from->file < ir->file_count)
        put_item(&items, 'F', 0, ir->files[from->file]);
    put_numbers(&items, row);
    for (uint32_t i = 0; i < row->word_count; i++)
        put_word(&items, &row->words[i]);
    (void)channel_put(&head, 0, span_cut(from->name, 0, 128));
    session_send(s, &head);
    session_send_text(s, &r, buf_get(&items));
    buf_done(&items);
}
