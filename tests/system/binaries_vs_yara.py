#!/usr/bin/env python3
"""What the modules elf, macho and dex say, line by line beside `yara -D`: files made in code, files of this machine, and
copies with random damage. Usage: binaries_vs_yara.py [FILES [SEED [MODULE...]]]; FILES bounds how many ELF files are taken (default 60)."""
import glob
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import BUILD, say, skip  # noqa: E402

TOOL = os.path.join(BUILD, "tests", "module-dump")
SEEDS = os.path.join(BUILD, "fuzz", "fuzz-seeds")
YARA = os.environ.get("YARA", "yara")
SIZE_MOST = 6 << 20
# What changed between Debian's 4.2.3 and 4.5: Mach-O magics in the file's order, NULs in DEX texts, fields of members.
CHANGED = re.compile(r"macho\.(file\.\[\d+\]\.)?magic$|dex\.(header\.(magic|signature)|DEX_FILE_MAGIC_\d+)$"
                     r"|dex\.(field\.\[\d+\]\.(static|instance)|method\.\[\d+\]\.code_item\.padding)$")
# A hole in one of YARA's arrays is an element here whose fields are undefined (doc/differences.md).
HOLES = re.compile(r"(macho\.file|dex\.string_ids)\.\[\d+\]\.")


def run(command):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return p.returncode, p.stdout.decode("latin1")


def body(text, module):
    """The module's tree without what follows it (names of rules that matched, other modules)."""
    lines = text.split("\n")
    at = lines.index(module) if module in lines else len(lines)
    end = at + 1
    while end < len(lines) and lines[end].startswith("\t"):
        end += 1
    return lines[at:end]


def paths_of(lines):
    """Path to value of every line that has one."""
    out, path = {}, []
    for line in lines:
        depth = len(line) - len(line.lstrip("\t"))
        name, has, value = line[depth:].partition(" = ")
        path[depth:] = [name]
        if has:
            out[".".join(path)] = value
    return out


def compare(module, files, rule, old):
    same, other, odd = 0, [], 0
    for path in files:
        code, ours = run([TOOL, module, path])
        peer_code, peer = run([YARA, "-D", rule, path])
        ours, peer = body(ours, module), body(peer, module)
        if code != 0 or peer_code != 0:
            other.append(f"{path}: exit {code}, yara's {peer_code}")
        elif ours == peer:
            same += len(ours)
        else:
            a, b = paths_of(ours), paths_of(peer)
            wrong = [k for k in sorted(a.keys() | b.keys()) if a.get(k) != b.get(k)]
            same += len(a.keys() & b.keys()) - len(wrong)
            kept = [k for k in wrong if not (HOLES.match(k) and a.get(k) == "YR_UNDEFINED" and k not in b
                                              or old and CHANGED.match(k))]
            odd += len(wrong) - len(kept)
            other += [f"{path}: {k}: {a.get(k)} here, {b.get(k)} there" for k in kept[:5]]
    return same, other, odd


def damage(data, rng):
    """Header bytes and words changed; one in five cut."""
    b = bytearray(data)
    if rng.random() < 0.2:
        del b[rng.randrange(1, len(b)):]
    for _ in range(rng.choice([1, 2, 4, 8])):
        near = rng.random() < 0.7
        at = rng.randrange(min(len(b), 256) if near else len(b))
        if rng.random() < 0.6:
            b[at] = rng.randrange(256)
        elif at + 4 <= len(b):
            struct.pack_into("<I", b, at, rng.choice([0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, len(b), rng.getrandbits(32)]))
    return bytes(b)


def damaged(files, count, folder, rng):
    out = []
    for i in range(count if files else 0):
        with open(files[i % len(files)], "rb") as f:
            data = f.read()
        bent = damage(data, rng)
        if bent:
            out.append(os.path.join(folder, f"damaged-{len(out)}"))
            with open(out[-1], "wb") as f:
                f.write(data[:4] + bent[4:])
    return out


def elf_files(most, rng):
    found = []
    for top in ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", os.environ.get("ELF_SAMPLES", "/nonexistent")):
        for folder, _, names in os.walk(top):
            found += [os.path.join(folder, n) for n in names]
    found.sort()
    rng.shuffle(found)
    out = []
    for path in found:
        if len(out) == most:
            break
        if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) <= SIZE_MOST:
            with open(path, "rb") as f:
                if f.read(4) == b"\x7fELF":
                    out.append(path)
    return out


def small(files):
    return [p for p in files if os.path.getsize(p) < 100000]


def main():
    if not shutil.which(YARA):
        return skip("modules beside yara -D", "no yara here")
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    _, version = run([YARA, "--version"])
    old = tuple(int(n) for n in re.findall(r"\d+", version)[:2]) < (4, 5)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SEEDS, os.path.join(folder, "seeds")], check=True)
        for module in sys.argv[3:] or ("elf", "macho", "dex"):
            rule = os.path.join(folder, module + ".yar")
            with open(rule, "w", encoding="ascii") as f:
                f.write(f'import "{module}"\nrule never {{ condition: false }}\n')
            made = sorted(glob.glob(os.path.join(folder, "seeds", module, "*")))
            real = elf_files(most, rng) if module == "elf" else []
            bent = damaged(made + small(real), max(20, most // 5), folder, rng)
            for name, files in (("made", made), ("of this machine", real), ("damaged", bent)):
                if not files:
                    continue
                same, other, odd = compare(module, files, rule, old)
                what = f"{module}, {len(files)} files {name}: {same} lines as yara {version.strip()} says, {odd} excused"
                say(not other, what + f", {len(other)} otherwise", "\n".join(other))
    return None


if __name__ == "__main__":
    main()
