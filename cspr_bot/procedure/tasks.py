"""Tasks: which an event opens, which it closes, cancels, moves or opens again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Case, Event, Task
from cspr_bot.procedure.conditions import has_happened, holds, matches_fields
from cspr_bot.procedure.deadlines import Opening, Reckoning, rescheduled
from cspr_bot.procedure.definition import Cancel, EventRule, Procedure, Timer
from cspr_bot.procedure.events import concerns
from cspr_bot.procedure.reminders import ladder_of, position_at


@dataclass(frozen=True, slots=True)
class Ground:
    """The rules that a step stands on."""

    procedure: Procedure
    calendar: WorkingCalendar


def open_tasks(case: Case, event: Event, ground: Ground) -> tuple[Task, ...]:
    """Give the tasks that this event opens. A timer has one open task for each agency, role and key, never two."""
    opened: list[Task] = []
    for timer in ground.procedure.timers.values():
        if any(pattern.matches(event) for pattern in timer.opened_by) and _may_open(timer, case):
            opened.extend(_done_at_once(task, case, event, timer) for task in _tasks_of(timer, case, event, ground))
    return tuple(opened)


def _may_open(timer: Timer, case: Case) -> bool:
    return (
        holds(timer.only_if, case)
        and not (timer.unless and holds(timer.unless, case))
        and all(has_happened(pattern, case) for pattern in timer.needs)
        and not any(has_happened(pattern, case) for pattern in timer.unless_after)
    )


def _done_at_once(task: Task, case: Case, event: Event, timer: Timer) -> Task:
    """Close what an event both asks for and does, unless it has just done an older task of the kind."""
    has_closed_another = any(old.timer == timer.name and old.closed_by == event.number for old in case.tasks)
    return task if has_closed_another else after_closing(task, event, timer)


def _tasks_of(timer: Timer, case: Case, event: Event, ground: Ground) -> Iterator[Task]:
    key = event.fields.get(timer.key_field, "") if timer.key_field else ""
    for roles, agency in _owners(timer, case, event):
        is_open = any(
            task.timer == timer.name and task.agency == agency and task.roles == roles and task.key == key
            for task in case.open_tasks
        )
        if not is_open and not _did_before(agency, timer, case):
            yield from _task(timer, case, Opening(event, agency, key), roles, ground)


def _did_before(agency: str | None, timer: Timer, case: Case) -> bool:
    """Say whether an agency did its part before it was asked, as one does that says at once it was not involved."""
    if agency is None or timer.key_field:
        return False
    return any(
        past.fields.get("agency") == agency and any(pattern.matches(past) for pattern in timer.closed_by)
        for past in case.history
    )


def _owners(timer: Timer, case: Case, event: Event) -> Iterator[tuple[tuple[str, ...], str | None]]:
    match timer.per:
        case "case":
            yield (timer.owner,), None
        case "role":
            yield from (((role,), None) for role in timer.roles)
        case "agency":
            own = event.fields.get("agency")
            yield from (((timer.owner,), agency) for agency in ((own,) if own else case.agencies))
        case _:
            assert_never(timer.per)


def _task(timer: Timer, case: Case, opening: Opening, roles: tuple[str, ...], ground: Ground) -> Iterator[Task]:
    schedule = Reckoning(case, ground.procedure, ground.calendar).schedule(timer, opening)
    if schedule is None:
        return
    parts = (timer.name, opening.agency, roles[0] if timer.per == "role" else None, opening.key)
    yield Task(
        id=".".join([*filter(None, parts), str(opening.event.number)]),
        timer=timer.name,
        roles=roles,
        agency=opening.agency,
        key=opening.key,
        opened_by=opening.event.number,
        opened_at=opening.event.at,
        ladder_from=max(opening.event.known_at, case.quiet_until or opening.event.known_at),
        day_zero=schedule.day_zero,
        due_on=schedule.due_on,
        due_at=ground.calendar.due_at(schedule.due_on),
        outer_limit=schedule.outer_limit,
        skipped=schedule.skipped,
    )


def after_closing(task: Task, event: Event, timer: Timer) -> Task:
    """Give the task as it is after this event: ticked, done, or as it was."""
    is_concerned = task.is_open and any(pattern.matches(event) for pattern in timer.closed_by)
    if not is_concerned or not _is_meant(task, event, timer):
        return task
    if timer.ticks:
        given = event.fields.get(timer.tick, "")
        ticks = (*task.ticks, given) if given not in task.ticks else task.ticks
        task = replace(task, ticks=ticks)
        if not set(timer.ticks) <= set(ticks):
            return task
    return replace(task, status="done", closed_at=event.at, closed_by=event.number)


def _is_meant(task: Task, event: Event, timer: Timer) -> bool:
    """Say whether an event about one agency, role or recommendation is about this task's."""
    match timer.per:
        case "agency" if "agency" in event.fields and event.fields["agency"] != task.agency:
            return False
        case "role" if "role" in event.fields and event.fields["role"] not in task.roles:
            return False
        case _:
            return not timer.key_field or event.fields.get(timer.key_field) == task.key


def after_cancelling(task: Task, case: Case, event: Event, rule: EventRule, timer: Timer) -> Task:
    """Give the task as it is after an event that may end it undone."""
    is_ended = any(
        _ends(cancel, timer)
        and matches_fields(cancel.when, event)
        and not (cancel.unless and holds(cancel.unless, case))
        for cancel in rule.cancels
    )
    return cancelled(task, event) if is_ended else task


def cancelled(task: Task, event: Event) -> Task:
    """End a task undone, where it is still open."""
    if not task.is_open:
        return task
    return replace(task, status="cancelled", closed_at=event.at, closed_by=event.number)


def _ends(cancel: Cancel, timer: Timer) -> bool:
    match cancel.timer:
        case "all":
            return True
        case "rest":
            return not timer.outlives_exit
        case name:
            return timer.name == name


def after_reopening(task: Task, event: Event, closing: int, ground: Ground) -> Task:
    """Open again what closing the case had cancelled, with this day as day zero (section 1.5, side exits)."""
    if task.status != "cancelled" or task.closed_by != closing:
        return task
    today = ground.calendar.day_of(event.at)
    due_on = _due_from(today, task, ground)
    return replace(
        task,
        status="open",
        closed_at=None,
        closed_by=None,
        is_overdue=False,
        day_zero=today,
        due_on=due_on,
        due_at=ground.calendar.due_at(due_on),
        paused_on=None,
        days_paused=0,
        extended_to=due_on,
        begun_again_on=today,
        rung_base=task.rung,
        ladder_from=event.known_at,
    )


def _due_from(today: date, task: Task, ground: Ground) -> date:
    """Give the due day of a task that begins again. One that hangs on a date to come (a publication) keeps it."""
    timer, calendar = ground.procedure.timers[task.timer], ground.calendar
    if timer.unit == "months":
        return calendar.add_months(today, timer.length)
    if timer.unit == "working_days" and timer.length > 0:
        return calendar.reckoning(with_closures=timer.waits_for_offices).add(today, timer.length)
    if timer.unit == "days":
        return calendar.on_or_after(today + timedelta(days=timer.length))
    return max(task.due_on, calendar.on_or_after(today))


def after_clock_event(task: Task, event: Event, calendar: WorkingCalendar) -> Task:
    """Give the task after an extension, a pause or a resumption that is meant for it."""
    if not task.is_open or not concerns(event, task):
        return task
    today = calendar.day_of(event.at)
    match event.name:
        case "deadline_extended":
            due_on = calendar.on_or_before(date.fromisoformat(event.fields["to"]))
            moved = replace(task, extended_to=due_on, days_paused=0, due_on=due_on, due_at=calendar.due_at(due_on))
            return _with_fresh_ladder(moved, event)
        case "paused" if task.paused_on is None:
            return replace(task, paused_on=today)
        case "resumed" if task.paused_on is not None:
            days = calendar.working_days_between(task.paused_on, today)
            due_on = calendar.add(task.due_on, days) if days else task.due_on
            due_at = calendar.due_at(due_on)
            running = replace(task, paused_on=None, days_paused=task.days_paused + days, due_on=due_on, due_at=due_at)
            return replace(running, is_overdue=running.is_overdue and due_at <= event.known_at)
        case _:
            return task


def _with_fresh_ladder(task: Task, event: Event) -> Task:
    """Let a due day that a person has set be chased from the first rung on; its numbers follow the last one sent."""
    return replace(task, rung_base=task.rung, ladder_from=event.known_at, is_overdue=task.due_at <= event.known_at)


def reckoned_anew(task: Task, case: Case, now: Event, ground: Ground) -> Task:
    """Give the task its due day as it follows from what is known now. What was sent is never sent again.

    A task that was done as it opened (the referral itself) is reckoned too: whether it was late is for the record.
    """
    if not (task.is_open or task.closed_by == task.opened_by):
        return task
    timer = ground.procedure.timers[task.timer]
    opened_by = next((event for event in case.history if event.number == task.opened_by), None)
    if opened_by is None:
        return task
    reckoning = Reckoning(case, ground.procedure, ground.calendar)
    schedule = reckoning.schedule(timer, Opening(opened_by, task.agency, task.key), skipped=task.skipped)
    moved = task if schedule is None else rescheduled(task, schedule, ground.calendar)
    if moved.due_on == task.due_on:
        return moved
    moved = replace(moved, is_overdue=moved.is_overdue and moved.due_at <= now.known_at)
    return with_unspent_overdue_rungs(moved, now, ground)


def with_unspent_overdue_rungs(task: Task, now: Event, ground: Ground) -> Task:
    """Keep the overdue rungs of a later due day from counting as sent because those of an earlier one were.

    The others stay spent: a reminder that went is not sent again because its day has moved.
    """
    ladder = ladder_of(ground.procedure.timers[task.timer], task, ground.procedure, ground.calendar)
    behind_us = max(len(ladder.rungs), position_at(task, ladder, now.known_at, ground.calendar))
    if task.rung - task.rung_base <= behind_us:
        return task
    return replace(task, rung_base=task.rung - behind_us)
