/* Reports as yara prints them, byte for byte. Facts: observed of yara 4.2.3; :xor() of 4.3. Names
 * and bytes are strangers': matches are escaped as yara does, paths are printed as they are unless
 * a terminal would read them. */
#include "user/render_yara.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_MOST = 64 };

bool render_yara_init(struct render_yara *y)
{
    y->matched = calloc((size_t)y->rules->count + 1, 1);
    return y->matched != NULL;
}

void render_yara_done(struct render_yara *y)
{
    free(y->matched);
    y->matched = NULL;
}

static void put(const struct render_yara *y, struct span s)
{
    (void)fwrite(s.at, 1, s.len, y->out); /* a full disk shows at the end */
}

static void put_path(const struct render_yara *y, FILE *out, struct span path)
{
    struct buf b;
    if (!y->on_terminal) {
        (void)fwrite(path.at, 1, path.len, out);
        return;
    }
    buf_init(&b, 0);
    text_escape(&b, path);
    (void)fwrite(b.at, 1, b.len, out);
    buf_done(&b);
}

static bool is_among(const struct yara_texts *list, struct span s)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (span_equal(span_text(list->items[i]), s))
            return true;
    return false;
}

static bool is_wanted(const struct render_yara *y, const struct yara_rule *rule)
{
    bool tagged = y->tags->count == 0;
    for (uint32_t i = 0; i < rule->tag_count && !tagged; i++)
        tagged = is_among(y->tags, rule->tags[i]);
    if (y->identifiers->count > 0) /* yara lets names overrule tags */
        return is_among(y->identifiers, rule->name);
    return tagged;
}

static void put_tags(const struct render_yara *y, const struct yara_rule *rule)
{
    (void)fputc('[', y->out);
    for (uint32_t i = 0; i < rule->tag_count; i++) {
        if (i > 0)
            (void)fputc(',', y->out);
        put(y, rule->tags[i]);
    }
    (void)fputs("] ", y->out);
}

static void put_escaped(const struct render_yara *y, struct span s)
{
    static const char letters[] = "abtnvfr"; /* of bytes 7 to 13 */
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (c == '"' || c == '\'' || c == '\\')
            (void)fprintf(y->out, "\\%c", c);
        else if (c >= 7 && c <= 13)
            (void)fprintf(y->out, "\\%c", letters[c - 7]);
        else if (c >= 127 || c < 32)
            (void)fprintf(y->out, "\\%03o", c);
        else
            (void)fputc(c, y->out);
    }
}

static void put_meta(const struct render_yara *y, const struct yara_meta *m)
{
    put(y, m->key);
    if (m->kind == ABOUT_META_INT) {
        (void)fprintf(y->out, " =%" PRId64, m->value);
    } else if (m->kind == ABOUT_META_BOOL) {
        (void)fputs(m->value ? "=true" : "=false", y->out);
    } else {
        (void)fputs("=\"", y->out);
        put_escaped(y, m->text);
        (void)fputc('"', y->out);
    }
}

static void put_metas(const struct render_yara *y, const struct yara_rule *rule)
{
    (void)fputc('[', y->out);
    for (uint32_t i = 0; i < rule->meta_count; i++) {
        if (i > 0)
            (void)fputc(',', y->out);
        put_meta(y, &rule->metas[i]);
    }
    (void)fputs("] ", y->out);
}

static void put_bytes(const struct render_yara *y, struct span s, uint8_t key)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = span_byte(s, i) ^ key;
        if (text_is_print(c))
            (void)fputc(c, y->out);
        else
            (void)fprintf(y->out, "\\x%02X", c);
    }
}

static void put_hex(const struct render_yara *y, struct span s)
{
    for (size_t i = 0; i < s.len && i < HEX_MOST; i++)
        (void)fprintf(y->out, i ? " %02X" : "%02X", span_byte(s, i));
    if (s.len > HEX_MOST)
        (void)fputs(" ...", y->out);
}

static void put_match(const struct render_yara *y, const struct report_match *m)
{
    (void)fprintf(y->out, "0x%" PRIx64 ":", m->at);
    if (y->lengths)
        (void)fprintf(y->out, "%zu:", m->bytes.len);
    put(y, m->name);
    if (y->xor_key) {
        (void)fprintf(y->out, ":xor(0x%02x,", m->xor_key);
        put_bytes(y, m->bytes, m->xor_key);
        (void)fputc(')', y->out);
    }
    if (y->strings) {
        (void)fputs(": ", y->out);
        if (m->is_hex)
            put_hex(y, m->bytes);
        else
            put_bytes(y, m->bytes, 0);
    }
    (void)fputc('\n', y->out);
}

static void put_rule(const struct render_yara *y, const struct yara_rule *rule, struct span path)
{
    if (y->space) {
        put(y, rule->space);
        (void)fputc(':', y->out);
    }
    put(y, rule->name);
    (void)fputc(' ', y->out);
    if (y->show_tags)
        put_tags(y, rule);
    if (y->meta)
        put_metas(y, rule);
    put_path(y, y->out, path);
    (void)fputc('\n', y->out);
}

/* Matches come in the order of rules: `*at` moves along. */
static void put_matches(const struct render_yara *y, const struct report *r, uint32_t rule,
                        uint32_t *at, bool show)
{
    while (*at < r->matches_len && r->matches[*at].rule < rule)
        ++*at;
    for (; *at < r->matches_len && r->matches[*at].rule == rule; ++*at)
        if (show)
            put_match(y, &r->matches[*at]);
}

/* Every rule in order, true or not, as yara calls back; private ones never. */
static uint64_t put_rules(struct render_yara *y, const struct report *r)
{
    uint64_t count = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < y->rules->count; i++) {
        const struct yara_rule *rule = &y->rules->rules[i];
        if (rule->is_private)
            continue;
        bool is_true = y->matched[i] != 0;
        bool show = is_true != y->negate && !y->count_only && is_wanted(y, rule);
        if (show)
            put_rule(y, rule, r->path);
        put_matches(y, r, i, &at, show && (y->strings || y->lengths || y->xor_key));
        count += is_true;
        y->total += is_true;
        if (y->limit && y->total >= y->limit)
            break;
    }
    return count;
}

static const char *words_of(enum gap_kind kind)
{
    switch (kind) {
    case GAP_TIMED_OUT:
        return "scanning timed out";
    case GAP_UNREADABLE:
        return "could not open file";
    case GAP_MEMORY:
        return "not enough memory";
    default:
        return gap_meaning(kind);
    }
}

static void complain(struct render_yara *y, const struct report *r, const char *text)
{
    (void)fputs("error scanning ", stderr);
    put_path(y, stderr, r->path);
    (void)fprintf(stderr, ": %s\n", text);
    y->failed = true;
}

static void put_gap(struct render_yara *y, const struct report *r, const struct report_gap *g)
{
    char text[300];
    if (g->kind == GAP_UNREADABLE && g->at > 0) { /* of a process */
        (void)snprintf(text, sizeof text, "memory from 0x%" PRIx64 " on could not be read", g->at);
        complain(y, r, text);
        return;
    }
    if (g->kind != GAP_TOO_MANY || g->detail.len == 0) {
        complain(y, r, words_of(g->kind));
        return;
    }
    text_escape_into(text, sizeof text, g->detail);
    if (!y->no_warnings)
        (void)fprintf(
            stderr,
            "warning: rule \"%s\": too many matches, results for this rule may be incorrect\n",
            text);
}

static void put_troubles(struct render_yara *y, const struct report *r)
{
    bool said[GAP_COUNT] = {false}; /* one line a kind is enough: yara stops at the first */
    char text[300];
    for (uint32_t i = 0; i < r->gaps_len; i++) {
        const struct report_gap *g = &r->gaps[i];
        if (g->kind == GAP_TOO_MANY || !said[g->kind])
            put_gap(y, r, g);
        said[g->kind] = true;
    }
    if (r->failed) {
        text_escape_into(text, sizeof text, r->failure);
        complain(y, r, text);
    }
}

void render_yara_trouble(struct render_yara *y, const struct report *r)
{
    if (y->count_only && y->many) {
        put_path(y, y->out, r->path);
        (void)fputs(": 0\n", y->out);
    }
    (void)fflush(y->out);
    put_troubles(y, r);
}

void render_yara_report(struct render_yara *y, const struct report *r)
{
    for (uint32_t i = 0; i < r->output_len; i++)
        put(y, r->output[i]);
    memset(y->matched, 0, (size_t)y->rules->count + 1);
    for (uint32_t i = 0; i < r->findings_len; i++)
        if (r->findings[i].rule < y->rules->count)
            y->matched[r->findings[i].rule] = 1;
    uint64_t count = put_rules(y, r);
    for (uint32_t i = 0; i < r->findings_len;
         i++) { /* hash signatures of an image: yara has none */
        struct yara_rule hash = {.name = r->findings[i].name};
        bool show = r->findings[i].rule >= y->rules->count && !y->negate && !y->count_only;
        if (show && is_wanted(y, &hash))
            put_rule(y, &hash, r->path);
        count += r->findings[i].rule >= y->rules->count;
    }
    if (y->count_only && y->many) {
        put_path(y, y->out, r->path);
        (void)fprintf(y->out, ": %" PRIu64 "\n", count);
    }
    (void)fflush(y->out); /* before what goes to standard error */
    put_troubles(y, r);
    if (y->count_only && !y->many && !y->failed)
        (void)fprintf(y->out, "%" PRIu64 "\n", count);
}
