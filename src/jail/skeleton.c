/* Stand-ins until patterns and the regex machine are merged; deleted function by function. */
#include "jail/compile/compile.h"
#include "jail/compile/search_emit.h"
#include "jail/match/regex_vm.h"

#include <stdlib.h>
#include <string.h>

/* ---- patterns */
enum err pattern_compile(const struct ir_string *s, struct arena *a, struct pattern *out, struct re_error *error, struct why *why)
{ (void)s; (void)a; (void)out; (void)error; return fail(why, ERR_UNSUPPORTED, "no patterns yet"); }
void pattern_done(struct pattern *p) { buf_done(&p->programs); }
enum err pattern_compile_regex(struct re *re, uint32_t f, struct buf *program, struct why *why)
{ (void)re; (void)f; (void)program; return fail(why, ERR_UNSUPPORTED, "no patterns yet"); }

/* The machine of regex_vm.h: the commit that brings it deletes these. */
struct vm { uint64_t steps; };
struct vm *vm_new(void) { return calloc(1, sizeof(struct vm)); }
void vm_free(struct vm *vm) { free(vm); }
uint64_t vm_steps(const struct vm *vm) { return vm->steps; }
uint32_t vm_match(struct vm *vm, struct span programs, uint32_t start, const struct vm_text *text, uint64_t at, uint32_t flags)
{ (void)vm; (void)programs; (void)start; (void)text; (void)at; (void)flags; return UINT32_MAX; }
void vm_starts(struct vm *vm, struct span programs, uint32_t start, const struct vm_text *text, uint64_t at, uint32_t flags, void (*found)(void *ctx, uint32_t back), void *ctx)
{ (void)vm; (void)programs; (void)start; (void)text; (void)at; (void)flags; (void)found; (void)ctx; }
bool vm_check(struct span programs, uint32_t start) { (void)programs; (void)start; return false; }
void vm_first(struct span programs, uint32_t start, uint8_t set[32])
{ (void)programs; (void)start; for (int i = 0; i < 32; i++) set[i] = 0; }
bool vm_search(struct vm *vm, struct span p, struct span t, uint64_t *at) { (void)vm; (void)p; (void)t; (void)at; return false; }
