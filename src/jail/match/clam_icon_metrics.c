/* What an icon is told by. Reads pixels only. The arithmetic is ClamAV's, *observed*: roundings,
 * single-precision constants and oddities decide whether two icons are near enough. */
#include "jail/match/clam_icon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIXELS = ICON_SIDE_MOST * ICON_SIDE_MOST,
    VIVID = 85, /* saturation and value of a coloured pixel are above */
    SHARE_LEAST = 5,
    EDGES_MOST = 2 * ICON_SPOTS,
    COLOUR_MOST = 4072
};

/* A value for each pixel, and its sum over the window that begins there. */
struct plane {
    uint32_t side, window;
    uint32_t value[PIXELS], sum[PIXELS];
};

static void sum_windows(struct plane *p)
{
    uint32_t last = p->side - p->window;
    for (uint32_t y = 0; y <= last; y++)
        for (uint32_t x = 0; x <= last; x++) {
            uint32_t sum = 0;
            for (uint32_t i = 0; i < p->window * p->window; i++)
                sum += p->value[(y + i / p->window) * p->side + x + i % p->window];
            p->sum[y * p->side + x] = sum;
        }
}

static bool overlaps(const struct icon_spot *s, uint32_t count, uint32_t x, uint32_t y,
                     uint32_t window)
{
    for (uint32_t i = 0; i < count; i++)
        if (x + window > s[i].x && x < s[i].x + window && y + window > s[i].y &&
            y < s[i].y + window)
            return true;
    return false;
}

/* The windows with the largest or smallest sums that do not overlap, the first of equals. The last
 * row and the last two columns are not looked at. */
static void extremes(const struct plane *p, bool largest, uint32_t count, struct icon_spot *out)
{
    for (uint32_t i = 0; i < count; i++) {
        struct icon_spot *s = &out[i];
        *s = (struct icon_spot){.mean = largest ? 0 : UINT32_MAX};
        for (uint32_t y = 0; y < p->side - p->window; y++)
            for (uint32_t x = 0; x < p->side - 1 - p->window; x++) {
                uint32_t sum = p->sum[y * p->side + x];
                if ((largest ? sum > s->mean : sum < s->mean) && !overlaps(out, i, x, y, p->window))
                    *s = (struct icon_spot){sum, (uint16_t)x, (uint16_t)y};
            }
    }
    for (uint32_t i = 0; i < count; i++)
        out[i].mean /= p->window * p->window;
}

struct colour {
    uint32_t red, green, blue, saturation, value, spread;
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static struct colour colour_of(uint32_t rgb)
{
    struct colour c = {.red = rgb >> 16 & 0xff, .green = rgb >> 8 & 0xff, .blue = rgb & 0xff};
    c.value = most(c.red, most(c.green, c.blue));
    c.spread = c.value - least(c.red, least(c.green, c.blue));
    c.saturation = c.spread ? 255 * c.spread / c.value : 0;
    return c;
}

/* 100 for two equal parts beside the one at hand. */
static uint32_t purity(uint32_t a, uint32_t b, uint32_t spread)
{
    return 100 - 100 * (a > b ? a - b : b - a) / spread;
}

static void count_colour(const struct colour *c, struct clam_icon *out)
{
    if (c->saturation <= VIVID || c->value <= VIVID)
        return;
    out->share++;
    out->red += purity(c->green, c->blue, c->spread);
    out->green += purity(c->red, c->blue, c->spread);
    out->blue += purity(c->red, c->green, c->spread);
}

static void mean_colour(uint32_t pixels, struct clam_icon *out)
{
    if (out->share * 100 / pixels <= SHARE_LEAST) {
        out->share = out->red = out->green = out->blue = 0;
        return;
    }
    out->red /= out->share;
    out->green /= out->share;
    out->blue /= out->share;
    out->share = out->share * 100 / pixels;
}

static void measure_colour(const struct icon_pixels *pixels, struct plane *p, struct clam_icon *out)
{
    uint32_t count = pixels->side * pixels->side;
    for (uint32_t i = 0; i < count; i++) {
        struct colour c = colour_of(pixels->rgb[i]);
        p->value[i] = (uint32_t)sqrt(c.saturation * c.saturation * c.value);
        count_colour(&c, out);
    }
    sum_windows(p);
    extremes(p, true, ICON_SPOTS, out->spots[ICON_COLOUR]);
    extremes(p, false, ICON_SPOTS, out->spots[ICON_GREY]);
    for (uint32_t i = 0; i < count; i++)
        p->value[i] = colour_of(pixels->rgb[i]).value;
    sum_windows(p);
    extremes(p, true, ICON_SPOTS, out->spots[ICON_BRIGHT]);
    extremes(p, false, ICON_SPOTS, out->spots[ICON_DARK]);
    mean_colour(count, out);
}

/* sRGB to linear light, IEC 61966-2-1. */
static double linear(double v)
{
    v /= 255.0f;
    v = v > 0.04045f ? pow((v + 0.055f) / 1.055f, 2.4f) : v / 12.92f;
    return v * 100.0f;
}

/* CIE 1976 L*a*b*, the function of a ratio to white. */
static double curve(double t)
{
    return t > 0.008856f ? pow(t, 1.0f / 3.0f) : 7.787f * t + 16.0f / 116.0f;
}

/* How far a colour is from a middle grey in L*a*b*. */
static double from_grey(uint32_t rgb)
{
    const double grey_l = 53.192777691077211f, grey_a = 0.0031420942181448197f,
                 grey_b = -0.0062075877844014471f;
    double r = linear(rgb >> 16 & 0xff), g = linear(rgb >> 8 & 0xff), b = linear(rgb & 0xff);
    double x = curve((r * 0.4124f + g * 0.3576f + b * 0.1805f) / 95.047f);
    double y = curve((r * 0.2126f + g * 0.7152f + b * 0.0722f) / 100.000f);
    double z = curve((r * 0.0193f + g * 0.1192f + b * 0.9505f) / 108.883f);
    double l = 116.0f * y - 16.0f, a = 500.0f * (x - y), c = 200.0f * (y - z);
    return sqrt((grey_l - l) * (grey_l - l) + (grey_a - a) * (grey_a - a) +
                (grey_b - c) * (grey_b - c));
}

/* Sobel's gradient at a pixel that is not at the border. */
static uint32_t gradient(const double *at, uint32_t side)
{
    const double *up = at - side, *down = at + side;
    double gx = up[-1], gy = up[-1];
    gx += at[-1] * 2;
    gx += down[-1];
    gx -= up[1];
    gx -= at[1] * 2;
    gx -= down[1];
    gy += up[0] * 2;
    gy += up[1];
    gy -= down[-1];
    gy -= down[0] * 2;
    gy -= down[1];
    return (uint32_t)sqrt(gx * gx + gy * gy);
}

static bool is_border(uint32_t i, uint32_t side)
{
    return i % side == 0 || i % side == side - 1 || i < side || i >= side * (side - 1);
}

/* Edges, 0 to 255, black at the border. An icon without any keeps its blue. */
static void find_edges(const struct icon_pixels *pixels, struct plane *p)
{
    double grey[PIXELS];
    uint32_t side = pixels->side, strongest = 0;
    for (uint32_t i = 0; i < side * side; i++)
        grey[i] = from_grey(pixels->rgb[i]);
    for (uint32_t i = 0; i < side * side; i++) {
        p->value[i] = is_border(i, side) ? 0 : gradient(grey + i, side);
        strongest = most(strongest, p->value[i]);
    }
    for (uint32_t i = 0; i < side * side; i++)
        if (!is_border(i, side))
            p->value[i] = strongest ? p->value[i] * 255 / strongest : pixels->rgb[i] & 0xff;
}

/* 1 2 1 across, then down; down, the row above is the blurred one already. */
static void blur(struct plane *p)
{
    uint32_t across[PIXELS] = {0}, side = p->side;
    for (uint32_t i = 0; i < side * side; i++)
        if (!is_border(i, side))
            across[i] = (p->value[i - 1] + 2 * p->value[i] + p->value[i + 1]) / 4;
    for (uint32_t i = 0; i < side * side; i++)
        if (!is_border(i, side)) {
            across[i] = (across[i - side] + 2 * across[i] + across[i + side]) / 4;
            p->value[i] = across[i];
        }
}

static void measure_edges(const struct icon_pixels *pixels, struct plane *p, struct clam_icon *out)
{
    struct icon_spot edges[EDGES_MOST], plain[EDGES_MOST];
    uint32_t count = out->share ? ICON_SPOTS : EDGES_MOST;
    find_edges(pixels, p);
    blur(p);
    sum_windows(p);
    extremes(p, true, count, edges);
    extremes(p, false, count, plain);
    memcpy(out->spots[ICON_EDGE], edges, sizeof out->spots[ICON_EDGE]);
    memcpy(out->spots[ICON_PLAIN], plain, sizeof out->spots[ICON_PLAIN]);
    for (uint32_t i = 0; i < ICON_SPOTS && !out->share; i++) {
        out->spots[ICON_COLOUR][i] = edges[i + ICON_SPOTS];
        out->spots[ICON_GREY][i] = edges[i + ICON_SPOTS]; /* the place, too: *observed* */
        out->spots[ICON_GREY][i].mean = plain[i + ICON_SPOTS].mean;
    }
}

void clam_icon_measure(const struct icon_pixels *pixels, struct clam_icon *out)
{
    struct plane p = {.side = pixels->side, .window = pixels->side / 4};
    *out = (struct clam_icon){.side = pixels->side};
    measure_colour(pixels, &p, out);
    measure_edges(pixels, &p, out);
}

/* How near each spot of `a` is to the nearest of `b`, 0 to 100, on average. */
static uint32_t nearness(uint32_t side, const struct icon_spot *a, const struct icon_spot *b,
                         uint32_t count, uint32_t range)
{
    uint32_t reach = side / 4 * 3 / 4, sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t best = 0;
        for (uint32_t j = 0; j < count; j++) {
            int dx = a[i].x - b[j].x, dy = a[i].y - b[j].y;
            uint32_t away = (uint32_t)sqrt(dx * dx + dy * dy);
            if (away > reach || (uint32_t)abs((int)(a[i].mean - b[j].mean)) > range / 5)
                continue;
            best = most(best, 100 - away * 60 / reach);
        }
        sum += best;
    }
    return sum / count;
}

static uint32_t near_kind(const struct clam_icon *icon, const struct clam_icon *s,
                          enum icon_kind kind, uint32_t range)
{
    return nearness(icon->side, icon->spots[kind], s->spots[kind], ICON_SPOTS, range);
}

/* Of icons without colour: six spots at once. */
static uint32_t near_both(const struct clam_icon *icon, const struct clam_icon *s,
                          enum icon_kind first, enum icon_kind second)
{
    struct icon_spot a[EDGES_MOST], b[EDGES_MOST];
    memcpy(a, icon->spots[first], sizeof icon->spots[first]);
    memcpy(a + ICON_SPOTS, icon->spots[second], sizeof icon->spots[second]);
    memcpy(b, s->spots[first], sizeof s->spots[first]);
    memcpy(b + ICON_SPOTS, s->spots[second], sizeof s->spots[second]);
    return nearness(icon->side, a, b, EDGES_MOST, 255);
}

static uint32_t near_number(uint32_t a, uint32_t b)
{
    uint32_t away = (a > b ? a - b : b - a) * 10;
    return away < 100 ? 100 - away : 0;
}

bool clam_icon_match(const struct clam_icon *icon, const struct clam_icon *s)
{
    if (icon->side / 8 != s->side / 8)
        return false;
    uint32_t bright = near_kind(icon, s, ICON_BRIGHT, 255);
    uint32_t dark = near_kind(icon, s, ICON_DARK, 255);
    if (!icon->share && !s->share) {
        uint32_t edge = near_both(icon, s, ICON_EDGE, ICON_COLOUR);
        uint32_t plain = near_both(icon, s, ICON_PLAIN, ICON_GREY);
        return (bright + dark + edge * 2 + plain) / 6 >= 70;
    }
    uint32_t colour = 0, grey = 0;
    if (icon->share && s->share) {
        colour = near_kind(icon, s, ICON_COLOUR, COLOUR_MOST);
        grey = near_kind(icon, s, ICON_GREY, COLOUR_MOST);
    }
    uint32_t edge = near_kind(icon, s, ICON_EDGE, 255), plain = near_kind(icon, s, ICON_PLAIN, 255);
    uint32_t mean = (near_number(icon->red, s->red) + near_number(icon->green, s->green) +
                     near_number(icon->blue, s->blue) + near_number(icon->share, s->share)) /
                    4;
    uint32_t sure = (colour + (grey + bright + plain) * 2 / 3 + dark + edge + mean) / 6;
    return sure >= 64 + 4 * (4 - s->side / 8);
}
