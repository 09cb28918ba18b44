"""Header blocks: how the bytes of a mail become names and values, the same way for every decision that follows."""

import re
from dataclasses import dataclass

MOST_HEADER_BYTES = 200_000
MOST_STRAY_LINES = 50

_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_STRUCTURE = re.compile(
    rb"^(?:content-(?:type|transfer-encoding|disposition)|mime-version|from|to|subject|date|message-id)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK_START = re.compile(rb"(?:[ \t\r]{0,2000}\n){1,20}")
_BLANK_LINE = re.compile(rb"^\r*$", re.MULTILINE)
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F, 0x85, 0x2028, 0x2029), " ")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The fields of one block in wire order, values unfolded but not decoded, and where the body begins.

    `is_broken` says that two programs may disagree about this block: a line that is no field, a bare CR, a NUL.
    """

    fields: tuple[tuple[str, str], ...]
    body_at: int
    is_broken: bool = False
    is_too_large: bool = False

    def first(self, name: str) -> str:
        """Give the topmost value of a field, or "" where there is none. `name` is lower-case."""
        return next((value for key, value in self.fields if key.lower() == name), "")


def split_headers(raw: bytes, start: int = 0, end: int | None = None) -> HeaderBlock:
    """Split the header block that begins at `start`; a mail is never copied whole.

    A line that is no field ends the block, as it does for every mail server, unless fields that hold the mail together
    still follow before the blank line: then it is passed over, lest an attachment be taken for text.
    """
    limit = len(raw) if end is None else end
    position = _after_envelope_line(raw, start, limit)
    fields: list[tuple[str, list[bytes]]] = []
    is_broken = False
    stray_lines = 0
    while position < limit:
        if position - start > MOST_HEADER_BYTES:
            return HeaderBlock(_as_text(fields), position, is_broken, is_too_large=True)
        line, after = _line_at(raw, position, limit)
        if not line:
            return HeaderBlock(_as_text(fields), after, is_broken)
        is_broken = is_broken or b"\r" in line or b"\0" in line
        name = _NAME.match(line)
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif name:
            fields.append((name[1].decode("ascii"), [line[name.end() :]]))
        else:
            is_broken = True
            stray_lines += 1
            if not _structure_follows(raw, position, min(limit, start + MOST_HEADER_BYTES), stray_lines):
                return HeaderBlock(_as_text(fields), position, is_broken)
        position = after
    return HeaderBlock(_as_text(fields), limit, is_broken)


def without_controls(text: str) -> str:
    """Replace everything that could begin a new line in a header, a log or a subject."""
    return text.translate(_CONTROLS)


def _after_envelope_line(raw: bytes, start: int, limit: int) -> int:
    """Pass over what saved mails have above them: blank lines, and the `From ` line of mailbox files.

    A part within a mail never begins at 0; there a blank line says that it has no header at all.
    """
    blank = _BLANK_START.match(raw, 0, limit) if start == 0 else None
    position = blank.end() if blank else start
    if raw.startswith((b"From ", b">From "), position, limit):
        return _line_at(raw, position, limit)[1]
    return position


def _line_at(raw: bytes, position: int, limit: int) -> tuple[bytes, int]:
    newline = raw.find(b"\n", position, limit)
    stop = limit if newline < 0 else newline
    # A line longer than any allowed block is not looked at in full: it cannot be part of one.
    return raw[position : min(stop, position + MOST_HEADER_BYTES + 2)].rstrip(b"\r"), min(stop + 1, limit)


def _structure_follows(raw: bytes, position: int, limit: int, stray_lines: int) -> bool:
    """Look ahead to the blank line; a block with very many stray lines is not worth looking through so often."""
    if stray_lines > MOST_STRAY_LINES:
        return False
    blank = _BLANK_LINE.search(raw, position, limit)
    return bool(_STRUCTURE.search(raw, position, blank.start() if blank else limit))


def _as_text(fields: list[tuple[str, list[bytes]]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, without_controls(_from_bytes(b"".join(lines))).strip()) for name, lines in fields)


def _from_bytes(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
