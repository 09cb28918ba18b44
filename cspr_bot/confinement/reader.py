"""The parent's side: a reader of mails that survives whatever a mail does to it."""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, cast

import msgspec

from cspr_bot.confinement.frames import (
    LENGTH_BYTES,
    MOST_ANSWER_BYTES,
    MOST_REQUEST_BYTES,
    NUMBER_BYTES,
    OFFLINE,
    ONLINE,
    frame,
    length_of,
)
from cspr_bot.correspondence.headers import split_headers
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.pipeline.ports import ReadMail, TemporaryFailure

WALL_SECONDS = 75.0  # LibreOffice may have twenty of them, three times; what only computes is stopped far sooner
START_SECONDS = 30.0
ROOM_PREFIX = "cspr-bot-child-"
_PATIENCE_AT_THE_END = 2.0
_PIECE = 1 << 20


class _TooSlowError(Exception):
    """The child did not answer in time."""


class _BrokenError(Exception):
    """The child died, or answered what is no answer."""


class ConfinedReader:
    """Reads mails in a child process that is started at the first mail and replaced when one breaks it.

    `command` starts a program that calls `confinement.child.serve`. One thread at a time may use a reader.
    """

    def __init__(
        self, command: Sequence[str], wall_seconds: float = WALL_SECONDS, start_seconds: float = START_SECONDS
    ) -> None:
        self._command = tuple(command)
        self._wall_seconds = wall_seconds
        self._start_seconds = start_seconds
        self._decoder = msgspec.msgpack.Decoder(ReadMail)
        self._child: _Child | None = None

    def read(self, raw: bytes) -> ReadMail:
        """Read a mail. One that breaks the child comes back unreadable, with the reason in its problems.

        A child that has read mails before may have died of one of those, or of old age: then a fresh one has a try.
        Raise `TemporaryFailure` only where no child can be started at all, for that is not the mail's fault.
        """
        if len(raw) > MOST_REQUEST_BYTES:
            return _unreadable(raw, "the mail is too large to be read")
        for _ in range(2 if self._child else 1):
            try:
                return self._read(raw)
            except _TooSlowError:
                return _unreadable(raw, "reading it took too long")
            except _BrokenError:
                continue
        return _unreadable(raw, "reading it broke the reader")

    def close(self) -> None:
        """End the child, if there is one; the reader may be used again afterwards."""
        if self._child:
            self._child.close()
            self._child = None

    @property
    def is_offline(self) -> bool | None:
        """Whether the child has lost the network; None where there is no child."""
        return self._child.is_offline if self._child else None

    def _read(self, raw: bytes) -> ReadMail:
        child = self._running_child()
        try:
            answer = child.ask(raw, self._wall_seconds)
            return self._decoder.decode(answer)
        except (msgspec.MsgspecError, _BrokenError) as broken:
            self._drop()
            raise _BrokenError from broken
        except _TooSlowError:
            self._drop()
            raise

    def _running_child(self) -> "_Child":
        if self._child and self._child.is_ready:
            return self._child
        self._drop()
        try:
            self._child = _Child(self._command, self._start_seconds)
        except (OSError, _BrokenError, _TooSlowError) as failure:
            raise TemporaryFailure("the reader of mails cannot be started") from failure
        return self._child

    def _drop(self) -> None:
        if self._child:
            self._child.kill()
            self._child = None


class _Child:
    """One process, its two pipes, and the folder for whatever it writes: that ends with it, however it ends."""

    def __init__(self, command: Sequence[str], start_seconds: float) -> None:
        self._room = tempfile.mkdtemp(prefix=ROOM_PREFIX)
        self._process = self._start(command)
        self._asked = 0
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        for pipe in (self._requests, self._answers):
            os.set_blocking(pipe.fileno(), False)
        try:
            self.is_offline = self._greeting(time.monotonic() + start_seconds) == OFFLINE
        except (_BrokenError, _TooSlowError):
            self.kill()
            raise

    def _start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(  # noqa: S603 - the command is the program's own
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "TMPDIR": self._room},
                start_new_session=True,  # so that whatever it starts itself can be ended with it
            )
        except OSError:
            self._tidy()
            raise

    @property
    def is_ready(self) -> bool:
        """Whether it lives and is silent: one that closed its pipe is ending, one that speaks unasked is broken."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            return self._process.poll() is None and not selector.select(0)

    def ask(self, raw: bytes, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        self._asked += 1
        number = self._asked.to_bytes(NUMBER_BYTES, "big")
        self._send(frame(number + raw), deadline)
        answer = self._receive(deadline, MOST_ANSWER_BYTES)
        if not answer.startswith(number):
            raise _BrokenError
        return answer[NUMBER_BYTES:]

    def close(self) -> None:
        """Let it end by itself, for it ends when nothing more can come; else make it."""
        self._requests.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_AT_THE_END)
        self.kill()

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._requests, self._answers):
            pipe.close()
        self._tidy()

    def _tidy(self) -> None:
        shutil.rmtree(self._room, ignore_errors=True)

    def _greeting(self, deadline: float) -> bytes:
        greeting = self._receive(deadline, len(OFFLINE))
        if greeting not in {OFFLINE, ONLINE}:
            raise _BrokenError
        return greeting

    def _send(self, content: bytes, deadline: float) -> None:
        rest = memoryview(content)
        while rest:
            _wait(self._requests, selectors.EVENT_WRITE, deadline)
            try:
                written = os.write(self._requests.fileno(), rest[:_PIECE])
            except BrokenPipeError as broken:
                raise _BrokenError from broken
            rest = rest[written:]

    def _receive(self, deadline: float, most: int) -> bytes:
        length = length_of(self._take(LENGTH_BYTES, deadline))
        if length > most:
            raise _BrokenError
        return self._take(length, deadline)

    def _take(self, length: int, deadline: float) -> bytes:
        taken = bytearray()
        while len(taken) < length:
            _wait(self._answers, selectors.EVENT_READ, deadline)
            piece = os.read(self._answers.fileno(), min(length - len(taken), _PIECE))
            if not piece:
                raise _BrokenError
            taken += piece
        return bytes(taken)


def _wait(pipe: IO[bytes], event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(deadline - time.monotonic(), 0)):
            raise _TooSlowError


def _unreadable(raw: bytes, why: str) -> ReadMail:
    """Give what can be said of such a mail without opening it: its headers, as they stand."""
    return ReadMail(ParsedMail(headers=split_headers(raw).fields, problems=(why,), is_readable=False))
