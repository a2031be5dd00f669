#!/bin/bash
# gcc and clang both find nothing to say, with the warnings of meson.build made errors.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
flags=$(ninja -C "$BUILD" -t commands | grep -m1 'src/common/err.c' | grep -oE ' -(W[a-z0-9=-]+|D[A-Z_]+=?[^ ]*|std=[a-z0-9]+|f[a-z-]+)' | grep -vE 'Werror=|ffile|FORTIFY|fdiagnostics|fcolor' | tr -d "'\\\\" | tr '\n' ' ')
include="-Isrc -Iinclude -Itests/build -Itests -Ifuzz -I$BUILD/src"
for cc in gcc clang; do
    command -v $cc >/dev/null || { skip "$cc" "not here"; continue; }
    quiet=
    [ $cc = clang ] && quiet=-Wno-unknown-warning-option
    # shellcheck disable=SC2086
    git ls-files 'src/*.c' 'examples/*.c' | xargs -P 2 -n 12 $cc -fsyntax-only -Werror $quiet $flags '-DCANDOR_VERSION="x"' \
        '-DCANDOR_LIBEXEC="x"' '-DCANDOR_DATA="x"' '-DCANDOR_SYSCONF="x"' $include 2>"$WORK/$cc"
    if [ -s "$WORK/$cc" ]; then
        say_not_ok "$cc has something to say"
        grep -E 'warning|error' "$WORK/$cc" | head -n 20 | sed 's/^/# /'
    else
        say_ok "$cc finds nothing in $(git ls-files 'src/*.c' | wc -l) files"
    fi
done
