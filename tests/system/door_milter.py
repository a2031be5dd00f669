#!/usr/bin/env python3
"""Debian's clamav-milter in front of candor-door, and in front of clamd: the same mails, the same verdicts. The mail server is
played here (libmilter's protocol: length, command, data). Then the unit: what systemd says of it, and its way to give sockets."""
import base64
import gzip
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import door_lib
from door_lib import MARKER
from lib import ROOT, eicar, put, say, skip


class MailServer:
    """One connection to a milter."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(20)
        self.s.connect(path)
        answer = self.ask(b"O", struct.pack(">III", 6, 0x1ff, 0x1fffff))
        self.steps = struct.unpack(">I", answer[9:13])[0]

    def send(self, command, data=b""):
        self.s.sendall(struct.pack(">I", len(data) + 1) + command + data)

    def hear(self):
        head = b""
        while len(head) < 4:
            head += self.s.recv(4 - len(head)) or self.fail()
        want, got = struct.unpack(">I", head)[0], b""
        while len(got) < want:
            got += self.s.recv(want - len(got)) or self.fail()
        return got

    def fail(self):
        raise OSError("the milter hung up")

    def ask(self, command, data=b""):
        self.send(command, data)
        return self.hear()

    # What the milter asked to be left out, and to be asked without an answer (libmilter's SMFIP_NO*, SMFIP_NR_*).
    LEFT_OUT = {b"C": 1, b"H": 2, b"M": 4, b"R": 8, b"B": 16, b"L": 32, b"N": 64}
    UNHEARD = {b"L": 0x80, b"C": 0x1000, b"H": 0x2000, b"M": 0x4000, b"R": 0x8000, b"N": 0x40000, b"B": 0x80000}

    def step(self, command, data):
        if self.steps & self.LEFT_OUT[command]:
            return b"c"
        self.send(command, data)
        return b"c" if self.steps & self.UNHEARD[command] else self.hear()

    def mail(self, body, fields=()):
        """Everything that is answered at the end of the message."""
        self.step(b"C", b"client.example\0" + b"4" + struct.pack(">H", 2525) + b"192.0.2.7\0")
        self.step(b"H", b"client.example\0")
        lines = [(b"L", name + b"\0" + value + b"\0") for name, value in ((b"Subject", b"a mail"), *fields)]
        for command, data in ((b"M", b"<a@example.org>\0"), (b"R", b"<b@example.org>\0"), *lines, (b"N", b"")):
            got = self.step(command, data)
            if got[:1] != b"c":
                return [got]
        for at in range(0, len(body), 60000):
            self.step(b"B", body[at:at + 60000])
        self.send(b"E")
        answers = []
        while True:
            answers.append(self.hear())
            if answers[-1][:1] in b"acrydt":
                return answers


def verdicts(folder, server, name):
    path, conf = os.path.join(folder, name + "-milter.sock"), os.path.join(folder, name + "-milter.conf")
    put(conf, f"MilterSocket unix:{path}\nClamdSocket unix:{server.path}\nForeground yes\nOnInfected Reject\nOnFail Defer\nRejectMsg virus %v\nAddHeader Replace\nUser root\nLogInfected Basic\n".encode())
    milter = shutil.which("clamav-milter", path=os.environ.get("PATH", "") + ":/usr/sbin")
    log = open(os.path.join(folder, name + "-milter.log"), "wb")
    p = subprocess.Popen([milter, "-c", conf], stdout=log, stderr=subprocess.STDOUT)
    got = {}
    try:
        for _ in range(100):
            try:  # its socket is there before it listens
                socket.socket(socket.AF_UNIX).connect(path)
                break
            except OSError:
                time.sleep(0.1)
        for mail, body in (("clean", b"nothing\r\n"), ("marker", b"see: " + MARKER + b"\r\n"), ("EICAR", eicar() + b"\r\n"), ("2 MiB clean", b"line of text\r\n" * 150000)):
            got[mail] = [re.sub(rb"clamav-milter [^\0]*|by .* on .*", b"", a) for a in MailServer(path).mail(body)]
        packed = b"--b1\r\nContent-Type: text/plain\r\n\r\nsee there\r\n--b1\r\nContent-Type: application/octet-stream; name=a.gz\r\n" \
                 b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(gzip.compress(MARKER)).replace(b"\n", b"\r\n") + b"--b1--\r\n"
        fields = ((b"From", b"a@example.org"), (b"To", b"b@example.org"), (b"MIME-Version", b"1.0"), (b"Content-Type", b"multipart/mixed; boundary=b1"))
        got["with a packed attachment"] = [re.sub(rb"clamav-milter [^\0]*|by .* on .*", b"", a) for a in MailServer(path).mail(packed, fields)]
    except OSError as e:
        got["failed"] = f"{e}: {open(log.name).read()}"
    finally:
        p.terminate()
        p.wait()
    return got


def milter(folder):
    clamd = door_lib.start_clamd(folder, "10M")
    if not clamd or not shutil.which("clamav-milter", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        skip("clamav-milter", "Debian's clamd or clamav-milter is not installed")
        return
    door = door_lib.start_door(folder, ["door-names = unofficial"])
    try:
        ours, theirs = verdicts(folder, door, "door"), verdicts(folder, clamd, "clamd")
        for mail in theirs:
            last = lambda v: v.get(mail, [b"none"])[-1]
            say(last(ours) == last(theirs), f"clamav-milter, {mail} mail: {last(theirs)!r}", f"clamd {theirs.get(mail)}\ndoor  {ours}")
        say("failed" not in theirs and theirs["clean"] != theirs["marker"], "the milter tells mails apart", theirs)
    finally:
        door.stop()
        clamd.stop()


def unit(folder):
    text = open(os.path.join(ROOT, "dist", "candor-door.service")).read()
    here = put(os.path.join(folder, "candor-door.service"), text.replace("@sbindir@", os.path.dirname(door_lib.DOOR)).encode())
    shutil.copy(os.path.join(ROOT, "dist", "candor-door.socket"), folder)
    if not shutil.which("systemd-analyze"):
        skip("what systemd says of the unit", "systemd-analyze is not here")
        return
    p = subprocess.run(["systemd-analyze", "security", "--offline=yes", here], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    level = re.search(r"exposure level for \S+: ([\d.]+)", p.stdout)
    say(level and float(level[1]) <= 2.0, f"systemd-analyze security: {level[1] if level else '?'} (at most 2.0)", p.stdout[-600:])
    say("Unknown" not in p.stdout and "Failed to parse" not in p.stdout, "systemd knows every line of the unit", p.stdout[:600])


def activation(folder):
    """As systemd does: descriptor 3 listens, LISTEN_FDS and LISTEN_PID say so; NOTIFY_SOCKET waits for READY=1."""
    put(os.path.join(folder, "door.yar"), door_lib.RULES.encode())
    path, ready = os.path.join(folder, "given.sock"), os.path.join(folder, "ready.sock")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        listening.bind(path)
        listening.listen(100)
        notified.bind(ready)
        notified.settimeout(60)
        waits = socket.socket(socket.AF_UNIX)
        waits.connect(path)  # before anybody accepts: nothing may be lost
        waits.sendall(b"zINSTREAM\0" + door_lib.frames(MARKER))
        command = ["sh", "-c", 'exec 3<&"$1"; LISTEN_PID=$$ LISTEN_FDS=1 NOTIFY_SOCKET="$2" exec "$3" --foreground -r "$4"', "sh",
                   str(listening.fileno()), ready, door_lib.DOOR, os.path.join(folder, "door.yar")]
        p = subprocess.Popen(command, pass_fds=[listening.fileno()], stderr=subprocess.PIPE)
        try:
            say(notified.recv(100) == b"READY=1", "systemd is told when the door is ready")
            waits.settimeout(20)
            say(waits.recv(100) == b"stream: Door_Marker FOUND\0", "a client that came before the door is answered")
            say(door_lib.talk(path, [b"zPING\0"]).startswith(b"PONG"), "the inherited socket is served")
        finally:
            waits.close()
            p.terminate()
            say(p.wait() == 0, "and SIGTERM ends it", p.stderr.read())


def main():
    folder = door_lib.scratch()
    try:
        milter(folder)
        unit(folder)
        activation(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
