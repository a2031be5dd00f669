#!/usr/bin/env python3
"""Containers of ClamAV databases: what ClamAV signed loads, what it did not sign loads only when asked, and that is said."""
import base64
import gzip
import os
import random
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


def openssl(top, *args):
    subprocess.run(["openssl", *args], cwd=top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60)


def make_authority(top, name):
    """A root in a folder of certificates, and a signer by it."""
    os.makedirs(os.path.join(top, name))
    lib.put(os.path.join(top, "leaf.ext"), b"keyUsage=digitalSignature\n")
    openssl(top, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}/root.crt", "-subj", f"/CN={name} Root")
    openssl(top, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}-leaf.key", "-out", f"{name}.csr", "-subj", f"/CN={name} Signer")
    openssl(top, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}/root.crt", "-CAkey", f"{name}.key", "-CAcreateserial", "-out", f"{name}-leaf.crt",
            "-extfile", "leaf.ext")


def check_signed_beside(top):
    """ClamAV 1.5's .sign files, by authorities of our own."""
    cvd, plain = os.path.join(top, "beside.cvd"), os.path.join(top, "file")
    shutil.copy(os.path.join(top, "test.cud"), cvd)
    for name in ("ours", "theirs"):
        make_authority(top, name)
    openssl(top, "smime", "-sign", "-binary", "-outform", "DER", "-in", cvd, "-signer", "ours-leaf.crt", "-inkey", "ours-leaf.key", "-out", "s.der")
    line = base64.b64encode(open(os.path.join(top, "s.der"), "rb").read())
    sign = lib.put(os.path.join(top, "beside-1.cvd.sign"), b"#clamsign-1.0\n220::pkcs7-pem:" + line + b"\n")
    certs = [os.path.join(top, n) for n in ("ours", "theirs")]
    code, out, err = lib.candor("scan", "--no-ledger", "-r", cvd, plain)
    lib.say(code == 2 and b"no certificates were given" in err, "a .sign file alone makes nobody believed", (code, err))
    code, out, err = lib.candor("scan", "--no-ledger", "--cvd-certs", certs[0], "-r", cvd, plain)
    lib.say(code == 1 and b"Test.Cud-1" in out and b"signed by ours Signer, as your certificates say" in err, "the owner's certificates do", (out, err))
    code, out, err = lib.candor("clamscan", "--no-summary", f"--cvdcertsdir={certs[0]}", "-d", cvd, plain)
    lib.say(code == 1 and b"Test.Cud-1 FOUND" in out, "the same by candor clamscan", (out, err))
    code, _, err = lib.candor("rules", "check", "--cvd-certs", certs[1], "-r", cvd)
    lib.say(code == 2 and b"do not vouch for" in err, "other certificates do not", err)
    data = open(cvd, "rb").read()
    for at in (12, 300, 520, len(data) - 3):
        lib.put(cvd, data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        code, _, err = lib.candor("rules", "check", "--cvd-certs", certs[0], "-r", cvd)
        lib.say(code == 2 and b"refused" in err, f"byte {at} of the container changed: refused", err)
    lib.put(cvd, data)
    lib.put(sign, b"#clamsign-1.0\n220::pkcs7-pem:" + line[:-8] + b"AAAAAAAA\n")
    code, _, err = lib.candor("rules", "check", "--cvd-certs", certs[0], "-r", cvd)
    lib.say(code == 2 and b"refused" in err, "a damaged .sign file is refused, and no kept image hides it", err)
    os.remove(sign)
    code, _, err = lib.candor("rules", "check", "--cvd-certs", certs[0], "-r", cvd)
    lib.say(code == 2 and b"signature is missing or wrong" in err, "without one the signatures inside decide", err)
    os.mkdir(os.path.join(top, "empty"))
    code, _, err = lib.candor("rules", "check", "--cvd-certs", os.path.join(top, "empty"), "-r", cvd)
    lib.say(code == 2 and b"no certificate" in err, "a folder without certificates is refused", err)


def rule_names(path, *flags):
    """Names of all signatures that a container gives, or None when it is refused; and what was said."""
    image = path + ".img"
    code, _, err = lib.candor("rules", "build", "--allow-unsigned", *flags, "-r", path, "-o", image)
    if code != 0:
        return None, err.decode("utf-8", "replace")
    _, out, _ = lib.candor("rules", "list", "-r", image)
    return [l.split()[0] for l in out.decode().splitlines() if l and "." in l.split()[0]], err.decode("utf-8", "replace")


def put_difference(path, version, script):
    body = gzip.compress(script.encode(), mtime=0)
    return lib.put(path, b"ClamAV-Diff:%d:%d:" % (version, len(script)) + body + b":bm90IHNpZ25lZA")


def random_script(rng, bases, number):
    """Commands over files of lines "NAME:0:*:HEX"; most fit."""
    out = ["#LSIZE 100"]
    for name, lines in bases.items():
        if rng.random() < 0.2:
            continue
        out.append(f"OPEN {name}")
        for _ in range(rng.randint(0, 5)):
            at = rng.randrange(len(lines))
            begins = lines[at] if rng.random() < 0.5 else lines[at][:rng.randint(1, 6)]
            if rng.random() < 0.02:
                begins = "x" + begins
            new = f"X{number}.{rng.randrange(999)}:0:*:{rng.randbytes(6).hex()}"
            out.append(rng.choice([f"DEL {at + 1} {begins}", f"XCHG {at + 1} {begins} {new}", f"ADD A{number}.{rng.randrange(999)}:0:*:{rng.randbytes(6).hex()}"]))
        out.append("CLOSE")
    names = list(bases)
    if rng.random() < 0.3:
        a, b = sorted(rng.sample(range(1, 12), 2))
        out.append(f"MOVE {names[0]} {names[1]} {a} {rng.choice('ATX')} {b} {rng.choice('ATX')}")
    if rng.random() < 0.1:
        out.append(f"UNLINK {names[1]}")
    return "\n".join(out) + "\n"


def by_sigtool(top, bases, script):
    """The lines of all files after sigtool ran the script; None when it does not fit."""
    folder = tempfile.mkdtemp(dir=top)
    for name, lines in bases.items():
        lib.put(os.path.join(folder, name), "".join(l + "\n" for l in lines).encode())
    lib.put(os.path.join(folder, "s.script"), script.encode())
    run = subprocess.run(["sigtool", "--run-cdiff=s.script"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    if b"Invalid diff name" not in run.stdout:  # what it says of a script that it could run
        return None
    paths = [os.path.join(folder, n) for n in bases]
    return [l for p in paths if os.path.exists(p) for l in open(p).read().splitlines()]


def check_differences(top):
    rng = random.Random(20240607)
    bases = {n: [f"T{n[6]}.{i}:0:*:{rng.randbytes(6).hex()}" for i in range(15)] for n in ("daily.ndb", "daily.sdb")}
    folder = os.path.join(top, "differences")
    os.makedirs(folder)
    for name, lines in bases.items():
        lib.put(os.path.join(folder, name), "".join(l + "\n" for l in lines).encode())
    lib.put(os.path.join(folder, "COPYING"), b"free\n")
    subprocess.run(["sigtool", "--build=daily.cud", "--unsigned", "--cvd-version=1", "--max-bad-sigs=0"], cwd=folder, input=b"me\n",
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
    bad, fit = [], 0
    for number in range(60):
        beside = os.path.join(folder, str(number))
        os.makedirs(beside)
        base = shutil.copy(os.path.join(folder, "daily.cud"), os.path.join(beside, "daily.cld"))
        script = random_script(rng, bases, number)
        put_difference(os.path.join(beside, "daily-2.cdiff"), 2, script)
        them = by_sigtool(top, bases, script)
        us, err = rule_names(base)
        want = them and sorted(l.split(":")[0] for l in them)
        fit += them is not None
        if want != (us and sorted(us)) or (us is None and "does not fit" not in err):
            bad.append(f"{script}\nsigtool {want}\ncandor {us}\n{err}")
    lib.say(not bad and 30 < fit < 60, f"sigtool and candor make the same of 60 differences, {fit} of which fit", "\n".join(bad))
    check_chain(folder, bases)


def check_chain(folder, bases):
    """One difference after another, without a hole, signed ones only."""
    beside = os.path.join(folder, "chain")
    os.makedirs(beside)
    base = shutil.copy(os.path.join(folder, "daily.cud"), os.path.join(beside, "daily.cld"))
    before, _ = rule_names(base)
    for version in (2, 3, 5):
        put_difference(os.path.join(beside, f"daily-{version}.cdiff"), version, f"OPEN daily.ndb\nADD New.{version}:0:*:{version:02d}616263\nCLOSE\n")
    names, err = rule_names(base)
    lib.say(names and set(names) - set(before) == {"New.2", "New.3"} and "2 differences were applied: version 3" in err,
            "those that follow the version are applied, and that is said", (names, err))
    lib.say(set(rule_names(beside)[0] or []) == set(names or []), "the same for a folder")
    code, _, err = lib.candor("rules", "check", "-r", base)
    lib.say(code == 2 and b"refused" in err, "nothing unsigned is applied unless that is asked for", err)
    put_difference(os.path.join(beside, "daily-2.cdiff"), 3, "OPEN daily.ndb\nCLOSE\n")
    names, err = rule_names(base)
    lib.say(names is None and "another version" in err, "a difference that is not what its name says is refused", err)
    lone = lib.put(os.path.join(beside, "one.yar"), b"rule r { condition: false }")
    code, _, err = lib.candor("rules", "check", "-r", os.path.join(beside, "daily-3.cdiff"), "-r", lone)
    lib.say(code == 0 and b"only beside its container" in err, "one without a container is said to mean nothing", (code, err))


def check_genuine_with_difference(top):
    """An unsigned difference beside what ClamAV signed."""
    beside = os.path.join(top, "genuine")
    os.makedirs(beside)
    shutil.copy(GENUINE, os.path.join(beside, "bytecode.cvd"))
    put_difference(os.path.join(beside, "bytecode-269.cdiff"), 269, "OPEN x.ndb\nADD Evil:0:*:616263\nCLOSE\n")
    code, _, err = lib.candor("rules", "check", "-r", os.path.join(beside, "bytecode.cvd"))
    lib.say(code == 2 and b"bytecode-269.cdiff is refused: its signature is wrong" in err, "an unsigned difference beside a signed container is refused", err)


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
            check_differences(top)
            if shutil.which("openssl"):
                check_signed_beside(top)
            else:
                lib.skip(".sign files", "openssl is not installed")
        else:
            lib.skip("unsigned containers", "sigtool is not installed")
        if os.path.exists(GENUINE):
            check_genuine(top)
            check_genuine_with_difference(top)
        else:
            lib.skip("a signed container", "no ../shared/data/bytecode.cvd")


if __name__ == "__main__":
    main()
