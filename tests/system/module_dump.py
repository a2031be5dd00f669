#!/usr/bin/env python3
"""What the modules pe and dotnet say, field by field beside `yara -D`: over samples made in code, copies of them with
random damage, and the PE files that this machine has. Debian's yara 4.2.3 lacks or calls otherwise what 4.3 to 4.5 changed
(doc/differences.md): those fields are left out with it; a yara 4.5 is compared in full."""
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
DAMAGED = 150
# Fields that YARA changed between 4.2.3 and 4.5: path, array indexes taken out.
CHANGED = re.compile(
    r"pe\.(is_signed|signatures|number_of_signatures|delay|number_of_delayed|number_of_imported_functions|import_details"
    r"|number_of_imports|rich_signature|resources|number_of_resources|version_info|number_of_version_infos|pdb_path"
    r"|export_details|number_of_exports|entry_point$|dll_name|export_timestamp|resource_)"
    r"|dotnet\.(is_dotnet|classes|number_of_classes|resources|number_of_resources|constants|number_of_constants"
    r"|user_strings|number_of_user_strings|field_offsets|number_of_field_offsets|modulerefs|number_of_modulerefs|typelib"
    r"|assembly|number_of_assembly|module_name|streams|number_of_streams|guids|number_of_guids|version)")


def tree(text, module):
    """Path to value of every line that has one."""
    out, path = {}, []
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip("\t"))
        if depth == 0 and line != module:
            continue
        name, has, value = line[depth:].partition(" = ")
        path[depth:] = [name]
        if has:
            out[".".join(path[: depth + 1])] = value
    return out


def dump(command, module):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return p.returncode, tree(p.stdout.decode("latin1"), module)


def compare(module, paths, folder, old):
    """Counts of fields that agree, and the first that do not."""
    rule = os.path.join(folder, module + ".yar")
    with open(rule, "w", encoding="ascii") as f:
        f.write(f'import "{module}"\nrule nothing {{ condition: false }}\n')
    same, other = 0, []
    for path in paths:
        code, ours = dump([TOOL, module, path], module)
        peer_code, peer = dump([YARA, "-D", rule, path], module)
        if code != 0 or peer_code != 0:
            other.append(f"{path}: exit {code}, yara's {peer_code}")
            continue
        for key in sorted(ours.keys() | peer.keys()):
            plain = re.sub(r"\.?\[\d+\]", "", key)
            if old and CHANGED.match(plain) and ours.get(key) != peer.get(key):
                continue
            if ours.get(key) == peer.get(key):
                same += 1
            else:
                other.append(f"{path}: {key}: {ours.get(key)} here, {peer.get(key)} there")
    return same, other


def damage(data, rng):
    """Random bytes, bits and words changed; now and then cut."""
    b = bytearray(data)
    if rng.random() < 0.15:
        del b[rng.randrange(64, len(b)):]
    for _ in range(rng.choice([1, 2, 4, 8])):
        at = rng.randrange(len(b))
        if rng.random() < 0.6:
            b[at] = rng.randrange(256)
        elif at + 4 <= len(b):
            struct.pack_into("<I", b, at, rng.choice([0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, rng.getrandbits(32)]))
    return bytes(b)


def damaged(paths, folder, seed):
    rng, out = random.Random(seed), []
    for i in range(DAMAGED):
        data = open(paths[i % len(paths)], "rb").read()
        out.append(os.path.join(folder, f"damaged{seed}-{i}"))
        with open(out[-1], "wb") as f:
            f.write(damage(data, rng))
    return out


def of_this_machine():
    """At most 200 PE files of installed packages."""
    found = []
    for top, _, names in os.walk("/usr/lib"):
        for name in sorted(names):
            path = os.path.join(top, name)
            if not name.lower().endswith((".efi", ".dll", ".exe", ".efi.signed")) or os.path.islink(path):
                continue
            with open(path, "rb") as f:
                if f.read(2) == b"MZ":
                    found.append(path)
    return sorted(found)[:200]


def main():
    if not shutil.which(YARA):
        return skip("modules beside yara -D", "no yara here")
    version = subprocess.run([YARA, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
    old = tuple(int(n) for n in re.findall(r"\d+", version)[:2]) < (4, 5)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SEEDS, os.path.join(folder, "seeds")], check=True)
        for seed, module in enumerate(("pe", "dotnet")):
            made = sorted(glob.glob(os.path.join(folder, "seeds", module, "*")))
            for name, paths in (("made", made), ("damaged", damaged(made, folder, seed)), ("of this machine", of_this_machine())):
                same, other = compare(module, paths, folder, old)
                what = f"{module}, {len(paths)} files {name}: {same} fields as yara {version} says, {len(other)} otherwise"
                # Of damaged files a few oddities are known (doc/differences.md).
                say(len(other) <= (same // 1000 if name == "damaged" else 0), what, "\n".join(other))
    return None


if __name__ == "__main__":
    main()
