"""Deadlines in people's calendars: which mails bear one, whose calendars have one, and what a step changes there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cspr_bot.pipeline.kept import GivenEntry
from cspr_bot.pipeline.ports import Recipient
from cspr_bot.procedure.case import Case, Notification, Task

CALENDAR = "N13-calendar"
# Mails about what happened, which bear the change in their reader's calendar; where none goes, `CALENDAR` does.
BEARING = frozenset({"N13", "N13-answer", "N13-change", "N3-dates", CALENDAR})

Kind = Literal["moved", "settled", "open"]


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of an entry: its day has moved, it is settled, or it is to stand there again."""

    kind: Kind
    task: Task
    given: GivenEntry
    before: date


def borne_by(order: Notification, recipient: Recipient, case: Case) -> Task | None:
    """Give the duty that a mail puts into its recipient's calendar: one of their own, still open.

    The request bears it, and every reminder bears it anew. Whoever is only told of it keeps an empty calendar.
    """
    task = case.task(order.task) if order.task else None
    is_own = task is not None and recipient.may_answer and recipient.role in task.roles
    return task if is_own and task is not None and task.is_open and not case.provisional else None


def touched(before: Case, after: Case) -> frozenset[str]:
    """Name the duties of which a calendar no longer says what holds: closed, moved, taken back or open again."""
    names = {task.id for task in (*before.tasks, *before.taken_back)}
    return frozenset(name for name in names if _kind(before.task(name), after.task(name)) is not None)


def changes(before: Case, after: Case, given: Iterable[GivenEntry]) -> Mapping[str, tuple[Change, ...]]:
    """Give what a step changes in each calendar, by its address; every duty once for each.

    An entry that still waits to leave and is settled already never left: there is nothing to take out.
    """
    found: dict[str, dict[str, Change]] = {}
    for entry in given:
        was, now = before.task(entry.task), after.task(entry.task)
        kind, task = _kind(was, now), now or was
        if kind is None or task is None or (kind == "settled" and not entry.may_have_left):
            continue
        change = Change(kind, task, entry, was.due_on if was else task.due_on)
        found.setdefault(entry.address, {})[entry.task] = change
    return {address: tuple(own.values()) for address, own in found.items()}


def standing(number: int, address: str, case: Case, given: Iterable[GivenEntry]) -> Iterator[Change]:
    """Give what a calendar is to say now, for a mail that tells of an event and has to be written anew."""
    for entry in {item.task: item for item in given if item.address == address}.values():
        task = case.task(entry.task)
        if task is not None and task.is_open:
            yield Change("open", task, entry, task.due_on)
        elif task is not None and task.closed_by == number and entry.may_have_left:
            yield Change("settled", task, entry, task.due_on)


def _kind(was: Task | None, now: Task | None) -> Kind | None:
    was_open, is_open = was is not None and was.is_open, now is not None and now.is_open
    if was_open != is_open:
        return "open" if is_open else "settled"
    has_moved = was is not None and now is not None and was.due_at != now.due_at
    return "moved" if is_open and has_moved else None
