/* The metadata tables of a .NET file (ECMA-335, II.22 and II.24): where each table lies and how
 * wide its columns are, and the heaps that the columns point into. */
#ifndef CANDOR_DOTNET_TABLES_H
#define CANDOR_DOTNET_TABLES_H

#include "jail/facts/dotnet_fields.h"
#include "jail/facts/fact_build.h"
#include "jail/facts/pe_image.h"

/* ECMA-335, II.22, and the undocumented pointer tables. */
enum dotnet_table {
    DT_MODULE = 0x00,
    DT_TYPEREF = 0x01,
    DT_TYPEDEF = 0x02,
    DT_FIELD = 0x04,
    DT_METHODDEF = 0x06,
    DT_PARAM = 0x08,
    DT_INTERFACEIMPL = 0x09,
    DT_MEMBERREF = 0x0a,
    DT_CONSTANT = 0x0b,
    DT_CUSTOMATTRIBUTE = 0x0c,
    DT_MODULEREF = 0x1a,
    DT_TYPESPEC = 0x1b,
    DT_FIELDRVA = 0x1d,
    DT_ASSEMBLY = 0x20,
    DT_ASSEMBLYREF = 0x23,
    DT_MANIFESTRESOURCE = 0x28,
    DT_NESTEDCLASS = 0x29,
    DT_GENERICPARAM = 0x2a,
    DT_COUNT = 0x2d
};

enum { DT_COLUMNS = 9 };

struct dotnet_layout {
    uint64_t at; /* file offset of the first row */
    uint32_t rows, row_bytes;
    uint8_t column_at[DT_COLUMNS], column_bytes[DT_COLUMNS];
    bool known; /* reached before a table that is too large or unknown */
};

struct dotnet_heap {
    uint64_t at; /* file offset */
    uint32_t size;
    bool known;
};

/* Rows of a table by what one of their columns says, in the order of rows. */
struct dotnet_index {
    uint32_t *first, *next; /* by key; by row. 0 ends a chain */
    uint32_t keys;
};

struct dotnet {
    struct pe_image *img;
    struct arena *arena;
    struct fact *root;
    uint64_t metadata_at;
    uint32_t resources_rva;
    struct dotnet_heap tables_heap, strings, blobs, guids, user_strings;
    struct dotnet_layout tables[DT_COUNT];
    uint32_t claims[DT_COUNT];                          /* rows that the header claims */
    bool complete;                                      /* all tables were laid out */
    struct dotnet_index generics, interfaces, nestings; /* built by dotnet_classes_load */
};

/* Reads the #~ header and lays out the tables. False: there is none. */
bool dotnet_tables_read(struct dotnet *d);
/* True when row `row` (1-based) lies in the file. */
bool dotnet_has_row(const struct dotnet *d, enum dotnet_table t, uint32_t row);
/* A column of a row; 0 when it lies outside the table or the file. */
uint32_t dotnet_cell(const struct dotnet *d, enum dotnet_table t, uint32_t row, uint32_t column);
/* Chains the rows of a table by a column, for keys below `keys`. O(rows). False: out of memory. */
bool dotnet_index_rows(const struct dotnet *d, enum dotnet_table t, uint32_t column, uint32_t keys,
                       struct dotnet_index *out);
/* The first row of a key, or 0. */
uint32_t dotnet_first_row(const struct dotnet_index *index, uint32_t key);
/* A text of the #Strings heap without its NUL; .at NULL when there is none or it is longer than
 * 1024. */
struct span dotnet_string(const struct dotnet *d, uint32_t index);
/* An entry of a heap of blobs at a file offset: length, then bytes. False: cut short. */
bool dotnet_blob(const struct dotnet *d, uint64_t at, struct span *bytes, uint64_t *next);

/* Fills what the tables other than those of types say. False: out of memory. */
bool dotnet_rows_load(struct dotnet *d);
/* Fills `classes`. False: out of memory. */
bool dotnet_classes_load(struct dotnet *d);

struct dotnet_names {
    struct span *items;
    uint32_t count;
};
/* The name of a type by a TypeDefOrRef index, or as a signature at *sig says, which is moved on.
 * .at is NULL when there is none (or no memory). */
struct span dotnet_type_by_index(struct dotnet *d, uint32_t coded,
                                 const struct dotnet_names *class_names);
struct span dotnet_type_by_signature(struct dotnet *d, struct reader *sig,
                                     const struct dotnet_names *class_names,
                                     const struct dotnet_names *method_names);
/* A compressed number of a signature, II.23.2; 0, and nothing read, when it is cut short. */
uint32_t dotnet_compressed(struct reader *sig);
/* "space.name", cut at the count of generic parameters. .at NULL when both are missing. */
struct span dotnet_full_name(struct dotnet *d, struct span name, struct span space);
/* The full name of whatever a nested type lies in; .at NULL when nothing. */
struct span dotnet_enclosing(struct dotnet *d, uint32_t typedef_row);
bool dotnet_is_nested(uint32_t flags);

#endif
