/* The module cuckoo: any bytes as the report that was given to it. */
#include "drive_facts.h"
#include "facts.h"
#include "jail/facts/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span report = span_make(data, size);
    if (json_fault(report))
        return 0;
    struct loaded l = facts_load_given("cuckoo", SPAN_OF("any"), report);
    facts_call_all(&l);
    facts_done(&l);
    return 0;
}
