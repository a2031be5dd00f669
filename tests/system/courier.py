#!/usr/bin/env python3
"""candor-courier: what it fetches is whole, what broke off goes on, its requests are the same bytes on a hundred machines, and spy code in it can
do nothing but fetch. The world here is a server of the test's own on loopback."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib
from lib import say, skip

COURIER = os.path.join(lib.BUILD, "src", "candor-courier")
SPY = os.path.join(lib.BUILD, "tests", "tools", "libcourier-spy.so")
MIB = 1 << 20


class World(threading.Thread):
    """An HTTP server that keeps every request's bytes. `cuts`: how many answers break off after `cut_at` bytes."""

    def __init__(self, body, cuts=0, cut_at=0, ranges=True):
        super().__init__(daemon=True)
        self.body, self.cuts, self.cut_at, self.ranges, self.requests = body, cuts, cut_at, ranges, []
        self.s = socket.create_server(("127.0.0.1", 0))
        self.port = self.s.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/rules/"
        self.start()

    def run(self):
        while True:
            c, _ = self.s.accept()
            with c:
                self.answer(c)

    def answer(self, c):
        got = b""
        while b"\r\n\r\n" not in got:
            piece = c.recv(4096)
            if not piece:
                return
            got += piece
        self.requests.append(got)
        m, body = re.search(rb"\r\nRange: bytes=(\d+)-\r\n", got), self.body
        head = b"HTTP/1.1 200 OK\r\n"
        if b"/rules/missing" in got:
            head, body = b"HTTP/1.1 404 Not Found\r\n", b"no"
        elif m and self.ranges:
            at = int(m[1])
            head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\n" % (at, len(body) - 1, len(body))
            body = body[at:]
        sent = body
        if self.cuts > 0:
            self.cuts -= 1
            sent = body[:self.cut_at]
        try:
            c.sendall(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + sent)
        except OSError:
            pass


def courier(inbox, *args, env=None, prefix=()):
    p = subprocess.run([*prefix, COURIER, "--inbox", inbox, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env={**os.environ, **(env or {})}, timeout=120)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def fetched(inbox, name="candor.bundle"):
    try:
        with open(os.path.join(inbox, name), "rb") as f:
            return f.read()
    except OSError:
        return None


def empty(inbox):
    for name in os.listdir(inbox):
        os.unlink(os.path.join(inbox, name))


def whole_files(work, inbox):
    body = os.urandom(3 * MIB + 77)
    w = World(body)
    code, _, err = courier(inbox, "--mirror", w.url)
    say(code == 0 and fetched(inbox) == body and os.listdir(inbox) == ["candor.bundle"], "a file comes whole by HTTP", err)
    empty(inbox)
    folder = os.path.join(work, "stick")
    os.mkdir(folder)
    lib.put(os.path.join(folder, "candor.bundle"), body)
    for mirror in (folder, "file://" + folder + "/"):
        code, _, err = courier(inbox, "--mirror", mirror)
        say(code == 0 and fetched(inbox) == body, f"and from {'a folder' if mirror[0] == '/' else 'file://'}", err)
        empty(inbox)
    lib.put(os.path.join(inbox, "candor.bundle"), b"the last good one")
    code, _, err = courier(inbox, "--mirror", w.url, "--file", "missing")
    say(code == 2 and "404" in err and fetched(inbox) == b"the last good one", "a file that is not there: exit 2, the mirror's answer is said", err)
    code, _, err = courier(inbox, "--mirror", w.url, "--max-bytes", "1M")
    say(code == 2 and fetched(inbox) == b"the last good one" and len(os.listdir(inbox)) == 1, "a file longer than max-bytes: exit 2, nothing is kept", err)
    code, _, err = courier(inbox, "--mirror", "http://127.0.0.1:1/", "--mirror", w.url)
    say(code == 0 and fetched(inbox) == body, "a mirror that is not there: the next is asked", err)
    empty(inbox)


def broken_lines(inbox):
    body = os.urandom(4 * MIB)
    w = World(body, cuts=2, cut_at=MIB + 5000)
    code, _, err = courier(inbox, "--mirror", w.url)
    ranges = [m[1].decode() for r in w.requests if (m := re.search(rb"Range: bytes=(\d+)-", r))]
    say(code == 0 and fetched(inbox) == body and ranges == [str(MIB), str(2 * MIB)],
        f"a line that breaks twice: it goes on at a multiple of a mebibyte ({', '.join(ranges)})", err)
    empty(inbox)
    w = World(body, cuts=1000, cut_at=3 * MIB // 2)
    code, _, err = courier(inbox, "--mirror", w.url, "--max-bytes", "1G")
    say(code == 0 and fetched(inbox) == body, "a line that breaks every time is enough", err)
    empty(inbox)
    lib.put(os.path.join(inbox, f"candor.bundle.{4 * MIB}.part"), body[:MIB + 99])
    w = World(body)
    code, _, err = courier(inbox, "--mirror", w.url)
    say(code == 0 and fetched(inbox) == body and b"Range: bytes=1048576-\r\n" in w.requests[0], "what an earlier run left goes on", err)
    empty(inbox)
    lib.put(os.path.join(inbox, f"candor.bundle.{4 * MIB + 1}.part"), os.urandom(2 * MIB))
    w = World(body)
    code, _, err = courier(inbox, "--mirror", w.url)
    again = fetched(inbox) if code == 0 else None
    if again is None:  # the other file is found out, and the next run begins anew
        code, _, err = courier(inbox, "--mirror", w.url)
        again = fetched(inbox)
    say(code == 0 and again == body, "what was left of another file is thrown away", err)
    empty(inbox)
    lib.put(os.path.join(inbox, f"candor.bundle.{4 * MIB}.part"), os.urandom(2 * MIB))
    w = World(body, ranges=False)
    code, _, err = courier(inbox, "--mirror", w.url)
    say(code == 0 and fetched(inbox) == body, "a mirror that cannot go on in the middle gives it from the beginning", err)
    empty(inbox)


def same_bytes(work):
    """A hundred fresh installations: other users, hosts, homes, languages, time zones, proxies of the environment."""
    w = World(b"x" * 1000)
    root = os.geteuid() == 0
    for i in range(100):
        home = os.path.join(work, f"home{i}")
        inbox = os.path.join(home, "inbox")
        os.makedirs(inbox)
        env = {"HOME": home, "USER": f"owner{i}", "LANG": ("C", "de_DE.UTF-8", "ja_JP.UTF-8")[i % 3], "TZ": f"XYZ{i % 12}",
               "http_proxy": "http://127.0.0.1:9/", "ALL_PROXY": "http://127.0.0.1:9/", "XDG_CONFIG_HOME": home, "HOSTNAME": f"host{i}",
               "CURL_HOME": home, "NETRC": os.path.join(home, ".netrc")}
        lib.put(os.path.join(home, ".curlrc"), b"user-agent = owner\n")
        lib.put(os.path.join(home, ".netrc"), b"default login owner password secret\n")
        prefix = ()
        if root:
            os.chown(inbox, 20000 + i, 20000 + i)
            os.chmod(home, 0o755)
            prefix = ("unshare", "-u", "sh", "-c", f'hostname host{i}; exec setpriv --reuid={20000 + i} --regid={20000 + i} --clear-groups "$@"', "sh")
        code, _, err = courier(inbox, "--mirror", w.url, env=env, prefix=prefix)
        if code != 0:
            break
    say(code == 0 and len(w.requests) == 100, "100 fresh installations have fetched", err)
    distinct = set(w.requests)
    say(len(distinct) == 1, f"their requests are {len(distinct)} distinct byte string(s)", distinct)
    request = w.requests[0].decode()
    names = [line.split(":")[0] for line in request.split("\r\n")[1:] if line]
    say(names == ["Host", "Accept"], f"which says nothing but: {request.splitlines()[0]}, {', '.join(names)}", request)


def spy(work, inbox):
    secret = os.path.join(work, "owner.txt")
    lib.put(secret, b"of its owner")
    if not os.path.exists(SPY):
        skip("spy code in the courier", "the spy was not built")
        return
    _, out, err = courier(inbox, "--mirror", "http://127.0.0.1:1/", env={"LD_PRELOAD": SPY, "SPY_FILE": secret})
    rows = [line.rsplit(": ", 1) for line in out.splitlines()]
    done = [name for name, what in rows if what == "DONE"]
    say(done == ["CONTROL internet socket"] and len(rows) >= 30, f"spy code where libcurl was tries {len(rows) - 1} things beside fetching: none works", (done, err))
    with open(secret, "rb") as f:
        say(f.read() == b"of its owner" and os.listdir(inbox) == [], "and changed nothing")


def confined(inbox):
    """While a mirror is silent, what the kernel says of it."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        p = subprocess.Popen([COURIER, "--inbox", inbox, "--mirror", f"http://127.0.0.1:{s.getsockname()[1]}/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        c, _ = s.accept()
        status = open(f"/proc/{p.pid}/status").read() if os.geteuid() == 0 else ""
        p.kill()
        p.wait()
        c.close()
    if not status:
        skip("what the kernel says of it", "only root may look: it is not dumpable")
        return
    want = {"Seccomp": "2", "NoNewPrivs": "1", "CapEff": "0" * 16, "CapPrm": "0" * 16, "CapBnd": "0" * 16}
    have = {k: re.search(rf"^{k}:\s*(\S+)", status, re.M)[1] for k in want}
    say(have == want, f"a filter, no-new-privs, no capability even as root", have)


def main():
    if not os.path.exists(COURIER):
        skip("candor-courier", "it was not built (option courier)")
        return
    work = tempfile.mkdtemp(prefix="candor-courier-", dir="/tmp")
    os.chmod(work, 0o755)
    inbox = os.path.join(work, "inbox")
    os.mkdir(inbox)
    try:
        whole_files(work, inbox)
        broken_lines(inbox)
        same_bytes(work)
        spy(work, inbox)
        confined(inbox)
        code, _, err = courier(os.path.join(work, "nowhere"), "--mirror", "http://127.0.0.1:1/")
        say(code == 2 and "nowhere" in err, "no inbox: exit 2 and a reason", err)
        code, _, err = courier(inbox, "--mirror", "http://127.0.0.1:1/", "--user-agent", "x")
        say(code == 2 and "user-agent" in err, "an option it does not have: exit 2", err)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
