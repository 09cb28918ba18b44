"""The word of whoever reads an address of the contact list, as it comes with a mail."""

from datetime import datetime

from sqlalchemy import bindparam, update

from cspr_bot.store.database import Transaction
from cspr_bot.store.tables import asked_addresses

_CONFIRM = (
    update(asked_addresses)
    .where(asked_addresses.c.address_hash == bindparam("of_address"), asked_addresses.c.confirmed_at.is_(None))
    .values(confirmed_at=bindparam("at"))
)


def confirm_address(tx: Transaction, address: str, at: datetime) -> None:
    """Remember that the holder of an address has said that they read it; a second time changes nothing."""
    if tx.changes_one(_CONFIRM, {"of_address": address_hash(tx, address), "at": at}):
        tx.note(at, "registration", "address_confirmed")


def address_hash(tx: Transaction, address: str) -> bytes:
    """Give the keyed hash under which an address is known here."""
    return tx.ring.hash("asked address", address.lower())
