#!/usr/bin/env python3
"""The debugging scanner: an ordinary build does not contain it; where `make debug` made one, it says of every file what jails
say. (The comparison needs build-debug/src/candor-debug, or CANDOR_DEBUG.)"""
import json
import os
import re
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
DEBUG = os.environ.get("CANDOR_DEBUG", os.path.join(ROOT, "build-debug/src/candor-debug"))
RULES = 'rule marker { strings: $a = "CANDOR-MARKER" condition: $a }\nrule program { condition: uint32be(0) == 0x7f454c46 }\n'


def say(ok, name, note=""):
    print(("ok - " if ok else "not ok - ") + name, flush=True)
    if not ok and note:
        print("\n".join("# " + line for line in str(note).split("\n")[:20]))


def make(folder):
    import random
    import shutil
    import zipfile
    r = random.Random(7)
    for n in range(150):
        body = r.randbytes(r.randrange(20_000)) + (b"CANDOR-MARKER" if n % 9 == 0 else b"") + r.randbytes(50)
        open(f"{folder}/{n:03d}", "wb").write(body)
    for n, size in enumerate((600 << 10, 3 << 20, 17 << 20)):
        open(f"{folder}/large{n}", "wb").write(bytes(size) + b"CANDOR-MARKER")
    shutil.copy(os.path.realpath("/proc/self/exe"), f"{folder}/program")
    with zipfile.ZipFile(f"{folder}/z.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.write(f"{folder}/000", "inside")
        z.writestr("more", "CANDOR-MARKER")
    open(f"{folder}/cut.zip", "wb").write(open(f"{folder}/z.zip", "rb").read()[:-30])


def main():
    options = json.load(open(os.path.join(BUILD, "meson-info/intro-buildoptions.json")))
    asked = next(o["value"] for o in options if o["name"] == "debug_scanner")
    has = os.path.exists(os.path.join(BUILD, "src/candor-debug"))
    say(has == asked, "the scanner without a cage is there only when asked for")
    if not os.path.exists(DEBUG):
        print("ok - it says what jails say # SKIP no candor-debug: make debug")
        return
    with tempfile.TemporaryDirectory(prefix="candor-one.") as work:
        os.mkdir(f"{work}/files")
        make(f"{work}/files")
        open(f"{work}/a.yar", "w").write(RULES)
        p = subprocess.run([f"{BUILD}/candor", "scan", "--json", "--all", "--no-ledger", "--no-cache", "--no-progress", "-r",
                            f"{work}/a.yar", f"{work}/files"], capture_output=True, text=True, env={**os.environ, "HOME": work,
                            "XDG_STATE_HOME": work})
        rows = [json.loads(line) for line in p.stdout.splitlines()]
        caged = sorted((r["path"], f["rule"]) for r in rows if "path" in r for f in r["findings"])
        gaps = sorted((r["path"], g["kind"]) for r in rows if "path" in r for g in r["gaps"])
        d = subprocess.run([DEBUG, f"{work}/a.yar", f"{work}/files"], capture_output=True, text=True)
        free = sorted(re.findall(r"^(\S+): (\w+) \(object \d+\)$", d.stdout, re.M))
        free_gaps = sorted(re.findall(r"^(\S+): gap ([\w-]+) at ", d.stdout, re.M))
        say(len(caged) > 20 and caged == free, f"it finds what jails find ({len(caged)})", (sorted(set(caged) ^ set(free)), d.stderr))
        say(gaps == free_gaps, f"and has the same gaps ({len(gaps)})", (gaps, free_gaps))
        say(p.returncode == d.returncode, "and the same exit code", (p.returncode, d.returncode))


main()
