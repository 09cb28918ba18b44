"""What passes from station to station and is kept between them: mails, events and cases as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from cspr_bot.correspondence.answers import Choice
from cspr_bot.pipeline.ports import Doubt, Draft, OutgoingMail
from cspr_bot.procedure.case import Case, Event, Notification, Source
from cspr_bot.referral.form import ReferralForm

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

    `doubt` is what intake knew against it: it lay in the junk, never came whole, or was gone before it was read.
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
class HeldDecision:
    """What a person decided by mail on a held mail: `case` is the one that it answers, where it is a reply.

    `by` is the address that wrote so, `contact` the key of the contact in whose name, `in_reply_to` that mail.
    """

    inbox_id: int
    choice: Choice
    case: str | None
    by: str
    contact: str
    in_reply_to: str | None


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of one mail, all of it in one transaction.

    `case` is the case on which it was filed; `received_at` what its topmost Received header says, where it has one.
    `released` are mails, held until now, that are filed on the same case with it. `confirmed` is an address of the
    contact list whose holder has said in it that they read it, and `mails` what the program answers in its own name.
    `decides`: it says what is to become of another mail, which has to be done in the same transaction.
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
    confirmed: str | None = None
    mails: tuple["WrittenMail", ...] = ()
    decides: HeldDecision | None = None


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
    notice: when the last of them is sent, `when_all_sent` happens on the case. `calendar` is the address into whose
    calendar it puts the deadline of its task, "" where it bears none: also while testing, the one it is meant for.
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
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class GivenEntry:
    """A deadline that a mail has put into the calendar at an address: of which task, and by which order.

    `may_have_left` is False as long as that mail waits.
    """

    task: str
    address: str
    order: Notification
    contact: str | None
    may_have_left: bool


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
