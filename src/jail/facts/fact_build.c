/* Filling facts: lists, dictionaries, scalars. No input is read here. */
#include "jail/facts/fact_build.h"

struct fact_list fact_list_new(struct arena *a, const struct field *fields)
{
    return (struct fact_list){.arena = a, .fields = fields};
}

struct fact *fact_list_add(struct fact_list *list)
{
    if (list->bad || !arena_grow(list->arena, (void **)&list->items, &list->cap, list->count + 1,
                                 sizeof *list->items)) {
        list->bad = true;
        return NULL;
    }
    struct fact *f = &list->items[list->count];
    *f = fact_undefined();
    if (list->fields) {
        struct fact *made = module_struct(list->arena, list->fields);
        if (!made) {
            list->bad = true;
            return NULL;
        }
        *f = *made;
    }
    list->count++;
    return f;
}

void fact_list_end(const struct fact_list *list, struct fact *out)
{
    out->kind = FACT_ARRAY;
    out->list.items = list->items;
    out->list.count = list->count;
}

bool fact_rows(struct arena *a, const struct field *fields, uint32_t count, struct fact *out)
{
    uint32_t width = module_field_count(fields);
    uint64_t total = (uint64_t)count * width; /* two 32-bit numbers: no overflow */
    struct fact *rows = arena_array(a, struct fact, count);
    struct fact *items = total <= SIZE_MAX ? arena_array(a, struct fact, (size_t)total) : NULL;
    if (!rows || !items)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        rows[i].kind = FACT_STRUCT;
        rows[i].list.items = items + (size_t)i * width;
        rows[i].list.count = width;
        for (uint32_t k = 0; k < width; k++)
            if (fields[k].kind == FACT_FUNCTION || fields[k].kind == FACT_ARRAY)
                rows[i].list.items[k].kind = fields[k].kind;
    }
    out->kind = FACT_ARRAY;
    out->list.items = rows;
    out->list.count = count;
    return true;
}

void fact_set_int(struct fact *f, int64_t v)
{
    f->kind = FACT_INT;
    f->i = v;
}

void fact_set_span(struct fact *f, struct span s)
{
    f->kind = FACT_STRING;
    f->s = s;
}

struct fact *fact_item(const struct fact *f, uint32_t i)
{
    return &f->list.items[i];
}

int64_t fact_int(const struct fact *f, int64_t otherwise)
{
    return f->kind == FACT_INT ? f->i : otherwise;
}

struct span fact_span(const struct fact *f)
{
    return f->kind == FACT_STRING ? f->s : (struct span){NULL, 0};
}

void fact_set_hex(struct fact *f, struct arena *a, struct span bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *text = arena_alloc(a, bytes.len, 2);
    if (!text)
        return;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t b = span_byte(bytes, i);
        text[2 * i] = (uint8_t)digits[b >> 4];
        text[2 * i + 1] = (uint8_t)digits[b & 15];
    }
    fact_set_span(f, span_make(text, 2 * bytes.len));
}

bool fact_dict_put(struct fact *dict, struct arena *a, uint32_t *cap, struct span key,
                   struct span value)
{
    for (uint32_t i = 0; i < dict->dict.count; i++) {
        if (span_equal(dict->dict.entries[i].key, key)) {
            fact_set_span(&dict->dict.entries[i].value, value);
            return true;
        }
    }
    if (!arena_grow(a, (void **)&dict->dict.entries, cap, dict->dict.count + 1,
                    sizeof *dict->dict.entries))
        return false;
    struct fact_entry *e = &dict->dict.entries[dict->dict.count++];
    e->key = key;
    fact_set_span(&e->value, value);
    return true;
}

struct fact fact_undefined(void)
{
    return (struct fact){.kind = FACT_UNDEFINED};
}

struct fact fact_of_int(int64_t v)
{
    return (struct fact){.kind = FACT_INT, .i = v};
}
