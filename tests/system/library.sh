#!/bin/bash
# libcandor as a stranger uses it: installed, found by pkg-config, the example compiled and run.
. "$(dirname "$0")/lib.sh"

env DESTDIR="$WORK/root" meson install -C "$BUILD" --no-rebuild --quiet || exit 1
libdir=$(dirname "$(find "$WORK/root" -name libcandor.so)")
export PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$WORK/root LD_LIBRARY_PATH=$libdir
check "pkg-config finds it" pkg-config --exists candor
# shellcheck disable=SC2046
check "the example compiles" cc -std=gnu11 -Wall -Wextra -Werror "$ROOT/examples/scan.c" $(pkg-config --cflags --libs candor) -o "$WORK/scan"
lines=$(wc -l <"$ROOT/examples/scan.c")
[ "$lines" -le 60 ] && say_ok "the example has at most 60 lines" || say_not_ok "the example has $lines lines"
left=$(nm -D --defined-only "$libdir/libcandor.so" | awk '{print $3}' | grep -v '^candor_' | tr '\n' ' ')
[ -z "$left" ] && say_ok "only candor_ leaves the library" || say_not_ok "also exported: $left"
printf '#include <candor.h>\nint main(void) { candor_free(candor_new()); return 0; }\n' >"$WORK/a.cc"
if command -v c++ >/dev/null; then
    # shellcheck disable=SC2046
    check "the header is C++, too" c++ -Wall -Werror "$WORK/a.cc" $(pkg-config --cflags --libs candor) -o "$WORK/a"
else
    skip "the header is C++, too" "no C++ compiler here"
fi

export CANDOR_JAIL=$WORK/root/usr/libexec/candor/candor-jail
printf 'rule marker { strings: $a = "candor-lib-marker" condition: $a }\n' >"$WORK/rule.yar"
printf 'nothing\n' >"$WORK/clean"
printf 'xx candor-lib-%s' marker >"$WORK/bad"
gzip -c "$WORK/bad" >"$WORK/bad.gz"
head -c 30 "$WORK/bad.gz" >"$WORK/cut.gz"
exits "clean: 0" 0 "$WORK/scan" "$WORK/rule.yar" "$WORK/clean"
exits "found: 1" 1 "$WORK/scan" "$WORK/rule.yar" "$WORK/bad" "$WORK/bad.gz"
has "the rule is named" "  marker " "$WORK/out"
exits "a gap is not clean" 1 "$WORK/scan" "$WORK/rule.yar" "$WORK/cut.gz"
has "the gap is named" "gap truncated" "$WORK/out"
printf 'rule broken { condition: $a }\n' >"$WORK/broken.yar"
exits "broken rules: 2" 2 "$WORK/scan" "$WORK/broken.yar" "$WORK/clean"
has "and where" "broken.yar:1:" "$WORK/err"
exits "missing rules: 2" 2 "$WORK/scan" "$WORK/none.yar" "$WORK/clean"
exits "a folder is no file" 2 "$WORK/scan" "$WORK/rule.yar" "$WORK"
