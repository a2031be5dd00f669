"""Files made from the strings of YARA rules, so that the rules have something to be true of. A reader of just as much YARA as that
needs: rule names, the strings section, text and hexadecimal strings. Nothing of what it makes is malware: the strings lie between
separators behind a header, in no working order. Imported, never run."""
import re

TOKEN = re.compile(
    rb'(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<other>.)', re.S
)
STRING = re.compile(rb"\$(\w*)\s*=\s*")
ESCAPE = re.compile(rb'\\(x[0-9a-fA-F]{2}|.)', re.S)
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b'"': b'"', b"\\": b"\\"}
MODIFIERS = re.compile(rb"\s*((?:ascii|wide|nocase|fullword|private|xor|base64wide|base64)\b(?:\([^)]*\))?)")

HEADERS = {
    "elf": b"\x7fELF\x02\x01\x01" + bytes(57),
    "mz": b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0\x4c\x01" + bytes(58),
    "script": b"#!/bin/sh\n<?php\n",
    "plain": b"",
}


def without_comments(data):
    out = []
    at = 0
    pattern = re.compile(rb'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/|//[^\n]*|/(?![*/])(?:[^/\\\n]|\\.)+/', re.S)
    for m in pattern.finditer(data):
        out.append(data[at : m.start()])
        token = m.group()
        out.append(b" " if token.startswith((b"/*", b"//")) else token)
        at = m.end()
    out.append(data[at:])
    return b"".join(out)


def unescape(text):
    def one(m):
        s = m.group(1)
        if s[:1] == b"x" and len(s) == 3:
            return bytes([int(s[1:], 16)])
        return ESCAPES.get(s, s)

    return ESCAPE.sub(one, text)


def hex_bytes(body, rng):
    """Bytes that the pattern between braces matches: first alternatives, shortest jumps."""
    body = re.sub(rb"\s", b"", body)
    out = bytearray()
    at = 0
    skip = 0
    while at < len(body):
        c = body[at : at + 1]
        if c == b"(":
            at += 1
        elif c == b"|":
            skip = 1
            while at < len(body) and skip:
                at += 1
                skip += body[at : at + 1] == b"("
                skip -= body[at : at + 1] == b")"
            at += 1
        elif c == b")":
            at += 1
        elif c == b"[":
            end = body.index(b"]", at)
            least = re.match(rb"\d*", body[at + 1 : end]).group()
            out += bytes(rng.randrange(256) for _ in range(int(least or 0)))
            at = end + 1
        elif c == b"~":
            out.append((int(body[at + 1 : at + 3].replace(b"?", b"0"), 16) + 0x11) & 0xFF)
            at += 3
        else:
            pair = body[at : at + 2].decode()
            digits = [rng.choice("0123456789abcdef") if d == "?" else d for d in pair]
            out.append(int("".join(digits), 16))
            at += 2
    return bytes(out)


def modified(text, words):
    """A text string as its modifiers let it stand in a file."""
    names = [w.split(b"(")[0] for w in words]
    if b"wide" in names and b"ascii" not in names:
        text = b"".join(bytes([c, 0]) for c in text)
    if b"xor" in names:
        key = re.search(rb"xor\((0x[0-9a-fA-F]+|\d+)", b" ".join(words))
        key = int(key.group(1), 0) if key else 0x21
        text = bytes(c ^ key for c in text)
    if b"base64" in names or b"base64wide" in names:
        return b""
    return text


def strings_of(section, rng):
    """Bytes of each text and hexadecimal string of a strings section."""
    found = []
    for m in STRING.finditer(section):
        rest = section[m.end() :]
        words = []
        if rest[:1] == b'"':
            text = re.match(rb'"((?:[^"\\\n]|\\.)*)"', rest, re.S)
            if not text:
                continue
            at = text.end()
            while True:
                word = MODIFIERS.match(rest, at)
                if not word:
                    break
                words.append(word.group(1))
                at = word.end()
            found.append(modified(unescape(text.group(1)), words))
        elif rest[:1] == b"{":
            try:
                found.append(hex_bytes(rest[1 : rest.index(b"}")], rng))
            except ValueError:
                continue
    return [f for f in found if f]


RULE = re.compile(rb"(?:^|[\s}])rule\s+([A-Za-z_]\w*)\s*(?::[^{]*)?\{", re.S)


def rules_of(data, rng):
    """(name, strings, condition text) of each rule of a source."""
    data = without_comments(data)
    heads = list(RULE.finditer(data))
    for i, head in enumerate(heads):
        body = data[head.end() : heads[i + 1].start() if i + 1 < len(heads) else len(data)]
        condition = body.rfind(b"condition:")
        strings = body.find(b"strings:")
        if strings < 0 or condition < strings:
            continue
        yield head.group(1).decode(), strings_of(body[strings:condition], rng), body[condition:]


def at_start(condition):
    """Bytes that the condition wants at offset 0, when it says so in the usual way."""
    m = re.search(rb"uint(8|16|32)(be)?\(\s*(?:0x)?0+\s*\)\s*==\s*(0x[0-9a-fA-F]+|\d+)", condition)
    if not m:
        return None
    size = int(m.group(1)) // 8
    value = int(m.group(3), 0)
    return value.to_bytes(size, "big" if m.group(2) else "little") if value < 1 << (8 * size) else None


def sample(strings, header, rng):
    """All strings in random order, between separators that end words, behind a header."""
    order = list(strings)
    rng.shuffle(order)
    out = [header]
    for s in order[:400]:
        out.append(rng.choice([b"\n", b"\0\0\0\0", b" \n\0", bytes([rng.randrange(1, 32)]) * rng.randrange(1, 9)]))
        out.append(s * (2 if rng.random() < 0.2 else 1))
    out.append(b"\n" + bytes(rng.randrange(0, 600)))
    return b"".join(out)
