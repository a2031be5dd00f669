/* Small hands for modules that fill their facts. */
#ifndef CANDOR_FACT_BUILD_H
#define CANDOR_FACT_BUILD_H

#include "jail/facts/module.h"

/* A list that grows in an arena while a module walks its input; `fields` is the element's table,
 * NULL for plain elements. */
struct fact_list {
    struct arena *arena;
    const struct field *fields;
    struct fact *items;
    uint32_t count, cap;
    bool bad; /* out of memory; stays true */
};

struct fact_list fact_list_new(struct arena *a, const struct field *fields);
/* A new element at the end: a struct with every item undefined, or a plain undefined fact. NULL
 * when out of memory. Valid until the next add. */
struct fact *fact_list_add(struct fact_list *list);
/* Makes `out` an ARRAY of what was added. */
void fact_list_end(const struct fact_list *list, struct fact *out);

/* Makes `out` an ARRAY of `count` structs at once, every item undefined; `fields` holds no constants
 * and no structs. False: out of memory. */
bool fact_rows(struct arena *a, const struct field *fields, uint32_t count, struct fact *out);

void fact_set_int(struct fact *f, int64_t v);
void fact_set_span(struct fact *f, struct span s);
/* Item `i` of a struct. */
struct fact *fact_item(const struct fact *f, uint32_t i);
/* Undefined becomes the default. */
int64_t fact_int(const struct fact *f, int64_t otherwise);
/* Empty when undefined. */
struct span fact_span(const struct fact *f);
/* Lower-case hexadecimal in the arena; undefined when out of memory. */
void fact_set_hex(struct fact *f, struct arena *a, struct span bytes);
/* Sets key to value, the last one wins as in YARA's dictionaries. *cap counts room in dict.entries.
 * False: out of memory. */
bool fact_dict_put(struct fact *dict, struct arena *a, uint32_t *cap, struct span key,
                   struct span value);

struct fact fact_undefined(void);
struct fact fact_of_int(int64_t v);

#endif
