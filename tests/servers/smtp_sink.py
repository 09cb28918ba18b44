"""An SMTP server over TLS that keeps what it is given, and fails where and how a test orders it to."""

import re
import socketserver
import ssl
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers.authority import Authority

# Where a fault happens: when the server is called, at a command, after the mail's body, at its end before the mail is
# taken, and after it was taken.
Stage = Literal["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "end", "taken"]


@dataclass(frozen=True)
class SmtpFault:
    """At a stage say `reply` instead of what would be said; without one hang up (or, `silent`, say nothing at all)."""

    stage: Stage
    reply: str = ""
    silent: bool = False


@dataclass(frozen=True)
class Taken:
    """A mail that the server took upon itself to deliver."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Sink:
    """What a test sees: the mails, and the faults that are still to come (each happens once, in order)."""

    port: int = 0
    secrets: set[str] = field(default_factory=set)
    faults: list[SmtpFault] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    broken_off: int = 0

    def fault(self, stage: Stage) -> SmtpFault | None:
        if self.faults and self.faults[0].stage == stage:
            return self.faults.pop(0)
        return None


class HungUpError(Exception):
    """The line is dead, by order or by the client's doing."""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    sink: Sink
    context: ssl.SSLContext

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        """Say nothing of a client that does not trust us: that is what a test wants to see."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Dialogue(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def setup(self) -> None:
        self.request.settimeout(20)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        with suppress(HungUpError, OSError):
            self._say("greeting", "220 sink.example ESMTP")
            while True:
                self._obey(self._line())

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        with suppress(OSError):
            self.request.close()

    def _line(self) -> str:
        line = self.rfile.readline(65_536)
        if not line.endswith(b"\r\n"):
            raise HungUpError
        return line.decode("latin-1").rstrip("\r\n")

    def _say(self, stage: Stage, reply: str) -> bool:
        """Say a reply, or what was ordered in its place; False where it was not the usual one."""
        fault = self.server.sink.fault(stage)
        if fault is not None and fault.silent:
            self.rfile.read(1)  # until the client has had enough
            raise HungUpError
        if fault is not None and not fault.reply:
            raise HungUpError
        self.wfile.write(f"{fault.reply if fault else reply}\r\n".encode())
        return fault is None

    def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        self.server.sink.commands.append(verb.upper())
        match verb.upper():
            case "EHLO":
                self._say("EHLO", "250-sink.example\r\n250-SIZE 10000000\r\n250 AUTH PLAIN XOAUTH2")
            case "AUTH":
                self._authenticate(rest)
            case "MAIL":
                self._sender = _address(rest)
                self._recipients: list[str] = []
                self._say("MAIL", "250 2.1.0 OK")
            case "RCPT":
                if self._say("RCPT", "250 2.1.5 OK"):
                    self._recipients.append(_address(rest))
            case "DATA":
                if self._say("DATA", "354 go on"):
                    self._take()
            case "QUIT":
                self._say("EHLO", "221 bye")
                raise HungUpError
            case _:
                self._say("EHLO", "250 OK")

    def _authenticate(self, rest: str) -> None:
        mechanism, _, answer = rest.partition(" ")
        given = b64decode(answer).decode()
        secret = given.split("\0")[-1] if mechanism == "PLAIN" else given.rpartition("Bearer ")[2].rstrip("\1")
        if secret in self.server.sink.secrets:
            self._say("AUTH", "235 2.7.0 welcome")
        elif mechanism == "XOAUTH2":
            self.wfile.write(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n")
            self._line()
            self._say("AUTH", "535 5.7.8 no")
        else:
            self._say("AUTH", "535 5.7.8 no")

    def _take(self) -> None:
        """Take a mail, of which every line is given, the last one too; what breaks off before that is thrown away."""
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line.endswith(b"\r\n"):
                self.server.sink.broken_off += 1
                raise HungUpError
            lines.append(re.sub(rb"\A\.", b"", line))
        if self._is_refused():
            return
        self.server.sink.taken.append(Taken(self._sender, tuple(self._recipients), b"".join(lines)))
        self._say("taken", "250 2.0.0 queued")

    def _is_refused(self) -> bool:
        sink = self.server.sink
        return bool(sink.faults) and sink.faults[0].stage == "end" and not self._say("end", "")


def _address(rest: str) -> str:
    found = re.search(r"<([^>]*)>", rest)
    return found[1] if found else ""


@contextmanager
def listening(authority: Authority, *secrets: str) -> Iterator[Sink]:
    """Listen on loopback until the block ends."""
    with _Server(("127.0.0.1", 0), _Dialogue) as server:
        server.sink = Sink(server.server_address[1], set(secrets))
        server.context = authority.server_context()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.sink
        finally:
            server.shutdown()
            thread.join()
