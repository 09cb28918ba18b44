"""What each mail is about and why it goes: tables and the demonstration name it so."""

from cspr_bot.config import Home
from cspr_bot.pipeline.subjects import notice_titles, notices_of


def subjects_of(home: Home) -> dict[str, str]:
    """Say of every notice what it is about: the duty it asks for, or what it tells."""
    return notice_titles(home.procedure)


def clauses_of(home: Home) -> dict[str, str]:
    """Say of every notice why it goes: the clause of its duty, and the clock."""
    clauses = {rule.name: rule.cite for rule in home.procedure.notices.values()}
    for timer in home.procedure.timers.values():
        for name in notices_of(timer):
            clauses.setdefault(name, f"{timer.name}, {timer.cite}" if timer.name.startswith("T") else timer.cite)
    return clauses
