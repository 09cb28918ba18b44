"""Everything that `check` says of a home, and a running daemon of files that have changed: one answer for both."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from cspr_bot.bootstrap.drafting import letter_problems
from cspr_bot.bootstrap.keys import master_key
from cspr_bot.bootstrap.mailboxes import open_mailbox
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.samples import template_flaws
from cspr_bot.bootstrap.world import SystemClock
from cspr_bot.config import Home, Problem, read_home
from cspr_bot.documents.office import find_office

TEMPLATES = "mail_templates"


@dataclass(frozen=True, slots=True)
class Examined:
    """A home's files, where they are any good, and everything that was found wrong with them."""

    home: Home | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What has to be mended before it runs."""
        return tuple(problem for problem in self.problems if not problem.is_warning)


def examine_files(files: Path, today: date, now: datetime) -> Examined:
    """Read every file and write every mail once. `files` is the folder that holds `config/` and `mail_templates/`."""
    home = read_home(files, today=today)
    if not isinstance(home, Home):
        return Examined(None, home)
    return Examined(home, (*home.warnings, *template_problems(home, now)))


def examine_home(folder: Path, today: date, now: datetime) -> Examined:
    """Examine a home: its files, and whether its key, its secrets and this machine are fit. Nobody is asked."""
    found = examine_files(folder, today, now)
    if found.home is None:
        return found
    beside = (*_key_problems(folder), *_secret_problems(found.home), *_office_problems())
    return Examined(found.home, (*found.problems, *beside))


def template_problems(home: Home, now: datetime) -> tuple[Problem, ...]:
    """Render every mail once and give what is wrong with the templates."""
    if not (home.folder / TEMPLATES).is_dir():
        return (Problem(TEMPLATES, "", "the folder is missing", "`cspr-bot init` makes it"),)
    moment = now if now.tzinfo else now.replace(tzinfo=home.settings.office.hours.zone)
    remedy = "compare it with the template that ships with the program"
    flaws = (Problem(TEMPLATES, "", flaw, remedy) for flaw in template_flaws(home, moment))
    return (*flaws, *letter_problems(home, moment))


def _key_problems(folder: Path) -> Iterator[Problem]:
    """Say what is wrong with the key; where nothing was ever sealed with one, it is yet to be made."""
    key = master_key(folder)
    if isinstance(key, Problem):
        is_needed = (folder / "var" / "master-key").exists() or (folder / "var" / "cspr-bot.db").exists()
        yield replace(key, is_warning=not is_needed)


def _secret_problems(home: Home) -> Iterator[Problem]:
    """Say what is wrong with the secrets of a live mailbox; nobody is asked anything."""
    if not home.settings.is_live:
        return
    try:
        open_mailbox(home.folder, home.settings.mailbox, SystemClock().now)
    except NotReadyError as error:
        for line in error.problems:
            yield Problem("secret", "", line.removeprefix("secret "), "then run `check` again")


def _office_problems() -> Iterator[Problem]:
    """Say which files wait for a person here because LibreOffice is missing."""
    if not find_office():
        what = "it is not installed, so every Word 97 (.doc) and RTF file waits for a person to open it"
        yield Problem("this machine", "LibreOffice", what, "install libreoffice-writer-nogui", is_warning=True)
