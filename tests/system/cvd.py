#!/usr/bin/env python3
"""Containers of ClamAV databases: what ClamAV signed loads, what it did not sign loads only when asked, and that is said."""
import base64
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
            if shutil.which("openssl"):
                check_signed_beside(top)
            else:
                lib.skip(".sign files", "openssl is not installed")
        else:
            lib.skip("unsigned containers", "sigtool is not installed")
        if os.path.exists(GENUINE):
            check_genuine(top)
        else:
            lib.skip("a signed container", "no ../shared/data/bytecode.cvd")


if __name__ == "__main__":
    main()
