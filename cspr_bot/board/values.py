"""What the pages show, as values. Only the pages of one case and of one mail hold anything of a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

State = Literal["late", "soon", "later", "paused", "done", "cancelled", "none"]
Choice = Literal["referral", "reply", "ignore"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in: the name that is written beside what they do, and the mark that the audit log has of them."""

    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a duty stands: a word with a shape of its own, and how much time is left."""

    state: State
    said: str = ""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list: its reference, and what is due on it first. Nothing of a person."""

    reference: str
    opened_at: datetime
    stage: str
    standing: Standing
    due_on: date | None = None
    duty: str = ""
    whose: str = ""
    is_statutory: bool = False
    flags: tuple[str, ...] = ()
    has_trouble: bool = False


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty of one case."""

    title: str
    whose: str
    due_at: datetime
    standing: Standing
    clause: str = ""
    is_statutory: bool = False
    reminders: int = 0


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """What one agency has been asked for, in the order of the grid's columns; None where it was not asked."""

    name: str
    cells: tuple[Standing | None, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The agencies of a case and what each of them owes."""

    columns: tuple[str, ...] = ()
    rows: tuple[AgencyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SentRow:
    """A mail of ours on a case."""

    id: int
    at: datetime | None
    title: str
    to: str
    level: str
    status: str


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """A mail that was filed on a case."""

    id: int
    at: datetime
    kind: str
    sender: str
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened on a case; `known_at` where it was recorded later than it happened."""

    number: int
    at: datetime
    known_at: datetime | None
    title: str
    by: str
    details: tuple[tuple[str, str], ...]
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case whole."""

    reference: str
    opened_at: datetime
    stages: tuple[tuple[str, str], ...]
    standing: Standing
    flags: tuple[str, ...]
    trouble: str
    duties: tuple[DutyRow, ...]
    ended: tuple[DutyRow, ...]
    timeline: str
    grid: Grid
    sent: tuple[SentRow, ...]
    received: tuple[ReceivedRow, ...]
    history: tuple[EventRow, ...]
    has_form: bool


@dataclass(frozen=True, slots=True)
class FormPart:
    """A part of the referral form: its fields by name, in the order of the form."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormPage:
    """The referral of a case as it was read."""

    reference: str
    parts: tuple[FormPart, ...]
    missing: tuple[str, ...]
    doubts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A mail that waits for a person: what it is and why it is held. Nothing of who wrote it."""

    id: int
    received_at: datetime
    kind: str
    reasons: tuple[str, ...]
    standing: Standing
    release_by: date | None = None


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file of a held mail, how large it is in words, and what was made of it."""

    name: str
    media_type: str
    size: str
    verdict: str


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A held mail as a person must see it to decide."""

    line: HeldLine
    sender: str
    is_proven: bool
    proof: str
    subject: str
    text: str
    files: tuple[HeldFile, ...]
    forms: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person has decided on a held mail, and why."""

    mail: int
    choice: Choice
    reason: str
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """A held mail is held no more; the cases it went to."""

    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something cannot be done as things are, in words for a person."""

    why: str


@dataclass(frozen=True, slots=True)
class DueLine:
    """An open duty across cases, and the next mail about it that the program will send if nothing happens."""

    case: str
    title: str
    whose: str
    due_at: datetime
    standing: Standing
    clause: str
    is_statutory: bool
    next_at: datetime | None
    next_level: str


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail of ours that has not left: it waits its turn, or for a person."""

    id: int
    case: str
    title: str
    whose: str
    status: str


@dataclass(frozen=True, slots=True)
class DuePage:
    """What is due, soonest first, and the mails that wait."""

    lines: tuple[DueLine, ...]
    waiting: tuple[WaitingMail, ...]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact of the list in words. `waiting` are addresses whose holders have not confirmed them yet."""

    number: int
    role: str
    agency: str
    name: str
    email: str
    deputies: tuple[str, ...]
    waiting: tuple[str, ...]
    confirmed: str
    holds: str
    away: str
    is_valid: bool
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class ContactProposal:
    """Changes of the list that wait to be put in force. `is_stale`: the list was changed since by another way."""

    lines: tuple[str, ...]
    counted: str
    command: str
    is_stale: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactList:
    """The contact list with the changes that wait in it."""

    rows: tuple[ContactRow, ...]
    proposal: ContactProposal | None


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """An entry as it can be changed: each field as a person types it. `stamp` tells whether it is still the same."""

    number: int
    title: str
    stamp: str
    fields: Mapping[str, str]
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What somebody wants to change: the entry of a number, 0 for a new one, as it was typed."""

    number: int
    stamp: str
    fields: Mapping[str, str]
    is_removal: bool = False


@dataclass(frozen=True, slots=True)
class CheckedChange:
    """What the program says of a change: errors by field, errors elsewhere, warnings, and what would change."""

    problems: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    warnings: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether it can be saved."""
        return not self.problems and not self.others


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the health page: what was looked at, how it is, and how to mend it."""

    what: str
    standing: Standing
    mend: str = ""


@dataclass(frozen=True, slots=True)
class HealthPage:
    """How the program is."""

    findings: tuple[Finding, ...]
    queues: tuple[tuple[str, Mapping[str, int]], ...]
    audit_rows: int
    audit_head: str
    version: str
    installation: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: whose board it is, what time it is there, and what waits for a person."""

    partnership: str
    short_name: str
    marking: str
    now: datetime
    held: int
    notices: tuple[str, ...] = ()
