"""When a task is due: its anchors, the first day, the due day and the outer limit."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import assert_never

from cspr_bot.procedure.calendar import WorkingCalendar, months_later
from cspr_bot.procedure.case import Case, Event, Task
from cspr_bot.procedure.conditions import last_event
from cspr_bot.procedure.definition import Combine, Pattern, Procedure, Timer

CASE_DATES = frozenset({"incident_on", "aware_on", "la_aware_on", "submitted_on", "received_on"})


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a task: the event, and whose task it is."""

    event: Event
    agency: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The days of a task. `skipped` are anchors whose due day had passed before the task opened (A1)."""

    day_zero: date
    due_on: date
    outer_limit: date | None = None
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Everything that a due day depends on, so that it need not be handed from function to function."""

    case: Case
    procedure: Procedure
    calendar: WorkingCalendar

    def schedule(self, timer: Timer, opening: Opening, *, skipped: tuple[str, ...] | None = None) -> Schedule | None:
        """Work out the days of a task; None where no anchor is known yet.

        `skipped` None asks which anchors had passed before the opening day, and leaves those out. On a later
        reckoning the anchors skipped then are handed in: only they may be skipped again, so that a correction into
        the past makes a task overdue and never silently moves it on.
        """
        by_anchor = self._due_by_anchor(timer, opening)
        if not by_anchor:
            return None
        passed = self._passed(timer, by_anchor, opening)
        left_out = passed if skipped is None else tuple(name for name in skipped if name in passed)
        counting = [days for name, days in by_anchor.items() if name not in left_out] or [list(by_anchor.values())[-1]]
        zero, due = (
            counting[0] if left_out or timer.combine == "first_known" else min(counting, key=lambda days: days[1])
        )
        due = self._capped(timer, self._with_minimum(timer, due, opening), opening)
        return Schedule(zero, due, self._outer_limit(timer, opening), left_out)

    def day(self, anchor: str, opening: Opening, key_field: str = "") -> date | None:
        """Give the day that an anchor stands for on this case; None while it is not known."""
        if anchor in CASE_DATES:
            return self.case.dates.get(anchor)
        if moment := self.procedure.moments.get(anchor):
            return self._combined(moment.anchors, moment.combine, opening)
        match anchor:
            case "opening":
                return self.calendar.day_of(opening.event.at)
            case "asked":
                return self.calendar.day_of(opening.event.known_at)
            case "la_referrer_aware":
                return self.day("aware", opening) if self.case.facts.get("la_referrer") == "yes" else None
            case _:
                return self._field_day(anchor, opening, key_field) if "." in anchor else self._event_day(anchor)

    def _due_by_anchor(self, timer: Timer, opening: Opening) -> dict[str, tuple[date, date]]:
        """Give (day zero, due day) for each anchor that is known, in the order of the file."""
        days = {name: self.day(name, opening, timer.key_field) for name in timer.anchors}
        known = {name: self._in_table(day) for name, day in days.items() if day is not None}
        return {name: (day, self._due(timer, day)) for name, day in known.items()}

    def _due(self, timer: Timer, day_zero: date) -> date:
        """Count a timer's length. A council's own closures lengthen working days that no law counts, and no others."""
        rolled = self.calendar.on_or_after if timer.roll == "on" else self.calendar.on_or_before
        match timer.unit:
            case "working_days":
                return self.calendar.reckoning(with_closures=timer.waits_for_offices).add(day_zero, timer.length)
            case "days":
                return rolled(day_zero + timedelta(days=timer.length))
            case "months":
                return rolled(months_later(day_zero, timer.length))
            case "date":
                return rolled(day_zero)
            case _:
                assert_never(timer.unit)

    def _passed(self, timer: Timer, by_anchor: dict[str, tuple[date, date]], opening: Opening) -> tuple[str, ...]:
        """Name the anchors whose due day had passed at opening. Only a timer that tells of it passes any over."""
        if not timer.breached_notice:
            return ()
        opened_on = self.calendar.day_of(opening.event.at)
        return tuple(name for name, (_, due) in by_anchor.items() if due < opened_on)

    def _with_minimum(self, timer: Timer, due: date, opening: Opening) -> date:
        """Give an agency that was added later its minimum of days, counted from its own request."""
        if opening.event.name not in timer.late_event:
            return due
        asked_on = self.calendar.day_of(opening.event.known_at)
        working_days = self.calendar.reckoning(with_closures=timer.waits_for_offices)
        return max(due, working_days.add(asked_on, timer.late_minimum))

    def _capped(self, timer: Timer, due: date, opening: Opening) -> date:
        if not timer.not_after:
            return due
        cap = self.schedule(self.procedure.timers[timer.not_after], opening)
        return due if cap is None else min(due, cap.due_on)

    def _outer_limit(self, timer: Timer, opening: Opening) -> date | None:
        if not timer.outer_limit:
            return None
        day = self.day(timer.outer_limit, opening)
        return None if day is None else self._due(timer, self._in_table(day))

    def _combined(self, anchors: tuple[str, ...], combine: Combine, opening: Opening) -> date | None:
        known = [day for day in (self.day(name, opening) for name in anchors) if day is not None]
        if not known:
            return None
        return known[0] if combine == "first_known" else min(known)

    def _event_day(self, anchor: str) -> date | None:
        event = last_event(self.case, _pattern_of(anchor))
        return None if event is None else self.calendar.day_of(event.at)

    def _field_day(self, anchor: str, opening: Opening, key_field: str) -> date | None:
        name, _, field = anchor.partition(".")
        fixed = {key_field: (opening.key,)} if key_field else {}
        if key_field and opening.agency:  # several agencies may share one, each by its own day
            fixed["agency"] = (opening.agency,)
        event = last_event(self.case, Pattern(name, fixed))
        return None if event is None or not event.fields.get(field) else date.fromisoformat(event.fields[field])

    def _in_table(self, day: date) -> date:
        """Take a day before the table as its first one: what lies that far back has passed in any case."""
        return max(day, self.calendar.first)


def strict_reading(task: Task, timer: Timer) -> date | None:
    """Give the day on which a clock would end if its bare DAYS were calendar days; None where it has none (A27)."""
    return task.day_zero + timedelta(days=timer.length) if timer.bare_days else None


def parse_pattern(text: str) -> Pattern:
    """Read `name(field=a|b, other=c)`; a value may be empty. Raise ValueError where it is not of that form."""
    name, bracket, rest = text.partition("(")
    if bracket and not rest.endswith(")"):
        raise ValueError(f"{text!r} has no closing bracket")
    return Pattern(_name(name), parse_values(rest.removesuffix(")")))


@cache
def _pattern_of(anchor: str) -> Pattern:
    """Read an anchor once: a procedure has few, and they are asked for at every step."""
    return parse_pattern(anchor)


def parse_values(text: str) -> dict[str, tuple[str, ...]]:
    """Read `field=a|b, other=c`. Raise ValueError where it is not of that form."""
    values: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, choices = part.partition("=")
        if not equals:
            raise ValueError(f"{part!r} is not of the form field=value")
        values[_name(name)] = tuple(choice.strip() for choice in choices.split("|"))
    return values


def _name(text: str) -> str:
    name = text.strip()
    if not name.replace("_", "").isalnum():
        raise ValueError(f"{name!r} is not a name")
    return name


def rescheduled(task: Task, schedule: Schedule, calendar: WorkingCalendar) -> Task:
    """Give a task its new days, whatever a person had set by hand before taken into account."""
    due_on = task.extended_to or schedule.due_on
    if task.days_paused:
        due_on = calendar.add(due_on, task.days_paused)
    day_zero = task.begun_again_on or schedule.day_zero
    if (task.day_zero, task.due_on, task.outer_limit) == (day_zero, due_on, schedule.outer_limit):
        return task
    return replace(
        task,
        day_zero=day_zero,
        due_on=due_on,
        due_at=calendar.due_at(due_on),
        outer_limit=schedule.outer_limit,
    )
