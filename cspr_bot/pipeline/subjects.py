"""What each mail is about, in words: lists, the digest and the demonstration name it so."""

from collections.abc import Iterator

from cspr_bot.procedure.definition import Procedure, Timer

REMINDER = "-reminder"


def notice_titles(procedure: Procedure) -> dict[str, str]:
    """Say of every notice what it is about: the duty it asks for, or what it tells."""
    titles = {rule.name: rule.title for rule in procedure.notices.values()}
    for timer in procedure.timers.values():
        for name in notices_of(timer):
            is_reminder = name.endswith(REMINDER) or name not in _asking(timer)
            titles.setdefault(name, f"{'Reminder: ' if is_reminder else ''}{timer.title}")
    titles.setdefault(procedure.provisional_notice, "Reminder: a held mail may be a referral")
    return titles


def _asking(timer: Timer) -> frozenset[str]:
    """Name the notices of a timer that ask for the first time."""
    return frozenset({timer.request_notice, timer.breached_notice, *(name for _, name in timer.notice_when)})


def notices_of(timer: Timer) -> Iterator[str]:
    """Name the notices that a duty is asked for, chased and escalated with."""
    if timer.ladder == "none":
        return
    variants = [notice for _, name in timer.notice_when for notice in (name, f"{name}{REMINDER}")]
    for name in (timer.request_notice, timer.reminder_notice, timer.breached_notice, *variants):
        if name and name != "none":
            yield name
