"""Notices that go again and again: when the next turn comes, which one has been reached, and to whom it goes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from cspr_bot.procedure.case import Case, Notification
from cspr_bot.procedure.conditions import holds
from cspr_bot.procedure.definition import NoticeRule
from cspr_bot.procedure.notifications import repeated_notice
from cspr_bot.procedure.recommendations import recommendations
from cspr_bot.procedure.tasks import Ground


def next_turns(case: Case, ground: Ground) -> Iterator[datetime]:
    """Give the moment of the next turn of each notice that repeats; none beyond the table of holidays."""
    for rule in _running(case, ground):
        since, last = _since(rule, case, ground), case.repeated.get(rule.name)
        if since is None:
            continue
        day = _turn_after(since if last is None else max(since, last), since, rule, ground)
        if day is not None:
            yield ground.calendar.remind_at(day)


def turns_reached(case: Case, at: datetime, ground: Ground) -> Iterator[tuple[NoticeRule, date]]:
    """Give the notices whose turn has come, each with the last of its days that have: what was missed stays missed."""
    for rule in _running(case, ground):
        since, last = _since(rule, case, ground), case.repeated.get(rule.name)
        day = None if since is None else _turn_by(at, since, rule, ground)
        if day is not None and (last is None or day > last):
            yield rule, day


def with_turn(case: Case, rule: NoticeRule, day: date) -> Case:
    """Give the case with a turn taken, whether or not there was anything to tell."""
    return replace(case, repeated={**case.repeated, rule.name: day})


def told_at_turn(rule: NoticeRule, day: date, case: Case, at: datetime, ground: Ground) -> tuple[Notification, ...]:
    """Order the mails of a turn; none where nothing that the notice is about needs anybody's attention."""
    if rule.about == "recommendations":
        standing = recommendations(case, ground.procedure, ground.calendar, ground.calendar.day_of(at))
        if not any(item.needs_attention for item in standing):
            return ()
    return tuple(repeated_notice(rule, day, case))


def _running(case: Case, ground: Ground) -> Iterator[NoticeRule]:
    for rule in ground.procedure.notices.values():
        if rule.every and not case.provisional and holds(rule.only_if, case):
            yield rule


def _since(rule: NoticeRule, case: Case, ground: Ground) -> date | None:
    """Give the day from which the turns count: that of the first such event, or of the taking over of the case."""
    first = next((event for event in case.history if any(pattern.matches(event) for pattern in rule.on)), None)
    if first is None:
        return None
    return ground.calendar.day_of(max(first.known_at, case.quiet_until or first.known_at))


def _turn_after(day: date, since: date, rule: NoticeRule, ground: Ground) -> date | None:
    """Give the first turn after a day."""
    calendar = ground.calendar
    number = calendar.working_days_between(since, day) // rule.every + 1
    ahead = number * rule.every
    if calendar.working_days_between(since, calendar.last) < ahead:
        return None
    return calendar.add(since, ahead)


def _turn_by(at: datetime, since: date, rule: NoticeRule, ground: Ground) -> date | None:
    """Give the last turn that has come by a moment; None before the first."""
    calendar = ground.calendar
    today = calendar.day_of(at)
    if at < calendar.remind_at(today):
        today -= timedelta(days=1)
    number = calendar.working_days_between(since, today) // rule.every
    return calendar.add(since, number * rule.every) if number > 0 else None
