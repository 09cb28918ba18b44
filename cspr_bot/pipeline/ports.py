"""What the stations need of the world outside, and how it fails: every adapter serves one of these ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from cspr_bot.correspondence.contacts import Contact
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.correspondence.sheet import Sheet
from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.procedure.case import Case
from cspr_bot.referral.form import Reading, ReferralForm

# ---------------------------------------------------------------------------------------------------------------------
# How the world fails


class TemporaryFailure(Exception):  # noqa: N818
    """It may work later: nothing was done, or what was done can be looked up. `retry_after` in seconds if told."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class OldMailWaits(Exception):  # noqa: N818
    """Mail lies in the inbox that was there long before us: a person must say what it is. `taken` is what was new."""

    def __init__(self, number: int, oldest: datetime | None, taken: int) -> None:
        since = f", the oldest since {oldest:%d %B %Y}" if oldest else ""
        super().__init__(
            f"old mail waits, {number} in the inbox: it lay there for more than a day before this program first worked "
            f"there{since}. It is left alone, and newer mail is dealt with, until somebody moves it out, or says once "
            "`cspr-bot run --take-since DATE` (what came earlier is put in the folder Earlier beside the inbox, and "
            "nobody is written to) or `cspr-bot run --take-all` (each is dealt with, and acknowledged, as if it had "
            "just come)"
        )
        self.taken = taken


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


class GoneError(PermanentFailure):
    """There is no such mail in the mailbox any more: a person has moved or deleted it, and it is theirs."""


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
    `lain_since` is when it came into the mailbox, where that is known without looking into it.
    """

    server_id: str
    is_junk: bool = False
    lain_since: datetime | None = None


MailboxFolder = Literal["Processed", "Held", "Earlier"]  # the last: what lay there before we came
Trace = Literal["sent", "not_sent", "draft", "cannot_tell"]
Doubt = Literal["", "junk", "cut_short", "vanished", "changed"]


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
        """Give the raw bytes of a mail. Raise `GoneError` only where it is gone, `CutShort` where a part came."""
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
    """One file of a mail (or its body, named `BODY`) with the digest of its bytes and what was read in it.

    `sheet` is what stands in it where it is a contact list in a spreadsheet.
    """

    name: str
    sha256: str
    reading: Reading
    sheet: Sheet | None = None


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
    """A mailbox that can say what was moved out of its inbox: asked after a database was put back from a copy.

    `keeps_ids`: a mail that was moved bears the id under which it was taken in; else only its head tells who it is.
    """

    @property
    def keeps_ids(self) -> bool:
        """Whether a mail that was moved bears the same id still."""
        ...

    def list_filed(self) -> Sequence[ListedMail]:
        """List every mail that the program has filed in a folder, oldest first."""
        ...


@runtime_checkable
class HoldsLine(Protocol):
    """A mailbox that holds a line to a server, and lets go of it when the work is done."""

    def close(self) -> None:
        """Let go of the line; whatever is asked next makes a new one."""
        ...


class PauseNote(Protocol):
    """Where is kept until when a server wants to be left alone, so that no restart forgets it."""

    def left_alone_until(self) -> datetime | None:
        """Give the moment before which nothing may be asked; None where nobody ever said one."""
        ...

    def leave_alone_until(self, moment: datetime) -> None:
        """Keep a moment before which nothing may be asked."""
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
class DraftLetter:
    """A letter that a person is to check, complete, sign and send: a Word file, under a name that tells of nobody."""

    name: str
    content: bytes


class Drafter(Protocol):
    """Prepares the letters that the procedure wants from people. It sends none, and never to whom they are for."""

    def has_letters(self, notice: str) -> bool:
        """Say whether letters go along with this mail."""
        ...

    def drafts(self, notice: str, case: Case, now: datetime) -> tuple[DraftLetter, ...]:
        """Give the letters for a task, without a word about a person. A template that is wrong: `PermanentFailure`."""
        ...


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A deadline for the recipient's calendar. `uid` is keyed: nobody else can name the entry and take it away.

    Of two with the same `uid` the one with the higher `sequence` counts; one that `is_settled` takes it out.
    """

    uid: str
    title: str
    due_at: datetime
    note: str
    sequence: int
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be written. Nothing in it is personal data but `recipient.name`, which only a greeting may use.

    `recipient_title` is what the partnership calls the recipient's role; "" where it has no name of its own for it.
    """

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
    entries: tuple[CalendarEntry, ...] = ()
    recipient_title: str = ""
    drafts: tuple[DraftLetter, ...] = ()


class MailWriter(Protocol):
    """Turns a letter into the exact bytes that will leave."""

    def write(self, letter: Letter) -> OutgoingMail:
        """Write a mail. A template that is wrong raises `PermanentFailure`, and nothing of the case is decided."""
        ...
