/* What conditions may ask about an object beyond its bytes: YARA's modules. One file per module,
 * behind this interface; the field table gives the checker its types and doc/modules.md its text.
 */
#ifndef CANDOR_MODULE_H
#define CANDOR_MODULE_H

#include "common/arena.h"
#include "jail/object/object.h"

enum fact_kind {
    FACT_UNDEFINED,
    FACT_BOOL, /* only as a function's or an external's type; stored as int */
    FACT_INT,
    FACT_FLOAT,
    FACT_STRING,
    FACT_REGEX, /* only as an argument's type */
    FACT_STRUCT,
    FACT_ARRAY,
    FACT_DICT, /* keys are strings */
    FACT_FUNCTION
};

struct fact;
struct magic_peer;

/* Called by the condition machine. args: values as facts (INT, FLOAT, STRING, or REGEX with .s
 * holding the compiled program). Undefined arguments never reach it: the result is then undefined
 * at once. */
struct module_call {
    struct object *object;
    struct arena *arena;     /* dies with the object */
    const struct fact *root; /* the module's tree for this object, for a function at its top */
    const struct fact *self; /* the struct that holds the function: root, or deeper in it */
    const struct fact *args;
    uint32_t arg_count;
    /* regex_vm search of a REGEX argument in `text`; at_out may be NULL */
    bool (*matches)(struct module_call *call, struct span program, struct span text,
                    uint64_t *at_out);
    /* The same, and a match that ends where the text begins is none: YARA's modules take the length
     * of a match for their answer. */
    bool (*matches_past)(struct module_call *call, struct span program, struct span text);
    /* console's lines, without a newline; NULL: nobody listens */
    void (*log)(struct module_call *call, struct span text);
    const struct magic_peer *magic; /* libmagic; NULL: it is not here */
    int64_t now_s; /* seconds since 1970, as the opener said with its order: one instant a batch */
    void *ctx;     /* the engine's, for matches and log */
};
typedef struct fact module_function(struct module_call *call);

/* One row of the description tree. A struct's fields, an array's or dict's element in `kids`. */
struct field {
    const char *name; /* NULL ends a table; an element row is named "" */
    enum fact_kind kind;
    const struct field *kids; /* STRUCT: its fields; ARRAY, DICT: one row, the element */
    /* FUNCTION: argument letters then result, as "is>i" (i int, f float, s string, r regex, b
     * bool). Overloads are rows of the same name one after the other. */
    const char *signature;
    module_function *call;
    const char *doc;
    bool is_extra; /* YARA-X's, in a module that YARA has, too: not shown by -D */
    bool is_const; /* an integer constant, value below, known to the compiler */
    int64_t value;
};

/* A value. STRUCT: items follow the table's order (functions and constants have an item, too). */
struct fact {
    enum fact_kind kind; /* FACT_UNDEFINED where the object has no such thing */
    union {
        int64_t i;
        double f;
        struct span s;
        struct {
            struct fact *items;
            uint32_t count;
        } list; /* STRUCT, ARRAY */
        struct {
            struct fact_entry *entries; /* in the order they were met */
            uint32_t count;
        } dict;
    };
};

struct fact_entry {
    struct span key;
    struct fact value;
};

struct module {
    const char *name;
    const struct field *fields; /* ends with a NULL name */
    /* Fills root->list.items (already allocated, all UNDEFINED, constants set). Oddities of the
     * input leave facts undefined: never an error. False: out of memory. NULL: nothing to load. */
    bool (*load)(struct object *o, struct arena *a, struct fact *root, struct span data);
    /* What is wrong with a file that the owner gave this module; NULL: nothing. load gets only such
     * as passed. NULL for modules that take none: load gets an empty one. */
    const char *(*data_fault)(struct span data);
    /* Of a process: whether this region of its memory is the one to load. NULL: the module goes by
     * addresses and gets the process itself. */
    bool (*in_memory)(struct object *region);
};

/* NULL when there is none of that name. */
const struct module *module_find(struct span name);
/* Modules in a fixed order; NULL past the end. */
const struct module *module_at(uint32_t index);
/* Allocates a struct fact after a table: every item UNDEFINED, constants set. NULL: out of memory.
 */
struct fact *module_struct(struct arena *a, const struct field *fields);
uint32_t module_field_count(const struct field *fields);

#endif
