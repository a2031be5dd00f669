#!/bin/bash
# doc/threats.md: every test it names exists, every promise has attackers and tests, and every scenario that attacks is in the red team's table.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

# named FILE: the tests it names, one a line.
named() { grep -oE '`tests/[a-zA-Z0-9_./]+`' "$1" | tr -d '`' | sort -u; }
named doc/threats.md >"$WORK/named"
while read -r f; do [ -f "$f" ] || echo "$f"; done <"$WORK/named" >"$WORK/missing"
[ ! -s "$WORK/missing" ] && say_ok "all $(wc -l <"$WORK/named") tests of doc/threats.md exist" || say_not_ok "not there: $(tr '\n' ' ' <"$WORK/missing")"

for n in 1 2 3 4 5 6 7; do
    awk -v n="$n" '/^## / { on = ($2 == n ".") } on' doc/threats.md >"$WORK/one"
    rows=$(grep -c '^| [^-a].*`tests/\|^| a[^t].*`tests/' "$WORK/one")
    if [ "$rows" -ge 3 ] && grep -q '^Outside:' "$WORK/one"; then say_ok "promise $n: $rows attackers with a test each, and what is outside"; else say_not_ok "promise $n: $rows attackers, or nothing outside"; fi
    awk '/^\| attacker/ { on = 1; next } !/^\|/ { on = 0 } on && !/^\|---/' "$WORK/one" | grep -v '`tests/' >"$WORK/bare"
    [ ! -s "$WORK/bare" ] || say_not_ok "promise $n: no test for $(head -n 1 "$WORK/bare")"
done
grep -oE '^[^#].* \| (system/[a-z_.]+)' tests/red_team.txt | grep -oE 'system/[a-z_.]+' | sort -u | while read -r s; do grep -qx "tests/$s" "$WORK/named" || echo "$s"; done >"$WORK/missing"
[ ! -s "$WORK/missing" ] && say_ok "what attacks in the red team's table is named here" || say_not_ok "not in doc/threats.md: $(tr '\n' ' ' <"$WORK/missing")"
