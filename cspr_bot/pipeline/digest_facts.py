"""The values of a digest: what it is made of, and what it says. Nothing in them is of a person."""

from dataclasses import dataclass
from datetime import date, datetime

from cspr_bot.procedure.case import Case

# ---------------------------------------------------------------------------------------------------------------------
# What the digest is made of


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that waits for a person; `clock_ends_at` is the first deadline that runs with it, where one does."""

    id: int
    received_at: datetime
    reasons: tuple[str, ...]
    clock_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StuckMail:
    """A mail of ours that has not left, or of which nobody knows; `status` is failed, unknown or waiting."""

    id: int
    case: str
    notice: str
    role: str
    status: str


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of ours that has left."""

    case: str
    notice: str


@dataclass(frozen=True, slots=True)
class PastEvent:
    """Something that was recorded on a case, without who recorded it."""

    case: str
    name: str
    source: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found in the night of `on` when the mailbox was held against the database.

    `strangers` lie in a folder of filed mails and the database has never seen them; `missing` were filed in the last
    thirty days and lie in no folder any more; `stranded` were taken in more than an hour before, and nobody has worked
    on them.
    """

    on: date
    strangers: int = 0
    missing: int = 0
    stranded: int = 0

    @property
    def needs_a_person(self) -> bool:
        """Whether a referral may lie unread. What somebody deleted after it was filed is only told of in the page."""
        return bool(self.strangers or self.stranded)


@dataclass(frozen=True, slots=True)
class WeekBook:
    """A week of mails in numbers: `taken` as the log of intake has it, the rest as the inbox has them now."""

    taken: int = 0
    forms: int = 0
    answers: int = 0
    held: int = 0
    noise: int = 0
    waiting: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class DayBook:
    """Everything at one moment that a digest tells of: `cases` are those that are not at their end."""

    cases: tuple[Case, ...] = ()
    held: tuple[HeldMail, ...] = ()
    stuck: tuple[StuckMail, ...] = ()
    sent: tuple[SentMail, ...] = ()
    events: tuple[PastEvent, ...] = ()
    received: int = 0
    troubled: tuple[str, ...] = ()
    reconciled: Reconciled | None = None


# ---------------------------------------------------------------------------------------------------------------------
# What it says


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One duty, or several alike: whose it is, and how it stands in words."""

    case: str
    title: str
    whose: str
    due_on: date
    said: str
    is_late: bool
    is_own: bool
    is_statutory: bool
    clause: str = ""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A held mail, and by when it must be decided on because its clocks run."""

    id: int
    received_at: datetime
    reasons: tuple[str, ...]
    release_by: date | None


@dataclass(frozen=True, slots=True)
class StuckLine:
    """A mail of ours that needs a person."""

    id: int
    case: str
    title: str
    whose: str
    status: str


@dataclass(frozen=True, slots=True)
class DoneLine:
    """What happened on one case, or in the mailbox where `case` is empty."""

    case: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """An open case: its stage, what to look at, and whether its picture comes along."""

    case: str
    stage: str
    flags: tuple[str, ...]
    picture: str = ""
    in_words: str = ""


@dataclass(frozen=True, slots=True)
class WeekLine:
    """That the program lives, once a week: what came from the `first` day to the `last`, and what became of it."""

    first: date
    last: date
    mails: WeekBook

    @property
    def unaccounted(self) -> int:
        """How many mails the log knows and the inbox does not; below nought, the other way round. It must be nought."""
        mails = self.mails
        return mails.taken - (mails.forms + mails.answers + mails.held + mails.noise + mails.waiting)


@dataclass(frozen=True, slots=True)
class RecommendationLine:
    """A recommendation that is late or at risk; `rag` is RED or AMBER, and `said` the same in words."""

    case: str
    key: str
    whose: str
    due_on: date
    rag: str
    said: str


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """One morning's page. `until` is the last of the ten working days that it looks ahead to."""

    on: date
    since: datetime
    until: date
    today: tuple[DutyLine, ...] = ()
    coming: tuple[DutyLine, ...] = ()
    held: tuple[HeldLine, ...] = ()
    stuck: tuple[StuckLine, ...] = ()
    done: tuple[DoneLine, ...] = ()
    cases: tuple[CaseLine, ...] = ()
    troubled: tuple[str, ...] = ()
    week: WeekLine | None = None
    reconciled: Reconciled | None = None
    recommendations: tuple[RecommendationLine, ...] = ()

    @property
    def late(self) -> int:
        """How many of today's duties are late already."""
        return sum(line.is_late for line in self.today)
