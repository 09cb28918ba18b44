"""Beside the stations: whoever reads a new address is asked once to say so, before mail of a case goes there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cspr_bot.correspondence.answers import Received, answer_in_parts
from cspr_bot.correspondence.contacts import Contact, ContactBook
from cspr_bot.correspondence.replies import new_texts, parts_disagree
from cspr_bot.pipeline.addressing import ASKS_HOLDER, Addressed
from cspr_bot.pipeline.answering import Held
from cspr_bot.pipeline.dossier import DIGEST, Dossier
from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.pipeline.filing import Mail, confirmed_address, held_answer
from cspr_bot.pipeline.kept import GivenCode, Registration, WrittenMail
from cspr_bot.pipeline.letters import role_title
from cspr_bot.pipeline.ports import Chance, Clock, MailWriter, Recipient
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import AskedAddresses
from cspr_bot.procedure.case import Notification

NAME = "contacts"  # stands where others have their case


@dataclass(frozen=True, slots=True)
class Introductions:
    """Asks the holders of addresses that nobody has confirmed.

    `unconfirmed` are those that the list says it of. That one was asked is kept in the transaction that puts the mail
    in the outbox, so it is asked once, whatever dies or runs twice. What is known of an address that the list does not
    call unconfirmed any more is forgotten: should it come back in years, its holder is asked again.
    """

    store: AskedAddresses
    writer: MailWriter
    chance: Chance
    clock: Clock
    rules: Rules
    unconfirmed: tuple[str, ...]

    def step(self) -> bool:
        """Ask whoever has not been asked; a template that is missing or wrong raises `PermanentFailure`."""
        new = self.store.forget_but(self.unconfirmed)
        now = self.clock.now()
        for address in new:
            self.store.put_question(now, address, self._mail(address, now, first=True))
        return bool(new)

    def ask_again(self, address: str) -> None:
        """Ask the holder of an address on the list, whether or not anybody asked before."""
        now = self.clock.now()
        self.store.put_question(now, address, self._mail(address, now, first=False))

    def _mail(self, address: str, now: datetime, *, first: bool) -> WrittenMail:
        contact = next(iter(contacts_at(address, self.rules.book)))
        title = role_title(contact.role, self.rules)
        dossier = Dossier(NAME, self.writer, self.chance, self.rules, now, frozenset())
        key = f"{DIGEST}/address/{now.isoformat()}" if first else f"{DIGEST}/address/again/{now.isoformat()}"
        order = Notification(key, ASKS_HOLDER, contact.role)
        item = Addressed(Recipient(address, contact.name, contact.role, contact, may_answer=True))
        return dossier.asking(order, item, LetterFacts(about_role=title, takes_received=True, asks_address=True))


def contacts_at(address: str, book: ContactBook) -> Iterator[Contact]:
    """Give the contacts to whom an address belongs, on whatever day."""
    return (contact for contact in book.contacts if address in (contact.email, *contact.deputies, *contact.escalate_to))


def weigh_holder(mail: Mail, code: GivenCode, rules: Rules) -> Registration:
    """File the word of whoever reads an address, where origin, code and words agree; else hold it for a person."""
    own = mail.sender.address
    speaks = {code.recipient}
    for contact in contacts_at(code.recipient, rules.book):
        speaks |= set(contact.answers_from) if contact.email == code.recipient else set()
    if not mail.sender.is_authenticated or own is None:
        return held_answer(mail, Held(f"nobody can tell who wrote it: {mail.sender.why}"))
    if not rules.book.has(code.recipient):
        return held_answer(mail, Held("the address that was asked is not on the contact list any more"))
    if own not in speaks:
        return held_answer(mail, Held("it confirms an address, and comes from another one"))
    if mail.kept.doubt or mail.read.mail.is_damaged or parts_disagree(mail.read.mail):
        return held_answer(mail, Held("it confirms an address, and is damaged, or lay in the junk"))
    if not isinstance(answer_in_parts(new_texts(mail.read.mail), ()), Received):
        return held_answer(
            mail, Held("it answers the mail that asked whether an address is read, in other words", None, ("RECEIVED",))
        )
    return confirmed_address(mail, code)
