/* Functions of the module dex on the members that were loaded. An attacker typed their names. */
#include "jail/facts/dex_fields.h"
#include "jail/facts/fact_build.h"

/* C strings: what stands before the first NUL. */
static struct span before_nul(struct span s)
{
    return span_cut(s, 0, span_find_byte(s, 0, 0));
}

/* Whether argument `arg` fits a name; `none`: the answer for a name that is undefined. */
static bool fits(struct module_call *c, uint32_t arg, const struct fact *name, bool none)
{
    if (name->kind != FACT_STRING)
        return none;
    struct span text = before_nul(name->s);
    if (c->args[arg].kind == FACT_REGEX)
        return c->matches(c, c->args[arg].s, text, NULL);
    return span_equal(text, before_nul(c->args[arg].s));
}

/* Which arguments are for the class and the name of a method. */
enum wanted { WANT_NAME, WANT_CLASS, WANT_BOTH };

static bool fits_method(struct module_call *c, const struct fact *method, enum wanted w)
{
    const struct fact *class = fact_item(method, DEX_MEMBER_CLASS_NAME);
    const struct fact *name = fact_item(method, DEX_MEMBER_NAME);
    if (w == WANT_NAME)
        return fits(c, 0, name, false);
    if (w == WANT_CLASS)
        return fits(c, 0, class, false);
    /* A method without a class fits any: observed. */
    return fits(c, 0, class, true) && fits(c, 1, name, false);
}

static struct fact any(struct module_call *c, enum wanted w)
{
    const struct fact *count = fact_item(c->root, DEX_NUMBER_OF_METHODS);
    const struct fact *methods = fact_item(c->root, DEX_METHOD);
    if (count->kind != FACT_INT)
        return fact_undefined();
    for (uint32_t i = 0; i < methods->list.count && i < count->i; i++)
        if (fits_method(c, fact_item(methods, i), w))
            return fact_of_int(1);
    return fact_of_int(0);
}

struct fact dex_has_method_name(struct module_call *c)
{
    return any(c, WANT_NAME);
}

struct fact dex_has_method_class_name(struct module_call *c)
{
    return any(c, WANT_BOTH);
}

struct fact dex_has_method_regex(struct module_call *c)
{
    return any(c, WANT_NAME);
}

struct fact dex_has_method_class_regex(struct module_call *c)
{
    return any(c, WANT_BOTH);
}

struct fact dex_has_class_name(struct module_call *c)
{
    return any(c, WANT_CLASS);
}

struct fact dex_has_class_regex(struct module_call *c)
{
    return any(c, WANT_CLASS);
}
