"""The mails that the rules order: requests, reminders and notices, each addressed to seats and keyed for ever."""

from collections.abc import Iterator
from datetime import date

from cspr_bot.procedure.case import Case, Event, Notification, Task
from cspr_bot.procedure.conditions import holds
from cspr_bot.procedure.definition import NoticeRule, Procedure, Timer
from cspr_bot.procedure.reminders import Place, Rung, places

NO_REQUEST = "none"


def request_of(task: Task, event: Event, case: Case, procedure: Procedure) -> Iterator[Notification]:
    """Order the mails that open a task. A held mail's clocks ask nobody for anything: its notice does that.

    Nor does a task whose first deadline had passed at opening: that it had is told with the same request (A1).
    """
    timer = procedure.timers[task.timer]
    notice = _variant(timer, event) or timer.request_notice
    if case.provisional or notice == NO_REQUEST or not task.is_open or task.skipped:
        return
    seats = places(timer.request_level, timer, task, procedure)
    for place in seats:
        yield _order(f"{task.id}/0", notice, place, seats, task=task.id, timer=task.timer)


def breach_of(task: Task, case: Case, procedure: Procedure) -> Iterator[Notification]:
    """Order the one escalation of a task whose first reading of the deadline had passed at opening (A1)."""
    timer = procedure.timers[task.timer]
    if not task.skipped or case.provisional or timer.breached_level == "none":
        return
    seats = places(timer.breached_level, timer, task, procedure)
    for place in seats:
        yield _order(
            f"{task.id}/breached",
            timer.breached_notice,
            place,
            seats,
            task=task.id,
            timer=task.timer,
            level=timer.breached_level,
        )


def reminders_of(task: Task, rung: Rung, case: Case, procedure: Procedure) -> Iterator[Notification]:
    """Order the mails of one rung, one for each seat in its level."""
    timer = procedure.timers[task.timer]
    if rung.level == "none":
        return
    seats, notice = places(rung.level, timer, task, procedure), _reminder_notice(timer, task, case)
    if case.provisional:
        seats, notice = _provisional_places(procedure), procedure.provisional_notice
    for place in seats:
        yield _order(
            f"{task.id}/{rung.number}",
            notice,
            place,
            seats,
            task=task.id,
            timer=task.timer,
            rung=rung.number,
            level=rung.level,
        )


def notices_of(event: Event, case: Case, procedure: Procedure, *, has_moved: bool = False) -> Iterator[Notification]:
    """Order the notices that tell of an event and ask for nothing."""
    for rule in procedure.notices.values():
        is_of_it = any(pattern.matches(event) for pattern in rule.on) and not rule.every
        if not is_of_it or not holds(rule.only_if, case):
            continue
        if rule.when_days_moved and not has_moved:
            continue
        seats = _seats(rule, event.fields.get("agency"), case)
        for place in seats:
            yield _order(
                f"{rule.name}/{event.number}",
                rule.name,
                place,
                seats,
                event=event.number,
                when_all_sent=rule.when_all_sent or None,
            )


def repeated_notice(rule: NoticeRule, day: date, case: Case) -> Iterator[Notification]:
    """Order one turn of a notice that goes again and again; it is named by its day, and so goes once."""
    seats = _seats(rule, None, case)
    for place in seats:
        yield _order(f"{rule.name}/{day.isoformat()}", rule.name, place, seats)


def _seats(rule: NoticeRule, agency: str | None, case: Case) -> tuple[Place, ...]:
    return tuple(Place(role, whose, seat) for role, whose in _told(rule, agency, case) for seat in rule.seats)


def _told(rule: NoticeRule, own: str | None, case: Case) -> Iterator[tuple[str, str | None]]:
    """Give whom a notice goes to: of the agencies the one that the event is about, or else all that take part."""
    for role in rule.to:
        if role == "agency":
            yield from ((role, agency) for agency in ((own,) if own else case.agencies))
        else:
            yield role, None


def _order(  # noqa: PLR0913 - one value made of its parts, in one place
    key: str,
    notice: str,
    place: Place,
    seats: tuple[Place, ...],
    *,
    task: str | None = None,
    timer: str | None = None,
    event: int | None = None,
    rung: int = 0,
    level: str | None = None,
    when_all_sent: str | None = None,
) -> Notification:
    also = dict.fromkeys(seat.role for seat in seats if seat.role != place.role)
    return Notification(
        key=key,
        notice=notice,
        role=place.role,
        agency=place.agency,
        seat=place.seat,
        task=task,
        timer=timer,
        event=event,
        rung=rung,
        level=level,
        also_to=tuple(also),
        when_all_sent=when_all_sent,
    )


def _variant(timer: Timer, event: Event) -> str | None:
    return next((notice for pattern, notice in timer.notice_when if pattern.matches(event)), None)


def _reminder_notice(timer: Timer, task: Task, case: Case) -> str:
    """Give the notice that chases a task: that of the event which opened it, where the timer tells them apart."""
    opened_by = next((event for event in case.history if event.number == task.opened_by), None)
    variant = _variant(timer, opened_by) if opened_by is not None else None
    return f"{variant}-reminder" if variant else timer.reminder_notice


def _provisional_places(procedure: Procedure) -> tuple[Place, ...]:
    """Give everybody who can release a held mail, and their deputies, whatever the level."""
    return tuple(Place(role, None, seat) for role in procedure.provisional_roles for seat in ("holder", "deputies"))
