/* What one top-level file may cost: output, parts, depth, memory, steps. Charged before the work.
 */
#ifndef CANDOR_BUDGET_H
#define CANDOR_BUDGET_H

#include "common/limits.h"

#include <stdbool.h>

struct budget {
    uint64_t object_bytes, total_bytes, held_bytes; /* ceilings */
    uint64_t objects, depth, steps;                 /* ceilings */
    uint64_t total_used, held_used, objects_used, steps_used;
    bool spent; /* total output, objects or steps ran out; stays true: no further part is opened */
};

/* All ceilings from limits.def. */
void budget_init(struct budget *b);
/* Charges n bytes of unpacked output of a part that already has `so_far` bytes. Call before
 * writing. returns  true while inside the limits. False by the part's own ceiling leaves the rest
 * of the scan going; false by the total sets `spent`. */
bool budget_charge(struct budget *b, uint64_t so_far, uint64_t n);
/* Gives back what was charged and not written. */
void budget_refund(struct budget *b, uint64_t n);
/* Memory held for a part; false when there is no more. budget_release gives it back. */
bool budget_hold(struct budget *b, uint64_t n);
void budget_release(struct budget *b, uint64_t n);
/* One more object; false past the limit, then `spent`. */
bool budget_object(struct budget *b);
/* n machine steps; false past the limit, then `spent`. */
bool budget_steps(struct budget *b, uint64_t n);

#endif
