#!/bin/bash
# candor prove says all is well when it is, and names what is wrong when a hole is planted: in a jail, a zygote, an
# opener, a door, a keeper; another executable. As an ordinary user it says what it cannot see.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { skip "candor prove" "only root can read filters"; exit 0; }

printf 'rule marker { strings: $a = "candor-prove-marker" condition: $a }\n' >"$WORK/rule.yar"
"$CANDOR" rules build -r "$WORK/rule.yar" -o "$WORK/rules.img" >/dev/null || exit 1
chmod 644 "$WORK/rules.img"
# place NAME [PROGRAM=FILE]...: a folder with all programs, some replaced, and their hashes.
place() {
    mkdir "$WORK/$1" && cd "$WORK/$1" || exit 1
    cp "$(realpath "$BUILD/candor")" "$(realpath "$BUILD/candor-jail")" "$BUILD/src/candor-prove" "$BUILD/src/candor-door" .
    shift
    for other; do cp "${other#*=}" "${other%%=*}"; done
    [ ! -x "$BUILD/src/candor-courier" ] || cp -n "$BUILD/src/candor-courier" .
    for f in candor candor-jail candor-door candor-courier; do [ ! -f $f ] || printf '%s %s\n' "$(sha256sum <$f | cut -c1-64)" $f; done >candor.sums
    cd "$ROOT" || exit 1
}
# Others may be running on this machine: `ours` are those blocks whose executable is in this folder.
mine() {
    awk -v list="$(cut -c1-16 "$WORK/$1/candor.sums" | tr '\n' ' ')" 'BEGIN { n = split(list, sums) }
        /^candor/ { block = "" } { block = block $0 "\n" }
        /^    verdict/ { for (i = 1; i <= n; i++) if (block ~ sums[i]) { printf "%s", block; break } }' "$WORK/out" >"$WORK/mine"
}
prove() {
    timeout 100 "$WORK/$1/candor-prove" -r "$WORK/rules.img" >"$WORK/out" 2>"$WORK/err"
    code=$?
    mine "$1"
}

place honest
prove honest
for role in opener zygote jail; do has "it looks at the $role" "($role)" "$WORK/mine"; done
has "an honest jail may make seven calls, by one machine's numbers" "3 filters; 7 of 1024 calls can pass, 0 by i386 or x32" "$WORK/mine"
has "and cannot open a file" "cannot open a file" "$WORK/mine"
has "it holds no descriptor" "sees   it holds no descriptor" "$WORK/mine"
check "Landlock is tried" grep -Eq 'Landlock: open a folder, its filter suspended: (refused|not in this kernel)' "$WORK/mine"
if [ "$(grep -c verdict "$WORK/mine")" -ge 3 ] && ! grep -q WRONG "$WORK/mine"; then say_ok "all is as promised: $(grep -c verdict "$WORK/mine") processes"; else
    say_not_ok "all is as promised"
    grep -E '^candor|WRONG|verdict' "$WORK/mine" | cat - "$WORK/err" | sed 's/^/# /' | head -n 30
fi
want=0
grep -q '^    unseen' "$WORK/out" && want=3
grep -q '^    WRONG' "$WORK/out" && want=1 # somebody else's: another build runs here, too
[ "$code" = "$want" ] && say_ok "the exit code is that of what it saw: $code" || say_not_ok "exit code $code, not $want"
timeout 60 "$WORK/honest/candor" prove --json -r "$WORK/rules.img" >"$WORK/json"
check "--json is one object a line" python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$WORK/json"
check "prove.c is at most 500 lines and includes nothing of ours" sh -c '[ "$(wc -l <"$1")" -le 500 ] && ! grep -q "#include \"" "$1"' sh "$ROOT/src/prove/prove.c"

# Another's scan, which waits for standard input: it is looked at, and never made to try.
mkfifo "$WORK/held"
"$WORK/honest/candor" scan --no-ledger --no-progress --quiet -r "$WORK/rules.img" - <"$WORK/held" >"$WORK/held.out" 2>&1 &
held=$!
exec 9>"$WORK/held"
for i in $(seq 1 100); do
    [ -n "$(cat /proc/$held/task/$held/children 2>/dev/null)" ] && break
    sleep 0.1
done
sleep 0.5
prove honest
zygote=$(tr -d ' ' </proc/$held/task/$held/children)
awk -v pid="$zygote" '/^candor/ { on = $2 == pid } on' "$WORK/out" >"$WORK/other"
grep -q verdict "$WORK/other" && ! grep -q suspended "$WORK/other" && say_ok "another's zygote is looked at, nothing is put into it" || {
    say_not_ok "another's zygote is not only looked at"
    sed 's/^/# /' "$WORK/other" | tail -n 8
}
printf 'candor-prove-%s\n' marker >&9
exec 9>&-
wait $held
held=$?
[ "$held" = 1 ] && say_ok "and its scan ends as it should: found" || say_not_ok "another's scan ended with $held: $(head -c 300 "$WORK/held.out")"

# Rules that were never compiled: the jails that are looked at are the scan's, not the compiler's.
# So many that the compiler is met at work.
awk -v seed="$(date +%s%N)" 'BEGIN { for (i = 0; i < 9000; i++) printf "rule never_%d { strings: $a = \"never-%s-%d\" $b = /n[0-9]{2,5}x%d[a-f]+/ condition: any of them }\n", i, seed, i, i }' >"$WORK/never.yar"
timeout 100 "$WORK/honest/candor" prove -r "$WORK/never.yar" >"$WORK/out" 2>"$WORK/err"
mine honest
[ "$(grep -c verdict "$WORK/mine")" -ge 3 ] && ! grep -q WRONG "$WORK/mine" && say_ok "with rules that were never compiled it looks at the scan's jails, not the compiler's" || {
    say_not_ok "with rules that were never compiled it looks at others than the scan's jails"
    grep -E '^candor|WRONG' "$WORK/mine" | sed 's/^/# /'
}

chmod 755 "$WORK/honest"
timeout 60 setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent "$WORK/honest/candor-prove" -r "$WORK/rules.img" >"$WORK/out" 2>&1
code=$?
if [ "$code" = 3 ] || grep -q WRONG "$WORK/out"; then say_ok "an ordinary user is told what is not seen, exit code $code"; else say_not_ok "an ordinary user gets $code"; fi
has "filters are among it" "unseen its filters" "$WORK/out"

# planted NAME PROGRAM=FILE TEXT: prove must say TEXT of it.
planted() {
    [ -x "${2#*=}" ] || { say_not_ok "planted: $1: it was not built"; return; }
    place "$1" "$2"
    [ -z "${4:-}" ] || "$4" "$1"
    prove "$1"
    [ -z "${5:-}" ] || "$5"
    if grep -Eq "(WRONG|weak) .*$3" "$WORK/mine"; then
        say_ok "planted and named: $1 ($(grep -Em1 -o "(WRONG|weak) .*$3.*" "$WORK/mine" | cut -c8-90))"
        named=$((named + 1))
    else
        say_not_ok "planted: $1 was not named \"$3\""
        grep -E '^candor|WRONG|verdict' "$WORK/mine" | cat - "$WORK/err" | sed 's/^/# /' | head -n 30
    fi
}
named=0
jail() { planted "$1" "candor-jail=$BUILD/tests/tools/red-jail-$1" "$2"; }
jail plant-call "it may make call 110"
jail plant-argument "it can move memory to a place of its choice"
jail plant-arch "calls can pass, [1-9][0-9]* by i386 or x32"
jail no-filter "it can open a file"
jail plant-one-filter-less "2 filters; it should be under 3"
jail plant-descriptor "not so: it holds no descriptor"
jail plant-file "not so: it holds pipes, memory and rules only"
jail plant-net-outside "not so: its net, mnt, ipc, pid and user namespaces are its own"
jail plant-capabilities "not so: it has no capability"
jail plant-wx "not so: no memory is writable and executable"
jail plant-code "not so: no code is in no file"
jail plant-clock "not so: it has no clock"
jail plant-window "not so: the window is not writable"
jail plant-limits-outside "not so: its limits are 0"
jail plant-tsc "time stamps, its filter suspended: done"
if grep -q 'Landlock.*refused' "$WORK/mine"; then jail plant-landlock-outside "Landlock: open a folder, its filter suspended: done"; else skip "planted: Landlock" "this kernel has none"; fi
if grep -q 'MDWE.*refused' "$WORK/mine"; then jail plant-mdwe "MDWE: make memory executable, its filter suspended: done"; else skip "planted: MDWE" "this kernel has none"; fi
opener() { planted "opener-$1" "candor=$BUILD/tests/tools/candor-plant-$1" "$2"; }
opener x32 "calls can pass, [1-9][0-9]* by i386 or x32"
opener talk "it can make a socket, connect or send"
opener new-privs "not so: no-new-privs is set"
opener socket "not so: it holds no socket"
if grep -q "sees   its capabilities are over files" "$WORK/mine"; then opener admin "not so: its capabilities are over files"; else skip "planted: an opener that may mount" "this place has no user namespaces"; fi

# A door, its keeper, their zygote and jails.
start_door() {
    "$WORK/$1/candor-door" --foreground --socket "$WORK/$1/door.sock" -r "$WORK/rules.img" >"$WORK/$1/door.log" 2>&1 &
    door=$!
    for _ in $(seq 200); do
        pgrep -P "$(pgrep -P $door | head -n 1 || echo 0)" >/dev/null 2>&1 && [ -S "$WORK/$1/door.sock" ] && break
        sleep 0.1
    done
    sleep 0.5
}
stop_door() { kill "$door" && wait "$door" 2>/dev/null; }
place door-honest
start_door door-honest
prove door-honest
stop_door
for role in door keeper; do has "it looks at the $role" "($role)" "$WORK/mine"; done
if grep -q '(door)' "$WORK/mine" && ! grep -q WRONG "$WORK/mine"; then say_ok "with a door all is as promised: $(grep -c verdict "$WORK/mine") processes"; else
    say_not_ok "with a door all is as promised"
    grep -E '^candor|WRONG|verdict' "$WORK/mine" | sed 's/^/# /' | head -n 30
fi
planted door-opens "candor-door=$BUILD/tests/tools/door-plant-opens" "it can open a file" start_door stop_door
planted keeper-socket "candor-door=$BUILD/tests/tools/door-plant-socket" "not so: it holds one socket" start_door stop_door

# A courier whose mirror, on loopback, says nothing.
start_courier() {
    mkdir "$WORK/$1/inbox"
    python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); c = s.accept(); open(sys.argv[1], "w").close(); time.sleep(60)' "$WORK/$1/asked" >"$WORK/$1/port" &
    world=$!
    for _ in $(seq 100); do [ -s "$WORK/$1/port" ] && break; sleep 0.1; done
    "$WORK/$1/candor-courier" --inbox "$WORK/$1/inbox" --mirror "http://127.0.0.1:$(cat "$WORK/$1/port")/" >/dev/null 2>&1 &
    courier=$!
    for _ in $(seq 100); do [ -f "$WORK/$1/asked" ] && break; sleep 0.1; done
}
stop_courier() { kill "$courier" "$world" && wait "$courier" "$world" 2>/dev/null; }
if [ -x "$BUILD/src/candor-courier" ]; then
    place courier-honest
    start_courier courier-honest
    prove courier-honest
    stop_courier
    has "it looks at the courier" "(courier)" "$WORK/mine"
    if grep -q '(courier)' "$WORK/mine" && ! grep -q WRONG "$WORK/mine"; then say_ok "with a courier all is as promised: $(grep -c verdict "$WORK/mine") processes"; else
        say_not_ok "with a courier all is as promised"
        grep -E '^candor|WRONG|verdict' "$WORK/mine" | sed 's/^/# /' | head -n 30
    fi
    planted courier-runs "candor-courier=$BUILD/tests/tools/courier-plant-runs" "it can run a program" start_courier stop_courier
else
    skip "the courier" "it was not built: no libcurl"
fi

place swapped
printf 'x' >>"$WORK/swapped/candor-jail"
prove swapped
has "another executable is named" "its executable is not that of the build" "$WORK/out"
named=$((named + 1))
if [ "$named" -ge 20 ]; then say_ok "$named planted regressions are named"; else say_not_ok "only $named planted regressions are named"; fi
