"""Bytes that the cases of tests/system/yara_conformance.txt scan, made in code. Imported, never run."""
import base64
import struct

ALL = bytes(range(256))


def wide(text):
    return b"".join(bytes([b, 0]) for b in text)


def xor(key, text):
    return bytes(b ^ key for b in text)


def b64(text):
    """Without the padding, which would not join."""
    return base64.b64encode(text).rstrip(b"=")


def b64x(text):
    """With the alphabet of the cases."""
    usual = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return b64(text).translate(bytes.maketrans(usual, b"!@#$%^&*(){}[].,|ABCDEFGHIJ\tLMNOPQRSTUVWXYZabcdefghijklmnopqrstu"))


def elf(bits=64, entry=None, kind=2, big=False, segments=1, machine=62):
    """A header, `segments` loadable segments that map the file at 0x400000, some code."""
    order = ">" if big else "<"
    base, wide_word = 0x400000, bits == 64
    head, row = (64, 56) if wide_word else (52, 32)
    size = head + row * segments + 64
    entry = base + head + row * segments + 16 if entry is None else entry
    out = b"\x7fELF" + bytes([2 if wide_word else 1, 2 if big else 1, 1]) + bytes(9)
    out += struct.pack(order + ("HHIQQQIHHHHHH" if wide_word else "HHIIIIIHHHHHH"), kind, machine if wide_word else 3, 1, entry, head, 0, 0,
                       head, row, segments, 64 if wide_word else 40, 0, 0)
    for _ in range(segments):
        if wide_word:
            out += struct.pack(order + "IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
        else:
            out += struct.pack(order + "IIIIIIII", 1, 0, base, base, size, size, 5, 0x1000)
    return out + b"code:" + bytes(range(48, 48 + 59))


def pe(bits=32, entry=0x1010, sections=1, lfanew=64):
    """One page of headers, one section .text at 0x1000 that lies at 0x200 in the file."""
    plus = bits == 64
    optional = struct.pack("<HBBIIIII", 0x20B if plus else 0x10B, 14, 0, 0x200, 0, 0, entry, 0x1000)
    optional += struct.pack("<Q", 0x140000000) if plus else struct.pack("<II", 0x2000, 0x400000)
    optional += struct.pack("<IIHHHHHHIIIIHH", 0x1000, 0x200, 6, 0, 1, 2, 6, 0, 0, 0x3000, 0x200, 0, 3, 0x8140)
    optional += struct.pack("<QQQQII" if plus else "<IIIIII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16) + bytes(128)
    out = b"MZ" + bytes(58) + struct.pack("<I", lfanew) + bytes(lfanew - 64)
    out += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664 if plus else 0x14C, sections, 0x5F000000, 0, 0, len(optional), 0x102)
    out += optional
    for i in range(sections):
        out += struct.pack("<8sIIIIIIHHI", b".text", 0x200, 0x1000 + 0x1000 * i, 0x200, 0x200, 0, 0, 0, 0, 0x60000020)
    return out.ljust(0x200, b"\0") + (b"\xccsection text " + ALL).ljust(0x200, b"\0")


NAMES = {n: v for n, v in list(globals().items()) if n[0] != "_"}
