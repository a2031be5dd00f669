#!/usr/bin/env python3
"""The module cuckoo beside yara's: random reports, odd ones among them, given to both with -x; the same rules must be true."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

YARA = os.environ.get("YARA", "yara")
REPORTS = int(os.environ.get("REPORTS", "60"))
WORDS = ["a.example", "b.example/x?y", "", "10.0.0.1", "fe80::1", "C:\\Windows\\x.exe", "HKLM\\Software\\Run", "mtx", "M\u00fctex", "a\u0000b", "\U0001f600"]
PATTERNS = [r"/example/", r"/^a/", r"/x$/", r"/./", r"/^$/", r"/^z*/", r"/z*/", r"/10\.0/", r"/\\Run/", r"/MTX/i", r"/b/", r"/\.exe$/", r"/[^\x00-\x7f]/"]
CALLS = ["network.http_get({})", "network.http_post({})", "network.http_request({})", "network.http_user_agent({})", "network.dns_lookup({})",
         "network.host({})", "network.tcp({}, 443)", "network.udp({}, 53)", "registry.key_access({})", "filesystem.file_access({})", "sync.mutex({})"]


def odd(rng, value):
    """Now and then another type. Only texts stand in lists of texts: yara ends itself at others."""
    return rng.choice([None, 7, 1.5, True, [], {}, "x"]) if rng.random() < 0.08 else value


def row(rng, keys):
    out = {}
    for key, values in keys.items():
        if rng.random() < 0.9:
            out[key] = odd(rng, rng.choice(values))
    return odd(rng, out)


def rows(rng, keys):
    return odd(rng, [row(rng, keys) for _ in range(rng.randrange(4))])


def texts(rng):
    return odd(rng, [rng.choice(WORDS) for _ in range(rng.randrange(4))])


def report(rng):
    ports = [443, 53, -1, 443 + (1 << 32), "443", 53.0]
    network = {"http": rows(rng, {"uri": WORDS, "method": ["GET", "post", "PUT", "Get"], "user-agent": WORDS}),
               "hosts": texts(rng), "domains": rows(rng, {"ip": WORDS, "domain": WORDS}), "dns": rows(rng, {"ip": WORDS, "hostname": WORDS}),
               "tcp": rows(rng, {"dport": ports, "dst": WORDS}), "udp": rows(rng, {"dport": ports, "dst": WORDS})}
    summary = {"keys": texts(rng), "files": texts(rng), "mutexes": texts(rng)}
    for d in (network, summary):
        for key in list(d):
            if rng.random() < 0.2:
                del d[key]
    return odd(rng, {"network": odd(rng, network), "behavior": odd(rng, {"summary": odd(rng, summary)})})


def run(program, args, cwd):
    p = subprocess.run([*program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, timeout=60)
    return p.returncode, p.stdout, bool(p.stderr)


def main():
    if not shutil.which(YARA):
        return lib.skip("the module cuckoo beside yara's", "no yara here")
    with tempfile.TemporaryDirectory() as top:
        rules = [f"rule r{i}_{k} {{ condition: cuckoo.{call.format(pattern)} }}" for i, call in enumerate(CALLS) for k, pattern in enumerate(PATTERNS)]
        lib.put(os.path.join(top, "r.yar"), ('import "cuckoo"\n' + "\n".join(rules) + "\n").encode())
        lib.put(os.path.join(top, "target"), b"any")
        rng = random.Random(7)
        same, positive, wrong = 0, 0, []
        for n in range(REPORTS):
            text = json.dumps(report(rng), ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1])).encode()
            if n % 10 == 9:
                text = text[:-1] + rng.choice([b"", b"x", b"}}", b"\xff"])
            lib.put(os.path.join(top, "report"), text)
            args = ["-x", "cuckoo=report", "r.yar", "target"]
            want, got = run([YARA], args, top), run([lib.CANDOR, "yara"], args, top)
            same += want == got
            positive += len(want[1].splitlines())
            if want != got:
                wrong.append(f"{text[:300]}\n  yara   {want}\n  candor {got}"[:1500])
        lib.say(not wrong and positive > REPORTS, f"{same} of {REPORTS} reports: the same of {len(rules)} rules are true ({positive} in all)", "\n".join(wrong))
    return None


if __name__ == "__main__":
    main()
