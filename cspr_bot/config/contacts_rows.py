"""From the cells of a spreadsheet to the entries of a contact list; each thing that is wrong is found by its row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cspr_bot.config.contacts_sheet import COLUMNS, DATES, LISTS, Row
from cspr_bot.config.problems import Findings, Place, Problem, show, spell, suggest
from cspr_bot.correspondence.sheet import Sheet, SheetRow

LIST = "config/contacts.toml"
MUST_BE_THERE = ("role", "name", "email")
_BETWEEN = re.compile(r"[;,\n]")
_BRITISH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00)?)?")


@dataclass(slots=True)
class SheetFindings(Findings):
    """What is wrong with a proposed list: an entry is named by its row in the sheet, and what has none by the list.

    `rows` are the rows of the entries, in the order of the list; None where one does not come from the sheet.
    """

    rows: Sequence[int | None] = field(default=())

    def problem(self, place: Place, what: str, remedy: str) -> Problem:
        """Say in which row and column it is."""
        row = self._row(place)
        if row is None:
            return Problem(LIST, spell(place), what, remedy)
        columns = [str(step).replace("_", " ") for step in place[2:3]]
        return Problem(self.file, ", ".join((f"row {row}", *columns)), what, remedy)

    def in_row(self, row: int, column: str, what: str, remedy: str) -> None:
        """Note what is wrong with a cell."""
        place = f"row {row}, {column}" if column else f"row {row}"
        self.problems.append(Problem(self.file, place, what, remedy))

    def where(self, place: Place) -> str:
        """Say in which row another entry stands."""
        row = self._row(place)
        return "above" if row is None else f"in row {row}"

    def _row(self, place: Place) -> int | None:
        is_of_entry = len(place) > 1 and place[0] == "contact" and isinstance(place[1], int)
        return self.rows[place[1]] if is_of_entry and isinstance(place[1], int) else None


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """An entry as the sheet has it: the row it stands in, and what stands there; of `unread` nobody can tell."""

    row: int
    values: Row
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SheetEntries:
    """Every entry of a sheet, and the columns that it has: of others it says nothing."""

    entries: tuple[SheetEntry, ...]
    columns: frozenset[str]


def entries_in(sheet: Sheet, findings: SheetFindings) -> SheetEntries:
    """Read the entries of a sheet, whose first row names the columns."""
    if sheet.flaw or not sheet.rows:
        findings.problems.append(
            Problem(findings.file, "", sheet.flaw or "there is nothing in it", "begin with `contacts export FILE`")
        )
        return SheetEntries((), frozenset())
    head, *body = sheet.rows
    columns = _columns(head, findings)
    for key in MUST_BE_THERE:
        if key not in columns.values():
            findings.in_row(head.number, "", f'there is no column "{key}"', "begin with `contacts export FILE`")
    entries = tuple(_entry(row, columns, findings) for row in body)
    return SheetEntries(entries, frozenset(columns.values()))


def _columns(head: SheetRow, findings: SheetFindings) -> dict[int, str]:
    columns: dict[int, str] = {}
    for place, heading in enumerate(head.cells):
        key = "_".join(heading.lower().split()).replace("-", "_")
        if not key:
            continue
        if key not in COLUMNS:
            names = [name.replace("_", " ") for name in COLUMNS]
            findings.in_row(head.number, show(heading), "there is no such column", suggest(heading, names))
        elif key in columns.values():
            findings.in_row(head.number, show(heading), "this column stands twice", "leave one of the two out")
        else:
            columns[place] = key
    return columns


def _entry(row: SheetRow, columns: Mapping[int, str], findings: SheetFindings) -> SheetEntry:
    """Read the cells of a row. Empty ones are left out, and so are those with which something is wrong."""
    values: dict[str, object] = {}
    unread: set[str] = set()
    for place, text in enumerate(row.cells):
        key = columns.get(place)
        column = key.replace("_", " ") if key else f"column {place + 1}"
        if place in row.formulas:
            what = "this is a formula, and none is ever reckoned"
            remedy = "write what it should say; where that begins with = + - or @, put ' before it"
            findings.in_row(row.number, column, what, remedy)
            unread.add(key or "")
        elif text and key is None:
            what = f"{show(text)} stands under no heading"
            findings.in_row(row.number, column, what, "move it under one, or delete it")
        elif text and key in DATES and _day(text) is None:
            findings.in_row(row.number, column, f"{show(text)} is not a date", "write 30/11/2026 or 2026-11-30")
            unread.add(key)
        elif text and key is not None:
            values[key] = _value(key, text)
    return SheetEntry(row.number, values, frozenset(unread))


def _value(key: str, text: str) -> object:
    if key in LISTS:
        return [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    return _day(text) if key in DATES else text


def _day(text: str) -> date | None:
    """Read a day: 2026-11-30, or 30/11/2026 as it is written here."""
    try:
        if found := _ISO.fullmatch(text):
            return date.fromisoformat(found[1])
        if found := _BRITISH.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None
    return None
