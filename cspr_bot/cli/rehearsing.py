"""A rehearsal: what one imagined case would send, to whom, when and why. Nothing real is touched."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from cspr_bot.bootstrap.present import present_of
from cspr_bot.bootstrap.reading_room import read_any_home
from cspr_bot.bootstrap.timetables import rehearsed_calendar, rehearsed_picture
from cspr_bot.cli.comparing import compare
from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.cli.files import write_new
from cspr_bot.cli.notices import subjects_of
from cspr_bot.cli.output import note_if_no_home, print_json, print_table, role_title, told
from cspr_bot.config import Home, in_force
from cspr_bot.config.problems import nearest
from cspr_bot.pipeline.addressing import addressed
from cspr_bot.pipeline.kept import Party
from cspr_bot.procedure.definition import INTERNAL_EVENTS
from cspr_bot.procedure.rehearsal import (
    REFERENCE,
    Planned,
    Rehearsal,
    RehearsedMail,
    opening_event,
    rehearse_course,
    rehearse_events,
)

REFERRER = (Party("referrer", "the referrer", "the referrer"),)


def rehearse(options: Namespace) -> int:
    """Print the whole timetable, or what another procedure would change; exit 1 where an event could not happen."""
    note_if_no_home(options)
    now = options.now or present_of(options.home)
    home = read_any_home(options.home, now.date())
    zone = home.settings.office.hours.zone
    start: datetime = options.start or now
    opening = opening_event(start if start.tzinfo else start.replace(tzinfo=zone))
    if options.diff is None:  # a referral of that day goes by the version that is in force by then
        home = replace(home, procedure=in_force(home.versions, home.calendar.day_of(opening.at)).procedure)
    if options.diff is not None:
        return compare(
            options, home, lambda procedure: _rehearsal(options, replace(home, procedure=procedure), opening)
        )
    rehearsal = _rehearsal(options, home, opening)
    _write_files(options, rehearsal, home)
    rows, subjects = list(_rows(rehearsal, home)), subjects_of(home)
    if options.json:
        print_json(rows)
    else:
        print_table(
            "What one case would send, if every duty were done on its last day"
            if not options.event
            else "What would go",
            ("when", "mail", "about", "level", "to", "address", "due", "why"),
            (
                (
                    told(row["at"], zone),
                    row["notice"],
                    subjects.get(row["notice"], ""),
                    row["level"],
                    role_title(row["role"], home.procedure),
                    row["to"],
                    told(row["due_at"], zone),
                    row["cite"],
                )
                for row in rows
            ),
            empty="Nothing would go.",
            folds=("about", "to", "address", "why"),
            spares=("mail", "address", "why"),
        )
        if rehearsal.left_out:
            print("What nobody ever does is shown overdue once; in truth it goes again until somebody does it.")
    for problem in rehearsal.problems:
        print(problem, file=sys.stderr)
    return 1 if rehearsal.problems else 0


def _rehearsal(options: Namespace, home: Home, opening: Planned) -> Rehearsal:
    if not options.event:
        return rehearse_course(opening, home.procedure, home.calendar)
    planned = [_planned(words, moment, home) for words, moment in options.event]
    if not any(item.name == "referral_received" for item in planned):
        first = min(item.at for item in planned)
        if opening.at > first:
            raise SaidNoError(f"--from: the referral would come at {opening.at:%Y-%m-%d %H:%M}, after the first event")
        planned.insert(0, opening)
    return rehearse_events(planned, home.procedure, home.calendar)


def _planned(words: str, moment: str, home: Home) -> Planned:
    """Read `NAME=ISO` or `NAME;field=value;...=ISO`; fields not given are those of the usual course.

    argparse has split it at its first equals sign, so it is put together again.
    """
    text = f"{words}={moment}"
    head, _, when = text.rpartition("=")
    name, *pairs = head.split(";")
    if name not in home.procedure.events or name in INTERNAL_EVENTS:
        meant = nearest(name, home.procedure.events)
        where = f'did you mean "{meant}"?' if meant else "config/procedure.toml names them all"
        raise UsageError(f"--event: there is no event {name!r}; {where}")
    try:
        at = datetime.fromisoformat(when)
    except ValueError as error:
        raise UsageError(f"--event {name}: {when!r} is not a moment such as 2026-12-21T16:00") from error
    at = at if at.tzinfo else at.replace(tzinfo=home.settings.office.hours.zone)
    usual = next((step.fields for step in home.procedure.course if step.event == name), {})
    return Planned(name, at, {**usual, **dict(pair.split("=", 1) for pair in pairs if "=" in pair)})


def _write_files(options: Namespace, rehearsal: Rehearsal, home: Home) -> None:
    """Write the calendar file and the picture that were asked for, and say so beside the table."""
    wanted = ((options.ics, rehearsed_calendar), (options.svg, rehearsed_picture))
    for path, make in wanted:
        if path is not None:
            write_new(path, make(rehearsal, home))
            print(f"{path}: written", file=sys.stderr)


def _rows(rehearsal: Rehearsal, home: Home) -> Iterator[dict[str, Any]]:
    for mail in rehearsal.mails:
        yield from _mail_rows(mail, rehearsal, home)


def _mail_rows(mail: RehearsedMail, rehearsal: Rehearsal, home: Home) -> Iterator[dict[str, Any]]:
    order, timer = mail.order, mail.timer
    today: date = home.calendar.day_of(mail.at)
    notice = home.procedure.notices.get(order.notice)
    for item in addressed(order, rehearsal.case, REFERRER, home.book, today, frozenset()):
        yield {
            "at": mail.at,
            "case": REFERENCE,
            "timer": order.timer,
            "rung": order.rung,
            "level": order.level,
            "to": item.recipient.address,
            "role": order.role,
            "agency": order.agency,
            "notice": order.notice,
            "due_at": mail.task.due_at if mail.task else None,
            "statutory": bool(timer and timer.statutory),
            "cite": timer.cite if timer else (notice.cite if notice else ""),
        }
