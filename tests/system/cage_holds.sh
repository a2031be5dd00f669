#!/bin/bash
# Every cage is entered and every forbidden act is tried: as root, as nobody, in a container's poverty, in a
# chroot; then again without the filter, so that each other layer is seen to hold alone; then with holes
# planted, each of which must be found and named.
. "$(dirname "$0")/lib.sh"
TOOLS=$WORK/tools
mkdir -p "$TOOLS" "$WORK/tmp" && chmod 1777 "$WORK/tmp"
export TMPDIR=$WORK/tmp
cp "$BUILD"/tests/tools/red-* "$BUILD"/tests/tools/candor-red-team "$TOOLS" 2>/dev/null
find "$TOOLS" -type d -name '*.p' -prune -exec rm -rf {} +

# team NAME COMMAND...: the red team's own lines, with the place in front.
team() {
    team_name=$1
    shift
    timeout 300 "$@" >"$WORK/out" 2>"$WORK/err"
    team_code=$?
    sed -E "s/^((not )?ok - )/\\1$team_name: /" "$WORK/out"
    sed 's/^/# /' "$WORK/err" | head -n 5
    grep -q '^not ok' "$WORK/out" || [ $team_code = 0 ] || say_not_ok "$team_name: the red team ended with $team_code"
}

# plant NAME TEXT OPTION...: the variant's hole must fail the test, and TEXT must say which it is.
plant() {
    plant_name=$1 plant_text=$2
    shift 2
    timeout 300 "$TOOLS/candor-red-team" "$@" --cage scan --jail "red-jail-plant-$plant_name" "$TOOLS" >"$WORK/out" 2>&1
    plant_code=$?
    if [ $plant_code = 1 ] && grep -q "^not ok .*HOLE: .*$plant_text" "$WORK/out"; then
        say_ok "planted hole found: $plant_name ($(grep -c '^not ok .*HOLE' "$WORK/out") signs, first: $(grep -m1 -o 'HOLE: .*' "$WORK/out"))"
    else
        say_not_ok "planted hole $plant_name was not named \"$plant_text\" (exit $plant_code)"
        sed 's/^/# /' "$WORK/out" | grep -v '# ok' | head -n 20
    fi
}

if [ "$(id -u)" != 0 ]; then
    team "as $(id -un)" "$TOOLS/candor-red-team" --sweep "$TOOLS"
    team "as $(id -un)" "$TOOLS/candor-red-team" --without-filter "$TOOLS"
    skip "other users and places" "only root can go there"
    exit 0
fi

team "as root" "$TOOLS/candor-red-team" --sweep "$TOOLS"
team "as root" "$TOOLS/candor-red-team" --without-filter "$TOOLS"
team "as root" "$TOOLS/candor-red-team" --without-limits "$TOOLS"

as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
team "as nobody" $as_nobody "$TOOLS/candor-red-team" --sweep "$TOOLS"
team "as nobody" $as_nobody "$TOOLS/candor-red-team" --without-filter "$TOOLS"
team "as nobody" $as_nobody "$TOOLS/candor-red-team" --without-limits "$TOOLS"

# No user namespaces and no capabilities: what the strictest container leaves.
poor='echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "$@"'
if $as_nobody unshare -Ur sh -c "$poor" sh true 2>/dev/null; then
    team "without namespaces" $as_nobody unshare -Ur sh -c "$poor" sh "$TOOLS/candor-red-team" --sweep "$TOOLS"
    team "without namespaces" $as_nobody unshare -Ur sh -c "$poor" sh "$TOOLS/candor-red-team" --without-filter "$TOOLS"
    has "without namespaces: they are named as missing" "missing user-ns net-ns" "$WORK/out"
else
    skip "without namespaces" "no user namespace can be made here to try it in"
fi
team "root without CAP_SYS_ADMIN" setpriv --bounding-set=-sys_admin "$TOOLS/candor-red-team" "$TOOLS"

# A chroot with nothing but the programs and their libraries: no /proc, no /dev.
CAGE_ROOT=$WORK/root
mkdir -p "$CAGE_ROOT/tmp"
for f in "$TOOLS"/candor-red-team "$TOOLS"/red-jail "$TOOLS"/red-zygote "$TOOLS"/red-jail-no-filter; do
    cp "$f" "$CAGE_ROOT/"
    ldd "$f" | grep -o '/[^ ]*' | while read -r lib; do
        mkdir -p "$CAGE_ROOT$(dirname "$lib")"
        cp -n "$lib" "$CAGE_ROOT$lib"
    done
done
team "in a chroot" env TMPDIR=/tmp chroot "$CAGE_ROOT" /candor-red-team --keeps-admin --sweep /
team "in a chroot" env TMPDIR=/tmp chroot "$CAGE_ROOT" /candor-red-team --without-filter /

plant call "getppid"
plant argument "mremap FIXED" --no-opener
plant arch "int 0x80 execve" --no-opener
plant arch "int 0x80 call 11 " --no-opener --sweep
plant descriptor "1 descriptors"
plant window "write into the window"
plant tsc "rdtsc"
plant net "udp to loopback" --without-limits
plant net-outside "its net namespace"
plant landlock "although there is landlock" --without-limits
plant limits "although there is rlimits" --without-filter
