/* What covers take for granted of modules: asked of the modules themselves. */
#include "jail/compile/cover_head.h"

#include "jail/facts/module.h"
#include "scan_rules.h"
#include "test.h"

/* An object of no class, and one that begins like another class than `except`. */
static const struct span objects[] = {
    SPAN_OF("hello, this is text and nothing else at all, long enough to be looked at"),
    SPAN_OF("\x7f"
            "ELF\2\1\1 not much of a program, but it begins like one and is long enough"),
    SPAN_OF("MZ is how this begins, and there is nothing behind it that a loader would take....."),
    SPAN_OF(""),
};

static bool no_match(struct module_call *call, struct span program, struct span text, uint64_t *at)
{
    (void)call;
    (void)program;
    (void)text;
    (void)at;
    return false;
}

static bool call_is_undefined(struct object *o, struct arena *a, const struct fact *root,
                              const struct field *f)
{
    struct fact args[8] = {{0}};
    uint32_t count = 0;
    for (const char *s = f->signature; *s && *s != '>'; s++, count++) {
        args[count].kind = *s == 's' ? FACT_STRING : *s == 'r' ? FACT_REGEX : FACT_INT;
        if (*s == 's')
            args[count].s = SPAN_OF("x");
    }
    struct module_call call = {.object = o,
                               .arena = a,
                               .root = root,
                               .args = args,
                               .arg_count = count,
                               .matches = no_match};
    return f->call(&call).kind == FACT_UNDEFINED;
}

/* Every field and function that cover_head_undefined speaks of, on objects of other classes. */
static unsigned check_module(const struct module *m, struct span bytes)
{
    struct object o = {.source = source_of(test_guarded(bytes))};
    struct arena *a = arena_new(0);
    struct fact *root = module_struct(a, m->fields);
    unsigned class = search_class_of(span_cut(bytes, 0, 4)), checked = 0;
    assert_non_null(root);
    assert_true(!m->load || m->load(&o, a, root, (struct span){NULL, 0}));
    struct ir_expr module = {.op = IR_MODULE, .module = m};
    for (uint32_t i = 0; m->fields[i].name; i++) {
        const struct field *f = &m->fields[i];
        struct ir_expr x = {.op = f->kind == FACT_FUNCTION ? IR_CALL : IR_FIELD,
                            .kid = {&module},
                            .field = f,
                            .i = i};
        if (!cover_head_undefined(&x, class))
            continue;
        bool undefined = f->kind == FACT_FUNCTION ? call_is_undefined(&o, a, root, f)
                         : f->kind == FACT_ARRAY  ? root->list.items[i].kind != FACT_ARRAY ||
                                                       root->list.items[i].list.count == 0
                         : f->kind == FACT_DICT ? root->list.items[i].kind != FACT_DICT ||
                                                      root->list.items[i].dict.count == 0
                                                : root->list.items[i].kind == FACT_UNDEFINED;
        if (!undefined)
            print_message("# %s.%s is defined\n", m->name, f->name);
        assert_true(undefined);
        checked++;
    }
    arena_free(a);
    return checked;
}

TEST(modules_know_nothing_of_other_classes)
{
    unsigned checked = 0;
    const struct module *m;
    for (uint32_t i = 0; (m = module_at(i)) != NULL; i++)
        for (size_t k = 0; k < sizeof objects / sizeof objects[0]; k++)
            checked += check_module(m, objects[k]);
    print_message("# %u values\n", checked);
    assert_true(checked > 50);
}
