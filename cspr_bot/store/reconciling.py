"""What is asked of the store when the mailbox is held against it, and the one row that says what was found."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.digest_facts import Reconciled
from cspr_bot.store.database import Database, Transaction
from cspr_bot.store.records import from_bytes, to_bytes
from cspr_bot.store.tables import inbox, installation

NAME = "reconciled"
_MANY = 500  # of what one question may ask for: SQLite allows for 999 in its oldest builds
_READ = select(installation.c.value).where(installation.c.name == NAME)
_set = insert_once(installation)
_SET = _set.on_conflict_do_update(index_elements=[installation.c.name], set_={"value": _set.excluded.value})
_KNOWN = select(func.count()).select_from(inbox).where(inbox.c.server_hash.in_(bindparam("of_hashes", expanding=True)))
_FILED = select(inbox.c.server_hash).where(
    inbox.c.moved_to.is_not(None), inbox.c.received_at > bindparam("of_since"), inbox.c.taken_at > bindparam("of_since")
)
_STRANDED = (
    select(func.count()).select_from(inbox).where(inbox.c.status == "new", inbox.c.taken_at < bindparam("of_before"))
)


class SqlReconciliation:
    """`ReconciliationStore` over the database."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def last_reconciled(self) -> Reconciled | None:
        """Give what was found the last time."""
        with self._db.read() as tx:
            return read_reconciled(tx)

    def count_strangers(self, server_ids: Collection[str]) -> int:
        """Count the mails that lie in the mailbox's folders and that the database has never seen."""
        with self._db.read() as tx:
            hashes = {tx.ring.hash("server id", name) for name in server_ids}
            return len(hashes) - sum(int(tx.rows(_KNOWN, {"of_hashes": some})[0][0]) for some in _in_parts(hashes))

    def count_missing(self, server_ids: Collection[str], since: datetime) -> int:
        """Count the mails received since a moment that were filed, and lie in no folder any more."""
        with self._db.read() as tx:
            there = {tx.ring.hash("server id", name) for name in server_ids}
            return sum(row.server_hash not in there for row in tx.rows(_FILED, {"of_since": since}))

    def count_stranded(self, before: datetime) -> int:
        """Count the mails taken in before a moment that nobody has worked on."""
        with self._db.read() as tx:
            return int(tx.rows(_STRANDED, {"of_before": before})[0][0])

    def put_reconciled(self, at: datetime, found: Reconciled) -> None:
        """Keep what was found; the log is told of it too."""
        with self._db.write() as tx:
            tx.run(_SET, {"name": NAME, "value": to_bytes(found).decode()})
            tx.note(
                at, "clock", "reconciled", strangers=found.strangers, missing=found.missing, stranded=found.stranded
            )


def read_reconciled(tx: Transaction) -> Reconciled | None:
    """Give what was found the last time the mailbox was compared; None where it never was."""
    row = tx.row(_READ)
    return None if row is None else from_bytes(Reconciled, row.value.encode())


def _in_parts(hashes: Iterable[bytes]) -> Iterator[list[bytes]]:
    waiting = list(hashes)
    for first in range(0, len(waiting), _MANY):
        yield waiting[first : first + _MANY]
