#!/usr/bin/python3
"""What ClamAV's signatures ask beyond patterns, group by group: candor and clamscan are given the same little
databases and files, and must find the same names in each file.

  clam_special.py [GROUP...] [--show DIR]
"""
import io
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
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
            "Contents/content.hpf", "mimetype", "a", "b/c", "BinData/x", "Contents/x", "version.xml", "settings.xml",
            "META-INF/container.xml", "META-INF/x", "customXml/x", "_.rels/.rels", "[ContentTypes].xml", "Preview/PrvText.txt",
             "Word/x", "xword/y", "word", "docProps"]
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


def bitmap(rng, pixels, width, height, depth):
    """An icon's bitmap: pixels by row from the top, (r, g, b, a)."""
    head = struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, depth, 0, 0, 0, 0, 0, 0)
    palette, index = b"", {}
    if depth <= 8:
        colours = sorted({p[:3] for row in pixels for p in row})[:1 << depth]
        index = {c: i for i, c in enumerate(colours)}
        for c in colours + [(0, 0, 0)] * ((1 << depth) - len(colours)):
            palette += bytes([c[2], c[1], c[0], 0])
    out, mask = b"", b""
    for row in reversed(pixels):
        line, bits = b"", 0
        for r, g, b, a in row:
            if depth <= 8:
                bits = bits << depth | index.get((r, g, b), 0)
            elif depth == 16:
                line += struct.pack("<H", (r >> 3) << 10 | (g >> 3) << 5 | b >> 3)
            else:
                line += bytes([b, g, r, a])[:depth // 8]
        if depth <= 8:
            size = (width * depth + 7) // 8
            line = (bits << (8 * size - width * depth)).to_bytes(size, "big")
        out += line + bytes(-len(line) % 4)
        size = (width + 7) // 8
        line = (int("".join("0" if p[3] else "1" for p in row), 2) << (8 * size - width)).to_bytes(size, "big")
        mask += line + bytes(-len(line) % 4)
    return head + palette + out + (mask if depth != 32 or rng.random() < 0.5 else b"")


def picture(rng, width, height):
    """Some shapes on a ground, grey or in colours."""
    grey = rng.random() < 0.3
    def colour():
        c = tuple(rng.choice((0, 40, 90, 128, 200, 255)) for _ in range(3))
        return (c[0],) * 3 if grey else c
    ground, clear = colour(), rng.random() < 0.5
    rows = [[ground + (0 if clear else 255,) for _ in range(width)] for _ in range(height)]
    for _ in range(rng.randint(0, 6)):
        c, x, y = colour(), rng.randrange(width), rng.randrange(height)
        w, h, round_ = rng.randint(2, width), rng.randint(2, height), rng.random() < 0.5
        for j in range(y, min(height, y + h)):
            for i in range(x, min(width, x + w)):
                if not round_ or (2 * (i - x) / w - 1) ** 2 + (2 * (j - y) / h - 1) ** 2 < 1:
                    rows[j][i] = c + (255,)
    return rows


def changed(rng, rows):
    """A picture that may or may not be near enough: shifted, or with other pixels."""
    rows = [list(row) for row in rows]
    shift = rng.choice((0, 0, 1, 2, 4))
    rows = [row[-shift:] + row[:-shift] if shift else row for row in rows]
    for _ in range(rng.choice((0, 5, 60, 300))):
        rows[rng.randrange(len(rows))][rng.randrange(len(rows[0]))] = tuple(rng.choice((0, 128, 255)) for _ in range(3)) + (255,)
    return rows


def icon_program(rng, bitmaps):
    """A PE whose only group of icons has these."""
    base, out = 0x1000 + 1536, bytearray()
    group = struct.pack("<HHH", 0, 1, len(bitmaps))
    for i, data in enumerate(bitmaps):
        group += struct.pack("<BBBBHHIH", 0, 0, 0, 0, 1, 32, len(data), i + 1)
    kinds = [(3, [(i + 1, d) for i, d in enumerate(bitmaps)]), (14, [(1, group)])]
    out += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 2) + bytes(16)
    blobs = []
    for k, (kind, leaves) in enumerate(kinds):
        struct.pack_into("<II", out, 16 + 8 * k, kind, 0x80000000 | len(out))
        names = len(out)
        out += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, len(leaves)) + bytes(8 * len(leaves))
        for i, (name, blob) in enumerate(leaves):
            struct.pack_into("<II", out, names + 16 + 8 * i, name, 0x80000000 | len(out))
            out += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 1033, len(out) + 24)
            blobs.append((len(out), blob))
            out += bytes(16)
    for entry, blob in blobs:
        out += bytes(-len(out) % 4)
        struct.pack_into("<II", out, entry, base + len(out), len(blob))
        out += blob
    return program(rng, bytes(out))


def icon_signatures(files):
    """What clamscan itself prints of the icons in these files."""
    with tempfile.TemporaryDirectory(prefix="candor-icons-") as folder:
        top = pathlib.Path(folder)
        (top / "t.idb").write_text("N:G:G:10" + "0" * 122 + "\n")
        (top / "t.ldb").write_text("N;Engine:51-255,IconGroup1:G,Target:1;0;4d5a\n")
        (top / "f").mkdir()
        for name, data in files.items():
            (top / "f" / name).write_bytes(data)
        run = subprocess.run(["clamscan", "--debug", "-d", top / "t.idb", "-d", top / "t.ldb", top / "f"],
                             capture_output=True, text=True, errors="replace")
    return re.findall(r"IDB SIGNATURE: ICON_NAME:GROUP1:GROUP2:([0-9a-f]{124})\n", run.stderr)


def icons(rng):
    """IconGroup1, IconGroup2: icons of programs."""
    files, known = {}, {}
    for n in range(80):
        side = rng.choice((16, 24, 32, 32, 32, 48, 64, 20, 33, 72, 128, 256))
        width, height = side, side if rng.random() < 0.85 else max(16, side * 7 // 8)
        rows, depth = picture(rng, width, height), rng.choice((1, 4, 8, 16, 24, 24, 32, 32))
        files["a%02d" % n] = icon_program(rng, [bitmap(rng, rows, width, height, depth)])
        if n < 40:
            known["a%02d" % n] = files["a%02d" % n]
        for k in range(3):
            files["b%02d%d" % (n, k)] = icon_program(rng, [bitmap(rng, changed(rng, rows), width, height, depth)])
    files["many"] = icon_program(rng, [bitmap(rng, picture(rng, 16, 16), 16, 16, 24) for _ in range(110)])
    files["cut"] = files["a00"][:-700]
    icons = [s for s in icon_signatures(known) if s[:2] in ("10", "18", "20")]
    idb = ["I%d:%s:%s:%s" % (i, "ABC"[i % 3], "XY"[i % 2], s) for i, s in enumerate(icons)]
    ldb = ["L.%s.%s;Engine:51-255,%sTarget:1;0;4d5a" % (a, b, ("IconGroup1:%s," % a if a != "all" else "") +
                                                           ("IconGroup2:%s," % b if b != "all" else ""))
           for a in ("A", "B", "C", "*", "none", "all") for b in ("X", "Y", "*", "none", "all") if (a, b) != ("all", "all")]
    return {"t.idb": idb, "t.ldb": ldb}, files


def no_icons(rng):
    """IconGroup1 without an .idb: loaded, never found."""
    line = "L;Engine:51-255,IconGroup1:A,Target:1;0;4d5a"
    data = icon_program(rng, [bitmap(rng, picture(rng, 32, 32), 32, 32, 32)])
    return {"t.ldb": [line, "M;Engine:51-255,Target:1;0;4d5a"]}, {"pe": data}


def numbers(rng):
    """Byte comparisons, binary and written as text."""
    lines, files = [], {}
    kinds = ["ib1", "il2", "ib4", "il8", "hb2", "hbe4", "hb6", "hl2", "hl4", "hle4", "hl5", "hle5", "hl6", "hl1", "hb1", "db1", "db3",
             "dbe3", "db6", "db10", "al4", "ab4", "ab6", "ab2", "abe6", "al6", "eib2", "h4", "a4", "bd4", "lh4", "hb18", "hl18", "db19",
             "db25"]
    for i, kind in enumerate(kinds):
        for k, test in enumerate(("=0", ">0", "=12", "<0x2000,>17", "=0x1234", "=-5", "=010", ">4095")):
            move = rng.choice((">>4", ">>4", ">>0x4", ">>04", "<<2", ">>0", "0"))
            lines.append("N.%s.%d;Engine:51-255,Target:0;0&1;6d61726b;0(%s#%s#%s)" % (kind, k, move, kind, test))
    for i, place in enumerate(("6", "6,7", "7,40", "EOF-30,20", "0,3", "13")):
        for test in ("=12", "=0x12", "<100", "=0"):
            lines.append("P.%d.%s;Engine:51-255,Target:0;0&1;%s:6d61726b;0(>>4#hb2#%s)" % (i, test, place, test))
    texts = ["12", "0x12", "0x1234", "1234", "  12", "\t0x12 ", "-5", "+12", "0012", "3412", "zz12", "12zz", "0xzz", "1", "ff", "FF00",
             "0010", "10", "99999999999999999999", "0x7fffffffffffffff", "ffffffffffffffff", "0X1A", "12 34", "a", "", "\x0b12", "00012",
             "0x123", "x123", "34120x", "012345"]
    for i, text in enumerate(texts):
        tail = rng.choice((b"", b"\1\1\1", b"    ", b"00000000000000000000"))
        files["t%02d" % i] = NOISE + b"mark" + text.encode() + tail
        files["u%02d" % i] = NOISE + b"mark...mark" + text.encode() + rng.randbytes(3)
    for i in range(20):
        files["b%02d" % i] = NOISE + b"mark" + rng.choice((b"\0\0\0", b"\x12", b"\0\x12\x34", b"\x34\x12\0\0\0\0\0\0")) + rng.randbytes(8)
    files["first"] = b"mark12 \0\1\0\2"
    return {"t.ldb": lines}, files


def marks(rng):
    """(B), (L), (W) at the ends of patterns."""
    word = b"markmark"
    lines = []
    for before in ("", "(B)", "(L)", "(W)", "!(B)", "!(L)", "!(W)"):
        for behind in ("", "(B)", "(L)", "(W)", "!(B)", "!(L)", "!(W)"):
            name = "M.%s.%s" % tuple(t.replace("!", "n").strip("()").replace("(", "").replace(")", "") or "0" for t in (before, behind))
            lines.append("%s;Engine:51-255,Target:0;0;%s%s%s" % (name, before, word.hex(), behind))
            if before or behind:
                lines.append("%s.count;Engine:51-255,Target:0;0=2;%s%s%s" % (name, before, word.hex(), behind))
                lines.append("%s.hole;Engine:51-255,Target:0;0;%s6d61??6b6d{2}6b%s" % (name, before, behind))
                lines.append("%s.place;Engine:51-255,Target:0;0;6,3:%s%s%s" % (name, before, word.hex(), behind))
            if before or behind:
                lines.append("%s.wide;Engine:51-255,Target:0;0;%s%s%s::w" % (name, before, word.hex(), behind))
    files = {}
    wide = b"".join(bytes([c, 0]) for c in word)
    for i in range(60):
        around = [rng.choice((b"a\0", b" \0", b"a", b"\0", b"\n\0", b".\0", b"\0a", b"\1\1")) for _ in range(2)]
        files["w%02d" % i] = NOISE + b"\xff\xfe" + around[0] + wide + around[1] + b"\xff\0\1"
    for c in range(256):
        files["l%02x" % c] = NOISE + bytes([c]) + word + b"#"
        files["r%02x" % c] = NOISE + b"#" + word + bytes([c]) + b"\1"
    for i in range(60):
        parts = [rng.choice((b"", b" ", b"\n", b"\r\n", b"\r", b"a", b".", b"-", b"\1")) for _ in range(4)]
        # not at the file's edges: clamscan 1.4.6 crashes there with some of these
        files["m%02d" % i] = NOISE + parts[0] + word + parts[1] + rng.choice((b"", b"\xff\0\1\0")) + parts[2] + word + \
            parts[3] + b"\xff\0\1"
    return {"t.ldb": lines}, files


GROUPS = (numbers, marks, handlers, offices, modifiers, versions, icons, no_icons)


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
