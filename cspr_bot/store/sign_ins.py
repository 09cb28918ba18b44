"""Links by which somebody may sign in to the board: good once, for minutes, and kept by their digest only."""

from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, delete, insert, select

from cspr_bot.store.database import Database
from cspr_bot.store.encryption import Place
from cspr_bot.store.records import Said, from_bytes, to_bytes
from cspr_bot.store.tables import installation

_KIND = "sign-in "
_READ = select(installation.c.value).where(installation.c.name == bindparam("of_name"))
_ALL = select(installation.c.name, installation.c.value).where(installation.c.name.startswith(_KIND))
_TAKE = delete(installation).where(installation.c.name == bindparam("of_name"))


class SqlSignIns:
    """The links that were given out and not used yet, as rows of the installation. Who reads them gets in by none."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, code: str, by: str, until: datetime, at: datetime, *, mark: str) -> None:
        """Keep a link; those whose time is over go. `by` is sealed, and `mark` is what the audit log calls them."""
        name = _name(code)
        with self._db.write() as tx:
            for row in tx.rows(_ALL):
                if _until(row.value) <= at:
                    tx.run(_TAKE, {"of_name": row.name})
            sealed = b64encode(tx.ring.installation.seal(_place(name), to_bytes(Said(by)))).decode("ascii")
            tx.run(insert(installation), {"name": name, "value": f"{until.isoformat()} {sealed}"})
            tx.note(at, "board", "sign_in_link_made", who=mark)

    def take(self, code: str, at: datetime) -> str | None:
        """Use a link up, and give who it was made for; None where it is none, was used, or its time is over.

        Of two who come with it at once, one finds its row gone.
        """
        name = _name(code)
        with self._db.write() as tx:
            row = tx.row(_READ, {"of_name": name})
            if row is None or not tx.changes_one(_TAKE, {"of_name": name}) or _until(row.value) <= at:
                return None
            sealed = b64decode(row.value.partition(" ")[2])
            return from_bytes(Said, tx.ring.installation.open(_place(name), sealed)).by


def _name(code: str) -> str:
    """Name the row of a link. What is compared is a digest, so no time that it takes tells anything of the code."""
    return _KIND + sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def _place(name: str) -> Place:
    return Place("installation", name, "value")


def _until(value: str) -> datetime:
    return datetime.fromisoformat(value.partition(" ")[0])
