/* The module dex: tables and class members of Dalvik executables. An attacker typed every byte.
 * Format: Dalvik Executable format, source.android.com. When loading ends, and with what left
 * undefined: YARA 4.5. */
#include "jail/facts/dex_fields.h"
#include "jail/facts/dex_image.h"
#include "jail/facts/fact_build.h"
#include "jail/facts/modules.h"
#include "jail/facts/whole_bytes.h"

enum {
    MAGIC_BYTES = 8,
    SIGNATURE_BYTES = 20,
    CODE_BYTES = 16,
    MAP_ITEM_BYTES = 12,
    COLUMNS_MOST = 8
};

/* What is filled, and where the members of classes go. */
struct dex_load {
    struct dex_image d;
    struct arena *arena;
    struct fact *root;
    struct fact_list fields, methods, class_data;
    uint32_t field_count, method_count; /* read wholly: a list may hold one more */
    uint64_t steps;                     /* of LIMIT_DEX_STEPS */
};

/* One after the other, until one says that nothing follows. */
enum outcome { GO_ON, ENOUGH, NO_MEMORY };

static void set(const struct fact *f, uint32_t field, uint64_t v)
{
    fact_set_int(fact_item(f, field), (int64_t)v);
}

static void set_header(struct dex_load *l)
{
    const struct fact *h = fact_item(l->root, DEX_HEADER);
    struct reader r = reader_of(l->d.data);
    fact_set_span(fact_item(h, DEX_HEADER_MAGIC), reader_take(&r, MAGIC_BYTES));
    set(h, DEX_HEADER_CHECKSUM, reader_u32le(&r));
    fact_set_span(fact_item(h, DEX_HEADER_SIGNATURE), reader_take(&r, SIGNATURE_BYTES));
    for (uint32_t i = DEX_HEADER_FILE_SIZE; i <= DEX_HEADER_DATA_OFFSET; i++)
        set(h, i, reader_u32le(&r));
}

static uint32_t at_most(uint32_t count, uint32_t most)
{
    return count < most ? count : most;
}

static enum outcome load_strings(struct dex_load *l)
{
    const struct dex_table *t = &l->d.strings;
    struct fact *list = fact_item(l->root, DEX_STRING_IDS);
    uint32_t kept = at_most(t->count, (uint32_t)LIMIT_DEX_STRINGS);
    if (!dex_image_has(&l->d, t->at, (uint64_t)t->count * 4))
        return ENOUGH;
    if (!fact_rows(l->arena, dex_string_fields, kept, list))
        return NO_MEMORY;
    for (uint32_t i = 0; i < kept; i++) {
        struct dex_string s;
        const struct fact *f = fact_item(list, i);
        if (!dex_image_string(&l->d, i, &s))
            continue;
        set(f, DEX_STRING_OFFSET, s.at);
        set(f, DEX_STRING_SIZE, s.size);
        fact_set_span(fact_item(f, DEX_STRING_VALUE), s.value);
    }
    return GO_ON;
}

/* A table of numbers: bytes of each column, a 0 at the end. */
struct columns {
    const struct field *fields;
    uint8_t widths[COLUMNS_MOST + 1];
};

static const struct columns types = {dex_type_fields, {4}};
static const struct columns protos = {dex_proto_fields, {4, 4, 4}};
static const struct columns field_ids = {dex_field_id_fields, {2, 2, 4}};
static const struct columns method_ids = {dex_method_id_fields, {2, 2, 4}};
static const struct columns map_items = {dex_map_item_fields, {2, 2, 4, 4}};
static const struct columns classes = {dex_class_fields, {4, 4, 4, 4, 4, 4, 4, 4}};

static void read_row(struct reader *r, const struct columns *c, const struct fact *f)
{
    for (uint32_t k = 0; c->widths[k]; k++)
        set(f, k, c->widths[k] == 2 ? reader_u16le(r) : reader_u32le(r));
}

static enum outcome load_rows(struct dex_load *l, const struct dex_table *t,
                              const struct columns *c, struct fact *list)
{
    uint32_t bytes = 0, kept = at_most(t->count, (uint32_t)LIMIT_DEX_ROWS);
    for (uint32_t k = 0; c->widths[k]; k++)
        bytes += c->widths[k];
    if (!dex_image_has(&l->d, t->at, (uint64_t)t->count * bytes))
        return ENOUGH;
    if (!fact_rows(l->arena, c->fields, kept, list))
        return NO_MEMORY;
    struct reader r = reader_from(l->d.data, t->at);
    for (uint32_t i = 0; i < kept; i++)
        read_row(&r, c, fact_item(list, i));
    return GO_ON;
}

static enum outcome load_types(struct dex_load *l)
{
    return load_rows(l, &l->d.types, &types, fact_item(l->root, DEX_TYPE_IDS));
}

static enum outcome load_protos(struct dex_load *l)
{
    return load_rows(l, &l->d.protos, &protos, fact_item(l->root, DEX_PROTO_IDS));
}

static enum outcome load_field_ids(struct dex_load *l)
{
    return load_rows(l, &l->d.fields, &field_ids, fact_item(l->root, DEX_FIELD_IDS));
}

static enum outcome load_method_ids(struct dex_load *l)
{
    return load_rows(l, &l->d.methods, &method_ids, fact_item(l->root, DEX_METHOD_IDS));
}

/* A map that is shorter than the file but runs past its end is read as far as it goes: observed. */
static enum outcome load_map(struct dex_load *l)
{
    const struct fact *map = fact_item(l->root, DEX_MAP_LIST);
    struct dex_table t;
    if (l->d.map_at == 0 || !span_u32le(l->d.data, l->d.map_at, &t.count))
        return GO_ON;
    t.at = l->d.map_at + 4; /* in the file, which is shorter than 4 GiB here */
    set(map, DEX_MAP_SIZE, t.count);
    if ((uint64_t)t.count * MAP_ITEM_BYTES + 4 > l->d.data.len)
        return ENOUGH;
    uint32_t whole = at_most(t.count, (uint32_t)((l->d.data.len - t.at) / MAP_ITEM_BYTES));
    bool is_cut = whole < t.count;
    t.count = whole;
    enum outcome o = load_rows(l, &t, &map_items, fact_item(map, DEX_MAP_ITEM));
    return o == GO_ON && is_cut ? ENOUGH : o;
}

static void set_name(const struct fact *f, uint32_t field, struct span name)
{
    if (name.at)
        fact_set_span(fact_item(f, field), name);
}

static void set_names(const struct fact *f, const struct dex_names *n)
{
    set_name(f, DEX_MEMBER_CLASS_NAME, n->class_name);
    set_name(f, DEX_MEMBER_NAME, n->name);
    set_name(f, DEX_MEMBER_PROTO, n->proto);
}

/* code_item, without tries and handlers. */
static void set_code(struct dex_load *l, uint32_t at, const struct fact *f)
{
    if (at == 0 || !dex_image_has(&l->d, at, CODE_BYTES))
        return;
    struct reader r = reader_from(l->d.data, at);
    for (uint32_t i = 0; i < DEX_CODE_INSNS_SIZE; i++)
        set(f, i, i < 4 ? reader_u16le(&r) : reader_u32le(&r));
    uint32_t units = reader_u32le(&r);
    set(f, DEX_CODE_INSNS_SIZE, units);
    struct span code = reader_take(&r, 2 * (uint64_t)units);
    if (!r.bad)
        fact_set_span(fact_item(f, DEX_CODE_INSNS), code);
}

/* Element `count` of a list, made when it is not there yet. NULL: out of memory. */
static const struct fact *element(struct fact_list *list, uint32_t count)
{
    return count < list->count ? &list->items[count] : fact_list_add(list);
}

/* Members of one kind inside class_data_item. */
struct members {
    struct reader *r;
    enum dex_member kind;
    uint32_t count;
    bool is_first; /* static fields, direct methods */
};

/* Ends at the first that cannot be followed; what was read of it stays as one element more. */
static bool read_member(struct dex_load *l, const struct members *m, uint32_t *index)
{
    bool is_field = m->kind == DEX_OF_FIELDS;
    uint32_t *count = is_field ? &l->field_count : &l->method_count;
    struct reader ahead = *m->r;
    uint32_t diff = dex_uleb(&ahead), flags = dex_uleb(&ahead);
    uint32_t code = is_field ? 0 : dex_uleb(&ahead);
    struct dex_names names;
    if (ahead.bad || reader_left(m->r) < (is_field ? 8 : 12) || *count >= LIMIT_DEX_ROWS)
        return false;
    const struct fact *f = element(is_field ? &l->fields : &l->methods, *count);
    if (!f)
        return false;
    set(f, DEX_MEMBER_IDX_DIFF, diff);
    set(f, DEX_MEMBER_ACCESS_FLAGS, flags);
    set(f, DEX_MEMBER_FIRST_KIND, m->is_first);
    set(f, DEX_MEMBER_SECOND_KIND, !m->is_first);
    if (!is_field)
        set(f, DEX_METHOD_CODE_OFF, code);
    *index += diff;
    if (!dex_image_names(&l->d, m->kind, *index, &names))
        return false;
    set_names(f, &names);
    if (!is_field)
        set_code(l, code, fact_item(f, DEX_METHOD_CODE_ITEM));
    *m->r = ahead;
    (*count)++;
    return true;
}

static void read_members(struct dex_load *l, const struct members *m)
{
    uint32_t index = 0;
    for (uint32_t i = 0; i < m->count && l->steps < LIMIT_DEX_STEPS; i++) {
        l->steps++;
        if (!read_member(l, m, &index))
            break;
    }
}

static enum outcome load_class_data(struct dex_load *l, uint32_t at)
{
    uint32_t counts[4];
    if (at == 0)
        return GO_ON;
    struct reader r = reader_from(l->d.data, at);
    bool fits = dex_image_has(&l->d, at, 4 * sizeof(uint32_t));
    for (uint32_t i = 0; i < 4; i++)
        counts[i] = dex_uleb(&r);
    if (!fits || r.bad)
        return ENOUGH;
    const struct fact *f = fact_list_add(&l->class_data);
    for (uint32_t i = 0; f && i < 4; i++)
        set(f, i, counts[i]);
    const struct members parts[] = {{&r, DEX_OF_FIELDS, counts[0], true},
                                    {&r, DEX_OF_FIELDS, counts[1], false},
                                    {&r, DEX_OF_METHODS, counts[2], true},
                                    {&r, DEX_OF_METHODS, counts[3], false}};
    for (uint32_t i = 0; i < 4; i++)
        read_members(l, &parts[i]);
    return l->class_data.bad || l->fields.bad || l->methods.bad ? NO_MEMORY : GO_ON;
}

static enum outcome load_classes(struct dex_load *l)
{
    struct fact_list list = fact_list_new(l->arena, dex_class_fields);
    const struct dex_table *t = &l->d.classes;
    enum outcome end = GO_ON;
    if (!dex_image_has(&l->d, t->at, (uint64_t)t->count * 32))
        return ENOUGH;
    struct reader r = reader_from(l->d.data, t->at);
    for (uint32_t i = 0; end == GO_ON && i < at_most(t->count, (uint32_t)LIMIT_DEX_ROWS); i++) {
        const struct fact *f = fact_list_add(&list);
        if (!f)
            return NO_MEMORY;
        read_row(&r, &classes, f);
        end = load_class_data(l, (uint32_t)fact_item(f, DEX_CLASS_DATA_OFFSET)->i);
    }
    fact_list_end(&list, fact_item(l->root, DEX_CLASS_DEFS));
    return end;
}

static enum outcome load_tables(struct dex_load *l)
{
    static enum outcome (*const parts[])(struct dex_load *) = {
        load_strings, load_types, load_protos, load_field_ids, load_method_ids, load_map,
    };
    enum outcome o = GO_ON;
    for (size_t i = 0; o == GO_ON && i < sizeof parts / sizeof parts[0]; i++)
        o = parts[i](l);
    return o;
}

static bool load_members(struct dex_load *l)
{
    l->fields = fact_list_new(l->arena, dex_field_fields);
    l->methods = fact_list_new(l->arena, dex_method_fields);
    l->class_data = fact_list_new(l->arena, dex_class_data_fields);
    enum outcome o = load_classes(l);
    fact_list_end(&l->fields, fact_item(l->root, DEX_FIELD));
    fact_list_end(&l->methods, fact_item(l->root, DEX_METHOD));
    fact_list_end(&l->class_data, fact_item(l->root, DEX_CLASS_DATA_ITEM));
    if (o == GO_ON) {
        set(l->root, DEX_NUMBER_OF_METHODS, l->method_count);
        set(l->root, DEX_NUMBER_OF_FIELDS, l->field_count);
    }
    return o != NO_MEMORY;
}

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    static const struct span magics[DEX_VERSIONS] = {
        SPAN_OF("dex\n035\0"), SPAN_OF("dex\n036\0"), SPAN_OF("dex\n037\0"),
        SPAN_OF("dex\n038\0"), SPAN_OF("dex\n039\0"),
    };
    struct dex_load *l = arena_new_of(a, struct dex_load);
    struct span bytes;
    (void)data; /* -x of yara: this module takes none */
    for (uint32_t i = 0; i < DEX_VERSIONS; i++)
        fact_set_span(fact_item(root, DEX_MAGIC_035 + i), magics[i]);
    if (!l)
        return false;
    if (!span_equal(source_view(&o->source, 0, 4), SPAN_OF("dex\n")))
        return true;
    if (!whole_bytes(&o->source, a, &bytes))
        return false;
    l->arena = a;
    l->root = root;
    if (!dex_image_read(&l->d, bytes))
        return true;
    set_header(l);
    enum outcome end = load_tables(l);
    bool ok = end == GO_ON ? load_members(l) : end != NO_MEMORY;
    o->source.facts_cut |= l->steps >= LIMIT_DEX_STEPS;
    return ok;
}

static bool is_dex(struct object *region)
{
    return span_equal(source_view(&region->source, 0, 4), SPAN_OF("dex\n"));
}

const struct module module_dex = {
    .name = "dex", .fields = dex_fields, .load = load, .in_memory = is_dex};
