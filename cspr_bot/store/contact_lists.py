"""What is known of the contact list, which itself is a file: who changed it, and which of its addresses were bad."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select

from cspr_bot.store.database import Database
from cspr_bot.store.encryption import Place, new_token
from cspr_bot.store.records import Said, from_bytes, to_bytes
from cspr_bot.store.tables import inbox, list_changes, outbox

_CHANGE = insert(list_changes)
_CHANGES = select(list_changes).order_by(list_changes.c.id.desc())
_RECIPIENT = outbox.c.recipient_hash == bindparam("of_recipient")
_BOUNCED = select(func.max(inbox.c.received_at)).join(outbox, outbox.c.bounced_by == inbox.c.id).where(_RECIPIENT)
_REFUSED = select(func.max(outbox.c.settled_at)).where(_RECIPIENT, outbox.c.status == "failed")


@dataclass(frozen=True, slots=True)
class ListChange:
    """A list that was put in force by a command: the checksums of the file before and after, and who did it."""

    at: datetime
    by: str
    before: str
    after: str


class SqlContactLists:
    """What the commands about the contact list ask and note."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def note_change(self, at: datetime, by: str, before: str, after: str, counts: Mapping[str, int]) -> None:
        """Note that a list is about to be put in force; its checksums and counts go to the audit log, who sealed."""
        token = new_token()
        with self._db.write() as tx:
            sealed = tx.ring.installation.seal(_place(token), to_bytes(Said(by)))
            tx.run(_CHANGE, {"at": at, "before": before, "after": after, "token": token, "sealed": sealed})
            tx.note(at, "person", "contacts_changed", None, before=before, after=after, **counts)

    def changes(self) -> tuple[ListChange, ...]:
        """Give every change that was made by a command, newest first."""
        with self._db.read() as tx:
            return tuple(
                ListChange(
                    row.at,
                    from_bytes(Said, tx.ring.installation.open(_place(row.token), row.sealed)).by,
                    row.before,
                    row.after,
                )
                for row in tx.rows(_CHANGES)
            )

    def last_bounces(self, addresses: Iterable[str]) -> dict[str, datetime]:
        """Give when a mail to an address last came back, or was refused; nothing of those where none ever did."""
        found: dict[str, datetime] = {}
        with self._db.read() as tx:
            for address in addresses:
                about = {"of_recipient": tx.ring.hash("recipient", address.lower())}
                moments = (tx.rows(question, about)[0][0] for question in (_BOUNCED, _REFUSED))
                if last := max(filter(None, moments), default=None):
                    found[address] = last
        return found


def _place(token: bytes) -> Place:
    return Place("list_changes", token.hex(), "sealed")
