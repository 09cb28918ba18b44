"""What belongs to the installation as a whole: its name, its clock where that is turned by hand, its keys."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.store import audit
from cspr_bot.store.audit import AuditFault, AuditHead, AuditRow
from cspr_bot.store.database import Database
from cspr_bot.store.encryption import master_check, wrap_secret
from cspr_bot.store.erasure import erase_case, erasure_place
from cspr_bot.store.records import Said, from_bytes
from cspr_bot.store.tables import audit as audit_rows
from cspr_bot.store.tables import erasures, installation, keys
from cspr_bot.store.upkeep import empty_log

_READ = select(installation.c.value).where(installation.c.name == bindparam("of_name"))
_set = insert_once(installation)
_SET = _set.on_conflict_do_update(index_elements=[installation.c.name], set_={"value": _set.excluded.value})
_SET_ONCE = _set.on_conflict_do_nothing(index_elements=[installation.c.name])
_KEY = select(keys.c.made_at).where(keys.c.master_check == bindparam("of_check"))
_DROP_OTHERS = delete(keys).where(keys.c.master_check != bindparam("of_check"))
_FORGET = delete(installation).where(installation.c.name == bindparam("of_name"))
_ERASED = select(erasures.c.sealed).where(erasures.c.reference == bindparam("of_reference"))
_LAST_ENTRY = select(audit_rows.c.at).order_by(audit_rows.c.seq.desc()).limit(1)
_NAME = {"of_name": "installation"}
_RESTORED = {"of_name": "restored"}
_CLOCK = {"of_name": "clock"}
_PAUSE = {"of_name": "left alone until"}


class WrongHomeError(Exception):
    """The home and the database are of two installations."""


class Installation:
    """The installation: one name, one clock, one log, one set of keys."""

    __slots__ = ("_db", "_secret")

    def __init__(self, database: Database, secret: bytes) -> None:
        self._db = database
        self._secret = secret

    @property
    def chance_secret(self) -> bytes:
        """The secret from which follows what nobody else may guess: codes, effects, references."""
        return self._db.ring.chance

    # -----------------------------------------------------------------------------------------------------------------
    # Name and clock

    def bind(self, name: str) -> None:
        """Give the database its name the first time; ever after raise `WrongHomeError` where the home has another."""
        with self._db.write() as tx:
            tx.run(_SET_ONCE, {"name": "installation", "value": name})
            bound = tx.rows(_READ, _NAME)[0].value
        if bound != name:
            raise WrongHomeError(f"this database belongs to installation {bound!r}, the home says {name!r}")

    def remember_key_elsewhere(self) -> None:
        """Note that the service gets its master key from outside the home, where no command of ours can change it."""
        if not self.is_key_elsewhere():
            with self._db.write() as tx:
                tx.run(_SET_ONCE, {"name": "key place", "value": "elsewhere"})

    def is_key_elsewhere(self) -> bool:
        """Say whether the service was ever started with a key from outside the home."""
        with self._db.read() as tx:
            return tx.row(_READ, {"of_name": "key place"}) is not None

    def turned_clock(self) -> datetime | None:
        """Give the moment to which the clock was last turned by hand; None where it never was."""
        with self._db.read() as tx:
            return turned_clock(tx.connection)

    def turn_clock(self, to: datetime) -> bool:
        """Turn the clock; False, and nothing is changed, where that would be backwards."""
        with self._db.write() as tx:
            row = tx.row(_READ, _CLOCK)
            if row is not None and to < datetime.fromisoformat(row.value):
                return False
            tx.run(_SET, {"name": "clock", "value": to.isoformat()})
            tx.note(to, "person", "clock_turned", to=to.isoformat())
            return True

    def forget_turned_clock(self, at: datetime) -> None:
        """Let the installation follow the machine's clock again."""
        with self._db.write() as tx:
            if tx.changes_one(_FORGET, _CLOCK):
                tx.note(at, "person", "clock_released")

    # -----------------------------------------------------------------------------------------------------------------
    # What its mailbox said

    def left_alone_until(self) -> datetime | None:
        """Give the moment before which nothing may be asked of the mail server; None where it never said one."""
        with self._db.read() as tx:
            row = tx.row(_READ, _PAUSE)
            return None if row is None else datetime.fromisoformat(row.value)

    def leave_alone_until(self, moment: datetime) -> None:
        """Keep the moment before which nothing may be asked of the mail server."""
        with self._db.write() as tx:
            tx.run(_SET, {"name": "left alone until", "value": moment.isoformat()})

    def told_end(self, what: str) -> str | None:
        """Give what a person was told last of the end of something, such as a certificate."""
        with self._db.read() as tx:
            row = tx.row(_READ, {"of_name": f"told end: {what}"})
            return None if row is None else str(row.value)

    def note_told_end(self, what: str, told: str) -> None:
        """Keep what a person was told of the end of something."""
        with self._db.write() as tx:
            tx.run(_SET, {"name": f"told end: {what}", "value": told})

    # -----------------------------------------------------------------------------------------------------------------
    # Versions of the procedure

    def keep_procedure(self, key: str, text: str, at: datetime) -> None:
        """Keep a version for good, before any case goes by it: no change of a file takes it from its cases."""
        if self.procedure_text(key) is not None:
            return
        with self._db.write() as tx:
            if tx.changes_one(_SET_ONCE, {"name": f"procedure {key}", "value": text}):
                tx.note(at, "rules", "procedure_kept", version=key)

    def procedure_text(self, key: str) -> str | None:
        """Give the text of a version that was kept; None where it never was."""
        with self._db.read() as tx:
            row = tx.row(_READ, {"of_name": f"procedure {key}"})
            return None if row is None else str(row.value)

    # -----------------------------------------------------------------------------------------------------------------
    # The audit log

    def verify_audit(self, witness: AuditHead | None = None) -> AuditFault | None:
        """Walk the audit log; None where it is whole. `witness` is a head that was kept off this host."""
        with self._db.read() as tx:
            return audit.first_fault(tx.connection, tx.ring, witness)

    def audit_head(self) -> AuditHead:
        """Give the end of the audit log, to be kept off this host."""
        with self._db.read() as tx:
            return audit.read_head(tx.connection)

    def last_entry_at(self) -> datetime | None:
        """Give the moment of the newest row of the audit log, which need not be the latest moment; None for none."""
        with self._db.read() as tx:
            row = tx.row(_LAST_ENTRY)
            return None if row is None else row.at

    def audit_of(self, reference: str | None = None) -> tuple[AuditRow, ...]:
        """Give the audit log of one case, or all of it."""
        with self._db.read() as tx:
            return tuple(audit.read_rows(tx.connection, reference=reference))

    def note(self, at: datetime, actor: str, what: str, reference: str | None = None, **details: str | int) -> None:
        """Say to the audit log what was done outside the database: an export, a changed contact (nobody's name)."""
        with self._db.write() as tx:
            tx.note(at, actor, what, reference, **details)

    # -----------------------------------------------------------------------------------------------------------------
    # A database that was put back from a copy

    def restored(self, at: datetime) -> None:
        """Note that this database is a copy that was put back: what came since lies in the mailbox alone."""
        with self._db.write() as tx:
            tx.run(_SET, {"name": "restored", "value": at.isoformat()})
            tx.note(at, "person", "restored")

    def must_look_again(self) -> bool:
        """Say whether the mailbox must be searched for what this database does not know."""
        with self._db.read() as tx:
            return tx.row(_READ, _RESTORED) is not None

    def looked_again(self, at: datetime, found: int) -> None:
        """Note that everything in the mailbox is known again."""
        with self._db.write() as tx:
            tx.run(_FORGET, _RESTORED)
            tx.note(at, "intake", "looked_again", found=found)

    # -----------------------------------------------------------------------------------------------------------------
    # The end of retention

    def erase_case(self, reference: str, at: datetime, *, by: tuple[str, str]) -> bool:
        """Erase a case by destroying its key; False where there is none, or it was erased before."""
        with self._db.write() as tx:
            is_erased = erase_case(tx, reference, at, by)
        empty_log(self._db.engine)
        return is_erased

    def erased_by(self, reference: str) -> str | None:
        """Say who decided to erase a case; None where nobody did."""
        with self._db.read() as tx:
            row = tx.row(_ERASED, {"of_reference": reference})
            if row is None:
                return None
            return from_bytes(Said, tx.ring.installation.open(erasure_place(reference), row.sealed)).by

    # -----------------------------------------------------------------------------------------------------------------
    # Keys: add the new one, put it where the program finds it, drop the old one. A crash between leaves both good.

    def count_master_keys(self) -> int:
        """Say how many master keys open this database; two only while they are being changed."""
        with self._db.read() as tx:
            return len(tx.rows(select(keys.c.made_at)))

    def add_master_key(self, master_key: bytes, at: datetime) -> None:
        """Let another master key open this database too. Doing it twice does nothing the second time."""
        check = master_check(master_key)
        with self._db.write() as tx:
            if tx.row(_KEY, {"of_check": check}) is None:
                wrapped = wrap_secret(master_key, self._secret)
                tx.run(insert(keys), {"master_check": check, "wrapped": wrapped, "made_at": at})
                tx.note(at, "person", "master_key_added")

    def drop_other_master_keys(self, master_key: bytes, at: datetime) -> int:
        """Let no other master key open this database any more; give how many were dropped.

        Running processes keep what they have opened, and need not be told.
        """
        check = master_check(master_key)
        with self._db.write() as tx:
            if tx.row(_KEY, {"of_check": check}) is None:
                raise PermanentFailure("this key does not open the database: nothing was dropped")
            dropped = tx.run(_DROP_OTHERS, {"of_check": check}).rowcount
            if dropped:
                tx.note(at, "person", "master_key_dropped", count=dropped)
            return dropped


def turned_clock(connection: Connection) -> datetime | None:
    """Give the moment to which the clock was turned by hand; None where it follows the machine's. It is not sealed."""
    value = connection.execute(_READ, _CLOCK).scalar_one_or_none()
    return None if value is None else datetime.fromisoformat(value)
