#!/usr/bin/env python3
"""The publisher's side of the rule log: what is refused, what a witness and a monitor see, and Go's own code as a peer."""
import hashlib
import os
import shutil
import subprocess
import tempfile

from lib import ROOT, candor, put, say, skip

work = tempfile.mkdtemp(prefix="candor-test.")
EVIDENCE = hashlib.sha256(b"a sample").hexdigest()


def path(name):
    return os.path.join(work, name)


def run(*args):
    code, out, err = candor("log", *args)
    return code, (out + err).decode("utf-8", "replace")


def rule(name, body, head="", metas=f'class = "test" sample = "{EVIDENCE}"'):
    return put(path(f"{name}.yar"), f"{head}rule {name} {{ {metas and 'meta: ' + metas} {body} }}\n".encode())


def plain(name):
    return rule(name, f'strings: $a = "text of {name}" condition: uint32(0) == 0x464c457f and $a')


def add(log, name, *more):
    return run("add", log, "--class", "test", "--evidence", EVIDENCE, *more, path(f"{name}.yar"))


def make_log(name, rules, origin="log.example/rules"):
    log, key = path(name), path(f"{name}.key")
    code, text = run("init", log, "--origin", origin, "--key", key)
    for r in rules:
        plain(r)
        add(log, r)
    code2, text2 = run("sign", log, "--key", key)
    return log, key, code == 0 and code2 == 0, text + text2


def copy(folder, name):
    shutil.rmtree(path(name), ignore_errors=True)
    return shutil.copytree(folder, path(name))


def publishing():
    log, key, ok, text = make_log("log", ["one", "two", "three"])
    say(ok and os.stat(key).st_mode & 0o777 == 0o600 and not key.startswith(log + "/"), "a log; its key apart, mode 0600", text)
    code, text = run("show", log)
    say(code == 0 and [l.split()[2] for l in text.splitlines()] == ["one", "two", "three"], "show: three rules in order", text)
    say(run("verify", log)[0] == 0, "it verifies")
    say(run("init", log, "--origin", "x", "--key", path("k2"))[0] == 2, "no second log in one folder")
    say(add(log, "one")[0] == 2, "a name is used once")
    say(run("revoke", log, "two", "--reason", "it was wrong")[0] == 0 and run("revoke", log, "two")[0] == 2, "revoked once")
    say(run("revoke", log, "never")[0] == 2, "what was never there cannot be revoked")
    say(run("sign", log, "--key", key)[0] == 0 and "revoke two  it was wrong" in run("show", log)[1], "signed: the revocation is public")
    say(add(log, "two")[0] == 2, "a revoked name does not come back")
    code, text = run("publish", log, path("bundle"), "--from", "2")
    data = open(path("bundle"), "rb").read()
    say(code == 0 and data.startswith(b"candor-bundle/v1\nfrom 2\nto 4\nnote ") and b"text of three" in data and b"text of one" not in data,
        "a bundle: checkpoint and the new entries", text)
    return log, key


def profile(log):
    many = 'strings: $a = "abcdef" condition: '
    bad = {
        "external": ("condition: filename == \"x\"", ""),
        "clock": ("condition: time.now() > 5", 'import "time"\n'),
        "prints": (many + '$a and console.log("x")', 'import "console"\n'),
        "range_hash": (f'condition: hash.sha256(3, 9) == "{EVIDENCE}"', 'import "hash"\n'),
        "part_hash": (f'condition: hash.md5(0, filesize - 1) == "{EVIDENCE[:32]}"', 'import "hash"\n'),
        "text_hash": (f'condition: hash.sha256("word") == "{EVIDENCE}"', 'import "hash"\n'),
        "checksum": ("condition: hash.crc32(4, 8) == 77", 'import "hash"\n'),
        "nested": ("condition: for any i in (0..9) : (hash.crc32(i, 4) == 7)", 'import "hash"\n'),
        "other": ("condition: whole", "rule whole { condition: true }\n"),
        "second": ("condition: false", "rule first { condition: true }\n"),
        "broken": ("condition: $a", ""),
        "included": ("condition: true", 'include "one.yar"\n'),
    }
    for name, (body, head) in bad.items():
        rule(name, body, head)
        code, text = add(log, name)
        say(code == 1, f"refused: {name}", text)
    put(path("everybody.yar"), b"global rule everybody { condition: false }")
    say(add(log, "everybody")[0] == 1, "refused: a global rule")
    put(path("hidden.yar"), b"private rule hidden { condition: false }")
    say(add(log, "hidden")[0] == 1, "refused: a private rule")
    put(path("renamed.yar"), b"rule another { condition: false }")
    say(add(log, "renamed")[0] == 1, "refused: a rule that is not named as its id")
    put(path("list.md5"), b"44d88612fea8a8f36de82e1278abb02f:68:x\n")
    say(run("add", log, "--class", "test", "--evidence", EVIDENCE, "--id", "list", path("list.md5"))[0] == 1, "refused: a hash list as a rule")
    put(path("huge.yar"), b"rule huge { condition: false } //" + b"x" * 65535)
    say(add(log, "huge")[0] == 2, "refused: larger than a leaf may be")
    plain("fine")
    fine = path("fine.yar")
    say(run("add", log, "--class", "evil", "--evidence", EVIDENCE, fine)[0] == 2, "refused: a class that is none")
    say(run("add", log, "--class", "test", fine)[0] == 2, "refused: no evidence")
    say(run("add", log, "--class", "test", "--evidence", EVIDENCE[:-1], fine)[0] == 2, "refused: evidence that is no digest")
    for name, metas in {"no_class": f'sample = "{EVIDENCE}"', "no_sample": 'class = "test"', "no_meta": "",
                        "other_class": f'class = "trojan" sample = "{EVIDENCE}"',
                        "other_sample": f'class = "test" sample = "{EVIDENCE[::-1]}"'}.items():
        rule(name, "strings: $a = { 7f 45 4c 46 01 02 } condition: $a at 0", metas=metas)
        code, text = add(log, name)
        say(code == 1, f"refused: {name}", text)
    section = 'pe.sections[pe.section_index("{0}")].raw_data_offset, pe.sections[pe.section_index("{1}")].raw_data_size'
    modules = 'import "pe"\nimport "hash"\n'
    rule("two_sections", f'condition: hash.md5({section.format(".text", ".data")}) == "{EVIDENCE[:32]}"', modules)
    say(add(log, "two_sections")[0] == 1, "refused: a hash from one section's start over another's size")
    rule("section", f'condition: hash.md5({section.format(".text", ".text")}) == "{EVIDENCE[:32]}"', modules)
    code, text = add(log, "section")
    say(code == 0, "allowed: the hash of a section of a PE file, chosen by name", text)
    rule("whole_hash", f'condition: hash.sha256(0, filesize) == "{EVIDENCE}"', 'import "hash"\n')
    code, text = add(log, "whole_hash")
    say(code == 0, "allowed: the hash of the whole file", text)
    os.unlink(os.path.join(log, "pending"))


def audited(log):
    """A rule that hunts documents never gets into the log, and the words it wants are named."""
    hunters = {
        "marking": ('strings: $a = "TOP SECRET" nocase wide ascii $b = "NOFORN" condition: all of them', "TOP SECRET"),
        "invoice": ('strings: $a = "quarterly report of the embassy" nocase condition: $a', "quarterly report of the embassy"),
        "hexed": ("strings: $a = { 63 6f 6e 66 69 64 65 6e 74 69 61 6c } condition: $a", "confidential"),
        "passport": ("strings: $a = /passport (no|number)[ .:]{1,3}[A-Z0-9]{8,9}/ nocase condition: $a", "passport"),
    }
    for name, (body, word) in hunters.items():
        rule(name, body)
        code, text = add(log, name)
        say(code == 1 and "hunts documents" in text and word.lower() in text.lower(), f"refused, its words named: {name}", text)
    say(not os.path.exists(os.path.join(log, "pending")), "nothing of it waits to be signed")


def blocks():
    """A long list of hashes is leaves of a thousand."""
    log, key, _, _ = make_log("blocks", [])
    sums = [hashlib.sha256(b"%d" % i).hexdigest() for i in range(2500)]
    put(path("sums"), "".join(s + "\n" for s in sums).encode())
    code, text = run("add", log, "--class", "malware", "--hashes", path("sums"), "--id", "list")
    run("sign", log, "--key", key)
    shown = run("show", log)[1]
    say(code == 0 and [l.split()[1:3] for l in shown.splitlines()] == [["hashes", f"list_{i}"] for i in (1, 2, 3)], "2,500 hashes are three leaves", text + shown)
    say(run("revoke", log, "list_2")[0] == 0, "a block is revoked as a rule is")
    put(path("sums"), (sums[0].upper() + "\n").encode())
    say(run("add", log, "--class", "malware", "--hashes", path("sums"), "--id", "upper")[0] == 2, "there is one spelling")


def tampered(log):
    entries = os.path.join("tile", "entries", "000.p", "4")

    def change(name, act):
        folder = copy(log, "tampered")
        act(folder)
        code, text = run("verify", folder)
        say(code == 1, f"seen: {name}", text)

    def edit(file, old, new):
        def act(folder):
            data = open(os.path.join(folder, file), "rb").read()
            put(os.path.join(folder, file), data.replace(old, new, 1))
        return act
    change("another text in a rule", edit(entries, b"text of one", b"text of 0ne"))
    change("a rule of another class", edit(entries, b"class test", b"class mest"))
    change("a smaller size in the checkpoint", edit("checkpoint", b"\n4\n", b"\n3\n"))
    change("another origin", edit("checkpoint", b"log.example/rules\n", b"log.example/other\n"))
    change("no signature", lambda f: put(f + "/checkpoint", open(f + "/checkpoint", "rb").read().split(b"\n\n")[0] + b"\n"))
    change("entries cut short", lambda f: put(os.path.join(f, entries), open(os.path.join(f, entries), "rb").read()[:-1]))
    change("entries missing", lambda f: os.unlink(os.path.join(f, entries)))
    change("no checkpoint", lambda f: os.unlink(f + "/checkpoint"))
    change("an endless checkpoint", lambda f: put(f + "/checkpoint", open(f + "/checkpoint", "rb").read() + b"x" * (2 << 20)))
    change("a checkpoint that is a link", lambda f: (os.rename(f + "/checkpoint", f + "/c"), os.symlink("/dev/zero", f + "/checkpoint")))


def followers(log, key):
    """A witness and a monitor meet a log that goes on, then one that forks under the same key."""
    other_key = make_log("foreign", ["alien"])[1]
    wkey, state, seen = path("w.key"), path("w.state"), path("monitor")
    code, text = run("witness", log, "--state", state, "--key", wkey, "--origin", "witness.example/w", "--output", path("cosigned"))
    note = open(path("cosigned")).read() if code == 0 else ""
    say(code == 0 and note.count("\u2014") == 2 and "\u2014 witness.example/w " in note, "a witness cosigns", text)
    say(os.stat(wkey).st_mode & 0o777 == 0o600, "its key is its own")
    code, text = run("monitor", log, "--state", seen)
    say(code == 0 and "text of one" in text and "4 entries, 4 of them new" in text, "a monitor prints every rule", text)
    before, fork = copy(log, "before"), copy(log, "fork")
    plain("next")
    add(log, "next")
    run("sign", log, "--key", key)
    say(run("witness", log, "--state", state, "--key", wkey)[0] == 0, "the log went on: cosigned")
    code, text = run("monitor", log, "--state", seen)
    say(code == 0 and "text of next" in text and "text of one" not in text and "1 of them new" in text, "the monitor prints what is new", text)
    plain("victim_only")
    add(fork, "victim_only")
    run("sign", fork, "--key", key)
    say(run("verify", fork)[0] == 0, "a fork verifies by itself")
    code, text = run("witness", fork, "--state", state, "--key", wkey)
    say(code == 1 and "fork" in text, "the witness refuses the fork", text)
    code, text = run("monitor", fork, "--state", seen)
    say(code == 1 and "fork" in text and os.path.exists(seen + "/fork-before") and os.path.exists(seen + "/fork-after"),
        "the monitor keeps both signed heads", text)
    code, text = run("witness", before, "--state", state, "--key", wkey)
    say(code == 1 and "smaller" in text, "the witness refuses a log that was set back", text)
    foreign = path("foreign")
    code, text = run("witness", foreign, "--state", state, "--key", wkey, "--log", open(log + "/key").read().strip())
    say(code == 1, "the witness refuses a head of another key", text)
    say(run("sign", log, "--key", other_key)[0] == 1, "another key cannot sign this log")
    plain("next2")
    add(log, "next2")
    run("sign", log, "--key", key)
    say(run("witness", log, "--state", state, "--key", wkey)[0] == 0, "after all that the true log is cosigned still")


def releases(key):
    """What an owner's policy lets in: signed by the log, cosigned by a witness, continuing what was let in before."""
    log, state = path("log"), path("owner.state")
    run("witness", log, "--state", path("w.state"), "--key", path("w.key"), "--output", path("cosigned"))
    wkey = [l for l in run("witness", log, "--state", path("none.state"), "--key", path("w2.key"), "--origin", "witness.example/2")[1].splitlines()
            if "a new witness: " in l][0].split(": ")[1]
    vkey = open(log + "/key").read().strip()
    policy = put(path("policy"), f"log {vkey}\nwitness w {wkey}\nquorum w\n".encode())
    open_policy = put(path("open_policy"), f"log {vkey}\nquorum none\n".encode())
    run("publish", log, path("plain_bundle"))
    code, text = run("verify", path("plain_bundle"), "--policy", policy)
    say(code == 1 and "too few" in text, "without the witness's cosignature: refused", text)
    code, text = run("verify", path("plain_bundle"), "--policy", open_policy, "--state", path("open.state"))
    say(code == 0, "a policy that asks for none lets it in", text)
    run("witness", log, "--state", path("w2.state"), "--key", path("w2.key"), "--output", log + "/checkpoint")
    run("publish", log, path("good_bundle"))
    code, text = run("verify", path("good_bundle"), "--policy", policy, "--state", state)
    say(code == 0 and "rules added, 1 revoked" in text, "cosigned: let in", text)
    code, text = run("verify", path("good_bundle"), "--policy", policy, "--state", state)
    say(code == 0 and " 0 rules added" in text, "again: nothing new", text)
    code, text = run("verify", path("bundle"), "--policy", open_policy, "--state", path("open.state"))
    say(code == 1 and "rolled back" in text, "an older release: rolled back", text)
    code, text = run("publish", path("fork"), path("fork_bundle"))
    code, text = run("verify", path("fork_bundle"), "--policy", open_policy, "--state", path("fork.state"))
    say(code == 0, "a fork is let in by whom it met first, without witnesses", text)
    code, text = run("verify", path("good_bundle"), "--policy", open_policy, "--state", path("fork.state"))
    say(code == 1 and "fork" in text, "and is seen when the world's release comes", text)
    code, text = run("verify", path("fork_bundle"), "--policy", policy, "--state", path("new.state"))
    say(code == 1 and "too few" in text, "with a witness in the policy it never gets in", text)
    put(path("long_bundle"), open(path("good_bundle"), "rb").read() + b"\0" * 5000)
    say(run("verify", path("long_bundle"), "--policy", policy)[0] == 1, "bytes behind the end: refused")


def roots():
    """Offline keys made and used by the commands; what a machine makes of the notes: split_view.py."""
    holders = []
    for i in range(3):
        code, text = run("key", path(f"h{i}.key"), "--origin", f"holder{i}")
        holders += ["--holder", text.strip()]
    say(code == 0 and os.stat(path("h0.key")).st_mode & 0o777 == 0o600, "an offline key, mode 0600", text)
    vkey = open(path("log") + "/key").read().strip()
    note = path("root.note")
    code, text = run("root", note, "--threshold", "2", "--log", vkey, *holders)
    say(code == 0 and open(note).read().count("holder ") == 3, "a root note without signatures", text)
    say(run("root", path("r2"), "--threshold", "4", "--log", vkey, *holders)[0] == 2, "no threshold above the holders")
    policy = put(path("bare_policy"), b"quorum none\n")
    put(path("conf"), f"state = {path('machine')}\npolicy = {policy}\nroot = {note}\n".encode())
    bundle = path("good_bundle")

    def update():
        code, out, err = candor("--config", path("conf"), "update", bundle)
        return code, (out + err).decode()
    run("endorse", note, "--key", path("h0.key"))
    code, text = update()
    say(code == 2 and "1 of its own holders" in text, "one signature: not a root", text)
    run("endorse", note, "--key", path("h2.key"))
    code, text = update()
    say(code == 0 and "rules added" in text, "two: releases under its log key are taken in", text)


def peer(key):
    gopath = "/usr/share/gocode"
    if not shutil.which("go") or not os.path.isdir(gopath + "/src/golang.org/x/mod/sumdb/tlog"):
        return skip("Go's own code", "golang-go and golang-golang-x-mod-dev are not installed")
    env = dict(os.environ, GO111MODULE="off", GOPATH=gopath, GOCACHE=path("gocache"), GOFLAGS="")
    program = path("tlog_peer")
    r = subprocess.run(["go", "build", "-o", program, os.path.join(ROOT, "tests/tools/tlog_peer.go")], env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=400)
    if not say(r.returncode == 0, "the peer builds", r.stdout.decode()):
        return
    log = path("log")
    vkey = open(log + "/key").read().strip()
    r = subprocess.run([program, "check", log, vkey], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    say(r.returncode == 0, "Go opens our checkpoint, tiles and entries", r.stdout.decode())
    r = subprocess.run([program, "sign", log, key], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    say(r.returncode == 0 and run("verify", log)[0] == 0, "and signs with our key what we open", r.stdout.decode())
    ledger, out = path("ledger"), path("exported")
    image, hit = path("one.img"), put(path("hit"), b"\x7fELF text of one")
    candor("rules", "build", "-r", path("one.yar"), "-o", image)
    for _ in range(100):
        candor("scan", "--no-progress", "--quiet", "--ledger", ledger, "-r", image, hit)
    candor("ledger", "export", "--ledger", ledger, out)
    r = subprocess.run([program, "check", out, open(out + "/key").read().strip()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    say(r.returncode == 0 and b"401 entries" in r.stdout, "Go opens an exported ledger of 401 entries", r.stdout.decode())


def main():
    try:
        log, key = publishing()
        profile(log)
        audited(log)
        blocks()
        tampered(log)
        followers(log, key)
        releases(key)
        roots()
        peer(key)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
