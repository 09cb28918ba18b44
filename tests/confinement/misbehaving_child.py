"""A reader that does to itself what the mail tells it to: run by the tests of the confinement."""

import ctypes
import os
import signal
import socket
import stat
import sys

import msgspec

from cspr_bot.confinement.child import serve
from cspr_bot.confinement.frames import frame
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.pipeline.ports import ReadMail

NUMBER_ONE = bytes(7) + b"\1"
OUT_OF_TURN = {
    b"garbage": frame(NUMBER_ONE + b"wrong"),
    b"huge": b"\xff\xff\xff\xff",
    b"half": b"\x00\x00\xff\x50half",
    b"chatter": frame(NUMBER_ONE + msgspec.msgpack.encode(ReadMail(ParsedMail((), "said too early")))),
}


def read(raw: bytes) -> ReadMail:  # noqa: PLR0912
    """Obey."""
    match raw.partition(b" ")[0]:
        case b"segfault":
            ctypes.string_at(0)
        case b"hang":
            signal.pause()
        case b"loop":
            while True:
                pass
        case b"memory":
            return answer(str(len(bytearray(1 << 30))))
        case b"raise":
            raise RecursionError
        case b"exit":
            os._exit(0)
        case b"garbage" | b"huge" | b"half" | b"chatter" as what:
            os.write(pipe_to_the_parent(), OUT_OF_TURN[what])
            if what == b"half":
                os._exit(0)
        case b"print":
            os.write(1, b"noise on standard output")
            os.write(2, b"noise on standard error")
        case b"network":
            return answer(try_network())
        case b"pid":
            return answer(str(os.getpid()))
        case b"grow":
            return answer("x" * 5_000_000)
        case _:
            pass
    return answer(str(len(raw)))


def answer(text: str) -> ReadMail:
    return ReadMail(ParsedMail(headers=(("Subject", "read"),), text=text))


def pipe_to_the_parent() -> int:
    """Find the last pipe that was opened."""
    for number in range(60, 2, -1):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                return number
        except OSError:
            continue
    raise LookupError


def try_network() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.connect(("192.0.2.1", 9))
        except OSError:
            return "no network"
    return "network"


if __name__ == "__main__":
    if "refuse" in sys.argv:
        sys.exit("not today")
    if "babble" in sys.argv:
        os.write(1, b"hello")
        sys.exit()
    if "strange" in sys.argv:
        os.write(1, frame(b"good day"))
        sys.exit()
    serve(read, cpu_seconds=1, mails_per_child=4 if "short-lived" in sys.argv else 500)
