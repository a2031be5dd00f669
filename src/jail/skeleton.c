/* Stand-ins until the engine is merged; deleted function by function. */
#include "jail/compile/compile.h"
#include "jail/match/engine.h"
#include "jail/match/ruleset.h"

enum err compile_run(const struct compile_input *in, struct buf *image, struct compile_stats *stats, struct why *why)
{ (void)in; (void)image; (void)stats; return fail(why, ERR_UNSUPPORTED, "no compiler yet"); }
enum err ruleset_check(struct span image, struct why *why) { (void)image; (void)why; return ERR_NONE; }
enum err engine_open(struct engine **out, struct span image, struct engine_options options, struct why *why)
{ (void)out; (void)image; (void)options; return fail(why, ERR_UNSUPPORTED, "no engine yet"); }
void engine_close(struct engine *e) { (void)e; }
enum err engine_scan(struct engine *e, struct object *o, struct budget *b, const struct sink *s, struct why *why)
{ (void)e;(void)o;(void)b;(void)s;(void)why; return ERR_NONE; }
struct rule_info engine_rule(const struct engine *e, uint32_t rule) { (void)e;(void)rule; return (struct rule_info){0}; }
struct span engine_string_name(const struct engine *e, uint32_t s) { (void)e;(void)s; return (struct span){0}; }

/* The machine of regex_vm.h: the commit that brings it deletes these. */
#include "jail/match/regex_vm.h"
#include <stdlib.h>
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
