"""A contact list that somebody proposes in a spreadsheet: what it would change, and all that is wrong with it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cspr_bot.config.contacts_changes import Proposal, confirm, propose
from cspr_bot.config.contacts_edit import NotEditableError, edited, rows_of
from cspr_bot.config.contacts_rows import LIST, SheetFindings, entries_in
from cspr_bot.config.contacts_sheet import Row
from cspr_bot.config.files import ConfigFile, read_file
from cspr_bot.config.home import Home, read_home
from cspr_bot.config.problems import Findings, Problem
from cspr_bot.correspondence.sheet import Sheet

_MARK = "\ufeff"  # what some editors of Windows put first


@dataclass(frozen=True, slots=True)
class Checked:
    """A proposal, and everything that the program says of it: of the sheet by its rows, of other files as `check` does.

    `before` is the text of contacts.toml that it was compared with, `after` the one to put in its place; None where
    something has to be mended first. `home` is what the home would then be.
    """

    proposal: Proposal
    problems: tuple[Problem, ...]
    before: str = ""
    after: str | None = None
    home: Home | None = None

    @property
    def news(self) -> tuple[Problem, ...]:
        """Every error, and the warnings about entries that are new or would change: of the others `check` tells."""
        rows = {f"row {item.row}" for item in (*self.proposal.added, *self.proposal.changed)}
        return tuple(
            problem for problem in self.problems if not problem.is_warning or problem.place.partition(",")[0] in rows
        )

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What has to be mended before it can be put in force."""
        return tuple(problem for problem in self.problems if not problem.is_warning)


def contacts_path(home: Path) -> Path:
    """Give where the contact list of a home lies."""
    return home / LIST


def read_rows(home: Path) -> tuple[Row, ...] | tuple[Problem, ...]:
    """Read the entries of the list as they are written, or say why the file cannot be read."""
    file = read_file(contacts_path(home), LIST)
    return rows_of(file.table) if file.is_readable else tuple(file.findings.problems)


def check_proposal(home: Path, sheet: Sheet, name: str, *, today: date) -> Checked:
    """Compare a sheet with the list of a home, and judge what would come of it by the rules of `check`.

    `name` is what problems call the sheet. Nothing is written.
    """
    file = read_file(contacts_path(home), LIST)
    if not file.is_readable:
        return Checked(Proposal((), ()), tuple(file.findings.problems))
    text = contacts_path(home).read_bytes().decode()
    findings = SheetFindings(name)
    found = entries_in(sheet, findings)
    proposal = propose(rows_of(file.table), found)
    if sheet.flaw or not found.entries:
        return Checked(proposal, (*findings.problems, *_nobody(findings, is_read=not sheet.flaw)), text)
    findings.rows = proposal.rows
    table = {**file.table, "contact": [dict(row) for row in proposal.entries]}
    read = read_home(home, today=today, contacts_file=ConfigFile(table, findings))
    if isinstance(read, tuple):
        return Checked(proposal, read, text)
    problems = read.warnings
    try:
        after = edited(text.removeprefix(_MARK), proposal)
    except NotEditableError as error:
        remedy = "write each contact below a line [[contact]], or change it by hand"
        return Checked(proposal, (*problems, Problem(LIST, "", str(error), remedy)), text)
    return Checked(proposal, problems, text, after, read)


def check_confirmation(home: Path, address: str, *, today: date) -> Checked:
    """Take an address of the list for confirmed. What else is wrong with the list is no reason not to."""
    file = read_file(contacts_path(home), LIST)
    rows = rows_of(file.table)
    proposal = confirm(rows, address, today)
    read = read_home(home, today=today, live=False)
    if not file.is_readable or isinstance(read, tuple):
        return Checked(proposal, read if isinstance(read, tuple) else tuple(file.findings.problems))
    text = contacts_path(home).read_bytes().decode()
    try:
        after = edited(text.removeprefix(_MARK), proposal)
    except NotEditableError as error:
        return Checked(proposal, (Problem(LIST, "", str(error), "write confirmed = the day, by hand"),), text)
    return Checked(proposal, (), text, after, read)


def _nobody(findings: Findings, *, is_read: bool) -> tuple[Problem, ...]:
    """Refuse a list without anybody on it, unless that was said in other words."""
    if findings.problems or not is_read:
        return ()
    return (Problem(findings.file, "", "nobody stands on this list", "begin with `contacts export FILE`"),)
