"""A case in the words of a chronology: what happened and who recorded it, what was due, which mails went and came."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from cspr_bot.bootstrap.kept_versions import version_told
from cspr_bot.bootstrap.office import Office
from cspr_bot.letters.chronology import Chronology
from cspr_bot.pipeline.letters import agency_name, role_title, role_titles
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.subjects import notice_titles
from cspr_bot.pipeline.tracking import standing, tracked
from cspr_bot.procedure.case import Task
from cspr_bot.procedure.definition import Field
from cspr_bot.procedure.recommendations import Recommendation
from cspr_bot.store import CaseReport
from cspr_bot.store.rows import EventRow, MailRow

BY = {"registration": "the program", "clock": "the program", "cspr-bot": "the program"}
SOURCES = {"mail": "by mail", "cli": "by command", "board": "on the board", "clock": ""}
CLOCK = "time_reached"


def chronology_of(office: Office, report: CaseReport, at: str, files: Mapping[int, str]) -> Chronology:
    """Give everything that a chronology says; `files` are the names in the pack of the files that are kept."""
    home, row, rules = office.home, report.row, office.rules_of(report.case)
    facts = [
        ("Reference", row.reference),
        ("Opened", moment(office, row.opened_at)),
        *((_capital(region), _stage(office, stage)) for region, stage in row.stages.items()),
        ("To look at", ", ".join(_words(flag) for flag in row.flags) or "nothing"),
    ]
    return Chronology(
        reference=row.reference,
        partnership=home.book.partnership.name,
        marking=home.settings.marking.text,
        procedure=f"{rules.procedure.title}, {version_told(office, report.case)}",
        written_at=at,
        facts=facts,
        events=tuple(_event(office, event, rules) for event in report.events if event.name != CLOCK),
        deadlines=tuple(
            _deadline(office, task, rules) for task in sorted(report.case.tasks, key=lambda task: task.due_at)
        ),
        recommendations=tuple(_recommendations(office, report, rules)),
        mails=tuple(_mail(office, mail, notice_titles(rules.procedure)) for mail in report.mails),
        received=tuple(_received(office, row.reference)),
        files=tuple((files[kept.id], kept.name, str(kept.inbox_id)) for kept in report.attachments if kept.id in files),
    )


def moment(office: Office, at: datetime | None) -> str:
    """Write a moment as the office's clock showed it."""
    return "" if at is None else f"{at.astimezone(office.home.settings.office.hours.zone):%a %d %b %Y %H:%M}"


# ---------------------------------------------------------------------------------------------------------------------
# What happened


def _event(office: Office, event: EventRow, rules: Rules) -> tuple[str, str, str, str]:
    rule = rules.procedure.events.get(event.name)
    when = moment(office, event.at)
    if event.known_at.replace(second=0) != event.at.replace(second=0):
        when = f"{when} (recorded {moment(office, event.known_at)})"
    what = f"{rule.title if rule else _words(event.name)}{' (taken back later)' if event.is_withdrawn else ''}"
    return when, what, _who(office, event), "; ".join(_details(office, event, rules))


def _who(office: Office, event: EventRow) -> str:
    """Say who recorded an event and how: of an address also whose it is on the contact list."""
    by = BY.get(event.by, event.by)
    holders = office.home.book.of_address(by, office.home.calendar.day_of(event.at))
    named = f"{holders[0].name} ({by})" if holders and holders[0].name else by
    how = SOURCES.get(event.source, "")
    return f"{named}, {how}" if how else named


def _details(office: Office, event: EventRow, rules: Rules) -> Iterator[str]:
    """Write the fields of an event in words: dates as dates, agencies and roles by their names, choices by theirs."""
    rule = rules.procedure.events.get(event.name)
    for name, value in event.fields.items():
        if value:
            field = rule.field(name) if rule else None
            said = _ticked(rules, event.name, name, value) or _value(office, field, value, rules)
            yield f"{_words(name)}: {said}"


def _value(office: Office, field: Field | None, value: str, rules: Rules) -> str:
    match field.kind if field else "text":
        case "date":
            return f"{date.fromisoformat(value):%a %d %b %Y}"
        case "agency" | "agencies":
            return ", ".join(agency_name(key, rules.book, office.clock.now(), rules) for key in value.split(","))
        case "role":
            return role_title(value, rules)
        case "timer":
            timer = rules.procedure.timers.get(value)
            return timer.title if timer else value
        case "choice":
            return _words(value)
        case _:
            return value


def _ticked(rules: Rules, event: str, name: str, value: str) -> str:
    """Give what a part of a duty is called, where an event ticks one: the third commencement action, say."""
    for timer in rules.procedure.timers.values():
        if timer.tick == name and value in timer.ticks and any(item.event == event for item in timer.closed_by):
            title = timer.tick_titles[timer.ticks.index(value)]
            return f"{value}, {title}" if value.isdigit() else title
    return ""


# ---------------------------------------------------------------------------------------------------------------------
# What was due, what went and came


def _deadline(office: Office, task: Task, rules: Rules) -> tuple[str, str, str, str, str]:
    timer = rules.procedure.timers.get(task.timer)
    whose = agency_name(task.agency, rules.book, office.clock.now(), rules) if task.agency else ""
    ended = moment(office, task.closed_at)
    match task.status:
        case "done":
            is_late = task.closed_at is not None and task.closed_at > task.due_at
            how = f"done {ended}{', LATE' if is_late else ', in time'}"
        case "cancelled":
            how = f"cancelled {ended}"
        case _:
            how = "open, LATE" if task.is_overdue else "open"
    title = f"{timer.title if timer else task.timer} {task.key}".strip()
    owners = ", ".join(role_titles(task.roles, rules))
    law = " (in law)" if timer and timer.statutory else ""
    return title, whose or owners, moment(office, task.due_at), how, f"{timer.cite if timer else ''}{law}"


def what_is_asked(item: Recommendation, report: CaseReport) -> str:
    """Give what a recommendation says, as it was written down with it."""
    added = next((event for event in report.events if event.id == item.added_by), None)
    return added.fields.get("note", "") if added else ""


def _recommendations(office: Office, report: CaseReport, rules: Rules) -> Iterator[tuple[str, str, str, str, str]]:
    now = office.clock.now()
    for item in tracked(report.case, rules, now):
        whose = agency_name(item.agency, rules.book, now, rules)
        what = ": ".join(filter(None, (item.key, what_is_asked(item, report))))
        yield what, whose, f"{item.due_on:%a %d %b %Y}", item.rag.upper(), standing(item)


def _mail(office: Office, mail: MailRow, titles: Mapping[str, str]) -> tuple[str, str, str, str, str, str]:
    state = f"{mail.status}{', came back' if mail.bounced else ''}"
    about = f"{titles.get(mail.notice, mail.notice)} ({mail.notice})"
    whom = role_title(mail.role, office.rules)
    return moment(office, mail.sent_at), about, whom, mail.to, mail.level or "", state


def _received(office: Office, reference: str) -> Iterator[tuple[str, str, str, str]]:
    for mail in reversed(office.store.reports.received_on(reference)):
        kind = f"{mail.id} ({_words(mail.kind or '')})"
        yield (
            moment(office, mail.received_at),
            kind,
            mail.sender or "not proven",
            "; ".join((mail.status, *mail.reasons)),
        )


# ---------------------------------------------------------------------------------------------------------------------
# Words


def _capital(region: str) -> str:
    named = "stage of the case" if region == "main" else _words(region)
    return named[:1].upper() + named[1:]


def _stage(office: Office, stage: str | Mapping[str, str]) -> str:
    if isinstance(stage, str):
        return _words(stage)
    now, rules = office.clock.now(), office.rules
    named = (f"{agency_name(key, rules.book, now, rules)}: {_words(name)}" for key, name in stage.items())
    return ", ".join(named) or "-"


def _words(name: str) -> str:
    return name.replace("_", " ")
