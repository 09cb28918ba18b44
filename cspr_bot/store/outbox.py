"""The outbox's rows: how a mail is put there once, who its group is, and how a row is read again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.kept import NewEvent, WrittenMail
from cspr_bot.pipeline.ports import OutgoingMail
from cspr_bot.store.cases import queue_events
from cspr_bot.store.database import Transaction
from cspr_bot.store.encryption import DataKey, Place
from cspr_bot.store.records import OutboxHead, from_bytes, to_bytes
from cspr_bot.store.tables import cases, codes, outbox

# By its key or by its effect, which follows from the key: it is the same mail.
_PUT = insert_once(outbox).on_conflict_do_nothing().returning(outbox.c.id)
_GIVE_CODE = insert(codes)

_GROUP = (
    outbox.c.reference == bindparam("of_reference"),
    outbox.c.event == bindparam("of_event"),
    outbox.c.notice == bindparam("of_notice"),
)
_UNSENT = ("waiting", "sending", "unknown", "failed")
_LEFT = select(
    func.count().filter(outbox.c.status.in_(_UNSENT) | outbox.c.awaits_rewriting).label("unsent"),
    func.count().filter(outbox.c.status == "sent").label("sent"),
    func.count().filter(outbox.c.is_group_settled).label("settled"),
).where(*_GROUP)
# Two mails of a group that are settled at the same time do not see each other: they take turns at their case.
_ALONE = select(cases.c.reference).where(cases.c.reference == bindparam("of_reference")).with_for_update(key_share=True)
_SETTLE_GROUP = update(outbox).where(*_GROUP).values(is_group_settled=True)


def head_place(header_hash: bytes) -> Place:
    """Say where the head of a mail lies. A row goes by its effect, which is random and known before its number."""
    return Place("outbox", header_hash.hex(), "sealed_head")


def content_place(header_hash: bytes) -> Place:
    """Say where the bytes of a mail lie."""
    return Place("outbox", header_hash.hex(), "sealed_content")


def reason_place(header_hash: bytes) -> Place:
    """Say where the last failure of a mail lies: servers like to repeat the address in it."""
    return Place("outbox", header_hash.hex(), "sealed_reason")


def put_mail(tx: Transaction, key: DataKey, reference: str, written: WrittenMail, at: datetime) -> None:
    """Put a mail in the outbox with its answer code.

    Where one with its key was there before, whatever became of that, it is the same mail: nothing is written, its
    code is worth nothing, and the audit log says that it was suppressed.
    """
    row = _row(tx, key, reference, written, at)
    order = written.order
    put = tx.row(_PUT, row)
    told: dict[str, str | int] = {"notice": order.notice, "role": written.role, "rung": order.rung}
    if put is None:
        tx.note(at, "rules", "mail_suppressed", reference, **told)
        return
    tx.note(at, "rules", "mail_queued", reference, outbox=put.id, **told)
    if written.code is not None:
        tx.run(
            _GIVE_CODE,
            {
                "code_hash": tx.ring.hash("code", written.code),
                "outbox_id": put.id,
                "reference": reference,
                "task": order.task,
            },
        )


def _row(tx: Transaction, key: DataKey, reference: str, written: WrittenMail, at: datetime) -> dict[str, object]:
    mail, order, ring = written.mail, written.order, tx.ring
    header_hash = ring.hash("effect", mail.effect)
    head = OutboxHead(
        mail.sender,
        mail.recipient,
        mail.message_id,
        mail.effect,
        order,
        written.contact,
        written.in_reply_to,
        written.calendar,
    )
    return {
        "reference": reference,
        "effect_key": ring.hash("mail", reference, written.key, mail.recipient),
        "notice": order.notice,
        "role": written.role,
        "task": order.task,
        "event": order.event,
        "rung": order.rung,
        "level": order.level,
        "when_all_sent": order.when_all_sent,
        "is_group_settled": False,
        "awaits_rewriting": False,
        "status": "waiting",
        "attempts": 0,
        "queued_at": at,
        "not_before": at,
        "testing": written.testing,
        "is_listed": written.is_listed,
        "recipient_hash": ring.hash("recipient", mail.recipient.lower()),
        "message_hash": ring.hash("message id", mail.message_id),
        "header_hash": header_hash,
        "sealed_head": key.seal(head_place(header_hash), to_bytes(head)),
        "sealed_content": key.seal(content_place(header_hash), mail.content),
    }


def opened_head(key: DataKey, row: Row[Any]) -> OutboxHead:
    """Read the head of a mail from its row."""
    return from_bytes(OutboxHead, key.open(head_place(row.header_hash), row.sealed_head))


def opened_mail(key: DataKey, row: Row[Any]) -> OutgoingMail:
    """Read a mail from its row, as it was written to the byte."""
    head = opened_head(key, row)
    content = key.open(content_place(row.header_hash), row.sealed_content)
    return OutgoingMail(head.sender, head.recipient, head.message_id, head.effect, content)


def settle_group(tx: Transaction, row: Row[Any], at: datetime) -> None:
    """Where a mail was the last of its group to leave, let what waits for that happen on the case, once.

    A mail that was given up or may have left holds the group open until a person has decided; one that was taken
    back holds it until it is written anew; one that a person cancelled does not.
    """
    if row.when_all_sent is None:
        return
    tx.run(_ALONE, {"of_reference": row.reference})
    group = {"of_reference": row.reference, "of_event": row.event, "of_notice": row.notice}
    left = tx.rows(_LEFT, group)[0]
    if left.unsent or left.settled or not left.sent:
        return
    tx.run(_SETTLE_GROUP, group)
    queue_events(tx, [NewEvent(row.reference, row.when_all_sent, at, "clock", "cspr-bot")], at)
