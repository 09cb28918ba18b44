"""Ladders: which rung of a task has been reached, when the next one comes, and who stands in it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Seat, Task
from cspr_bot.procedure.definition import Ladder, Level, Procedure, RungRule, Timer


class Rung(NamedTuple):
    """A rung as it stands on the calendar. `number` counts on along everything that this task was ever sent."""

    number: int
    at: datetime
    level: Level


class Place(NamedTuple):
    """One seat that a mail goes to."""

    role: str
    agency: str | None
    seat: Seat


def ladder_of(timer: Timer, task: Task, procedure: Procedure, calendar: WorkingCalendar) -> Ladder:
    """Give the ladder of a task: its timer's, or the one for its length where it has a date of its own."""
    if not timer.ladder_by_length:
        return procedure.ladders[timer.ladder]
    opened_on = calendar.day_of(task.opened_at)
    length = calendar.working_days_between(opened_on, max(opened_on, task.due_on))
    name = next((ladder for up_to, ladder in procedure.length_ladders if length <= up_to), timer.ladder)
    return procedure.ladders[name]


def rung_reached(task: Task, ladder: Ladder, now: datetime, calendar: WorkingCalendar) -> Rung | None:
    """Give the highest rung that has come and was not sent, or None. The ones below it are passed over for good."""
    reached = None
    for rung in _from_first_unsent(task, ladder, calendar, not_before=now):
        if rung.at > now:
            break
        reached = rung
    return reached


def next_rung(task: Task, ladder: Ladder, calendar: WorkingCalendar) -> Rung | None:
    """Give the next rung that will be sent, or None where the ladder has ended."""
    return next(_from_first_unsent(task, ladder, calendar, not_before=None), None)


def rungs_between(task: Task, ladder: Ladder, start: datetime, end: datetime, calendar: WorkingCalendar) -> list[Rung]:
    """List the rungs still to be sent that come after `start` and by `end`, if nothing happens until then."""
    found = []
    for rung in _from_first_unsent(task, ladder, calendar, not_before=None):
        if rung.at > end:
            break
        if rung.at > start:
            found.append(rung)
    return found


def position_at(task: Task, ladder: Ladder, now: datetime, calendar: WorkingCalendar) -> int:
    """Give how many rungs of the ladder lie behind us, sent or not."""
    static = sum(moment_of(rule, task.due_on, calendar) <= now for rule in ladder.rungs)
    if static < len(ladder.rungs):
        return static
    return static + _overdue_count(task.due_on, ladder, now, calendar)


def places(level: Level, timer: Timer, task: Task, procedure: Procedure) -> tuple[Place, ...]:
    """Give who stands in a level, the owner first (interfaces, section 7)."""
    owners = [Place(role, task.agency, "holder") for role in task.roles]
    if level == "L0":
        return tuple(owners)
    deputies = [Place(role, task.agency, "deputies") for role in task.roles]
    above = [] if level == "L1" else [Place(role, task.agency, "escalate_to") for role in task.roles]
    roles = procedure.escalation_roles.get(level, ())
    if level == "L3" and timer.statutory:
        roles = (*roles, *procedure.escalation_roles.get("statutory", ()))
    others = [Place(role, None, "holder") for role in roles if role not in task.roles]
    return (*owners, *deputies, *above, *others)


def moment_of(rule: RungRule, due_on: date, calendar: WorkingCalendar) -> datetime:
    """Give the moment of a rung. A calendar day that is no working day gives way to the working day before it."""
    if rule.unit == "days":
        day = calendar.on_or_before(due_on + timedelta(days=rule.offset))
    else:
        day = calendar.add(due_on, rule.offset) if rule.offset else due_on
    return calendar.moment(day, rule.at or calendar.hours.reminder_time)


def _from_first_unsent(
    task: Task, ladder: Ladder, calendar: WorkingCalendar, *, not_before: datetime | None
) -> Iterator[Rung]:
    """Walk the rungs not sent yet, in order of time; overdue ones without end, starting near `not_before`."""
    if not task.is_open or task.paused_on is not None:
        return
    sent = task.rung - task.rung_base
    for position, rule in enumerate(ladder.rungs, start=1):
        at = moment_of(rule, task.due_on, calendar)
        if position > sent and at > task.ladder_from:
            yield Rung(task.rung_base + position, at, rule.level)
    if not ladder.overdue_every:
        return
    earliest = max(task.ladder_from, not_before or task.ladder_from)
    count = max(1, sent - len(ladder.rungs) + 1, _overdue_count(task.due_on, ladder, earliest, calendar))
    while True:
        day = calendar.add(task.due_on, ladder.overdue_first + (count - 1) * ladder.overdue_every)
        at = calendar.remind_at(day)
        if at > task.ladder_from:
            yield Rung(task.rung_base + len(ladder.rungs) + count, at, ladder.overdue_level)
        count += 1


def _overdue_count(due_on: date, ladder: Ladder, now: datetime, calendar: WorkingCalendar) -> int:
    """Count the overdue rungs that have come by now, without walking them."""
    if not ladder.overdue_every:
        return 0
    today = calendar.day_of(now)
    if now < calendar.remind_at(today):
        today -= timedelta(days=1)
    late = calendar.working_days_between(due_on, today)
    return 0 if late < ladder.overdue_first else (late - ladder.overdue_first) // ladder.overdue_every + 1
