#!/usr/bin/env python3
"""candor-door and Debian's clamd side by side: the same bytes, the same answers. Then Debian's own clients, and the bytes
that rspamd, Nextcloud and the usual Python and PHP clients send."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import door_lib
from door_lib import MARKER, frames, talk
from lib import CANDOR, eicar, put, say, skip

MIB = 1 << 20


def conversations(folder):
    found, descriptors = put(os.path.join(folder, "found.bin"), b"a " + MARKER + b" b"), {}
    descriptors["file"] = os.open(found, os.O_RDONLY)
    descriptors["clean"] = os.open(put(os.path.join(folder, "clean.bin"), b"nothing"), os.O_RDONLY)
    descriptors["folder"] = os.open(folder, os.O_RDONLY)
    marker = b"a " + MARKER + b" b"
    yield "PING, framed by NUL", [b"zPING\0"]
    yield "PING, framed by a line", [b"nPING\n"]
    yield "PING, bare", [b"PING"]
    yield "PING, bare line", [b"PING\n"]
    yield "PING, CR LF", [b"nPING\r\n"]
    yield "PING twice in one packet", [b"PING\nPING\n"]
    yield "small letters", [b"zping\0"]
    yield "PING with a word", [b"zPING x\0"]
    yield "PING with a space", [b"zPING \0"]
    yield "two commands outside a session", [b"zPING\0zVERSION\0"]
    yield "unknown", [b"zNOPE\0"]
    yield "unknown, line", [b"nNOPE\n"]
    yield "empty", [b"z\0"]
    yield "HTTP", [b"GET / HTTP/1.0\r\n\r\n"]
    yield "RELOAD", [b"zRELOAD\0"]
    yield "INSTREAM clean", [b"zINSTREAM\0" + frames(b"hello")]
    yield "INSTREAM found", [b"zINSTREAM\0" + frames(marker)]
    yield "INSTREAM found, line", [b"nINSTREAM\n" + frames(marker)]
    yield "INSTREAM empty", [b"zINSTREAM\0" + frames(b"")]
    yield "INSTREAM EICAR", [b"zINSTREAM\0" + frames(eicar())]
    yield "INSTREAM across a chunk's border", [b"zINSTREAM\0" + frames(marker, 7)]
    yield "INSTREAM, bare", [b"INSTREAM\n"]
    yield "INSTREAM with a word", [b"zINSTREAM x\0"]
    yield "INSTREAM as long as may be", [b"zINSTREAM\0" + frames(b"x" * MIB)]
    yield "INSTREAM one byte more", [b"zINSTREAM\0" + frames(b"x" * (MIB + 1))]
    yield "INSTREAM of 4 GiB", [b"zINSTREAM\0\xff\xff\xff\xffabc"]
    yield "INSTREAM in pieces", [b"zINST", 0.1, b"REAM\0", 0.1, frames(marker)[:3], 0.1, frames(marker)[3:]]
    yield "half a stream", [b"zINSTREAM\0\0\0\0\5he"], True
    yield "half a length", [b"zINSTREAM\0\0\0"], True
    yield "half a command", [b"zPIN"], True
    yield "FILDES found", [b"zFILDES\0", (b"\0", descriptors["file"])]
    yield "FILDES clean", [b"nFILDES\n", (b"\0", descriptors["clean"])]
    yield "FILDES in the command's packet", [(b"zFILDES\0x", descriptors["file"])]
    yield "FILDES of a folder", [b"zFILDES\0", (b"\0", descriptors["folder"])]
    yield "FILDES without one", [b"zFILDES\0", b"x"]
    yield "session", [b"zIDSESSION\0zPING\0zINSTREAM\0" + frames(marker) + b"zINSTREAM\0" + frames(b"x") + b"zEND\0"]
    yield "session, lines", [b"nIDSESSION\nnPING\nnINSTREAM\n" + frames(marker) + b"nEND\n"]
    yield "session, both framings", [b"zIDSESSION\0nPING\nzPING\0zEND\0"]
    yield "session without END", [b"zIDSESSION\0zPING\0"], True
    yield "session with FILDES", [b"zIDSESSION\0zFILDES\0", (b"\0", descriptors["file"]), b"zEND\0"]
    yield "session: unknown", [b"zIDSESSION\0zNOPE\0zPING\0zEND\0"]
    yield "session: RELOAD", [b"zIDSESSION\0zRELOAD\0zPING\0zEND\0"]
    yield "session: SHUTDOWN", [b"zIDSESSION\0zSHUTDOWN\0zPING\0zEND\0"]
    yield "session in a session", [b"zIDSESSION\0zIDSESSION\0zPING\0zEND\0"]
    yield "session: bare command", [b"zIDSESSION\0", 0.2, b"PING\n"]
    yield "session: too long a stream", [b"zIDSESSION\0zPING\0zINSTREAM\0" + frames(b"x" * (MIB + 1)) + b"zPING\0"]
    yield "END outside", [b"zEND\0"]


def order(answer):
    """Numbers of descriptors are each server's own; answers of a session come in any order."""
    answer = re.sub(rb"fd\[\d+\]", b"fd[N]", answer)
    parts = re.split(rb"[\0\n]", answer)
    return sorted(parts) if re.match(rb"\d+: ", answer) else parts


def side_by_side(door, clamd, folder):
    for row in conversations(folder):
        ours, theirs = (talk(s.path, row[1], len(row) > 2) for s in (door, clamd))
        say(order(ours) == order(theirs), f"as clamd: {row[0]}: {theirs[:70]!r}", f"clamd {theirs!r}\ndoor  {ours!r}")


def shapes(door, clamd):
    """Where the words must differ, the shape must not."""
    version = rb"ClamAV \d+\.\d+\.\d+\S*/\d+/\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
    ours, theirs = door.ask(b"VERSION"), clamd.ask(b"VERSION")
    say(re.fullmatch(version, ours) and b"candor" in ours and theirs.startswith(b"ClamAV "), f"VERSION: {ours.decode()} where clamd says {theirs.decode()}", ours)
    ours = door.ask(b"VERSIONCOMMANDS")
    head, _, words = ours.partition(b"| COMMANDS: ")
    their_words = clamd.ask(b"VERSIONCOMMANDS").partition(b"| COMMANDS: ")[2].split()
    say(re.fullmatch(version, head) and words and set(words.split()) <= set(their_words), "VERSIONCOMMANDS: a part of clamd's", ours)
    shape = lambda t: re.sub(rb"\n\t[^\n]*", b"", re.sub(rb"(N/A|[\d.]+M?)", b"#", t))
    ours, theirs = door.ask(b"STATS"), clamd.ask(b"STATS")
    say(shape(ours) == shape(theirs), "STATS: clamd's shape", f"clamd {shape(theirs)!r}\ndoor  {shape(ours)!r}")
    for command in (b"SCAN /etc/passwd", b"CONTSCAN /etc", b"MULTISCAN /etc", b"ALLMATCHSCAN /etc", b"SHUTDOWN"):
        say(door.ask(command) == b"COMMAND UNAVAILABLE. ERROR", f"{command.decode()} is refused", door.ask(command))
    say(door.lives() and door.ask(b"PING") == b"PONG", "SHUTDOWN shut nothing down")


def debian_clients(servers, folder):
    if not shutil.which("clamdscan"):
        skip("Debian's clamdscan", "not installed")
        return
    samples = os.path.join(folder, "samples")
    os.mkdir(samples)
    put(os.path.join(samples, "a-clean.txt"), b"nothing here")
    put(os.path.join(samples, "b-marker.bin"), b"\0" * 100000 + MARKER)
    put(os.path.join(samples, "c-eicar.com"), eicar())
    put(os.path.join(samples, "d-empty"), b"")
    put(os.path.join(samples, "e-big.bin"), b"q" * (MIB + 10))
    for flags in (["--ping", "3"], ["--stream"], ["--fdpass"], ["--stream", "--multiscan"], ["--fdpass", "--multiscan"], ["--stream", "--allmatch"]):
        results = []
        for server in servers:
            conf = os.path.join(folder, "client.conf")
            put(conf, f"LocalSocket {server.path}\nStreamMaxLength 1M\n".encode())
            p = subprocess.run(["clamdscan", "-c", conf, "--no-summary", *flags, *([] if flags[0] == "--ping" else [samples])],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            lines = sorted(re.sub(rb" in [\d.]+ s|^\d+: |in \d+ seconds?.*", b"", l) for l in p.stdout.splitlines())
            results.append((p.returncode, lines))
        say(results[0] == results[1], f"clamdscan {' '.join(flags)}: exit {results[1][0]}, {len(results[1][1])} lines as from clamd", f"clamd {results[1]}\ndoor  {results[0]}")


def usual_clients(servers):
    """What each client's source sends, as bytes; observed in rspamd's lualib/lua_scanners/clamav.lua, Nextcloud's files_antivirus,
    python-clamd, pyClamd, php's quahog."""
    data = b"Subject: x\r\n\r\n" + b"text " * 3000 + MARKER
    one = len(data).to_bytes(4, "big")
    rows = [("rspamd", b"zINSTREAM\0" + one + data + bytes(4)),
            ("Nextcloud", b"nINSTREAM\n" + frames(data, 8192)),
            ("python-clamd", b"nINSTREAM\n" + frames(data, 1024)),
            ("pyClamd", b"nINSTREAM\n" + frames(data, 1024)),
            ("quahog", b"nINSTREAM\n" + frames(data, 8192)),
            ("go-clamd", b"nINSTREAM\n" + frames(data, 1024)),
            ("a milter's session", b"nIDSESSION\nnVERSION\n"[:11] + b"nINSTREAM\n" + frames(data, 65536) + b"nEND\n")]
    for name, bytes_ in rows:
        ours, theirs = (talk(s.path, [bytes_]) for s in servers)
        say(order(ours) == order(theirs) and b"Door_Marker.UNOFFICIAL FOUND" in ours, f"the bytes of {name}: {ours!r}", f"clamd {theirs!r}\ndoor  {ours!r}")


def reloads(door, folder):
    if os.geteuid() == 0:
        code = f"import socket;s=socket.socket(socket.AF_UNIX);s.connect({door.path!r});s.sendall(b'zRELOAD\\0');print(s.recv(99))"
        p = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        say(b"COMMAND UNAVAILABLE" in p.stdout, "RELOAD by another user is refused", p.stdout)
    else:
        skip("RELOAD by another user", "needs root")
    new = b"freshly-added-words"
    say(door.stream(new) == b"stream: OK", "before the reload a new rule's words are clean")
    put(os.path.join(folder, "door.yar"), door_lib.RULES.encode() + b'\nrule Fresh { strings: $a = "freshly-added-words" condition: $a }\n')
    say(door.ask(b"RELOAD") == b"RELOADING", "RELOAD is answered")
    say(wait_for(lambda: b"Fresh" in door.stream(new)), "after RELOAD the new rule finds them")
    put(os.path.join(folder, "door.yar"), b"rule Broken { condition: no_such_thing }")
    door.ask(b"RELOAD")
    say(wait_for(lambda: "rules not loaded" in door.words()), "rules that do not compile are named in the log", door.words())
    say(b"Fresh" in door.stream(new), "and the last good ones stay")
    put(os.path.join(folder, "door.yar"), door_lib.RULES.encode())
    door.process.send_signal(signal.SIGHUP)
    say(wait_for(lambda: door.stream(new) == b"stream: OK"), "SIGHUP loads the rules again")


def children(pid):
    return [int(n) for n in open(f"/proc/{pid}/task/{pid}/children").read().split()]


def zygote_dies(door):
    """Somebody ends the zygote: the door asks for another, nobody waits for ever."""
    keeper = children(door.process.pid)[0]
    for zygote in children(keeper):
        os.kill(zygote, signal.SIGKILL)
    answers = [door.stream(MARKER) for _ in range(20)]
    good = sum(b"FOUND" in a for a in answers)
    say(all(b"FOUND" in a or b"ERROR" in a for a in answers) and good >= 18, f"after its zygote was killed {good} of 20 streams are answered", answers)
    say("a zygote is lost" in door.words(), "and the log says so", door.words())


def proved(door):
    """candor prove asks the kernel what the door and its keeper can do."""
    if os.geteuid() != 0:
        skip("candor prove sees the door", "the kernel shows filters to root only")
        return
    pids = {door.process.pid: "door", children(door.process.pid)[0]: "keeper"}
    p = subprocess.run([CANDOR, "prove", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    for pid, role in pids.items():
        mine = [r for r in rows if r.get("pid") == pid]
        wrong = [r["WRONG"] for r in mine if "WRONG" in r]
        say(mine and not wrong and all(r["role"] == role for r in mine), f"candor prove: the {role} is as promised", wrong or p.stderr)
    cannot = {r["cannot"] for r in rows if r.get("pid") == door.process.pid and "cannot" in r}
    for act in ("open a file", "make a socket, connect or send", "run a program", "start a process", "make memory executable"):
        say(act in cannot, f"the door cannot {act}", cannot)


def wait_for(true, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def gaps(folder):
    """What cannot be looked at is never OK, unless the owner says so."""
    zipped = os.path.join(folder, "cut.gz")
    data = subprocess.run(["gzip", "-c"], input=os.urandom(5000), stdout=subprocess.PIPE).stdout[:2000]
    put(zipped, data)
    for choice, want in (("error", rb"stream: Not everything was looked at: truncated\. ERROR"), ("found", rb"stream: Candor\.Gap\.Truncated FOUND"), ("ok", rb"stream: OK")):
        door = door_lib.start_door(folder, [f"door-gaps = {choice}"], name="gap-" + choice)
        got = door.stream(data)
        say(re.fullmatch(want, got), f"door-gaps = {choice}: {got.decode()}", got)
        say("gap: truncated" in door.words(), f"door-gaps = {choice}: the log names it", door.words())
        if choice == "error":
            say(talk(door.path, [b"zFILDES\0", (b"\0", os.open("/proc/version", os.O_RDONLY))]).endswith(b"INSTREAM. ERROR\0<end>"), "a descriptor of a pseudo file system is refused, not read")
            say(b"ERROR" in talk(door.path, [b"zFILDES\0", (b"\0", os.open(zipped, os.O_WRONLY))]), "a descriptor that cannot be read is an ERROR (clamd: OK)")
        os.kill(int(re.search(r"(\d+)", open(f"/proc/{door.process.pid}/task/{door.process.pid}/children").read())[1]), signal.SIGTERM) if choice == "ok" else None
        say(door.stop() == 0, f"door-gaps = {choice}: SIGTERM ends it with 0")
    door = door_lib.start_door(folder, ["accept = truncated"], name="accepts")
    say(door.stream(data) == b"stream: OK", "an accepted gap is OK")
    say(door.stream(MARKER) == b"stream: Door_Marker FOUND", "names are bare unless unofficial is chosen")
    say("uid" in door.words() and "Door_Marker FOUND" in door.words(), "a finding is a line in the log", door.words())
    door.stop()


def tcp(folder):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    p = subprocess.Popen([door_lib.DOOR, "--foreground", "--tcp", f"127.0.0.1:{port}", "-r", os.path.join(folder, "door.yar")], stderr=subprocess.PIPE)
    def once(command):
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as c:
                c.sendall(command)
                return c.recv(200)
        except OSError:
            return b""
    say(wait_for(lambda: once(b"zPING\0") == b"PONG\0"), "TCP on loopback answers")
    say(b"Door_Marker FOUND" in once(b"zINSTREAM\0" + frames(MARKER)), "a stream by TCP")
    say(b"UNAVAILABLE" in once(b"zRELOAD\0"), "nobody may RELOAD by TCP")
    p.terminate()
    p.wait()
    bad = subprocess.run([door_lib.DOOR, "--foreground", "--tcp", "0.0.0.0:3310"], stderr=subprocess.PIPE)
    say(bad.returncode == 2 and b"loopback" in bad.stderr, "an address that is not loopback is refused", bad.stderr)


def main():
    folder = door_lib.scratch()
    servers = []
    try:
        clamd = door_lib.start_clamd(folder)
        door = door_lib.start_door(folder, ["door-stream-max = 1M", "door-memory = 16M", "door-names = unofficial"])
        servers = [s for s in (door, clamd) if s]
        if clamd:
            side_by_side(door, clamd, folder)
            shapes(door, clamd)
            debian_clients((door, clamd), folder)
            usual_clients((door, clamd))
        else:
            skip("answers side by side", "Debian's clamd is not installed")
        proved(door)
        reloads(door, folder)
        zygote_dies(door)
        gaps(folder)
        tcp(folder)
        say(door.lives(), "the door lives", door.words())
    finally:
        for s in servers:
            s.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
