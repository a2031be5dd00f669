/* The regex machine: threads in lockstep over hostile bytes, run by a hostile program (the layout:
 * regex_code.h). At each unit a list of threads, most preferred first, makes the next list; a
 * thread is told by its slot and is in a list once at most, so a unit costs at most the program's
 * slots and there is no backtracking. Only threads whose test passes on the coming unit enter a
 * list. *Observed* with yara 4.2.3: preferences are those of a backtracking matcher, /x(ab|a)/
 * takes 3 bytes of "xab" and /x(a|ab)/ 2; in wide strings a word unit is a word byte with a 0
 * behind it. *Observed* with 4.5.2: outside of the object there are no word bytes. */
#include "jail/match/regex_vm.h"

#include "common/text.h"
#include "jail/match/regex_code.h"

#include <stdlib.h>
#include <string.h>

enum { NO_UNIT = -1, MATCHED = 0xffffffff, SWEEPS = 64 };

struct thread {
    uint32_t pc; /* MATCHED: the program's end was reached */
    uint32_t count;
    uint32_t from; /* where its match began; vm_search only */
    bool stay;     /* on the stack: enters the list without another look */
};

struct list {
    struct thread *items; /* LIMIT_REGEX_FIBERS of them */
    uint32_t len;
};

struct vm {
    uint64_t steps, drops;
    struct list lists[2];
    struct thread *stack;
    uint32_t stack_len, stack_cap;
    uint32_t *seen; /* per slot: the generation that saw it */
    uint32_t seen_cap, generation;
};

/* One program on one text. */
struct run {
    struct vm *vm;
    struct span code, data;
    struct code_header head;
    const struct vm_text *text;
    uint64_t origin, pos; /* in the object: where it began, where it is */
    uint64_t reach;       /* bytes from the origin */
    bool is_wide, backwards;
    int unit; /* the unit at hand, or NO_UNIT */
};

struct vm *vm_new(void)
{
    struct vm *vm = calloc(1, sizeof *vm);
    bool ok = vm != NULL;
    for (size_t i = 0; ok && i < 2; i++) {
        vm->lists[i].items = calloc(LIMIT_REGEX_FIBERS, sizeof(struct thread));
        ok = vm->lists[i].items != NULL;
    }
    if (ok)
        return vm;
    vm_free(vm);
    return NULL;
}

void vm_free(struct vm *vm)
{
    if (!vm)
        return;
    free(vm->lists[0].items);
    free(vm->lists[1].items);
    free(vm->stack);
    free(vm->seen);
    free(vm);
}

uint64_t vm_steps(const struct vm *vm)
{
    return vm->steps;
}

uint64_t vm_drops(const struct vm *vm)
{
    return vm->drops;
}

/* Finds the parts of a program; false when they do not fit. */
static bool open_program(struct run *r, struct span programs, uint32_t start)
{
    struct span whole = span_cut(programs, start, programs.len);
    if (whole.len < sizeof r->head)
        return false;
    memcpy(&r->head, whole.at, sizeof r->head);
    if (r->head.count == 0 || r->head.count > CODE_MAX || r->head.slots == 0 ||
        r->head.slots > CODE_SLOTS_MAX)
        return false;
    size_t code_len = r->head.count * sizeof(struct code);
    r->code = span_cut(whole, sizeof r->head, code_len);
    r->data = span_cut(whole, sizeof r->head + code_len, r->head.data);
    return r->code.len == code_len && r->data.len == r->head.data;
}

static bool fetch(const struct run *r, uint32_t pc, struct code *out)
{
    if (pc >= r->head.count)
        return false;
    memcpy(out, r->code.at + (size_t)pc * sizeof *out, sizeof *out);
    return true;
}

/* Room for every slot of the program; all slots unseen. */
static bool begin(struct run *r)
{
    struct vm *vm = r->vm;
    if (vm->seen_cap < r->head.slots) {
        uint32_t *seen = realloc(vm->seen, r->head.slots * sizeof *seen);
        if (!seen) {
            vm->drops++;
            return false;
        }
        memset(seen + vm->seen_cap, 0, (r->head.slots - vm->seen_cap) * sizeof *seen);
        vm->seen = seen;
        vm->seen_cap = r->head.slots;
    }
    vm->lists[0].len = vm->lists[1].len = 0;
    return true;
}

static void next_generation(struct vm *vm)
{
    if (++vm->generation != 0)
        return;
    memset(vm->seen, 0, vm->seen_cap * sizeof *vm->seen);
    vm->generation = 1;
}

static void push(struct vm *vm, struct thread t)
{
    if (vm->stack_len == vm->stack_cap) {
        uint32_t cap = vm->stack_cap ? vm->stack_cap * 2 : 64;
        struct thread *stack = realloc(vm->stack, cap * sizeof *stack);
        if (!stack) {
            vm->drops++;
            return;
        }
        vm->stack = stack;
        vm->stack_cap = cap;
    }
    vm->stack[vm->stack_len++] = t;
}

static void append(struct vm *vm, struct list *list, struct thread t)
{
    if (list->len == LIMIT_REGEX_FIBERS) {
        vm->drops++;
        return;
    }
    list->items[list->len++] = t;
}

/* The byte at `at`, or NO_UNIT where the view does not reach. */
static int byte_at(const struct run *r, uint64_t at)
{
    uint64_t i = at - r->text->base;
    return at >= r->text->base && i < r->text->view.len ? r->text->view.at[i] : NO_UNIT;
}

/* The unit that begins at `at`. */
static int unit_at(const struct run *r, uint64_t at)
{
    if (r->is_wide && byte_at(r, at + 1) != 0)
        return NO_UNIT;
    return byte_at(r, at);
}

/* Looks at the unit at `pos`; at the machine's reach no unit is seen any more. */
static void load_unit(struct run *r)
{
    uint64_t width = r->is_wide ? 2 : 1;
    uint64_t gone = r->backwards ? r->origin - r->pos : r->pos - r->origin;
    if (gone + width > r->reach || (r->backwards && r->pos < width))
        r->unit = NO_UNIT;
    else
        r->unit = unit_at(r, r->backwards ? r->pos - width : r->pos);
}

/* Moves by one unit, if there was one. */
static void move(struct run *r)
{
    uint64_t width = r->is_wide ? 2 : 1;
    if (r->unit != NO_UNIT)
        r->pos = r->backwards ? r->pos - width : r->pos + width;
    load_unit(r);
    next_generation(r->vm);
}

static bool is_word(int unit)
{
    return unit == '_' || (unit >= 0 && text_is_alnum((uint8_t)unit));
}

static bool holds(const struct run *r, uint8_t op)
{
    uint64_t width = r->is_wide ? 2 : 1;
    if (op == CODE_START || op == CODE_END)
        return op == CODE_START ? r->pos == 0 : r->pos >= r->text->size;
    bool before = r->pos >= width && is_word(unit_at(r, r->pos - width));
    bool behind = r->pos < r->text->size && is_word(unit_at(r, r->pos));
    return (before != behind) == (op == CODE_WORD);
}

static bool in_set(const struct run *r, uint32_t at)
{
    unsigned unit = (unsigned)r->unit;
    if (at > r->data.len || r->data.len - at < CODE_SET_BYTES)
        return false;
    return r->data.at[at + (unit >> 3)] >> (unit & 7) & 1;
}

/* Whether the unit at hand passes the test of a consuming instruction. */
static bool passes(const struct run *r, const struct code *c, uint32_t count)
{
    if (r->unit == NO_UNIT)
        return false;
    switch (c->op) {
    case CODE_SET:
        return in_set(r, c->x);
    case CODE_LITERAL:
        return count < c->y && c->x < r->data.len && count < r->data.len - c->x &&
               r->data.at[c->x + count] == r->unit;
    case CODE_REPEAT:
        if (c->flags & CODE_IS_SET)
            return in_set(r, c->y);
        break;
    default:
        break;
    }
    return (((unsigned)r->unit & c->mask) == c->value) != ((c->flags & CODE_NEGATED) != 0);
}

/* A REPEAT is reached with `count` units consumed: it may go on (stay), or leave, or both. */
static void reach_repeat(struct run *r, struct list *list, const struct code *c, struct thread t)
{
    uint32_t min = c->x & 0xffff, max = c->x >> 16;
    struct thread leave = {t.pc + 1, 0, t.from, false};
    struct thread stay = {t.pc, t.count, t.from, true};
    bool may_leave = t.count >= min;
    bool may_stay = (t.count < max || max == CODE_NO_MAX) && passes(r, c, t.count);
    if (may_stay && may_leave && !(c->flags & CODE_GREEDY)) {
        push(r->vm, stay);
        push(r->vm, leave);
        return;
    }
    if (may_stay)
        append(r->vm, list, stay);
    if (may_leave)
        push(r->vm, leave);
}

/* Follows one thread to the instructions that consume, most preferred first. */
static void reach_one(struct run *r, struct list *list, struct thread t)
{
    struct code c;
    if (t.stay) {
        append(r->vm, list, t);
        return;
    }
    if (!fetch(r, t.pc, &c) || c.slot >= r->head.slots || t.count >= r->head.slots - c.slot)
        return;
    uint32_t *seen = &r->vm->seen[c.slot + t.count];
    if (*seen == r->vm->generation)
        return;
    *seen = r->vm->generation;
    switch (c.op) {
    case CODE_MATCH:
        append(r->vm, list, (struct thread){MATCHED, 0, t.from, false});
        return;
    case CODE_SPLIT:
        push(r->vm, (struct thread){c.y, 0, t.from, false});
        push(r->vm, (struct thread){c.x, 0, t.from, false});
        return;
    case CODE_JUMP:
        push(r->vm, (struct thread){c.x, 0, t.from, false});
        return;
    case CODE_REPEAT:
        reach_repeat(r, list, &c, t);
        return;
    case CODE_START:
    case CODE_END:
    case CODE_WORD:
    case CODE_NOT_WORD:
        if (holds(r, c.op))
            push(r->vm, (struct thread){t.pc + 1, 0, t.from, false});
        return;
    default:
        if (passes(r, &c, t.count))
            append(r->vm, list, t);
    }
}

static void reach(struct run *r, struct list *list, struct thread t)
{
    push(r->vm, t);
    while (r->vm->stack_len) {
        r->vm->steps++;
        reach_one(r, list, r->vm->stack[--r->vm->stack_len]);
    }
}

/* The thread after consuming a unit. */
static struct thread advance(const struct run *r, struct thread t)
{
    struct code c;
    struct thread next = {t.pc + 1, 0, t.from, false};
    if (!fetch(r, t.pc, &c))
        return next;
    bool counts = c.op == CODE_REPEAT || (c.op == CODE_LITERAL && t.count + 1 < c.y);
    if (!counts)
        return next;
    /* past its lower bound a repeat without upper bound counts no further: fewer threads */
    bool is_full = c.op == CODE_REPEAT && c.x >> 16 == CODE_NO_MAX && t.count >= (c.x & 0xffff);
    return (struct thread){t.pc, is_full ? t.count : t.count + 1, t.from, false};
}

/* The only thread stands in a literal: the rest of it is compared at once. Moves on past it and
 * true, or false when this is no such place. The list is empty when the literal differs. */
static bool skip_literal(struct run *r, struct list *list, uint64_t left)
{
    struct thread t = list->items[0];
    struct code c;
    if (r->is_wide || r->backwards || !fetch(r, t.pc, &c) || c.op != CODE_LITERAL ||
        t.count >= c.y || c.y - t.count > left)
        return false;
    uint32_t rest = c.y - t.count;
    struct span want = span_cut(span_cut(r->data, c.x, c.y), t.count, rest);
    struct span have = span_cut(r->text->view, r->pos - r->text->base, rest);
    list->len = 0;
    r->vm->steps += 1 + rest / 16;
    if (want.len != rest || have.len != rest || memcmp(want.at, have.at, rest) != 0)
        return true;
    r->pos += rest;
    load_unit(r);
    next_generation(r->vm);
    reach(r, list, (struct thread){t.pc + 1, 0, t.from, false});
    return true;
}

/* The only thread stands in a repeat of any byte and still owes `count`: they are skipped. */
static bool skip_any(struct run *r, struct list *list, uint64_t left)
{
    struct thread t = list->items[0];
    struct code c;
    if (r->is_wide || r->backwards || !fetch(r, t.pc, &c) || c.op != CODE_REPEAT || c.mask != 0 ||
        c.value != 0 || c.flags & (CODE_IS_SET | CODE_NEGATED))
        return false;
    uint32_t min = c.x & 0xffff, owed = min > t.count ? min - t.count : 0;
    if (owed < 2 || owed > left)
        return false;
    list->len = 0;
    r->vm->steps++;
    if (r->pos - r->text->base > r->text->view.len ||
        r->text->view.len - (r->pos - r->text->base) < owed)
        return true;
    r->pos += owed;
    load_unit(r);
    next_generation(r->vm);
    reach(r, list, (struct thread){t.pc, min, t.from, false});
    return true;
}

static void swap(struct list **a, struct list **b)
{
    struct list *held = *a;
    *a = *b, *b = held;
}

/* Whether no word goes on at `at`, behind a match. */
static bool ends_word(const struct run *r, uint64_t at, uint32_t flags)
{
    int next = flags & PIECE_BYTE_WORDS ? byte_at(r, at) : unit_at(r, at);
    return next < 0 || !text_is_alnum((uint8_t)next);
}

uint32_t vm_match(struct vm *vm, struct span programs, uint32_t start, const struct vm_text *text,
                  uint64_t at, uint32_t flags)
{
    struct run r = {.vm = vm, .text = text, .pos = at, .origin = at, .reach = LIMIT_REGEX_BYTES};
    uint32_t best = UINT32_MAX;
    r.is_wide = (flags & PIECE_WIDE) != 0;
    if (at < text->base || !open_program(&r, programs, start) || !begin(&r))
        return best;
    struct list *now = &vm->lists[0], *next = &vm->lists[1];
    load_unit(&r);
    next_generation(vm);
    reach(&r, now, (struct thread){0});
    while (now->len) {
        uint64_t gone = r.pos - at, left = LIMIT_REGEX_BYTES - gone;
        if (now->len == 1 && now->items[0].pc != MATCHED &&
            (skip_literal(&r, now, left) || skip_any(&r, now, left)))
            continue;
        next->len = 0;
        move(&r);
        for (uint32_t i = 0; i < now->len; i++) {
            if (now->items[i].pc != MATCHED) {
                reach(&r, next, advance(&r, now->items[i]));
            } else if (!(flags & PIECE_ANY_END)) {
                best = (uint32_t)gone;
                break; /* what follows is preferred less */
            } else if (!(flags & PIECE_FULLWORD) || ends_word(&r, at + gone, flags)) {
                best = (uint32_t)gone;
            }
        }
        if (best != UINT32_MAX && (flags & (PIECE_ANY_END | PIECE_GREEDY)) == PIECE_ANY_END)
            return best; /* the first will do */
        swap(&now, &next);
    }
    return best;
}

void vm_starts(struct vm *vm, struct span programs, uint32_t start, const struct vm_text *text,
               uint64_t at, uint32_t flags, void (*found)(void *ctx, uint32_t back), void *ctx)
{
    struct run r = {.vm = vm, .text = text, .pos = at, .origin = at, .reach = LIMIT_REGEX_BYTES};
    r.backwards = true;
    r.is_wide = (flags & PIECE_WIDE) != 0;
    if (at < text->base || !open_program(&r, programs, start) || !begin(&r))
        return;
    struct list *now = &vm->lists[0], *next = &vm->lists[1];
    load_unit(&r);
    next_generation(vm);
    reach(&r, now, (struct thread){0});
    while (now->len) {
        uint64_t gone = at - r.pos;
        bool is_start = false;
        next->len = 0;
        move(&r);
        for (uint32_t i = 0; i < now->len; i++) {
            if (now->items[i].pc == MATCHED)
                is_start = true;
            else
                reach(&r, next, advance(&r, now->items[i]));
        }
        if (is_start)
            found(ctx, (uint32_t)gone);
        swap(&now, &next);
    }
}

/* least: matches that end before it are none. */
static bool search(struct vm *vm, struct span program, struct span text, uint64_t least,
                   uint64_t *at_out)
{
    struct vm_text whole = {span_cut(text, 0, UINT32_MAX), 0, text.len};
    struct run r = {.vm = vm, .text = &whole, .reach = UINT64_MAX};
    bool found = false;
    uint32_t where = 0;
    if (!open_program(&r, program, 0) || !begin(&r))
        return false;
    struct list *now = &vm->lists[0], *next = &vm->lists[1];
    for (uint64_t pos = 0;; pos++) {
        /* `now` holds threads that consumed the unit before `pos`; `next` those at `pos` */
        next->len = 0;
        r.pos = pos;
        load_unit(&r);
        next_generation(vm);
        for (uint32_t i = 0; i < now->len; i++)
            if (now->items[i].pc != MATCHED) /* one that came too early */
                reach(&r, next, advance(&r, now->items[i]));
        if (!found &&
            (pos < whole.view.len || pos == 0)) /* as YARA: $ alone fits empty text only */
            reach(&r, next, (struct thread){.from = (uint32_t)pos});
        for (uint32_t i = 0; i < next->len; i++)
            if (next->items[i].pc == MATCHED && pos >= least) {
                found = true;
                where = next->items[i].from;
                next->len = i;
            }
        if (pos >= whole.view.len || (found && (next->len == 0 || !at_out)))
            break;
        swap(&now, &next);
    }
    if (found && at_out)
        *at_out = where;
    return found;
}

bool vm_search(struct vm *vm, struct span program, struct span text, uint64_t *at_out)
{
    return search(vm, program, text, 0, at_out);
}

bool vm_search_past(struct vm *vm, struct span program, struct span text)
{
    return search(vm, program, text, 1, NULL);
}

static bool data_has(const struct run *r, uint32_t at, uint32_t len)
{
    return at <= r->data.len && len <= r->data.len - at;
}

static bool check_code(const struct run *r, const struct code *c, uint32_t pc)
{
    uint32_t width = 1;
    bool goes_on = c->op != CODE_MATCH && c->op != CODE_SPLIT && c->op != CODE_JUMP;
    if (c->op >= CODE_OP_COUNT || (goes_on && pc + 1 >= r->head.count))
        return false;
    if (c->op == CODE_SET && !data_has(r, c->x, CODE_SET_BYTES))
        return false;
    if (c->op == CODE_LITERAL) {
        width = c->y;
        if (c->y == 0 || !data_has(r, c->x, c->y))
            return false;
    }
    if (c->op == CODE_REPEAT) {
        uint32_t min = c->x & 0xffff, max = c->x >> 16;
        width = (max == CODE_NO_MAX ? min : max) + 1;
        if (min > max || min == CODE_NO_MAX)
            return false;
        if (c->flags & CODE_IS_SET && !data_has(r, c->y, CODE_SET_BYTES))
            return false;
    }
    if ((c->op == CODE_JUMP || c->op == CODE_SPLIT) && c->x >= r->head.count)
        return false;
    if (c->op == CODE_SPLIT && c->y >= r->head.count)
        return false;
    return c->slot < r->head.slots && width <= r->head.slots - c->slot;
}

bool vm_check(struct span programs, uint32_t start)
{
    struct run r = {0};
    struct code c;
    if (!open_program(&r, programs, start))
        return false;
    for (uint32_t pc = 0; pc < r.head.count; pc++)
        if (!fetch(&r, pc, &c) || !check_code(&r, &c, pc))
            return false;
    return true;
}

static bool get_bit(const uint8_t *bits, uint32_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

static bool set_bit(uint8_t *bits, uint32_t i)
{
    bool is_new = i < CODE_MAX && !get_bit(bits, i);
    if (is_new)
        bits[i >> 3] |= (uint8_t)(1u << (i & 7));
    return is_new;
}

/* Adds the units that an instruction consumes first. */
static void add_first(struct run *r, const struct code *c, uint8_t set[32])
{
    for (unsigned unit = 0; unit < 256; unit++) {
        r->unit = (int)unit;
        if (passes(r, c, 0))
            set[unit >> 3] |= (uint8_t)(1u << (unit & 7));
    }
}

/* One sweep over what is reached; *grew: more is. False when the end is reached: anything goes. */
static bool sweep_first(struct run *r, uint8_t *reached, uint8_t *done, uint8_t set[32], bool *grew)
{
    struct code c;
    for (uint32_t pc = 0; fetch(r, pc, &c); pc++) {
        if (!get_bit(reached, pc) || !set_bit(done, pc))
            continue;
        bool is_border = c.op >= CODE_START && c.op <= CODE_NOT_WORD;
        bool is_free = c.op == CODE_REPEAT && (c.x & 0xffff) == 0;
        if (c.op == CODE_MATCH || c.op >= CODE_OP_COUNT)
            return false;
        if (c.op == CODE_SPLIT || c.op == CODE_JUMP)
            *grew |= set_bit(reached, c.x);
        else if (!is_border)
            add_first(r, &c, set);
        if (c.op == CODE_SPLIT)
            *grew |= set_bit(reached, c.y);
        if (is_border || is_free)
            *grew |= set_bit(reached, pc + 1);
    }
    return true;
}

void vm_first(struct span programs, uint32_t start, uint8_t set[32])
{
    struct run r = {0};
    uint8_t reached[CODE_MAX / 8] = {1}, done[CODE_MAX / 8] = {0};
    bool grew = true, ok = open_program(&r, programs, start);
    memset(set, 0, 32);
    for (unsigned i = 0; ok && grew; i++) {
        grew = false;
        ok = i < SWEEPS && sweep_first(&r, reached, done, set, &grew);
    }
    if (!ok)
        memset(set, 0xff, 32);
}
