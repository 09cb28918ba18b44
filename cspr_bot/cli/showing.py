"""One case whole: where it stands, what must be done, what happened, which mails went."""

from argparse import Namespace
from collections.abc import Iterator, Mapping

from cspr_bot.bootstrap.chronicle import what_is_asked
from cspr_bot.bootstrap.kept_versions import version_told
from cspr_bot.bootstrap.office import Office
from cspr_bot.cli.cases import case_json
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.notices import subjects_of
from cspr_bot.cli.output import Row, details, in_words, office_of, plain, print_json, print_table, role_title, told
from cspr_bot.pipeline.tracking import standing, tracked
from cspr_bot.procedure.case import Task
from cspr_bot.procedure.deadlines import strict_reading
from cspr_bot.procedure.definition import Timer
from cspr_bot.procedure.recommendations import Recommendation
from cspr_bot.referral.form_json import as_json
from cspr_bot.store import CaseReport, EventRow, TaskRow

REGIONS = {"main": "stage"}
BY = {"registration": "the program", "clock": "the program"}


def show(options: Namespace) -> int:
    """Show one case whole: stages, duties, history, mails."""
    office = office_of(options)
    report = office.store.reports.case_report(options.reference)
    if report is None:
        raise SaidNoError(f"{options.reference}: there is no such case; `cases --all` lists them")
    if options.json:
        print_json(report_json(office, report))
        return 0
    _print_head(office, report)
    _print_duties(office, report, is_strict=options.strict)
    _print_recommendations(office, report)
    _print_history(office, report)
    _print_mails(office, report)
    return 0


# ---------------------------------------------------------------------------------------------------------------------
# For programs


def report_json(office: Office, report: CaseReport) -> dict[str, object]:
    """Give a case as the interfaces word it."""
    procedure = office.rules_of(report.case).procedure
    return {
        **case_json(report.row, office),
        "procedure": {
            "name": procedure.name,
            "effective_from": procedure.effective_from,
            "version": report.case.procedure,
            "is_in_files": any(item.key == report.case.procedure for item in office.home.versions),
        },
        "tasks": [_task_json(procedure.timers, task) for task in report.tasks],
        "recommendations": [_recommendation_json(item, report) for item in _tracked(office, report)],
        "events": [_event_json(event) for event in report.events],
        "mails": report.mails,
        "attachments": report.attachments,
        "trouble": report.trouble,
        "referral": as_json(report.referral) if report.referral else None,
    }


def _event_json(event: EventRow) -> dict[str, object]:
    return {
        "id": event.id,
        "at": event.at,
        "name": event.name,
        "by": event.by,
        "source": event.source,
        "fields": event.fields,
        "withdrawn": event.is_withdrawn,
    }


def _tracked(office: Office, report: CaseReport) -> tuple[Recommendation, ...]:
    return tracked(report.case, office.rules_of(report.case), office.clock.now())


def _recommendation_json(item: Recommendation, report: CaseReport) -> dict[str, object]:
    values = plain(item)
    assert isinstance(values, dict)  # noqa: S101 - a dataclass becomes a mapping
    return {**values, "what": what_is_asked(item, report), "said": standing(item)}


def _task_json(timers: Mapping[str, Timer], task: TaskRow) -> dict[str, object]:
    timer = timers.get(task.timer)
    values = plain(task)
    assert isinstance(values, dict)  # noqa: S101 - a dataclass becomes a mapping
    return {
        **values,
        "title": timer.title if timer else task.timer,
        "statutory": bool(timer and timer.statutory),
        "cite": timer.cite if timer else "",
    }


# ---------------------------------------------------------------------------------------------------------------------
# For people


def _print_head(office: Office, report: CaseReport) -> None:
    row = report.row
    print(f"{row.reference}   opened {told(row.opened_at, office.home.settings.office.hours.zone)}")
    for region, stage in row.stages.items():
        said = in_words(stage) if isinstance(stage, str) else details(stage) or "-"
        print(f"  {REGIONS.get(region, in_words(region)):14} {said}")
    if report.case.procedure:
        print(f"  {'procedure':14} {office.rules_of(report.case).procedure.name}, {version_told(office, report.case)}")
    if row.flags:
        print(f"  {'to look at':14} {', '.join(in_words(flag) for flag in sorted(row.flags))}")
    if report.trouble:
        print(f"  {'trouble':14} {report.trouble}")
    print()


def _print_duties(office: Office, report: CaseReport, *, is_strict: bool) -> None:
    """List the duties; with `is_strict` beside their days those of a clock that the source writes as bare DAYS."""
    zone, procedure = office.home.settings.office.hours.zone, office.rules_of(report.case).procedure
    timers = procedure.timers
    strict = {task.id: _strictly(task, timers) for task in report.case.tasks} if is_strict else {}
    print_table(
        "Duties",
        ("clock", "duty", "for", "due", *(("in calendar days",) if is_strict else ()), "state", "clause"),
        (
            (
                task.timer if task.timer.startswith("T") else "",
                timers[task.timer].title if task.timer in timers else task.timer,
                ", ".join(
                    [*(role_title(role, procedure) for role in task.roles), *([task.agency] if task.agency else [])]
                ),
                told(task.due_at, zone),
                *((strict[task.id],) if is_strict else ()),
                f"{task.status} {told(task.done_at, zone)}".rstrip(),
                timers[task.timer].cite if task.timer in timers else "",
            )
            for task in report.tasks
        ),
        empty="No duty was opened.",
        folds=("duty", "for", "state", "clause"),
        spares=("clause",),
    )


def _strictly(task: Task, timers: Mapping[str, Timer]) -> str:
    day = strict_reading(task, timers[task.timer]) if task.timer in timers else None
    return f"{day:%a %d %b %Y}" if day else ""


def _print_recommendations(office: Office, report: CaseReport) -> None:
    """List the recommendations, red, amber or green in words, where the case has any."""
    found = _tracked(office, report)
    if not found:
        return
    print_table(
        "Recommendations",
        ("number", "what", "whose", "by", "state", "how it stands", "last word"),
        (
            (
                item.key,
                what_is_asked(item, report),
                item.agency,
                f"{item.due_on:%a %d %b %Y}",
                item.rag.upper(),
                standing(item),
                f"{item.updated_on:%d %b %Y}",
            )
            for item in found
        ),
        empty="",
        folds=("what", "how it stands"),
        spares=("last word",),
    )


def _print_history(office: Office, report: CaseReport) -> None:
    print_table(
        "History",
        ("id", "when", "what", "recorded as", "by", "details"),
        _history(office, report),
        empty="Nothing has happened.",
        folds=("what", "by", "details"),
        spares=("recorded as",),
    )


def _history(office: Office, report: CaseReport) -> Iterator[Row]:
    zone, rules = office.home.settings.office.hours.zone, office.rules_of(report.case).procedure.events
    for event in report.events:
        if event.name == "time_reached":
            continue
        title = rules[event.name].title if event.name in rules else in_words(event.name)
        yield (
            event.id,
            told(event.at, zone),
            f"{title}{' (taken back)' if event.is_withdrawn else ''}",
            event.name,
            BY.get(event.by, event.by),
            details(event.fields),
        )


def _print_mails(office: Office, report: CaseReport) -> None:
    zone, subjects = office.home.settings.office.hours.zone, subjects_of(office.home)
    print_table(
        "Mails",
        ("id", "sent", "mail", "about", "level", "to", "state"),
        (
            (
                mail.id,
                told(mail.sent_at, zone),
                mail.notice,
                subjects.get(mail.notice, ""),
                mail.level,
                mail.to,
                f"{mail.status}{', came back' if mail.bounced else ''}",
            )
            for mail in report.mails
        ),
        empty="No mail was written.",
        folds=("about", "to", "state"),
        spares=("mail",),
    )
