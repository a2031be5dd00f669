#!/usr/bin/env python3
"""Jails are killed at random while 5,000 files are scanned: each file is reported once, the ones that were hit as a gap
`crashed`. A stopped jail is a time-out, a dead zygote an error, and an ended candor leaves nobody behind."""
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
CANDOR = os.path.join(BUILD, "candor")
FILES = 5000
KILLS = 150
MARKED = 37  # every 37th file holds the marker


def say(ok, name, note=""):
    print(("ok - " if ok else "not ok - ") + name)
    if not ok and note:
        print("\n".join("# " + line for line in str(note)[:600].split("\n")[:20]))
    sys.stdout.flush()
    return ok


def children(pid):
    """All that descend from pid, with their parent."""
    out, queue = [], [pid]
    while queue:
        at = queue.pop()
        try:
            with open(f"/proc/{at}/task/{at}/children", encoding="ascii") as f:
                below = [int(p) for p in f.read().split()]
        except OSError:
            continue
        out += [(p, at) for p in below]
        queue += below
    return out


def jails_of(pid):
    """Processes below candor's zygotes."""
    return [p for p, parent in children(pid) if parent != pid]


def zygotes_of(pid):
    return [p for p, parent in children(pid) if parent == pid]


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Scan:
    def __init__(self, work, *more, paths=None):
        self.out = open(os.path.join(work, "out"), "w+b")
        self.err = open(os.path.join(work, "err"), "w+b")
        args = [CANDOR, "scan", "--json", "--all", "--no-ledger", "--no-progress", "-r", os.path.join(work, "rules.img"),
                *more, *(paths or [os.path.join(work, "files")])]
        self.p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err)

    def finish(self, seconds=240):
        try:
            code = self.p.wait(seconds)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
            code = None
        self.out.seek(0)
        self.err.seek(0)
        lines = [json.loads(l) for l in self.out.read().decode().split("\n") if l]
        self.errors = self.err.read().decode()
        self.files = [l for l in lines if "path" in l]
        self.summary = [l for l in lines if "path" not in l]
        return code


def make_files(work):
    """Small ones; every fourth unpacks to half a megabyte, so that jails are met at work."""
    names = {}
    packed = gzip.compress(b"".join(b"line %d of something long\n" % n for n in range(20000)), 1)
    for i in range(FILES):
        folder = os.path.join(work, "files", f"{i // 250:02d}")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{i:04d}")
        body = b"CANDOR-MARKER" if i % MARKED == 0 else b"nothing to see"
        with open(path, "wb") as f:
            f.write(packed if i % 4 == 1 and i % MARKED else b"%d " % i + body + b"." * (i % 3000) + b"\n")
        names[path] = i % MARKED == 0
    return names


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "R"
    except OSError:
        return False


def kill_some(scan, stop, count):
    chance = random.Random(20171)
    while not stop.is_set() and scan.p.poll() is None and count[0] < KILLS:
        jails = jails_of(scan.p.pid)
        if jails:
            try:
                # one that computes, or now and then one that waits; only the former are counted
                at_work = [j for j in jails if is_running(j)]
                if at_work or chance.random() < 0.1:
                    os.kill(chance.choice(at_work or jails), signal.SIGKILL)
                    count[0] += bool(at_work)
            except OSError:
                pass
        time.sleep(chance.uniform(0.002, 0.012))


def random_kills(work, names):
    scan, stop, count = Scan(work), threading.Event(), [0]
    killer = threading.Thread(target=kill_some, args=(scan, stop, count))
    killer.start()
    code = scan.finish()
    stop.set()
    killer.join()
    say(code is not None, "killing jails at random does not hang the scan")
    say(count[0] >= 20, f"the killer hit ({count[0]} times)")
    paths = [f["path"] for f in scan.files]
    say(len(paths) == len(set(paths)), "no file is reported twice")
    say(set(paths) == set(names), f"every file is reported ({len(set(paths))} of {len(names)})", set(names) - set(paths))
    wrong = []
    crashed = 0
    for f in scan.files:
        gaps = {g["kind"] for g in f.get("gaps", [])}
        crashed += "crashed" in gaps
        if f["verdict"] == "partial":
            good = gaps == {"crashed"}
        elif gaps == {"crashed"}:  # it had said what it found before it was hit
            good = f["verdict"] == "found" and names[f["path"]]
        else:
            good = not gaps and f["verdict"] == ("found" if names[f["path"]] else "clean")
        if not good:
            wrong.append((f["path"], f["verdict"], gaps))
    say(crashed > 0, "some were hit")
    say(not wrong, f"the files that were hit are gaps `crashed` ({crashed} of them), all others as without", wrong[:5])
    # 1 when a marked file came through, which with 136 of them it always does
    say(code == 1, "the exit code is that of findings", (code, scan.errors))


def stopped_jail(work):
    big = os.path.join(work, "big")
    os.makedirs(big)
    path = os.path.join(big, "one")
    with open(path, "wb") as f:
        f.truncate(900 << 20)
    scan = Scan(work, "--timeout", "3", "--max-bytes", "4G", "--jobs", "1", paths=[path])
    deadline, stopped = time.time() + 30, []
    while time.time() < deadline and scan.p.poll() is None and not stopped:
        for j in jails_of(scan.p.pid):
            try:
                with open(f"/proc/{j}/stat", encoding="ascii") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                if int(fields[11]) >= 2:  # ticks of user time: it is at the file
                    os.kill(j, signal.SIGSTOP)
                    stopped.append(j)
            except (OSError, ValueError):
                pass
        time.sleep(0.002)
    started = time.time()
    code = scan.finish(60)
    if not stopped:
        print("ok - a stopped jail # skip the scan was over before a jail could be stopped")
        return
    kinds = [g["kind"] for f in scan.files for g in f.get("gaps", [])]
    say(code == 3 and kinds == ["timed-out"], "a stopped jail is a gap `timed-out`", (code, kinds, scan.errors))
    say(time.time() - started < 20, "after --timeout, not later")
    say(not is_alive(stopped[0]), "the stopped jail is gone")
    os.unlink(path)


def dead_zygote(work):
    scan = Scan(work)
    deadline, hit = time.time() + 20, False
    while time.time() < deadline and scan.p.poll() is None and not hit:
        if jails_of(scan.p.pid):
            for z in zygotes_of(scan.p.pid):
                os.kill(z, signal.SIGKILL)
                hit = True
    code = scan.finish(60)
    say(hit and code == 2 and "zygote" in scan.errors, "a dead zygote ends the scan with 2 and a reason", (hit, code, scan.errors))


def stopped_zygote(work):
    scan = Scan(work)
    deadline, hit = time.time() + 20, []
    while time.time() < deadline and scan.p.poll() is None and not hit:
        if jails_of(scan.p.pid):
            hit = zygotes_of(scan.p.pid)
            for z in hit:
                os.kill(z, signal.SIGSTOP)
    time.sleep(0.2)
    below = [p for p, _ in children(scan.p.pid)]
    scan.p.terminate()
    scan.finish(60)
    time.sleep(0.3)
    left = [p for p in below if is_alive(p)]
    say(hit and not left, "a candor that ends takes even a stopped zygote with it", left)


def ended_candor(work, number, name):
    scan = Scan(work)
    deadline = time.time() + 20
    while time.time() < deadline and not jails_of(scan.p.pid) and scan.p.poll() is None:
        time.sleep(0.001)
    below = [p for p, _ in children(scan.p.pid)]
    os.kill(scan.p.pid, number)
    code = scan.finish(30)
    until = time.time() + 3
    while any(is_alive(p) for p in below) and time.time() < until:
        time.sleep(0.02)
    left = [p for p in below if is_alive(p)]
    say(below and not left and code not in (0, None), f"{name} to candor leaves no process behind ({len(below)} were there)",
        (code, left))


def main():
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        print("ok - killing jails # skip this kernel does not list children in /proc")
        return
    with tempfile.TemporaryDirectory(prefix="candor-kill.") as work:
        with open(os.path.join(work, "rules.yar"), "w", encoding="ascii") as f:
            f.write('rule marker { strings: $a = "CANDOR-MARKER" condition: $a }\n')
        subprocess.run([CANDOR, "rules", "build", "-r", os.path.join(work, "rules.yar"), "-o", os.path.join(work, "rules.img")],
                       check=True, stdout=subprocess.DEVNULL)
        names = make_files(work)
        scan = Scan(work)
        code = scan.finish()
        found = {f["path"] for f in scan.files if f["verdict"] == "found"}
        say(code == 1 and len(scan.files) == FILES and found == {n for n in names if names[n]},
            "undisturbed, each file has its verdict", (code, len(scan.files), len(found), scan.errors))
        random_kills(work, names)
        stopped_jail(work)
        dead_zygote(work)
        stopped_zygote(work)
        for number, name in ((signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT"), (signal.SIGKILL, "SIGKILL")):
            ended_candor(work, number, name)


main()
