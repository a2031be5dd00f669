#!/usr/bin/python3
"""What ClamAV's signatures ask beyond patterns, group by group: candor and clamscan are given the same little
databases and files, and must find the same names in each file.

  clam_special.py [GROUP...] [--show DIR]
"""
import io
import os
import pathlib
import random
import shutil
import struct
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import clam_ask
import clam_samples

SEED = int(os.environ.get("CANDOR_TEST_SEED", "20240607"))
MARK = b"alphabeta"
HEX = MARK.hex()
NOISE = bytes.fromhex("00010002ff80")  # neither text nor anything that has a type


def archive(names, data=MARK, packed=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as z:
        for name in names:
            z.writestr(name, data)
    return out.getvalue()


def handlers(rng):
    """HandlerType: scanned again as another type."""
    lines = ["H.%s;Engine:51-255,HandlerType:CL_TYPE_%s,Target:0;0;%s" % (kind, kind, word.encode().hex())
             for kind, word in (("PDF", "pdfplease"), ("GRAPHICS", "picplease"), ("ZIP", "zipplease"),
                                ("ELF", "elfplease"), ("MSEXE", "exeplease"))]
    lines += ["T.%d;Engine:51-255,Target:%d;0;%s" % (t, t, HEX) for t in (0, 1, 5, 6, 10)]
    lines += ["H.Html;Engine:51-255,HandlerType:CL_TYPE_PDF,Target:3;0&1;%s;%s" % (HEX, b"htmlplease".hex())]
    lines += ["H.Text;Engine:51-255,HandlerType:CL_TYPE_PDF,Target:7;0&1;%s;%s" % (HEX, b"textplease".hex())]
    files = {}
    for word in ("pdfplease", "picplease", "zipplease", "elfplease", "exeplease", "zipplease pdfplease", "textplease",
                 "nothing"):
        data = word.encode() + b" " + MARK
        files["bin-" + word.replace(" ", "-")] = NOISE + data
        files["text-" + word.replace(" ", "-")] = b"some text " + data + b" ends\n"
        files["pdf-" + word.replace(" ", "-")] = b"%PDF-1.4\n" + data
        files["gif-" + word.replace(" ", "-")] = b"GIF89a" + NOISE + data
    files["html"] = b"<html><body>htmlplease " + MARK
    files["html-raw"] = b"<html><body>pdfplease " + MARK
    files["zip-behind"] = NOISE + b"zipplease " + archive(["member"])
    return {"t.ldb": lines}, files


def offices(rng):
    """Container: kinds of ZIP."""
    kinds = ("ZIP", "OOXML_WORD", "OOXML_XL", "OOXML_PPT", "OOXML_HWP", "GZ")
    lines = ["C.%s;Engine:51-255,Container:CL_TYPE_%s,Target:0;0;%s" % (k, k, HEX) for k in kinds]
    pool = ["[Content_Types].xml", "docProps/app.xml", "_rels/.rels", "word/document.xml", "xl/workbook.xml", "ppt/p.xml",
            "Contents/content.hpf", "mimetype", "a", "b/c", "Word/x", "xword/y", "word", "docProps"]
    files = {}
    for n in range(60):
        names = [rng.choice(pool) + ("" if rng.random() < 0.7 else str(k)) for k in range(rng.randint(1, 7))]
        if len(set(names)) == len(names):
            files["zip%02d" % n] = archive(names, packed=rng.random() < 0.5)
    files["long"] = archive(["[Content_Types].xml"] + ["m%d" % i for i in range(200)] + ["ppt/x"])
    files["far"] = archive(["a", "xl/b", "c"], rng.randbytes(500000) + MARK)
    files["near"] = archive(["a", "xl/b", "c"], rng.randbytes(5000) + MARK)
    return {"t.ldb": lines}, files


def modifiers(rng):
    """Modifiers with colons behind them mean nothing."""
    tails = ("i", "w", "wa", "iw", "i::i", "w::i", "i*57::i*44::i", "f::i:w")
    lines = ["M.%d;Engine:51-255,Target:0;0;%s::%s" % (i, HEX, t) for i, t in enumerate(tails)]
    wide = b"".join(bytes([c, 0]) for c in MARK)
    files = {"plain": NOISE + MARK, "upper": NOISE + MARK.upper(), "wide": NOISE + wide,
             "wide-upper": NOISE + wide.upper(), "word": NOISE + b" " + MARK + b" "}
    return {"t.ldb": lines}, files


def block(key, body, value_len=0, kind=1, length=None):
    """A block of version information: key in UTF-16, padded, then the body."""
    head = key.encode("utf-16-le") + b"\0\0"
    head += bytes(-(6 + len(head)) % 4)
    size = 6 + len(head) + len(body)
    return struct.pack("<HHH", size if length is None else length, value_len, kind) + head + body


def padded(data):
    return data + bytes(-len(data) % 4)


def version(rng, pairs):
    """A version resource; sometimes a damaged one."""
    odd = rng.random() < 0.4
    how = rng.randrange(9) if odd else -1
    strings = b""
    for key, value in pairs:
        text = value.encode("utf-16-le") + b"\0\0"
        one = block(key, b"" if how == 0 and rng.random() < 0.5 else text, len(value) + 1)
        if how == 1 and rng.random() < 0.3:
            one = struct.pack("<H", rng.choice((0, 6, 12, 16, 17, len(one) + 40))) + one[2:]
        strings += padded(one)
    table = block("040904b0", strings, length=None if how != 2 else rng.choice((24, 25, 60, 5000)))
    tables = padded(table) * (2 if how == 3 else 1)
    info = padded(block("StringFileInfo" if how != 4 else "StringFileinfo", tables))
    var = padded(block("VarFileInfo", padded(block("Translation", b"\x09\x04\xb0\x04", 4, 0))))
    fixed = struct.pack("<II", 0xfeef04bd if how != 5 else 0xfeef04be, 0x10000) + bytes(44)
    inner = {6: var + info, 7: var + var + info}.get(how, info + var)
    return block("VS_VERSION_INFO", fixed + inner, 52 if how != 8 else 50, 0)


def resource_tree(rng, base, leaves):
    """A section of resources at address `base`: type 16 with these leaves, others around it."""
    kinds = [16] if rng.random() < 0.7 else sorted(rng.sample(range(1, 24), 3) + [16])
    out = bytearray(16 + 8 * len(kinds))
    struct.pack_into("<HH", out, 12, 0, len(kinds))
    blobs = []
    for i, kind in enumerate(kinds):
        mine = leaves if kind == 16 else [b"other"]
        struct.pack_into("<II", out, 16 + 8 * i, kind, 0x80000000 | len(out))
        at = len(out)
        out += bytes(16 + 8)
        struct.pack_into("<HH", out, at + 12, 0, 1)
        struct.pack_into("<II", out, at + 16, 1, 0x80000000 | len(out))
        at = len(out)
        out += bytes(16 + 8 * len(mine))
        struct.pack_into("<HH", out, at + 12, 0, len(mine))
        for k, blob in enumerate(mine):
            struct.pack_into("<II", out, at + 16 + 8 * k, 1024 + k, len(out))
            blobs.append((len(out), blob))
            out += bytes(16)
    for entry, blob in blobs:
        out += bytes(-len(out) % rng.choice((4, 4, 8)))
        struct.pack_into("<II", out, entry, base + len(out), len(blob))
        out += blob
    return bytes(out)


def widened(head):
    """The same headers for a PE32+."""
    out = bytearray(head)
    optional, rows = head[152:152 + 224], head[152 + 224:1024 - 16]
    struct.pack_into("<HH", out, 132, 0x8664, struct.unpack_from("<H", head, 134)[0])
    struct.pack_into("<H", out, 148, 240)
    new = bytearray(optional[:24] + bytes(8) + optional[32:72] + bytes(32) + optional[88:])
    struct.pack_into("<H", new, 0, 0x20b)
    struct.pack_into("<Q", new, 24, 0x400000)
    out[152:1024] = (new + rows)[:872]
    return out


def program(rng, resources):
    """A PE whose first section holds resources."""
    head, each = clam_samples.pe(2, 2048, 1024 + 2048 + len(resources), b"\1")
    head = bytearray(head)
    struct.pack_into("<II", head, 152 + 96 + 16, 0x1000 + 1536, len(resources))
    if rng.random() < 0.3:
        head = widened(head)
    data = bytearray(b"\1" * (1024 + each + 512))
    data[:1024] = head
    data[1024 + 1536:1024 + 1536 + len(resources)] = resources
    return bytes(data)


def versions(rng):
    """VI: offsets in version information."""
    words = ("CompanyName", "Comments", "ProductName", "Alpha", "B")
    utf = lambda s: s.encode("utf-16-le").hex()
    lines = ["V.%s;Engine:51-255,Target:1;0;VI:%s" % (w, utf(w)) for w in words]
    lines += ["V.Value;Engine:51-255,Target:1;0;VI:%s" % utf("Candor"), "V.Shift;Engine:51-255,Target:1;0;VI,4:%s" % utf("ompany"),
              "V.Two;Engine:51-255,Target:1;0>1;VI:%s" % utf("Comments"), "V.Any;Engine:51-255,Target:1;0;%s" % utf("Alpha"),
              "V.Full;Engine:51-255,Target:1;0&1;VI:%s;VI:%s" % (utf("CompanyName") + "0000" + "0000" + utf("Candor"), utf("B")),
              "V.Regex;Engine:81-255,Target:1;0&1;%s;VI:0/(C)\\x00o/" % utf("Comments")]
    files = {}
    for n in range(120):
        pairs = [(rng.choice(words), rng.choice(("Candor", "x", "", "Comments"))) for _ in range(rng.randint(0, 5))]
        leaves = [version(rng, pairs) for _ in range(rng.choice((1, 1, 1, 2, 20)))]
        files["pe%03d" % n] = program(rng, resource_tree(rng, 0x1000 + 1536, leaves))
    files["text"] = utf("CompanyName").encode()
    return {"t.ldb": lines}, files


GROUPS = (handlers, offices, modifiers, versions)


def main():
    keep = sys.argv[sys.argv.index("--show") + 1] if "--show" in sys.argv else None
    clam_ask.skip_without_clamscan("clam_special")
    asked = [g for g in GROUPS if g.__name__ in sys.argv[1:]] or GROUPS
    print("1..%d" % len(asked))
    for i, group in enumerate(asked, 1):
        top = pathlib.Path(keep or tempfile.mkdtemp(prefix="candor-clam-")) / group.__name__
        databases, files = group(random.Random(SEED))
        same, found, told = clam_ask.compare(top, databases, files)
        for line in told[:20]:
            print("# " + line)
        ok = same == len(files) and found > 0
        print("%sok %d - %s %d files, agreed %d, %d findings" % ("" if ok else "not ", i, group.__doc__, len(files), same, found))
        if not keep:
            shutil.rmtree(top.parent)


main()
