/* YARA front end: the strings section and its modifiers. Hostile bytes. Facts: YARA's manual
 * ("Strings") and the grammar of YARA 4.5; which modifiers exclude each other: the same, and
 * observed of yarac 4.2.3. */
#include "common/text.h"
#include "jail/compile/yara_escape.h"
#include "jail/compile/yara_greed.h"
#include "jail/compile/yara_slow.h"
#include "jail/compile/yara_state.h"

static const char *const standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Kinds of string a modifier may stand behind, as bits of enum ir_string_kind. */
enum { ON_TEXT = 1 << IR_TEXT, ON_HEX = 1 << IR_HEX, ON_REGEX = 1 << IR_REGEXP };

static const struct {
    int word;
    uint32_t flag;
    unsigned on;
    uint32_t not_with; /* flags it excludes */
    const char *name;
} modifiers[] = {
    {YT_ASCII, IR_ASCII, ON_TEXT | ON_REGEX, 0, "ascii"},
    {YT_WIDE, IR_WIDE, ON_TEXT | ON_REGEX, 0, "wide"},
    {YT_NOCASE, IR_NOCASE, ON_TEXT | ON_REGEX, IR_XOR | IR_BASE64 | IR_BASE64WIDE, "nocase"},
    {YT_FULLWORD, IR_FULLWORD, ON_TEXT | ON_REGEX, IR_BASE64 | IR_BASE64WIDE, "fullword"},
    {YT_PRIVATE, IR_PRIVATE, ON_TEXT | ON_HEX | ON_REGEX, 0, "private"},
    {YT_XOR, IR_XOR, ON_TEXT, IR_NOCASE | IR_BASE64 | IR_BASE64WIDE, "xor"},
    {YT_BASE64, IR_BASE64, ON_TEXT, IR_NOCASE | IR_FULLWORD | IR_XOR, "base64"},
    {YT_BASE64WIDE, IR_BASE64WIDE, ON_TEXT, IR_NOCASE | IR_FULLWORD | IR_XOR, "base64wide"},
};
enum { MODIFIERS = sizeof modifiers / sizeof modifiers[0] };

static void say_pattern(struct yara *y, const struct yara_token *t, const struct re_error *error)
{
    static const char plain[] = "syntax error"; /* all that YARA says of it */
    char shown[200], name[160];
    const char *more = shown;
    uint32_t line, column;
    const struct yara_lex *lex = &y->files[y->file_count - 1].lex;
    if (span_equal(span_text(error->text), SPAN_OF("out of memory"))) {
        (void)yara_say_no_memory(y); /* not the pattern's fault */
        return;
    }
    text_escape_into(shown, sizeof shown, span_text(error->text));
    text_escape_into(name, sizeof name, y->defining);
    yara_lex_place(lex, t, t->at + 1 + error->at, &line, &column);
    if (span_starts(span_text(shown), span_text(plain)))
        more += sizeof plain - 1;
    const char *head = more > shown ? plain : "", *tab = more > shown ? "\t" : "";
    if (y->defining.len)
        yara_say_error_at(y, line, column, "invalid %s \"%s\": %s%s%s",
                          t->kind == YT_HEX ? "hex string" : "regular expression", name, head, tab,
                          more);
    else
        yara_say_error_at(y, line, column, "%s%s%s", head, tab, more);
}

struct re *yara_parse_strings_regex(struct yara *y, const struct yara_token *t)
{
    struct re_error error = {0};
    if (t->text.len == 0) {
        yara_say_error(y, t, "empty regular expression");
        return NULL;
    }
    struct re *re = regex_parse(t->text, y->fe->in->yara_x, y->arena, &error);
    size_t escape = y->fe->in->strict_escape ? yara_escape_unknown(t->text) : SIZE_MAX;
    if (!re)
        say_pattern(y, t, &error);
    else if (escape != SIZE_MAX)
        yara_say_warning(y, t->line, t->column + 1 + (uint32_t)escape, "unknown escape sequence");
    return re;
}

struct re *yara_parse_strings_hex(struct yara *y, const struct yara_token *t)
{
    struct re_error error = {0};
    struct re *re = hexpat_parse(t->text, y->arena, &error);
    if (!re)
        say_pattern(y, t, &error);
    return re;
}

uint32_t yara_parse_strings_find(const struct yara *y, struct span name)
{
    uint64_t found;
    if (y->string_names)
        return map_find(y->string_names, name, &found) ? (uint32_t)found : IR_CURRENT;
    for (uint32_t i = 0; i < y->rule.string_count; i++)
        if (span_equal(y->rule.strings[i].name, name))
            return i;
    return IR_CURRENT;
}

/* Few names are searched one by one; many are moved into a map once. */
static bool note_name(struct yara *y, uint32_t index)
{
    if (index + 1 < YARA_FEW_STRINGS)
        return true;
    uint32_t from = index;
    if (!y->string_names) {
        y->string_names = map_new(y->arena);
        from = 0;
    }
    for (uint32_t i = from; y->string_names && i <= index; i++)
        if (y->rule.strings[i].name.len > 1 &&
            !map_put(y->string_names, y->rule.strings[i].name, i))
            return yara_say_no_memory(y) != NULL;
    return y->string_names || yara_say_no_memory(y) != NULL;
}

static bool xor_range(struct yara *y, struct ir_string *s)
{
    s->xor_min = 0;
    s->xor_max = 255;
    if (!yara_source_accept(y, '('))
        return !y->failed;
    struct yara_token low = y->tok;
    if (!yara_source_expect(y, YT_INT))
        return false;
    struct yara_token high = low;
    if (yara_source_accept(y, '-')) {
        high = y->tok;
        if (!yara_source_expect(y, YT_INT))
            return false;
    }
    if (low.i > 255 || high.i > 255)
        yara_say_error(y, low.i > 255 ? &low : &high, "invalid xor range\t: past 255");
    else if (low.i > high.i)
        yara_say_error(y, &low, "xor lower bound exceeds upper bound");
    s->xor_min = (uint8_t)low.i;
    s->xor_max = (uint8_t)high.i;
    return !y->failed && yara_source_expect(y, ')');
}

static bool base64_alphabet(struct yara *y, struct span *alphabet)
{
    if (!yara_source_accept(y, '('))
        return !y->failed;
    struct yara_token t = y->tok;
    if (!yara_source_expect(y, YT_TEXT))
        return false;
    if (t.text.len != 64)
        yara_say_error(y, &t, "length of base64 alphabet must be 64\t, not %zu", t.text.len);
    *alphabet = t.text;
    return !y->failed && yara_source_expect(y, ')');
}

/* Two modifiers with two alphabets: YARA-X takes them, YARA 4 does not. The standard one counts as
 * written when none is. */
static bool check_alphabets(struct yara *y, const struct ir_string *s)
{
    struct span standard = span_text(standard_alphabet);
    struct span one = s->base64_alphabet.len ? s->base64_alphabet : standard;
    struct span two = s->base64wide_alphabet.len ? s->base64wide_alphabet : standard;
    uint32_t both = IR_BASE64 | IR_BASE64WIDE;
    if (y->fe->in->yara_x || (s->flags & both) != both || span_equal(one, two))
        return true;
    yara_say_error_at(y, s->line, s->column, "can not specify multiple alphabets");
    return false;
}

static bool check_together(struct yara *y, const struct ir_string *s, size_t row,
                           const struct yara_token *t)
{
    if (s->flags & modifiers[row].flag) {
        yara_say_error(y, t, "duplicated modifier\t %s", modifiers[row].name);
        return false;
    }
    for (size_t i = 0; i < MODIFIERS; i++)
        if (s->flags & modifiers[i].flag & modifiers[row].not_with) {
            /* The later of the table first, as YARA. */
            yara_say_error(y, t, "invalid modifier combination: %s %s",
                           modifiers[i > row ? i : row].name, modifiers[i > row ? row : i].name);
            return false;
        }
    return true;
}

static bool parse_modifier(struct yara *y, struct ir_string *s, size_t row)
{
    static const char *const kinds[] = {"text", "hex string", "regular expression"};
    struct yara_token t = y->tok;
    if (!(modifiers[row].on & 1u << s->kind)) {
        yara_say_error(y, &t, "modifier %s does not go with a %s", modifiers[row].name,
                       kinds[s->kind]);
        return false;
    }
    if (!check_together(y, s, row, &t))
        return false;
    s->flags |= modifiers[row].flag;
    yara_source_next(y);
    if (y->failed)
        return false;
    if (t.kind == YT_XOR)
        return xor_range(y, s);
    if (t.kind == YT_BASE64)
        return base64_alphabet(y, &s->base64_alphabet);
    if (t.kind == YT_BASE64WIDE)
        return base64_alphabet(y, &s->base64wide_alphabet);
    return true;
}

/* `private` before `rule` cannot follow a string: a condition must come first. */
static bool parse_modifiers(struct yara *y, struct ir_string *s)
{
    for (;;) {
        size_t row = 0;
        while (row < MODIFIERS && modifiers[row].word != y->tok.kind)
            row++;
        if (row == MODIFIERS)
            break;
        if (!parse_modifier(y, s, row))
            return false;
    }
    if (!(s->flags & (IR_ASCII | IR_WIDE)))
        s->flags |= IR_ASCII;
    return check_alphabets(y, s);
}

static bool check_greed(struct yara *y, const struct yara_token *t)
{
    size_t at = y->fe->in->yara_x ? SIZE_MAX : yara_greed_mixed(t->text);
    if (at == SIZE_MAX)
        return true;
    yara_say_error_at(y, t->line, t->column + 1 + (uint32_t)at,
                      "greedy and ungreedy quantifiers can't be mixed in a regular expression");
    return false;
}

static bool parse_content(struct yara *y, struct ir_string *s)
{
    char shown[160];
    struct yara_token t = y->tok;
    text_escape_into(shown, sizeof shown, s->name);
    s->text = t.text;
    switch (t.kind) {
    case YT_TEXT:
        s->kind = IR_TEXT;
        if (t.text.len == 0)
            yara_say_error(y, &t, "empty string \"%s\"", shown);
        break;
    case YT_HEX:
        s->kind = IR_HEX;
        s->re = yara_parse_strings_hex(y, &t);
        break;
    case YT_REGEX:
        s->kind = IR_REGEXP;
        s->re = yara_parse_strings_regex(y, &t);
        return s->re && check_greed(y, &t);
    default:
        yara_say_expected(y, "a text, a hex string or a regular expression behind '='");
    }
    return !y->failed;
}

static bool check_length(struct yara *y, const struct ir_string *s)
{
    if (!y->fe->in->yara_x || s->kind != IR_TEXT || s->text.len >= 3 ||
        !(s->flags & (IR_BASE64 | IR_BASE64WIDE)))
        return true;
    yara_say_error_at(y, s->line, s->column, "a base64 text needs 3 bytes at least");
    return false;
}

static bool check_name(struct yara *y, const struct ir_string *s)
{
    char shown[160];
    if (s->name.len == 1 || yara_parse_strings_find(y, s->name) == IR_CURRENT)
        return true;
    text_escape_into(shown, sizeof shown, s->name);
    yara_say_error_at(y, s->line, s->column, "duplicated string identifier \"%s\"", shown);
    return false;
}

static bool add_string(struct yara *y, const struct ir_string *s)
{
    struct ir_rule *r = &y->rule;
    void *strings = r->strings, *used = y->used;
    if (r->string_count >= LIMIT_STRINGS_PER_RULE) {
        yara_say_error_at(y, s->line, s->column, "more than 10000 strings in one rule");
        return false;
    }
    if (!arena_grow(y->arena, &strings, &y->strings_cap, r->string_count + 1, sizeof *s) ||
        !arena_grow(y->arena, &used, &y->used_cap, r->string_count + 1, sizeof *y->used))
        return yara_say_no_memory(y) != NULL;
    r->strings = strings;
    y->used = used;
    r->strings[r->string_count++] = *s;
    return note_name(y, r->string_count - 1);
}

static uint32_t last_line(const struct yara_token *t)
{
    uint32_t line = t->line;
    for (size_t i = 0; i < t->source.len; i++)
        line += span_byte(t->source, i) == '\n';
    return line;
}

/* As YARA's compiler does; it names the line in which the definition's content ends. */
static void warn_slow(struct yara *y, const struct ir_string *s, uint32_t line)
{
    char shown[160];
    struct arena *scratch = arena_new(LIMIT_ARENA_BYTES);
    text_escape_into(shown, sizeof shown, s->name);
    if (scratch && s->kind == IR_REGEXP && yara_slow_has_dot_star(s->re, scratch))
        yara_say_warning(y, line, s->column,
                         "%s contains .*, .+ or .{x,} consider using .{,N}, .{1,N} or {x,N} with a "
                         "reasonable value for N",
                         shown);
    if (scratch && yara_slow_is_poor(s, scratch))
        yara_say_warning(y, line, s->column, "string \"%s\" may slow down scanning", shown);
    arena_free(scratch);
}

static bool read_string(struct yara *y)
{
    struct ir_string s = {.name = y->tok.text, .line = y->tok.line, .column = y->tok.column};
    if (!check_name(y, &s))
        return false;
    yara_source_next(y);
    if (!yara_source_expect(y, '='))
        return false;
    y->defining = s.name;
    bool ok = parse_content(y, &s);
    y->defining.len = 0;
    if (!ok)
        return false;
    y->content_line = last_line(&y->tok);
    int64_t slash = s.kind == IR_REGEXP ? y->tok.i : 0;
    yara_source_next(y);
    if (y->failed || !parse_modifiers(y, &s))
        return false;
    /* Only now: /a/i nocase says it twice and is right all the same. */
    s.flags |= slash & YARA_LEX_I ? IR_NOCASE : 0;
    s.flags |= slash & YARA_LEX_S ? IR_DOTALL : 0;
    if (!check_length(y, &s) || !add_string(y, &s))
        return false;
    if (y->fe->in->as_yara)
        warn_slow(y, &s, y->content_line);
    return true;
}

static bool parse_string(struct yara *y)
{
    bool ok = read_string(y);
    y->content_line = 0;
    return ok;
}

bool yara_parse_strings(struct yara *y)
{
    if (y->tok.kind != YT_STRINGS)
        return true;
    yara_source_next(y);
    if (!yara_source_expect(y, ':'))
        return false;
    if (y->tok.kind != YT_STRING_ID) {
        yara_say_expected(y, "a string such as $a = \"text\"");
        return false;
    }
    while (y->tok.kind == YT_STRING_ID)
        if (!parse_string(y))
            return false;
    return true;
}
