"""A procedure as values: stages, events, timers, ladders, notices and answers, as `procedure.toml` words them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from cspr_bot.procedure.case import Event

Unit = Literal["working_days", "days", "months", "date"]
Combine = Literal["earliest", "first_known"]
Per = Literal["case", "agency", "role"]
Level = Literal["L0", "L1", "L2", "L3", "none"]

# What the rules conclude by themselves. Nobody can record these; transitions and timers may wait for them.
INTERNAL_EVENTS = frozenset({"mail_held", "mail_released", "deadline_passed", "rung_reached"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event with some of its fields fixed, written `name(field=value, field=a|b)`.

    A field that the event lacks counts as "", so `agencies=` matches where none were named.
    """

    event: str
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def matches(self, event: Event) -> bool:
        """Say whether this event is such a one."""
        return event.name == self.event and all(
            event.fields.get(name, "") in values for name, values in self.fields.items()
        )


FieldKind = Literal["choice", "date", "agency", "agencies", "timer", "role", "number", "event", "key", "text"]


@dataclass(frozen=True, slots=True)
class Field:
    """What one field of an event may hold. Of a `text` the rules learn only that it was given."""

    name: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    is_required: bool = True


Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Move:
    """Where an event takes a region: `to` its new stage, if everything named holds; the first that does wins.

    `when` are fields of the event, `start` the stages it may come from (empty means any), `only_if` stages and facts
    of the case. An `after` pattern must match the last event of its name. `to` may be "previous": the stage before
    closing.
    """

    region: str
    to: str
    when: Values = field(default_factory=dict)
    start: tuple[str, ...] = ()
    only_if: Values = field(default_factory=dict)
    after: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagRule:
    """A flag that an event raises or clears, where its fields are so and nothing in `unless_after` has happened."""

    flag: str
    when: Values = field(default_factory=dict)
    unless_after: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """What the rules say to an event before it is recorded: a refusal, a demand for a reason, or a warning.

    It speaks where all that it names holds: fields of the event, stages and facts of the case, what has happened or
    has not, and one at least of its flags. `says` is for the person who records.
    """

    effect: Literal["refuse", "needs_reason", "warn"]
    says: str
    when: Values = field(default_factory=dict)
    only_if: Values = field(default_factory=dict)
    after: tuple[Pattern, ...] = ()
    unless_after: tuple[Pattern, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """Tasks that an event ends undone: those of one timer, "rest" (all but what outlives an exit) or "all".

    `when` are fields of the event, `unless` stages and facts of the case that keep them open.
    """

    timer: str
    when: Values = field(default_factory=dict)
    unless: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event: its fields, the main stages in which it may be recorded, and what it moves.

    In `allowed_in` the word "*" is every stage of the main region that is not final. `remembers` are fields whose
    last value the case keeps as a fact. `refused_while` "statutory" refuses it while a statutory task is open unless
    its reason is given; in `needs_reason_from` stages a reason is required.
    """

    name: str
    title: str
    fields: tuple[Field, ...] = ()
    allowed_in: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    raises: tuple[FlagRule, ...] = ()
    clears: tuple[FlagRule, ...] = ()
    cancels: tuple[Cancel, ...] = ()
    remembers: tuple[str, ...] = ()
    reopens: bool = False
    refused_while: Literal["", "statutory"] = ""
    needs_reason_from: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    cite: str = ""

    def field(self, name: str) -> Field | None:
        """Find a field by its name."""
        return next((item for item in self.fields if item.name == name), None)


@dataclass(frozen=True, slots=True)
class Region:
    """One of the parallel lines of a case: its stages in order of telling, the first one, and the final ones."""

    name: str
    stages: tuple[str, ...]
    initial: str
    final: tuple[str, ...] = ()
    per: Per = "case"


@dataclass(frozen=True, slots=True)
class RungRule:
    """One rung: `offset` working (or calendar) days from the due day, negative before it, at a local time."""

    offset: int
    level: Level
    unit: Literal["working_days", "days"] = "working_days"
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a task is chased: its rungs in order of time, then overdue ones without end.

    The first overdue rung comes `overdue_first` working days after the due day, then one every `overdue_every`; with
    `overdue_every` 0 the ladder ends.
    """

    name: str
    rungs: tuple[RungRule, ...]
    overdue_first: int = 1
    overdue_every: int = 1
    overdue_level: Level = "L3"


@dataclass(frozen=True, slots=True)
class Moment:
    """A named anchor that several timers count from, such as the clock of the rapid review."""

    name: str
    anchors: tuple[str, ...]
    combine: Combine = "earliest"


@dataclass(frozen=True, slots=True)
class Timer:
    """One clock of the procedure.

    Anchors are words: a date of the case (`incident_on`, `aware_on`, `la_aware_on`, `submitted_on`, `received_on`,
    `la_referrer_aware`), `opening` and `asked` (the day on which what opened the task happened, and on which we
    learned it), a named moment, an event pattern (the day it happened last), or `event.field` (a date in it).
    `length` counts from the anchor, backwards where it is negative; with unit "date" the anchor is the due day. A due
    day of the other units that is no working day gives way to the one before it, or with `roll` "on" after it.
    `not_after` names a timer whose due day caps this one.

    `opened_by` opens a task for the case, for each agency of the case or of the event, or for each role in `roles`,
    unless one stays open or the agency has done it already. An event that both opens and closes ends the old task
    and begins the next; where there was none, it is done as it opens. `needs` must have happened before,
    `unless_after` must not, `only_if` and `unless` are stages and facts of the case. With `ticks`, a closing event
    gives the one in its field `tick`, and the last one closes the task. With `key_field`, tasks are told apart by
    that field of their events. `late_event` are events that open a task later than the others', which then has
    `late_minimum` working days at least. `ask` is its title as an agency reads it that has to do it. `warns_of`
    is `event.field`: a date in it beyond the due day is warned of. `bare_days` marks a clock that the source writes as
    bare "DAYS" somewhere: the strict reading in calendar days can be shown beside it (A27), and chases nobody. What is
    a duty in law, or marked `through_closures`, counts the days on which one council alone is closed; what is neither
    does not (A26). `before` are events that need a reason where they come sooner after the duty was done than its
    length, which then counts back.
    """

    name: str
    title: str
    length: int
    anchors: tuple[str, ...]
    owner: str
    ladder: str
    notice: str
    cite: str
    opened_by: tuple[Pattern, ...]
    closed_by: tuple[Pattern, ...]
    unit: Unit = "working_days"
    roll: Literal["back", "on"] = "back"
    combine: Combine = "first_known"
    per: Per = "case"
    roles: tuple[str, ...] = ()
    statutory: bool = False
    request: str = ""
    request_level: Level = "L0"
    notice_when: tuple[tuple[Pattern, str], ...] = ()
    not_after: str = ""
    outer_limit: str = ""
    breached_notice: str = ""
    breached_level: Level = "L2"
    before: tuple[str, ...] = ()
    late_event: tuple[str, ...] = ()
    late_minimum: int = 0
    warns_of: str = ""
    bare_days: bool = False
    through_closures: bool = False
    ladder_by_length: bool = False
    needs: tuple[Pattern, ...] = ()
    unless_after: tuple[Pattern, ...] = ()
    only_if: Values = field(default_factory=dict)
    unless: Values = field(default_factory=dict)
    key_field: str = ""
    tick: str = ""
    ticks: tuple[str, ...] = ()
    tick_titles: tuple[str, ...] = ()
    outlives_exit: bool = False
    answers: tuple[str, ...] = ()
    done_event: str = ""
    done_by_notice: Mapping[str, str] = field(default_factory=dict)
    guidance: str = ""
    ask: str = ""

    @property
    def waits_for_offices(self) -> bool:
        """Whether days on which one council alone is closed lengthen it: never what counts back from a date."""
        return not (self.statutory or self.through_closures or self.length < 0)

    @property
    def request_notice(self) -> str:
        """The notice that opens the task: its own, or the one that later chases it."""
        return self.request or self.notice

    @property
    def reminder_notice(self) -> str:
        """The notice of every rung."""
        return self.notice if self.request else f"{self.notice}-reminder"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """A mail that tells and asks for nothing: sent when an event happens, to seats of roles.

    `only_if` are stages and facts of the case, as they are once the event has happened. With
    `when_days_moved` it is sent only where the event has moved a deadline. `when_all_sent` is the event that happens
    by itself once every one of them has left. A notice without `on` is written by the flow itself, as the
    confirmation of an answer is.

    With `every` it does not go when the event happens, but again and again from then: each so many working days after
    the first such event, for as long as `only_if` holds. `about` "recommendations": a turn at which none of the case's
    recommendations is late or at risk is passed over.
    """

    name: str
    title: str
    on: tuple[Pattern, ...] = ()
    to: tuple[str, ...] = ()
    only_if: Values = field(default_factory=dict)
    seats: tuple[Literal["holder", "deputies", "escalate_to"], ...] = ("holder",)
    when_all_sent: str = ""
    when_days_moved: bool = False
    every: int = 0
    about: Literal["", "recommendations"] = ""
    cite: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """A decision as it is worded in a mail: what the first line says, and the event that it records.

    `otherwise` is what it records where that event is not allowed any more, with one value a field.
    """

    words: str
    takes: Literal["nothing", "agencies", "reason"]
    event: str
    fields: Mapping[str, str] = field(default_factory=dict)
    meaning: str = ""
    otherwise: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Automatic:
    """A move that happens by itself, when everything it names holds.

    `closed`: no task of these timers is open, and one at least was done. `unless_open`: none of these is open.
    `event`: the rules have just concluded it.
    """

    region: str
    start: tuple[str, ...]
    to: str
    closed: tuple[str, ...] = ()
    event: Pattern | None = None
    only_if: Values = field(default_factory=dict)
    unless_open: tuple[str, ...] = ()
    unless_open_statutory: bool = False


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One step of an imagined course: an event on the due day of a timer's tasks, one for each task and tick.

    Or, without a timer, on the day that `on_date_of` (`event.field`) names, or at once with the day
    `after_working_days` from then in its `date_field`.
    """

    event: str
    timer: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    on_date_of: str = ""
    after_working_days: int = 0
    date_field: str = ""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Where the source contradicts itself or is silent: what holds, and which lines of the files change it.

    `reading` is the one that is chosen: "default", or one of `readings`, each of which lays its own lines over the
    file. The register is for people and for tests; nothing else reads it.
    """

    name: str
    question: str
    default: str
    switch: tuple[str, ...] = ()
    reading: str = "default"
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """One sentence of the source: where it stands, whose it is, and what keeps it.

    `kept_by` are timers, events, notices, regions and rules of the file (`timer.T2`), or words where it is a principle
    that nothing can time.
    """

    name: str
    title: str
    cite: str
    kept_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """A partnership's whole procedure: cases that reach us from `effective_from` on go by it, None from ever on.

    `keywords` are words in a form's free text by field of `referral_received`: where one stands, the field is "yes".
    A recommendation that nobody has begun is amber from `recommendations_amber_days` working days before its day.
    """

    name: str
    title: str
    regions: Mapping[str, Region]
    events: Mapping[str, EventRule]
    timers: Mapping[str, Timer]
    ladders: Mapping[str, Ladder]
    moments: Mapping[str, Moment]
    notices: Mapping[str, NoticeRule]
    answers: Mapping[str, AnswerRule]
    automatic: tuple[Automatic, ...] = ()
    provisional_roles: tuple[str, ...] = ()
    provisional_notice: str = ""
    escalation_roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    length_ladders: tuple[tuple[int, str], ...] = ()
    course: tuple[CourseStep, ...] = ()
    role_titles: Mapping[str, str] = field(default_factory=dict)
    ambiguities: Mapping[str, Ambiguity] = field(default_factory=dict)
    duties: Mapping[str, Duty] = field(default_factory=dict)
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recommendations_amber_days: int = 10
    effective_from: date | None = None
