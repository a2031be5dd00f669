/* Signature files as ClamAV 1.5 puts them beside containers, made in code with keys that are gone
 * afterwards. */
#ifndef CANDOR_TEST_MAKE_CMS_H
#define CANDOR_TEST_MAKE_CMS_H

#include "common/buf.h"

enum make_cms_flag {
    CMS_NO_CHAIN = 1,    /* the certificate between root and signer is left out */
    CMS_OTHER_ROOT = 2,  /* the root that is given is not the one */
    CMS_OLD = 4,         /* certificates that ended in 2001 */
    CMS_NOT_FOR_MAIL = 8 /* the signer may sign code only */
};

/* Appends to `base64` the PKCS#7 of a detached signature over `whole` by "CN=Signer", issued by
 * "CN=Between" (included), issued by "CN=Root", and to `root` that one's certificate in PEM. Aborts
 * when libcrypto fails. */
void make_cms(struct buf *base64, struct buf *root, struct span whole, unsigned flags);

#endif
