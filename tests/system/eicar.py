#!/usr/bin/env python3
"""EICAR is found wherever it hides, and whatever could not be looked at ends in a named gap, exit 3, bounded."""
import gzip
import io
import lzma
import bz2
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import candor, eicar, put, say, scan_json, skip  # noqa: E402


def zipped(name, data, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        z.writestr(name, data)
    return out.getvalue()


def tarred(name, data, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as t:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def ar(members):
    out = b"!<arch>\n"
    for name, data in members:
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + (b"\n" if len(data) % 2 else b"")
    return out


def deb(data):
    return ar([("debian-binary", b"2.0\n"), ("control.tar.gz", tarred("./control", b"Package: x\n", "w:gz")),
               ("data.tar.xz", tarred("./usr/bin/x", data, "w:xz"))])


def found(work, name, data, part):
    path = put(os.path.join(work, "sample"), data)
    code, files, summary, err = scan_json(path)
    parts = [f["part"] for row in files for f in row["findings"] if "eicar" in f["rule"].lower()]
    say(code == 1 and part in parts, f"found {name}", (code, parts, files, err))


def gap(work, name, data, kind, extra=(), limit_s=60):
    path = put(os.path.join(work, "sample"), data) if isinstance(data, bytes) else data
    start = time.monotonic()
    code, files, summary, err = scan_json(*extra, path)
    took = time.monotonic() - start
    kinds = {g["kind"] for row in files for g in row["gaps"]}
    say(code == 3 and kind in kinds and took < limit_s, f"{name}: gap {kind}, exit 3 ({took:.1f} s)", (code, kinds, took, err))
    code2 = candor("scan", "--no-ledger", "--quiet", "--accept", ",".join(kinds) or "encrypted", path)[0]
    say(code2 == 0, f"{name}: accepted by name, exit 0", code2)


def encrypted_zip():
    """One stored member with flag bit 0 and the 12-byte header of the old encryption; random-looking data."""
    data = bytes((i * 167 + 13) & 255 for i in range(12 + 40))
    name = b"secret.txt"
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 1, 0, 0, 33, 0x1234, len(data), 40, len(name), 0) + name + data
    central = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 1, 0, 0, 33, 0x1234, len(data), 40, len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def sparse_zip(path, size):
    """A zip whose one member inflates to `size` zeros; its deflate stream repeats one flushed block."""
    step = 64 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(bytes(step)) + packer.flush(zlib.Z_FULL_FLUSH)
    second = packer.compress(bytes(step)) + packer.flush(zlib.Z_FULL_FLUSH)
    body = first + second * (size // step - 1) + packer.flush(zlib.Z_FINISH)
    name = b"zeros"
    extra = struct.pack("<HHQQ", 1, 16, size, len(body))
    big = 0xFFFFFFFF
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 8, 0, 33, 0, big, big, len(name), len(extra)) + name + extra + body
    central = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 8, 0, 33, 0, big, big, len(name), len(extra), 0, 0, 0, 0, 0)
    central += name + extra
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local), 0)
    put(path, local + central + end)


def nested(levels):
    data = b"the innermost"
    for i in range(levels):
        data = zipped(f"{i}.zip", data, zipfile.ZIP_STORED)
    return data


def main():
    work = tempfile.mkdtemp(prefix="candor-eicar.")
    try:
        scenario(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def scenario(work):
    e = eicar()
    found(work, "plain", e, [])
    found(work, "in zip (stored)", zipped("eicar.com", e, zipfile.ZIP_STORED), ["eicar.com"])
    found(work, "in zip (deflate)", zipped("eicar.com", e), ["eicar.com"])
    found(work, "in gzip", gzip.compress(e), [""])
    found(work, "in bzip2", bz2.compress(e), [""])
    found(work, "in xz", lzma.compress(e), [""])
    found(work, "in lzma", lzma.compress(e, format=lzma.FORMAT_ALONE), [""])
    found(work, "in tar", tarred("dir/eicar.com", e), ["dir/eicar.com"])
    found(work, "in tar.gz", tarred("dir/eicar.com", e, "w:gz"), ["", "dir/eicar.com"])
    inner = gzip.compress(tarred("inner.zip", zipped("eicar.com", e)))
    found(work, "in zip in tar in gz in zip", zipped("outer.gz", inner), ["outer.gz", "", "inner.zip", "eicar.com"])
    found(work, "in a .deb", deb(e), ["data.tar.xz", "", "./usr/bin/x"])
    if shutil.which("zstd"):
        packed = subprocess.run(["zstd", "-c"], input=e, stdout=subprocess.PIPE, check=True).stdout
        found(work, "in zstd", packed, [""])
    else:
        skip("found in zstd", "no zstd program here to make one")
    code, files, _, err = scan_json("-", stdin=zipped("eicar.com", e))
    say(code == 1 and files[0]["findings"][0]["part"] == ["eicar.com"], "found on standard input", (code, files, err))

    gap(work, "an encrypted zip", encrypted_zip(), "encrypted")
    gap(work, "a truncated gzip", gzip.compress(os.urandom(5000))[:2500], "truncated")
    gap(work, "a zip nested 200 deep", nested(200), "too-deep")
    path = os.path.join(work, "sparse.zip")
    sparse_zip(path, 10 << 30)
    gap(work, f"10 GiB of zeros in a zip of {os.path.getsize(path) >> 20} MiB", path, "too-big", limit_s=120)
    gap(work, "a PDF", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n", "not-opened")
    flood = io.BytesIO()
    with zipfile.ZipFile(flood, "w") as z:
        for i in range(3000):
            z.writestr(f"{i}", b"x")
    code, files, summary, err = scan_json(put(os.path.join(work, "sample"), flood.getvalue()))
    say(code == 0 and summary["objects"] == 3001, "3,000 members of one byte are 3,000 objects", (code, summary, err))


main()
