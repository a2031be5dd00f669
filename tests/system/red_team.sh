#!/bin/bash
# candor prove --red-team: as it is installed it tries every way out and says that nothing got out; a hole planted beside it is found;
# where it is not installed, that is said. Its table names tests that exist.
. "$(dirname "$0")/lib.sh"
export TMPDIR=$WORK/tmp
mkdir -p "$WORK/bin" "$WORK/libexec/candor/red-team" "$TMPDIR" && chmod 1777 "$TMPDIR"
cp "$(realpath "$BUILD/candor")" "$WORK/bin/candor"

exits "not installed: exit code 2" 2 "$WORK/bin/candor" prove --red-team
has "and said so" "candor-red-team is not installed" "$WORK/err"

cp "$BUILD"/tests/tools/{candor-red-team,red-jail,red-zygote} "$WORK/libexec/candor/red-team"
exits "every way out is tried: exit code 0" 0 timeout 300 "$WORK/bin/candor" prove --red-team
has "nothing got out" "# nothing got out" "$WORK/out"
for cage in "scan jail" "compile jail" zygote opener; do
    line=$(grep -E "^ok - $cage: [0-9]+ acts of [0-9]+ kinds, 0 let through" "$WORK/out")
    [ -n "$line" ] && say_ok "${line#ok - }" || say_not_ok "$cage: no acts were tried"
done
kinds=$(grep -oE "^ok - scan jail: [0-9]+ acts of [0-9]+ kinds" "$WORK/out" | grep -oE '[0-9]+ kinds' | cut -d' ' -f1)
[ "${kinds:-0}" -ge 200 ] && say_ok "$kinds kinds of acts in a scan jail" || say_not_ok "only ${kinds:-0} kinds of acts"
if grep -q ': measured:' "$WORK/out"; then grep ': measured:' "$WORK/out"; else skip "bits a second" "this machine is too busy to measure them"; fi

cp "$BUILD/tests/tools/red-jail-plant-call" "$WORK/libexec/candor/red-team/red-jail"
exits "a planted hole: exit code 1" 1 timeout 300 "$WORK/bin/candor" prove --red-team
has "is named" "HOLE: getppid" "$WORK/out"
has "and summed up" "# SOMETHING GOT OUT" "$WORK/out"

grep -v '^#' "$ROOT/tests/red_team.txt" | awk -F' \\| ' '{ print $4 }' | sort -u | while read -r name _; do
    case $name in
    unit/*) [ -x "$BUILD/tests/test-${name#unit/}" ] ;;
    system/*) [ -x "$ROOT/tests/$name" ] ;;
    *) [ -x "$BUILD/tests/tools/$name" ] ;;
    esac || echo "$name"
done >"$WORK/missing"
[ ! -s "$WORK/missing" ] && say_ok "the table's tests are there: $(grep -vc '^#' "$ROOT/tests/red_team.txt") attacks" || say_not_ok "not there: $(tr '\n' ' ' <"$WORK/missing")"
check "make red-team's script is one that Python reads" python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$ROOT/scripts/red-team"
