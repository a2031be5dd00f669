#!/bin/bash
# Every fuzz target survives its seeds and three seconds of fuzzing; without clang's fuzzer, its seeds alone.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
names=$(sed -n "/^fuzz_targets = \[/,/\]/p" fuzz/meson.build | grep -o "'[a-z0-9_]*'" | tr -d "'")
"$BUILD/fuzz/fuzz-seeds" "$WORK/seeds" || exit 1
for n in $names; do
    seeds=$(find "$WORK/seeds/$n" "fuzz/seeds/$n" -type f 2>/dev/null)
    if [ -z "$seeds" ]; then
        say_not_ok "$n has no seeds"
        continue
    fi
    # shellcheck disable=SC2086
    check "seeds of $n replay" timeout 60 "$BUILD/fuzz/replay-$n" $seeds
done
if ! command -v clang >/dev/null; then
    skip "fuzzing" "no clang here"
    exit 0
fi
for n in $names; do
    check "$n survives 3 s of fuzzing" timeout 300 scripts/fuzz "$n" 3 "$ROOT/build-fuzz"
done
