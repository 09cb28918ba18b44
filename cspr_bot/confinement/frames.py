"""What passes between parent and child: a length of four bytes, then that many bytes; a greeting comes first.

Every question bears a number, and its answer the same: an answer that comes late is never taken for that of the next.
"""

import struct
from typing import BinaryIO

OFFLINE = b"a reader without network"
ONLINE = b"a reader with network"

# A mail of 40 MB comes back as its files, its text, and the forms in them.
MOST_REQUEST_BYTES = 64_000_000
MOST_ANSWER_BYTES = 160_000_000

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size
NUMBER_BYTES = 8


def frame(content: bytes) -> bytes:
    """Put a length before a content."""
    return _LENGTH.pack(len(content)) + content


def length_of(head: bytes) -> int:
    """Read the length from the four bytes that stand before a content."""
    (length,) = _LENGTH.unpack(head)
    return int(length)


def read_frame(source: BinaryIO) -> bytes | None:
    """Read one content; None where the other side has closed."""
    head = source.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    content = source.read(length_of(head))
    return content if len(content) == length_of(head) else None
