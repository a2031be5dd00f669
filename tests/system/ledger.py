#!/usr/bin/env python3
"""The ledger: random edits are each found, several users and killed ones leave it whole, a full disk gives no verdict.
ledger.py [EDITS]: how many random edits (default 300)."""
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from lib import CANDOR, candor, put, say, skip

EDITS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
SEED = int(os.environ.get("CANDOR_TEST_SEED", "1"))
work = tempfile.mkdtemp(prefix="candor-test.")
rules = put(os.path.join(work, "rules.yar"), b'rule marked { strings: $a = "ledger-marker" condition: $a }')
image = os.path.join(work, "rules.img")
files = os.path.join(work, "files")


def scan(ledger, *args, **kw):
    return candor("scan", "--no-progress", "--ledger", ledger, "-r", image, *args, **kw)


def verify(ledger, *args):
    code, out, err = candor("ledger", "verify", "--ledger", ledger, *args)
    return code, (out + err).decode("utf-8", "replace")


def entries(ledger, *args):
    code, out, err = candor("ledger", "show", "--json", "--ledger", ledger, *args)
    return [json.loads(line) for line in out.decode().splitlines()]


def records(data):
    """(start, end) of each record of a segment; layout: doc/ledger.md."""
    count = struct.unpack_from("<I", data, 12)[0]
    at, found = 24 + 32 + 32 * count + 32, []
    while at < len(data):
        end = at + 4 + struct.unpack_from("<I", data, at)[0] + 64
        found.append((at, end))
        at = end
    return found


def copy(folder, name):
    to = os.path.join(work, name)
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    return to


def first_use():
    ledger = os.path.join(work, "first")
    code, out, err = scan(ledger, "--json", files)
    summary = json.loads(out.decode().splitlines()[-1])
    rows = entries(ledger)
    kinds = [r["kind"] for r in rows]
    say(code == 1 and summary["ledger"]["state"] == "on" and summary["ledger"]["size"] == len(rows), "the summary names the head", out + err)
    say(kinds[:2] == ["started", "ruleset"] and kinds[-1] == "stopped" and kinds.count("finding") == 20 and "gap" in kinds,
        "started, ruleset, findings, gaps, stopped", kinds)
    say(all(r["run"] == 0 for r in rows if "run" in r) and rows[-1]["found"] == 20, "they belong together", rows[-1])
    say(verify(ledger)[0] == 0, "it verifies")
    say(b"ledger     off" in candor("scan", "--no-ledger", "--no-progress", "-r", image, rules)[1], "--no-ledger is repeated")
    code, out, err = scan("/proc/self/nowhere", rules)
    say(code == 2 and b"--no-ledger" in err and b"files " not in out, "no writable place: no scan", err)
    return ledger


# --- edits: each returns a short text, and changes one copy of a ledger ---

def segment(folder):
    return os.path.join(folder, "00000000.seg")


def flip(rng, folder, other):
    name = rng.choice(["00000000.seg"] * 6 + ["head", "seal", "key.pub"])
    path = os.path.join(folder, name)
    data = bytearray(open(path, "rb").read())
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    put(path, data)
    return f"{name} byte {at}"


def cut(rng, folder, other):
    data = open(segment(folder), "rb").read()
    at = rng.randrange(len(data))
    put(segment(folder), data[:at])
    return f"at {at} of {len(data)}"


def remove(rng, folder, other):
    data = open(segment(folder), "rb").read()
    a, b = rng.choice(records(data))
    put(segment(folder), data[:a] + data[b:])
    return f"{a}..{b}"


def reorder(rng, folder, other):
    data = open(segment(folder), "rb").read()
    (a, b), (c, d) = sorted(rng.sample(records(data), 2))
    put(segment(folder), data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:])
    return f"{a} and {c}"


def replay(rng, folder, other):
    data = open(segment(folder), "rb").read()
    all_records = records(data)
    a, b = rng.choice(all_records)
    at = rng.choice(all_records)[1]
    put(segment(folder), data[:at] + data[a:b] + data[at:])
    return f"{a} again at {at}"


def splice(rng, folder, other):
    data, foreign = open(segment(folder), "rb").read(), open(segment(other), "rb").read()
    a, b = rng.choice(records(data))
    c, d = rng.choice(records(foreign))
    put(segment(folder), data[:a] + foreign[c:d] + data[b:])
    return f"{c} of another for {a}"


def set_back(rng, folder, other):
    data = open(segment(folder), "rb").read()
    a, b = rng.choice(records(data))
    at = data.index(b"\ntime ", a) + 6
    put(segment(folder), data[:at] + b"1" + b"000000000" + data[at + 10:])
    return f"time of record at {a}"


def put_back(rng, folder, other):
    """One file as it was some scans ago."""
    name = rng.choice(["00000000.seg", "head", "seal"])
    shutil.copy(os.path.join(work, "older", name), os.path.join(folder, name))
    return name


def of_another(rng, folder, other):
    name = rng.choice(["00000000.seg", "head", "seal", "key.pub"])
    shutil.copy(os.path.join(other, name), os.path.join(folder, name))
    return name


def drop_file(rng, folder, other):
    name = rng.choice(["00000000.seg", "head", "seal", "key.pub"])
    os.unlink(os.path.join(folder, name))
    return name


def forge_hashes(rng, folder, other):
    """The texts are dropped as retention would, but nothing allows it."""
    data = open(segment(folder), "rb").read()
    os.rename(segment(folder), os.path.join(folder, "00000000.hashes"))
    return str(len(data))


def random_edits():
    base, other = os.path.join(work, "base"), os.path.join(work, "other")
    for n in range(6):
        scan(base, files if n % 2 else rules)
        if n == 2:
            copy(base, "older")
    scan(other, files)
    code, text = verify(base)
    say(code == 0, "before the edits it verifies", text)
    rng = random.Random(SEED)
    acts = [flip, flip, cut, remove, reorder, replay, splice, set_back, put_back, of_another, drop_file, forge_hashes]
    missed, unnamed, done = [], [], {}
    for n in range(EDITS):
        act = acts[n % len(acts)]
        folder = copy(base, "edited")
        what = act(rng, folder, other)
        code, text = verify(folder)
        done[act.__name__] = done.get(act.__name__, 0) + 1
        if code != 1:
            missed.append(f"{act.__name__} {what}: {code} {text}")
        elif act in (remove, reorder, replay, splice, set_back) and "entry " not in text and "entries " not in text:
            unnamed.append(f"{act.__name__} {what}: {text}")
    print(f"# {EDITS} edits, seed {SEED}: {done}", flush=True)
    say(not missed, f"each of {EDITS} random edits is found", "\n".join(missed[:10]))
    say(not unnamed, "edits of entries are named by index", "\n".join(unnamed[:10]))
    folder = copy(base, "edited")
    data = open(segment(folder), "rb").read()
    put(segment(folder), data[:records(data)[7][0]] + data[records(data)[7][1]:])
    say("entry 7 " in verify(folder)[1], "entry 7 taken out is called entry 7", verify(folder)[1])
    code, out, err = scan(folder, rules)
    say(code == 2 and b"ledger verify" in err, "a damaged ledger is not written on", err)


def elsewhere():
    """A head held elsewhere shows what the folder alone cannot: all of it set back or made anew."""
    ledger = os.path.join(work, "held")
    scan(ledger, rules)
    past = copy(ledger, "past")
    scan(ledger, rules)
    head = put(os.path.join(work, "head.txt"), candor("ledger", "head", "--ledger", ledger)[1])
    scan(ledger, rules)
    say(verify(ledger, "--head", head)[0] == 0, "a ledger that went on continues the head")
    code, text = verify(past, "--head", head)
    say(code == 1 and "missing" in text, "all of it set back: seen by the head", text)
    scan(past, files)
    code, text = verify(past, "--head", head)
    say(code == 1 and "fork" in text, "another continuation: a fork", text)
    key = candor("ledger", "seal", "--ledger", ledger)[1].decode().strip()
    scan(ledger, files)
    code, text = verify(ledger, "--key", key)
    say(code == 0 and "entries carry the MAC" in text, "the owner's key checks every entry since", text)
    index, _, digits = key.partition(":")
    wrong = f"{index}:{'00' * 32}"
    say(verify(ledger, "--key", wrong)[0] == 1, "another key does not")


def together():
    ledger = os.path.join(work, "together")
    runs = [subprocess.Popen([CANDOR, "scan", "--no-progress", "--quiet", "--jobs", "1", "--ledger", ledger, "-r", image, files])
            for _ in range(4)]
    codes = [p.wait() for p in runs]
    rows = entries(ledger)
    code, text = verify(ledger)
    say(codes == [1] * 4 and code == 0, "four scans at once leave a ledger that verifies", f"{codes} {text}")
    starts = [r["index"] for r in rows if r["kind"] == "started"]
    counts = [sum(1 for r in rows if r["kind"] == "finding" and r["run"] == s) for s in starts]
    say(counts == [20] * 4, "every finding of each is there", counts)


def killed():
    ledger, rng = os.path.join(work, "killed"), random.Random(SEED)
    bad = []
    for n in range(25):
        p = subprocess.Popen([CANDOR, "scan", "--no-progress", "--json", "--ledger", ledger, "-r", image, files],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(rng.random() * 0.15)
        p.send_signal(signal.SIGKILL)
        told = [json.loads(l) for l in p.communicate()[0].decode().splitlines() if l.endswith("}")]
        if not os.path.exists(os.path.join(ledger, "key.pub")):
            continue
        code, text = verify(ledger)
        shown = {r["path"] for r in told if r.get("verdict") == "found"}
        written = {r["path"] for r in entries(ledger, "--kind", "finding")}
        if code != 0 or not shown <= written:
            bad.append(f"kill {n}: {code} {text} {shown - written}")
    say(not bad, "killed at 25 random moments: it verifies, and holds whatever was said", "\n".join(bad))
    code, out, err = scan(ledger, files)
    say(code == 1 and verify(ledger)[0] == 0, "and the next scan goes on with it", err)


def full_disk():
    disk = os.path.join(work, "disk")
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], stderr=subprocess.DEVNULL).returncode:
        return skip("full disk", "no small file system can be mounted here")
    try:
        ledger = os.path.join(disk, "ledger")
        code, out, err = scan(ledger, rules)
        say(code in (0, 1) and verify(ledger)[0] == 0, "a small disk holds a first scan", err)
        with open(os.path.join(disk, "filler"), "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        code, out, err = scan(ledger, "--all", files)
        told = [l for l in out.decode().splitlines() if "FOUND" in l]
        written = entries(ledger, "--kind", "finding")
        say(code == 2 and b"No space left" in err and b"findings " not in out, "a full disk: exit 2, said so, no summary", out + err)
        say(len(told) <= len(written), "no finding was shown that is not written", told)
        os.unlink(os.path.join(disk, "filler"))
        code, text = verify(ledger)
        say(code == 0, "what is there verifies", text)
        say(scan(ledger, rules)[0] in (0, 1) and verify(ledger)[0] == 0, "with room again it goes on")
    finally:
        subprocess.run(["umount", disk])


def head_as_qr(ledger):
    if not shutil.which("zbarimg"):
        return skip("the QR code", "zbarimg is not installed")
    text = candor("ledger", "head", "--qr", "--ledger", ledger)[1].decode()
    note, _, drawn = text.partition("\033[30;107m")
    rows = []
    for line in ("\033[30;107m" + drawn).splitlines():
        cells = line.replace("\033[30;107m", "").replace("\033[0m", "")
        rows.append([c in "\u2580\u2588" for c in cells])
        rows.append([c in "\u2584\u2588" for c in cells])
    pixels = "\n".join(" ".join("0" if dark else "1" for dark in row for _ in range(4)) for row in rows for _ in range(4))
    picture = put(os.path.join(work, "head.pgm"), f"P2 {4 * len(rows[0])} {4 * len(rows)} 1\n{pixels}\n".encode())
    r = subprocess.run(["zbarimg", "--raw", "-q", picture], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    say(r.stdout.decode().strip() == note.strip(), "the QR code says the same as the head", r.stdout + r.stderr)


def main():
    os.mkdir(files)
    for n in range(20):
        put(os.path.join(files, f"marked-{n}.txt"), b"a ledger-marker here\n" * (n + 1))
    for n in range(20):
        put(os.path.join(files, f"clean-{n}.txt"), b"nothing here\n" * (n + 1))
    put(os.path.join(files, "half.gz"), bytes.fromhex("1f8b0800000000000003") + b"\x4b")
    candor("rules", "build", "-r", rules, "-o", image)
    try:
        ledger = first_use()
        random_edits()
        elsewhere()
        together()
        killed()
        full_disk()
        head_as_qr(ledger)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
