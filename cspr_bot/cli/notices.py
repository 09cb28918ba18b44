"""What each mail is about, in words: tables and the demonstration name it so."""

from cspr_bot.config import Home
from cspr_bot.procedure.definition import Timer

REMINDER = "-reminder"


def subjects_of(home: Home) -> dict[str, str]:
    """Say of every notice what it is about: the duty it asks for, or what it tells."""
    subjects = {rule.name: rule.title for rule in home.procedure.notices.values()}
    for timer in home.procedure.timers.values():
        for name in _notices_of(timer):
            subjects.setdefault(name, f"{'Reminder: ' if name.endswith(REMINDER) else ''}{timer.title}")
    return subjects


def clauses_of(home: Home) -> dict[str, str]:
    """Say of every notice why it goes: the clause of its duty, and the clock."""
    clauses = {rule.name: rule.cite for rule in home.procedure.notices.values()}
    for timer in home.procedure.timers.values():
        for name in _notices_of(timer):
            clauses.setdefault(name, f"{timer.name}, {timer.cite}" if timer.name.startswith("T") else timer.cite)
    return clauses


def _notices_of(timer: Timer) -> tuple[str, ...]:
    if timer.ladder == "none":
        return ()
    variants = [notice for _, name in timer.notice_when for notice in (name, f"{name}{REMINDER}")]
    names = (timer.request_notice, timer.reminder_notice, timer.breached_notice, *variants)
    return tuple(name for name in names if name and name != "none")
