"""Erasing a case: its key is destroyed, and with it every copy of what was sealed under it, backups apart.

What stays is what says nothing of a person: that there was a case, when things happened, the audit log.
"""

from datetime import datetime

from sqlalchemy import String, bindparam, delete, select, update

from cspr_bot.store.database import Transaction
from cspr_bot.store.encryption import Place
from cspr_bot.store.records import Said, to_bytes
from cspr_bot.store.tables import (
    attachments,
    cases,
    codes,
    erasures,
    event_queue,
    events,
    form_digests,
    inbox,
    originals,
    outbox,
    referrals,
    tasks,
)

GONE = b""
_OF_CASE = bindparam("of_reference", type_=String)

_DESTROY_KEY = (
    update(cases)
    .where(cases.c.reference == _OF_CASE, cases.c.wrapped_key != GONE)
    .values(wrapped_key=GONE, sealed_state=GONE, sealed_trouble=None, next_moment=None, version=cases.c.version + 1)
)
# The raw mails are under the installation's key: they are emptied, but one that another case was opened from as well.
# (`not_in` finds nothing at all where there is an empty one among the others.)
_OTHERS = select(form_digests.c.inbox_id).where(
    form_digests.c.reference != _OF_CASE, form_digests.c.inbox_id.is_not(None)
)
_OWN_MAILS = select(inbox.c.id).where(inbox.c.reference == _OF_CASE, inbox.c.id.not_in(_OTHERS))
_ALSO_FROM = select(form_digests.c.inbox_id).where(
    form_digests.c.reference == _OF_CASE, form_digests.c.inbox_id.not_in(_OTHERS)
)
_STATEMENTS = (
    update(originals).where(originals.c.inbox_id.in_(_OWN_MAILS)).values(sealed_raw=GONE),
    update(originals).where(originals.c.inbox_id.in_(_ALSO_FROM)).values(sealed_raw=GONE),
    update(inbox).where(inbox.c.id.in_(_OWN_MAILS)).values(sealed=None),
    update(inbox).where(inbox.c.id.in_(_ALSO_FROM)).values(sealed=None),
    delete(form_digests).where(form_digests.c.reference == _OF_CASE),
    delete(codes).where(codes.c.reference == _OF_CASE),
    delete(attachments).where(attachments.c.reference == _OF_CASE),
    update(referrals).where(referrals.c.reference == _OF_CASE).values(sealed=GONE),
    update(events).where(events.c.reference == _OF_CASE).values(sealed=GONE),
    update(event_queue).where(event_queue.c.reference == _OF_CASE).values(sealed=GONE, sealed_outcome=None),
    update(event_queue)
    .where(event_queue.c.reference == _OF_CASE, event_queue.c.status == "waiting")
    .values(status="refused"),
    update(tasks).where(tasks.c.reference == _OF_CASE, tasks.c.status == "open").values(status="cancelled"),
    update(outbox)
    .where(outbox.c.reference == _OF_CASE)
    .values(sealed_head=GONE, sealed_content=GONE, sealed_reason=None, awaits_rewriting=False),
    update(outbox)
    .where(outbox.c.reference == _OF_CASE, outbox.c.status.in_(("waiting", "sending", "unknown", "failed")))
    .values(status="cancelled"),
)


def erase_case(tx: Transaction, reference: str, at: datetime, by: tuple[str, str]) -> bool:
    """Erase a case; False where there is none, or it was erased before. Who decided is kept, sealed, apart from it."""
    if not tx.changes_one(_DESTROY_KEY, {"of_reference": reference}):
        return False
    for statement in _STATEMENTS:
        tx.run(statement, {"of_reference": reference})
    said = tx.ring.installation.seal(erasure_place(reference), to_bytes(Said(" and ".join(by))))
    tx.run(erasures.insert(), {"reference": reference, "at": at, "sealed": said})
    tx.note(at, "person", "case_erased", reference)
    return True


def erasure_place(reference: str) -> Place:
    """Say where lies who erased a case."""
    return Place("erasures", reference, "sealed")
