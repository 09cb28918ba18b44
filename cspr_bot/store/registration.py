"""The inbox, and what a mail may refer to, as registration sees them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, bindparam, insert, select, update

from cspr_bot.pipeline.kept import CaseAttachment, GivenCode, HeldMail, KeptMail, MailStatus, Registration
from cspr_bot.procedure.case import Case
from cspr_bot.referral.form import ReferralForm
from cspr_bot.store.asked_addresses import confirm_address
from cspr_bot.store.cases import case_key, open_case, opening_place, queue_events, read_state, unwrapped
from cspr_bot.store.database import Database, Transaction
from cspr_bot.store.dossier import put_in_dossier
from cspr_bot.store.encryption import DataKey, Place, SealBrokenError, new_token
from cspr_bot.store.intake import IN_JUNK, VANISHED, raw_place
from cspr_bot.store.outbox import head_place
from cspr_bot.store.records import AttachmentHead, InboxHead, Opening, OutboxHead, from_bytes, to_bytes
from cspr_bot.store.tables import attachments, cases, codes, form_digests, inbox, originals, outbox, referrals, tasks

if TYPE_CHECKING:
    from cspr_bot.pipeline.ports import Doubt

_OF_KEPT = (
    inbox.c.id,
    inbox.c.sha256,
    inbox.c.received_at,
    inbox.c.taken_at,
    inbox.c.attempts,
    inbox.c.doubt,
)
_OLDEST_NEW = (
    select(inbox.c.id).where(inbox.c.status == "new").order_by(inbox.c.id).limit(1).scalar_subquery().correlate(None)
)
_CLAIM = (
    update(inbox)
    .where(inbox.c.id == _OLDEST_NEW, inbox.c.status == "new")
    .values(attempts=inbox.c.attempts + 1)
    .returning(*_OF_KEPT)
)
_KEPT = select(*_OF_KEPT).where(inbox.c.id == bindparam("of_id"))
_RAW = select(originals.c.sealed_raw).where(originals.c.inbox_id == bindparam("of_id"))
_COPY = (
    select(inbox.c.id, inbox.c.status, inbox.c.reference)
    .where(inbox.c.sha256 == bindparam("of_sha256"), inbox.c.id < bindparam("of_id"), inbox.c.status != "new")
    .where(~((inbox.c.status == "ignored") & IN_JUNK))  # what a person fetched out of the junk is judged anew
    .where(~VANISHED)  # an empty mail is no copy of one that nobody has read
    .order_by(inbox.c.id)
    .limit(1)
)
_REGISTER = update(inbox).where(inbox.c.id == bindparam("of_id"), inbox.c.status == bindparam("of_status"))
_HEAD = select(inbox.c.sealed).where(inbox.c.id == bindparam("of_id"))
_HOLD = update(inbox).where(inbox.c.id == bindparam("of_id"))
_HELD = select(inbox.c.id, inbox.c.received_at).where(inbox.c.id == bindparam("of_id"), inbox.c.status == "held")
_KEEP_FILES = insert(attachments)
_BOUNCE = update(outbox).where(outbox.c.id == bindparam("of_id"))

_FORM = (
    select(form_digests.c.reference, form_digests.c.inbox_id)
    .where(form_digests.c.digest_hash.in_(bindparam("of_digests", expanding=True)))
    # A case that was opened comes before a mail that is held: what it is a copy of is on file.
    .order_by(form_digests.c.reference.like("held:%"), form_digests.c.inbox_id.nulls_last())
    .limit(1)
)
_OPENING = (
    select(referrals.c.sealed, cases.c.wrapped_key)
    .join(cases, cases.c.reference == referrals.c.reference)
    .where(referrals.c.reference == bindparam("of_reference"))
)
_WAS_SENT = (
    select(outbox.c.id)
    .where(
        outbox.c.notice == bindparam("of_notice"),
        outbox.c.recipient_hash == bindparam("of_recipient"),
        outbox.c.queued_at >= bindparam("of_since"),
    )
    .limit(1)
)
_CASE = select(cases.c.reference, cases.c.provisional, cases.c.wrapped_key).where(
    cases.c.reference == bindparam("of_reference")
)
_TASK = select(tasks.c.timer, tasks.c.agency, tasks.c.status).where(
    tasks.c.reference == bindparam("of_reference"), tasks.c.id == bindparam("of_task")
)
_GIVEN = (
    select(
        outbox.c.id,
        outbox.c.reference,
        outbox.c.task,
        outbox.c.header_hash,
        outbox.c.sealed_head,
        cases.c.wrapped_key,
        codes.c.spent_at,
        tasks.c.status.label("task_status"),
    )
    .join(cases, cases.c.reference == outbox.c.reference)
    .join(codes, codes.c.outbox_id == outbox.c.id, isouter=True)
    .join(tasks, (tasks.c.reference == outbox.c.reference) & (tasks.c.id == outbox.c.task), isouter=True)
    .limit(1)
)
_BY_CODE = _GIVEN.where(codes.c.code_hash == bindparam("of_hash"))
_BY_MESSAGE = _GIVEN.where(outbox.c.message_hash == bindparam("of_hash"))
_BY_EFFECT = _GIVEN.where(outbox.c.header_hash == bindparam("of_hash"))


def inbox_place(inbox_id: int) -> Place:
    """Say where lies what was found out about a mail."""
    return Place("inbox", str(inbox_id), "sealed")


def attachment_place(token: bytes, column: str) -> Place:
    """Say where a kept file lies."""
    return Place("attachments", token.hex(), column)


class _NotHeldError(Exception):
    """Takes back what was written of an answer: somebody has decided on the held mail meanwhile."""


class SqlRegistration:
    """`RegistrationStore` over the database, and the same door for a person who decides on a held mail."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def claim_mail(self) -> KeptMail | None:
        """Give the oldest mail that is not registered.

        The attempt is counted in a transaction of its own before anybody looks inside, so a mail that kills its
        reader is known by its count. Two who claim at once may get the same mail: `register` lets one of them win.
        """
        with self._db.write() as tx:
            row = tx.row(_CLAIM)
            return None if row is None else _kept(tx, row)

    def kept_mail(self, inbox_id: int) -> KeptMail | None:
        """Give any mail that is kept, registered or not."""
        with self._db.read() as tx:
            row = tx.row(_KEPT, {"of_id": inbox_id})
            return None if row is None else _kept(tx, row)

    def register(self, inbox_id: int, registration: Registration, at: datetime) -> None:
        """Write what became of a mail. A mail that is registered already is left as it is."""
        with self._db.write() as tx:
            _file(tx, inbox_id, "new", InboxHead(), registration, at)

    def decide(
        self, inbox_id: int, registration: Registration, held_id: int, released: Registration, at: datetime
    ) -> bool:
        """Write what became of a mail that decides on a held one, and of that; False, and nothing, if none is held.

        The answer is filed first and its files are kept last, for their case may be opened in between.
        """
        answer = replace(registration, attachments=())
        try:
            with self._db.write() as tx:
                if not _file(tx, inbox_id, "new", InboxHead(), answer, at):
                    return False
                _release_or_take_back(tx, held_id, released, at, registration.sender or "")
                _keep_files(tx, inbox_id, registration)
        except _NotHeldError:
            return False
        return True

    def release(self, inbox_id: int, registration: Registration, at: datetime, *, by: str) -> bool:
        """Write what a person decided on a held mail; False where it is not held (any more).

        Who decided is kept sealed with the mail, with every reason that was given before.
        """
        with self._db.write() as tx:
            return _file(tx, inbox_id, "held", _head_of_release(tx, inbox_id, by), registration, at)

    def find_copy(self, inbox_id: int, sha256: str) -> tuple[int, MailStatus, str | None] | None:
        """Give (id, status, case) of the first registered mail with the very same bytes that came before."""
        with self._db.read() as tx:
            row = tx.row(_COPY, {"of_id": inbox_id, "of_sha256": sha256})
            return None if row is None else (row.id, row.status, row.reference)

    def find_code(self, code: str) -> GivenCode | None:
        """Look up an answer code by its keyed hash: how long that takes says nothing about the codes that exist."""
        return self._given(_BY_CODE, "code", code)

    def find_message(self, message_id: str) -> GivenCode | None:
        """Look up a Message-ID of ours."""
        return self._given(_BY_MESSAGE, "message id", message_id)

    def find_effect(self, effect: str) -> GivenCode | None:
        """Look up an X-CSPR-Effect of ours."""
        return self._given(_BY_EFFECT, "effect", effect)

    def find_form(self, digests: Iterable[str]) -> tuple[str, int | None] | None:
        """Give (case, id of the first mail) where a file with one of these digests opened a case.

        The mail is None where a person opened the case from a file.
        """
        with self._db.read() as tx:
            row = tx.row(_FORM, {"of_digests": [tx.ring.hash("form", digest) for digest in digests]})
            return None if row is None else (row.reference, row.inbox_id)

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        """Say whether a mail of this notice was written to an address since a moment."""
        with self._db.read() as tx:
            recipient = tx.ring.hash("recipient", address.lower())
            about = {"of_notice": notice, "of_recipient": recipient, "of_since": since}
            return tx.row(_WAS_SENT, about) is not None

    def has_case(self, reference: str) -> bool:
        """Say whether there is such a case."""
        with self._db.read() as tx:
            return tx.row(_CASE, {"of_reference": reference}) is not None

    def takes_mail(self, reference: str) -> bool:
        """Say whether mails can be filed on this: a case that was opened, and not erased; no held mail, no digest."""
        with self._db.read() as tx:
            row = tx.row(_CASE, {"of_reference": reference})
            return row is not None and bool(row.wrapped_key) and not row.provisional

    def form_of(self, case: str) -> ReferralForm | None:
        """Give the form of a case as it stands; None where there is none, or where the case was erased."""
        with self._db.read() as tx:
            row = tx.row(_OPENING, {"of_reference": case})
            if row is None or not row.wrapped_key:
                return None
            return from_bytes(Opening, unwrapped(tx, case, row.wrapped_key).open(opening_place(case), row.sealed)).form

    def held_mail(self, case: str) -> HeldMail | None:
        """Give the mail of a provisional case; None where it is no such case, or the mail is held no more."""
        prefix, _, number = case.partition(":")
        if prefix != "held":
            return None
        with self._db.read() as tx:
            row = tx.row(_HELD, {"of_id": int(number)})
            return None if row is None else HeldMail(row.id, case, row.received_at)

    def task_is_open(self, case: str, task: str) -> bool:
        """Say whether a task still waits to be done."""
        with self._db.read() as tx:
            row = tx.row(_TASK, {"of_reference": case, "of_task": task})
            return row is not None and row.status == "open"

    def task_timer(self, case: str, task: str) -> tuple[str, str | None] | None:
        """Give (timer, agency) of a task."""
        with self._db.read() as tx:
            row = tx.row(_TASK, {"of_reference": case, "of_task": task})
            return None if row is None else (row.timer, row.agency)

    def case_as_it_stands(self, case: str) -> Case:
        """Give a case as the rules have left it."""
        with self._db.read() as tx:
            return read_state(tx, case)

    def _given(self, statement: Select[*tuple[object, ...]], purpose: str, secret: str) -> GivenCode | None:
        with self._db.read() as tx:
            row = tx.row(statement, {"of_hash": tx.ring.hash(purpose, secret)})
            if row is None or not row.wrapped_key:  # a mail of an erased case refers to nothing
                return None
            key = unwrapped(tx, row.reference, row.wrapped_key)
            head = from_bytes(OutboxHead, key.open(head_place(row.header_hash), row.sealed_head))
            is_spent = row.spent_at is not None or row.task_status in ("done", "cancelled")
            order, contact = head.order, head.contact or ""
            return GivenCode(
                row.reference, row.task, contact, row.id, is_spent, order.notice, head.recipient, order.role
            )


def _release_or_take_back(tx: Transaction, held_id: int, released: Registration, at: datetime, by: str) -> None:
    if not _file(tx, held_id, "held", _head_of_release(tx, held_id, by), released, at):
        raise _NotHeldError


def _head_of_release(tx: Transaction, inbox_id: int, by: str) -> InboxHead:
    before = read_head(tx, inbox_id)
    return InboxHead(before.sender, before.message_id, before.reasons, released_by=by)


def _kept(tx: Transaction, row: Row[Any]) -> KeptMail:
    """Give a mail as it was kept. One whose bytes were changed, or are gone, is for a person: it keeps none waiting."""
    doubt: Doubt = row.doubt or ""
    raw = b""
    kept = tx.row(_RAW, {"of_id": row.id})
    try:
        if kept is None:
            doubt = "changed"
        else:
            raw = tx.ring.installation.open(raw_place(row.id), kept.sealed_raw)
    except SealBrokenError:
        doubt = "changed"
    return KeptMail(row.id, row.sha256, row.received_at, row.taken_at, raw, row.attempts, doubt)


def read_head(tx: Transaction, inbox_id: int) -> InboxHead:
    """Give what was found out about a mail so far."""
    row = tx.row(_HEAD, {"of_id": inbox_id})
    if row is None or row.sealed is None:
        return InboxHead()
    return from_bytes(InboxHead, tx.ring.installation.open(inbox_place(inbox_id), row.sealed))


def hold(tx: Transaction, inbox_id: int, reason: str, at: datetime) -> None:
    """Hold a mail whose answer the rules refused, whatever was made of it before."""
    before = read_head(tx, inbox_id)
    head = replace(before, reasons=(*before.reasons, reason))
    sealed = tx.ring.installation.seal(inbox_place(inbox_id), to_bytes(head))
    tx.run(_HOLD, {"of_id": inbox_id, "status": "held", "sealed": sealed})
    tx.note(at, "rules", "mail_held", inbox=inbox_id)


def _file(
    tx: Transaction, inbox_id: int, status: str, before: InboxHead, registration: Registration, at: datetime
) -> bool:
    """File a mail that is in this status; False, and nothing is touched, where it is not."""
    head = replace(
        before,
        sender=registration.sender or before.sender,
        message_id=registration.message_id or before.message_id,
        reasons=(*before.reasons, *registration.reasons),
    )
    filed = {
        "of_id": inbox_id,
        "of_status": status,
        "status": registration.status,
        "kind": registration.kind,
        "reference": registration.case,
        "registered_at": at,
        **({"received_at": registration.received_at} if registration.received_at else {}),
        "bounced": list(registration.bounced) or None,
        "bounce_permanent": registration.bounce_permanent,
        "sealed": tx.ring.installation.seal(inbox_place(inbox_id), to_bytes(head)),
    }
    if not tx.changes_one(_REGISTER, filed):
        return False
    actor = "registration" if status == "new" else "person"
    for new in registration.cases:
        open_case(tx, new, inbox_id, at, actor)
    queue_events(tx, registration.events, at)
    _keep_files(tx, inbox_id, registration)
    for outbox_id in registration.bounced:
        tx.run(_BOUNCE, {"of_id": outbox_id, "bounced_by": inbox_id, "bounce_permanent": registration.bounce_permanent})
    for held_id in registration.released:
        _file_with(tx, held_id, registration.case, inbox_id, at)
    if registration.confirmed is not None:
        confirm_address(tx, registration.confirmed, at)
    if registration.mails:
        put_in_dossier(tx, registration.mails, at)
    what = "mail_registered" if status == "new" else "mail_released"
    tx.note(at, actor, what, registration.case, inbox=inbox_id, kind=registration.kind, status=registration.status)
    return True


def _file_with(tx: Transaction, held_id: int, case: str | None, inbox_id: int, at: datetime) -> None:
    """File a mail that is held with one that came after it; one that a person has decided on meanwhile stays so."""
    before = read_head(tx, held_id)
    head = replace(before, reasons=(*before.reasons, f"its form came with mail {inbox_id}"))
    sealed = tx.ring.installation.seal(inbox_place(held_id), to_bytes(head))
    filed = {"of_id": held_id, "of_status": "held", "status": "filed", "reference": case, "sealed": sealed}
    if tx.changes_one(_REGISTER, filed):
        tx.note(at, "registration", "mail_released", case, inbox=held_id)


def _keep_files(tx: Transaction, inbox_id: int, registration: Registration) -> None:
    """Keep what came with a mail under the key of its case; where it opened several, with each, for each may end."""
    if not registration.attachments:
        return
    opened = (new.reference for new in registration.cases)
    references = dict.fromkeys(filter(None, (registration.case, *opened)))
    kept = ((reference, file) for reference in references for file in registration.attachments)
    tx.run(_KEEP_FILES, [_sealed_file(case_key(tx, reference), reference, inbox_id, file) for reference, file in kept])


def _sealed_file(key: DataKey, reference: str, inbox_id: int, file: CaseAttachment) -> dict[str, object]:
    token = new_token()
    head = to_bytes(AttachmentHead(file.name, file.media_type))
    return {
        "token": token,
        "reference": reference,
        "inbox_id": inbox_id,
        "sealed_head": key.seal(attachment_place(token, "sealed_head"), head),
        "sealed_content": key.seal(attachment_place(token, "sealed_content"), file.content),
    }
