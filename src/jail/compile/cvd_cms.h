/* The signature of a container in a file of its own, NAME-VERSION.cvd.sign: PKCS#7, judged by the
 * owner's certificates alone. */
#ifndef CANDOR_CVD_CMS_H
#define CANDOR_CVD_CMS_H

#include "jail/compile/compile.h"

/* The level of ClamAV that such files first ask for; we answer for that, too. */
enum { CVD_CMS_LEVEL = 220 };

struct cvd_cms {
    bool is_right;
    char signer[200];   /* the common names, escaped; "" when it is not right */
    const char *reason; /* why it is not; static */
};

/* `sign`: that file; `whole`: the container, header and all. The input's certificates (kind
 * SOURCE_CERTIFICATES) are the roots; when they were valid is not asked, for there is no clock.
 * ERR: a certificate file of the owner's cannot be read, or out of memory. */
enum err cvd_cms_check(const struct compile_input *in, struct span sign, struct span whole,
                       struct cvd_cms *out, struct why *why);

#endif
