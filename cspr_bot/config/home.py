"""Reads the five configuration files of a home into one value, or gives everything that is wrong with them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cspr_bot.config.contacts_file import Circumstances, ReadContacts, read_contacts
from cspr_bot.config.coverage import Days, check_coverage
from cspr_bot.config.files import ConfigFile, read_file
from cspr_bot.config.form_file import read_form_rules
from cspr_bot.config.holidays_file import read_holidays
from cspr_bot.config.mailbox_checks import check_own_address
from cspr_bot.config.problems import Problem
from cspr_bot.config.procedure_file import read_procedure
from cspr_bot.config.procedure_versions import ProcedureVersion, in_force, later_files, versions_of
from cspr_bot.config.settings import OfficeSettings, Settings
from cspr_bot.config.settings_file import read_settings
from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.definition import Procedure
from cspr_bot.referral.rules import FormRules

FILES = ("bot", "contacts", "procedure", "form", "holidays")


@dataclass(frozen=True, slots=True)
class Home:
    """What an administrator has laid down. `warnings` stop nothing; `check` and every start show them.

    `procedure` is the one of `versions` that is in force on the day of reading; those stand in their order of time.
    `unconfirmed` are the addresses on the list whose holders have yet to be asked, or to answer.
    """

    folder: Path
    settings: Settings
    book: ContactBook
    procedure: Procedure
    versions: tuple[ProcedureVersion, ...]
    calendar: WorkingCalendar
    form_rules: FormRules
    warnings: tuple[Problem, ...] = ()
    unconfirmed: tuple[str, ...] = ()


def read_home(
    folder: Path, *, today: date, live: bool | None = None, contacts_file: ConfigFile | None = None
) -> Home | tuple[Problem, ...]:
    """Read DIR/config: the home, or all that is wrong, warnings included, in the order of the files.

    `live` judges the files as for a mailbox from which mails reach real people; None asks the settings. Only there
    does an address have to be confirmed before mail goes to it. `contacts_file` is a list that somebody proposes.
    """
    files = {name: read_file(folder / "config" / f"{name}.toml", f"config/{name}.toml") for name in FILES}
    files["contacts"] = contacts_file or files["contacts"]
    later = later_files(folder / "config")
    settings = read_settings(files["bot"])
    office = settings.office if settings else OfficeSettings()
    is_live = live if live is not None else bool(settings and settings.is_live)
    calendar = read_holidays(files["holidays"], office.hours, today=today)
    procedures = (files["procedure"], *later.values())
    versions = versions_of(procedures, today=today, close_of_business=office.close_of_business)
    contacts = read_contacts(files["contacts"], Circumstances(today, is_live))
    form = read_form_rules(files["form"])
    if settings is not None and contacts.book is not None:
        check_own_address(settings.mailbox, contacts.book.partnership.mailbox, files["bot"].findings)
    for version in _still_needed(versions, today):
        _check_coverage(contacts, version.procedure, calendar, files["contacts"], today)
    found = (*files.values(), *later.values())
    problems = tuple(dict.fromkeys(problem for file in found for problem in file.findings.problems))
    has_errors = any(not problem.is_warning for problem in problems)
    if has_errors or not (settings and contacts.book and versions and calendar and form):
        return problems
    unconfirmed = tuple(dict.fromkeys(one for entry in contacts.entries for one in entry.contact.unconfirmed))
    book = contacts.book if is_live else contacts.book.without_waiting_for(unconfirmed)
    procedure = in_force(versions, today).procedure
    return Home(folder, settings, book, procedure, versions, calendar, form, problems, unconfirmed)


def read_home_settings(folder: Path) -> Settings | None:
    """Read DIR/config/bot.toml alone; None where it is no good, or not there."""
    return read_settings(read_file(folder / "config" / "bot.toml", "config/bot.toml"))


def read_other_procedure(path: Path, home: Home) -> Procedure | tuple[Problem, ...]:
    """Read a procedure file that is not the home's, with the home's office hours; or give all that is wrong."""
    file = read_file(path, str(path))
    procedure = read_procedure(file, close_of_business=home.settings.office.close_of_business)
    errors = tuple(problem for problem in file.findings.problems if not problem.is_warning)
    return procedure if procedure is not None and not errors else errors


def _still_needed(versions: tuple[ProcedureVersion, ...] | None, today: date) -> tuple[ProcedureVersion, ...]:
    """Leave out the versions that another has taken the place of: only their own cases go by them still."""
    if not versions:
        return ()
    return versions[versions.index(in_force(versions, today)) :]


def _check_coverage(
    contacts: ReadContacts,
    procedure: Procedure,
    calendar: WorkingCalendar | None,
    file: ConfigFile,
    today: date,
) -> None:
    """Compare the list with the procedure, as far as both and the calendar could be read."""
    if contacts.book is not None and calendar is not None and calendar.covers(today):
        check_coverage(contacts.entries, procedure, Days(today, calendar.last), file.findings)
