/* Icons of a PE against ClamAV's icon signatures. An icon is told by a few of its areas: the three
 * most colourful windows of a quarter of its side, the three greyest, brightest, darkest, and those
 * with most and least edges, each with its mean and place; and by its mean colour. Two icons match
 * when most of that is near. Facts: ClamAV's manual, "Icon signatures"; *observed* with clamscan
 * 1.4.6, whose debug output prints an icon's signature. */
#ifndef CANDOR_CLAM_ICON_H
#define CANDOR_CLAM_ICON_H

#include "common/arena.h"
#include "common/limits.h"
#include "jail/match/clam_resources.h"

/* Stands for any group where a condition names one. */
enum { ICON_ANY_GROUP = 0xffff };
enum { ICON_SPOTS = 3, ICON_SIDE_MOST = 32, ICON_GROUPS = 2, ICON_GROUPS_MOST = 256 };
enum icon_kind {
    ICON_COLOUR,
    ICON_GREY,
    ICON_BRIGHT,
    ICON_DARK,
    ICON_EDGE,
    ICON_PLAIN, /* without edges */
    ICON_KINDS
};

struct icon_spot {
    uint32_t mean;
    uint16_t x, y;
};

/* A record of the image, too. An icon without colour has share 0; its colourful and grey spots are
 * then the next three with most and least edges. */
struct clam_icon {
    struct icon_spot spots[ICON_KINDS][ICON_SPOTS];
    uint32_t red, green, blue; /* how much of each, 0 to 100 */
    uint32_t share;            /* of coloured pixels, in percent */
    uint32_t side;             /* of a signature: 16, 24 or 32 */
    uint16_t groups[ICON_GROUPS];
};
_Static_assert(sizeof(struct clam_icon) == 168, "as stored");

/* A square of pixels, 0xRRGGBB, without what is above. */
struct icon_pixels {
    uint32_t side; /* 16 to 32 */
    uint32_t rgb[ICON_SIDE_MOST * ICON_SIDE_MOST];
};

enum { ICON_PIXELS_MOST = 256 * 256 };
/* clam_icon_pixels.c: the bitmap whose data entry is at `entry_rva`, made opaque on white and
 * scaled. scratch: ICON_PIXELS_MOST of them. False: none that ClamAV would look at. */
bool clam_icon_pixels(const struct clam_pe *pe, uint64_t entry_rva, uint32_t *scratch,
                      struct icon_pixels *out);
/* clam_icon_metrics.c */
void clam_icon_measure(const struct icon_pixels *pixels, struct clam_icon *out);
/* Whether an icon matches a signature, whatever their groups. */
bool clam_icon_match(const struct clam_icon *icon, const struct clam_icon *signature);

/* The icons of a program. */
struct clam_icons {
    struct clam_icon *items; /* LIMIT_CLAM_ICONS at most */
    uint32_t count;
};
/* Those of the first group of icons, as ClamAV. False: out of memory. */
bool clam_icons_read(const struct clam_pe *pe, struct arena *a, struct clam_icons *out);

#endif
