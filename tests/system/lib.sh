# Shared by the scenarios: TAP lines and a scratch folder. Sourced, never run.
#   BUILD  folder with candor, candor-jail ... (absolute); set by scripts/test
set -u
BUILD=${BUILD:-$(cd "$(dirname "$0")/../../build" && pwd)}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
CANDOR=$BUILD/candor
WORK=$(mktemp -d "${TMPDIR:-/tmp}/candor-test.XXXXXX")
chmod 755 "$WORK"
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM

say_ok() { printf 'ok - %s\n' "$*"; }
say_not_ok() { printf 'not ok - %s\n' "$*"; }
# skip NAME REASON: a test that cannot run here.
skip() { printf 'ok - %s # skip %s\n' "$1" "$2"; }
# check NAME COMMAND...: passes when the command does; its output is shown when not.
check() {
    check_name=$1
    shift
    if check_out=$("$@" 2>&1); then say_ok "$check_name"; else
        say_not_ok "$check_name"
        printf '%s\n' "$check_out" | sed 's/^/# /'
    fi
}
# exits NAME CODE COMMAND...: passes when it exits with CODE. Output stays in $WORK/out and $WORK/err.
exits() {
    exits_name=$1 exits_want=$2
    shift 2
    "$@" >"$WORK/out" 2>"$WORK/err"
    exits_got=$?
    if [ "$exits_got" = "$exits_want" ]; then say_ok "$exits_name"; else
        say_not_ok "$exits_name: exit code $exits_got, not $exits_want"
        sed 's/^/# /' "$WORK/out" "$WORK/err" | head -n 40
    fi
}
# has NAME TEXT FILE: passes when FILE contains TEXT.
has() {
    if grep -qF -- "$2" "$3"; then say_ok "$1"; else
        say_not_ok "$1: no \"$2\" in it"
        sed 's/^/# /' "$3" | head -n 20
    fi
}
