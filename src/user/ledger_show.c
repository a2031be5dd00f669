/* Shows leaves. What is in them may be hostile text: paths, rule names. */
#include "user/ledger_show.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

void ledger_show_time(uint64_t time_s, char out[32])
{
    struct tm parts;
    time_t t = (time_t)time_s;
    if (time_s > INT64_MAX || !gmtime_r(&t, &parts) ||
        strftime(out, 32, "%Y-%m-%d %H:%M:%SZ", &parts) == 0)
        (void)snprintf(out, 32, "%" PRIu64, time_s);
}

static void put_number(struct buf *out, uint64_t number, const char *none)
{
    if (number == LEDGER_NONE)
        buf_text(out, none);
    else
        buf_print(out, "%" PRIu64, number);
}

void ledger_show_plain(uint64_t index, const struct ledger_leaf *leaf, struct buf *out)
{
    char time[32];
    ledger_show_time(leaf->numbers[LEDGER_TIME], time);
    buf_print(out, "%6" PRIu64 "  %s  %-9s", index, time, ledger_kind_name(leaf->kind));
    for (int f = 0; f < LEDGER_FIELD_COUNT; f++) {
        enum ledger_field field = (enum ledger_field)f;
        if (field == LEDGER_TIME || !ledger_kind_has(leaf->kind, field))
            continue;
        if (ledger_field_is_text(field) && leaf->texts[f].len == 0)
            continue;
        if (!ledger_field_is_text(field) && leaf->numbers[f] == LEDGER_NONE)
            continue;
        buf_print(out, " %s=", ledger_field_name(field));
        if (ledger_field_is_text(field))
            text_escape(out, leaf->texts[f]);
        else
            put_number(out, leaf->numbers[f], "-");
    }
    buf_byte(out, '\n');
}

void ledger_show_json(uint64_t index, const struct ledger_leaf *leaf, struct buf *out)
{
    buf_print(out, "{\"index\":%" PRIu64 ",\"kind\":\"%s\"", index, ledger_kind_name(leaf->kind));
    for (int f = 0; f < LEDGER_FIELD_COUNT; f++) {
        enum ledger_field field = (enum ledger_field)f;
        if (!ledger_kind_has(leaf->kind, field))
            continue;
        buf_print(out, ",\"%s\":", ledger_field_name(field));
        if (!ledger_field_is_text(field)) {
            put_number(out, leaf->numbers[f], "null");
        } else if (!text_json(out, leaf->texts[f])) {
            buf_print(out, ",\"%s_b64\":\"", ledger_field_name(field));
            text_base64(out, leaf->texts[f]);
            buf_byte(out, '"');
        }
    }
    buf_text(out, "}\n");
}
