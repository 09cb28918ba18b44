"""How each recommendation of a case stands: whose it is, by when, and red, amber or green with the word for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Case, Event, Task
from cspr_bot.procedure.definition import Procedure

Rag = Literal["red", "amber", "green", "closed"]
ADDED, UPDATED, CLOSED = "action_added", "action_updated", "action_closed"
AT_RISK, AWAITING, NOT_STARTED = "at_risk", "awaiting_evidence", "not_started"
DONE = "done"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation. `status` is what was last said of it, and `updated_on` the day on which it was.

    `days_left` are working days, negative once it is late. `added_by` and `closed_by` are the events that tell what
    is asked, and how it ended.
    """

    key: str
    agency: str
    due_on: date
    status: str
    rag: Rag
    days_left: int
    updated_on: date
    added_by: int
    closed_by: int | None = None

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to look at it: it is late, or may become so."""
        return self.rag in ("red", "amber")


def recommendations(
    case: Case, procedure: Procedure, calendar: WorkingCalendar, today: date
) -> tuple[Recommendation, ...]:
    """Give every recommendation of a case, in the order in which they were accepted."""
    keyed = [task for task in case.tasks if procedure.timers[task.timer].key_field and task.key]
    return tuple(_recommendation(task, case, procedure.recommendations_amber_days, calendar, today) for task in keyed)


def _recommendation(task: Task, case: Case, amber_days: int, calendar: WorkingCalendar, today: date) -> Recommendation:
    told = list(_told_of(task, case))
    said = next((event.fields["status"] for event in reversed(told) if event.fields.get("status")), NOT_STARTED)
    left = calendar.working_days_between(today, task.due_on)
    return Recommendation(
        key=task.key,
        agency=task.agency or "",
        due_on=task.due_on,
        status=said if task.is_open else _ending(task, case),
        rag=_rag(said, left, amber_days) if task.is_open else "closed",
        days_left=left,
        updated_on=calendar.day_of(told[-1].at) if told else task.day_zero,
        added_by=task.opened_by,
        closed_by=task.closed_by,
    )


def _rag(status: str, days_left: int, amber_days: int) -> Rag:
    """Red is late, amber is at risk: by its owner's own word, or because nobody has begun and the day is near.

    What is carried out and waits for its evidence is amber once its day has passed, for nobody has seen it yet.
    """
    if days_left < 0:
        return "amber" if status == AWAITING else "red"
    is_near = status == NOT_STARTED and days_left <= amber_days
    return "amber" if status == AT_RISK or is_near else "green"


def _told_of(task: Task, case: Case) -> Iterator[Event]:
    """Give what was recorded of one recommendation since it was accepted; an update may leave its agency out."""
    for event in case.history:
        is_of_it = event.name in {ADDED, UPDATED, CLOSED} and event.fields.get("action") == task.key
        if is_of_it and event.number >= task.opened_by and event.fields.get("agency") in (None, "", task.agency):
            yield event


def _ending(task: Task, case: Case) -> str:
    """Say how it ended: done, not accepted, or cancelled with its case."""
    event = next((item for item in case.history if item.number == task.closed_by), None)
    if task.status == "cancelled" or event is None:
        return task.status
    return event.fields.get("outcome") or DONE
