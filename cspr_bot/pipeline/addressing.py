"""From a seat to an address: who holds it today, who stands in, and who hears of it when nobody does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from cspr_bot.correspondence.contacts import Contact, ContactBook
from cspr_bot.pipeline.kept import Party
from cspr_bot.pipeline.ports import PermanentFailure, Recipient
from cspr_bot.procedure.case import Case, Notification

FALLBACK = "coordinator"
ASKS_HOLDER = "N28-address"  # asks whether somebody reads an address, and says nothing of any case


@dataclass(frozen=True, slots=True)
class Addressed:
    """A recipient of an order. `stands_in_for` names the role that nobody could be reached in."""

    recipient: Recipient
    is_listed: bool = True
    stands_in_for: str = ""


def addressed(
    order: Notification, case: Case, parties: tuple[Party, ...], book: ContactBook, on: date, absent: frozenset[str]
) -> tuple[Addressed, ...]:
    """Give every recipient of an order, each address once.

    An order to a seat that only adds people (deputies, those an owner escalates to) may have none. One to the holder
    of a role always has: where nobody holds it, or the referrer's address is not proven, the co-ordinator hears of
    it instead. Where its holder is away and nobody stands in, the co-ordinator hears of it besides. A book without a
    co-ordinator cannot be worked with: `PermanentFailure`.
    """
    if order.role == "referrer":
        found = tuple(_referrers(order, case, parties)) or _nobody(order, book, on)
    else:
        holders = book.holders(order.role, order.agency, on)
        away = frozenset(contact.key for contact in holders if _is_out_of_reach(contact, on, absent))
        found = tuple(_seated(order, case, holders, away))
        alone = any(contact.key in away and not contact.stand_ins for contact in holders)
        if order.seat == "holder" and (alone or not found):
            found = (*found, *_nobody(order, book, on))
    return tuple({item.recipient.address: item for item in reversed(found)}.values())[::-1]


def deputies_for(order: Notification, address: str, case: Case, book: ContactBook, on: date) -> tuple[Addressed, ...]:
    """Give the deputies of whoever an order was written to at this address: it did not arrive there."""
    return tuple(
        Addressed(_recipient(contact, deputy, order, may_answer=_may_answer(order, case)), stands_in_for=order.role)
        for contact in book.holders(order.role, order.agency, on)
        if contact.email == address and order.seat == "holder"
        for deputy in contact.stand_ins
    )


def is_allowed(address: str, book: ContactBook, on: date, *, is_listed: bool) -> bool:
    """Say what the recipient gate says: to ourselves while testing and never otherwise, and to contacts while listed.

    `is_listed` is False for who is no contact: the proven sender of a mail that this one answers.
    """
    to_ourselves = address == book.partnership.mailbox
    if book.testing or to_ourselves:
        return book.testing and to_ourselves
    return not is_listed or book.lists(address, on)


def may_be_asked(address: str, book: ContactBook) -> bool:
    """Say whether the holder of an address may be asked if they read it: while it stands on the list, on any day."""
    return not book.testing and address != book.partnership.mailbox and book.has(address)


def referrer_at(address: str, name: str = "") -> Contact:
    """Give the referrer of a case as a contact: at the proven address, and in no other name."""
    return Contact(role="referrer", name=name, email=address)


def _referrers(order: Notification, case: Case, parties: tuple[Party, ...]) -> Iterator[Addressed]:
    for party in parties:
        if party.role == "referrer" and party.address is not None:
            contact = referrer_at(party.address, party.name)
            may_answer = _may_answer(order, case)
            yield Addressed(Recipient(party.address, party.name, "referrer", contact, may_answer), is_listed=False)


def _seated(order: Notification, case: Case, holders: tuple[Contact, ...], away: frozenset[str]) -> Iterator[Addressed]:
    """Give the addresses behind a seat. Whoever is away is stood in for by the deputies, where there are any."""
    for contact in holders:
        may_answer = _may_answer(order, case)
        is_away = contact.key in away and (bool(contact.stand_ins) or contact.reached_at is None)
        match order.seat:
            case "holder" if not is_away:
                yield Addressed(_recipient(contact, contact.email, order, may_answer=may_answer))
            case "holder" | "deputies":
                for address in contact.stand_ins:
                    yield Addressed(_recipient(contact, address, order, may_answer=may_answer))
            case "escalate_to":
                for address in contact.leads:
                    yield Addressed(_recipient(contact, address, order, may_answer=False))


def _is_out_of_reach(contact: Contact, on: date, absent: frozenset[str]) -> bool:
    """Say whether a contact is away, or nobody has confirmed yet that they read what is sent there."""
    return contact.key in absent or contact.is_away(on) or contact.reached_at is None


def _recipient(contact: Contact, address: str, order: Notification, *, may_answer: bool) -> Recipient:
    return Recipient(address, contact.name, order.role, contact, may_answer)


def _may_answer(order: Notification, case: Case) -> bool:
    """Say whether this seat may close the task: its owner's, the owner's deputies', and the co-ordinator's for them.

    On a held mail only the co-ordinator and the deputies may say what it is, in answer to what tells of it.
    """
    task = case.task(order.task) if order.task else None
    if case.provisional:
        return order.role == FALLBACK and (task is not None or _tells_of_held_mail(order, case))
    return task is not None and (order.role in task.roles or order.role == FALLBACK)


def _tells_of_held_mail(order: Notification, case: Case) -> bool:
    return any(event.number == order.event and event.name == "mail_held" for event in case.history)


def _nobody(order: Notification, book: ContactBook, on: date) -> tuple[Addressed, ...]:
    """Turn to the co-ordinator with what reaches nobody else: no mail of a deadline may vanish."""
    holders = book.holders(FALLBACK, None, on)
    if not holders:
        raise PermanentFailure("nobody holds the role of co-ordinator: see contacts.toml")
    reached = [(contact, contact.reached_at) for contact in holders if contact.reached_at]
    reached = reached or [(contact, deputy) for contact in holders for deputy in contact.stand_ins]
    if not reached:
        raise PermanentFailure("no address of the co-ordinator is confirmed: see `contacts`")
    mail = replace(order, role=FALLBACK)
    return tuple(
        Addressed(_recipient(contact, address or "", mail, may_answer=order.task is not None), stands_in_for=order.role)
        for contact, address in reached
    )
