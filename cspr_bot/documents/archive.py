"""Opens a zip file that a stranger made: looks at its directory first, and inflates only what is asked for."""

import struct
import zlib
from dataclasses import dataclass, field

from cspr_bot.documents.refusal import DAMAGED, ENCRYPTED, HOSTILE, TOO_LARGE, Refused

MOST_ENTRIES = 1_000
LARGEST_PART = 16 * 1024 * 1024  # of XML: a hundred times the largest form that was seen
_SUSPECT_RATIO = 200  # text inflates to thirty times its size at most, what exceeds this by far was made to

_END = struct.Struct("<4sHHHHIIH")
_ENTRY = struct.Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_END_MARK, _ENTRY_MARK, _LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 65_535
_IN_ZIP64 = 0xFFFF
_IS_ENCRYPTED, _IS_UTF8 = 0x1, 0x800


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in the archive as the directory describes it. The directory may lie."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Archive:
    """The directory of a zip file. Names are compared without case, as Word does."""

    content: bytes
    entries: dict[str, Entry] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it, in lower case."""
        return tuple(self.entries)

    def read(self, name: str, most: int = LARGEST_PART) -> bytes:
        """Inflate one file, never further than its limit. Raise `Refused` where it is not what was declared."""
        entry = self.entries.get(name.lower().lstrip("/"))
        if entry is None:
            raise Refused("unreadable", DAMAGED)
        if entry.flags & _IS_ENCRYPTED:
            raise Refused("encrypted", ENCRYPTED)
        _check_size(entry, most)
        content = _inflate(entry, _packed(self.content, entry))
        if zlib.crc32(content) != entry.crc:
            raise Refused("unreadable", DAMAGED)
        return content


def open_archive(content: bytes) -> Archive:
    """Read the directory. Raise `Refused` for one that is broken, endless, or describes the same bytes twice."""
    end_at = content.rfind(_END_MARK, max(0, len(content) - _END.size - _LONGEST_COMMENT))
    if end_at < 0 or end_at + _END.size > len(content):
        raise Refused("unreadable", DAMAGED)
    _, _, _, _, count, size, offset, _ = _END.unpack_from(content, end_at)
    if count > MOST_ENTRIES or count == _IN_ZIP64:
        raise Refused("hostile", HOSTILE)
    # Bytes may stand before the archive (a mail gateway's banner): all offsets are off by as much as the directory's.
    shift = end_at - size - offset
    if shift < 0:
        raise Refused("unreadable", DAMAGED)
    entries = _entries(content, offset + shift, end_at, count, shift)
    _check_overlap(entries)
    named: dict[str, Entry] = {}
    for entry in entries:
        if named.setdefault(entry.name.lower(), entry) is not entry:
            raise Refused("hostile", HOSTILE)
    return Archive(content, named)


def _entries(content: bytes, start: int, end: int, count: int, shift: int) -> list[Entry]:
    entries = []
    at = start
    for _ in range(count):
        if at + _ENTRY.size > end or content[at : at + 4] != _ENTRY_MARK:
            raise Refused("unreadable", DAMAGED)
        parts = _ENTRY.unpack_from(content, at)
        flags, method, crc, packed, size = parts[3], parts[4], parts[7], parts[8], parts[9]
        long_name, long_extra, long_comment, offset = parts[10], parts[11], parts[12], parts[16]
        raw = content[at + _ENTRY.size : at + _ENTRY.size + long_name]
        name = raw.decode("utf-8" if flags & _IS_UTF8 else "cp437", "replace").replace("\\", "/")
        entries.append(Entry(name, flags, method, crc, packed, size, offset + shift))
        at += _ENTRY.size + long_name + long_extra + long_comment
    return entries


def _check_overlap(entries: list[Entry]) -> None:
    """Refuse an archive whose files share bytes: that is how a small one holds petabytes."""
    last = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset < last:
            raise Refused("hostile", HOSTILE)
        last = entry.offset + _LOCAL.size + entry.packed


def _check_size(entry: Entry, most: int) -> None:
    if entry.size > LARGEST_PART and entry.size > _SUSPECT_RATIO * max(entry.packed, 1):
        raise Refused("hostile", HOSTILE)
    if entry.size > most:
        raise Refused("too_large", TOO_LARGE)


def _packed(content: bytes, entry: Entry) -> bytes:
    if entry.offset + _LOCAL.size > len(content) or content[entry.offset : entry.offset + 4] != _LOCAL_MARK:
        raise Refused("unreadable", DAMAGED)
    parts = _LOCAL.unpack_from(content, entry.offset)
    start = entry.offset + _LOCAL.size + parts[9] + parts[10]
    packed = content[start : start + entry.packed]
    if len(packed) < entry.packed:
        raise Refused("unreadable", DAMAGED)
    return packed


def _inflate(entry: Entry, packed: bytes) -> bytes:
    """Inflate at most one byte more than was declared: one that comes proves the directory a liar."""
    match entry.method:
        case 0:
            content = packed
        case 8:
            try:
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, entry.size + 1)
            except zlib.error:
                raise Refused("unreadable", DAMAGED) from None
        case _:
            raise Refused("unreadable", DAMAGED)
    if len(content) > entry.size:
        raise Refused("hostile", HOSTILE)
    return content
