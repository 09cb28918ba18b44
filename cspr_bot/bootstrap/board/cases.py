"""Cases as the board shows them: the list without a person in it, one case whole, and the form that it came with."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from cspr_bot.board.values import (
    AgencyRow,
    CaseLine,
    CasePage,
    DutyRow,
    EventRow,
    FormPage,
    FormPart,
    Grid,
    ReceivedRow,
    SentRow,
    Standing,
)
from cspr_bot.bootstrap.board.standing import NOTHING_DUE, begun, first_due, standing_of, title_of, whose
from cspr_bot.bootstrap.office import Office
from cspr_bot.letters.case_timeline import timeline_of
from cspr_bot.letters.timeline import in_words
from cspr_bot.pipeline.digest import SOURCES
from cspr_bot.pipeline.letters import agency_name
from cspr_bot.pipeline.subjects import notice_titles
from cspr_bot.procedure.case import Case, Task
from cspr_bot.procedure.engine import CLOCK_EVENT
from cspr_bot.referral.form_json import Json, as_json
from cspr_bot.store import CaseReport, CaseRow, InboxRow, TaskRow

BY = {"registration": "the program", "clock": "the program", "cspr-bot": "the program"}
REGIONS = {"main": "stage"}
PARTS = {
    "referrer": "Who refers",
    "child": "The child",
    "family": "The family",
    "criteria": "The criteria",
    "other_agencies": "Other agencies",
    "other_processes": "Other processes",
}
LABELS = {"dob": "date of birth", "tel": "telephone", "email": "e-mail"}


def open_lines(office: Office, now: datetime) -> tuple[CaseLine, ...]:
    """List the cases that are not at their end, by what is due on them first."""
    final = office.rules.procedure.regions["main"].final
    book = office.store.digest.day_book(now, now, final)
    cases = {case.reference: case for case in book.cases}
    rows = (row for row in office.store.reports.case_rows(hiding=final) if not row.is_provisional)
    lines = [(row, _line(office, row, cases.get(row.reference), now, row.reference in book.troubled)) for row in rows]
    return tuple(line for row, line in sorted(lines, key=lambda item: _urgency(item[1], cases.get(item[0].reference))))


def closed_lines(office: Office) -> tuple[CaseLine, ...]:
    """List the cases that are at their end, the newest first."""
    final = office.rules.procedure.regions["main"].final
    rows = (row for row in reversed(office.store.reports.case_rows()) if row.stages.get("main") in final)
    return tuple(
        CaseLine(row.reference, office.local(row.opened_at), _stage(row), NOTHING_DUE)
        for row in rows
        if not row.is_provisional
    )


def case_page(office: Office, report: CaseReport, now: datetime) -> CasePage:
    """Give one case whole."""
    case, rules = report.case, office.rules
    first = first_due(case)
    soonest = sorted(case.open_tasks, key=lambda task: (task.due_at, task.id))
    ended = sorted(
        (task for task in case.tasks if not task.is_open), key=lambda task: task.closed_at or now, reverse=True
    )
    return CasePage(
        reference=report.row.reference,
        opened_at=office.local(report.row.opened_at),
        stages=tuple(_stages(report.row)),
        standing=standing_of(first, case, rules, now) if first else NOTHING_DUE,
        flags=tuple(flag.replace("_", " ") for flag in sorted(report.row.flags)),
        trouble=report.trouble or "",
        duties=tuple(_duties(office, report, soonest, now)),
        ended=tuple(_duties(office, report, ended, now)),
        timeline=in_words(timeline_of(case, rules, now)) if "main" in case.stages else "",
        grid=_grid(office, case, now),
        sent=tuple(_sent(office, report)),
        received=tuple(_received(office, row) for row in office.store.reports.received_on(report.row.reference)),
        history=tuple(_history(office, report)),
        has_form=report.referral is not None,
    )


def form_page(report: CaseReport) -> FormPage | None:
    """Give the form of a case as it stands; None where it came without one."""
    if report.referral is None:
        return None
    told = as_json(report.referral)
    parts = [FormPart(title, tuple(_fields(told[name]))) for name, title in PARTS.items()]
    parts.insert(4, FormPart("What happened", (("summary", report.referral.summary),)))
    return FormPage(
        reference=report.row.reference,
        parts=tuple(parts),
        missing=tuple(map(_label, report.referral.missing)),
        doubts=tuple((_label(doubt.field), doubt.why, doubt.raw) for doubt in report.referral.doubts),
    )


# ---------------------------------------------------------------------------------------------------------------------
# The list


def _line(office: Office, row: CaseRow, case: Case | None, now: datetime, has_trouble: bool) -> CaseLine:  # noqa: FBT001
    first = first_due(case) if case else None
    timer = office.rules.procedure.timers.get(first.timer) if first else None
    return CaseLine(
        reference=row.reference,
        opened_at=office.local(row.opened_at),
        stage=_stage(row),
        standing=standing_of(first, case, office.rules, now) if first and case else NOTHING_DUE,
        due_on=first.due_on if first else None,
        duty=title_of(first, office.rules) if first else "",
        whose=whose(first, office.rules, now) if first else "",
        is_statutory=bool(timer and timer.statutory),
        flags=tuple(flag.replace("_", " ") for flag in sorted(row.flags)),
        has_trouble=has_trouble,
    )


def _urgency(line: CaseLine, case: Case | None) -> tuple[bool, str, str]:
    """Put what cannot be worked on first, then the next deadline; what is not due at all comes last."""
    first = first_due(case) if case else None
    return not line.has_trouble, first.due_at.isoformat() if first else "9999", line.reference


def _stage(row: CaseRow) -> str:
    return begun(str(row.stages.get("main", "not yet worked on")).replace("_", " "))


# ---------------------------------------------------------------------------------------------------------------------
# One case


def _stages(row: CaseRow) -> Iterator[tuple[str, str]]:
    for region, stage in row.stages.items():
        if isinstance(stage, str):
            yield REGIONS.get(region, region).replace("_", " "), begun(stage.replace("_", " "))


def _duties(office: Office, report: CaseReport, tasks: Iterable[Task], now: datetime) -> Iterator[DutyRow]:
    rules, case = office.rules, report.case
    rows: dict[str, TaskRow] = {row.id: row for row in report.tasks}
    for task in tasks:
        timer = rules.procedure.timers.get(task.timer)
        yield DutyRow(
            title=title_of(task, rules),
            whose=whose(task, rules, now),
            due_at=office.local(task.due_at),
            standing=standing_of(task, case, rules, now),
            clause=timer.cite if timer else "",
            is_statutory=bool(timer and timer.statutory),
            reminders=rows[task.id].rungs_sent if task.is_open else 0,
        )


def _grid(office: Office, case: Case, now: datetime) -> Grid:
    """Give a row for each agency and a column for each duty that agencies have; the last such duty counts."""
    owed: dict[tuple[str, str], Task] = {(task.agency, task.timer): task for task in case.tasks if task.agency}
    agencies = tuple(dict.fromkeys((*case.agencies, *(agency for agency, _ in owed))))
    timers = [timer for name, timer in office.rules.procedure.timers.items() if any(key[1] == name for key in owed)]
    return Grid(
        columns=tuple(timer.title for timer in timers),
        rows=tuple(
            AgencyRow(
                agency_name(agency, office.rules.book, now, office.rules),
                tuple(_cell(owed.get((agency, timer.name)), case, office, now) for timer in timers),
            )
            for agency in agencies
        ),
    )


def _cell(task: Task | None, case: Case, office: Office, now: datetime) -> Standing | None:
    return None if task is None else standing_of(task, case, office.rules, now)


def _sent(office: Office, report: CaseReport) -> Iterator[SentRow]:
    titles = notice_titles(office.rules.procedure)
    for mail in reversed(report.mails):
        at = office.local(mail.sent_at) if mail.sent_at else None
        status = f"{mail.status}, came back" if mail.bounced else mail.status
        yield SentRow(mail.id, at, titles.get(mail.notice, mail.notice), mail.to, mail.level or "", status)


def _received(office: Office, row: InboxRow) -> ReceivedRow:
    kind = (row.kind or "not yet read").replace("_", " ")
    return ReceivedRow(row.id, office.local(row.received_at), kind, row.sender or "", row.status, row.reasons)


def _history(office: Office, report: CaseReport) -> Iterator[EventRow]:
    """Give what happened, the newest first, without the moments at which time itself did something."""
    rules = office.rules.procedure.events
    for event in reversed(report.events):
        if event.name == CLOCK_EVENT:
            continue
        rule = rules.get(event.name)
        is_late = event.known_at.replace(second=0) != event.at.replace(second=0)
        yield EventRow(
            number=event.id,
            at=office.local(event.at),
            known_at=office.local(event.known_at) if is_late else None,
            title=rule.title if rule else event.name.replace("_", " "),
            by=" ".join((BY.get(event.by, event.by), SOURCES.get(event.source, ""))).strip(),
            details=tuple(
                (name.replace("_", " "), value.replace("_", " ")) for name, value in event.fields.items() if value
            ),
            is_withdrawn=event.is_withdrawn,
        )


# ---------------------------------------------------------------------------------------------------------------------
# The form


def _fields(part: Json) -> Iterator[tuple[str, str]]:
    """Give the fields of a part; those of a list are numbered."""
    match part:
        case list():
            for number, item in enumerate(part, start=1):
                yield from ((f"{number}. {name}", value) for name, value in _fields(item))
        case dict():
            for name, value in part.items():
                yield _label(name), _said(value)
        case _:
            return


def _said(value: Json) -> str:
    """Write a field as it was typed; of a box that was ticked, what stands beside it."""
    match value:
        case {"raw": raw, **rest}:
            return " ".join(filter(None, (str(raw), str(rest.get("time") or ""))))
        case {"label": label, "specify": specify}:
            return ": ".join(filter(None, (str(label or ""), str(specify or ""))))
        case Mapping() | list() | None:
            return ""
        case _:
            return value.replace("_", " ") if value in {"has_been", "not_known"} else value


def _label(path: str) -> str:
    return " ".join(LABELS.get(step, step) for step in path.split(".")).replace("_", " ")
