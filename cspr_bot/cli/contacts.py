"""`contacts`: who answers for what; the list as a workbook, and back with a shown difference."""

import sys
from argparse import Namespace
from collections.abc import Mapping
from datetime import date, datetime, tzinfo

from cspr_bot.bootstrap.contact_list import person_at_keyboard, put_in_force, read_contact_sheet
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.present import present_of
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.cli.files import read_file, write_new
from cspr_bot.cli.output import clean, office_of, print_json, print_table, role_title
from cspr_bot.config import Problem
from cspr_bot.config.addresses import normalise
from cspr_bot.config.contacts_changes import differences, has_address
from cspr_bot.config.contacts_proposal import Checked, check_confirmation, check_proposal, read_rows
from cspr_bot.config.contacts_sheet import COLUMNS, Row, as_csv, as_workbook
from cspr_bot.config.contacts_wording import counted, difference_lines, said, valid
from cspr_bot.correspondence.contacts import Contact, ContactBook
from cspr_bot.store import AskedAddress

WRITERS = {".xlsx": as_workbook, ".csv": as_csv}


def contacts(options: Namespace) -> int:
    """List every contact: who it is, who stands in, when it holds, and how good the address is."""
    office = office_of(options)
    rows = _rows(options)
    zone = office.home.settings.office.hours.zone
    bounces = office.store.contact_lists.last_bounces({str(row.get("email", "")) for row in rows})
    asked = office.store.asked_addresses.states(office.home.unconfirmed)
    if options.json:
        print_json([_json(row, bounces, asked, zone) for row in rows])
        return 0
    print_table(
        "Contacts",
        ("role", "agency", "address", "who covers", "valid", "confirmed", "last bounce"),
        (
            (
                role_title(str(row.get("role", "")), office.home.procedure),
                str(row.get("agency", "")).replace("_", " "),
                row.get("email"),
                said(row.get("deputies")),
                valid(row),
                _confirmed(row, asked, zone),
                _day(bounces.get(str(row.get("email", ""))), zone),
            )
            for row in rows
        ),
        empty="Nobody stands on the list.",
        folds=("role", "who covers", "address"),
        spares=("agency",),
    )
    return 0


def export(options: Namespace) -> int:
    """Write the list into a new file, as a workbook or as CSV; a list with mistakes in it as well."""
    writer = WRITERS.get(options.file.suffix.lower())
    if writer is None:
        raise UsageError(f"{options.file}: the file's name must end in .xlsx or .csv")
    rows = _rows(options)
    write_new(options.file, writer(rows))
    if options.json:
        print_json({"file": str(options.file), "contacts": len(rows)})
        return 0
    print(
        f"{options.file}: {len(rows)} contacts. Change it there; `contacts import {options.file}` shows what differs."
    )
    return 0


def bring(options: Namespace) -> int:
    """Show what a list would change, and all that is wrong with it; put it in force only where asked to."""
    if options.by and not options.apply:
        raise UsageError("contacts import: --by says who applies it, so it needs --apply")
    now = options.now or present_of(options.home)
    sheet = read_contact_sheet(read_file(options.file))
    checked = check_proposal(options.home, sheet, options.file.name, today=now.date())
    applies = options.apply and not checked.errors and not checked.proposal.is_empty
    if applies:
        _apply(options, checked)
    if options.json:
        print_json(_told(checked, is_applied=applies))
    else:
        _print(options, checked, is_applied=applies)
    return 1 if checked.errors else 0


def confirm(options: Namespace) -> int:
    """Take addresses for confirmed: an administrator has rung their holders, or knows them."""
    now = options.now or present_of(options.home)
    told = [(address, _confirm(options, address, now.date())) for address in options.addresses]
    if options.json:
        print_json([{"address": address, "was_confirmed_before": not is_new} for address, is_new in told])
        return 0
    for address, is_new in told:
        print(f"{address}: {'confirmed.' if is_new else 'it was confirmed before; nothing was changed.'}")
    return 0


def test(options: Namespace) -> int:
    """Ask whoever reads an address to say so: by a short mail that says nothing of any case."""
    office = office_of(options)
    book, today = office.book, office.home.calendar.day_of(office.clock.now())
    asked: dict[str, None] = {}
    for who in options.who:
        address = normalise(who)
        found = (address,) if book.has(address) else tuple(one.email for one in _holders(book, who, today))
        if not found:
            raise SaidNoError(f"{who}: nobody on the list has this role or address; `contacts` lists them")
        asked |= dict.fromkeys(found)
    for address in asked:
        office.introductions.ask_again(address)
    if options.json:
        print_json({"asked": list(asked)})
        return 0
    for address in asked:
        print(f"{address}: a mail that asks is in the outbox; it goes out when `run` next works.")
    return 0


def _holders(book: ContactBook, role: str, on: date) -> tuple[Contact, ...]:
    return tuple(contact for contact in book.contacts if contact.role == role and contact.is_valid(on))


def _confirm(options: Namespace, address: str, on: date) -> bool:
    checked = check_confirmation(options.home, address, today=on)
    if checked.errors:
        raise NotReadyError(tuple(map(str, checked.errors)))
    if not any(has_address(row, address) for row in checked.proposal.old):
        raise SaidNoError(f"{address}: no contact has this address; `contacts` lists them")
    if not checked.proposal.is_empty:
        _apply(options, checked)
    return not checked.proposal.is_empty


def _apply(options: Namespace, checked: Checked) -> None:
    office = Office(options.home, turn_to=options.now, home=checked.home)
    options.closing.callback(office.close)
    put_in_force(office, checked, options.by or person_at_keyboard())


def _print(options: Namespace, checked: Checked, *, is_applied: bool) -> None:
    for problem in checked.news:
        print(problem, file=sys.stderr)
    if not checked.proposal.new:
        return
    if checked.proposal.is_empty:
        print(f"{options.file.name} says what config/contacts.toml says: nothing would change.")
        return
    print(f"{options.file.name}, compared with config/contacts.toml:\n")
    for line in difference_lines(checked.proposal):
        print(clean(line))
    print(f"\n{counted(checked.proposal)}.", end=" ")
    if is_applied:
        print("This list is in force; a service that is running takes it up within a minute or so.")
    elif checked.errors:
        print(f"Nothing was changed: {len(checked.errors)} to mend first (above).")
    else:
        print("Nothing was changed: add --apply to put it in force.")


def _told(checked: Checked, *, is_applied: bool) -> Mapping[str, object]:
    return {
        "differences": [
            {
                "what": item.what,
                "row": item.row,
                "role": item.entry.get("role"),
                "agency": item.entry.get("agency"),
                "email": item.entry.get("email"),
                "keys": {key: {"before": before, "after": after} for key, before, after in item.keys},
            }
            for item in differences(checked.proposal)
        ],
        "problems": checked.problems,
        "errors": len(checked.errors),
        "warnings": len(checked.problems) - len(checked.errors),
        "applied": is_applied,
    }


def _rows(options: Namespace) -> tuple[Row, ...]:
    """Give the entries as they are written in the file."""
    if not (options.home / "config").is_dir():
        raise SaidNoError(f"{options.home}: there is no home here; `cspr-bot init {options.home}` makes one")
    found = read_rows(options.home)
    problems = tuple(str(item) for item in found if isinstance(item, Problem))
    if problems:
        raise NotReadyError(problems)
    return tuple(item for item in found if not isinstance(item, Problem))


def _json(
    row: Row, bounces: Mapping[str, datetime], asked: Mapping[str, AskedAddress], zone: tzinfo
) -> Mapping[str, object]:
    address = str(row.get("email", ""))
    state = asked.get(normalise(address))
    holder = state.confirmed_at.astimezone(zone).date() if state and state.confirmed_at else None
    return {
        **{key: row.get(key) for key in (*COLUMNS, "unconfirmed")},
        "confirmed_by_holder": holder,
        "last_bounce": bounces.get(address),
    }


def _confirmed(row: Row, asked: Mapping[str, AskedAddress], zone: tzinfo) -> str:
    """Say when an address was confirmed, by whom, or how far that has come."""
    if day := said(row.get("confirmed")):
        return day
    state = asked.get(normalise(str(row.get("email", ""))))
    if state is None or state.asked_at is None:
        return "not yet"
    if state.confirmed_at is not None:
        return f"{_day(state.confirmed_at, zone)}, by its holder"
    return f"asked on {_day(state.asked_at, zone)}"


def _day(moment: datetime | None, zone: tzinfo) -> str:
    return "" if moment is None else said(moment.astimezone(zone).date())
