"""What registration and progression both do to a case: open it, find its key, put an event before its rules."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, exists, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.kept import NewCase, NewEvent
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from cspr_bot.procedure.case import Case
from cspr_bot.store.database import Transaction
from cspr_bot.store.encryption import DataKey, Place, new_token
from cspr_bot.store.records import Opening, from_bytes, to_bytes
from cspr_bot.store.tables import cases, event_queue, form_digests, referrals

_KEY = select(cases.c.wrapped_key).where(cases.c.reference == bindparam("of_reference"))
_STATE = select(cases.c.wrapped_key, cases.c.sealed_state).where(cases.c.reference == bindparam("of_reference"))
_OPEN = insert_once(cases).on_conflict_do_nothing(index_elements=[cases.c.reference]).returning(cases.c.reference)
_KEEP_REFERRAL = insert(referrals)
_QUEUE = insert(event_queue).returning(event_queue.c.id)

# The first delivery of a form keeps its digest. Only a case that was opened from a held mail takes it over.
_digests = insert_once(form_digests)
_KEEP_DIGEST = _digests.on_conflict_do_update(
    index_elements=[form_digests.c.digest_hash],
    set_={"reference": _digests.excluded.reference},
    where=exists().where(cases.c.reference == form_digests.c.reference, cases.c.provisional),
)


def state_place(reference: str) -> Place:
    """Say where the rules' state of a case lies."""
    return Place("cases", reference, "sealed_state")


def opening_place(reference: str) -> Place:
    """Say where the form and the people of a case lie."""
    return Place("referrals", reference, "sealed")


def queued_place(token: bytes) -> Place:
    """Say where a queued event lies. A row goes by its token, which is random and known before its number."""
    return Place("event_queue", token.hex(), "sealed")


def case_key(tx: Transaction, reference: str) -> DataKey:
    """Give the data key of a case."""
    known = tx.keys.get(reference)
    if known is not None:
        return known
    found = tx.row(_KEY, {"of_reference": reference})
    if found is None:
        raise LookupError(f"no case {reference}")
    return unwrapped(tx, reference, found.wrapped_key)


def unwrapped(tx: Transaction, reference: str, wrapped: bytes) -> DataKey:
    """Give the data key of a case whose row is at hand; an erased case has none."""
    if not wrapped:
        raise PermanentFailure(f"case {reference} was erased")
    tx.keys[reference] = tx.ring.case_key(reference, wrapped)
    return tx.keys[reference]


def read_state(tx: Transaction, reference: str) -> Case:
    """Read a case as the rules have left it; one that does not exist is a `LookupError`."""
    row = tx.row(_STATE, {"of_reference": reference})
    if row is None:
        raise LookupError(f"no case {reference}")
    key = unwrapped(tx, reference, row.wrapped_key)
    return from_bytes(Case, key.open(state_place(reference), row.sealed_state))


def told_stages(case: Case) -> Mapping[str, str | Mapping[str, str]]:
    """Give region → stage as the lists show it, with agency → stage where a region is kept per agency."""
    return {**case.stages, **{region: dict(stages) for region, stages in case.agency_stages.items()}}


def open_case(tx: Transaction, new: NewCase, inbox_id: int | None, at: datetime, actor: str) -> None:
    """Open a case with a data key of its own.

    A held mail may be held again, and its provisional case runs already: that one is left as it is. A clash of two
    real references is chance: `TemporaryFailure`, and the next try brings another reference.
    """
    key, wrapped = tx.ring.new_case_key(new.reference)
    case = Case(new.reference, provisional=new.provisional, quiet_until=new.quiet_until)
    opened = tx.row(
        _OPEN,
        {
            "reference": new.reference,
            "provisional": new.provisional,
            "opened_at": new.opened_at,
            "version": 1,
            "next_moment": None,
            "stages": {},
            "flags": [],
            "wrapped_key": wrapped,
            "sealed_state": key.seal(state_place(new.reference), to_bytes(case)),
        },
    )
    if opened is None and not new.provisional:
        raise TemporaryFailure("the new reference is taken already")
    if opened is not None:
        tx.keys[new.reference] = key
        opening = to_bytes(Opening(new.form, new.parties, new.message_id))
        tx.run(_KEEP_REFERRAL, {"reference": new.reference, "sealed": key.seal(opening_place(new.reference), opening)})
        tx.note(at, actor, "case_opened", new.reference, **({} if inbox_id is None else {"inbox": inbox_id}))
    _keep_digests(tx, new, inbox_id)


def _keep_digests(tx: Transaction, new: NewCase, inbox_id: int | None) -> None:
    rows = [
        {"digest_hash": tx.ring.hash("form", digest), "reference": new.reference, "inbox_id": inbox_id}
        for digest in new.digests
    ]
    if rows:
        tx.run(_KEEP_DIGEST, rows)


def queue_events(tx: Transaction, events: Iterable[NewEvent], at: datetime) -> tuple[int, ...]:
    """Put events before the rules, sealed under their case's key; give their places in the queue."""
    places = []
    for event in events:
        key, token = case_key(tx, event.case), new_token()
        queued = {
            "token": token,
            "reference": event.case,
            "name": event.name,
            "source": event.source,
            "inbox_id": event.inbox_id,
            "queued_at": at,
            "status": "waiting",
            "sealed": key.seal(queued_place(token), to_bytes(event)),
        }
        places.append(int(tx.run(_QUEUE, queued).scalar_one()))
    return tuple(places)
