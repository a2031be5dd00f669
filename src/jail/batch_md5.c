/* Which files of a batch are worth an MD5, longest first. Bytes are the files': any. */
#include "jail/batch_md5.h"

void batch_md5_make(struct batch_md5 *out, const struct engine *e, const struct span *files,
                    uint32_t count)
{
    struct span items[BATCH_MD5_MAX];
    uint32_t owner[BATCH_MD5_MAX], wanted = 0;
    for (uint32_t i = 0; i < count; i++) {
        out->of[i] = NULL;
        if (files[i].len == 0 || !engine_wants_md5(e, files[i].len))
            continue;
        uint32_t place = wanted++;
        for (; place > 0 && items[place - 1].len < files[i].len; place--) {
            items[place] = items[place - 1];
            owner[place] = owner[place - 1];
        }
        items[place] = files[i];
        owner[place] = i;
    }
    md5_lanes_hash(md5_lanes_best(), items, wanted, out->digests);
    for (uint32_t k = 0; k < wanted; k++)
        out->of[owner[k]] = out->digests[k];
}
