"""The child's side: read a mail, answer what is in it, again and again, until the parent closes or it is time to go."""

import os
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from cspr_bot.confinement.frames import NUMBER_BYTES, OFFLINE, ONLINE, frame, read_frame
from cspr_bot.confinement.limits import CPU_SECONDS, MEMORY_BYTES, allow_cpu, confine
from cspr_bot.pipeline.ports import ReadMail

MAILS_PER_CHILD = 500


def serve(
    read: Callable[[bytes], ReadMail],
    *,
    memory_bytes: int = MEMORY_BYTES,
    cpu_seconds: int = CPU_SECONDS,
    mails_per_child: int = MAILS_PER_CHILD,
) -> None:
    """Answer every mail on standard input with what `read` makes of it, on standard output; return when it is over.

    Call it last in a process that has imported what it needs. An exception of `read` ends the process on purpose: the
    parent knows by it that the mail could not be read, and starts anew with a clean child.
    """
    requests, answers = _private_streams()
    is_offline = confine(memory_bytes)
    _write(answers, OFFLINE if is_offline else ONLINE)
    encoder = msgspec.msgpack.Encoder()
    for _ in range(mails_per_child):
        request = read_frame(requests)
        if request is None:
            return
        number, raw = request[:NUMBER_BYTES], request[NUMBER_BYTES:]
        allow_cpu(cpu_seconds)
        _write(answers, number + encoder.encode(read(raw)))


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for the frames alone: what a library prints or asks for goes nowhere."""
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _write(answers: BinaryIO, content: bytes) -> None:
    answers.write(frame(content))
    answers.flush()
