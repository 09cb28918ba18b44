"""A line between the client and a real IMAP server that breaks where and how a test orders it to."""

import re
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import Any, Literal

from tests.servers.authority import Authority

Action = Literal["drop before", "drop after", "refuse", "garble", "cut", "hang"]


@dataclass(frozen=True)
class ImapFault:
    """What happens at a command (`UID FETCH` is "FETCH"; "GREETING" comes before the first).

    "drop before": the server never hears of it. "drop after": it has obeyed, and its answer is lost. "refuse": the
    server never hears of it, and `words` are the answer. "garble": every `words[0]` in its answer becomes `words[1]`.
    "cut": half of its answer comes. "hang": no answer comes at all.
    """

    command: str
    action: Action
    words: tuple[bytes, ...] = ()


@dataclass
class Line:
    """What a test sees: the faults that are still to come (each happens once, in order), and the commands so far."""

    port: int = 0
    faults: list[ImapFault] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    is_away: Callable[[], bool] = lambda: False

    def fault(self, command: str) -> ImapFault | None:
        if command == "GREETING" and self.is_away():
            return ImapFault(command, "drop after")
        if self.faults and self.faults[0].command == command:
            return self.faults.pop(0)
        return None


class BrokenError(Exception):
    """The line is dead, by order or because one side hung up."""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    line: Line
    context: ssl.SSLContext
    target: int

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        """Say nothing of a client that does not trust us: that is what a test wants to see."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Relay(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def setup(self) -> None:
        self.request.settimeout(20)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()
        self.beyond = socket.create_connection(("127.0.0.1", self.server.target), timeout=20)
        self.beyond.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.beyond.makefile("rb")

    def handle(self) -> None:
        self.server.line.connections += 1
        with suppress(BrokenError, OSError):
            greeting = _whole_line(self.answers)
            self._answer(greeting, self.server.line.fault("GREETING"))
            while True:
                self._relay()

    def finish(self) -> None:
        for end in (self.answers, self.beyond):
            with suppress(OSError):
                end.close()
        with suppress(OSError):
            super().finish()
        with suppress(OSError):
            self.request.close()

    def _relay(self) -> None:
        first = _whole_line(self.rfile)
        tag, command = _command_of(first)
        self.server.line.commands.append(command)
        fault = self.server.line.fault(command)
        if fault is not None and fault.action == "drop before":
            raise BrokenError
        if fault is not None and fault.action == "refuse":
            self._swallow(first)
            self.wfile.write(tag + b" " + fault.words[0] + b"\r\n")
            return
        self._forward(first)
        self._answer(self._answer_to(tag), fault)

    def _swallow(self, line: bytes) -> None:
        """Read the rest of a command that the server will never see."""
        while literal := _LITERAL.search(line):
            if not literal[2]:
                self.wfile.write(b"+ go on\r\n")
            _exactly(self.rfile, int(literal[1]))
            line = _whole_line(self.rfile)

    def _forward(self, line: bytes) -> None:
        self.beyond.sendall(line)
        while literal := _LITERAL.search(line):
            if not literal[2]:
                self.wfile.write(_whole_line(self.answers))
            self.beyond.sendall(_exactly(self.rfile, int(literal[1])))
            line = _whole_line(self.rfile)
            self.beyond.sendall(line)

    def _answer_to(self, tag: bytes) -> bytes:
        """Read everything up to the line with the tag, and let the client say more where the server asks for it."""
        answer = b""
        while True:
            line = _whole_line(self.answers)
            if line.startswith(b"+"):
                self.wfile.write(line)
                self.beyond.sendall(_whole_line(self.rfile))
                continue
            answer += line
            while literal := _LITERAL.search(line):
                answer += _exactly(self.answers, int(literal[1]))
                line = _whole_line(self.answers)
                answer += line
            if line.startswith(tag + b" "):
                return answer

    def _answer(self, answer: bytes, fault: ImapFault | None) -> None:
        match fault.action if fault else None:
            case "drop after":
                raise BrokenError
            case "hang":
                self.rfile.read(1)  # until the client has had enough
                raise BrokenError
            case "cut":
                self.wfile.write(answer[: len(answer) // 2])
                raise BrokenError
            case "garble" if fault:
                self.wfile.write(answer.replace(fault.words[0], fault.words[1]))
            case _:
                self.wfile.write(answer)


_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")


def _command_of(line: bytes) -> tuple[bytes, str]:
    tag, _, rest = line.partition(b" ")
    words = rest.split()
    name = words[1] if words[0].upper() == b"UID" else words[0]
    return tag, name.upper().decode("ascii")


def _whole_line(stream: BufferedIOBase) -> bytes:
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise BrokenError
    return line


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    read = stream.read(size)
    if len(read) != size:
        raise BrokenError
    return read


@contextmanager
def relaying(authority: Authority, target: int) -> Iterator[Line]:
    """Relay to a server on loopback until the block ends: TLS on this side, none on the other."""
    with _Server(("127.0.0.1", 0), _Relay) as server:
        server.line = Line(server.server_address[1])
        server.context = authority.server_context()
        server.target = target
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.line
        finally:
            server.shutdown()
            thread.join()
