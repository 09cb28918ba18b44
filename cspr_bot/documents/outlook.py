"""Reads a mail as Outlook saves it (.msg): its files, the mails in it, and its body.

A .msg is a container of Word 97's kind in which each property is a stream of its own, named by its number and type
(MS-OXMSG, 2.1): text is of type 001F (UTF-16) or 001E (some code page), bytes are 0102, and an object is 000D.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from cspr_bot.documents.containers import Contents, Member, kept
from cspr_bot.documents.outlook_rtf import bodies
from cspr_bot.documents.refusal import DAMAGED, TOO_LARGE, Refused

_PROPERTIES = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_"
_STREAM = "__substg1.0_"
_DATA, _OBJECT = "37010102", "3701000D"
_HTML, _HTML_TEXT, _HTML_ANSI = "10130102", "1013001F", "1013001E"
_TEXT, _TEXT_ANSI, _RTF = "1000001F", "1000001E", "10090102"
_PACKAGES = ("Package", "CONTENTS", "Contents")  # where a document lies that was put into a mail as an object
_LARGEST_BODY = 16 * 1024 * 1024

Place = tuple[str, ...]


def open_ole(content: bytes) -> "Ole":
    """Read the directory of a container of Word 97's kind. Raise `Refused` for one that is damaged."""
    try:
        file = olefile.OleFileIO(io.BytesIO(content))
        paths = file.listdir(streams=True, storages=True)
    except (OSError, ValueError, IndexError, RecursionError):
        raise Refused("unreadable", DAMAGED) from None
    return Ole(file, {tuple(name.lower() for name in path): tuple(path) for path in paths})


@dataclass(frozen=True, slots=True)
class Ole:
    """Such a container. Names are compared without case."""

    file: olefile.OleFileIO
    paths: dict[Place, Place] = field(default_factory=dict)

    def has(self, *place: str) -> bool:
        """Say whether there is a stream or a storage at a place."""
        return tuple(name.lower() for name in place) in self.paths

    def read(self, *place: str, most: int = _LARGEST_BODY) -> bytes:
        """Give a stream. Raise `Refused` for one that is larger than it may be, and for a damaged one."""
        path = self.paths[tuple(name.lower() for name in place)]
        if self.file.get_size(list(path)) > most:
            raise Refused("too_large", TOO_LARGE)
        return self._read(path, most + 1)

    def head(self, name: str, length: int) -> bytes:
        """Give the beginning of a stream."""
        return self._read(self.paths[(name.lower(),)], length)

    def _read(self, path: Place, length: int) -> bytes:
        try:
            content: bytes = self.file.openstream(list(path)).read(length)
        except (OSError, ValueError, IndexError):
            raise Refused("unreadable", DAMAGED) from None
        return content

    def below(self, place: Place) -> Iterator[str]:
        """Give the names of what is directly below a place."""
        folded = tuple(name.lower() for name in place)
        for key, path in self.paths.items():
            if len(path) == len(place) + 1 and key[:-1] == folded:
                yield path[-1]


def is_message(ole: Ole) -> bool:
    """Say whether it is a mail, and not a document."""
    return ole.has(_PROPERTIES)


def read_message(ole: Ole, place: Place = ()) -> Contents:
    """Give what a mail holds; one inside it is opened when its turn comes."""
    return Contents(_files(ole, place), _bodies(ole, place))


def _files(ole: Ole, place: Place) -> Iterator[Member | Contents]:
    for name in ole.below(place):
        if name.lower().startswith(_ATTACHMENT):
            yield from _attached(ole, (*place, name))


def _attached(ole: Ole, place: Place) -> Iterator[Member | Contents]:
    data, inner = (*place, _STREAM + _DATA), (*place, _STREAM + _OBJECT)
    if ole.has(*data):
        yield Member(lambda most: ole.read(*data, most=most))
    elif ole.has(*inner, _PROPERTIES):
        yield read_message(ole, inner)
    else:
        for name in _PACKAGES:
            if ole.has(*inner, name):
                yield _package(ole, (*inner, name))
                return


def _package(ole: Ole, place: Place) -> Member:
    return Member(lambda most: ole.read(*place, most=most))


def _bodies(ole: Ole, place: Place) -> Iterator[Member]:
    html = _stream(ole, place, _HTML, _HTML_ANSI) or _wide(ole, place, _HTML_TEXT)
    text = _wide(ole, place, _TEXT) or _stream(ole, place, _TEXT_ANSI)
    yield from map(kept, bodies(html, _stream(ole, place, _RTF), text))


def _stream(ole: Ole, place: Place, *kinds: str) -> bytes:
    """Give the first of some properties that is there, or nothing."""
    return next((ole.read(*place, _STREAM + kind) for kind in kinds if ole.has(*place, _STREAM + kind)), b"")


def _wide(ole: Ole, place: Place, kind: str) -> bytes:
    return _stream(ole, place, kind).decode("utf-16-le", "replace").encode("utf-8", "replace")
