/* From one string of a rule to chains of pieces with their atoms and programs. What comes in was
 * parsed from a hostile rule source. *Observed* with yara 4.2.3:
 *   - a jump over 200 bytes or without bound between two parts of a hex string cuts it in two; so
 * does a lazy .{n,m} of a regular expression (but not .*?), and then . matches newlines there, with
 *     or without /s. Each part keeps its own preferences; the match ends with the first last part
 *     that fits
 *   - greedy and lazy repeats may not be mixed in a string; {n} counts as greedy
 *   - where no byte is spelled out, as in /[a-z]+/, fullword of a wide string looks at single bytes
 *     (4.5.2)
 *   - in xor strings fullword looks at the bytes as they are; wide zeros are xored too */
#include "jail/compile/pattern.h"

#include "jail/compile/atoms.h"
#include "jail/compile/program.h"
#include "jail/compile/text_forms.h"
#include "jail/compile/yara_slow.h"

#include <stdio.h>
#include <string.h>

enum { CHAIN_THRESHOLD = 200, ALTERNATIVES_MAX = 64, XOR_KEYS = 256, NO_PROGRAM = 0xffffffff };

/* What is common to the steps of one compilation. */
struct job {
    const struct ir_string *s;
    struct arena *arena, *scratch; /* scratch dies with the job */
    struct pattern *out;
    struct re_error *error;
    bool is_greedy;
    struct re *root;
    bool any_end;
    bool is_part; /* one alternative of several: not cut at long jumps, as YARA does not */
    bool is_bare; /* no literal byte stands in every match: YARA has no atom then */
};

/* A part of a string between long jumps. */
struct cut {
    struct re *tree;
    uint32_t gap_min, gap_max;
    uint32_t forward; /* NO_PROGRAM until emitted */
};

struct cuts {
    struct cut *items;
    uint32_t count, cap;
};

static bool is_letter(uint8_t byte)
{
    uint8_t upper = byte & 0xdf;
    return upper >= 'A' && upper <= 'Z';
}

static bool has_letter(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (is_letter(span_byte(s, i)))
            return true;
    return false;
}

/* Spells an atom out. In strings without case its letters are lower case. */
static void spell(struct atom *atom, const struct word *word, bool nocase, bool is_wide)
{
    uint32_t step = is_wide ? 2 : 1;
    atom->len = 0;
    for (uint32_t i = 0; i < word->len && atom->len + step <= ATOM_MAX; i++) {
        struct cell c = word->cells[i];
        if (nocase && c.mask == 0xdf && is_letter(c.value)) {
            atom->nocase = true;
            c = (struct cell){c.value | 0x20, 0xff};
        }
        atom->bytes[atom->len] = c.value;
        atom->mask[atom->len] = c.mask;
        if (is_wide)
            atom->mask[atom->len + 1] = 0xff;
        atom->len = (uint8_t)(atom->len + step);
    }
}

/* One atom a key; one for all when the string is not xored. */
static enum err literal_atoms(struct job *job, struct piece *p)
{
    uint32_t at = 0, len = 0, keys = (uint32_t)(p->xor_max - p->xor_min) + 1;
    bool nocase = p->flags & PIECE_NOCASE;
    (void)atoms_window(p->literal, nocase, ATOM_MAX, &at, &len); /* any window will do */
    p->atoms = arena_array(job->arena, struct atom, keys);
    if (!p->atoms)
        return ERR_NOMEM;
    p->atom_count = keys;
    for (uint32_t k = 0; k < keys; k++) {
        struct atom *atom = &p->atoms[k];
        *atom = (struct atom){.len = (uint8_t)len, .fixed = true, .back = at};
        atom->xor_key = (uint8_t)(p->xor_min + k);
        for (uint32_t i = 0; i < len; i++) {
            uint8_t byte = span_byte(p->literal, at + i);
            if (nocase && is_letter(byte)) {
                atom->nocase = true;
                byte |= 0x20;
            }
            atom->bytes[i] = byte ^ atom->xor_key;
            atom->mask[i] = 0xff;
        }
    }
    return ERR_NONE;
}

static struct chain *add_chain(struct job *job, uint32_t pieces)
{
    struct chain *c = &job->out->chains[job->out->chain_count];
    c->pieces = arena_array(job->arena, struct piece, pieces);
    c->count = pieces;
    if (!c->pieces)
        return NULL;
    job->out->chain_count++;
    return c;
}

static uint32_t common_flags(const struct job *job, bool is_wide)
{
    return (job->s->flags & IR_NOCASE ? PIECE_NOCASE : 0) |
           (job->s->flags & IR_FULLWORD ? PIECE_FULLWORD : 0) | (is_wide ? PIECE_WIDE : 0) |
           (job->is_greedy ? PIECE_GREEDY : 0) | (job->any_end ? PIECE_ANY_END : 0) |
           (job->is_bare && is_wide ? PIECE_BYTE_WORDS : 0) |
           (job->s->flags & IR_XOR ? PIECE_XOR : 0);
}

static enum err fill_literal(struct job *job, struct piece *p, struct span literal, bool is_wide)
{
    p->kind = PIECE_LITERAL;
    p->literal = literal;
    p->flags = common_flags(job, is_wide);
    if (!has_letter(literal))
        p->flags &= ~(uint32_t)PIECE_NOCASE;
    p->min_len = p->max_len = (uint32_t)literal.len;
    if (p->flags & PIECE_XOR) {
        p->xor_min = job->s->xor_min;
        p->xor_max = job->s->xor_max;
    }
    return literal_atoms(job, p);
}

static enum err compile_text(struct job *job)
{
    struct forms forms;
    if (!text_forms(job->s, job->arena, &forms))
        return ERR_NOMEM;
    job->out->chains = arena_array(job->arena, struct chain, forms.count);
    if (!job->out->chains)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < forms.count; i++) {
        struct chain *c = add_chain(job, 1);
        if (!c)
            return ERR_NOMEM;
        TRY(fill_literal(job, &c->pieces[0], forms.items[i].bytes, forms.items[i].is_wide));
    }
    return ERR_NONE;
}

/* How many kids from `at` on make up one jump, and its bounds. 0: no jump stands here. */
static uint32_t read_jump(const struct re *cat, uint32_t at, struct cut *gap)
{
    uint64_t min = 0, max = 0;
    uint32_t count = 0;
    for (; at + count < cat->count && cat->kids[at + count]->jump; count++) {
        const struct re *kid = cat->kids[at + count];
        if (count && !re_is_full(kid->kids[0]))
            break; /* only hex jumps add up */
        min += kid->min;
        max = kid->max == RE_NO_MAX || max == RE_NO_MAX ? RE_NO_MAX : max + kid->max;
    }
    gap->gap_min = min < RE_NO_MAX ? (uint32_t)min : RE_NO_MAX - 1;
    gap->gap_max = max < RE_NO_MAX ? (uint32_t)max : RE_NO_MAX;
    return count;
}

static bool begin_cut(struct job *job, struct cuts *cuts, struct cut gap)
{
    void *items = cuts->items;
    if (!arena_grow(job->scratch, &items, &cuts->cap, cuts->count + 1, sizeof gap))
        return false;
    cuts->items = items;
    gap.tree = re_new(job->scratch, RE_CAT);
    gap.forward = NO_PROGRAM;
    cuts->items[cuts->count++] = gap;
    return gap.tree != NULL;
}

/* Cuts a string at its long jumps. */
static bool cut_tree(struct job *job, struct re *root, struct cuts *cuts)
{
    bool ok = begin_cut(job, cuts, (struct cut){0});
    if (ok && root->kind != RE_CAT)
        return re_add(job->scratch, cuts->items[0].tree, root);
    for (uint32_t i = 0; ok && i < root->count;) {
        struct cut gap = {0}, *last = &cuts->items[cuts->count - 1];
        uint32_t taken = last->tree->count && !job->is_part ? read_jump(root, i, &gap) : 0;
        bool is_long = gap.gap_max > CHAIN_THRESHOLD || gap.gap_min > CHAIN_THRESHOLD;
        if (taken && is_long && i + taken < root->count) {
            ok = begin_cut(job, cuts, gap);
            i += taken;
        } else {
            ok = re_add(job->scratch, last->tree, root->kids[i++]);
        }
    }
    return ok;
}

/* A cut that is nothing but bytes. False: it is more. */
static bool read_literal(struct job *job, const struct re *cat, bool is_wide, struct span *out)
{
    uint32_t step = is_wide ? 2 : 1;
    bool nocase = job->s->flags & IR_NOCASE;
    uint8_t *bytes = arena_array(job->arena, uint8_t, (size_t)cat->count * step);
    for (uint32_t i = 0; i < cat->count; i++) {
        const struct re *kid = cat->kids[i];
        bool is_folded = nocase && kid->mask == 0xdf && is_letter(kid->value);
        if (!bytes || kid->kind != RE_BYTE || kid->negated || (kid->mask != 0xff && !is_folded))
            return false;
        bytes[(size_t)i * step] = kid->value;
    }
    *out = span_make(bytes, (size_t)cat->count * step);
    return cat->count > 0;
}

static uint32_t in_bytes(uint32_t units, bool is_wide)
{
    if (units == RE_NO_MAX || !is_wide)
        return units;
    return units < RE_NO_MAX / 2 ? units * 2 : RE_NO_MAX - 1;
}

/* Where the match begins, seen from an atom: a fixed distance, or a program that runs backwards.
 * Seeds that share their prefix follow each other and share the program. */
static enum err place_atom(struct job *job, const struct seed *seed, const struct atom *last,
                           const struct seed *last_seed, struct atom *atom)
{
    struct re_list nodes;
    bool is_wide = job->out->chains[job->out->chain_count - 1].pieces[0].flags & PIECE_WIDE;
    atom->fixed = !seed->prefix;
    if (!seed->prefix)
        return ERR_NONE;
    if (!re_postorder(seed->prefix, job->scratch, &nodes))
        return ERR_NOMEM;
    re_measure(&nodes);
    if (seed->prefix->min_len == seed->prefix->max_len) {
        atom->fixed = true;
        atom->back = in_bytes(seed->prefix->min_len, is_wide);
        return ERR_NONE;
    }
    if (last_seed && last_seed->prefix == seed->prefix) {
        atom->reverse = last->reverse;
        return ERR_NONE;
    }
    return program_emit(seed->prefix, true, job->scratch, &job->out->programs, &atom->reverse,
                        job->error);
}

static enum err program_atoms(struct job *job, struct piece *p, const struct re_list *nodes)
{
    struct choice choice;
    bool is_wide = p->flags & PIECE_WIDE;
    if (!atoms_choose(nodes, is_wide ? ATOM_MAX / 2 : ATOM_MAX, job->scratch, &choice))
        return ERR_NOMEM;
    p->atoms = arena_array(job->arena, struct atom, choice.count);
    if (!p->atoms)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < choice.count; i++) {
        struct atom *atom = &p->atoms[i];
        const struct seed *seed = &choice.seeds[i];
        spell(atom, &seed->word, p->flags & PIECE_NOCASE, is_wide);
        TRY(place_atom(job, seed, i ? atom - 1 : NULL, i ? seed - 1 : NULL, atom));
    }
    p->atom_count = choice.count;
    return ERR_NONE;
}

static enum err fill_piece(struct job *job, struct piece *p, struct cut *cut, bool is_wide)
{
    struct span literal;
    struct re_list nodes;
    p->flags = common_flags(job, is_wide);
    p->gap_min = cut->gap_min;
    p->gap_max = cut->gap_max;
    if (read_literal(job, cut->tree, is_wide, &literal))
        return fill_literal(job, p, literal, is_wide);
    p->kind = PIECE_PROGRAM;
    if (cut->forward == NO_PROGRAM)
        TRY(program_emit(cut->tree, false, job->scratch, &job->out->programs, &cut->forward,
                         job->error));
    p->forward = cut->forward;
    if (!re_postorder(cut->tree, job->scratch, &nodes))
        return ERR_NOMEM;
    re_measure(&nodes);
    p->min_len = in_bytes(cut->tree->min_len, is_wide);
    p->max_len = in_bytes(cut->tree->max_len, is_wide);
    return program_atoms(job, p, &nodes);
}

/* Whether some byte that is spelled out stands in every match. `nodes`: not folded yet. */
static bool has_literal(struct job *job, const struct re_list *nodes)
{
    bool *has = arena_array(job->scratch, bool, nodes->count);
    for (uint32_t i = 0; has && i < nodes->count; i++) {
        struct re *node = nodes->items[i];
        uint32_t sure = 0;
        node->mark = i;
        for (uint32_t k = 0; k < node->count; k++)
            sure += has[node->kids[k]->mark];
        has[i] = node->kind == RE_BYTE || (node->kind == RE_CAT && sure > 0) ||
                 (node->kind == RE_ALT && sure == node->count) ||
                 (node->kind == RE_REPEAT && node->min > 0 && sure > 0);
    }
    return !has || has[nodes->count - 1];
}

/* The chains of one tree: narrow, wide or both. */
static enum err add_tree(struct job *job, struct re *root)
{
    struct cuts cuts = {0};
    if (!cut_tree(job, root, &cuts))
        return ERR_NOMEM;
    job->any_end = root->any_end && cuts.count == 1;
    for (int pass = 0; pass < 2; pass++) {
        bool is_wide = pass == 1;
        bool is_wanted = job->s->flags & (is_wide ? IR_WIDE : IR_ASCII);
        if (!is_wanted && (is_wide || job->s->kind != IR_HEX))
            continue;
        struct chain *c = add_chain(job, cuts.count);
        if (!c)
            return ERR_NOMEM;
        for (uint32_t i = 0; i < cuts.count; i++)
            TRY(fill_piece(job, &c->pieces[i], &cuts.items[i], is_wide));
    }
    return ERR_NONE;
}

/* The alternatives that a regular expression consists of; itself when it is none. YARA confirms
 * each from atoms of its own, so that one that is no whole word hides no other. */
static struct re_list alternatives(struct job *job)
{
    struct re *root = job->s->re;
    if (root->kind == RE_CAT && root->count == 1)
        root = root->kids[0];
    if (job->s->kind != IR_REGEXP || root->kind != RE_ALT || job->is_bare ||
        root->count > ALTERNATIVES_MAX)
        return (struct re_list){.items = &job->root, .count = 1};
    return (struct re_list){.items = root->kids, .count = root->count};
}

/* A lazy repeat that may be empty takes nothing at the end of a pattern. */
static void drop_idle(struct re *root)
{
    while (root->kind == RE_CAT && root->count > 1) {
        const struct re *last = root->kids[root->count - 1];
        if (last->kind != RE_REPEAT || last->greedy || last->min > 0 || last->jump)
            break;
        root->count--;
    }
}

/* Of the pattern and of the alternatives that it may consist of. */
static void find_ends(struct job *job, const struct re_list *nodes)
{
    struct re *root = job->s->re;
    drop_idle(root);
    re_measure(nodes);
    root->any_end = yara_slow_ends_alike(root, job->scratch);
    if (root->kind == RE_CAT && root->count == 1)
        root = root->kids[0];
    for (uint32_t i = 0; root->kind == RE_ALT && i < root->count; i++)
        drop_idle(root->kids[i]);
    re_measure(nodes);
    for (uint32_t i = 0; root->kind == RE_ALT && i < root->count; i++)
        root->kids[i]->any_end = yara_slow_ends_alike(root->kids[i], job->scratch);
}

static enum err compile_tree(struct job *job)
{
    struct re_list nodes;
    uint32_t flags = (job->s->flags & IR_NOCASE ? RE_NOCASE : 0) |
                     (job->s->flags & IR_DOTALL || job->s->kind == IR_HEX ? RE_DOTALL : 0);
    if (!re_postorder(job->s->re, job->scratch, &nodes))
        return ERR_NOMEM;
    if (job->s->kind == IR_REGEXP && re_is_mixed(&nodes)) {
        snprintf(job->error->text, sizeof job->error->text,
                 "greedy and ungreedy quantifiers can't be mixed in a regular expression");
        return ERR_RULES;
    }
    job->is_greedy = re_has_greedy(&nodes);
    job->is_bare = !has_literal(job, &nodes);
    find_ends(job, &nodes);
    re_fold(&nodes, flags);
    job->root = job->s->re;
    struct re_list parts = alternatives(job);
    job->out->chains = arena_array(job->arena, struct chain, (size_t)parts.count * 2);
    if (!job->out->chains)
        return ERR_NOMEM;
    job->is_part = parts.count > 1;
    for (uint32_t i = 0; i < parts.count; i++)
        TRY(add_tree(job, parts.items[i]));
    return ERR_NONE;
}

enum err pattern_compile(const struct ir_string *s, struct arena *a, struct pattern *out,
                         struct re_error *error, struct why *why)
{
    struct job job = {.s = s, .arena = a, .out = out, .error = error};
    *out = (struct pattern){0};
    *error = (struct re_error){0};
    buf_init(&out->programs, 0);
    job.scratch = arena_new(0);
    if (!job.scratch)
        return fail(why, ERR_NOMEM, "pattern: no scratch memory");
    enum err err = s->kind == IR_TEXT ? compile_text(&job) : compile_tree(&job);
    arena_free(job.scratch);
    if (err == ERR_NONE)
        return ERR_NONE;
    pattern_done(out);
    return err == ERR_RULES ? fail(why, ERR_RULES, "%s", error->text)
                            : fail(why, err, "pattern: no memory for a string");
}

void pattern_done(struct pattern *p)
{
    buf_done(&p->programs);
    *p = (struct pattern){0};
}

enum err pattern_compile_regex(struct re *re, uint32_t re_flags, struct buf *program,
                               struct why *why)
{
    struct arena *scratch = arena_new(0);
    struct re_list nodes;
    struct re_error error = {0};
    uint32_t start = 0;
    enum err err = ERR_NOMEM;
    if (scratch && re_postorder(re, scratch, &nodes)) {
        re_fold(&nodes, re_flags);
        err = program_emit(re, false, scratch, program, &start, &error);
    }
    arena_free(scratch);
    if (err == ERR_RULES)
        return fail(why, ERR_RULES, "%s", error.text);
    return err == ERR_NONE ? err : fail(why, err, "pattern: no memory for a regular expression");
}
