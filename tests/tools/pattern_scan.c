/* Finds the matches of string definitions in a file by trying every start: the slow way, for
 * comparison with yara(1). Usage: pattern-scan DEFINITIONS DATA. A line of DEFINITIONS is
 * "INDEX KIND FLAGS XOR_MIN XOR_MAX TEXT" with KIND T, H or R, FLAGS the IR_* bits as a number and
 * TEXT in hexadecimal. Prints "INDEX OFFSET LENGTH" for each match, "INDEX refused REASON", and
 * "INDEX atoms OFFSET" where a piece matches but none of its atoms leads there. */
#include "common/buf.h"
#include "common/text.h"
#include "jail/compile/pattern.h"
#include "jail/match/regex_vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan {
    struct span data;
    struct vm_text text;
    struct vm *vm;
    struct pattern pattern;
    struct ir_string string;
    uint32_t index;
    uint8_t *reach; /* per offset: bit i, a chain's piece can end here */
};

static bool read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    uint8_t block[4096];
    buf_init(out, 0);
    for (size_t n = 1; f && n; buf_put(out, block, n))
        n = fread(block, 1, sizeof block, f);
    if (f)
        fclose(f);
    return f != NULL;
}

static bool is_word_byte(const struct scan *s, uint64_t at)
{
    return at < s->data.len && text_is_alnum(span_byte(s->data, at));
}

static bool is_fullword(const struct scan *s, uint64_t at, uint64_t len, uint32_t flags)
{
    if (flags & PIECE_WIDE) {
        bool before = at >= 2 && span_byte(s->data, at - 1) == 0 && is_word_byte(s, at - 2);
        bool after = at + len + 1 < s->data.len && span_byte(s->data, at + len + 1) == 0 &&
                     is_word_byte(s, at + len);
        return !before && !after;
    }
    return !(at > 0 && is_word_byte(s, at - 1)) && !is_word_byte(s, at + len);
}

static bool literal_at(const struct scan *s, const struct piece *p, uint64_t at, uint8_t key)
{
    struct span have = span_cut(s->data, at, p->literal.len);
    if (have.len != p->literal.len)
        return false;
    for (size_t i = 0; i < have.len; i++) {
        uint8_t a = span_byte(have, i) ^ key, b = span_byte(p->literal, i);
        if (p->flags & PIECE_NOCASE ? text_lower(a) != text_lower(b) : a != b)
            return false;
    }
    return true;
}

static uint32_t piece_at(const struct scan *s, const struct piece *p, uint64_t at)
{
    if (p->kind == PIECE_PROGRAM) {
        uint32_t len =
            vm_match(s->vm, buf_get(&s->pattern.programs), p->forward, &s->text, at, p->flags);
        return len ? len : UINT32_MAX; /* yara 4.2.3 has no empty matches, later ones have */
    }
    for (uint32_t key = p->xor_min; key <= p->xor_max; key++)
        if (literal_at(s, p, at, (uint8_t)key))
            return (uint32_t)p->literal.len;
    return UINT32_MAX;
}

static bool atom_at(const struct scan *s, const struct atom *a, uint64_t at)
{
    if (at + a->len > s->data.len)
        return false;
    for (uint32_t i = 0; i < a->len; i++) {
        uint8_t byte = span_byte(s->data, at + i);
        if (((a->nocase ? text_lower(byte) : byte) & a->mask[i]) != a->bytes[i])
            return false;
    }
    return true;
}

struct wanted {
    uint32_t back;
    bool found;
};

static void note(void *ctx, uint32_t back)
{
    struct wanted *w = ctx;
    w->found |= back == w->back;
}

/* Whether some atom of the piece leads to a match at `at`. */
static bool has_atom(const struct scan *s, const struct piece *p, uint64_t at)
{
    for (uint32_t i = 0; i < p->atom_count; i++) {
        const struct atom *a = &p->atoms[i];
        if (a->fixed && atom_at(s, a, at + a->back))
            return true;
        for (uint64_t pos = at; !a->fixed && pos < s->data.len && pos - at <= LIMIT_REGEX_BYTES;
             pos++) {
            struct wanted w = {(uint32_t)(pos - at), false};
            if (!atom_at(s, a, pos))
                continue;
            vm_starts(s->vm, buf_get(&s->pattern.programs), a->reverse, &s->text, pos, p->flags,
                      note, &w);
            if (w.found)
                return true;
        }
    }
    return p->atom_count == 0;
}

static uint32_t checked_piece_at(const struct scan *s, const struct piece *p, uint64_t at)
{
    uint32_t len = piece_at(s, p, at);
    if (len != UINT32_MAX && p->flags & PIECE_FULLWORD && !is_fullword(s, at, len, p->flags))
        return UINT32_MAX;
    if (len != UINT32_MAX && !has_atom(s, p, at))
        printf("%u atoms %llu\n", s->index, (unsigned long long)at);
    return len;
}

/* Length of the match of a chain that begins at `at`: the first end of its last piece. */
static uint32_t chain_at(struct scan *s, const struct chain *c, uint64_t at)
{
    uint32_t len = checked_piece_at(s, &c->pieces[0], at);
    if (len == UINT32_MAX || c->count == 1)
        return len;
    memset(s->reach, 0, s->data.len + 1);
    s->reach[at + len] = 1;
    for (uint32_t i = 1; i < c->count; i++) {
        const struct piece *p = &c->pieces[i];
        uint64_t best = UINT64_MAX;
        uint8_t was = (uint8_t)(i & 1 ? 1 : 2), will = (uint8_t)(3 - was);
        for (uint64_t k = 0; k <= s->data.len; k++)
            s->reach[k] &= was;
        for (uint64_t start = at; start <= s->data.len; start++) {
            bool fits = false;
            for (uint64_t k = at; k <= start && !fits; k++)
                fits = s->reach[k] & was && start - k >= p->gap_min &&
                       (p->gap_max == RE_NO_MAX || start - k <= p->gap_max);
            uint32_t more = fits ? checked_piece_at(s, p, start) : UINT32_MAX;
            if (more == UINT32_MAX)
                continue;
            s->reach[start + more] |= will;
            best = start + more < best ? start + more : best;
        }
        if (best == UINT64_MAX)
            return UINT32_MAX;
        len = (uint32_t)(best - at);
    }
    return len;
}

static uint32_t match_at(struct scan *s, uint64_t at)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < s->pattern.chain_count; i++) {
        const struct chain *c = &s->pattern.chains[i];
        uint32_t flags = c->pieces[0].flags, len = chain_at(s, c, at);
        if (len == UINT32_MAX)
            continue;
        if (best == 0 || (flags & PIECE_GREEDY && len > best))
            best = len;
    }
    return best;
}

static bool next_number(struct span *line, uint64_t *out)
{
    struct span field;
    return text_field(line, ' ', &field) && text_u64(field, out);
}

static bool read_definition(struct scan *s, struct span line, struct arena *a, struct re_error *e)
{
    struct span kind, field;
    struct buf text;
    uint64_t index = 0, flags = 0, min = 0, max = 0;
    buf_init(&text, 0);
    if (!next_number(&line, &index) || !text_field(&line, ' ', &kind) ||
        !next_number(&line, &flags) || !next_number(&line, &min) || !next_number(&line, &max) ||
        !text_field(&line, ' ', &field) || !text_unhex(&text, field)) {
        fprintf(stderr, "bad definition\n");
        exit(2);
    }
    s->index = (uint32_t)index;
    s->string = (struct ir_string){.flags = (uint32_t)flags,
                                   .xor_min = (uint8_t)min,
                                   .xor_max = (uint8_t)max,
                                   .text = arena_copy(a, buf_get(&text))};
    buf_done(&text);
    s->string.kind = kind.at[0] == 'T' ? IR_TEXT : kind.at[0] == 'H' ? IR_HEX : IR_REGEXP;
    if (s->string.kind == IR_HEX)
        s->string.re = hexpat_parse(s->string.text, a, e);
    else if (s->string.kind == IR_REGEXP)
        s->string.re = regex_parse(s->string.text, false, a, e);
    return s->string.kind == IR_TEXT || s->string.re;
}

static void scan_one(struct scan *s, struct span line)
{
    struct arena *a = arena_new(0);
    struct re_error error = {0};
    if (!read_definition(s, line, a, &error) ||
        pattern_compile(&s->string, a, &s->pattern, &error, NULL) != ERR_NONE) {
        printf("%u refused %s\n", s->index, error.text);
        arena_free(a);
        return;
    }
    for (uint64_t at = 0; at < s->data.len; at++) {
        uint32_t len = match_at(s, at);
        if (len)
            printf("%u %llu %u\n", s->index, (unsigned long long)at, len);
    }
    pattern_done(&s->pattern);
    arena_free(a);
}

int main(int argc, char **argv)
{
    struct scan s = {.vm = vm_new()};
    struct buf definitions, data;
    if (argc != 3 || !s.vm || !read_file(argv[1], &definitions) || !read_file(argv[2], &data))
        return 2;
    s.data = buf_get(&data);
    s.text = (struct vm_text){s.data, 0, s.data.len};
    s.reach = calloc(1, s.data.len + 1);
    struct span rest = buf_get(&definitions), line;
    while (text_line(&rest, &line))
        if (line.len)
            scan_one(&s, line);
    printf("drops %llu\n", (unsigned long long)vm_drops(s.vm));
    free(s.reach);
    vm_free(s.vm);
    buf_done(&definitions);
    buf_done(&data);
    return 0;
}
