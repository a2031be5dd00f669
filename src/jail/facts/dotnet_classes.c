/* The types that a .NET file defines: names, parents, methods. An attacker typed every byte.
 * Format: ECMA-335, II.22.37 (TypeDef), II.22.26 (MethodDef), II.23.1 (flags), II.23.2.1
 * (MethodDefSig). What is skipped: YARA 4.5. */
#include "jail/facts/dotnet_tables.h"

enum { METHODS_MOST = 20000, PARAMS_MOST = 2000, SIG_GENERIC = 0x10 };

static const char *const type_visibility[8] = {"internal",
                                               "public",
                                               "public",
                                               "private",
                                               "protected",
                                               "internal",
                                               "private protected",
                                               "protected internal"};
static const char *const method_visibility[8] = {"private",  "private",   "private protected",
                                                 "internal", "protected", "protected internal",
                                                 "public",   "private"};

static void set_text(const struct fact *f, uint32_t field, struct span s)
{
    if (s.at)
        fact_set_span(fact_item(f, field), s);
}

static bool add_text(struct fact_list *list, struct span s)
{
    struct fact *f = fact_list_add(list);
    if (f)
        fact_set_span(f, s);
    return f != NULL;
}

/* Generic parameters of a type (tag 0) or method (tag 1); none at all when one has no name. */
static bool read_generics(struct dotnet *d, uint32_t owner, struct dotnet_names *out)
{
    uint32_t row = dotnet_first_row(&d->generics, owner), cap = 0;
    *out = (struct dotnet_names){NULL, 0};
    for (; row != 0 && pe_image_spend(d->img, 1); row = d->generics.next[row]) {
        struct span name = dotnet_string(d, dotnet_cell(d, DT_GENERICPARAM, row, 3));
        if (name.len == 0) {
            out->count = 0;
            return true;
        }
        if (!arena_grow(d->arena, (void **)&out->items, &cap, out->count + 1, sizeof *out->items))
            return false;
        out->items[out->count++] = name;
    }
    return true;
}

static bool set_generics(struct dotnet *d, const struct dotnet_names *names, struct fact *count,
                         struct fact *array)
{
    struct fact_list list = fact_list_new(d->arena, NULL);
    for (uint32_t i = 0; i < names->count; i++)
        if (!add_text(&list, names->items[i]))
            return false;
    fact_set_int(count, names->count);
    fact_list_end(&list, array);
    return true;
}

static bool set_parents(struct dotnet *d, uint32_t row, const struct dotnet_names *generics,
                        const struct fact *f)
{
    struct fact_list list = fact_list_new(d->arena, NULL);
    struct span parent = dotnet_type_by_index(d, dotnet_cell(d, DT_TYPEDEF, row, 3), generics);
    if (parent.at && !add_text(&list, parent))
        return false;
    uint32_t i = dotnet_first_row(&d->interfaces, row);
    for (; i != 0 && pe_image_spend(d->img, 1); i = d->interfaces.next[i]) {
        struct span name =
            dotnet_type_by_index(d, dotnet_cell(d, DT_INTERFACEIMPL, i, 1), generics);
        if (name.at && !add_text(&list, name))
            return false;
    }
    fact_set_int(fact_item(f, DOTNET_CLASS_NUMBER_OF_BASE_TYPES), list.count);
    fact_list_end(&list, fact_item(f, DOTNET_CLASS_BASE_TYPES));
    return true;
}

/* What a method's signature is read with. */
struct method {
    struct dotnet *d;
    const struct dotnet_names *class_names;
    struct dotnet_names names;
    uint32_t row, param_count;
    struct reader sig;
    struct span return_type;
};

/* MethodDefSig, up to the return type. False: none that YARA would show. */
static bool read_signature(struct method *m)
{
    struct span bytes;
    uint64_t next;
    uint64_t at = m->d->blobs.at + dotnet_cell(m->d, DT_METHODDEF, m->row, 4);
    if (!dotnet_blob(m->d, at, &bytes, &next) || bytes.len < 3)
        return false;
    m->sig = reader_of(bytes);
    if (reader_u8(&m->sig) & SIG_GENERIC)
        (void)dotnet_compressed(&m->sig);
    m->param_count = dotnet_compressed(&m->sig);
    m->return_type = dotnet_type_by_signature(m->d, &m->sig, m->class_names, &m->names);
    return m->return_type.at && m->param_count <= PARAMS_MOST;
}

static struct span made_name(struct arena *a, uint32_t index)
{
    uint8_t text[12] = "P_", n = 2;
    uint32_t unit = 1;
    while (index / unit >= 10)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        text[n++] = (uint8_t)('0' + index / unit % 10);
    return arena_copy(a, span_make(text, n));
}

/* All parameters, or false when one of them cannot be told. */
static bool read_params(struct method *m, struct fact_list *list)
{
    uint32_t first = dotnet_cell(m->d, DT_METHODDEF, m->row, 5);
    uint32_t rows = m->d->tables[DT_PARAM].rows;
    for (uint32_t i = 0; first != 0 && i < m->param_count; i++) {
        uint32_t row = first + i;
        struct span name;
        if (row < 1 || row > rows)
            name = made_name(m->d->arena, i);
        else if (dotnet_has_row(m->d, DT_PARAM, row))
            name = dotnet_string(m->d, dotnet_cell(m->d, DT_PARAM, row, 2));
        else
            return false;
        struct span type = dotnet_type_by_signature(m->d, &m->sig, m->class_names, &m->names);
        const struct fact *f = type.at ? fact_list_add(list) : NULL;
        if (!f)
            return false;
        set_text(f, DOTNET_PARAM_NAME, name);
        set_text(f, DOTNET_PARAM_TYPE, type);
    }
    return true;
}

static bool set_method(struct method *m, struct span name, const struct fact_list *params,
                       const struct fact *f)
{
    uint32_t flags = dotnet_cell(m->d, DT_METHODDEF, m->row, 2);
    if (dotnet_cell(m->d, DT_METHODDEF, m->row, 5) != 0) {
        fact_set_int(fact_item(f, DOTNET_METHOD_NUMBER_OF_PARAMETERS), params->count);
        fact_list_end(params, fact_item(f, DOTNET_METHOD_PARAMETERS));
    }
    set_text(f, DOTNET_METHOD_NAME, name);
    set_text(f, DOTNET_METHOD_VISIBILITY, span_text(method_visibility[flags & 7]));
    fact_set_int(fact_item(f, DOTNET_METHOD_STATIC), (flags & 0x10) != 0);
    fact_set_int(fact_item(f, DOTNET_METHOD_FINAL), (flags & 0x20) != 0);
    fact_set_int(fact_item(f, DOTNET_METHOD_VIRTUAL), (flags & 0x40) != 0);
    fact_set_int(fact_item(f, DOTNET_METHOD_ABSTRACT), (flags & 0x400) != 0);
    if (!span_equal(name, SPAN_OF(".ctor")) && !span_equal(name, SPAN_OF(".cctor")))
        set_text(f, DOTNET_METHOD_RETURN_TYPE, m->return_type);
    return set_generics(m->d, &m->names, fact_item(f, DOTNET_METHOD_NUMBER_OF_GENERIC_PARAMETERS),
                        fact_item(f, DOTNET_METHOD_GENERIC_PARAMETERS));
}

/* One method, when it has a name and a signature that can be told. */
static bool add_method(struct method *m, struct fact_list *list)
{
    struct span name = dotnet_string(m->d, dotnet_cell(m->d, DT_METHODDEF, m->row, 3));
    if (!dotnet_has_row(m->d, DT_METHODDEF, m->row) || name.len == 0)
        return true;
    if (!read_generics(m->d, m->row << 1 | 1, &m->names))
        return false;
    struct fact_list params = fact_list_new(m->d->arena, dotnet_param_fields);
    if (!read_signature(m) || !read_params(m, &params))
        return !params.bad;
    const struct fact *f = fact_list_add(list);
    return f && set_method(m, name, &params, f);
}

/* Methods run from this type's first to the next type's. */
static uint32_t method_count(const struct dotnet *d, uint32_t row, uint32_t first)
{
    uint32_t methods = d->tables[DT_METHODDEF].rows;
    if (row < d->tables[DT_TYPEDEF].rows) {
        uint32_t next = dotnet_cell(d, DT_TYPEDEF, row + 1, 5);
        return dotnet_has_row(d, DT_TYPEDEF, row + 1) && next >= first ? next - first : 0;
    }
    return methods >= first ? methods + 1 - first : 0;
}

static bool set_methods(struct dotnet *d, uint32_t row, const struct dotnet_names *generics,
                        const struct fact *f)
{
    uint32_t first = dotnet_cell(d, DT_TYPEDEF, row, 5), count = method_count(d, row, first);
    struct fact_list list = fact_list_new(d->arena, dotnet_method_fields);
    if (first == 0 || count > METHODS_MOST)
        return true;
    for (uint32_t i = 0; i < count && pe_image_spend(d->img, 1); i++) {
        struct method m = {.d = d, .class_names = generics, .row = first + i};
        if (m.row < first || m.row > d->tables[DT_METHODDEF].rows)
            break;
        if (!add_method(&m, &list))
            return false;
    }
    fact_set_int(fact_item(f, DOTNET_CLASS_NUMBER_OF_METHODS), list.count);
    fact_list_end(&list, fact_item(f, DOTNET_CLASS_METHODS));
    return true;
}

static void set_names(struct dotnet *d, uint32_t row, struct span name, const struct fact *f)
{
    uint32_t flags = dotnet_cell(d, DT_TYPEDEF, row, 0);
    struct span space = dotnet_string(d, dotnet_cell(d, DT_TYPEDEF, row, 2));
    size_t end = span_find_byte(name, '`', 0);
    if (dotnet_is_nested(flags))
        space = dotnet_full_name(d, space, dotnet_enclosing(d, row));
    set_text(f, DOTNET_CLASS_NAME, end == SIZE_MAX ? name : span_cut(name, 0, end));
    set_text(f, DOTNET_CLASS_NAMESPACE, space);
    set_text(f, DOTNET_CLASS_FULLNAME, dotnet_full_name(d, name, space));
    set_text(f, DOTNET_CLASS_VISIBILITY, span_text(type_visibility[flags & 7]));
    set_text(f, DOTNET_CLASS_TYPE, flags & 0x20 ? SPAN_OF("interface") : SPAN_OF("class"));
    fact_set_int(fact_item(f, DOTNET_CLASS_ABSTRACT), (flags & 0x80) != 0);
    fact_set_int(fact_item(f, DOTNET_CLASS_SEALED), (flags & 0x100) != 0);
}

static bool add_class(struct dotnet *d, uint32_t row, struct fact_list *list)
{
    struct dotnet_names generics;
    struct span name = dotnet_string(d, dotnet_cell(d, DT_TYPEDEF, row, 1));
    if (!dotnet_has_row(d, DT_TYPEDEF, row) || name.len == 0 || span_byte(name, 0) == '`' ||
        span_equal(name, SPAN_OF("<Module>")))
        return true;
    const struct fact *f = fact_list_add(list);
    if (!f)
        return false;
    set_names(d, row, name, f);
    return read_generics(d, row << 1, &generics) &&
           set_generics(d, &generics, fact_item(f, DOTNET_CLASS_NUMBER_OF_GENERIC_PARAMETERS),
                        fact_item(f, DOTNET_CLASS_GENERIC_PARAMETERS)) &&
           set_parents(d, row, &generics, f) && set_methods(d, row, &generics, f);
}

bool dotnet_classes_load(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, dotnet_class_fields);
    uint32_t types = d->tables[DT_TYPEDEF].rows, methods = d->tables[DT_METHODDEF].rows;
    uint32_t owners = 2 * (types > methods ? types : methods) + 2;
    bool ok = dotnet_index_rows(d, DT_GENERICPARAM, 2, owners, &d->generics) &&
              dotnet_index_rows(d, DT_INTERFACEIMPL, 0, types + 1, &d->interfaces) &&
              dotnet_index_rows(d, DT_NESTEDCLASS, 0, types + 1, &d->nestings);
    for (uint32_t row = 1; ok && row <= d->tables[DT_TYPEDEF].rows; row++)
        ok = !pe_image_spend(d->img, 1) || add_class(d, row, &list);
    fact_list_end(&list, fact_item(d->root, DOTNET_CLASSES));
    fact_set_int(fact_item(d->root, DOTNET_NUMBER_OF_CLASSES), list.count);
    return ok && !list.bad;
}
