"""How a command prints: one JSON document for programs, a table for people."""

import json
import sys
from argparse import Namespace
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from shlex import quote
from shutil import which
from textwrap import fill
from typing import TYPE_CHECKING

from cspr_bot.bootstrap.office import Office
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.letters import ROLE_TITLES
from cspr_bot.procedure.definition import Procedure

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Row = Sequence[object]
PROGRAM = "cspr-bot"
FEW_WORDS = 20  # columns: less than that, and a column that folds is one word a line
GAP = 3  # columns between two of a table
UNFOLDED = 10_000  # columns: a file or a pipe has no edge at which a row would have to be folded


def office_of(options: Namespace) -> Office:
    """Open the home that the command line names, its clock turned where asked for; it closes with the command."""
    office = Office(options.home, turn_to=options.now)
    options.closing.callback(office.close)
    return office


def note_if_no_home(options: Namespace) -> None:
    """Say that the files that ship with the program are used, where a home was named that is not there."""
    if options.home_given and not (options.home_given / "config").is_dir():
        print(
            f"{options.home_given}: there is no home here; the files that ship with the program are used",
            file=sys.stderr,
        )


def as_typed(called_as: str | None = None) -> str:
    """Give the program as it was called, so that a command can be typed again where this one was."""
    called = Path(called_as or sys.argv[0])
    if called.name != PROGRAM:
        return f"{quote(sys.executable)} -m cspr_bot" if called.name == "__main__.py" else PROGRAM
    found = which(PROGRAM)
    is_on_path = found is not None and Path(found).resolve() == called.resolve()
    return PROGRAM if is_on_path else quote(str(called))


def check_case(office: Office, reference: str) -> None:
    """Refuse a reference that is no case's."""
    if not office.store.registration.has_case(reference):
        raise SaidNoError(f"{reference}: there is no such case; `cases --all` lists them")
    if reference == DIGEST:
        raise SaidNoError(f"{reference}: this is where the digests are kept; `digest` prints today's")
    if reference.startswith("held:"):
        raise SaidNoError(f"{reference}: this is a held mail; decide on it with `release`")


def print_json(value: object) -> None:
    """Print one JSON document: times with their offset, dates plain."""
    json.dump(plain(value), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def plain(value: object) -> object:
    """Give a value as JSON has it: dataclasses as objects, moments and days as ISO 8601, bytes in hexadecimal."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in fields(value)}
    match value:
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case str() | int() | float() | None:
            return value
        case Iterable():
            return [plain(item) for item in value]
        case _:
            return str(value)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    empty: str,
    folds: Collection[str] = (),
    spares: Collection[str] = (),
) -> None:
    """Print a table, or one line where there is nothing to show.

    In a file or a pipe every row is one line, and no column is missing.
    """
    listed = [[clean(cell) for cell in row] for row in rows]
    if not listed:
        print(empty)
        return
    print(f"{laid_out(console_of_stdout(), title, columns, listed, folds=folds, spares=spares)}\n")


def laid_out(
    console: "Console",
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    folds: Collection[str] = (),
    spares: Collection[str] = (),
) -> str:
    """Lay rows out as wide as a terminal is.

    The columns of `folds` give way, by whole words, and where that is not enough those of `spares` are left out. Where
    even that does not do, every row is a block of lines, with nothing left out.
    """
    for left_out in ((), spares):
        kept = [place for place, name in enumerate(columns) if name not in left_out]
        shown, cells = [columns[place] for place in kept], [[row[place] for place in kept] for row in rows]
        if _least_width(shown, cells, folds) <= console.width:
            with console.capture() as captured:
                console.print(_table(title, shown, cells, folds))
            return "\n".join(line.rstrip() for line in captured.get().splitlines()).rstrip("\n")
    return "\n".join((title, *(line for row in rows for line in _block(columns, row, console.width))))


def console_of_stdout() -> "Console":
    """Give what writes to the terminal as wide as it is, or to a file without an edge."""
    from rich.console import Console  # noqa: PLC0415 - 40 ms, and not every command prints for people

    return Console(width=None if sys.stdout.isatty() else UNFOLDED, highlight=False)


def told(moment: datetime | None, zone: tzinfo) -> str:
    """Write a moment as people here do."""
    return "" if moment is None else moment.astimezone(zone).strftime("%a %d %b %Y %H:%M")


def role_title(role: str, procedure: Procedure | None) -> str:
    """Call a role as the partnership does, as far as that is known, without its article."""
    own = procedure.role_titles.get(role) if procedure else None
    return in_words(own or ROLE_TITLES.get(role, role)).removeprefix("the ")


def in_words(name: str) -> str:
    """Write a stage, a flag or a field as words."""
    return name.replace("_", " ")


def details(values: Mapping[str, object]) -> str:
    """Write fields in one line."""
    return ", ".join(f"{in_words(name)}: {in_words(str(value))}" for name, value in values.items())


def clean(cell: object) -> str:
    """Write anything in one line, without a sign that could move a terminal's cursor."""
    text = "" if cell is None else str(cell)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def clean_lines(text: str) -> str:
    """Write a text of several lines, without a sign that could move a terminal's cursor."""
    return "\n".join(clean(line) for line in text.splitlines())


def _least_width(columns: Sequence[str], rows: Sequence[Sequence[str]], folds: Collection[str]) -> int:
    """Give how wide a table must be for its columns to be read: one that folds needs room for a few words."""
    width = GAP * (len(columns) - 1)
    for place, name in enumerate(columns):
        cells = [name, *(row[place] for row in rows)]
        longest = max(map(len, cells))
        words = max(len(word) for cell in cells for word in (cell.split() or [""]))
        width += max(words, min(longest, FEW_WORDS)) if name in folds else longest
    return width


def _block(columns: Sequence[str], row: Sequence[str], width: int) -> Iterator[str]:
    """Write a row under its columns' names, an empty line before it; what is empty is left out."""
    room = max(map(len, columns)) + 2
    yield ""
    for name, cell in zip(columns, row, strict=True):
        if cell:
            begin = f"{name:{room}}"
            yield fill(cell, width, initial_indent=begin, subsequent_indent=" " * room, break_on_hyphens=False)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], folds: Collection[str]) -> "Table":
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column not in folds)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
