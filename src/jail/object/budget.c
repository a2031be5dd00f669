/* Budgets: plain counting, with the arithmetic that cannot overflow. */
#include "jail/object/budget.h"

#include "common/reader.h"

void budget_init(struct budget *b)
{
    *b = (struct budget){
        .object_bytes = LIMIT_OBJECT_BYTES,
        .total_bytes = LIMIT_TOTAL_BYTES,
        .held_bytes = LIMIT_HELD_BYTES,
        .objects = LIMIT_OBJECTS,
        .depth = LIMIT_DEPTH,
        .steps = LIMIT_STEPS,
    };
}

/* used + n <= ceiling, without overflow. */
static bool fits(uint64_t used, uint64_t n, uint64_t ceiling)
{
    return used <= ceiling && n <= ceiling - used;
}

bool budget_charge(struct budget *b, uint64_t so_far, uint64_t n)
{
    if (!fits(b->total_used, n, b->total_bytes)) {
        b->spent = true;
        return false;
    }
    if (!fits(so_far, n, b->object_bytes))
        return false;
    b->total_used += n;
    return true;
}

void budget_refund(struct budget *b, uint64_t n)
{
    b->total_used -= n < b->total_used ? n : b->total_used;
}

bool budget_hold(struct budget *b, uint64_t n)
{
    if (!fits(b->held_used, n, b->held_bytes))
        return false;
    b->held_used += n;
    return true;
}

void budget_release(struct budget *b, uint64_t n)
{
    b->held_used -= n < b->held_used ? n : b->held_used;
}

bool budget_object(struct budget *b)
{
    if (b->objects_used >= b->objects) {
        b->spent = true;
        return false;
    }
    b->objects_used++;
    return true;
}

bool budget_steps(struct budget *b, uint64_t n)
{
    if (!fits(b->steps_used, n, b->steps)) {
        b->spent = true;
        return false;
    }
    b->steps_used += n;
    return true;
}
