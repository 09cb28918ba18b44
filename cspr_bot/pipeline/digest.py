"""The co-ordinator's day as facts: what must be done, what is held, what the program did, what comes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from cspr_bot.pipeline.digest_facts import (
    CaseLine,
    DayBook,
    DigestFacts,
    DoneLine,
    DutyLine,
    HeldLine,
    PastEvent,
    RecommendationLine,
    StuckLine,
    WeekBook,
    WeekLine,
)
from cspr_bot.pipeline.letters import agency_name, role_titles
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.subjects import notice_titles
from cspr_bot.pipeline.tracking import recommendation_facts
from cspr_bot.procedure.calendar import OutsideTableError, WorkingCalendar
from cspr_bot.procedure.case import Case, Task
from cspr_bot.procedure.engine import CLOCK_EVENT

OWN = "coordinator"
AHEAD = 10  # working days that are looked ahead
LOOKS_BACK = timedelta(days=31)  # however long nobody was told
SOURCES = {"mail": "by mail", "cli": "by command", "board": "on the board", "clock": "by itself"}


def looks_back_to(now: datetime, last: datetime | None, rules: Rules) -> datetime:
    """Give the moment from which a digest tells: the last working morning, or the last digest before today."""
    calendar = rules.calendar
    today = calendar.day_of(now)
    morning = calendar.remind_at(calendar.add(today, -1))
    if last is None or calendar.day_of(last) >= today:
        return morning
    return max(min(last, morning), now - LOOKS_BACK)


def is_first_of_week(on: date, calendar: WorkingCalendar) -> bool:
    """Say whether no working day of this week lies before this one: the day on which the week before is told of."""
    before = (on - timedelta(days) for days in range(1, on.weekday() + 1))
    return not any(calendar.covers(day) and calendar.is_working_day(day) for day in before)


def week_before(on: date) -> tuple[date, date]:
    """Give the Monday and the Sunday of the week before the one of this day."""
    monday = on - timedelta(days=on.weekday())
    return monday - timedelta(days=7), monday - timedelta(days=1)


def digest_of(book: DayBook, since: datetime, now: datetime, rules: Rules, week: WeekBook | None = None) -> DigestFacts:
    """Put a day book into words. Nothing in it is of a person: cases have references, duties have roles."""
    today = rules.calendar.day_of(now)
    until = _ahead(rules.calendar, today)
    real = [case for case in book.cases if not case.provisional]
    lines = sorted(
        (line for case in real for line in _duties(case, rules.showing(case.procedure), now)),
        key=lambda line: (line.due_on, not line.is_own, line.case, line.title),
    )
    return DigestFacts(
        on=today,
        since=since,
        until=until,
        today=tuple(line for line in lines if line.due_on <= today),
        coming=tuple(line for line in lines if today < line.due_on <= until),
        held=tuple(_held(book)),
        stuck=tuple(_stuck(book, rules)),
        done=tuple(_done(book, rules)),
        cases=tuple(_case(case) for case in real),
        troubled=book.troubled,
        week=None if week is None else WeekLine(*week_before(today), week),
        reconciled=book.reconciled,
        recommendations=tuple(line for case in real for line in _followed_up(case, rules, now)),
    )


def _followed_up(case: Case, rules: Rules, now: datetime) -> Iterator[RecommendationLine]:
    """Tell of the recommendations that are late or at risk, with the word for what a colour would show."""
    for item in recommendation_facts(case, rules.showing(case.procedure), now, is_named=True):
        if item.needs_attention:
            yield RecommendationLine(case.reference, item.key, item.agency_name, item.due_on, item.rag, item.said)


def _ahead(calendar: WorkingCalendar, today: date) -> date:
    """Give the tenth working day from here, or the last day of which the calendar knows."""
    try:
        return calendar.add(today, AHEAD)
    except OutsideTableError:
        return calendar.last


def _duties(case: Case, rules: Rules, now: datetime) -> Iterator[DutyLine]:
    """Join what several owe alike, so that a page stays a page."""
    joined: dict[tuple[str, date, str], list[Task]] = {}
    for task in case.open_tasks:
        joined.setdefault((task.timer, task.due_on, "" if task.paused_on is None else "paused"), []).append(task)
    for (name, due_on, said), tasks in joined.items():
        timer, first = rules.procedure.timers.get(name), tasks[0]
        keys = ", ".join(task.key for task in tasks if task.key)
        yield DutyLine(
            case=case.reference,
            title=f"{timer.title if timer else name} {keys}".strip(),
            whose=", ".join(dict.fromkeys(whose for task in tasks for whose in _whose(task, rules, now))),
            due_on=due_on,
            said=said or time_left(first, rules, now),
            is_late=not said and any(task.due_at <= now for task in tasks),
            is_own=all(OWN in task.roles for task in tasks),
            is_statutory=timer is not None and timer.statutory,
            clause=timer.cite if timer else "",
        )


def _whose(task: Task, rules: Rules, now: datetime) -> tuple[str, ...]:
    return (agency_name(task.agency, rules.book, now, rules),) if task.agency else tuple(role_titles(task.roles, rules))


def time_left(task: Task, rules: Rules, now: datetime) -> str:
    """Say how many working days are left for a duty, or how many it is late."""
    days = rules.calendar.working_days_between(rules.calendar.day_of(now), task.due_on)
    if task.due_at <= now:
        return f"{_days(-days)} late" if days < 0 else "late since the office closed"
    return f"{_days(days)} left" if days else "today"


def _days(number: int) -> str:
    return "1 working day" if number == 1 else f"{number} working days"


def _held(book: DayBook) -> Iterator[HeldLine]:
    clocks = {case.reference: case.open_tasks for case in book.cases if case.provisional}
    for mail in book.held:
        days = [task.due_on for task in clocks.get(f"held:{mail.id}", ())]
        yield HeldLine(mail.id, mail.received_at, mail.reasons, min(days, default=None))


def _stuck(book: DayBook, rules: Rules) -> Iterator[StuckLine]:
    titles = notice_titles(rules.procedure)
    for mail in book.stuck:
        whose = next(iter(role_titles((mail.role,), rules)))
        yield StuckLine(mail.id, mail.case, titles.get(mail.notice, mail.notice), whose, mail.status)


def _done(book: DayBook, rules: Rules) -> Iterator[DoneLine]:
    """Tell what was received, then case by case what was recorded and what was sent."""
    if book.received:
        yield DoneLine("", (f"{book.received} {'mail' if book.received == 1 else 'mails'} taken in from the mailbox",))
    titles = notice_titles(rules.procedure)
    for case in dict.fromkeys((*(item.case for item in book.events), *(item.case for item in book.sent))):
        recorded = (_recorded(event, rules) for event in book.events if event.case == case and _is_told(event))
        sent = Counter(titles.get(mail.notice, mail.notice) for mail in book.sent if mail.case == case)
        words = (*recorded, *(_sent(title, number) for title, number in sent.items()))
        if words:
            yield DoneLine(case, words)


def _is_told(event: PastEvent) -> bool:
    return event.name != CLOCK_EVENT


def _recorded(event: PastEvent, rules: Rules) -> str:
    rule = rules.procedure.events.get(event.name)
    title = rule.title if rule else event.name.replace("_", " ")
    at = event.known_at.astimezone(rules.calendar.hours.zone)
    return f"Recorded {SOURCES.get(event.source, event.source)} at {at:%H:%M}: {title}"


def _sent(title: str, number: int) -> str:
    return f"Sent {number} {'mail' if number == 1 else 'mails'}: {title}"


def _case(case: Case) -> CaseLine:
    flags = tuple(flag.replace("_", " ") for flag in sorted(case.flags))
    return CaseLine(case.reference, case.stages.get("main", "not yet worked on").replace("_", " "), flags)


def soonest(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Put cases in the order in which something is due on them; what is not due at all comes last."""

    def next_due(case: Case) -> tuple[date, str]:
        return min((task.due_on for task in case.open_tasks), default=date.max), case.reference

    return tuple(sorted(cases, key=next_due))
