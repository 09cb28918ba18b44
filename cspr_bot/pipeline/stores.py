"""The doors of the store. One method is one transaction; each may raise `TemporaryFailure` (locked)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from cspr_bot.pipeline.digest_facts import DayBook, Reconciled, WeekBook
from cspr_bot.pipeline.digest_facts import HeldMail as WaitingMail
from cspr_bot.pipeline.kept import (
    CaseFile,
    GivenCode,
    GivenEntry,
    HeldMail,
    KeptMail,
    MailStatus,
    OutboxMail,
    PendingEvent,
    Progress,
    Registration,
    WrittenMail,
)
from cspr_bot.pipeline.ports import Doubt, Draft, MailboxFolder
from cspr_bot.procedure.case import Case, Notification
from cspr_bot.referral.form import ReferralForm


class IntakeStore(Protocol):
    """The inbox as intake sees it."""

    def has_mail(self, server_id: str) -> bool:
        """Say whether this delivery is kept already."""
        ...

    def keep_mail(self, server_id: str, raw: bytes, taken_at: datetime, doubt: Doubt = "") -> int:
        """Keep the raw bytes, sealed and durable, before anybody looks inside; a second time gives the same id."""
        ...

    def old_mail_until(self, now: datetime) -> datetime | None:
        """Give the moment before which a mail is too old to be taken unasked; None once nobody need be asked.

        The first time it is a day before now, unless any mail was ever kept.
        """
        ...

    def take_all_mail(self, at: datetime, put_aside: int | None = None) -> None:
        """Note that every mail that lies in the inbox is taken from now on, and how many were put aside before."""
        ...

    def mails_to_move(self) -> Sequence[tuple[int, str, MailboxFolder]]:
        """Give (id, server id, folder) of the mails whose fate is known and which still lie in the inbox.

        Noise that lay in the junk stays there, and what vanished lies nowhere.
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

    def find_form(self, digests: Iterable[str]) -> tuple[str, int | None] | None:
        """Give (case, id of the first mail) where a file with one of these digests opened a case.

        The mail is None where a person opened the case from a file.
        """
        ...

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        """Say whether a mail of this notice was written to an address since a moment."""
        ...

    def has_case(self, reference: str) -> bool:
        """Say whether there is such a case."""
        ...

    def takes_mail(self, reference: str) -> bool:
        """Say whether mails can be filed on this: a case that was opened, and not erased."""
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

    def case_as_it_stands(self, case: str) -> Case:
        """Give a case as the rules have left it: its stages, and the version of the procedure that it goes by."""
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

    def decide(
        self, inbox_id: int, registration: Registration, held_id: int, released: Registration, at: datetime
    ) -> bool:
        """Write what became of a mail that decides on a held one, and of that; False, and nothing, if none is held."""
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

    def calendar_uid(self, reference: str, task: str, address: str) -> str:
        """Give the keyed name under which a task stands in the calendar at an address: always the same."""
        ...

    def entries_given(self, reference: str, tasks: Collection[str]) -> Sequence[GivenEntry]:
        """Give every mail that has put, or may yet put, one of these tasks into somebody's calendar."""
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

    def week_book(self, first: datetime, end: datetime) -> WeekBook:
        """Count the mails taken in from one moment until before another, and what became of each of them."""
        ...

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day."""
        ...

    def put_digest(self, at: datetime, on: date, mails: Sequence[WrittenMail]) -> bool:
        """Put the digest of a day in the outbox and remember it; False where that day's was written already."""
        ...


class HeldAlarmStore(Protocol):
    """What is held, and that it was told of again."""

    def held_since(self) -> datetime | None:
        """Give when the mail that has waited longest for a person was held; None where none waits."""
        ...

    def held_mails(self) -> Sequence[WaitingMail]:
        """Give every mail that waits for a person, the oldest first."""
        ...

    def last_told(self) -> datetime | None:
        """Give when a mail last told of all that is held: an alarm, or the page of a morning."""
        ...

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day."""
        ...

    def put_alarm(self, at: datetime, last: datetime | None, mails: Sequence[WrittenMail]) -> bool:
        """Put an alarm in the outbox and remember it; False where somebody has told of it since `last`."""
        ...


class ReconciliationStore(Protocol):
    """What the database knows of the mailbox. A mail is named by its `server_id`, as intake took it."""

    def last_reconciled(self) -> Reconciled | None:
        """Give what was found the last time."""
        ...

    def count_strangers(self, server_ids: Collection[str]) -> int:
        """Count those of these mails that the database has never seen."""
        ...

    def count_missing(self, server_ids: Collection[str], since: datetime) -> int:
        """Count the mails received since a moment and filed in the mailbox that are not among these."""
        ...

    def count_stranded(self, before: datetime) -> int:
        """Count the mails taken in before a moment that nobody has worked on."""
        ...

    def put_reconciled(self, at: datetime, found: Reconciled) -> None:
        """Keep what was found."""
        ...


class NoticeStore(Protocol):
    """What the program has to tell of itself, as it happens."""

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day."""
        ...

    def put_notices(self, at: datetime, mails: Sequence[WrittenMail]) -> None:
        """Put mails of the program's own dossier in the outbox; one that is there already is the same mail."""
        ...


class AskedAddresses(Protocol):
    """Which addresses of the contact list wait for their holder's word, and which have been asked for it."""

    def forget_but(self, unconfirmed: Collection[str]) -> Sequence[str]:
        """Forget every other address; give those of these that were never asked and have not been confirmed."""
        ...

    def put_question(self, at: datetime, address: str, mail: WrittenMail) -> None:
        """Put the mail that asks in the outbox, and remember that this address was asked."""
        ...
