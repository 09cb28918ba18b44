"""A case's duties as the bars of its timeline: alike ones joined, none from a day that stands on a form."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from cspr_bot.letters.timeline import Bar, State, Timeline, short, window
from cspr_bot.pipeline.letters import agency_name
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case, Task

SOON = 2  # working days: from here on a duty is amber
RECENTLY = 5  # working days: so long a duty that was done is still shown


def timeline_of(case: Case, rules: Rules, now: datetime) -> Timeline:
    """Give what is open on a case, and what was done in the last days, soonest first."""
    today = rules.calendar.day_of(now)
    shown = (task for task in case.tasks if task.is_open or _was_done_lately(task, today, rules))
    bars = tuple(_bars(shown, rules, now, today))
    first, last = window(bars, today, rules.calendar)
    title = f"{case.reference}: {case.stages['main'].replace('_', ' ')}"
    return Timeline(title, bars, first, last, today)


def course_timeline(case: Case, rules: Rules, title: str) -> Timeline:
    """Give every duty of an imagined case from its opening to its due day, as they follow each other."""
    end = max((task.due_at for task in case.tasks), default=datetime.min.replace(tzinfo=rules.calendar.hours.zone))
    bars = tuple(_bars(case.tasks, rules, end, None))
    first = min((bar.begins_on for bar in bars), default=rules.calendar.first)
    last = max((bar.due_on for bar in bars), default=first)
    return Timeline(title, bars, rules.calendar.on_or_before(first), last)


def _bars(tasks: Iterable[Task], rules: Rules, now: datetime, today: date | None) -> Iterator[Bar]:
    """Join the duties of one clock that are due on one day and stand alike; name those whose they are."""
    joined: dict[tuple[str, date, State, date | None], list[Task]] = {}
    for task in sorted(tasks, key=lambda item: (item.due_on, item.opened_at, item.id)):
        ended_on = rules.calendar.day_of(task.closed_at) if task.closed_at is not None and today is not None else None
        state = state_of(task, rules, now) if today is not None else "later"
        joined.setdefault((task.timer, task.due_on, state, ended_on), []).append(task)
    for (timer, due_on, state, ended_on), alike in joined.items():
        whose = dict.fromkeys(filter(None, (_whose(task, rules, now) for task in alike)))
        known = rules.procedure.timers.get(timer)
        title = ": ".join(filter(None, (known.title if known else timer, ", ".join(whose))))
        begins_on = min(rules.calendar.day_of(task.opened_at) for task in alike)
        yield Bar(title, min(begins_on, due_on), due_on, state, _said(due_on, state, ended_on, today, rules), ended_on)


def state_of(task: Task, rules: Rules, now: datetime) -> State:
    """Say how a duty stands: red, amber or green, or no more to be done."""
    if not task.is_open:
        return "done" if task.status == "done" else "cancelled"
    if task.due_at <= now:
        return "late"
    days = rules.calendar.working_days_between(rules.calendar.day_of(now), task.due_on)
    return "soon" if days <= SOON else "later"


def _said(due_on: date, state: State, ended_on: date | None, today: date | None, rules: Rules) -> str:
    if ended_on is not None:
        return f"{'done' if state == 'done' else 'cancelled'} {short(ended_on)}"
    if today is None:
        return f"{short(due_on)} {due_on.year}"
    days = rules.calendar.working_days_between(today, due_on)
    if state == "late":
        return f"{_days(-days)} late" if days < 0 else "late since the office closed"
    if days == 0:
        return f"today, {short(due_on)}"
    year = f" {due_on.year}" if due_on.year != today.year and days > 20 else ""
    return f"{_days(days)} left, {short(due_on)}{year}"


def _days(number: int) -> str:
    return "1 working day" if number == 1 else f"{number} working days"


def _whose(task: Task, rules: Rules, now: datetime) -> str:
    """Tell the duties of one clock apart: by the agency, or by the number of the recommendation."""
    name = agency_name(task.agency, rules.book, now, rules) if task.agency else ""
    return " ".join(filter(None, (name, task.key)))


def _was_done_lately(task: Task, today: date, rules: Rules) -> bool:
    if task.status != "done" or task.closed_at is None or task.closed_by == task.opened_by:
        return False
    closed_on = rules.calendar.day_of(task.closed_at)
    return rules.calendar.covers(closed_on) and rules.calendar.working_days_between(closed_on, today) <= RECENTLY
