"""On which line of a TOML text each key stands, so that an error can point at it."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from cspr_bot.config.problems import Place

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LITERAL = re.compile(r"'([^'\n]*)'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n#]*")


class _LostError(Exception):
    """The text is not TOML from here on; what was found so far stands."""


@dataclass(frozen=True, slots=True)
class Twice:
    """A key that stands twice, and both lines."""

    place: Place
    first: int
    second: int


@dataclass(slots=True)
class KeyLines:
    """The line of every key and list entry, and the keys that stand twice."""

    lines: dict[Place, int] = field(default_factory=dict)
    twice: list[Twice] = field(default_factory=list)


def find_lines(text: str) -> KeyLines:
    """Find the line of every key. A text that is broken, or nested beyond reason, is followed as far as it goes."""
    scan = _Scan(text)
    try:
        scan.document()
    except (_LostError, RecursionError):
        return scan.found
    return scan.found


class _Scan:
    """One walk through a text. It only tells where keys are: whether their values are right is tomllib's affair."""

    def __init__(self, text: str) -> None:
        self.found = KeyLines()
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._entries: dict[Place, int] = {}

    def document(self) -> None:
        """Walk through headers and keys to the end."""
        table: Place = ()
        while self._skip_blank() < len(self._text):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Place:
        """Read `[a.b]` or `[[a.b]]`; names that are lists mean their last entry."""
        is_entry = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 2 if is_entry else 1
        names = self._dotted()
        self._take("]]" if is_entry else "]")
        parent = self._resolved(names[:-1])
        place = (*parent, names[-1])
        if not is_entry:
            self._note(self._resolved(names), line)
            return self._resolved(names)
        number = self._entries[place] = self._entries.get(place, -1) + 1
        self.found.lines.setdefault(place, line)
        self._note((*place, number), line)
        return (*place, number)

    def _resolved(self, names: tuple[str, ...]) -> Place:
        place: Place = ()
        for name in names:
            place = (*place, name)
            if place in self._entries:
                place = (*place, self._entries[place])
        return place

    def _pair(self, table: Place) -> None:
        line = self._line()
        place = (*table, *self._dotted())
        self._take("=")
        self._note(place, line)
        self._value(place)

    def _value(self, place: Place) -> None:
        self._skip_blank()
        match self._peek():
            case "[":
                self._list(place)
            case "{":
                self._inline(place)
            case '"' | "'":
                self._string()
            case _:
                self._match(_SCALAR)

    def _list(self, place: Place) -> None:
        self._take("[")
        number = 0
        while self._skip_blank() < len(self._text) and self._peek() != "]":
            self._note((*place, number), self._line())
            self._value((*place, number))
            number += 1
            if self._skip_blank() < len(self._text) and self._peek() != "]":
                self._take(",")
        self._take("]")

    def _inline(self, place: Place) -> None:
        self._take("{")
        while self._skip_blank() < len(self._text) and self._peek() != "}":
            self._pair(place)
            if self._skip_blank() < len(self._text) and self._peek() != "}":
                self._take(",")
        self._take("}")

    def _string(self) -> None:
        for pattern in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL):
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                return
        raise _LostError

    def _dotted(self) -> tuple[str, ...]:
        names = [self._key()]
        while self._skip_blank() < len(self._text) and self._peek() == ".":
            self._take(".")
            names.append(self._key())
        return tuple(names)

    def _key(self) -> str:
        self._skip_blank()
        for pattern in (_BASIC, _LITERAL):
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                return match.group(1)
        return self._match(_BARE_KEY)

    def _note(self, place: Place, line: int) -> None:
        if place in self.found.lines:
            self.found.twice.append(Twice(place, self.found.lines[place], line))
        self.found.lines.setdefault(place, line)

    def _line(self) -> int:
        return bisect_right(self._newlines, self._at - 1) + 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None or not match.group():
            raise _LostError
        self._at = match.end()
        return match.group()

    def _take(self, sign: str) -> None:
        self._skip_blank()
        if not self._text.startswith(sign, self._at):
            raise _LostError
        self._at += len(sign)

    def _skip_blank(self) -> int:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at
