#!/usr/bin/env python3
"""A scan under strace: after a jail has loaded its last filter it makes only the calls that are published, and neither
its zygote nor candor makes a socket."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
CANDOR = os.path.join(BUILD, "candor")
ALLOWED = {"exit_group", "futex", "munmap", "brk", "mmap", "mremap", "madvise"}
if "asan" in os.path.basename(BUILD):
    ALLOWED.add("sigaltstack")  # AddressSanitizer's own; never in a build without it
LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")


def say(ok, name, note=""):
    print(("ok - " if ok else "not ok - ") + name)
    if not ok and note:
        print("\n".join("# " + line for line in str(note).split("\n")[:20]))


def make_files(folder):
    """One of each: text, script, archive in archive, damaged archive, program, a large file, nothing."""
    os.makedirs(folder)
    put = lambda name, body: open(os.path.join(folder, name), "wb").write(body)
    put("empty", b"")
    put("text", b"CANDOR-MARKER in a text\n" * 10)
    put("script.sh", b"#!/bin/sh\necho hello\n")
    put("zeros", bytes(20 << 20))
    shutil.copy(os.path.realpath("/proc/self/exe"), os.path.join(folder, "program"))
    sub = os.path.join(folder, "sub")
    os.makedirs(sub)
    for n in range(100):
        put(f"sub/{n}", b"%d CANDOR\n" % n)
    import tarfile
    import zipfile
    with tarfile.open(os.path.join(folder, "a.tar.gz"), "w:gz") as t:
        t.add(os.path.join(folder, "text"), "text")
        t.add(sub, "sub")
    for name, method in (("d.zip", zipfile.ZIP_DEFLATED), ("b.zip", zipfile.ZIP_BZIP2), ("x.zip", zipfile.ZIP_LZMA)):
        with zipfile.ZipFile(os.path.join(folder, name), "w", method) as z:
            z.write(os.path.join(folder, "a.tar.gz"), "a.tar.gz")
            z.write(os.path.join(folder, "text"), "text")
    put("cut.zip", open(os.path.join(folder, "d.zip"), "rb").read()[:-30])


class Trace:
    """Calls of each process. A jail is known by closing every descriptor; its next filter is its last."""

    def __init__(self, path):
        self.closing, self.confined = set(), set()
        self.after = {}  # jail -> calls after its last filter
        self.sockets = []
        for line in open(path, encoding="utf-8", errors="replace"):
            m = LINE.match(line)
            if m:
                self.take(int(m[1]), m[2] or m[3], m[4], m[2] is not None)

    def take(self, pid, call, rest, resumed):
        if call in ("socket", "socketpair", "connect", "io_uring_setup"):
            self.sockets.append((pid, call, rest))
        if pid in self.confined and not resumed:
            self.after.setdefault(pid, set()).add(call)
        if call == "close_range" and rest.startswith("0, "):
            self.closing.add(pid)
        if call == "seccomp" and pid in self.closing and re.search(r"= 0$", rest):
            self.confined.add(pid)


def main():
    strace = shutil.which("strace")
    if not strace:
        print("ok - a traced scan # skip strace is not here")
        return
    with tempfile.TemporaryDirectory(prefix="candor-trace.") as work:
        probe = subprocess.run([strace, "-o", os.path.join(work, "p"), "true"], stderr=subprocess.PIPE, check=False)
        if probe.returncode != 0:
            print("ok - a traced scan # skip strace cannot trace here: " + probe.stderr.decode()[:80].replace("\n", " "))
            return
        make_files(os.path.join(work, "files"))
        with open(os.path.join(work, "r.yar"), "w", encoding="ascii") as f:
            f.write('rule marker { strings: $a = "CANDOR-MARKER" condition: $a }\n'
                    'rule big { strings: $a = /CAN[A-Z]{2,9}/ condition: #a > 1 }\n')
        trace = os.path.join(work, "trace")
        r = subprocess.run([strace, "-f", "-qq", "-o", trace, CANDOR, "scan", "--no-cache", "--no-ledger", "-r",
                            os.path.join(work, "r.yar"), os.path.join(work, "files")],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
        say(r.returncode == 1, "the traced scan finds the marker", (r.returncode, r.stdout.decode()[-800:], r.stderr.decode()[-400:]))
        t = Trace(trace)
        calls = set().union(*t.after.values()) if t.after else set()
        say(len(t.after) >= 3, f"confined jails were seen at work ({len(t.after)})", t.closing)
        say(calls <= ALLOWED, "after confinement only the published calls: " + " ".join(sorted(calls)), sorted(calls - ALLOWED))
        say("futex" in calls and "exit_group" in calls, "and these were made")
        say(not t.sockets, "nobody asked for a socket", t.sockets[:5])
        killed = [l for l in open(trace, encoding="utf-8", errors="replace") if "killed by SIGSYS" in l]
        say(not killed, "no jail died of a forbidden call", "".join(killed[:5]))


main()
