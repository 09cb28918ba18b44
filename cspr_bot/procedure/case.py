"""A case as the rules see it: stages, tasks, flags and what happened, without a word about a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Source = Literal["mail", "cli", "clock", "board"]
TaskStatus = Literal["open", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a case.

    `at` is when it happened, `known_at` when the program learned it; the two differ where a person records a
    decision of last week. Fields hold choices, dates and keys only: of free text the rules see that it was given.
    """

    number: int
    name: str
    at: datetime
    known_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimeReached:
    """Time itself as an event: nothing else in the rules knows what the clock says."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """One duty of one owner with its own deadline.

    `rung` is the highest number that a reminder of this task bore, `rung_base` the number from which the ladder now
    counts (it moves when a due day is moved on purpose), and no rung whose moment lies before `ladder_from` is sent.
    `key` tells tasks of one timer apart (a recommendation's). `skipped` are anchors whose due day had passed when
    the task opened. `ticks` are those given already. `days_paused` counts working days. `begun_again_on` is the day
    zero of a task that closing its case had cancelled and reopening opened again.
    """

    id: str
    timer: str
    roles: tuple[str, ...]
    agency: str | None
    opened_by: int
    opened_at: datetime
    ladder_from: datetime
    day_zero: date
    due_on: date
    due_at: datetime
    outer_limit: date | None = None
    key: str = ""
    skipped: tuple[str, ...] = ()
    status: TaskStatus = "open"
    closed_at: datetime | None = None
    closed_by: int | None = None
    is_overdue: bool = False
    rung: int = 0
    rung_base: int = 0
    ticks: tuple[str, ...] = ()
    paused_on: date | None = None
    days_paused: int = 0
    extended_to: date | None = None
    begun_again_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether the duty is still to be done, paused or not."""
        return self.status == "open"


@dataclass(frozen=True, slots=True)
class Case:
    """One case: the sum of its history, under one procedure.

    `stages` maps a region to its stage, and a region that is kept per agency to nothing until an agency has one;
    those are in `agency_stages`, region → agency → stage. `history` lacks what was withdrawn, and holds the moments
    at which time itself decided something; `last_number` is the highest number an event ever had. `provisional` is
    a held mail that may be a referral: its clocks run, and its mails go to the people who can release it.
    `quiet_until`: a case taken over while running sends nothing for what happened before. `reopened_into` is the
    stage that a reopened case is still in: as long as it is, only a person closes it again. `taken_back` are tasks
    that a withdrawal took away, kept for what was sent for them. `repeated` are the notices that go again and again,
    each with the day of its last turn. `procedure` is the key of the version that the case goes by.
    """

    reference: str
    provisional: bool = False
    quiet_until: datetime | None = None
    stages: Mapping[str, str] = field(default_factory=dict)
    agency_stages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stage_before_closing: str | None = None
    closing_event: int | None = None
    reopened_into: str | None = None
    agencies: tuple[str, ...] = ()
    dates: Mapping[str, date] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    tasks: tuple[Task, ...] = ()
    taken_back: tuple[Task, ...] = ()
    history: tuple[Event, ...] = ()
    last_number: int = 0
    repeated: Mapping[str, date] = field(default_factory=dict)
    procedure: str = ""

    def task(self, task_id: str) -> Task | None:
        """Find a task by its id."""
        return next((task for task in self.tasks if task.id == task_id), None)

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """The duties still to be done, in the order in which they were opened."""
        return tuple(task for task in self.tasks if task.is_open)


Seat = Literal["holder", "deputies", "escalate_to"]


@dataclass(frozen=True, slots=True)
class Notification:
    """A mail that the rules order, addressed to a seat and never to an address.

    `rung` is 0 for a request or a notice. `key` names it among all mails of the case for ever: a second one with the
    same key and recipient is the same mail. `also_to` are the roles that get one of their own.
    """

    key: str
    notice: str
    role: str
    agency: str | None = None
    seat: Seat = "holder"
    task: str | None = None
    timer: str | None = None
    event: int | None = None
    rung: int = 0
    level: str | None = None
    also_to: tuple[str, ...] = ()
    when_all_sent: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """An open duty that is due on another day now."""

    timer: str
    roles: tuple[str, ...]
    agency: str | None
    key: str
    before: date
    after: date


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one event: the case as it is now, the mails to write, and when to look again.

    `warnings` are for the person who recorded the event; `happened` names what the rules concluded by themselves
    (`deadline_passed`, `rung_reached`, `stage_entered`), for the audit log; `moved` are the duties that are due on
    another day now.
    """

    case: Case
    mails: tuple[Notification, ...]
    next_moment: datetime | None
    warnings: tuple[str, ...] = ()
    happened: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that the stages do not allow, or whose fields are wrong: why, and what is allowed now."""

    problems: tuple[str, ...]
    allowed_now: tuple[str, ...] = ()
