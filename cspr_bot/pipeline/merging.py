"""Two referrals of one incident: what the case that stays learns from the one that is joined to it (A34)."""

from collections.abc import Iterator
from datetime import datetime

from cspr_bot.pipeline.kept import CaseFile, NewEvent
from cspr_bot.procedure.case import Case
from cspr_bot.procedure.definition import Procedure

# Of two answers on two forms the graver counts, from left to right.
_GRAVER = {
    "deceased": ("no", "", "unknown", "yes"),
    "abuse_or_neglect": ("no", "", "unknown", "suspected", "known"),
}
_TOLD = {"deceased": {"unknown", "yes"}, "abuse_or_neglect": {"suspected", "known"}}


def joining(gone: CaseFile, stays: CaseFile, at: datetime, by: str) -> NewEvent:
    """Give the event that joins one case to another: every day it knows, the graver answers, and its referrers."""
    case = gone.case
    fields = {
        "from": case.reference,
        **{name: day.isoformat() for name, day in case.dates.items()},
        **({"la_referrer": "yes"} if case.facts.get("la_referrer") == "yes" else {}),
        **dict(_graver_answers(case, stays.case)),
    }
    known = {event.number for event in case.history}
    parties = tuple(one for one in gone.parties if one.joined_by is None or one.joined_by in known)
    return NewEvent(stays.case.reference, "case_joined", at, "cli", by, fields, parties=parties)


def left_behind(gone: Case, stays: Case, procedure: Procedure) -> tuple[str, ...]:
    """Name what ends with the case that goes and has no like on the one that stays: open duties, and those done."""
    staying = {(task.timer, task.agency) for task in stays.open_tasks}
    closed = {(task.timer, task.agency) for task in stays.tasks if task.status == "done"}
    open_here = [
        f"open on {gone.reference} and not on {stays.reference}: {procedure.timers[task.timer].title}"
        for task in gone.open_tasks
        if task.timer in procedure.timers and (task.timer, task.agency) not in staying | closed
    ]
    done_here = [
        f"done on {gone.reference} and still open on {stays.reference}: {procedure.timers[task.timer].title}"
        for task in gone.tasks
        if task.status == "done" and task.timer in procedure.timers and (task.timer, task.agency) in staying
    ]
    return tuple(dict.fromkeys((*open_here, *done_here)))


def _graver_answers(gone: Case, stays: Case) -> Iterator[tuple[str, str]]:
    for name, order in _GRAVER.items():
        said, have = gone.facts.get(name, ""), stays.facts.get(name, "")
        if said in _TOLD[name] and order.index(said) > order.index(have if have in order else ""):
            yield name, said
