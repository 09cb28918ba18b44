"""What another procedure would change for a case: its duties as they are, beside what they would be."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from cspr_bot.procedure.case import Case, Refusal, Task
from cspr_bot.procedure.engine import replay
from cspr_bot.procedure.reminders import ladder_of, next_rung
from cspr_bot.procedure.tasks import Ground

Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty as a comparison tells it. `reminds_at` is its next reminder, None where none is to come."""

    timer: str
    title: str
    roles: tuple[str, ...]
    agency: str | None
    due_on: date
    is_open: bool
    statutory: bool
    reminds_at: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One duty that is not the same: `before` is None where it would be new, `after` where it would fall away."""

    before: Duty | None
    after: Duty | None

    @property
    def what(self) -> tuple[str, ...]:
        """Name what differs: new, dropped, due, owner, done, title, law or reminder."""
        before, after = self.before, self.after
        if before is None or after is None:
            return ("new",) if before is None else ("dropped",)
        pairs = (
            ("due", before.due_on, after.due_on),
            ("owner", before.roles, after.roles),
            ("done", before.is_open, after.is_open),
            ("title", before.title, after.title),
            ("law", before.statutory, after.statutory),
            ("reminder", before.reminds_at, after.reminds_at),
        )
        return tuple(name for name, old, new in pairs if old != new)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What would differ on one case. `problems` say why its history could not have been; then nothing is compared."""

    differences: tuple[Difference, ...] = ()
    stages: tuple[tuple[str, str, str], ...] = ()
    problems: tuple[str, ...] = ()


def compared(case: Case, now: Ground, other: Ground) -> Comparison:
    """Let a case's own history happen again under another procedure, and compare. Nothing of the case is changed.

    What was done is done in both. Reminders that have gone count as gone, so that the next one is what would really
    come next.
    """
    again = replay(case, case.history, other, "its history could not have been")
    if isinstance(again, Refusal):
        return Comparison(problems=again.problems)
    sent = {task.id: task for task in case.tasks}
    tasks = tuple(_as_sent(task, sent.get(task.id)) for task in again.tasks)
    whole = difference(case, now, replace(again, tasks=tasks), other)
    return replace(whole, differences=tuple(item for item in whole.differences if _is_still_to_do(item)))


def difference(before: Case, now: Ground, after: Case, other: Ground) -> Comparison:
    """Compare two cases, duty by duty: those of one clock and agency in the order in which they were opened."""
    old, new = dict(_named(before.tasks)), dict(_named(after.tasks))
    pairs = ((_duty(old.get(name), now), _duty(new.get(name), other)) for name in dict.fromkeys((*old, *new)))
    found = (Difference(*pair) for pair in pairs if pair != (None, None))
    stages = tuple(
        (region, before.stages.get(region, ""), after.stages.get(region, ""))
        for region in dict.fromkeys((*before.stages, *after.stages))
        if before.stages.get(region) != after.stages.get(region)
    )
    return Comparison(tuple(sorted((item for item in found if item.what), key=_first_due)), stages)


def _named(tasks: Iterable[Task]) -> Iterator[tuple[Name, Task]]:
    """Name tasks by all but the number of the event that opened them, which need not be the same in two courses."""
    seen: Counter[str] = Counter()
    for task in tasks:
        kind = task.id.rpartition(".")[0]
        seen[kind] += 1
        yield (kind, seen[kind]), task


def _duty(task: Task | None, ground: Ground) -> Duty | None:
    if task is None or task.status == "cancelled":
        return None
    timer = ground.procedure.timers[task.timer]
    ladder = ladder_of(timer, task, ground.procedure, ground.calendar)
    rung = next_rung(task, ladder, ground.calendar)
    return Duty(
        timer=task.timer,
        title=timer.title,
        roles=task.roles,
        agency=task.agency,
        due_on=task.due_on,
        is_open=task.is_open,
        statutory=timer.statutory,
        reminds_at=rung.at if rung else None,
    )


def _as_sent(task: Task, sent: Task | None) -> Task:
    if sent is None:
        return replace(task, rung=0, rung_base=0)
    return replace(task, rung=sent.rung, rung_base=sent.rung_base, ladder_from=sent.ladder_from)


def _is_still_to_do(item: Difference) -> bool:
    """Say whether anybody would notice: by when a duty was due that is done in both is of no account."""
    return any(duty is not None and duty.is_open for duty in (item.before, item.after))


def _first_due(item: Difference) -> tuple[date, str]:
    duties = [duty for duty in (item.before, item.after) if duty is not None]
    return min(duty.due_on for duty in duties), duties[0].timer
