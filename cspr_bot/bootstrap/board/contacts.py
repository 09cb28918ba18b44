"""The contact list on the board: shown, and changed by a proposal that an administrator puts in force.

A proposal is the whole list as a CSV file in `var/`, which the service may write where it may not write `config/`. Its
name has the digest of the list that it was made from: of one that was made from an earlier list nobody can tell whether
it would take back what was changed since. What is checked is the very bytes that are kept.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from shlex import quote

from cspr_bot.board.values import (
    CheckedChange,
    ContactChange,
    ContactEntry,
    ContactList,
    ContactProposal,
    ContactRow,
    Refused,
    Visitor,
)
from cspr_bot.bootstrap.board.standing import begun
from cspr_bot.bootstrap.durable import sync_folder
from cspr_bot.bootstrap.office import Office
from cspr_bot.config import Problem
from cspr_bot.config.contacts_changes import Proposal
from cspr_bot.config.contacts_proposal import Checked, check_proposal, contacts_path, read_rows
from cspr_bot.config.contacts_sheet import COLUMNS, DATES, LISTS, Row, as_csv, read_sheet
from cspr_bot.config.contacts_wording import counted, difference_lines, said, valid
from cspr_bot.config.vocabulary import ROLES, ROLES_OF_A_CASE
from cspr_bot.pipeline.letters import role_titles
from cspr_bot.pipeline.ports import PermanentFailure

NAME = "contacts-proposal-{digest}.csv"
PATTERN = NAME.format(digest="*")
_ROW = re.compile(r" +row \d+ +")
HEAD = 1  # the row of the sheet that names the columns
TYPED = tuple(key for key in COLUMNS if key != "confirmed")
MOVED = "This contact was changed meanwhile. Look at the list anew; nothing was saved."
LONGEST = 4_000  # signs of one field: no cell of a list may hold more


@dataclass(frozen=True, slots=True)
class _Base:
    """The entries that the board shows: those in force, or those of the proposal that waits."""

    rows: tuple[Row, ...]
    checked: Checked | None = None
    file: Path | None = None
    is_stale: bool = False


def contact_list(office: Office, today: date) -> ContactList:
    """Give the list with the changes that wait in it, and what those are."""
    base = _base(office, today)
    new = (
        {item.row for item in (*base.checked.proposal.added, *base.checked.proposal.changed)} if base.checked else set()
    )
    rows = tuple(
        _row(office, number, row, today, is_proposed=number + HEAD in new) for number, row in enumerate(base.rows, 1)
    )
    return ContactList(rows, _waiting(office, base))


def contact_entry(office: Office, number: int, today: date) -> ContactEntry | None:
    """Give an entry as it can be changed; number 0 is one that is yet to be written. None where there is none."""
    rows = _base(office, today).rows
    if not 0 <= number <= len(rows):
        return None
    row = rows[number - 1] if number else {}
    title = f"{_role(str(row.get('role', '')), office)}: {row.get('name', '')}" if number else "A new contact"
    return ContactEntry(number, title, _stamp(row), {key: _typed(key, row) for key in TYPED}, tuple(_roles(office)))


def check_change(office: Office, change: ContactChange, today: date) -> CheckedChange | Refused:
    """Say what a change would change, and all that `check` would say of it."""
    content = _changed(_base(office, today), change)
    return content if isinstance(content, Refused) else _judged(office, content, change, today)


def propose_change(
    office: Office, change: ContactChange, today: date, visitor: Visitor
) -> str | CheckedChange | Refused:
    """Keep a change that was checked as the proposal that waits, and give what has to be typed to put it in force.

    The file is whole or not there, and the log says that there is one; until somebody imports it nothing is changed.
    """
    base = _base(office, today)
    content = _changed(base, change)
    if isinstance(content, Refused):
        return content
    judged = _judged(office, content, change, today)
    if judged.problems or judged.others or not judged.lines:
        return judged
    path = office.folder / "var" / NAME.format(digest=_digest(office))
    office.store.installation.note(
        office.clock.now(), "board", "contacts_proposed", who=visitor.mark, digest=sha256(content).hexdigest()
    )
    _write(path, content)
    return _command(office, path)


def withdraw(office: Office, visitor: Visitor) -> bool:
    """Take every proposal away; False where none waits."""
    found = sorted((office.folder / "var").glob(PATTERN))
    for path in found:
        path.unlink(missing_ok=True)
    if found:
        office.store.installation.note(office.clock.now(), "board", "contacts_proposal_withdrawn", who=visitor.mark)
    return bool(found)


# ---------------------------------------------------------------------------------------------------------------------


def _base(office: Office, today: date) -> _Base:
    """Find the proposal that waits. One that is in force by now, or that says nothing, goes."""
    found = read_rows(office.folder)
    rows = tuple(item for item in found if not isinstance(item, Problem))
    if len(rows) < len(found):
        raise PermanentFailure("; ".join(str(item) for item in found if isinstance(item, Problem)))
    current = NAME.format(digest=_digest(office))
    for path in sorted((office.folder / "var").glob(PATTERN), key=lambda item: item.name != current):
        checked = check_proposal(office.folder, read_sheet(path.read_bytes()), path.name, today=today)
        if checked.proposal.is_empty:
            path.unlink(missing_ok=True)
        elif path.name == current:
            return _Base(checked.proposal.entries, checked, path)
        else:
            return _Base(rows, checked, path, is_stale=True)
    return _Base(rows)


def _changed(base: _Base, change: ContactChange) -> bytes | Refused:
    """Give the list with a change in it, as the file that would be kept."""
    if base.is_stale:
        return Refused("A proposal waits that was made from an earlier list: withdraw it first.")
    rows: list[Row] = list(base.rows)
    if not 0 <= change.number <= len(rows) or (change.is_removal and not change.number):
        return Refused(MOVED)
    if _stamp(rows[change.number - 1] if change.number else {}) != change.stamp:
        return Refused(MOVED)
    typed = {key: _plain(change.fields.get(key, "")) for key in TYPED}
    values: Row = {key: value for key, value in typed.items() if value}
    if change.is_removal:
        del rows[change.number - 1]
    elif change.number:
        confirmed = rows[change.number - 1].get("confirmed")
        rows[change.number - 1] = {**values, **({"confirmed": confirmed} if confirmed else {})}
    else:
        rows.append(values)
    return as_csv(rows)


def _judged(office: Office, content: bytes, change: ContactChange, today: date) -> CheckedChange:
    """Judge the list by the rules of `check`; what is wrong with the entry itself is said beside its field."""
    checked = check_proposal(office.folder, read_sheet(content), "the list", today=today)
    own = f"row {(change.number or len(checked.proposal.new)) + HEAD}"
    if change.is_removal:
        own = "no row"
    problems, others = [], []
    for problem in checked.errors:
        row, _, column = problem.place.partition(", ")
        words = f"{begun(problem.what)}; {problem.remedy}"
        if row == own:
            problems.append((column.replace(" ", "_") if column.replace(" ", "_") in TYPED else "role", words))
        else:
            others.append(_elsewhere(problem, words))
    if not checked.errors and checked.proposal.is_empty:
        others.append("Nothing would change.")
    warnings = tuple(f"{begun(item.what)}; {item.remedy}" for item in checked.news if item.is_warning)
    return CheckedChange(tuple(problems), tuple(others), warnings, tuple(_lines(checked.proposal)))


def _elsewhere(problem: Problem, words: str) -> str:
    """Say where something is wrong that is not in the entry: in another row, which is one contact further up."""
    row, _, column = problem.place.partition(", ")
    number = row.removeprefix("row ")
    if row.startswith("row ") and number.isdecimal():
        return ": ".join(filter(None, (f"Contact {int(number) - HEAD}", column, words)))
    return words


def _waiting(office: Office, base: _Base) -> ContactProposal | None:
    if base.checked is None or base.file is None:
        return None
    return ContactProposal(
        lines=tuple(_lines(base.checked.proposal)),
        counted=counted(base.checked.proposal),
        command=_command(office, base.file),
        is_stale=base.is_stale,
        problems=tuple(map(str, base.checked.errors)),
    )


def _row(office: Office, number: int, row: Row, today: date, *, is_proposed: bool) -> ContactRow:
    first, last, away = row.get("valid_from"), row.get("valid_to"), row.get("away_until")
    holds = not (isinstance(first, date) and today < first) and not (isinstance(last, date) and last < today)
    return ContactRow(
        number=number,
        role=_role(str(row.get("role", "")), office),
        agency=str(row.get("agency_name") or row.get("agency") or ""),
        name=str(row.get("name", "")),
        email=str(row.get("email", "")),
        deputies=_several(row, "deputies"),
        waiting=_several(row, "unconfirmed"),
        confirmed=said(row.get("confirmed")),
        holds=valid(row),
        away=said(away) if isinstance(away, date) and today <= away else "",
        is_valid=holds,
        is_proposed=is_proposed,
    )


def _typed(key: str, row: Row) -> str:
    """Write a value as a person would type it."""
    value = row.get(key)
    if key in LISTS:
        return "\n".join(_several(row, key))
    if key in DATES and isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)


def _plain(text: str) -> str:
    """Give a field as a file can hold it."""
    return text.strip()[:LONGEST].encode("utf-8", "replace").decode()


def _several(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = row.get(key, ())
    return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _roles(office: Office) -> Iterator[tuple[str, str]]:
    for role in ROLES:
        if role not in ROLES_OF_A_CASE:
            yield role, _role(role, office)


def _role(role: str, office: Office) -> str:
    """Give a role as it is called, without its article."""
    return begun(next(iter(role_titles((role,), office.rules))).removeprefix("the "))


def _stamp(row: Row) -> str:
    """Give what tells whether an entry is still the one that somebody looked at."""
    return sha256(repr(sorted((key, said(value)) for key, value in row.items())).encode()).hexdigest()[:16]


def _digest(office: Office) -> str:
    return sha256(contacts_path(office.folder).read_bytes()).hexdigest()[:12]


def _command(office: Office, path: Path) -> str:
    home = office.folder.resolve()
    return f"cspr-bot --home {quote(str(home))} contacts import {quote(str(home / 'var' / path.name))} --apply"


def _lines(proposal: Proposal) -> Iterator[str]:
    """Say what would change; the rows of a sheet that nobody has seen are left out."""
    return (begun(_ROW.sub(": ", line.strip())) for line in difference_lines(proposal))


def _write(path: Path, content: bytes) -> None:
    """Write a proposal in the place of the one before: whole, durable, and for our own account only."""
    beside = path.with_name(f"{path.name}.part")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    beside.replace(path)
    sync_folder(path.parent)
