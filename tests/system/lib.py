"""Shared by the Python scenarios: TAP lines, a scratch folder, running candor, samples made in code. Imported, never run."""
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../.."))
BUILD = os.environ.get("BUILD") or os.path.join(ROOT, "build")
CANDOR = os.path.join(BUILD, "candor")


def say(ok, name, note=""):
    """One TAP line; `note` is shown when it failed."""
    print(f"{'ok' if ok else 'not ok'} - {name}", flush=True)
    if not ok and note != "":
        print("\n".join("# " + line for line in str(note).split("\n")[:25]), flush=True)
    return bool(ok)


def skip(name, reason):
    print(f"ok - {name} # skip {reason}", flush=True)


def candor(*args, stdin=None, timeout=300, prefix=()):
    """Runs candor. Exit code, standard output, standard error."""
    p = subprocess.run([*prefix, CANDOR, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    return p.returncode, p.stdout, p.stderr


def for_everybody(folder):
    """A copy of candor and its jail that any user may run: the folder where they were built may be root's alone. Its path."""
    import shutil
    os.makedirs(folder, exist_ok=True)
    for name in ("candor", "candor-jail"):
        shutil.copy(os.path.join(os.path.dirname(os.path.realpath(CANDOR)), name), folder)
    return os.path.join(folder, "candor")


def scan_json(*args, **kw):
    """candor scan --json. Exit code, list of file objects, summary (None when there was none)."""
    code, out, err = candor("scan", "--no-ledger", "--json", *args, **kw)
    rows = [json.loads(line) for line in out.decode("utf-8").splitlines()]
    summary = rows.pop() if rows and rows[-1].get("summary") else None
    return code, rows, summary, err.decode("utf-8", "replace")


def eicar():
    """The EICAR test file, joined here so that no scanner stumbles over this one."""
    return ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*").encode()


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path
