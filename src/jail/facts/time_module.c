/* YARA's module time. The jail has no clock: the opener says one instant with each batch. */
#include "jail/facts/byte_range.h"
#include "jail/facts/modules.h"

static struct fact now(struct module_call *call)
{
    return value_int(call->now_s);
}

static const struct field fields[] = {
    {"now", FACT_FUNCTION, .signature = ">i", .call = now,
     .doc = "seconds since 1970 when this batch of files was handed over"},
    {NULL, FACT_UNDEFINED},
};

const struct module module_time = {.name = "time", .fields = fields};
