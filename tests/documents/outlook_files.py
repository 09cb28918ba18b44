"""Builds what Outlook makes: containers of Word 97's kind, mails in them, packed bodies, and winmail.dat."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Union

Tree = Mapping[str, Union[bytes, "Tree"]]

SECTOR, SMALL_SECTOR, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
STORAGE, STREAM, ROOT = 1, 2, 5
PROPERTIES = "__properties_version1.0"


def ole(tree: Tree) -> bytes:
    """Write a container (MS-CFB, version 3). Siblings hang in a chain, which readers must put up with."""
    entries: list[tuple[str, int, bytes]] = [("Root Entry", ROOT, b"")]
    links: list[list[int]] = [[FREE, FREE]]  # next sibling, first child

    def add(branch: Tree, parent: int) -> None:
        before = 0
        for name, node in branch.items():
            number = len(entries)
            entries.append((name, STREAM, node) if isinstance(node, bytes) else (name, STORAGE, b""))
            links.append([FREE, FREE])
            if before:
                links[before][0] = number
            else:
                links[parent][1] = number
            before = number
            if not isinstance(node, bytes):
                add(node, number)

    add(tree, 0)
    small, small_starts = bytearray(), dict[int, int]()
    small_fat: list[int] = []
    for number, (_, kind, content) in enumerate(entries):
        if kind == STREAM and 0 < len(content) < CUTOFF:
            small_starts[number] = len(small_fat)
            small_fat += _chain(len(small_fat), -(-len(content) // SMALL_SECTOR))
            small += _padded(content, SMALL_SECTOR)
    large = {number: content for number, (_, kind, content) in enumerate(entries) if len(content) >= CUTOFF}
    pieces = [
        b"\0" * (128 * len(entries)),
        struct.pack(f"<{len(small_fat)}I", *small_fat),
        bytes(small),
        *large.values(),
    ]
    sectors = sum(-(-len(piece) // SECTOR) for piece in pieces)
    fat_sectors = next(count for count in range(1, 9_999) if count * (SECTOR // 4) >= sectors + count)
    fat, starts = [FAT] * fat_sectors, []
    for piece in pieces:
        starts.append(len(fat) if piece else END)
        fat += _chain(len(fat), -(-len(piece) // SECTOR))
    large_starts = dict(zip(large, starts[3:], strict=True))
    directory = b"".join(
        _entry(
            name,
            kind,
            links[number],
            starts[2] if kind == ROOT else small_starts.get(number, large_starts.get(number, END)),
            len(small) if kind == ROOT else len(content),
        )
        for number, (name, kind, content) in enumerate(entries)
    )
    fat += [FREE] * (fat_sectors * SECTOR // 4 - len(fat))
    table = [*range(min(fat_sectors, 109)), *[FREE] * (109 - fat_sectors)]
    head = struct.pack(
        "<8s16s6H10I109I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, fat_sectors, starts[0], 0, CUTOFF,
        starts[1], -(-len(pieces[1]) // SECTOR), END, 0, *table,
    )  # fmt: skip
    body = b"".join(_padded(piece, SECTOR) for piece in (directory, *pieces[1:]))
    return head + struct.pack(f"<{len(fat)}I", *fat) + body


def _chain(start: int, count: int) -> list[int]:
    return [*range(start + 1, start + count), END] if count else []


def _padded(content: bytes, unit: int) -> bytes:
    return content + b"\0" * (-len(content) % unit)


def _entry(name: str, kind: int, links: Sequence[int], start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBB3I16sIQQIQ", wide, len(wide) + 2, kind, 1, FREE, links[0], links[1], b"", 0, 0, 0, start, size
    )


def message(*files: bytes | Tree, html: bytes = b"", text: str = "", rtf: bytes = b"") -> Tree:
    """Describe a mail: each file is its bytes, or what describes a mail in this mail (or another object)."""
    bodies = {"10130102": html, "1000001F": text.encode("utf-16-le"), "10090102": rtf}
    tree: dict[str, bytes | Tree] = {PROPERTIES: b"\0" * 32, "__nameid_version1.0": {"__substg1.0_00020102": b""}}
    tree |= {f"__substg1.0_{kind}": body for kind, body in bodies.items() if body}
    for number, file in enumerate(files):
        kind = "37010102" if isinstance(file, bytes) else "3701000D"
        tree[f"__attach_version1.0_#{number:08X}"] = {PROPERTIES: b"\0" * 8, f"__substg1.0_{kind}": file}
    return tree


def msg(*files: bytes | Tree, html: bytes = b"", text: str = "", rtf: bytes = b"") -> bytes:
    """Write a mail as Outlook saves it."""
    return ole(message(*files, html=html, text=text, rtf=rtf))


def packed_rtf(rtf: bytes, manner: bytes = b"LZFu") -> bytes:
    """Pack a body letter by letter, which is a way of packing too."""
    if manner == b"MELA":
        return struct.pack("<II4sI", len(rtf) + 12, len(rtf), manner, 0) + rtf
    written = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(written) + 12, len(rtf), manner, 0) + written


def attribute(name: int, value: bytes, level: int = 1) -> bytes:
    """Write one attribute of a winmail.dat."""
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def property_of(number: int, kind: int, *values: bytes) -> bytes:
    """Write a property: its values with their lengths, each padded to four bytes."""
    long = b"".join(struct.pack("<I", len(value)) + _padded(value, 4) for value in values)
    return struct.pack("<HHI", kind, number, len(values)) + long


def properties(*items: bytes) -> bytes:
    """Write a list of properties."""
    return struct.pack("<I", len(items)) + b"".join(items)


def winmail(*attributes: bytes) -> bytes:
    """Write a winmail.dat."""
    return b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x89006, b"\0\0\1\0") + b"".join(attributes)


def winmail_with(files: Iterable[bytes]) -> bytes:
    """Write a winmail.dat that holds files."""
    return winmail(*(attribute(0x69002, b"\0" * 14, 2) + attribute(0x6800F, file, 2) for file in files))
