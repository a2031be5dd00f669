/* YARA's module math (documentation of 4.5, "Math module"). Two forms of most functions: over a
 * range of the object and over a string. *Observed* in YARA: the string forms of mean, deviation,
 * serial_correlation and monte_carlo_pi read bytes as signed, the range forms as unsigned;
 * percentages are computed in single precision; min and max compare as unsigned. */
#include "jail/facts/byte_range.h"
#include "jail/facts/modules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double pi = 3.141592653589793;

struct counts {
    uint64_t of[256], total;
};

static void count_piece(void *ctx, struct span bytes)
{
    struct counts *c = ctx;
    for (size_t i = 0; i < bytes.len; i++)
        c->of[span_byte(bytes, i)]++;
    c->total += bytes.len;
}

/* Counts of the range in arguments first, first+1; or of the whole object when there are none. */
static bool count_range(struct module_call *call, uint32_t first, struct counts *c)
{
    memset(c, 0, sizeof *c);
    if (call->arg_count == first) {
        int64_t size = (int64_t)call->object->source.size; /* undefined where there is no byte */
        return byte_range_each(call->object, 0, size, count_piece, c);
    }
    return byte_range_each(call->object, call->args[first].i, call->args[first + 1].i, count_piece,
                           c);
}

static double entropy_of(const struct counts *c)
{
    double sum = 0;
    for (int i = 0; i < 256; i++)
        if (c->of[i] != 0) {
            double x = (double)c->of[i] / (double)c->total;
            sum -= x * log2(x);
        }
    return sum;
}

static struct fact entropy_range(struct module_call *call)
{
    struct counts c;
    return count_range(call, 0, &c) ? value_float(entropy_of(&c)) : value_undefined();
}

static struct fact entropy_string(struct module_call *call)
{
    struct counts c = {0};
    count_piece(&c, call->args[0].s);
    return value_float(entropy_of(&c));
}

static struct fact deviation_range(struct module_call *call)
{
    struct counts c;
    double sum = 0, mean = call->args[2].f;
    memset(&c, 0, sizeof c);
    if (!byte_range_each(call->object, call->args[0].i, call->args[1].i, count_piece, &c))
        return value_undefined();
    for (int i = 0; i < 256; i++)
        sum += fabs(i - mean) * (double)c.of[i];
    return value_float(sum / (double)c.total);
}

static double as_signed(struct span s, size_t i)
{
    return (double)(int8_t)span_byte(s, i);
}

static struct fact deviation_string(struct module_call *call)
{
    struct span s = call->args[0].s;
    double sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += fabs(as_signed(s, i) - call->args[1].f);
    return value_float(sum / (double)s.len);
}

static struct fact mean_range(struct module_call *call)
{
    struct counts c;
    double sum = 0;
    if (!count_range(call, 0, &c))
        return value_undefined();
    for (int i = 0; i < 256; i++)
        sum += (double)i * (double)c.of[i];
    return value_float(sum / (double)c.total);
}

static struct fact mean_string(struct module_call *call)
{
    struct span s = call->args[0].s;
    double sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += as_signed(s, i);
    return value_float(sum / (double)s.len);
}

/* Knuth's serial correlation, as John Walker's ent computes it: the last byte is followed by the
 * first. (YARA before 4.3 took the last one twice: observed of 4.2.3.) */
struct serial {
    double first, last, products, sum, squares;
    uint64_t total;
};

static void serial_add(struct serial *s, double byte)
{
    if (s->total == 0)
        s->first = byte;
    s->products += s->last * byte;
    s->sum += byte;
    s->squares += byte * byte;
    s->last = byte;
    s->total++;
}

static void serial_piece(void *ctx, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        serial_add(ctx, span_byte(bytes, i));
}

static struct fact serial_end(struct serial *s)
{
    double n = (double)s->total, squared = s->sum * s->sum;
    s->products += s->last * s->first;
    double below = n * s->squares - squared;
    return value_float(below == 0 ? -100000 : (n * s->products - squared) / below);
}

static struct fact serial_range(struct module_call *call)
{
    struct serial s = {0};
    if (!byte_range_each(call->object, call->args[0].i, call->args[1].i, serial_piece, &s))
        return value_undefined();
    return serial_end(&s);
}

static struct fact serial_string(struct module_call *call)
{
    struct serial s = {0};
    for (size_t i = 0; i < call->args[0].s.len; i++)
        serial_add(&s, as_signed(call->args[0].s, i));
    return serial_end(&s);
}

/* Six bytes make a point; how far from pi the share inside the circle is. */
struct monte {
    double point[6];
    uint64_t have, points, inside;
};

static void monte_add(struct monte *m, double byte)
{
    static const double radius = 16777215.0; /* 256^3 - 1 */
    m->point[m->have++ % 6] = byte;
    if (m->have % 6 != 0)
        return;
    double x = 0, y = 0;
    for (int i = 0; i < 3; i++) {
        x = x * 256 + m->point[i];
        y = y * 256 + m->point[i + 3];
    }
    m->points++;
    m->inside += x * x + y * y <= radius * radius;
}

static void monte_piece(void *ctx, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        monte_add(ctx, span_byte(bytes, i));
}

static struct fact monte_end(const struct monte *m)
{
    if (m->points == 0)
        return value_undefined();
    double estimate = 4.0 * ((double)m->inside / (double)m->points);
    return value_float(fabs((estimate - pi) / pi));
}

static struct fact monte_range(struct module_call *call)
{
    struct monte m = {0};
    if (!byte_range_each(call->object, call->args[0].i, call->args[1].i, monte_piece, &m))
        return value_undefined();
    return monte_end(&m);
}

static struct fact monte_string(struct module_call *call)
{
    struct monte m = {0};
    for (size_t i = 0; i < call->args[0].s.len; i++) /* negative bytes wrap to 32 bits */
        monte_add(&m, (double)(uint32_t)(int32_t)(int8_t)span_byte(call->args[0].s, i));
    return monte_end(&m);
}

static struct fact in_range(struct module_call *call)
{
    const struct fact *a = call->args;
    return value_int(a[1].f <= a[0].f && a[0].f <= a[2].f);
}

static struct fact math_min(struct module_call *call)
{
    uint64_t a = (uint64_t)call->args[0].i, b = (uint64_t)call->args[1].i;
    return value_int((int64_t)(a < b ? a : b));
}

static struct fact math_max(struct module_call *call)
{
    uint64_t a = (uint64_t)call->args[0].i, b = (uint64_t)call->args[1].i;
    return value_int((int64_t)(a > b ? a : b));
}

static struct fact to_number(struct module_call *call)
{
    return value_int(call->args[0].i != 0);
}

static struct fact absolute(struct module_call *call)
{
    int64_t v = call->args[0].i;
    return value_int(v < 0 ? (int64_t)(0 - (uint64_t)v) : v);
}

static bool is_byte(int64_t i)
{
    return i >= 0 && i <= 255;
}

static struct fact count_byte(struct module_call *call)
{
    struct counts c;
    if (!is_byte(call->args[0].i) || !count_range(call, 1, &c))
        return value_undefined();
    return value_int((int64_t)c.of[(uint8_t)call->args[0].i]);
}

static struct fact percentage(struct module_call *call)
{
    struct counts c;
    if (!is_byte(call->args[0].i) || !count_range(call, 1, &c))
        return value_undefined();
    return value_float((float)c.of[(uint8_t)call->args[0].i] / (float)c.total);
}

static struct fact mode(struct module_call *call)
{
    struct counts c;
    if (!count_range(call, 0, &c))
        return value_undefined();
    int most = 0;
    for (int i = 0; i < 256; i++)
        if (c.of[i] > c.of[most])
            most = i;
    return value_int(most);
}

static struct fact to_string(struct module_call *call)
{
    char text[32];
    long long v = (long long)call->args[0].i;
    int64_t base = call->arg_count > 1 ? call->args[1].i : 10;
    if (base != 8 && base != 10 && base != 16)
        return value_undefined();
    (void)snprintf(text, sizeof text, base == 8 ? "%llo" : base == 16 ? "%llx" : "%lld", v);
    return value_text(call, span_text(text));
}

static const struct field fields[] = {
    {"MEAN_BYTES", FACT_FLOAT, .doc = "127.5, the mean of random bytes"},
    {"in_range", FACT_FUNCTION, .signature = "fff>i", .call = in_range,
     .doc = "1 when the first lies between the others"},
    {"deviation", FACT_FUNCTION, .signature = "iif>f", .call = deviation_range,
     .doc = "mean distance of the bytes at offset, size from a mean"},
    {"deviation", FACT_FUNCTION, .signature = "sf>f", .call = deviation_string,
     .doc = "the same of a string"},
    {"mean", FACT_FUNCTION, .signature = "ii>f", .call = mean_range,
     .doc = "mean of the bytes at offset, size"},
    {"mean", FACT_FUNCTION, .signature = "s>f", .call = mean_string, .doc = "mean of a string"},
    {"serial_correlation", FACT_FUNCTION, .signature = "ii>f", .call = serial_range,
     .doc = "how far a byte follows from the one before, at offset, size"},
    {"serial_correlation", FACT_FUNCTION, .signature = "s>f", .call = serial_string,
     .doc = "the same of a string"},
    {"monte_carlo_pi", FACT_FUNCTION, .signature = "ii>f", .call = monte_range,
     .doc = "distance from pi of the Monte Carlo estimate, at offset, size"},
    {"monte_carlo_pi", FACT_FUNCTION, .signature = "s>f", .call = monte_string,
     .doc = "the same of a string"},
    {"entropy", FACT_FUNCTION, .signature = "ii>f", .call = entropy_range,
     .doc = "bits per byte at offset, size"},
    {"entropy", FACT_FUNCTION, .signature = "s>f", .call = entropy_string,
     .doc = "bits per byte of a string"},
    {"min", FACT_FUNCTION, .signature = "ii>i", .call = math_min, .doc = "the smaller, unsigned"},
    {"max", FACT_FUNCTION, .signature = "ii>i", .call = math_max, .doc = "the larger, unsigned"},
    {"to_number", FACT_FUNCTION, .signature = "b>i", .call = to_number, .doc = "1 for true"},
    {"abs", FACT_FUNCTION, .signature = "i>i", .call = absolute, .doc = "without the sign"},
    {"count", FACT_FUNCTION, .signature = "iii>i", .call = count_byte,
     .doc = "how often a byte occurs at offset, size"},
    {"count", FACT_FUNCTION, .signature = "i>i", .call = count_byte,
     .doc = "how often a byte occurs"},
    {"percentage", FACT_FUNCTION, .signature = "iii>f", .call = percentage,
     .doc = "the same as a share of 1"},
    {"percentage", FACT_FUNCTION, .signature = "i>f", .call = percentage,
     .doc = "the same over the whole object"},
    {"mode", FACT_FUNCTION, .signature = "ii>i", .call = mode,
     .doc = "the most frequent byte at offset, size"},
    {"mode", FACT_FUNCTION, .signature = ">i", .call = mode, .doc = "the most frequent byte"},
    {"to_string", FACT_FUNCTION, .signature = "i>s", .call = to_string, .doc = "in decimal"},
    {"to_string", FACT_FUNCTION, .signature = "ii>s", .call = to_string,
     .doc = "in base 8, 10 or 16"},
    {NULL, FACT_UNDEFINED},
};

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    (void)o, (void)a, (void)data;
    root->list.items[0] = value_float(127.5);
    return true;
}

const struct module module_math = {.name = "math", .fields = fields, .load = load};
