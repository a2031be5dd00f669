/* Lexer of YARA sources. Hostile bytes: a rule file somebody wrote. Facts: YARA's manual ("Writing
 * YARA rules"), the word list of YARA 4.5 and behaviour observed of yarac 4.2.3. */
#include "jail/compile/yara_lex.h"

#include "common/limits.h"
#include "common/text.h"
#include "jail/compile/yara_text.h"

enum { NAME_MAX_BYTES = 128 };

struct yara_lex yara_lex_of(struct span bytes, struct arena *arena)
{
    return (struct yara_lex){.bytes = bytes, .arena = arena, .line = 1};
}

static uint8_t peek(const struct yara_lex *lex, size_t ahead)
{
    return span_byte(lex->bytes, lex->at + ahead);
}

static bool at_end(const struct yara_lex *lex)
{
    return lex->at >= lex->bytes.len;
}

static void new_line(struct yara_lex *lex)
{
    lex->line++;
    lex->line_at = lex->at;
}

/* Moves to `end`, counting the lines on the way. */
static void move_over(struct yara_lex *lex, size_t end)
{
    for (;;) {
        size_t nl = span_find_byte(lex->bytes, '\n', lex->at);
        if (nl >= end)
            break;
        lex->at = nl + 1;
        new_line(lex);
    }
    lex->at = end;
}

/* A comment that never ends swallows the rest, as it does for YARA. */
static void skip_block(struct yara_lex *lex)
{
    size_t end = span_find(lex->bytes, SPAN_OF("*/"), lex->at + 2);
    move_over(lex, end == SIZE_MAX ? lex->bytes.len : end + 2);
}

static void skip_line(struct yara_lex *lex)
{
    size_t end = span_find_byte(lex->bytes, '\n', lex->at);
    lex->at = end == SIZE_MAX ? lex->bytes.len : end;
}

static void skip_space(struct yara_lex *lex)
{
    while (!at_end(lex)) {
        uint8_t c = peek(lex, 0);
        if (c == '\n') {
            lex->at++;
            new_line(lex);
        } else if (c == ' ' || c == '\t' || c == '\r') {
            lex->at++;
        } else if (c == '/' && peek(lex, 1) == '*') {
            skip_block(lex);
        } else if (c == '/' && peek(lex, 1) == '/') {
            skip_line(lex);
        } else {
            return;
        }
    }
}

static bool is_name_byte(uint8_t c)
{
    return text_is_alnum(c) || c == '_';
}

static void bad(struct yara_lex *lex, struct yara_token *out, const char *error)
{
    out->kind = YT_BAD;
    lex->error = error;
}

/* Bytes of a name at and behind `from`. */
static size_t name_len(const struct yara_lex *lex, size_t from)
{
    size_t n = 0;
    while (is_name_byte(span_byte(lex->bytes, from + n)))
        n++;
    return n;
}

static bool is_read_word(struct span s)
{
    if (span_byte(s, 0) == 'u')
        s = span_cut(s, 1, s.len);
    if (!span_starts(s, SPAN_OF("int")))
        return false;
    s = span_cut(s, 3, s.len);
    if (s.len > 2 && span_equal(span_cut(s, s.len - 2, 2), SPAN_OF("be")))
        s = span_cut(s, 0, s.len - 2);
    return span_equal(s, SPAN_OF("8")) || span_equal(s, SPAN_OF("16")) ||
           span_equal(s, SPAN_OF("32"));
}

static const struct span words[] = {
#define WORD(id, text) {(const uint8_t *)(text), sizeof(text) - 1},
#include "jail/compile/yara_words.def"
#undef WORD
};

static int word_kind(struct span s)
{
    size_t low = 0, high = sizeof words / sizeof words[0];
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = span_order(s, words[mid]);
        if (order == 0)
            return YT_FIRST_WORD + 1 + (int)mid;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return is_read_word(s) ? YT_READ : YT_NAME;
}

/* Whether blanks and a quotation mark come: elsewhere `include` is a name like any other. */
static bool is_before_name(const struct yara_lex *lex)
{
    size_t at = lex->at;
    while (span_byte(lex->bytes, at) == ' ' || span_byte(lex->bytes, at) == '\t')
        at++;
    return at > lex->at && span_byte(lex->bytes, at) == '"';
}

static void lex_word(struct yara_lex *lex, struct yara_token *out)
{
    size_t n = name_len(lex, lex->at);
    out->text = span_cut(lex->bytes, lex->at, n);
    out->kind = word_kind(out->text);
    lex->at += n;
    if (out->kind == YT_INCLUDE && !is_before_name(lex))
        out->kind = YT_NAME;
    if (n > NAME_MAX_BYTES)
        bad(lex, out, "name longer than 128 bytes");
}

/* $a, #a, @a, !a: the text is "$a" for all of them, copied because the sigil differs. */
static void lex_sigil(struct yara_lex *lex, struct yara_token *out, int kind)
{
    size_t n = 1 + name_len(lex, lex->at + 1);
    out->kind = kind;
    out->text = span_cut(lex->bytes, lex->at, n);
    lex->at += n;
    if (n > LIMIT_STRING_BYTES) { /* YARA has no bound here */
        bad(lex, out, "string name longer than 8192 bytes");
    } else if (kind == YT_STRING_ID && peek(lex, 0) == '*') {
        out->kind = YT_WILD;
        lex->at++;
    } else if (kind != YT_STRING_ID) {
        out->text = yara_text_dollar(out->text, lex->arena);
        if (!out->text.at)
            lex->is_out_of_memory = true;
    }
}

static void lex_number(struct yara_lex *lex, struct yara_token *out)
{
    struct span rest = span_cut(lex->bytes, lex->at, lex->bytes.len);
    struct yara_number n = yara_text_number(rest);
    lex->at += n.len;
    out->kind = n.is_float ? YT_FLOAT : YT_INT;
    out->i = n.i;
    out->f = n.f;
    if (n.error)
        bad(lex, out, n.error);
}

static void finish_text(struct yara_lex *lex, struct yara_token *out, struct span raw, bool escaped)
{
    out->kind = YT_TEXT;
    out->text = raw;
    if (escaped) {
        const char *error = NULL;
        out->text = yara_text_unescape(raw, lex->arena, &error);
        if (error)
            bad(lex, out, error);
        else if (!out->text.at)
            lex->is_out_of_memory = true;
    }
    if (out->kind == YT_TEXT && out->text.len > LIMIT_STRING_BYTES)
        bad(lex, out, "text longer than 8192 bytes");
}

/* Up to `end` quotes in a row; a text of one quote ends with its line. */
static void lex_text(struct yara_lex *lex, struct yara_token *out, size_t quotes)
{
    size_t start = lex->at + quotes, i = start;
    bool escaped = false;
    for (;; i++) {
        uint8_t c = span_byte(lex->bytes, i);
        if (i >= lex->bytes.len || (c == '\n' && quotes == 1)) {
            move_over(lex, i < lex->bytes.len ? i : lex->bytes.len);
            bad(lex, out, "text without its closing quote");
            return;
        }
        if (c == '"' && (quotes == 1 || (span_byte(lex->bytes, i + 1) == '"' &&
                                         span_byte(lex->bytes, i + 2) == '"')))
            break;
        if (c == '\\') {
            escaped = true;
            /* An escaped line end does not hide it: the text is refused there. */
            if (span_byte(lex->bytes, i + 1) != '\n')
                i++;
        }
    }
    move_over(lex, i + quotes);
    finish_text(lex, out, span_cut(lex->bytes, start, i - start), escaped);
}

static void lex_regex(struct yara_lex *lex, struct yara_token *out)
{
    size_t start = lex->at + 1, i = start;
    for (;; i++) {
        uint8_t c = span_byte(lex->bytes, i);
        if (c == '/')
            break;
        if (i >= lex->bytes.len || c == '\n') {
            lex->at = i > lex->bytes.len ? lex->bytes.len : i;
            bad(lex, out, "regular expression without its closing slash");
            return;
        }
        if (c == '\\' && span_byte(lex->bytes, i + 1) != '\n')
            i++;
    }
    out->kind = YT_REGEX;
    out->text = span_cut(lex->bytes, start, i - start);
    lex->at = i + 1;
    if (peek(lex, 0) == 'i') {
        out->i |= YARA_LEX_I;
        lex->at++;
    }
    if (peek(lex, 0) == 's') {
        out->i |= YARA_LEX_S;
        lex->at++;
    }
    if (out->text.len > LIMIT_STRING_BYTES)
        bad(lex, out, "regular expression longer than 8192 bytes");
}

/* The closing brace of a hex string, past comments; SIZE_MAX when there is none. */
static size_t hex_end(struct span s, size_t i)
{
    while (i < s.len) {
        uint8_t c = span_byte(s, i), next = span_byte(s, i + 1);
        if (c == '}')
            return i;
        if (c == '/' && next == '*') {
            size_t end = span_find(s, SPAN_OF("*/"), i + 2);
            if (end == SIZE_MAX)
                return SIZE_MAX;
            i = end + 2;
        } else if (c == '/' && next == '/') {
            i = span_find_byte(s, '\n', i);
        } else {
            i++;
        }
    }
    return SIZE_MAX;
}

static void lex_hex(struct yara_lex *lex, struct yara_token *out)
{
    size_t start = lex->at + 1, end = hex_end(lex->bytes, start);
    if (end == SIZE_MAX) {
        lex->at++;
        bad(lex, out, "hex string without its closing brace");
        return;
    }
    out->kind = YT_HEX;
    out->text = span_cut(lex->bytes, start, end - start);
    move_over(lex, end + 1);
}

static const struct {
    uint8_t first, second;
    int kind;
} pairs[] = {
    {'.', '.', YT_DOTS}, {'=', '=', YT_EQ},  {'!', '=', YT_NE},  {'<', '=', YT_LE},
    {'>', '=', YT_GE},   {'<', '<', YT_SHL}, {'>', '>', YT_SHR},
};

static void lex_mark(struct yara_lex *lex, struct yara_token *out)
{
    uint8_t c = peek(lex, 0), next = peek(lex, 1);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].first == c && pairs[i].second == next) {
            out->kind = pairs[i].kind;
            lex->at += 2;
            return;
        }
    lex->at++;
    out->kind = c;
    if (!text_is_print(c))
        bad(lex, out, "byte that is not ASCII outside a text or comment");
}

static void lex_token(struct yara_lex *lex, struct yara_token *out)
{
    uint8_t c = peek(lex, 0);
    if (text_is_digit(c))
        lex_number(lex, out);
    else if (is_name_byte(c))
        lex_word(lex, out);
    else if (c == '$')
        lex_sigil(lex, out, YT_STRING_ID);
    else if (c == '#')
        lex_sigil(lex, out, YT_COUNT);
    else if (c == '@')
        lex_sigil(lex, out, YT_OFFSET);
    else if (c == '!' && peek(lex, 1) != '=')
        lex_sigil(lex, out, YT_LENGTH);
    else if (c == '"')
        lex_text(lex, out, lex->long_text && peek(lex, 1) == '"' && peek(lex, 2) == '"' ? 3 : 1);
    else if (c == '/')
        lex_regex(lex, out);
    else if (c == '{' && lex->last == '=')
        lex_hex(lex, out);
    else
        lex_mark(lex, out);
}

void yara_lex_next(struct yara_lex *lex, struct yara_token *out)
{
    skip_space(lex);
    *out = (struct yara_token){.kind = YT_END,
                               .line = lex->line,
                               .column = (uint32_t)(lex->at - lex->line_at + 1),
                               .at = lex->at};
    size_t start = lex->at;
    if (!at_end(lex))
        lex_token(lex, out);
    if (lex->is_out_of_memory)
        out->kind = YT_BAD;
    out->source = span_cut(lex->bytes, start, lex->at - start);
    lex->last = out->kind;
}

void yara_lex_place(const struct yara_lex *lex, const struct yara_token *from, size_t at,
                    uint32_t *line, uint32_t *column)
{
    size_t line_at = from->at - (from->column - 1);
    *line = from->line;
    for (;;) {
        size_t nl = span_find_byte(lex->bytes, '\n', line_at);
        if (nl >= at)
            break;
        line_at = nl + 1;
        ++*line;
    }
    *column = (uint32_t)(at - line_at + 1);
}

const char *yara_lex_kind(int kind)
{
    static const char *const names[] = {
        [YT_END - YT_END] = "the end of the file",
        [YT_BAD - YT_END] = "something unreadable",
        [YT_NAME - YT_END] = "a name",
        [YT_STRING_ID - YT_END] = "a string's name",
        [YT_WILD - YT_END] = "a string's name with *",
        [YT_COUNT - YT_END] = "a string's count",
        [YT_OFFSET - YT_END] = "a string's offset",
        [YT_LENGTH - YT_END] = "a string's length",
        [YT_INT - YT_END] = "a number",
        [YT_FLOAT - YT_END] = "a fraction",
        [YT_TEXT - YT_END] = "a text",
        [YT_REGEX - YT_END] = "a regular expression",
        [YT_HEX - YT_END] = "a hex string",
        [YT_READ - YT_END] = "a function",
        [YT_DOTS - YT_END] = "'..'",
        [YT_EQ - YT_END] = "'=='",
        [YT_NE - YT_END] = "'!='",
        [YT_LE - YT_END] = "'<='",
        [YT_GE - YT_END] = "'>='",
        [YT_SHL - YT_END] = "'<<'",
        [YT_SHR - YT_END] = "'>>'",
        [YT_FIRST_WORD - YT_END] = "",
#define WORD(id, text) [YT_##id - YT_END] = "'" text "'",
#include "jail/compile/yara_words.def"
#undef WORD
    };
    static const char marks[][4] = {
        "'('", "')'", "'{'", "'}'", "'['", "']'", "':'", "'='", "','", "'.'",  "'*'",
        "'-'", "'+'", "'%'", "'<'", "'>'", "'|'", "'&'", "'^'", "'~'", "'\\'",
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if ((uint8_t)marks[i][1] == kind)
            return marks[i];
    size_t row = (size_t)(kind - YT_END);
    return kind >= YT_END && row < sizeof names / sizeof names[0] ? names[row] : "a sign";
}
