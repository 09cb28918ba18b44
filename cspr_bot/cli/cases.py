"""Looking at cases: the list of them, and what is due across all."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cspr_bot.bootstrap.duties import open_duties
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.present import deadlines_in_the_clear, present_of
from cspr_bot.bootstrap.readiness import BrokenFilesError, KeyProblemError, NotReadyError
from cspr_bot.cli.output import in_words, office_of, print_json, print_table, role_title, told
from cspr_bot.config import Home, read_home
from cspr_bot.procedure.definition import Procedure
from cspr_bot.procedure.engine import new_case
from cspr_bot.store import CaseRow


def cases(options: Namespace) -> int:
    """List the open cases with their next deadline, or all of them."""
    office = office_of(options)
    hiding = () if options.all else office.home.procedure.regions["main"].final
    rows = [row for row in office.store.reports.case_rows(hiding=hiding) if not row.is_provisional]
    if options.json:
        print_json([case_json(row, office) for row in rows])
        return 0
    zone = office.home.settings.office.hours.zone
    print_table(
        "Cases",
        ("reference", "opened", "stage", "next deadline", "who must do what", "to look at"),
        (
            (
                row.reference,
                told(row.opened_at, zone),
                in_words(main_stage(row)),
                told(row.next_due.due_at, zone) if row.next_due else "",
                _whose_next(row, office),
                ", ".join(in_words(flag) for flag in row.flags),
            )
            for row in rows
        ),
        empty="There is no case." if options.all else "No case is open.",
        folds=("stage", "who must do what", "to look at"),
        spares=("opened",),
    )
    return 0


def due(options: Namespace) -> int:
    """List what is due, soonest first, across cases; a held mail that may be a referral is `held:ID`."""
    try:
        office = office_of(options)
        now = office.clock.now()
    except (KeyProblemError, BrokenFilesError) as problem:
        return _due_in_the_clear(problem, options)
    until = now + timedelta(days=options.days) if options.days is not None else None
    rows = list(_due_rows(office, until))
    if options.json:
        print_json(rows)
        return 0
    zone = office.home.settings.office.hours.zone
    print_table(
        "Due",
        ("due", "case", "duty", "for", "next reminder", "level", "clause"),
        (
            (
                told(row["due_at"], zone),
                row["case"],
                row["title"],
                _whose(row, office.home.procedure),
                told(row["at"], zone),
                row["level"],
                row["cite"],
            )
            for row in rows
        ),
        empty="Nothing is due.",
        folds=("duty", "for", "clause"),
        spares=("level", "clause"),
    )
    return 0


# ---------------------------------------------------------------------------------------------------------------------


def _due_rows(office: Office, until: datetime | None) -> Iterator[dict[str, Any]]:
    """Give a row for every open duty, with its next reminder where one will go."""
    book, today = office.home.book, office.home.calendar.day_of(office.clock.now())
    for duty in open_duties(office, until):
        task, timer, rung, role = duty.task, duty.timer, duty.rung, duty.task.roles[0]
        holders = book.holders(role, task.agency, today)
        yield {
            "at": rung.at if rung else None,
            "case": duty.case,
            "timer": timer.name,
            "title": timer.title,
            "rung": rung.number if rung else None,
            "level": rung.level if rung else None,
            "to": holders[0].email if holders else None,
            "role": role,
            "agency": task.agency,
            "notice": timer.reminder_notice,
            "due_at": task.due_at,
            "statutory": timer.statutory,
            "cite": timer.cite,
        }


def _due_in_the_clear(problem: NotReadyError, options: Namespace) -> int:
    """List what is due where the key is lost or a file is broken: without a name or an address. It ends with 1."""
    rows = deadlines_in_the_clear(options.home)
    if rows is None:
        raise problem
    for line in problem.problems:
        print(line, file=sys.stderr)
    home = read_home(options.home, today=present_of(options.home).date())
    zone, procedure = (home.settings.office.hours.zone, home.procedure) if isinstance(home, Home) else (UTC, None)
    timers = procedure.timers if procedure else {}
    if options.json:
        print_json([{"case": row.case, "timer": row.timer, "role": row.roles[0], "due_at": row.due_at} for row in rows])
        return 1
    print_table(
        "Due (as far as the database can tell by itself)",
        ("due", "case", "duty", "for"),
        (
            (
                told(row.due_at, zone),
                row.case,
                timers[row.timer].title if row.timer in timers else row.timer,
                role_title(row.roles[0], procedure),
            )
            for row in rows
        ),
        empty="Nothing is due.",
        folds=("duty", "for"),
    )
    return 1


def _whose_next(row: CaseRow, office: Office) -> str:
    """Say who must do what next, in the words of the version by which the case goes."""
    if row.next_due is None:
        return ""
    procedure = office.rules_of(office.store.progression.load_case(row.reference).case).procedure
    timer = procedure.timers.get(row.next_due.timer)
    return f"{role_title(row.next_due.role, procedure)}: {timer.title if timer else row.next_due.timer}"


def main_stage(row: CaseRow) -> str:
    """Give the stage of the main region; a case on which the rules have not worked yet has none."""
    return str(row.stages.get("main", "not yet worked on"))


def case_json(row: CaseRow, office: Office) -> dict[str, object]:
    """Give a case as the list has it (interfaces, section 4).

    One on which the rules have not worked yet stands where every case begins.
    """
    fresh = new_case(row.reference, office.home.procedure)
    return {
        "reference": row.reference,
        "opened_at": row.opened_at,
        "stages": row.stages or {**fresh.stages, **fresh.agency_stages},
        "next_due": row.next_due,
        "flags": sorted(row.flags),
    }


def _whose(row: dict[str, Any], procedure: Procedure) -> str:
    title = role_title(row["role"], procedure)
    return f"{title} ({in_words(row['agency'])})" if row["agency"] else title
