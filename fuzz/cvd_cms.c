/* Signature files beside containers, judged by a root that is made anew in each process. Traps when
 * one is believed: no fuzzer signs. */
#include "jail/compile/cvd_cms.h"

#include "drive.h"
#include "make_cms.h"

#include "common/crypto.h"

#include <stdlib.h>

static struct buf root;

static void make_root(void)
{
    struct buf unused;
    if (root.len)
        return;
    buf_init(&root, 0);
    buf_init(&unused, 0);
    if (crypto_warm(NULL) != ERR_NONE)
        abort();
    make_cms(&unused, &root, SPAN_OF("x"), 0);
    buf_done(&unused);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_root();
    struct source_file cert = {
        .name = SPAN_OF("root.pem"), .bytes = buf_get(&root), .kind = SOURCE_CERTIFICATES};
    struct compile_input in = {.files = &cert, .file_count = 1};
    struct cvd_cms got;
    if (cvd_cms_check(&in, span_make(data, size), SPAN_OF("the container"), &got, NULL) !=
            ERR_NONE ||
        got.is_right)
        __builtin_trap();
    return 0;
}
