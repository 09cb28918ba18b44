"""What the stations need of the world, and the values that pass through: every adapter serves one of these."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol, runtime_checkable

from cspr_bot.correspondence.contacts import Contact
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.pipeline.digest_facts import DayBook
from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.procedure.case import Case, Event, Notification, Source
from cspr_bot.referral.form import Reading, ReferralForm

# ---------------------------------------------------------------------------------------------------------------------
# How the world fails


class TemporaryFailure(Exception):  # noqa: N818
    """It may work later: nothing was done, or what was done can be looked up. `retry_after` in seconds if told."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class NothingLeft(TemporaryFailure):
    """It may work later, and for certain no mail left: what was to be sent can be tried again without looking."""


class MailboxFailure(NothingLeft):
    """The mailbox as a whole refuses (no token, no permission, full, too many calls), whichever mail it is about.

    Nothing more is tried with it in this round, and where it goes on a person is told by the second channel.
    """


class CutShort(TemporaryFailure):
    """A mail came only in part. `received` is what there is, for a person, where it never comes whole."""

    def __init__(self, reason: str, received: bytes) -> None:
        super().__init__(reason)
        self.received = received


class PermanentFailure(Exception):  # noqa: N818
    """It will never work as it stands; a person has to be told."""


class CaseMoved(Exception):  # noqa: N818
    """Somebody else changed the case since it was loaded: load it again and decide anew."""


# ---------------------------------------------------------------------------------------------------------------------
# The world outside


class Clock(Protocol):
    """The only way to know what time it is."""

    def now(self) -> datetime:
        """Give the present moment in UTC, as the home has it (it may be turned by hand)."""
        ...


class Chance(Protocol):
    """The only source of what nobody can guess."""

    def of(self, *words: str) -> "Chance":
        """Give the chance of one thing: the same words bring the same, and nobody else can work it out.

        A database that was put back from yesterday's copy so writes today's mails again to the letter, and finds them
        in Sent.
        """
        ...

    def reference(self) -> str:
        """Give a new case reference: opaque, not sequential, with a check character."""
        ...

    def answer_code(self) -> str:
        """Give a new answer code: 26 characters of A-Z and 2-7, 130 bits."""
        ...

    def message_id(self) -> str:
        """Give a new Message-ID with its angle brackets."""
        ...

    def effect(self) -> str:
        """Give a new random key for X-CSPR-Effect."""
        ...


@dataclass(frozen=True, slots=True)
class ListedMail:
    """A mail that lies in the inbox, or where the server puts what it takes for junk.

    `server_id` names this delivery as long as it lies there. One that a person fetches out of the junk is another.
    """

    server_id: str
    is_junk: bool = False


MailboxFolder = Literal["Processed", "Held"]
Trace = Literal["sent", "not_sent", "draft", "cannot_tell"]
Doubt = Literal["", "junk", "cut_short"]


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """The exact bytes of one mail to one recipient. `effect` is in its headers and finds it again in Sent."""

    sender: str
    recipient: str
    message_id: str
    effect: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that was made ready for sending: `id` is what the mailbox finds it by, if it needs one.

    `message_id` is given where the server changed the mail's own; `is_sent` where it turned out to have left already.
    """

    id: str = ""
    message_id: str | None = None
    is_sent: bool = False


class Mailbox(Protocol):
    """The partnership's mailbox. Every call may raise `TemporaryFailure` or `PermanentFailure`.

    Making one reaches no server. A mail is sent in two steps, so that nobody ever has to guess: while it is prepared
    nothing leaves, whatever fails; what fails while it is sent is looked up by `trace`, unless it is a `NothingLeft`.
    """

    def list_new(self) -> Sequence[ListedMail]:
        """List every mail in the inbox and in the junk, read or unread, oldest first."""
        ...

    def download(self, server_id: str) -> bytes:
        """Give the raw bytes of a mail. Raise `PermanentFailure` where it is gone, `CutShort` where a part came."""
        ...

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        """Move a mail out of the inbox; moving what is moved or gone does nothing."""
        ...

    def prepare(self, mail: OutgoingMail) -> Draft:
        """Make a mail ready, or find it as it was made ready before by its effect; nothing leaves."""
        ...

    def send(self, mail: OutgoingMail, draft: Draft) -> None:
        """Send what was prepared, and keep it in Sent. May be repeated only where `trace` said that it has not left."""
        ...

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:
        """Say whether a mail that was prepared has left, by looking in Sent and Drafts.

        "not_sent" is for certain; "draft" is what lies in Drafts still, and has not left unless it is leaving now.
        """
        ...


MAIL_STALE = "mail_stale"  # what is queued to have a mail written anew: it happened to the mail, not on the case
BODY = "body"  # what a mail's own text is called among its files


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file of a mail (or its body, named `BODY`) with the digest of its bytes and what was read in it."""

    name: str
    sha256: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail, parsed and with every document in it read, in a place where it can do no harm."""

    mail: ParsedMail
    files: tuple[ReadFile, ...] = ()

    @property
    def forms(self) -> tuple[tuple[ReadFile, ReferralForm], ...]:
        """Give every form that was found, with the file that it came from."""
        return tuple((file, form) for file in self.files if file.reading.verdict == "ok" for form in file.reading.forms)


@runtime_checkable
class KeepsFiledMail(Protocol):
    """A mailbox that can say what was moved out of its inbox: asked after a database was put back from a copy."""

    def list_filed(self) -> Sequence[ListedMail]:
        """List every mail that the program has filed in a folder, oldest first."""
        ...


class MailReader(Protocol):
    """Parses mails and reads the documents in them, bounded in time and memory; it never raises for what it is fed."""

    def read(self, raw: bytes) -> ReadMail:
        """Parse a mail. What crashes or hangs the parser comes back with `mail.is_readable` False."""
        ...


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a mail goes to: an address, the name to greet, and the role in which it is addressed."""

    address: str
    name: str
    role: str
    contact: Contact | None = None
    may_answer: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a mail, shown where its HTML names it, and the same in words for whoever sees none."""

    name: str
    content: bytes
    in_words: str


class Painter(Protocol):
    """Draws the timeline of a case."""

    def picture(self, case: Case, name: str, now: datetime) -> Picture:
        """Draw what is open on a case: its deadlines on an axis of working days."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be written. Nothing in it is personal data but `recipient.name`, which only a greeting may use."""

    notice: str
    reference: str
    recipient: Recipient
    message_id: str
    effect: str
    written_at: datetime
    facts: LetterFacts
    answer_code: str | None = None
    in_reply_to: str | None = None
    attachments: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


class MailWriter(Protocol):
    """Turns a letter into the exact bytes that will leave."""

    def write(self, letter: Letter) -> OutgoingMail:
        """Write a mail. A template that is wrong raises `PermanentFailure`, and nothing of the case is decided."""
        ...


# ---------------------------------------------------------------------------------------------------------------------
# What is kept: the values


MailKind = Literal[
    "referral",
    "reply",
    "enquiry",
    "bounce",
    "auto_reply",
    "receipt",
    "calendar",
    "list",
    "own",
    "unreadable",
]
MailStatus = Literal["new", "filed", "held", "ignored"]
OutboxStatus = Literal["waiting", "sending", "sent", "unknown", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail that is safely kept and waits to be registered. `attempts` counts how often that was begun.

    `doubt` is what intake knew against it: it lay in the junk, or never came whole.
    """

    id: int
    sha256: str
    received_at: datetime
    taken_at: datetime
    raw: bytes
    attempts: int
    doubt: Doubt = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A person of one case who is no contact: the referrer, at the authenticated address that wrote to us.

    `address` is None where no address was authenticated: nothing is ever sent there by the program. `joined_by` is
    the event that brought a referrer from another referral of the same incident; without that event it counts no more.
    """

    role: str
    address: str | None
    name: str
    joined_by: int | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be put before the rules. `fields` may hold free text (kept sealed, never shown to the rules).

    Of an answer by mail `inbox_id` is the mail that gave it, `confirm_to` the address that sent it, and `contact` the
    key of the contact in whose name; `in_reply_to` is that mail's Message-ID. `form`
    is what the referrer has sent of it since; progression joins it to the form that the case has by then.
    """

    case: str
    name: str
    at: datetime
    source: Source
    by: str
    fields: Mapping[str, str] = field(default_factory=dict)
    inbox_id: int | None = None
    confirm_to: str | None = None
    contact: str | None = None
    in_reply_to: str | None = None
    form: ReferralForm | None = None
    parties: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseAttachment:
    """A file kept with a case: a form, a completed template, whatever came with an answer."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be opened. `digests` are of the files whose form it is, so that a copy is known again.

    `quiet_until`: a case that is taken over while it runs sends nothing for what happened before that.
    """

    reference: str
    opened_at: datetime
    provisional: bool = False
    form: ReferralForm | None = None
    parties: tuple[Party, ...] = ()
    digests: tuple[str, ...] = ()
    message_id: str | None = None
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of one mail, all of it in one transaction.

    `case` is the case on which it was filed; `received_at` what its topmost Received header says, where it has one.
    `released` are mails, held until now, that are filed on the same case with it.
    """

    kind: MailKind
    status: MailStatus
    reasons: tuple[str, ...] = ()
    case: str | None = None
    sender: str | None = None
    message_id: str | None = None
    cases: tuple[NewCase, ...] = ()
    events: tuple[NewEvent, ...] = ()
    attachments: tuple[CaseAttachment, ...] = ()
    bounced: tuple[int, ...] = ()
    bounce_permanent: bool | None = None
    received_at: datetime | None = None
    released: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenCode:
    """What an answer code or one of our Message-IDs stands for: the mail that bore it, its notice, and whose it was."""

    case: str
    task: str | None
    contact: str
    outbox_id: int
    is_spent: bool
    notice: str = ""
    recipient: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that waits for a person, and its provisional case."""

    inbox_id: int
    case: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that waits for the rules; `id` is its place in the queue."""

    id: int
    event: NewEvent
    known_at: datetime


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as stored: the rules' own state, its version, and the people in it."""

    case: Case
    version: int
    opened_at: datetime
    parties: tuple[Party, ...] = ()
    form: ReferralForm | None = None
    first_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """A mail to be put in the outbox.

    `key` is (case, task or event, rung, recipient): the store refuses a second row with one that it has, silently,
    for it is the same mail. `code` is the answer code in it, bound to `contact`. `group` joins the mails of one
    notice: when the last of them is sent, `when_all_sent` happens on the case.
    """

    key: str
    mail: OutgoingMail
    order: Notification
    role: str
    code: str | None = None
    contact: str | None = None
    in_reply_to: str | None = None
    testing: bool = False
    is_listed: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step of the rules did to a case, all of it in one transaction.

    `recorded` is the event in full, its free text included, and `applied` what the rules saw of it; `pending_id` is
    its place in the queue, where it came from there. Where `refused` is given the event changed nothing, and the
    mail that brought it is held for that reason. `absent` are contacts' keys, each with the last day away. `joining`
    are the people of a referral that was joined to this one. `resent` is the
    outbox row that was taken back and is now written anew: its key is free again. `form` takes the place of the case's
    form; what it changes stands in the fields of `recorded`.
    """

    case: Case
    next_moment: datetime | None
    mails: tuple[WrittenMail, ...] = ()
    applied: Event | None = None
    recorded: NewEvent | None = None
    pending_id: int | None = None
    refused: str | None = None
    warnings: tuple[str, ...] = ()
    happened: tuple[str, ...] = ()
    absent: tuple[tuple[str, date], ...] = ()
    resent: int | None = None
    form: ReferralForm | None = None
    joining: tuple[Party, ...] = ()
    new_cases: tuple[NewCase, ...] = ()
    new_events: tuple[NewEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A mail claimed for sending at `claimed_at`; `attempts` counts this one.

    `draft` is what was prepared in this attempt or an earlier one; without it nothing can have left.
    """

    id: int
    case: str
    notice: str
    mail: OutgoingMail
    attempts: int
    queued_at: datetime
    claimed_at: datetime
    is_listed: bool
    draft: Draft | None = None


# ---------------------------------------------------------------------------------------------------------------------
# What is kept: the doors. One method is one transaction; each may raise `TemporaryFailure` (locked).


class IntakeStore(Protocol):
    """The inbox as intake sees it."""

    def has_mail(self, server_id: str) -> bool:
        """Say whether this delivery is kept already."""
        ...

    def keep_mail(self, server_id: str, raw: bytes, taken_at: datetime, doubt: Doubt = "") -> int:
        """Keep the raw bytes, sealed and durable, before anybody looks inside; a second time gives the same id."""
        ...

    def note_vanished(self, at: datetime) -> None:
        """Note in the log that a mail was listed, and gone before it could be read."""
        ...

    def mails_to_move(self) -> Sequence[tuple[int, str, MailboxFolder]]:
        """Give (id, server id, folder) of the mails whose fate is known and which still lie in the inbox.

        Noise that lay in the junk stays there.
        """
        ...

    def mark_moved(self, inbox_id: int, folder: MailboxFolder) -> None:
        """Note that a mail lies in its folder now."""
        ...


class KnownMail(Protocol):
    """What a mail may refer to: everything that was received, sent and opened before it."""

    def find_copy(self, inbox_id: int, sha256: str) -> tuple[int, MailStatus, str | None] | None:
        """Give (id, status, case) of an earlier registered mail with the very same bytes."""
        ...

    def find_code(self, code: str) -> GivenCode | None:
        """Look up an answer code that stands in a mail."""
        ...

    def find_message(self, message_id: str) -> GivenCode | None:
        """Look up a Message-ID of ours."""
        ...

    def find_effect(self, effect: str) -> GivenCode | None:
        """Look up an X-CSPR-Effect of ours."""
        ...

    def find_form(self, digests: Iterable[str]) -> tuple[str, int] | None:
        """Give (case, id of the first mail) where a file with one of these digests opened a case."""
        ...

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        """Say whether a mail of this notice was written to an address since a moment."""
        ...

    def has_case(self, reference: str) -> bool:
        """Say whether there is such a case."""
        ...

    def form_of(self, case: str) -> ReferralForm | None:
        """Give the form of a case as it stands; None where there is none, or where the case was erased."""
        ...

    def held_mail(self, case: str) -> HeldMail | None:
        """Give the mail of a provisional case; None where it is no such case, or the mail is held no more."""
        ...

    def task_is_open(self, case: str, task: str) -> bool:
        """Say whether a task still waits to be done."""
        ...

    def task_timer(self, case: str, task: str) -> tuple[str, str | None] | None:
        """Give (timer, agency) of a task."""
        ...


class RegistrationStore(KnownMail, Protocol):
    """The inbox and what its mails may refer to, as registration sees them."""

    def claim_mail(self) -> KeptMail | None:
        """Give the oldest mail that is not registered, and count the attempt; None where there is none."""
        ...

    def kept_mail(self, inbox_id: int) -> KeptMail | None:
        """Give any mail that is kept, registered or not."""
        ...

    def register(self, inbox_id: int, registration: Registration, at: datetime) -> None:
        """Write what became of a mail. A mail that is registered already is left as it is."""
        ...

    def release(self, inbox_id: int, registration: Registration, at: datetime, *, by: str) -> bool:
        """Write what a person decided on a held mail; False where it is not held (any more)."""
        ...


class ProgressionStore(Protocol):
    """The queue of events, the clock's queue and the cases, as progression sees them."""

    def next_event(self, now: datetime, case: str | None = None) -> PendingEvent | None:
        """Give the oldest event, of one case or of all, that waits for the rules; those of one case stay in order."""
        ...

    def failing_event(self, case: str) -> str | None:
        """Say why an event of this case is put off; None where none is."""
        ...

    def first_failing(self, until: datetime) -> str | None:
        """Say what is put off, and why: an event, or a case that comes again by then; None where all is well."""
        ...

    def postpone_event(self, pending_id: int, until: datetime, reason: str) -> None:
        """Put an event off that cannot be worked on as things are, so that it blocks no other."""
        ...

    def postpone_case(self, reference: str, until: datetime, reason: str) -> None:
        """Put a case's next moment off, likewise."""
        ...

    def next_due_case(self, now: datetime) -> str | None:
        """Give a case whose next moment has come: one indexed query, whatever the number of cases."""
        ...

    def load_case(self, reference: str) -> CaseFile:
        """Load a case with its version."""
        ...

    def ordered(self, outbox_id: int) -> tuple[Notification, str]:
        """Give the order of a mail in the outbox, and the address that it is for."""
        ...

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day."""
        ...

    def commit(self, version: int, progress: Progress, at: datetime) -> None:
        """Write one step whole: case, event, tasks, outbox, codes, audit. Raise `CaseMoved` if `version` is old."""
        ...


class DispatchStore(Protocol):
    """The outbox as dispatch sees it."""

    def claim_outgoing(self, now: datetime) -> OutboxMail | None:
        """Claim the next mail that may go: waiting and due, and mark it "sending" before anything leaves."""
        ...

    def interrupted_mails(self) -> Sequence[OutboxMail]:
        """Give the mails that were being sent when a process died."""
        ...

    def note_draft(self, outbox_id: int, draft: Draft) -> None:
        """Note, durably, that a mail is prepared: from now on it may leave."""
        ...

    def mark_sent(self, outbox_id: int, at: datetime) -> None:
        """Note that a mail has left; where it was the last of its group, put that event in the queue."""
        ...

    def mark_waiting(self, outbox_id: int, not_before: datetime, reason: str, *, keeps_draft: bool = False) -> None:
        """Put a mail back that could not be sent yet; its draft is forgotten where for certain nothing left."""
        ...

    def mark_slowed(self, outbox_id: int, at: datetime, not_before: datetime, reason: str) -> None:
        """Put a mail off that a limit holds back, and let a person hear of that, once in an hour."""
        ...

    def mark_unknown(self, outbox_id: int, at: datetime) -> None:
        """Note that nobody can tell whether a mail left; the program never sends it again by itself."""
        ...

    def mark_failed(self, outbox_id: int, at: datetime, reason: str) -> None:
        """Give a mail up, and put `contact_undeliverable` in the queue of its case."""
        ...

    def send_back(self, outbox_id: int, at: datetime, reason: str) -> None:
        """Take a mail back that must not go as it is, and queue `mail_stale` so that it is written anew."""
        ...

    def count_sent(self, since: datetime, *, recipient: str | None = None, listed: bool | None = None) -> int:
        """Count the mails sent since a moment, to one address, or to listed or unlisted recipients only."""
        ...


class DigestStore(Protocol):
    """What the digest tells of, and that it was written."""

    def last_digest(self) -> datetime | None:
        """Give when the last digest was written."""
        ...

    def has_begun(self, before: datetime) -> bool:
        """Say whether any mail had come, or any case was open, before a moment."""
        ...

    def day_book(self, since: datetime, now: datetime, final: Collection[str]) -> DayBook:
        """Give everything that a digest tells of. Cases whose main stage is one of `final` are left out."""
        ...

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day."""
        ...

    def put_digest(self, at: datetime, on: date, mails: Sequence[WrittenMail]) -> bool:
        """Put the digest of a day in the outbox and remember it; False where that day's was written already."""
        ...
