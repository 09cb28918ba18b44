"""The inbox as intake sees it: raw bytes, sealed and durable before anybody looks inside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.correspondence.receipt import head_mark
from cspr_bot.pipeline.ports import Doubt, MailboxFolder
from cspr_bot.store.database import Database
from cspr_bot.store.encryption import ANY_TEXT, DataKey, Place
from cspr_bot.store.tables import inbox, installation, originals

# One row in a thousand: what the server had put in the junk, and had no form and no answer in it, stays there.
IN_JUNK = (inbox.c.doubt == "junk").is_(True)
VANISHED = (inbox.c.doubt == "vanished").is_(True)  # there was one, and nobody has read it
_KNOWN = select(inbox.c.id).where(inbox.c.server_hash == bindparam("of_server_hash"))
_KEEP = insert_once(inbox).on_conflict_do_nothing(index_elements=[inbox.c.server_hash]).returning(inbox.c.id)
_KEEP_ORIGINAL = insert(originals)
_UNMOVED = (
    select(inbox.c.id, inbox.c.status, originals.c.sealed_server_id)
    .join(originals, originals.c.inbox_id == inbox.c.id)
    .where(inbox.c.moved_to.is_(None), inbox.c.status != "new", ~((inbox.c.status == "ignored") & IN_JUNK), ~VANISHED)
    .order_by(inbox.c.id)
)
_OLD = "old mail until"  # a moment, or nothing once nobody need be asked
_OLD_UNTIL = select(installation.c.value).where(installation.c.name == _OLD)
_COME = insert_once(installation).on_conflict_do_nothing(index_elements=[installation.c.name])
_set = insert_once(installation)
_TAKE_ALL = _set.on_conflict_do_update(index_elements=[installation.c.name], set_={"value": _set.excluded.value})
_ANY_MAIL = select(inbox.c.id).limit(1)
_DIGESTS = select(inbox.c.sha256)
_RAWS = select(originals.c.inbox_id, originals.c.sealed_raw)
A_DAY = timedelta(days=1)
_MOVE = update(inbox).where(inbox.c.id == bindparam("of_id"), inbox.c.moved_to.is_(None))


def server_id_place(inbox_id: int) -> Place:
    """Say where the server's id of a mail lies."""
    return Place("originals", str(inbox_id), "sealed_server_id")


def raw_place(inbox_id: int) -> Place:
    """Say where the bytes of a mail lie."""
    return Place("originals", str(inbox_id), "sealed_raw")


class SqlIntake:
    """`IntakeStore` over the database."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def has_mail(self, server_id: str) -> bool:
        """Say whether this delivery is kept already."""
        with self._db.read() as tx:
            return tx.row(_KNOWN, {"of_server_hash": tx.ring.hash("server id", server_id)}) is not None

    def keep_mail(self, server_id: str, raw: bytes, taken_at: datetime, doubt: Doubt = "") -> int:
        """Keep the raw bytes in one transaction with their inbox row, so neither can be without the other.

        Until its headers are read a mail counts as received when it was taken. The server's id is a name that others
        chose (a folder mailbox takes it from a file), so it is sealed too.
        """
        server_hash = self._db.ring.hash("server id", server_id)
        digest = sha256(raw).hexdigest()
        with self._db.write() as tx:
            kept = tx.row(
                _KEEP,
                {
                    "server_hash": server_hash,
                    "sha256": digest,
                    "received_at": taken_at,
                    "taken_at": taken_at,
                    "attempts": 0,
                    "status": "new",
                    "doubt": doubt or None,
                },
            )
            if kept is None:
                return int(tx.rows(_KNOWN, {"of_server_hash": server_hash})[0].id)
            inbox_id = int(kept.id)
            tx.run(_KEEP_ORIGINAL, _sealed_original(tx.ring.installation, inbox_id, server_id, raw))
            what = "mail_vanished" if doubt == "vanished" else "mail_kept"
            tx.note(taken_at, "intake", what, inbox=inbox_id, sha256=digest)
            return inbox_id

    def old_mail_until(self, now: datetime) -> datetime | None:
        """Give the moment before which a mail is too old to be taken unasked; None once nobody need be asked."""
        with self._db.read() as tx:
            row = tx.row(_OLD_UNTIL)
        if row is None:
            row = self._first_look(now)
        return datetime.fromisoformat(row.value) if row.value else None

    def _first_look(self, now: datetime) -> Row[Any]:
        """Note when we first came; a database that has kept mail before was not asked, and is not now."""
        with self._db.write() as tx:
            until = "" if tx.row(_ANY_MAIL) is not None else (now - A_DAY).isoformat()
            tx.run(_COME, {"name": _OLD, "value": until})
            return tx.rows(_OLD_UNTIL)[0]

    def take_all_mail(self, at: datetime, put_aside: int | None = None) -> None:
        """Note that every mail that lies in the inbox is taken from now on, and how many were put aside before."""
        with self._db.write() as tx:
            tx.run(_TAKE_ALL, {"name": _OLD, "value": ""})
            if put_aside is not None:
                tx.note(at, "person", "old_mail_decided", put_aside=put_aside)

    def known_marks(self) -> frozenset[str]:
        """Give what every mail that was kept is known by, whatever its id: its digest, and the mark of its head.

        Of one that was erased only the digest is left.
        """
        with self._db.read() as tx:
            key = tx.ring.installation
            digests = {str(row.sha256) for row in tx.rows(_DIGESTS)}
            opened = (key.open(raw_place(row.inbox_id), row.sealed_raw) for row in tx.rows(_RAWS) if row.sealed_raw)
            return frozenset(digests | {mark for raw in opened if (mark := head_mark(raw)) is not None})

    def mails_to_move(self) -> Sequence[tuple[int, str, MailboxFolder]]:
        """Give what is registered and not yet moved. A mail that is held goes where a person looks for it."""
        with self._db.read() as tx:
            key = tx.ring.installation
            return [
                (
                    row.id,
                    key.open(server_id_place(row.id), row.sealed_server_id).decode(errors=ANY_TEXT),
                    _folder(row.status),
                )
                for row in tx.rows(_UNMOVED)
            ]

    def mark_moved(self, inbox_id: int, folder: MailboxFolder) -> None:
        """Note that a mail lies in its folder now; the first word stands."""
        with self._db.write() as tx:
            tx.run(_MOVE, {"of_id": inbox_id, "moved_to": folder})


def _sealed_original(key: DataKey, inbox_id: int, server_id: str, raw: bytes) -> dict[str, object]:
    return {
        "inbox_id": inbox_id,
        "sealed_server_id": key.seal(server_id_place(inbox_id), server_id.encode(errors=ANY_TEXT)),
        "sealed_raw": key.seal(raw_place(inbox_id), raw),
    }


def _folder(status: str) -> MailboxFolder:
    return "Held" if status == "held" else "Processed"
