#!/usr/bin/env python3
"""A malicious configuration: whatever it says, candor ends with 2 and names file and line, or scans as it would without; it never crashes,
hangs, prints control characters or lets go of what it promises."""
import os
import random
import re
import shutil
import subprocess
import tempfile

import lib
from lib import put, say

work = tempfile.mkdtemp(prefix="candor-test.")
os.chmod(work, 0o755)
folder = os.path.join(work, "config", "candor")
os.makedirs(folder)
conf = os.path.join(folder, "candor.conf")
rules = put(os.path.join(work, "rules.yar"), b'rule marker { strings: $a = "bad-config-marker" condition: $a }')
clean = put(os.path.join(work, "clean.txt"), b"nothing\n")
found = put(os.path.join(work, "found.txt"), b"bad-config-marker\n")
program = lib.for_everybody(os.path.join(work, "bin"))
AS_USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


def scan(*args, timeout=60):
    """As an ordinary user, whose own configuration is read. Exit code and all it said."""
    env = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": os.path.join(work, "config"), "XDG_STATE_HOME": os.path.join(work, "state")}
    p = subprocess.run([*AS_USER, program, "scan", "--no-ledger", "--no-cache", "-r", rules, *args], env=env, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=timeout, stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout.decode("utf-8", "replace")


def refused(name, text, line):
    if text is not None:
        put(conf, text)
        os.chmod(conf, 0o644)
    code, said = scan(clean)
    place = "candor.conf" + (f":{line}:" if line else "")
    plain = not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", said)
    say(code == 2 and place in said and plain, f"refused: {name}", f"exit {code}: {said}")


put(conf, b"# nothing\n\n   # at all\n")
os.chmod(conf, 0o644)
say(scan(clean)[0] == 0 and scan(found)[0] == 1, "an empty configuration changes nothing")
refused("an unknown key, with its line", b"jobs = 1\n\nno-such-key = 1\n", 3)
refused("a key that switches the cage off", b"cage = off\n", 1)
refused("a key that would name a server", b"upload = http://127.0.0.1/\n", 1)
refused("a line without a value's sign", b"jobs\n", 1)
refused("no key at all", b"= 1\n", 1)
refused("a number that is none", b"jobs = many\n", 1)
refused("a negative number", b"jobs = -1\n", 1)
refused("a number past 64 bits", b"max-bytes = 99999999999999999999999999\n", 1)
refused("a size whose unit overflows", b"max-bytes = 18446744073709551615T\n", 1)
refused("a gap that nobody knows", b"accept = nonsense\n", 1)
refused("control characters in a key", b"\x1b[2J\x07key = 1\n", 1)
refused("control characters in a value", b"accept = \x1b]0;x\x07\n", 1)
refused("a NUL in a key", b"jo\x00bs = 1\n", 1)
refused("64 KiB without an end", b"a" * (1 << 16), 0)
refused("a megabyte of lines", b"jobs = 1\n" * 120000, 0)
refused("more of one option than can be kept", b"exclude=x\n" * 6000, None)
os.unlink(conf)
os.mkdir(conf)
refused("a folder in its place", None, 0)
os.rmdir(conf)
os.mkfifo(conf)
os.chmod(conf, 0o644)
code, said = scan(clean)
say(code in (0, 2), "a pipe in its place does not hang", said)
os.unlink(conf)
os.symlink(conf, conf)
refused("a link to itself", None, 0)
os.unlink(conf)

# Random edits of a good one, and bytes of no sense: exit codes that candor has, never a signal.
good = b"# a comment, in which anything may stand as long as it is one line\n# and another of them, so that some edits harm nothing\njobs = 2\nmax-depth = 8\nmax-bytes = 500M\ntimeout = 10\nexclude = *.iso\naccept = encrypted, truncated\nisolate = no\n"
random.seed(7)
ends = {}
for n in range(120):
    text = bytearray(good if n % 4 else os.urandom(200))
    for _ in range(random.randrange(1, 6)):
        text[random.randrange(len(text))] = random.randrange(256)
    put(conf, bytes(text))
    os.chmod(conf, 0o644)
    ends.setdefault(scan(clean)[0], []).append(bytes(text))
say(set(ends) <= {0, 2} and len(ends) == 2, f"120 random ones: {', '.join(f'{len(v)} ended with {k}' for k, v in sorted(ends.items()))}",
    {k: v[:2] for k, v in ends.items()})
shutil.rmtree(work)
