#!/usr/bin/env python3
"""Containers of ClamAV databases: what ClamAV signed loads, what it did not sign loads only when asked, and that is said."""
import os
import shutil
import subprocess
import tempfile

import lib

GENUINE = os.path.join(lib.ROOT, "../shared/data/bytecode.cvd")


def build_cud(top):
    """By ClamAV's own sigtool. False: it is not here."""
    lib.put(os.path.join(top, "COPYING"), b"free\n")
    lib.put(os.path.join(top, "test.ndb"), b"Test.Cud-1:0:*:" + b"needle-in-cud".hex().encode() + b"\n")
    subprocess.run(["sigtool", "--build=test.cud", "--unsigned", "--cvd-version=1", "--max-bad-sigs=0"], cwd=top, input=b"me\n",
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
    return os.path.exists(os.path.join(top, "test.cud"))


def check_unsigned(top):
    cud, plain = os.path.join(top, "test.cud"), lib.put(os.path.join(top, "file"), b"xx needle-in-cud")
    code, out, err = lib.candor("scan", "--no-ledger", "-r", cud, plain)
    lib.say(code == 2 and b"refused: it is unsigned" in err and b"FOUND" not in out, "an unsigned container is refused", err)
    code, out, err = lib.candor("scan", "--no-ledger", "--allow-unsigned", "-r", cud, plain)
    lib.say(code == 1 and b"Test.Cud-1" in out, "and loads when that is asked for", (out, err))
    code, _, err = lib.candor("rules", "check", "--allow-unsigned", "-r", cud)
    lib.say(code == 0 and b"although it is unsigned" in err, "which is said", err)
    code, out, err = lib.candor("clamscan", "--no-summary", "-d", cud, plain)
    lib.say(code == 2 and b"FOUND" not in out, "the same by candor clamscan", (out, err))
    code, out, err = lib.candor("clamscan", "--no-summary", "--allow-unsigned", "-d", cud, plain)
    lib.say(code == 1 and b"Test.Cud-1.UNOFFICIAL FOUND" in out, "as unofficial", (out, err))
    renamed = os.path.join(top, "renamed.cvd")
    shutil.copy(cud, renamed)
    code, _, err = lib.candor("rules", "check", "-r", renamed)
    lib.say(code == 2 and b"refused" in err, "under the name of a signed one it is refused, too", err)


def check_genuine(top):
    code, out, err = lib.candor("rules", "check", "-r", GENUINE)
    lib.say(code == 0, "what ClamAV signed loads", err)
    data = bytearray(open(GENUINE, "rb").read())
    for name, at in (("time", 13), ("version", 35), ("hash", 60), ("signature", 120), ("body", 40000)):
        data[at] ^= 1
        path = lib.put(os.path.join(top, f"{name}.cvd"), data)
        data[at] ^= 1
        code, _, err = lib.candor("rules", "check", "-r", path)
        lib.say(code == 2 and b"refused" in err, f"one bit of its {name} changed: refused", err)


def main():
    with tempfile.TemporaryDirectory() as top:
        if shutil.which("sigtool") and build_cud(top):
            check_unsigned(top)
        else:
            lib.skip("unsigned containers", "sigtool is not installed")
        if os.path.exists(GENUINE):
            check_genuine(top)
        else:
            lib.skip("a signed container", "no ../shared/data/bytecode.cvd")


if __name__ == "__main__":
    main()
