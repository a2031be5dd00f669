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
