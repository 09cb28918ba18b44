"""What a receiving server says it found out about a sender: `Authentication-Results`, read as RFC 8601 writes it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
# A token of RFC 2045 with what values really hold besides: the signs of base64, the ":" and brackets of numeric
# addresses; one "@" in it. `<>` is how Exchange writes that there was no return address.
_BARE = r"[!#-'*+./0-9:=?A-Z\[\]^_`a-z{|}~-]+"
_VALUE = rf"(?:(?:{_QUOTED}|{_BARE})(?:@{_BARE})?|@{_BARE}|<>)"
_PAIR = re.compile(rf"\s*([A-Za-z][A-Za-z0-9_./-]*)\s*=\s*({_VALUE})(?=\s|$)")
_STRING = re.compile(_QUOTED)
_SERVER = re.compile(rf"\s*({_QUOTED}|[!#-'*+./0-9?A-Z^_`a-z{{|}}~-]+)(?:\s+([0-9]+))?\s*")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result with its properties, names in lower case, such as ("header.from", "council.example")."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def values(self, name: str) -> tuple[str, ...]:
        """Give every value of a property."""
        return tuple(value for key, value in self.properties if key == name)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A whole header: `server` is its authserv-id in lower case, or "" where it has none (Exchange Online)."""

    server: str
    results: tuple[Result, ...]

    def of(self, method: str) -> tuple[Result, ...]:
        """Give every result of a method."""
        return tuple(result for result in self.results if result.method == method)


def parse_verdict(value: str) -> Verdict | None:
    """Read one `Authentication-Results`; None where any of it is not what the standard allows.

    A verdict that is half understood is none: a return address that a stranger chose stands in the midst of it.
    """
    segments = list(_segments(value))
    if any(segment is None for segment in segments):
        return None
    texts = [segment for segment in segments if segment is not None]
    server = _SERVER.fullmatch(texts[0])
    if server and server[2] not in {None, "1"}:
        return None
    results = [_result(text) for text in texts[1 if server else 0 :] if text.strip() not in {"", "none"}]
    known = tuple(result for result in results if result)
    return Verdict(_plain(server[1]) if server else "", known) if len(known) == len(results) else None


def server_of(value: str) -> str:
    """Give the authserv-id of a verdict, also of one whose rest cannot be read; "" where it has none."""
    server = _SERVER.fullmatch(next(_segments(value)) or "")
    return _plain(server[1]) if server else ""


def _segments(value: str) -> Iterator[str | None]:
    """Split at semicolons outside quotes and comments, comments left out; None where one of them has no end."""
    text: list[str] = []
    depth = position = 0
    while position < len(value):
        sign = value[position]
        if sign == "\\" and depth:
            position += 1
        elif sign == '"' and not depth:
            quoted = _STRING.match(value, position)
            if not quoted:
                yield None
                return
            text.append(quoted[0])
            position = quoted.end() - 1
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            text.append(" ")
            if depth < 0:
                yield None
                return
        elif sign == ";" and not depth:
            yield "".join(text)
            text = []
        elif not depth:
            text.append(sign)
        position += 1
    yield "".join(text) if not depth else None


def _result(text: str) -> Result | None:
    pairs = _pairs(text)
    if not pairs:
        return None
    (method, result), *properties = pairs
    name, slash, version = method.partition("/")
    if (slash and version != "1") or not _WORD.fullmatch(result):
        return None
    return Result(name, result, tuple(properties))


def _pairs(text: str) -> Sequence[tuple[str, str]] | None:
    """Read `name = value` until the end; None where something else stands between."""
    found: list[tuple[str, str]] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        pair = _PAIR.match(text, position)
        if not pair:
            return None
        found.append((pair[1].lower(), _plain(pair[2])))
        position = pair.end()
    return found


def _plain(value: str) -> str:
    if value.startswith('"') and value.endswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.lower()
