#!/usr/bin/env python3
"""The owner's side of the rule log: what waits, what is tried out and held back by itself, what is at once, and how to go back."""
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import lib
from lib import say
from vendor import EVIDENCE, Log, Machine, block, leaf, revoke, rule

work = tempfile.mkdtemp(prefix="candor-test.")


def machine(name, log, **kw):
    return Machine(os.path.join(work, name), log.policy(), **kw)


def one_rule(name, log):
    """A machine on which rule `one` is active."""
    log.add(leaf("one"))
    m = machine(name, log)
    m.update(log.release())
    return m


def waits():
    log = Log().add(leaf("one"))
    m = machine("waits", log, cooling="6h")
    say("built-in, " in m.finds("one")[1] and " days old" in m.finds("one")[1] and "STALE" not in m.finds("one")[1],
        "without a log: built-in rules, so many days old, not STALE", m.finds("one")[1])
    code, text = m.update(log.release())
    say(code == 0 and "1 rules added" in text and "wait" in text, "a release is taken in and waits", text)
    say(not m.finds("one")[0] and m.active() is None, "its rule finds nothing yet")
    say("kind update" in m.ledger() or "  update " in m.ledger(), "the ledger has it", m.ledger())
    m.set(cooling="0")
    found, text = m.finds("one")
    say(found and "active now" in text and "tried out: 0 of 100" in text, "when it has waited the next scan by its owner activates it", text)
    found, text = m.finds("one")
    say(found and "active now" not in text and "log.example/rules, 1 of 1 entries" in text, "the scan after that only maps it", text)
    say("active: log.example/rules, 1 entries" in m.ledger(), "the ledger has that, too")
    say(m.run("ledger", "verify", "--ledger", m.path("state/ledger"))[0] == 0, "and verifies")
    code, text = m.update(log.release())
    say(code == 0 and "0 rules added" in text, "the same release again: nothing new", text)
    return m, log


def refused():
    log = Log()
    m = one_rule("refused", log)
    bad = {
        "hunts documents": log.copy().add(leaf("secrets", rule("secrets", 'strings: $a = "TOP SECRET" nocase $b = "NOFORN" condition: all of them'))),
        "hash the whole file": log.copy().add(leaf("ranged", "import \"hash\"\n" + rule("ranged", f'condition: hash.md5(3, 9) == "{EVIDENCE[:32]}"'))),
        "external": log.copy().add(leaf("named", rule("named", 'condition: filename == "x"'))),
        "was in the log before": log.copy().add(leaf("one", rule("one", "condition: filesize == 77"))),
        "class": log.copy().add(leaf("classless", rule("classless", cls="trojan"))),
        "no leaf": log.copy().add(b"candor-rule/v2\n"),
        "named": log.copy().add(leaf("x", rule("y"))),
    }
    for reason, liar in bad.items():
        code, text = m.update(liar.release())
        say(code == 1 and "refused" in text, f"refused: {reason}", text)
    ledger = m.ledger()
    say("TOP SECRET" in ledger and ledger.count("  refusal ") == len(bad), "each refusal is in the ledger, the audit's with the words", ledger)
    say(m.finds("one")[0] and m.active() == 1, "the machine goes on")
    log.add(leaf("secrets", rule("secrets", 'strings: $a = "TOP SECRET" nocase condition: $a')), revoke("secrets", "it was wrong"), leaf("two"))
    code, text = m.update(log.release())
    say(code == 0 and m.finds("two")[0], "a rule that its log revoked is not asked for any more", text)


def revoked():
    log = Log()
    m = one_rule("revoked", log)
    m.set(cooling="7d")
    log.add(leaf("two"), revoke("one", "false alarms"))
    code, text = m.update(log.release(1))
    say(code == 0 and not m.finds("one")[0] and not m.finds("two")[0], "a revocation is at once, what came with it waits", text)
    m.set(cooling="0")
    say(m.finds("two")[0] and not m.finds("one")[0], "and becomes active in its time")


def held(name, log, bad, want):
    """An update that must be held back by itself."""
    m = one_rule(name, log)
    log.add(leaf("bad", bad))
    code, text = m.update(log.release())
    say(code == 1 and "held back" in text and want in text, f"{name}: held back by itself", text)
    found, text2 = m.finds("one")
    say(found and m.active() == 1 and "held back" in text2, f"{name}: the machine goes on with the last good set, and says so", text2)
    say("held back" not in m.finds("one")[1].split("rules  ")[0], f"{name}: it is not tried again by every scan")
    say("  refusal " in m.ledger(), f"{name}: it is in the ledger")
    code, text = m.update()
    say(code == 1 and "held back" in text, f"{name}: asked again, held back again", text)
    log.add(revoke("bad"), leaf("two"))
    code, text = m.update(log.release())
    say(code == 0 and m.finds("two")[0] and "held back" not in m.finds("two")[1], f"{name}: a release without it becomes active", text)
    print(f"# {name}: {[l for l in text.splitlines() if 'tried' in l]}", flush=True)


def many_matches():
    held("matches 30 % of clean files", Log(), rule("bad", 'strings: $a = /number [0-9]+ of kind k[135]/ condition: uint32(0) == 0x464c457f and $a'), "clean files of this machine match (bad)")


def slow():
    body = ("strings: $a = { 7f 45 4c 46 } condition: $a at 0 and for all i in (0..filesize - 1) : "
            "(for all j in (0..60) : (uint8(i) + uint8(j) >= 0 and uint8(i) * j >= 0)) and uint8(filesize - 1) == 7")
    held("ten times slower", Log(), rule("bad", body), "ms of processor time, not")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            kids = [int(k) for k in f.read().split()]
    except OSError:
        return []
    return kids + [g for k in kids for g in children(k)]


def crash():
    """The compiler is killed while it works on the new rules, as a bug in it would end it."""
    log = Log()
    m = one_rule("crash", log)
    log.add(*[leaf(f"many{i}") for i in range(6000)])
    path = lib.put(m.path("new.bundle"), log.release(1))
    p = subprocess.Popen([lib.CANDOR, "--config", m.path("conf"), "update", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    killed = 0
    while p.poll() is None and not killed:
        family = children(p.pid)
        for pid in family:
            if not children(pid) and len(family) > 1 and busy(pid):
                os.kill(pid, signal.SIGKILL)
                killed = pid
        time.sleep(0.002)
    text = p.communicate()[0].decode()
    say(killed and p.returncode == 1 and "crashed" in text, "the compiler crashes: held back by itself", text)
    say(m.finds("one")[0] and m.active() == 1, "crash: the machine goes on with the last good set", m.state())
    log.add(leaf("two"))
    code, text = m.update(log.release())
    say(code == 0 and m.active() == 6002 and m.finds("two")[0], "crash: the next release is tried anew", text)


def busy(pid):
    """A compiling jail that has worked for a moment."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            row = f.read().rsplit(")", 1)[1].split()
        return int(row[11]) + int(row[12]) >= 3
    except (OSError, IndexError):
        return False


def main():
    try:
        waits()
        refused()
        revoked()
        many_matches()
        slow()
        crash()
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
