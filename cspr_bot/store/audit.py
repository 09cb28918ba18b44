"""The audit log: a chain in which each row seals all before it, and without a word about a person.

h(n) = SHA-256(h(n-1) ‖ canonical row n). The end of the chain lies beside it under a keyed seal; so who changes rows
and works out the chain anew, or cuts its tail off, still lacks the key. Somebody with the key can do both: against
that helps the head which is sent off the host every day, and which `first_fault` takes as a witness.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest

import msgspec
from sqlalchemy import Connection, Select, bindparam, insert, select, update

from cspr_bot.store.encryption import Keyring
from cspr_bot.store.tables import audit, audit_head

Details = Mapping[str, str | int]
HEAD_ID = 1
_FIRST_LINK = bytes(32)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done or refused. `actor` is a source or a role, `details` hold ids, keys and counts only."""

    at: datetime
    reference: str | None
    actor: str
    what: str
    details: Details


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry in its place in the chain."""

    seq: int
    entry: AuditEntry
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first row with which something is wrong, and what."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the chain: what a witness outside the host keeps."""

    seq: int
    hash: bytes


_encoder = msgspec.json.Encoder(order="sorted")

_HEAD = select(audit_head.c.seq, audit_head.c.hash, audit_head.c.seal)
_HEAD_TO_MOVE = _HEAD.with_for_update()
_START = insert(audit_head)
_MOVE_HEAD = update(audit_head).where(
    audit_head.c.id == HEAD_ID, audit_head.c.seq == bindparam("of_seq"), audit_head.c.hash == bindparam("of_hash")
)
_APPEND = insert(audit)
_ROWS = select(audit).order_by(audit.c.seq).execution_options(yield_per=1000)


def link(previous: bytes, seq: int, entry: AuditEntry) -> bytes:
    """Give the hash of an entry in its place."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    row = (seq, at, entry.reference, entry.actor, entry.what, dict(entry.details))
    return sha256(previous + _encoder.encode(row)).digest()


def begin_chain(connection: Connection, ring: Keyring) -> None:
    """Lay the end of an empty chain."""
    connection.execute(_START, {"id": HEAD_ID, "seq": 0, "hash": _FIRST_LINK, "seal": ring.chain_seal(0, _FIRST_LINK)})


def append(
    connection: Connection, ring: Keyring, entries: Sequence[AuditEntry], known: AuditHead | None = None
) -> AuditHead:
    """Append entries in the transaction of what they tell of, and give the new end of the chain.

    `known` is where the chain ended when this process last looked. The end is moved by a conditional UPDATE, whose
    row lock also puts writers in a line: where somebody else has written since, it moves nothing, and we look again.
    """
    head = known or _ended(connection, _HEAD_TO_MOVE)
    rows, end = _chained(head, entries)
    if not _move(connection, ring, head, end):
        head = _ended(connection, _HEAD_TO_MOVE)
        rows, end = _chained(head, entries)
        _move(connection, ring, head, end)
    connection.execute(_APPEND, rows)
    return end


def _chained(head: AuditHead, entries: Sequence[AuditEntry]) -> tuple[list[dict[str, object]], AuditHead]:
    seq, previous, rows = head.seq, head.hash, []
    for entry in entries:
        seq += 1
        previous = link(previous, seq, entry)
        rows.append(
            {
                "seq": seq,
                "at": entry.at,
                "reference": entry.reference,
                "actor": entry.actor,
                "what": entry.what,
                "details": dict(entry.details),
                "hash": previous,
            },
        )
    return rows, AuditHead(seq, previous)


def _move(connection: Connection, ring: Keyring, old: AuditHead, new: AuditHead) -> bool:
    moved = {"seq": new.seq, "hash": new.hash, "seal": ring.chain_seal(new.seq, new.hash)}
    result = connection.execute(_MOVE_HEAD, {"of_seq": old.seq, "of_hash": old.hash, **moved})
    return result.rowcount == 1


def read_head(connection: Connection) -> AuditHead:
    """Give the end of the chain as it stands."""
    return _ended(connection, _HEAD)


def _ended(connection: Connection, asked: Select[tuple[int, bytes, bytes]]) -> AuditHead:
    head = connection.execute(asked).one()
    return AuditHead(head.seq, head.hash)


def read_rows(connection: Connection, *, reference: str | None = None) -> Iterator[AuditRow]:
    """Give the rows in order, of one case or all of them; never all in memory at once."""
    wanted = _ROWS if reference is None else _ROWS.where(audit.c.reference == reference)
    for row in connection.execute(wanted):
        yield AuditRow(row.seq, AuditEntry(row.at, row.reference, row.actor, row.what, row.details), row.hash)


def first_fault(connection: Connection, ring: Keyring, witness: AuditHead | None = None) -> AuditFault | None:
    """Walk the whole chain; None where it is whole. `witness` is a head that was kept elsewhere."""
    seq, previous = 0, _FIRST_LINK
    for row in read_rows(connection):
        seq += 1
        if row.seq != seq:
            return AuditFault(seq, "missing, or out of its place")
        previous = link(previous, seq, row.entry)
        if previous != row.hash:
            return AuditFault(seq, "changed")
        if witness and witness.seq == seq and witness.hash != previous:
            return AuditFault(seq, "not what the witness saw: this row or one before it was changed")
    return _fault_at_end(AuditHead(seq, previous), connection, ring, witness)


def _fault_at_end(
    last: AuditHead, connection: Connection, ring: Keyring, witness: AuditHead | None
) -> AuditFault | None:
    """Hold the last row against the sealed head, and against the witness."""
    head = connection.execute(_HEAD).one_or_none()
    if head is None or not compare_digest(head.seal, ring.chain_seal(head.seq, head.hash)):
        return AuditFault(max(last.seq, 1), "the seal over the end of the log is not ours")
    if last.seq < max(head.seq, witness.seq if witness else 0):
        return AuditFault(last.seq + 1, "missing: the end of the log was cut off")
    if last != AuditHead(head.seq, head.hash):
        return AuditFault(min(head.seq + 1, last.seq), "not written by the program")
    return None
