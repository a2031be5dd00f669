#!/usr/bin/env python3
"""Large files are hashed many at a time and come to no other verdict for it: with one jail, with two, each in a jail of
its own, with few descriptors, and while jails are killed."""
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
CANDOR = os.path.join(BUILD, "candor")
FILES = 75


def say(ok, name, note=""):
    print(("ok - " if ok else "not ok - ") + name, flush=True)
    if not ok and note:
        print("\n".join("# " + line for line in str(note).split("\n")[:20]))


def make(folder):
    """Files around every size that is treated in its own way; every third is named by its MD5, half of these at any size."""
    r = random.Random(4)
    piece = 256 << 10
    edges = [(512 << 10) - 1, 512 << 10, (512 << 10) + 1, 2 * piece + 63, 3 * piece, 3 * piece + 1, (16 << 20) - 1, 16 << 20,
             (16 << 20) + 1, (33 << 20) + 7]
    lines, named = [], set()
    for n in range(FILES):
        size = edges[n] if n < len(edges) else r.randrange(1000, 3 << 20)
        body = r.randbytes(min(size, 100_000))
        body = (body * (size // len(body) + 1))[:size]
        with open(os.path.join(folder, f"{n:03d}"), "wb") as f:
            f.write(body)
        if n % 3 == 0:
            lines.append(f"{hashlib.md5(body).hexdigest()}:{size if n % 2 else '*'}:Test.Number{n}:73")
            named.add(f"{n:03d}")
    lines.append(f"{hashlib.md5(b'nothing').hexdigest()}:*:Test.Nothing:73")
    return lines, named


def scan(work, *flags, limit=None):
    def lower():
        if limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    p = subprocess.Popen([CANDOR, "scan", "--json", "--all", "--no-ledger", "--no-cache", "--no-progress", "-r", f"{work}/a.hdb",
                          *flags, f"{work}/files"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=lower)
    return p


def read(p):
    out, err = p.communicate(timeout=300)
    rows = [json.loads(line) for line in out.splitlines()]
    found = {os.path.basename(r["path"]): (r["verdict"], [f["rule"] for f in r["findings"]], [g["kind"] for g in r["gaps"]])
             for r in rows if "path" in r}
    return p.returncode, found, err


def children_of(pid):
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and int(open(f"/proc/{name}/stat").read().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(name))
        except (OSError, IndexError):
            pass
    return found


def main():
    with tempfile.TemporaryDirectory(prefix="candor-large.", dir="/var/tmp") as work:
        os.mkdir(f"{work}/files")
        os.environ["XDG_STATE_HOME"] = f"{work}/state"
        os.environ["HOME"] = work
        lines, named = make(f"{work}/files")
        with open(f"{work}/a.hdb", "w") as f:
            f.write("\n".join(lines) + "\n")
        code, alone, err = read(scan(work, "--isolate", "--jobs", "1"))
        say(code == 1 and len(alone) == FILES, "each file in a jail of its own", err)
        say({n for n, v in alone.items() if v[0] == "found"} == named, "finds the files that are named by their MD5, and no other",
            alone)
        for what, flags, limit in (("one jail", ["--jobs", "1"], None), ("two jails", ["--jobs", "2"], None),
                                   ("few descriptors", ["--jobs", "1"], 128),
                                   ("plain C kernels", ["--jobs", "1", "--cpu", "plain"], None)):
            code, got, err = read(scan(work, *flags, limit=limit))
            say(code == 1 and got == alone, f"{what}: the same", err or {n: v for n, v in got.items() if v != alone.get(n)})
        killed(work, alone)


def killed(work, alone):
    """Jails die at any time, while hashing too. Each death costs one file at most."""
    p = scan(work, "--jobs", "2")
    stop = threading.Event()

    def kill():
        while not stop.wait(0.03):
            for zygote in children_of(p.pid):
                for jail in children_of(zygote):
                    try:
                        os.kill(jail, signal.SIGKILL)
                    except OSError:
                        pass
    t = threading.Thread(target=kill)
    t.start()
    timer = threading.Timer(3, stop.set)
    timer.start()
    code, got, err = read(p)
    stop.set()
    t.join()
    timer.cancel()
    wrong = {n: v for n, v in got.items() if v != alone[n] and v[2][-1:] != ["crashed"]}
    say(len(got) == FILES and not wrong, f"jails are killed: every file is as before or a gap `crashed` "
        f"({sum(v[2][-1:] == ['crashed'] for v in got.values())})", err or wrong)


main()
