#!/bin/bash
# One scan, by users and in places of every kind: it works, or refuses with a reason and exit code 2. Never a hang,
# never a silent half.
. "$(dirname "$0")/lib.sh"
HERE=$WORK/here # what a stranger may read: the build folder may lie where nobody may go
mkdir -p "$HERE/files" "$WORK/tmp" && chmod 1777 "$WORK/tmp"
export TMPDIR=$WORK/tmp HOME=$WORK/tmp XDG_CACHE_HOME=$WORK/tmp
cp "$BUILD/src/candor" "$BUILD/src/candor-jail" "$HERE/"
printf 'rule marker { strings: $a = "CANDOR-MARKER" condition: $a }\n' >"$HERE/rules.yar"
for n in $(seq 1 150); do printf 'number %s\n' "$n" >"$HERE/files/$n"; done
printf 'a CANDOR-MARKER in it\n' >"$HERE/files/marked"
gzip -k "$HERE/files/marked"
head -c 20000000 /dev/zero >"$HERE/files/large"
chmod -R a+rX "$WORK"
SCAN="$HERE/candor scan --no-ledger -r $HERE/rules.yar $HERE/files"

# works NAME COMMAND...: exit code 1, both marked files found, all files looked at.
works() {
    works_name=$1
    shift
    timeout 120 "$@" >"$WORK/out" 2>"$WORK/err"
    works_code=$?
    if [ $works_code = 1 ] && [ "$(grep -c ': FOUND marker' "$WORK/out")" = 2 ] && grep -q '^files *153 (151 clean, 2 found, 0 with gaps, 0 errors)' "$WORK/out"; then
        say_ok "$works_name works; $(grep -o '^cage.*' "$WORK/out" | tr -s ' ')"
    else
        say_not_ok "$works_name: exit code $works_code"
        sed 's/^/# /' "$WORK/out" "$WORK/err" | head -n 30
    fi
}
# works_or_refuses NAME COMMAND...: as works, or exit code 2 with a reason on standard error.
works_or_refuses() {
    refuses_name=$1
    shift
    timeout 120 "$@" >"$WORK/out" 2>"$WORK/err"
    refuses_code=$?
    if [ $refuses_code = 2 ] && grep -q '^candor: ' "$WORK/err"; then
        say_ok "$refuses_name is refused: $(grep -m1 '^candor: ' "$WORK/err")"
    elif [ $refuses_code = 1 ] && [ "$(grep -c ': FOUND marker' "$WORK/out")" = 2 ]; then
        say_ok "$refuses_name works"
    else
        say_not_ok "$refuses_name: exit code $refuses_code"
        sed 's/^/# /' "$WORK/out" "$WORK/err" | head -n 30
    fi
}
# refuses NAME COMMAND...: exit code 2 with a reason.
refuses() {
    refuses_only=$1
    shift
    timeout 120 "$@" >"$WORK/out" 2>"$WORK/err"
    refuses_code=$?
    if [ $refuses_code = 2 ] && grep -q '^candor: ' "$WORK/err"; then
        say_ok "$refuses_only: $(grep -m1 '^candor: ' "$WORK/err")"
    else
        say_not_ok "$refuses_only: exit code $refuses_code"
        sed 's/^/# /' "$WORK/out" "$WORK/err" | head -n 30
    fi
}

works "as $(id -un)" $SCAN
works "standard input closed" sh -c "$SCAN <&-"
works "standard error closed" sh -c "$SCAN 2>&-"
works "all but standard output closed" sh -c "$SCAN <&- 2>&-"
refuses "standard output closed" sh -c "$SCAN >&-"
refuses "standard input named and closed" sh -c "$HERE/candor scan --no-ledger -r $HERE/rules.yar - <&-"
refuses "a full disk for the results" sh -c "$SCAN >/dev/full"
works "signals ignored" sh -c "trap '' CHLD PIPE INT TERM HUP; exec $SCAN"
works "64 descriptors" sh -c "ulimit -n 64; exec $SCAN"
works "64 descriptors, --jobs 32" sh -c "ulimit -n 64; exec $SCAN --jobs 32"
works_or_refuses "24 descriptors" sh -c "ulimit -n 24; exec $SCAN"
works_or_refuses "12 descriptors" sh -c "ulimit -n 12; exec $SCAN"
works "2 GiB of address space" sh -c "ulimit -v 2097152; exec $SCAN"
works_or_refuses "512 MiB of address space" sh -c "ulimit -v 524288; exec $SCAN"
works_or_refuses "64 MiB of address space" sh -c "ulimit -v 65536; exec $SCAN"
works "a low hard limit on data" sh -c "ulimit -d 1000000; exec $SCAN"
works "no core files" sh -c "ulimit -c 0; exec $SCAN"
works_or_refuses "no file larger than 1 MiB" sh -c "ulimit -f 1024; exec $SCAN"
works_or_refuses "no file at all" bash -c "set -o pipefail; (ulimit -f 0; exec $SCAN) 2>&1 | cat >&2" # a pipe has no size
works_or_refuses "an environment that is empty" env -i $SCAN
works "by a relative name" sh -c "cd '$HERE' && ./candor scan --no-ledger -r rules.yar files"
works "by PATH" env PATH="$HERE:$PATH" candor scan --no-ledger -r "$HERE/rules.yar" "$HERE/files"
mkdir "$WORK/alone" && cp "$HERE/candor" "$WORK/alone/"
refuses "candor-jail missing" "$WORK/alone/candor" scan --no-ledger -r "$HERE/rules.yar" "$HERE/files"
cp /bin/true "$WORK/alone/candor-jail"
refuses "another program in candor-jail's place" "$WORK/alone/candor" scan --no-ledger -r "$HERE/rules.yar" "$HERE/files"

[ "$(id -u)" = 0 ] || { skip "other users and places" "only root can go there"; exit 0; }
works "as nobody" setpriv --reuid=65534 --regid=65534 --clear-groups $SCAN
works "no capabilities" setpriv --bounding-set=-all --inh-caps=-all $SCAN
works "no CAP_SYS_ADMIN" setpriv --bounding-set=-sys_admin $SCAN
works "no CAP_SETUID" setpriv --bounding-set=-setuid,-setgid $SCAN
works "no new privileges before" setpriv --no-new-privs $SCAN
works_or_refuses "few processes" setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "ulimit -u 4; exec $SCAN"
if unshare -Ur true 2>/dev/null; then
    works "root of a user namespace" unshare -Ur $SCAN
    works "no user namespaces" unshare -Ur sh -c "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all $SCAN"
    has "no user namespaces: what is missing is said" "missing" "$WORK/out"
    refuses "--cage=full where it cannot be had" unshare -Ur sh -c "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all $SCAN --cage=full"
    works "no namespaces of any kind but user" unshare -Ur sh -c "for f in net ipc pid mnt uts; do echo 0 >/proc/sys/user/max_\${f}_namespaces; done; exec $SCAN"
else
    skip "user namespaces" "none can be made here"
fi
works "a pid namespace without its /proc" unshare --pid --fork $SCAN

# A chroot with nothing but the programs: no /proc, no /dev, no /tmp.
CAGE_ROOT=$WORK/root
mkdir -p "$CAGE_ROOT"
cp -r "$HERE" "$CAGE_ROOT/here"
for f in candor candor-jail; do
    ldd "$HERE/$f" | grep -o '/[^ ]*' | while read -r lib; do
        mkdir -p "$CAGE_ROOT$(dirname "$lib")"
        cp -n "$lib" "$CAGE_ROOT$lib"
    done
done
IN_ROOT="/here/candor scan --no-ledger -r /here/rules.yar /here/files"
works "in a chroot without /proc" env -u TMPDIR -u HOME chroot "$CAGE_ROOT" $IN_ROOT
works "in a chroot without /proc, as nobody" env -u TMPDIR -u HOME chroot --userspec=65534:65534 "$CAGE_ROOT" $IN_ROOT
works "in a chroot, standard input closed" sh -c "env -u TMPDIR -u HOME chroot '$CAGE_ROOT' $IN_ROOT <&-"
