"""Bytes that ClamAV's signatures should match, and near misses: made from the signatures themselves.

Not a test: tests/system/clamav_agrees.py uses it. Knows no more of the formats than it must to
have clamscan type a file as the signature wants it.
"""
import re
import re._parser as regex_parser
import struct

FILL = {3: b" ", 4: b" ", 7: b" "}


class Unmade(Exception):
    """This signature is beyond the generator."""


def hex_run(rng, text):
    """Bytes of a run of hexadecimal digits and '?'."""
    out = bytearray()
    for i in range(0, len(text), 2):
        pair = "".join(rng.choice("123456789abcdef") if c == "?" else c for c in text[i:i + 2])
        out.append(int(pair, 16))
    return bytes(out)


def fits(byte, pattern):
    text = "%02x" % byte
    return all(p in ("?", c) for p, c in zip(pattern.lower(), text))


def alternative(rng, text, negated):
    parts = text.split("|")
    if not negated:
        return hex_run(rng, rng.choice(parts))
    size = len(parts[0]) // 2
    while True:
        got = bytes(rng.choice(b"GHIJKLMNOPQRSTUVWXYZghijk") for _ in range(size))
        if not any(all(fits(got[k], p[2 * k:2 * k + 2]) for k in range(size)) for p in parts):
            return got


def gap(rng, text):
    low, dash, high = text.partition("-")
    least = int(low or 0)
    most = int(high) if high else (least if not dash else least + 9)
    return rng.randint(least, min(most, least + 40))


TOKEN = re.compile(r"\((?:B|L|W)\)|!?\([^()]*\)|\{[^}]*\}|\[[^\]]*\]|\*|[0-9a-fA-F?]{2}")


def body(rng, text, filler):
    """An instance: list of (bytes, is_literal). Gaps are filler."""
    out, at = [], 0
    for m in TOKEN.finditer(text):
        if m.start() != at:
            raise Unmade("pattern")
        at = m.end()
        t = m.group()
        if t in ("(B)", "(L)", "(W)"):
            out.append((b"\n", False))
        elif t[0] in "(!":
            out.append((alternative(rng, t.strip("!()"), t[0] == "!"), False))
        elif t == "*":
            out.append((filler * rng.randint(0, 300), False))
        elif t[0] in "{[":
            out.append((filler * gap(rng, t[1:-1]), False))
        else:
            out.append((hex_run(rng, t), "?" not in t))
    if at != len(text) or not out:
        raise Unmade("pattern")
    return out


def from_set(rng, items):
    """A byte of a class."""
    negated = items and str(items[0][0]) == "NEGATE"
    spaces = {"CATEGORY_DIGIT": b"0123456789", "CATEGORY_SPACE": b" \t", "CATEGORY_WORD": b"abcXYZ019_"}
    good = set()
    for op, arg in items:
        name = str(op)
        if name == "LITERAL":
            good.add(arg)
        elif name == "RANGE":
            good.update(range(arg[0], arg[1] + 1))
        elif name == "CATEGORY" and str(arg) in spaces:
            good.update(spaces[str(arg)])
        elif name == "CATEGORY":
            good.update(b"#;,") if "SPACE" not in str(arg) else good.update(b"abc#")
    pool = [b for b in range(33, 127) if b not in good] if negated else sorted(good)
    if not pool or max(pool) > 255:
        raise Unmade("class")
    return bytes([rng.choice(pool)])


def from_tree(rng, tree, groups):
    """Bytes that match a regular expression's tree; groups: what each matched so far."""
    out = b""
    for op, arg in tree:
        name = str(op)
        if name == "LITERAL":
            out += bytes([arg])
        elif name == "NOT_LITERAL":
            out += bytes([arg ^ 1])
        elif name == "ANY":
            out += rng.choice([b"q", b"7", b"#"])
        elif name == "IN":
            out += from_set(rng, arg)
        elif name == "BRANCH":
            out += from_tree(rng, rng.choice(arg[1]), groups)
        elif name == "SUBPATTERN":
            groups[arg[0]] = from_tree(rng, arg[3], groups)
            out += groups[arg[0]]
        elif name == "GROUPREF":
            out += groups.get(arg, b"")
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, kid = arg
            for _ in range(rng.randint(low, min(high, low + 3))):
                out += from_tree(rng, kid, groups)
        elif name == "ATOMIC_GROUP":
            out += from_tree(rng, arg, groups)
        elif name == "ASSERT" and arg[0] > 0:
            out += from_tree(rng, arg[1], groups)  # what follows likely takes it as well
        elif name == "AT" and str(arg) == "AT_BEGINNING":
            out += b"\n" if out == b"" else b""
        elif name not in ("AT", "ASSERT_NOT"):
            raise Unmade("regex " + name)
    return out


def split_regex(text):
    """(offset, trigger, regex, flags), or None when it is no regular expression."""
    m = re.fullmatch(r"(?:([^:/]*):)?([^:/]*)/(.*)/([a-zA-Z]*)", text)
    return m.groups() if m else None


def regex_instance(rng, text, spoil):
    regex = re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", split_regex(text)[2])
    try:
        tree = regex_parser.parse(regex.encode("latin-1"))
    except (re.error, OverflowError):
        raise Unmade("regex")
    out = from_tree(rng, tree, {})
    if spoil and out:
        at = rng.randrange(len(out))
        out = out[:at] + bytes([out[at] ^ 0x13]) + out[at + 1:]
    return out


def split_sub(text):
    """(offset or None, pattern, modifiers) of a subsignature."""
    if split_regex(text):
        return split_regex(text)[0], "", ""
    m = re.fullmatch(r"(?:([^:/]*):(?!:))?([^:/]*)(?:::([iwfa]+))?", text)
    if not m:
        raise Unmade("subsignature")
    return m.group(1), m.group(2), m.group(3) or ""


def instance(rng, sub, filler, spoil):
    """Bytes of one subsignature; spoil: one byte of what must be there is another one."""
    if split_regex(sub):
        return regex_instance(rng, sub, spoil)
    _, pattern, mods = split_sub(sub)
    wide = "w" in mods and ("a" not in mods or rng.random() < 0.5)
    parts = body(rng, pattern, filler)
    must = [i for i, (_, literal) in enumerate(parts) if literal]
    broken = rng.choice(must) if spoil and must else None
    out = b""
    for i, (piece, literal) in enumerate(parts):
        if "i" in mods and literal and rng.random() < 0.5:
            piece = piece.swapcase()
        if i == broken:
            piece = bytes([piece[0] ^ 0x13])
        jump = not literal and piece.strip(filler) == b""
        out += b"".join(bytes([b, 0]) for b in piece) if wide and not jump else piece
    return (b" " + out + b" ") if "f" in mods else out


def parse(text):
    """An expression as ClamAV reads it: operators bind to the right, comparisons to the left."""
    pos = 0

    def operand():
        nonlocal pos
        if text[pos] == "(":
            pos += 1
            node = chain()
            if text[pos] != ")":
                raise Unmade("logic")
            pos += 1
        else:
            m = re.compile(r"\d+").match(text, pos)
            if not m:
                raise Unmade("logic")
            node, pos = ("sub", int(m.group())), m.end()
        m = re.compile(r"(==?|>|<)(\d+)(?:,(\d*))?").match(text, pos)
        if m:
            pos = m.end()
            node = (m.group(1)[0], node, int(m.group(2)), int(m.group(3) or 0))
        return node

    def chain():
        nonlocal pos
        left = operand()
        if pos < len(text) and text[pos] in "&|":
            op = text[pos]
            pos += 1
            return (op, left, chain())
        return left

    node = chain()
    if pos != len(text):
        raise Unmade("logic")
    return node


def leaves(node):
    if node[0] == "sub":
        return [node[1]]
    return leaves(node[1]) + (leaves(node[2]) if node[0] in "&|" else [])


def want(rng, node, counts):
    """Fills counts so that the node is likely true."""
    kind = node[0]
    if kind == "sub":
        counts[node[1]] = max(1, counts.get(node[1], 0))
    elif kind == "&":
        want(rng, node[1], counts)
        want(rng, node[2], counts)
    elif kind == "|":
        want(rng, rng.choice(node[1:3]), counts)
    else:
        number = {"=": node[2], ">": node[2] + 1, "<": max(0, node[2] - 1)}[kind]
        ids = sorted(set(leaves(node[1])))
        for i in ids:
            counts[i] = 0
        if number == 0 or number > 2000:
            return
        if node[1][0] == "&":
            for i in ids:
                counts[i] = 1
            number -= len(ids)
        spread = rng.sample(ids, min(len(ids), max(1, node[3])))
        for k in range(max(0, number)):
            counts[spread[k % len(spread)]] += 1


def pe(sections, entry_at, size, filler):
    """A PE32 of so many sections over `size` bytes, headers in the first 1024."""
    head = bytearray(1024)
    head[0:2] = b"MZ"
    struct.pack_into("<I", head, 60, 128)
    head[128:132] = b"PE\0\0"
    struct.pack_into("<HHIIIHH", head, 132, 0x14c, sections, 0, 0, 0, 224, 0x102)
    opt = 152
    struct.pack_into("<H", head, opt, 0x10b)
    struct.pack_into("<I", head, opt + 16, 0x1000 + entry_at - 1024)
    struct.pack_into("<III", head, opt + 28, 0x400000, 0x1000, 512)
    struct.pack_into("<HHHHHH", head, opt + 40, 4, 0, 0, 0, 4, 0)
    each = (max(size - 1024, 512) + 511) // 512 * 512
    struct.pack_into("<II", head, opt + 56, 0x1000 * (sections + 1) + each, 1024)
    struct.pack_into("<H", head, opt + 68, 2)
    struct.pack_into("<I", head, opt + 92, 16)
    for i in range(sections):
        row = opt + 224 + 40 * i
        head[row:row + 5] = b".s%03d" % i
        span = each if i == 0 else 512
        at = 1024 if i == 0 else 1024 + each + 512 * (i - 1)
        address = 0x1000 if i == 0 else 0x1000 + (each + 0xfff) // 0x1000 * 0x1000 + 0x1000 * (i - 1)
        struct.pack_into("<IIII", head, row + 8, span, address, span, at)
        struct.pack_into("<I", head, row + 36, 0xe0000020)
    return bytes(head), each


def elf(entry_at, size):
    head = bytearray(256)
    head[0:7] = b"\x7fELF\x01\x01\x01"
    struct.pack_into("<HHIIIIIHHHHHH", head, 16, 2, 3, 1, 0x8048000 + entry_at, 52, 96, 0, 52, 32, 1,
                     40, 2, 0)
    struct.pack_into("<IIIIIIII", head, 52, 1, 0, 0x8048000, 0x8048000, size, size, 7, 0x1000)
    struct.pack_into("<IIIIII", head, 96 + 40, 1, 1, 6, 0x8048100, 256, max(size - 256, 16))
    return bytes(head)


HEADS = {
    0: b"\x01\x02\x03\x04candor sample" + bytes(range(128, 160)),
    2: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + bytes.fromhex("3e000300feff0900") + bytes(480),
    3: b"<html><body>\n",
    4: b"From: a@example.org\nTo: b@example.org\nSubject: x\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
       b"Message-ID: <1@example.org>\nReceived: from a by b\n\n",
    5: b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff",
    7: b"just some text\n",
    9: bytes.fromhex("cefaedfe0700000003000000020000000000000000000000"),
    10: b"%PDF-1.4\n",
    11: b"FWS\x09\0\0\1\0",
    12: bytes.fromhex("cafebabe00000032") + bytes(8),
}


def tdb(text):
    return dict(pair.partition(":")[::2] for pair in text.split(","))


def sample(rng, line, spoil):
    """(name, bytes) for a line of .ldb or .ndb."""
    if line.count(";") >= 3:
        name, description, logic, *subs = line.split(";")
        keys = tdb(description)
        target = int(keys["Target"])
        counts = {}
        want(rng, parse(logic), counts)
        for i, sub in enumerate(subs):
            if counts.get(i) and split_regex(sub):
                also = {}
                want(rng, parse(split_regex(sub)[1]), also)
                for k, n in also.items():
                    counts[k] = max(n, counts.get(k, 0))
    else:
        name, target, offset, pattern = line.split(":")[:4]
        keys, target = {}, int(target)
        subs, counts = [("" if offset == "*" else offset + ":") + pattern], {0: 1}
    if "Container" in keys or "IconGroup1" in keys or "IconGroup2" in keys:
        raise Unmade("container or icon")
    return name, assemble(rng, target, keys, subs, counts, spoil)


def assemble(rng, target, keys, subs, counts, spoil):
    filler = FILL.get(target, b"\x01")
    needed = sorted(i for i in counts if counts[i] > 0 and i < len(subs))
    broken = rng.choice(needed) if spoil and needed else None
    placed, loose, late, tail = [], [], [], []
    sections = int(keys.get("NumberOfSections", "3-3").split("-")[0])
    entry = 2048
    for i in needed:
        offset, _, _ = split_sub(subs[i])
        for k in range(counts[i]):
            piece = instance(rng, subs[i], filler, i == broken)
            base, _, shift = (offset or "*").partition(",")
            extra = rng.randint(0, min(int(shift), 64)) if shift else 0
            if base == "*" and target == 7 and split_regex(subs[i]):
                late.append(piece)  # clamscan looks behind the first place where any pattern may begin
            elif base == "*":
                loose.append(piece)
            elif base.isdigit():
                placed.append((int(base) + extra + 3 * k, piece))
            elif base.startswith("EP"):
                placed.append((entry + int(base[2:]) + extra, piece))
            elif base.startswith("EOF-"):
                tail.append((int(base[4:]) - extra, piece))
            elif base.startswith(("S0+", "SL+")) and (base[1] == "0" or sections == 1):
                placed.append((1024 + int(base[3:]), piece))
            elif base == "SE0":
                loose.append(piece)
            else:
                raise Unmade("offset " + base)
    return lay(rng, target, keys, (placed, loose, late, tail, sections, entry, filler))


def lay(rng, target, keys, what):
    placed, loose, late, tail, sections, entry, filler = what
    data = bytearray()
    head = {1: 1024, 6: 256}.get(target, len(HEADS.get(target, b"")))
    start = max([head] + [at + len(p) + 4 for at, p in placed])
    rng.shuffle(loose)
    loose += late
    at = start
    spots = list(placed)
    for piece in loose:
        at += rng.randint(1, 9)
        spots.append((at, piece))
        at += len(piece)
    size = max([at + 16, 4096 if target in (1, 6) else 0] + [n + start + 16 for n, _ in tail])
    low, _, high = keys.get("FileSize", "").partition("-")
    if low:
        size = max(size, int(low))
    if size > 8 << 20 or (high and size > int(high)):
        raise Unmade("size")
    data = bytearray(filler * size)
    if target == 1:
        made, each = pe(sections, entry, size, filler)
        data.extend(filler * (1024 + each + 512 * (sections - 1) - size))
        data[0:1024] = made
    elif target == 6:
        data[0:256] = elf(entry, size)
    else:
        base = HEADS[target]
        data[0:len(base)] = base
    for at, piece in spots:
        if at + len(piece) > len(data):
            data.extend(filler * (at + len(piece) - len(data)))
        data[at:at + len(piece)] = piece
    for back, piece in tail:
        at = len(data) - back
        if at < 0 or at + len(piece) > len(data):
            raise Unmade("offset from the end")
        data[at:at + len(piece)] = piece
    return bytes(data)
