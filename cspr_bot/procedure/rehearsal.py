"""A rehearsal: one imagined case, every mail that would go and when, from the same rules that run the real ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Case, Decision, Event, Notification, Refusal, Task, TimeReached
from cspr_bot.procedure.definition import CourseStep, Procedure, Timer
from cspr_bot.procedure.engine import advance, new_case
from cspr_bot.procedure.events import allowed_now

REFERENCE = "REHEARSAL"
OWN_LEVEL = "L0"  # at which nobody but the owner is written to
BEFORE_CLOSE = time(16)  # when people in a rehearsal do what is due: in time, and after the last reminder


@dataclass(frozen=True, slots=True)
class Planned:
    """An event of a rehearsal and its moment."""

    name: str
    at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RehearsedMail:
    """A mail that would go at a moment, with the task it is about and the case as they stand then."""

    at: datetime
    order: Notification
    task: Task | None
    timer: Timer | None
    case: Case


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The whole timetable, the case at its end, and what could not happen as it was planned.

    `left_out` counts the mails that only say again that a task is overdue.
    """

    mails: tuple[RehearsedMail, ...]
    case: Case
    problems: tuple[str, ...] = ()
    left_out: int = 0


def rehearse_events(events: Sequence[Planned], procedure: Procedure, calendar: WorkingCalendar) -> Rehearsal:
    """Rehearse a course of given events, in order of time, and then time itself until each task is once overdue."""
    stage = _Stage(procedure, calendar)
    for planned in sorted(events, key=lambda item: item.at):
        stage.wait_until(planned.at)
        stage.happen(planned.name, planned.at, planned.fields)
    stage.wait_for_the_overdue()
    return stage.rehearsal()


def rehearse_course(opening: Planned, procedure: Procedure, calendar: WorkingCalendar) -> Rehearsal:
    """Rehearse the procedure's own course: everything is done, each duty on its last day."""
    stage = _Stage(procedure, calendar)
    stage.happen(opening.name, opening.at, opening.fields)
    todo = list(procedure.course)
    while todo:
        step, planned = min(
            ((step, _moment(step, stage)) for step in todo), key=lambda item: (item[1] is None, item[1] or opening.at)
        )
        if planned is None:
            break
        stage.wait_until(planned)
        for fields in _repeated(step, stage):
            stage.happen(step.event, planned, fields)
        todo.remove(step)
    stage.wait_for_the_overdue()
    return stage.rehearsal()


def _moment(step: CourseStep, stage: "_Stage") -> datetime | None:
    """Give the moment of a step, or None while it cannot come yet."""
    if step.event not in allowed_now(stage.case, stage.procedure):
        return None
    calendar = stage.calendar
    if step.timer:
        days = [task.due_on for task in stage.case.open_tasks if task.timer == step.timer]
        return max(stage.now, calendar.moment(min(days), BEFORE_CLOSE)) if days else None
    if step.on_date_of:
        name, _, key = step.on_date_of.partition(".")
        event = next((item for item in reversed(stage.case.history) if item.name == name), None)
        return calendar.moment(date.fromisoformat(event.fields[key]), BEFORE_CLOSE) if event else None
    return stage.now


def _repeated(step: CourseStep, stage: "_Stage") -> Iterator[Mapping[str, str]]:
    """Give the fields of each event of a step: one for every agency, role and tick that is still open."""
    if step.date_field:
        today = stage.calendar.day_of(stage.now)
        yield {**step.fields, step.date_field: stage.calendar.add(today, step.after_working_days).isoformat()}
        return
    tasks = [task for task in stage.case.open_tasks if task.timer == step.timer]
    if not tasks:
        yield step.fields
        return
    known = {item.name for item in stage.procedure.events[step.event].fields}
    seen = set()
    for task in tasks:
        timer = stage.procedure.timers[task.timer]
        own = {"agency": task.agency or "", "role": task.roles[0]}
        for tick in timer.ticks or ("",):
            fields = {**own, timer.tick: tick} if tick else own
            kept = {name: value for name, value in fields.items() if name in known and value}
            if (key := tuple(kept.items())) not in seen:
                seen.add(key)
                yield {**step.fields, **kept}


class _Stage:
    """Where a rehearsal stands: the case, the moment, and what went out so far."""

    def __init__(self, procedure: Procedure, calendar: WorkingCalendar) -> None:
        self.procedure = procedure
        self.calendar = calendar
        self.case = new_case(REFERENCE, procedure)
        self.now = datetime.min.replace(tzinfo=calendar.hours.zone)
        self._next: datetime | None = None
        self._mails: list[RehearsedMail] = []
        self._problems: list[str] = []

    def happen(self, name: str, at: datetime, fields: Mapping[str, str]) -> None:
        """Let an event happen; what the rules refuse is told at the end."""
        event = Event(self.case.last_number + 1, name, at, at, dict(fields))
        outcome = advance(self.case, event, self.procedure, self.calendar)
        match outcome:
            case Refusal(problems):
                self._problems.extend(f"{at:%Y-%m-%d %H:%M}: {problem}" for problem in problems)
            case Decision():
                self._take(outcome, at)
        self.now = max(self.now, at)

    def wait_until(self, moment: datetime) -> None:
        """Let time pass, stopping wherever the rules asked to be told of it; what is past already comes at once."""
        while self._next is not None and max(self._next, self.now) <= moment:
            at = max(self._next, self.now)
            outcome = advance(self.case, TimeReached(at), self.procedure, self.calendar)
            if isinstance(outcome, Decision):
                self._take(outcome, at)
        self.now = max(self.now, moment)

    def wait_for_the_overdue(self) -> None:
        """Let time pass until every task left open has been chased on the working day after its due day."""
        for task in sorted(self.case.open_tasks, key=lambda item: item.due_at):
            if self.case.stages["main"] != "closed":
                self.wait_until(self.calendar.remind_at(self.calendar.add(task.due_on, 1)))

    def rehearsal(self) -> Rehearsal:
        """Give everything that went out, without what an overdue task that nobody ever does repeats upwards.

        A question that comes again without going higher, such as the monthly one, stands as often as it goes.
        """
        seen: dict[str, int] = {}
        kept = []
        for mail in self._mails:
            if mail.order.level != OWN_LEVEL and mail.order.rung and mail.task is not None and mail.task.is_overdue:
                first = seen.setdefault(mail.task.id, mail.order.rung)
                if mail.order.rung > first:
                    continue
            kept.append(mail)
        return Rehearsal(tuple(kept), self.case, tuple(self._problems), len(self._mails) - len(kept))

    def _take(self, decision: Decision, at: datetime) -> None:
        self.case, self._next = decision.case, decision.next_moment
        for order in decision.mails:
            task = self.case.task(order.task) if order.task else None
            timer = self.procedure.timers[task.timer] if task else None
            self._mails.append(RehearsedMail(at, order, task, timer, self.case))
        for name in dict.fromkeys(order.when_all_sent for order in decision.mails if order.when_all_sent):
            self.happen(name, at, {})  # in a rehearsal every mail leaves at once


def opening_event(at: datetime, *, is_complete: bool = True) -> Planned:
    """Give the referral that a rehearsal begins with: complete, a child seriously harmed, abuse suspected."""
    complete = "yes" if is_complete else "no"
    return Planned(
        "referral_received", at, {"complete": complete, "abuse_or_neglect": "suspected", "deceased": "unknown"}
    )
