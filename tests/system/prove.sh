#!/bin/bash
# candor prove says all is well when it is, and names what is wrong when a hole is planted: a jail with one call more, one
# descriptor, no architecture check, a shared network, no filter; another executable; a socket in the opener.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { skip "candor prove" "only root can read filters"; exit 0; }

printf 'rule marker { strings: $a = "candor-prove-marker" condition: $a }\n' >"$WORK/rule.yar"
"$CANDOR" rules build -r "$WORK/rule.yar" -o "$WORK/rules.img" >/dev/null || exit 1
sums() { (cd "$1" && for f in candor candor-jail; do printf '%s %s\n' "$(sha256sum <$f | cut -c1-64)" $f; done) >"$1/candor.sums"; }
# place NAME JAIL: a folder with all programs, JAIL as its candor-jail, and their hashes.
place() {
    mkdir "$WORK/$1"
    cp "$(realpath "$BUILD/candor")" "$BUILD/src/candor-prove" "$WORK/$1"
    cp "$2" "$WORK/$1/candor-jail"
    sums "$WORK/$1"
}
# mine FILE: the lines about the processes of our own scan; others may be running on this machine.
prove() { timeout 60 "$WORK/$1/candor" prove -r "$WORK/rules.img" >"$WORK/out" 2>"$WORK/err"; }
ours() { awk -v sum="$1" '/^candor/ { block = "" } { block = block $0 "\n" } /=> / { if (block ~ sum) printf "%s", block }' "$WORK/out"; }

place honest "$(realpath "$BUILD/candor-jail")"
prove honest
has "an honest jail may make seven calls" "7 of 1024 calls can pass, 0 by i386 or x32" "$WORK/out"
has "and cannot open a file" "cannot open a file" "$WORK/out"
has "it holds no descriptor" "0 descriptors" "$WORK/out"
mine=$(sha256sum <"$WORK/honest/candor-jail" | cut -c1-16)
ours "$mine" >"$WORK/mine"
if grep -q '(jail)' "$WORK/mine" && ! grep -q WRONG "$WORK/mine"; then say_ok "all is as promised"; else
    say_not_ok "all is as promised"
    sed 's/^/# /' "$WORK/mine" "$WORK/err" | head -n 30
fi
timeout 60 "$WORK/honest/candor" prove --json -r "$WORK/rules.img" >"$WORK/json"
check "--json is one object a line" python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$WORK/json"

# planted NAME TEXT: the red team's jail with that hole; prove must say TEXT of it.
planted() {
    [ -x "$BUILD/tests/tools/red-jail-$1" ] || { skip "planted: $1" "the red team's jail was not built"; return; }
    place "$1" "$BUILD/tests/tools/red-jail-$1"
    prove "$1"
    hash=$(sha256sum <"$WORK/$1/candor-jail" | cut -c1-16)
    ours "$hash" >"$WORK/mine"
    if grep -q "WRONG .*$2" "$WORK/mine"; then say_ok "planted and named: $1 ($(grep -m1 -o 'WRONG.*' "$WORK/mine" | cut -c8-80))"; else
        say_not_ok "planted: $1 was not named \"$2\""
        sed 's/^/# /' "$WORK/mine" "$WORK/err" | head -n 30
    fi
}
planted plant-call "it may make call"
planted plant-descriptor "descriptors; a jail has none"
planted plant-arch "by way of i386 or x32"
planted plant-net "shares our net namespace"
planted plant-argument "memory"
planted no-filter "it may make call"

place swapped "$(realpath "$BUILD/candor-jail")"
printf 'x' >>"$WORK/swapped/candor-jail"
prove swapped
has "another executable is named" "its executable is not that of the build" "$WORK/out"
