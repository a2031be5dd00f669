/* Compiles a tree as the string of a rule and runs every piece over a text. */
#include "pattern_drive.h"

#include "jail/match/regex_vm.h"

enum { TEXT_MOST = 300 };

struct wanted {
    uint64_t back;
    bool found;
};

static void note(void *ctx, uint32_t back)
{
    struct wanted *w = ctx;
    w->found |= back == w->back;
}

static bool atom_at(const struct atom *atom, struct span text, uint64_t at)
{
    for (uint32_t i = 0; i < atom->len; i++) {
        uint8_t byte = span_byte(text, at + i);
        if (atom->nocase && byte >= 'A' && byte <= 'Z')
            byte |= 0x20;
        if (at + i >= text.len || (byte & atom->mask[i]) != atom->bytes[i])
            return false;
    }
    return true;
}

static bool leads_to(struct vm *vm, const struct pattern *p, const struct piece *piece,
                     const struct vm_text *text, uint64_t at)
{
    bool found = piece->atom_count == 0;
    for (uint32_t i = 0; i < piece->atom_count && !found; i++) {
        const struct atom *atom = &piece->atoms[i];
        if (atom->fixed)
            found = atom_at(atom, text->view, at + atom->back);
        for (uint64_t pos = at; !atom->fixed && !found && pos < text->view.len; pos++) {
            struct wanted w = {pos - at, false};
            if (atom_at(atom, text->view, pos))
                vm_starts(vm, buf_get(&p->programs), atom->reverse, text, pos, piece->flags, note,
                          &w);
            found = w.found;
        }
    }
    return found;
}

static void run_piece(struct vm *vm, const struct pattern *p, const struct piece *piece,
                      const struct vm_text *text)
{
    struct span programs = buf_get(&p->programs);
    uint64_t drops = vm_drops(vm);
    if (piece->kind != PIECE_PROGRAM)
        return;
    if (!vm_check(programs, piece->forward))
        __builtin_trap();
    for (uint64_t at = 0; at < text->view.len; at++) {
        uint32_t len = vm_match(vm, programs, piece->forward, text, at, piece->flags);
        if (len == UINT32_MAX)
            continue;
        if (len > text->view.len - at)
            __builtin_trap();
        if (!leads_to(vm, p, piece, text, at) && vm_drops(vm) == drops)
            __builtin_trap();
    }
}

void pattern_drive(struct re *tree, enum ir_string_kind kind, uint32_t flags, struct span text,
                   struct arena *a)
{
    static struct vm *vm;
    struct ir_string s = {.kind = kind, .flags = flags, .re = tree};
    struct pattern p;
    struct re_error error;
    struct vm_text t = {span_cut(text, 0, TEXT_MOST), 0, 0};
    t.size = t.view.len;
    if (!vm)
        vm = vm_new();
    if (!tree || !vm || pattern_compile(&s, a, &p, &error, NULL) != ERR_NONE)
        return;
    for (uint32_t c = 0; c < p.chain_count; c++)
        for (uint32_t i = 0; i < p.chains[c].count; i++)
            run_piece(vm, &p, &p.chains[c].pieces[i], &t);
    pattern_done(&p);
}
