#!/usr/bin/env python3
"""What YARA-X has and YARA has not: the module lnk and more fields of macho, field by field beside YARA-X itself, over samples made in code
and copies of them with random damage. YARA_X names a folder in which `npm install @virustotal/yara-x` was run; without it, skipped.
YARA-X cannot print what a module says, so each value is asked for by a rule of its own."""
import glob
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import BUILD, CANDOR, say, skip  # noqa: E402
from module_dump import damage  # noqa: E402

TOOL = os.path.join(BUILD, "tests", "module-dump")
SEEDS = os.path.join(BUILD, "fuzz", "fuzz-seeds")
YARA_X = os.environ.get("YARA_X", "")
DAMAGED = int(os.environ.get("DAMAGED", "150"))
SEED = int(os.environ.get("SEED", "1"))
ORACLE = """
import init, { Compiler } from "@virustotal/yara-x";
import fs from "node:fs";
import readline from "node:readline";
await init({ module_or_path: fs.readFileSync("node_modules/@virustotal/yara-x/pkg/yara_x_js_bg.wasm") });
for await (const line of readline.createInterface({ input: process.stdin })) {
  const q = JSON.parse(line);
  let a;
  try {
    const c = new Compiler();
    c.addSource(q.rules);
    const r = c.build();
    const s = r.scan(new Uint8Array(fs.readFileSync(q.file)));
    a = { ok: s.matches.map((m) => m.identifier) };
    r.free();
    c.free();
  } catch (e) {
    a = { error: String(e).slice(0, 600) };
  }
  console.log(JSON.stringify(a));
}
"""
ESCAPE = re.compile(r"\\x([0-9a-f]{2})|(.)", re.S)
# Constants, and of macho what YARA has, too, which is as YARA says it.
LEFT_OUT = {"lnk": re.compile(r"lnk\.(FILE_ATTRIBUTE_|RESERVED_|ShowCommand|DriveType|ShellItemType)"), "macho": re.compile(r"macho\.([A-Z]|fat|nfat|file$)|macho\.(file\[\d+\]\.)?(magic|cpu|filetype|ncmds|sizeofcmds|flags|reserved|number|segments|entry|stack)")}


def tree(text, module):
    """Path to value of every scalar, None for undefined; path of each list to its length."""
    values, lengths, path = {}, {}, []
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip("\t"))
        name, has, value = line[depth:].partition(" = ")
        if not name:
            continue
        path[depth:] = [name]
        full = re.sub(r"\.\[", "[", ".".join(path))
        if name.startswith("["):
            owner = full[: full.rindex("[")]
            lengths[owner] = max(lengths.get(owner, 0), int(name[1:-1]) + 1)
        if has:
            values[full] = None if value == "YR_UNDEFINED" else value
    return values, lengths


def literal(value):
    if not value.startswith('"'):
        return value
    out = "".join(f"\\x{int(m[1], 16):02x}" if m[1] else f"\\x{ord(m[2]):02x}" for m in ESCAPE.finditer(value[1:-1]))
    return f'"{out}"'


def questions(module, values, lengths):
    out = {}
    for key, value in values.items():
        if not LEFT_OUT[module].match(key):
            out[f"{key} is {value}"] = f"not defined {key}" if value is None else f"{key} == {literal(value)}"
    for name in ("dylibs", "rpaths", "entitlements", "exports", "imports", "linker_options", "symtab.entries") if module == "macho" else ():
        lengths.setdefault(f"macho.{name}", 0)
    for key, n in lengths.items():
        if LEFT_OUT[module].match(key):
            continue
        out[f"{key} has {n}"] = f"{key}.len() == {n}"
    return out


def listed(values, name):
    """Texts of a list, of the file or of the first in a fat one."""
    for top in ("macho", "macho.file[0]"):
        got = [v for k, v in values.items() if re.fullmatch(re.escape(f"{top}.{name}") + r"\[\d+\](\.name)?", k) and v is not None]
        if got:
            return got
    return []


def function_questions(values):
    """Calls with the answers that these lists must give, here and there."""
    out = {}
    for name, call in (("dylibs", "dylib"), ("entitlements", "entitlement"), ("exports", "export"), ("imports", "import")):
        texts = [ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], v[1:-1]) for v in listed(values, name)]
        joined = ",".join(sorted({t.encode("latin1").decode("utf-8", "replace").strip().lower() for t in texts})).encode()
        want = f'== "{hashlib.md5(joined).hexdigest()}"' if texts else "== \"\""
        out[f"{call}_hash {want}"] = f"macho.{call}_hash() {want}" if texts else f"not defined macho.{call}_hash()"
        for v in listed(values, name)[:2]:
            out[f"has_{call} {v}"] = f"macho.has_{call}({literal(v)}) and macho.has_{call}({literal(v.upper()) if 'x' not in v else literal(v)})"
        out[f"has_{call} none"] = f'not macho.has_{call}("none of these")'
    return out


class Oracle:
    def __init__(self):
        path = os.path.join(YARA_X, "candor-oracle.mjs")
        with open(path, "w", encoding="ascii") as f:
            f.write(ORACLE)
        self.process = subprocess.Popen(["node", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=YARA_X)

    def ask(self, rules, path):
        self.process.stdin.write(json.dumps({"rules": rules, "file": path}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def own_functions(values, path):
    """Functions that Candor answers as the lists say; symhash as Candor says."""
    asked = function_questions(values)
    with tempfile.TemporaryDirectory() as folder:
        rules = os.path.join(folder, "r.yar")
        with open(rules, "w", encoding="ascii") as f:
            f.write('import "macho" import "console"\n' + "\n".join(f"rule r{i} {{ condition: {c} }}" for i, c in enumerate(asked.values()))
                    + "\nrule s { condition: console.log(macho.symhash()) }\n")
        lines = subprocess.run([CANDOR, "yara", rules, path], stdout=subprocess.PIPE, timeout=60, check=True).stdout.decode("latin1").split("\n")
    true = {line.split(" ")[0] for line in lines}
    wrong = [name for i, name in enumerate(asked) if f"r{i}" not in true]
    if wrong:
        return [(f"candor itself: {name}", "false") for name in wrong]
    hashes = [line for line in lines if re.fullmatch("[0-9a-f]{32}", line)]
    asked["symhash"] = f'macho.symhash() == "{hashes[0]}"' if hashes else "not defined macho.symhash()"
    return list(asked.items())


def compare(oracle, module, paths):
    same, other = 0, []
    for path in paths:
        text = subprocess.run([TOOL, "-a", module, path], stdout=subprocess.PIPE, timeout=60, check=True).stdout.decode("latin1")
        values, lengths = tree(text, module)
        asked = list(questions(module, values, lengths).items())
        if module == "macho":
            asked += own_functions(values, path)
        rules = f'import "{module}"\n' + "\n".join(f"rule r{i} {{ condition: {c} }}" for i, (_, c) in enumerate(asked))
        got = oracle.ask(rules, path)
        if "ok" not in got:
            other.append(f"{path}: {got}")
            continue
        true = {int(name[1:]) for name in got["ok"]}
        same += len(true)
        other += [f"{path}: {name}" for i, (name, _) in enumerate(asked) if i not in true]
    return same, other


def main():
    if not YARA_X or not shutil.which("node"):
        return skip("lnk and macho beside YARA-X", "YARA_X names no folder with @virustotal/yara-x, or there is no node")
    oracle = Oracle()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SEEDS, os.path.join(folder, "seeds")], check=True)
        for module in ("lnk", "macho"):
            made = sorted(glob.glob(os.path.join(folder, "seeds", module, "*")))
            rng = random.Random(SEED)
            broken = []
            # Of fat files YARA-X leaves out what it cannot read, YARA leaves a hole: places would differ.
            whole = [p for p in made if open(p, "rb").read(3) != b"\xca\xfe\xba"]
            for i in range(DAMAGED):
                with open(whole[i % len(whole)], "rb") as f:
                    data = damage(f.read(), rng)
                broken.append(os.path.join(folder, f"{module}{i}"))
                with open(broken[-1], "wb") as f:
                    f.write(data)
            for name, paths in (("made", made), ("damaged", broken)):
                same, other = compare(oracle, module, paths)
                say(not other, f"{module}, {len(paths)} files {name}: {same} answers as YARA-X's, {len(other)} otherwise", "\n".join(other))
    oracle.process.stdin.close()
    return None


if __name__ == "__main__":
    main()
