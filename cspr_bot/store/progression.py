"""The queue of events, the clock's queue and the cases, as progression sees them: one step, one transaction."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.kept import CaseFile, GivenEntry, NewCase, NewEvent, Party, PendingEvent, Progress
from cspr_bot.pipeline.ports import MAIL_STALE, CaseMoved
from cspr_bot.procedure.case import Case, Event, Notification
from cspr_bot.referral.form import ReferralForm
from cspr_bot.store.cases import (
    case_key,
    open_case,
    opening_place,
    queue_events,
    queued_place,
    state_place,
    told_stages,
    unwrapped,
)
from cspr_bot.store.database import Database, Transaction
from cspr_bot.store.encryption import DataKey, Place
from cspr_bot.store.outbox import opened_head, put_mail, settle_group
from cspr_bot.store.projection import tell_tasks
from cspr_bot.store.records import Opening, Outcome, Said, from_bytes, to_bytes
from cspr_bot.store.registration import hold
from cspr_bot.store.tables import absences, cases, event_queue, events, outbox, referrals

_earlier = event_queue.alias("earlier")
_NEXT_EVENT = (
    select(
        event_queue.c.id,
        event_queue.c.token,
        event_queue.c.reference,
        event_queue.c.queued_at,
        event_queue.c.sealed,
        cases.c.wrapped_key,
    )
    .join(cases, cases.c.reference == event_queue.c.reference)
    .where(
        event_queue.c.status == "waiting",
        or_(event_queue.c.not_before.is_(None), event_queue.c.not_before <= bindparam("of_now")),
        ~select(_earlier.c.id)  # what happens on one case happens in order, also where the first of it is put off
        .where(
            _earlier.c.reference == event_queue.c.reference,
            _earlier.c.status == "waiting",
            _earlier.c.id < event_queue.c.id,
            _earlier.c.not_before > bindparam("of_now"),
            event_queue.c.name != MAIL_STALE,
        )
        .exists(),
    )
    .order_by(event_queue.c.id)
    .limit(1)
)
_NEXT_EVENT_OF_CASE = _NEXT_EVENT.where(
    event_queue.c.reference == bindparam("of_reference"), event_queue.c.name != MAIL_STALE
)
_NEXT_DUE = (
    select(cases.c.reference)
    .where(cases.c.next_moment.is_not(None), cases.c.next_moment <= bindparam("of_now"))
    .order_by(cases.c.next_moment)
    .limit(1)
)
_PUT_OFF_EVENT = update(event_queue).where(event_queue.c.id == bindparam("of_id"), event_queue.c.status == "waiting")
_PUT_OFF_CASE = update(cases).where(cases.c.reference == bindparam("of_reference"))
_FAILING_EVENT = (
    select(event_queue.c.id, event_queue.c.reference, event_queue.c.sealed_outcome, cases.c.wrapped_key)
    .join(cases, cases.c.reference == event_queue.c.reference)
    .where(event_queue.c.status == "waiting", event_queue.c.sealed_outcome.is_not(None))
    .order_by(event_queue.c.id)
    .limit(1)
)
_FAILING_EVENT_OF_CASE = _FAILING_EVENT.where(
    event_queue.c.reference == bindparam("of_reference"), event_queue.c.name != MAIL_STALE
)
_FAILING_CASE = (  # by the index of moments: a case that was put off comes again soon
    select(cases.c.reference, cases.c.sealed_trouble, cases.c.wrapped_key)
    .where(
        cases.c.next_moment.is_not(None),
        cases.c.next_moment <= bindparam("of_until"),
        cases.c.sealed_trouble.is_not(None),
    )
    .order_by(cases.c.next_moment)
    .limit(1)
)
_QUEUED = select(event_queue.c.reference, event_queue.c.not_before).where(event_queue.c.id == bindparam("of_id"))
_LOAD = (
    select(
        cases.c.version,
        cases.c.opened_at,
        cases.c.wrapped_key,
        cases.c.sealed_state,
        referrals.c.sealed.label("opening"),
    )
    .join(referrals, referrals.c.reference == cases.c.reference)
    .where(cases.c.reference == bindparam("of_reference"))
)
_CORRECT = update(referrals).where(referrals.c.reference == bindparam("of_reference"))
_MAIL = select(outbox.c.reference, outbox.c.header_hash, outbox.c.sealed_head).where(outbox.c.id == bindparam("of_id"))
_OF_TASKS = (
    select(
        outbox.c.reference,
        outbox.c.task,
        outbox.c.status,
        outbox.c.header_hash,
        outbox.c.sealed_head,
    )
    .where(
        outbox.c.reference == bindparam("of_reference"),
        outbox.c.task.in_(bindparam("of_tasks", expanding=True)),
        outbox.c.status.not_in(("cancelled", "failed")),
    )
    .order_by(outbox.c.id)
)
_ABSENT = select(absences.c.contact_hash, absences.c.sealed).where(absences.c.until >= bindparam("of_day"))

_TAKE_VERSION = (
    update(cases)
    .where(cases.c.reference == bindparam("of_reference"), cases.c.version == bindparam("of_version"))
    .values(version=cases.c.version + 1)
    .returning(cases.c.wrapped_key)
)
_SAVE = update(cases).where(cases.c.reference == bindparam("of_reference"))
_SETTLE_EVENT = (
    update(event_queue)
    .where(event_queue.c.id == bindparam("of_id"), event_queue.c.status == "waiting")
    .returning(
        event_queue.c.name, event_queue.c.source, event_queue.c.inbox_id, event_queue.c.token, event_queue.c.sealed
    )
)
_OUTCOME = select(event_queue.c.reference, event_queue.c.status, event_queue.c.sealed_outcome).where(
    event_queue.c.id == bindparam("of_id")
)
_REMEMBER = insert(events)
_FREE_KEY = (
    update(outbox)
    .where(outbox.c.id == bindparam("of_id"), outbox.c.awaits_rewriting)
    .values(awaits_rewriting=False, effect_key=None)
    .returning(outbox.c.reference, outbox.c.event, outbox.c.notice, outbox.c.when_all_sent)
)
_absent = insert_once(absences)
_AWAY = _absent.on_conflict_do_update(
    index_elements=[absences.c.contact_hash],
    set_={"until": _absent.excluded.until, "sealed": _absent.excluded.sealed},
)


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What became of an event that a person recorded."""

    status: str
    reason: str | None = None
    warnings: tuple[str, ...] = ()


def event_place(reference: str, number: int) -> Place:
    """Say where lies who recorded an event, and in which words."""
    return Place("events", f"{reference}/{number}", "sealed")


def outcome_place(event_id: int) -> Place:
    """Say where lies what the rules answered."""
    return Place("event_queue", str(event_id), "sealed_outcome")


def trouble_place(reference: str) -> Place:
    """Say where lies why a case was put off."""
    return Place("cases", reference, "sealed_trouble")


def absence_place(contact_hash: bytes) -> Place:
    """Say where lies which contact is away."""
    return Place("absences", contact_hash.hex(), "sealed")


def put_off_event(tx: Transaction, reference: str) -> str | None:
    """Say why an event of a case is put off; None where none is."""
    row = tx.row(_FAILING_EVENT_OF_CASE, {"of_reference": reference})
    return None if row is None else _put_off_because(tx, row)


def _put_off_because(tx: Transaction, row: Row[Any]) -> str:
    key = unwrapped(tx, row.reference, row.wrapped_key)
    return from_bytes(Outcome, key.open(outcome_place(row.id), row.sealed_outcome)).reason or ""


class SqlProgression:
    """`ProgressionStore` over the database, and the queue's other end for whoever records an event."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def put_event(self, event: NewEvent, at: datetime) -> int:
        """Put an event in the queue; `outcome` tells later what became of it."""
        with self._db.write() as tx:
            return queue_events(tx, [event], at)[0]

    def open_cases(
        self, cases: Iterable[NewCase], events: Iterable[NewEvent], at: datetime, *, inbox_id: int | None = None
    ) -> None:
        """Open cases by hand, with the events that begin them: all of them, or none."""
        with self._db.write() as tx:
            for new in cases:
                open_case(tx, new, inbox_id, at, "person")
            queue_events(tx, events, at)

    def outcome(self, event_id: int) -> EventOutcome | None:
        """Give what became of an event; None where there is none with this number."""
        with self._db.read() as tx:
            row = tx.row(_OUTCOME, {"of_id": event_id})
            if row is None:
                return None
            if row.sealed_outcome is None:
                return EventOutcome(row.status)
            opened = case_key(tx, row.reference).open(outcome_place(event_id), row.sealed_outcome)
            said = from_bytes(Outcome, opened)
            return EventOutcome(row.status, said.reason, said.warnings)

    def next_event(self, now: datetime, case: str | None = None) -> PendingEvent | None:
        """Give the oldest event, of one case or of all, that waits for the rules and was not put off beyond now.

        Behind one that was put off all later ones of its case wait as well: they may build on it. A mail to be written
        anew has no place in that order, and is not among the events of one case.
        """
        of_case = {} if case is None else {"of_reference": case}
        with self._db.read() as tx:
            row = tx.row(_NEXT_EVENT if case is None else _NEXT_EVENT_OF_CASE, {"of_now": now, **of_case})
            if row is None:
                return None
            key = unwrapped(tx, row.reference, row.wrapped_key)
            event = from_bytes(NewEvent, key.open(queued_place(row.token), row.sealed))
            return PendingEvent(row.id, event, row.queued_at)

    def postpone_event(self, pending_id: int, until: datetime, reason: str) -> None:
        """Put an event off that cannot be worked on as things are, so that it blocks no other."""
        with self._db.write() as tx:
            row = tx.row(_QUEUED, {"of_id": pending_id})
            if row is None:
                return
            outcome = case_key(tx, row.reference).seal(outcome_place(pending_id), to_bytes(Outcome(reason)))
            tx.run(_PUT_OFF_EVENT, {"of_id": pending_id, "not_before": until, "sealed_outcome": outcome})

    def postpone_case(self, reference: str, until: datetime, reason: str) -> None:
        """Put a case's next moment off, likewise. The next step that is committed sets the true one again."""
        with self._db.write() as tx:
            sealed = case_key(tx, reference).seal(trouble_place(reference), reason.encode(errors="replace"))
            tx.run(_PUT_OFF_CASE, {"of_reference": reference, "next_moment": until, "sealed_trouble": sealed})

    def first_failing(self, until: datetime) -> str | None:
        """Say what is put off, and why: the oldest event, else the first case that comes again by then; None is well.

        The reason is an error of a template or of the calendar: it holds nothing of the case.
        """
        with self._db.read() as tx:
            event = tx.row(_FAILING_EVENT)
            if event is not None:
                return f"{event.reference}: {_put_off_because(tx, event)}"
            case = tx.row(_FAILING_CASE, {"of_until": until})
            if case is None:
                return None
            key = unwrapped(tx, case.reference, case.wrapped_key)
            return f"{case.reference}: {key.open(trouble_place(case.reference), case.sealed_trouble).decode()}"

    def failing_event(self, case: str) -> str | None:
        """Say why an event of this case is put off; None where none is."""
        with self._db.read() as tx:
            return put_off_event(tx, case)

    def next_due_case(self, now: datetime) -> str | None:
        """Give the case whose next moment came first: one look into an index of moments, however many cases."""
        with self._db.read() as tx:
            row = tx.row(_NEXT_DUE, {"of_now": now})
            return None if row is None else str(row.reference)

    def load_case(self, reference: str) -> CaseFile:
        """Load a case with its version; one that does not exist is a `LookupError`."""
        with self._db.read() as tx:
            return read_case(tx, reference)

    def ordered(self, outbox_id: int) -> tuple[Notification, str]:
        """Give the order of a mail in the outbox, and the address that it is for."""
        with self._db.read() as tx:
            row = tx.rows(_MAIL, {"of_id": outbox_id})[0]
            head = opened_head(case_key(tx, row.reference), row)
            return head.order, head.recipient

    def absences(self, on: date) -> frozenset[str]:
        """Give the keys of contacts who are away on this day; the last day away counts."""
        with self._db.read() as tx:
            return read_absences(tx, on)

    def calendar_uid(self, reference: str, task: str, address: str) -> str:
        """Give the keyed name under which a task stands in the calendar at an address: always the same."""
        return self._db.ring.hash("calendar", reference, task, address.lower()).hex()

    def entries_given(self, reference: str, tasks: Collection[str]) -> tuple[GivenEntry, ...]:
        """Give every mail that has put, or may yet put, one of these tasks into somebody's calendar.

        One that was given up or taken back has not; what nobody can tell of may have.
        """
        if not tasks:
            return ()
        with self._db.read() as tx:
            key = case_key(tx, reference)
            rows = tx.rows(_OF_TASKS, {"of_reference": reference, "of_tasks": list(tasks)})
            heads = [(row, opened_head(key, row)) for row in rows]
        return tuple(
            GivenEntry(row.task, head.calendar, head.order, head.contact, may_have_left=row.status != "waiting")
            for row, head in heads
            if head.calendar
        )

    def commit(self, version: int, progress: Progress, at: datetime) -> None:
        """Write one step whole.

        1. Take the version: who comes second finds it gone, and nothing of his is written.
        2. Settle the event in the queue; one that is settled already was somebody else's step, likewise.
        3. Save the case, unless the step refused its event or only wrote a mail anew: these leave it as it is.
        4. Let closed tasks go, then put the new mails in the outbox, in this order: a reminder that this very step
           wrote for a task is not among those that its closing takes back.
        """
        with self._db.write() as tx:
            key = _take_version(tx, progress.case.reference, version)
            pending = None if progress.pending_id is None else _settle_event(tx, key, progress.pending_id, progress, at)
            if progress.refused is None and progress.resent is None:
                _save(tx, key, progress, at)
            if progress.form is not None:
                _keep_form(tx, key, progress.case.reference, progress.form)
            if progress.applied is not None:
                _remember(tx, key, progress.case.reference, progress.applied, progress.recorded or pending, at)
            for text in progress.happened:
                tx.note(at, "rules", "concluded", progress.case.reference, conclusion=text)
            if progress.joining and progress.applied is not None:
                _keep_parties(tx, key, progress.case.reference, progress.joining, progress.applied.number)
            for contact, until in progress.absent:
                _note_absence(tx, contact, until, at)
            taken_back = None if progress.resent is None else tx.row(_FREE_KEY, {"of_id": progress.resent})
            for mail in progress.mails:
                put_mail(tx, key, progress.case.reference, mail, at)
            if taken_back is not None:
                settle_group(tx, taken_back, at)
            for new in progress.new_cases:
                open_case(tx, new, None if pending is None else pending.inbox_id, at, "rules")
            queue_events(tx, progress.new_events, at)


def read_case(tx: Transaction, reference: str) -> CaseFile:
    """Read a case and the people in it."""
    row = tx.row(_LOAD, {"of_reference": reference})
    if row is None:
        raise LookupError(f"no case {reference}")
    key = unwrapped(tx, reference, row.wrapped_key)
    case = from_bytes(Case, key.open(state_place(reference), row.sealed_state))
    opening = from_bytes(Opening, key.open(opening_place(reference), row.opening))
    return CaseFile(case, row.version, row.opened_at, opening.parties, opening.form, opening.first_message_id)


def read_absences(tx: Transaction, on: date) -> frozenset[str]:
    """Read who is away on a day."""
    return frozenset(
        tx.ring.installation.open(absence_place(row.contact_hash), row.sealed).decode()
        for row in tx.rows(_ABSENT, {"of_day": on})
    )


def _take_version(tx: Transaction, reference: str, version: int) -> DataKey:
    row = tx.row(_TAKE_VERSION, {"of_reference": reference, "of_version": version})
    if row is None:
        raise CaseMoved(reference)
    return unwrapped(tx, reference, row.wrapped_key)


def _settle_event(tx: Transaction, key: DataKey, pending_id: int, progress: Progress, at: datetime) -> NewEvent:
    """Take the event out of the queue, and where it was refused hold the mail that brought it."""
    outcome = key.seal(outcome_place(pending_id), to_bytes(Outcome(progress.refused, progress.warnings)))
    status = "applied" if progress.refused is None else "refused"
    row = tx.row(_SETTLE_EVENT, {"of_id": pending_id, "status": status, "settled_at": at, "sealed_outcome": outcome})
    if row is None:
        raise CaseMoved(progress.case.reference)
    if progress.refused is not None:
        tx.note(at, row.source, "event_refused", progress.case.reference, event=row.name, queued=pending_id)
        if row.inbox_id is not None:
            hold(tx, row.inbox_id, progress.refused, at)
    return from_bytes(NewEvent, key.open(queued_place(row.token), row.sealed))


def _save(tx: Transaction, key: DataKey, progress: Progress, at: datetime) -> None:
    case = progress.case
    tx.run(
        _SAVE,
        {
            "of_reference": case.reference,
            "next_moment": progress.next_moment,
            "stages": told_stages(case),
            "flags": sorted(case.flags),
            "sealed_state": key.seal(state_place(case.reference), to_bytes(case)),
            "sealed_trouble": None,
        },
    )
    tell_tasks(tx, case, at)


def _remember(
    tx: Transaction, key: DataKey, reference: str, applied: Event, recorded: NewEvent | None, at: datetime
) -> None:
    """Keep the event as it was recorded, its free text and its author sealed."""
    source = "clock" if recorded is None else recorded.source
    said = Said("clock", applied.fields) if recorded is None else Said(recorded.by, recorded.fields)
    tx.run(
        _REMEMBER,
        {
            "reference": reference,
            "number": applied.number,
            "name": applied.name,
            "at": applied.at,
            "known_at": applied.known_at,
            "source": source,
            "inbox_id": None if recorded is None else recorded.inbox_id,
            "sealed": key.seal(event_place(reference, applied.number), to_bytes(said)),
        },
    )
    tx.note(at, source, "event_applied", reference, event=applied.name, number=applied.number)


def _keep_form(tx: Transaction, key: DataKey, reference: str, form: ReferralForm) -> None:
    """Put a corrected form in the place of the case's form: every later mail goes by it."""
    row = tx.rows(_LOAD, {"of_reference": reference})[0]
    opening = from_bytes(Opening, key.open(opening_place(reference), row.opening))
    sealed = key.seal(opening_place(reference), to_bytes(replace(opening, form=form)))
    tx.run(_CORRECT, {"of_reference": reference, "sealed": sealed})


def _keep_parties(tx: Transaction, key: DataKey, reference: str, joining: tuple[Party, ...], number: int) -> None:
    """Add the people of a referral that was joined to the case, each with the event that brought them."""
    row = tx.rows(_LOAD, {"of_reference": reference})[0]
    opening = from_bytes(Opening, key.open(opening_place(reference), row.opening))
    parties = (*opening.parties, *(replace(party, joined_by=number) for party in joining))
    sealed = key.seal(opening_place(reference), to_bytes(replace(opening, parties=parties)))
    tx.run(_CORRECT, {"of_reference": reference, "sealed": sealed})


def _note_absence(tx: Transaction, contact: str, until: date, at: datetime) -> None:
    contact_hash = tx.ring.hash("contact", contact)
    sealed = tx.ring.installation.seal(absence_place(contact_hash), contact.encode())
    tx.run(_AWAY, {"contact_hash": contact_hash, "until": until, "sealed": sealed})
    tx.note(at, "rules", "absence_noted", until=until.isoformat())
