"""What a mail may say: the facts of a task, an event, a held mail, as values that hold nothing of a person."""

from dataclasses import dataclass
from datetime import date, datetime

from cspr_bot.pipeline.digest_facts import DigestFacts, HeldLine


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A duty as its owner needs to hear of it.

    `day_zero` is None where it is a day of the form, which no mail may tell. `days_left` counts working days
    to the due day, negative where it has passed. `still_open` and `ticked` are the parts of a duty that has several,
    in words. `agency_name` is told to the agency itself and to whoever has to ring it. `key` tells duties of one kind
    apart, such as the number of a recommendation. `counts_back` says that its day was counted back from `day_zero`.
    """

    title: str
    timer: str
    due_on: date
    due_at: datetime
    day_zero: date | None
    days_left: int
    is_overdue: bool
    is_statutory: bool
    cite: str
    guidance: str = ""
    outer_limit: date | None = None
    agency_name: str = ""
    key: str = ""
    owner: str = ""
    owner_roles: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    still_open: tuple[str, ...] = ()
    counts_back: bool = False


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """One possible first line of a reply: its words, what may follow them, what it means."""

    words: str
    takes: str
    meaning: str


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Something that happened: its name, title and day, and those of its fields that are choices.

    `until` is the day up to which a contact is away; no other day of an event is told.
    """

    name: str
    title: str
    on: date
    choices: tuple[tuple[str, str], ...] = ()
    until: date | None = None

    def choice(self, name: str) -> str:
        """Give a choice by its field's name, or ""."""
        return dict(self.choices).get(name, "")


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step that comes next, by when, and whose it is."""

    title: str
    due_on: date
    owner: str = ""


@dataclass(frozen=True, slots=True)
class MovedFacts:
    """A duty that a correction has moved from one day to another, which may have passed already."""

    title: str
    key: str
    agency_name: str
    before: date
    after: date
    is_late: bool


@dataclass(frozen=True, slots=True)
class RecommendationFacts:
    """How one recommendation stands. `rag` is RED, AMBER, GREEN or CLOSED, and `said` the same in words."""

    key: str
    agency_name: str
    due_on: date
    rag: str
    said: str
    updated_on: date
    needs_attention: bool


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """A mail that waits for a person: its number in the inbox, when it came, and why it is held."""

    id: int
    received_at: datetime
    reasons: tuple[str, ...]
    has_form: bool
    release_by: date | None = None


@dataclass(frozen=True, slots=True)
class RefusedFiles:
    """The version of the administrator's files that is in force, the one that was refused, and why, a line each."""

    in_force: str
    refused: str
    problems: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """What a contact list that somebody sent would change, a line an entry, and what is to be looked at.

    `errors` of the problems have to be mended before it can be put in force.
    """

    counted: str
    lines: tuple[str, ...]
    problems: tuple[str, ...]
    more: int = 0
    errors: int = 0
    can_be_applied: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What somebody has decided on a held mail: its number, as what it counts, and the cases that it went to."""

    id: int
    choice: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """Everything that a template may use, by these names. What does not concern a mail is None or empty.

    `also_to` are the other roles that were told, in words. `changed` are the titles of the fields that a corrected
    form changes. `settled` are duties of which nothing more is asked. `passed` is, in words, the day from which a
    first deadline was counted that had passed before the referral came. `waiting` are held mails, the oldest first,
    and `more_waiting` how many more there are. `refused` are files of the administrator that cannot be used, and
    `asks_address` says that nothing is asked but whether somebody reads an address. `proposal` is a contact
    list that came by mail. `drafts` are the files of the letters that go along, and `drafts_of` the mail whose letters
    they are: a reminder names it and brings none. `undo` is the command that takes an answer back. With `testing` the
    mail goes to our own mailbox instead of its recipient, and says so.
    """

    task: TaskFacts | None = None
    event: EventFacts | None = None
    held: HeldFacts | None = None
    released: ReleaseFacts | None = None
    level: str = ""
    rung: int = 0
    also_to: tuple[str, ...] = ()
    answers: tuple[AnswerFacts, ...] = ()
    takes_done: bool = False
    takes_reference: bool = False
    takes_not_involved: bool = False
    takes_received: bool = False
    received_at: datetime | None = None
    missing: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[MovedFacts, ...] = ()
    next_steps: tuple[StepFacts, ...] = ()
    recommendations: tuple[RecommendationFacts, ...] = ()
    open_tasks: tuple[TaskFacts, ...] = ()
    settled: tuple[TaskFacts, ...] = ()
    drafts: tuple[str, ...] = ()
    drafts_of: str = ""
    flags: tuple[str, ...] = ()
    stage: str = ""
    warnings: tuple[str, ...] = ()
    undo: str = ""
    about_role: str = ""
    about_notice: str = ""
    digest: DigestFacts | None = None
    waiting: tuple[HeldLine, ...] = ()
    more_waiting: int = 0
    refused: RefusedFiles | None = None
    asks_address: bool = False
    proposal: ProposalFacts | None = None
    passed: str = ""
    testing: bool = False
