#!/bin/bash
# Every fuzz target survives its seeds and a short fuzzing from a fixed seed; without clang's fuzzer, its seeds alone.
# The inputs are the same in every run, so that this test says something about the change at hand; chance is for `make fuzz`.
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
    check "$n survives a short fuzzing" timeout 300 env FUZZ_RUNS=4000 scripts/fuzz "$n" 4 "$ROOT/build-fuzz"
done
