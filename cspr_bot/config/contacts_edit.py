"""Writes a changed contact list into contacts.toml, and leaves every comment and the order of what stays as they are.

The text is cut at its `[[contact]]` lines, for a comment above one of them belongs to it and not to the entry before.
Within an entry tomlkit changes single keys. What comes out is read again and has to say exactly what was meant.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cspr_bot.config.contacts_changes import Proposal
from cspr_bot.config.contacts_sheet import Row
from cspr_bot.config.lines import find_lines
from cspr_bot.config.problems import Place


class NotEditableError(Exception):
    """The file is written in a way in which it cannot be changed without losing something; only a person can."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """An entry in the text: the comment above it, its own lines, and what stands between it and the next."""

    comment: str
    body: str
    gap: str


def rows_of(table: Mapping[str, object]) -> tuple[Row, ...]:
    """Give the entries of a list as they are written."""
    entries = table.get("contact", [])
    return tuple(entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()


def edited(text: str, proposal: Proposal) -> str:
    """Give the text of contacts.toml with the proposed list in it; raise `NotEditableError` where that cannot be."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    head, pieces = _pieces(text.replace("\r\n", "\n"), len(proposal.old))
    try:
        whole = "".join(_woven(head, pieces, proposal))
    except Exception as error:  # tomlkit raises many kinds; whichever it is, the file is as it was
        raise NotEditableError("it is written in a way in which it cannot be changed by a program") from error
    if _differs(whole, text, proposal.entries):
        raise NotEditableError("what would come out does not say what was meant")
    return whole.replace("\n", line_end)


def _differs(whole: str, text: str, wanted: Sequence[Row]) -> bool:
    """Read again what was written: the entries as they were meant, and every other table as it was."""
    try:
        new, old = tomllib.loads(whole), tomllib.loads(text)
    except ValueError:
        return True
    entries = [dict(row) for row in wanted]
    return new.pop("contact", []) != entries or {**old, "contact": None} != {**new, "contact": None}


def _pieces(text: str, count: int) -> tuple[str, list[_Piece]]:
    """Cut the text into what stands before the first entry, and the entries; another table is part of a gap."""
    lines = text.splitlines(keepends=True)
    found = find_lines(text).lines
    starts = [found[place] - 1 for number in range(count) if (place := ("contact", number)) in found]
    if len(starts) < count or any(not lines[start].lstrip().startswith("[[") for start in starts):
        raise NotEditableError("not every contact begins with [[contact]] on a line of its own")
    if not starts:
        return text, []
    tables = [*sorted({line - 1 for place, line in found.items() if _is_header(place)}), len(lines)]
    ends = [_end_of_body(lines, start, next(line for line in tables if line > start)) for start in starts]
    above = [_comment_above(lines, start, stop) for start, stop in zip(starts, [0, *ends], strict=False)]
    gaps = zip(ends, [*above[1:], len(lines)], strict=True)
    cut = zip(above, starts, ends, gaps, strict=True)
    pieces = [
        _Piece("".join(lines[comment:start]), "".join(lines[start:end]), "".join(lines[slice(*gap)]))
        for comment, start, end, gap in cut
    ]
    return "".join(lines[: above[0]]), pieces


def _is_header(place: Place) -> bool:
    """Whether a place is a table or an entry of the list, each of which begins with a line in brackets."""
    return len(place) == 1 or (len(place) == 2 and place[0] == "contact" and isinstance(place[1], int))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _comment_above(lines: Sequence[str], start: int, stop: int) -> int:
    """Give where the comment begins that stands right above a line, with no empty line between."""
    while start > stop and _is_comment(lines[start - 1]):
        start -= 1
    return start


def _end_of_body(lines: Sequence[str], start: int, after: int) -> int:
    """Give the line behind an entry: behind its last key, and behind the comment right below that.

    A comment that touches the next entry as well belongs to that one.
    """
    end = after
    while end > start + 1 and (not lines[end - 1].strip() or _is_comment(lines[end - 1])):
        end -= 1
    below = end
    while below < after and _is_comment(lines[below]):
        below += 1
    return below if below < after else end


# ---------------------------------------------------------------------------------------------------------------------
# Weaving


def _woven(head: str, pieces: Sequence[_Piece], proposal: Proposal) -> Iterator[str]:
    """Give the text piece by piece: what stays in its place, and what is new behind the entry that it follows."""
    kept = {item.old: item for item in proposal.new if item.old is not None}
    behind: dict[int | None, list[str]] = {}
    last: int | None = None
    for item in proposal.new:
        if item.old is None:
            behind.setdefault(last, []).append(_written(item.values))
        last = last if item.old is None else item.old
    yield head if not head or head.endswith("\n") else f"{head}\n"
    for new in behind.get(None, ()):
        yield f"{new}\n" if pieces else f"\n{new}"
    for number, piece in enumerate(pieces):
        stays = kept.get(number)
        if stays is None:
            yield piece.gap.removeprefix("\n")
            continue
        body = piece.body if piece.body.endswith("\n") else f"{piece.body}\n"
        yield piece.comment
        yield _changed(body, proposal.old[number], stays.values)
        yield from (f"\n{new}" for new in behind.get(number, ()))
        yield piece.gap


def _changed(body: str, before: Row, after: Row) -> str:
    """Change single keys of an entry; what stands beside them and the order of the others stay."""
    if before == after:
        return body
    import tomlkit  # noqa: PLC0415 - 30 ms, and only who changes the list needs it

    document = tomlkit.parse(body)
    entry: Any = document["contact"][0]
    for key in before.keys() - after.keys():
        entry.remove(key)
    for key, value in after.items():
        if before.get(key) == value:
            continue
        if key in before and isinstance(value, list):
            _change_list(entry[key], value)
        else:
            entry[key] = _item(value)
    return tomlkit.dumps(document)


def _change_list(array: Any, wanted: list[str]) -> None:  # noqa: ANN401 - tomlkit's array
    """Change a list by taking out and adding, so that a comment in it stays; else write it anew."""
    for place in reversed(range(len(array))):
        if array[place] not in wanted:
            del array[place]
    for item in wanted:
        if item not in array:
            array.append(item)
    if list(array) != wanted:
        array.clear()
        array.extend(wanted)


def _written(values: Row) -> str:
    import tomlkit  # noqa: PLC0415

    table = tomlkit.table()
    for key, value in values.items():
        table[key] = _item(value)
    return f"[[contact]]\n{table.as_string()}"


def _item(value: object) -> Any:  # noqa: ANN401 - an item of tomlkit
    import tomlkit  # noqa: PLC0415

    return tomlkit.item(list(value) if isinstance(value, tuple) else value)
