#!/bin/bash
# No object of Candor's own, but the courier's, refers to a call of the network. What libraries contain (libcrypto imports
# connect) the filters forbid: that is candor prove's to say. The door makes its listening sockets before it confines itself.
. "$(dirname "$0")/lib.sh"
calls='socket|socketpair|connect|bind|listen|accept|accept4|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|getaddrinfo|getnameinfo|gethostbyname[a-z0-9_]*|res_[a-z_]+|curl_[a-z_]+'
# archive-or-object  the calls that it may refer to
may() {
    case $1 in
    libsandbox.a) echo "recvmsg sendmsg socketpair" ;; # handing a zygote to the door: letter.c
    libedge.a) echo "accept4 bind connect listen recvmsg socket" ;;
    *) echo "" ;;
    esac
}
look() { nm -u "$1" 2>/dev/null | grep -oE " U ($calls)(@.*)?\$" | sed -E 's/ U ([a-z0-9_]+).*/\1/' | sort -u; }
rows=0
for f in "$BUILD"/src/lib*.a "$BUILD"/src/jail/lib*.a "$BUILD"/src/candor.p/*.o "$BUILD"/src/candor-jail.p/*.o \
    "$BUILD"/src/candor-door.p/*.o "$BUILD"/src/candor-prove.p/*.o; do
    [ -f "$f" ] || continue
    name=$(basename "$f")
    rows=$((rows + 1))
    extra=$(comm -23 <(look "$f") <(may "$name" | tr ' ' '\n' | sort))
    [ -z "$extra" ] && say_ok "$name refers to no call of the network$(may "$name" | sed 's/^\(.\)/ but \1/')" \
        || say_not_ok "$name refers to $(echo $extra)"
done
[ "$rows" -ge 8 ] && say_ok "$rows archives and objects were read" || say_not_ok "only $rows archives and objects were found"
# The look would see one.
printf '#include <sys/socket.h>\nint main(void) { return socket(2, 1, 0); }\n' >"$WORK/talks.c"
cc -c -o "$WORK/talks.o" "$WORK/talks.c" && [ "$(look "$WORK/talks.o")" = socket ] && say_ok "an object that talks would be named" \
    || say_not_ok "an object that talks is not named"
# Whoever reads files does not even link libcurl; the courier links none of the rooms that open them.
for p in candor candor-jail candor-door candor-prove; do
    ldd "$BUILD/src/$p" 2>/dev/null | grep -q libcurl && say_not_ok "$p links libcurl" || say_ok "$p does not link libcurl"
done
if [ -f "$BUILD/src/candor-courier" ]; then
    # One needle of each room that an opener is made of.
    found=$(nm "$BUILD/src/candor-courier" | grep -oE ' [Tt] (walk_[a-z]+|pool_[a-z]+|spawn_[a-z]+|sources_[a-z]+|jail_[a-z]+)$' | head -3)
    [ -z "$found" ] && say_ok "the courier holds no walk, no pool, no jail" || say_not_ok "the courier holds $(echo $found)"
else
    skip "the courier holds no walk, no pool, no jail" "it was not built"
fi
