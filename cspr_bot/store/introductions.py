"""Which addresses of the contact list were asked whether somebody reads them, and which holders have answered."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.store.asked_addresses import address_hash
from cspr_bot.store.database import Database
from cspr_bot.store.dossier import put_in_dossier
from cspr_bot.store.tables import asked_addresses

_ALL = select(asked_addresses.c.address_hash)
_ONE = select(asked_addresses).where(asked_addresses.c.address_hash == bindparam("of_address"))
_FORGET = delete(asked_addresses).where(asked_addresses.c.address_hash == bindparam("of_address"))
_put = insert_once(asked_addresses)
_ASKED = _put.on_conflict_do_update(
    index_elements=[asked_addresses.c.address_hash], set_={"asked_at": _put.excluded.asked_at}
)


@dataclass(frozen=True, slots=True)
class AskedAddress:
    """When the holder of an address was asked, and when they said that they read it."""

    asked_at: datetime | None
    confirmed_at: datetime | None


class SqlAskedAddresses:
    """`AskedAddresses` over the database, and what the commands ask of it."""

    __slots__ = ("_db",)

    def __init__(self, database: Database) -> None:
        self._db = database

    def forget_but(self, unconfirmed: Collection[str]) -> Sequence[str]:
        """Forget every other address; give those of these that were never asked and have not been confirmed."""
        with self._db.read() as tx:
            known = {bytes(row.address_hash) for row in tx.rows(_ALL)}
            wanted = {address_hash(tx, address): address for address in unconfirmed}
        if gone := known - wanted.keys():
            with self._db.write() as tx:
                for known_hash in gone:
                    tx.run(_FORGET, {"of_address": known_hash})
        return [address for own, address in wanted.items() if own not in known]

    def put_question(self, at: datetime, address: str, mail: WrittenMail) -> None:
        """Put the mail that asks in the outbox, and remember that this address was asked."""
        with self._db.write() as tx:
            put_in_dossier(tx, (mail,), at)
            tx.run(_ASKED, {"address_hash": address_hash(tx, address), "asked_at": at})
            tx.note(at, "clock", "address_asked")

    def confirmed(self, addresses: Iterable[str]) -> frozenset[str]:
        """Give those of these addresses whose holder has said that they read them."""
        states = self.states(addresses)
        return frozenset(address for address, state in states.items() if state.confirmed_at is not None)

    def states(self, addresses: Iterable[str]) -> dict[str, AskedAddress]:
        """Give what is known of these addresses."""
        with self._db.read() as tx:
            found = {
                address: tx.row(_ONE, {"of_address": address_hash(tx, address)}) for address in dict.fromkeys(addresses)
            }
        return {
            address: AskedAddress(row.asked_at, row.confirmed_at) for address, row in found.items() if row is not None
        }
