"""Reads a winmail.dat (TNEF), in which Outlook wraps the files of a mail that was written as rich text.

A library for it exists. This reader stands in its place because every length in the file is the sender's word: here one
that points beyond the end is a damaged file, and a count is never believed (MS-OXTNEF, 2.1.3).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from cspr_bot.documents.containers import Contents, Member, kept
from cspr_bot.documents.outlook_rtf import bodies
from cspr_bot.documents.refusal import DAMAGED, HOSTILE, Refused

MARK = b"\x78\x9f\x3e\x22"
MOST_ATTRIBUTES = 5_000
MOST_PROPERTIES = 5_000

_HEAD = struct.Struct("<BII")  # level, name and type, length
_WORD, _SHORT = struct.Struct("<I"), struct.Struct("<H")
_OF_ATTACHMENT = 2
_BODY, _PROPERTIES = 0x800C, 0x9003
_RENDERING, _DATA, _ATTACHMENT = 0x9002, 0x800F, 0x9005

_SHORTS = 0x2
_SIZES = {0x2: 4, 0x3: 4, 0x4: 4, 0xA: 4, 0xB: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _ANSI, _WIDE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_LONG = frozenset({_OBJECT, _ANSI, _WIDE, _BINARY})
_IS_SEVERAL = 0x1000
_NAMED = 0x8000
_TEXT, _RTF, _HTML, _FILE = 0x1000, 0x1009, 0x1013, 0x3701
_OF_OLE = b"\xc0\x00\x00\x00\x00\x00\x00\x46"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a mail or of a file in it."""

    number: int
    kind: int
    content: bytes


@dataclass(slots=True)
class _Mail:
    files: list[bytes] = field(default_factory=list)
    bodies: dict[int, bytes] = field(default_factory=dict)
    properties_left: int = MOST_PROPERTIES

    def properties(self, value: bytes) -> "Iterator[Property]":
        """Give the properties in an attribute; there may be only so many in all attributes together."""
        for item in properties(value):
            self.properties_left -= 1
            if self.properties_left < 0:
                raise Refused("hostile", HOSTILE)
            yield item


def read_tnef(content: bytes) -> Contents:
    """Give what it holds. Raise `Refused` for one that is damaged or cut off."""
    mail = _Mail()
    for level, name, value in _attributes(content):
        if level == _OF_ATTACHMENT:
            _note_file(mail, name, value)
        elif name == _BODY:
            mail.bodies.setdefault(_TEXT, value.rstrip(b"\0"))
        elif name == _PROPERTIES:
            for item in mail.properties(value):
                mail.bodies |= _body(item)
    return Contents(tuple(kept(file) for file in mail.files if file), _bodies(mail.bodies))


def _attributes(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give level, name and value of each attribute."""
    at = len(MARK) + _SHORT.size
    for _ in range(MOST_ATTRIBUTES):
        if at >= len(content):
            return
        if at + _HEAD.size > len(content):
            if not content[at:].strip(b"\0"):
                return
            raise Refused("unreadable", DAMAGED)
        level, name, length = _HEAD.unpack_from(content, at)
        start, end = at + _HEAD.size, at + _HEAD.size + length
        value = content[start:end]
        at = end + _SHORT.size
        if at > len(content) or sum(value) & 0xFFFF != _SHORT.unpack_from(content, end)[0]:
            raise Refused("unreadable", DAMAGED)
        yield level, name & 0xFFFF, value
    raise Refused("hostile", HOSTILE)


def _note_file(mail: _Mail, name: int, value: bytes) -> None:
    """Note a piece of the file that is being described; each begins with how it is drawn."""
    if name == _RENDERING or not mail.files:
        mail.files.append(b"")
    if name == _DATA:
        mail.files[-1] = value
    elif name == _ATTACHMENT:
        files = (_file(item) for item in mail.properties(value) if item.number == _FILE and item.kind in _LONG)
        mail.files[-1] = next(files, mail.files[-1])


def _file(item: Property) -> bytes:
    """Give a file that is a property. Before an object stands what it is: a mail is one more of this kind."""
    is_object = item.kind == _OBJECT and item.content[8:16] == _OF_OLE
    return item.content[16:] if is_object else item.content


def _body(item: Property) -> dict[int, bytes]:
    if item.number not in {_TEXT, _RTF, _HTML} or item.kind not in _LONG:
        return {}
    if item.kind == _WIDE:
        return {item.number: item.content.decode("utf-16-le", "replace").rstrip("\0").encode("utf-8", "replace")}
    return {item.number: item.content if item.number == _RTF else item.content.rstrip(b"\0")}


def _bodies(found: dict[int, bytes]) -> Iterator[Member]:
    yield from map(kept, bodies(found.get(_HTML, b""), found.get(_RTF, b""), found.get(_TEXT, b"")))


def properties(content: bytes) -> Iterator[Property]:
    """Give the properties in an attribute. Raise `Refused` where one reaches beyond the end."""
    source = _Source(content)
    for _ in range(source.word()):
        kind, name = source.take_short(), source.take_short()
        if name >= _NAMED:
            source.skip_name()
        several = bool(kind & _IS_SEVERAL)
        kind &= ~_IS_SEVERAL
        values = source.word() if several or kind in _LONG else 1
        if several and kind == _SHORTS:
            source.take(2 * values, 2 * values + -2 * values % 4)
            continue
        for _ in range(values):
            yield Property(name, kind, source.value(kind))


@dataclass(slots=True)
class _Source:
    """Bytes that are read from the front, and never beyond their end: what takes nothing cannot be there at all."""

    content: bytes
    at: int = 0

    def take(self, length: int, padded: int = 0) -> bytes:
        if self.at + length > len(self.content):
            raise Refused("unreadable", DAMAGED)
        taken = self.content[self.at : self.at + length]
        self.at += max(length, padded)
        return taken

    def word(self) -> int:
        return int(_WORD.unpack(self.take(4))[0])

    def take_short(self) -> int:
        return int(_SHORT.unpack(self.take(2))[0])

    def skip_name(self) -> None:
        """Skip the name of a property that has no number of its own."""
        self.take(16)
        if self.word() == 0:
            self.take(4)
        else:
            self.long()

    def long(self) -> bytes:
        length = self.word()
        return self.take(length, length + -length % 4)

    def value(self, kind: int) -> bytes:
        if kind in _LONG:
            return self.long()
        if kind not in _SIZES:
            raise Refused("unreadable", DAMAGED)
        return self.take(_SIZES[kind])
