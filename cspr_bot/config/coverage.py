"""Whether every role that the procedure writes to by itself has somebody, on every day that the calendar knows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cspr_bot.config.contacts_checks import Entry
from cspr_bot.config.problems import Findings, Place, show
from cspr_bot.config.vocabulary import ROLES_OF_A_CASE
from cspr_bot.correspondence.contacts import Contact
from cspr_bot.procedure.definition import Procedure

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days that must be covered, both included."""

    first: date
    last: date


def check_coverage(entries: tuple[Entry, ...], procedure: Procedure, days: Days, findings: Findings) -> None:
    """Note every role without a holder on some of the days, and every holder without a deputy."""
    for role, names in steps_by_role(procedure).items():
        holders = [entry for entry in entries if _holds(entry.contact, role)]
        _check_role(role, names, holders, days, findings)
    for agency in sorted({entry.contact.agency for entry in entries if entry.contact.agency}):
        holders = [entry for entry in entries if entry.contact.agency == agency]
        _check_agency(agency, holders, days, findings)
    _check_deputies(entries, procedure, days.first, findings)


def steps_by_role(procedure: Procedure) -> Mapping[str, tuple[str, ...]]:
    """Give what would have no recipient if nobody held a role: timers, notices and reminders, by role."""
    steps: dict[str, list[str]] = defaultdict(list)
    for timer in procedure.timers.values():
        for role in (*timer.roles, *(() if timer.owner == "role" else (timer.owner,))):
            steps[role].append(timer.name)
    for notice in procedure.notices.values():
        for role in notice.to:
            steps[role].append(notice.name)
    for level, roles in procedure.escalation_roles.items():
        for role in roles:
            steps[role].append(f"reminders at {level}")
    for role in procedure.provisional_roles:
        steps[role].append("reminders of held mails")
    return {role: tuple(dict.fromkeys(names)) for role, names in steps.items() if role not in ROLES_OF_A_CASE}


def statutory_steps(procedure: Procedure) -> Mapping[str, tuple[str, ...]]:
    """Give the statutory timers that a role owns, by role."""
    steps: dict[str, list[str]] = defaultdict(list)
    for timer in procedure.timers.values():
        if timer.statutory:
            for role in timer.roles or (timer.owner,):
                steps[role].append(timer.name)
    return {role: tuple(names) for role, names in steps.items()}


def gaps(contacts: Iterable[Contact], first: date, last: date) -> Iterator[tuple[date, date]]:
    """Give each run of days between two days, both included, on which none of these contacts is valid."""
    spans = sorted((contact.valid_from or date.min, contact.valid_to or date.max) for contact in contacts)
    uncovered = first
    for start, end in spans:
        if start > end:
            continue
        if uncovered < start and uncovered <= last:
            yield uncovered, min(start - _DAY, last)
        if end >= last:
            return
        uncovered = max(uncovered, end + _DAY)
    if uncovered <= last:
        yield uncovered, last


def _holds(contact: Contact, role: str) -> bool:
    """Whether a contact holds a role; for the duties of agencies whoever carries an agency's key does."""
    return contact.role == role or (role == "agency" and contact.agency is not None)


def _check_role(role: str, steps: tuple[str, ...], holders: list[Entry], days: Days, findings: Findings) -> None:
    without = f"these would have no recipient: {', '.join(steps)}"
    if not holders:
        findings.error(
            ("contact",), f'nobody holds the role "{role}"; {without}', f'add a [[contact]] with role = "{role}"'
        )
        return
    for start, end in gaps((entry.contact for entry in holders), days.first, days.last):
        what = f'nobody holds the role "{role}" {_span(start, end)}; {without}'
        findings.error(_edge(holders, start, end), what, "let one contact begin on the day after the other ends")


def _check_agency(agency: str, holders: list[Entry], days: Days, findings: Findings) -> None:
    """Note a gap between two contacts of an agency; one that ends for good is only pointed out."""
    for start, end in gaps((entry.contact for entry in holders), days.first, days.last):
        what = f'nobody answers for the agency "{agency}" {_span(start, end)}'
        if end < days.last:
            remedy = "let one contact begin on the day after the other ends"
            findings.error(_edge(holders, start, end), what, remedy)
        elif start > days.first:
            findings.warn(_edge(holders, start, end), what, "add who comes after, if the agency goes on")


def _check_deputies(entries: tuple[Entry, ...], procedure: Procedure, today: date, findings: Findings) -> None:
    written, statutory = steps_by_role(procedure), statutory_steps(procedure)
    for entry in entries:
        contact = entry.contact
        is_over = contact.valid_to is not None and contact.valid_to < today
        if contact.deputies or is_over or contact.role not in written or not entry.is_whole:
            continue
        who = f'the "{contact.role}" {show(contact.email)} has no deputy'
        remedy = 'add deputies = ["..."], who are written to when this address is away, bounces or is silent'
        if duties := statutory.get(contact.role):
            findings.error(entry.place, f"{who}, and owns statutory duties: {', '.join(duties)}", remedy)
        else:
            findings.warn(entry.place, who, remedy)


def _edge(holders: list[Entry], start: date, end: date) -> Place:
    """Find the key that makes a gap: where the contact before it ends, or the one after it begins."""
    for entry in holders:
        if entry.contact.valid_to == start - _DAY:
            return (*entry.place, "valid_to")
    for entry in holders:
        if entry.contact.valid_from == end + _DAY:
            return (*entry.place, "valid_from")
    return ("contact",)


def _span(start: date, end: date) -> str:
    days = (end - start).days + 1
    return f"on {start}" if days == 1 else f"from {start} to {end} ({days} days)"
