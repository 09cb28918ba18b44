"""The contact list as values: which person answers for which role, on which day, and who stands in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of the list. Addresses are lower-case ASCII; `deputies`, `escalate_to` and `answers_from` likewise.

    `unconfirmed` are those of its addresses whose holder has not said yet that they read them. No mail of a case goes
    to them, and none of their answers counts: whoever stands in, or the co-ordinator, is written to instead.
    """

    role: str
    name: str
    email: str
    agency: str | None = None
    agency_name: str = ""
    answers_from: tuple[str, ...] = ()
    deputies: tuple[str, ...] = ()
    escalate_to: tuple[str, ...] = ()
    confirmed: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    away_from: date | None = None
    away_until: date | None = None
    allow_insecure: str = ""
    unconfirmed: tuple[str, ...] = ()

    @property
    def reached_at(self) -> str | None:
        """Its own address, where mail may go to it."""
        return self.email if self.email not in self.unconfirmed else None

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Its deputies to whom mail may go."""
        return tuple(address for address in self.deputies if address not in self.unconfirmed)

    @property
    def leads(self) -> tuple[str, ...]:
        """Those it escalates to, to whom mail may go."""
        return tuple(address for address in self.escalate_to if address not in self.unconfirmed)

    @property
    def key(self) -> str:
        """What names this entry in codes and tables: role, agency and address."""
        return f"{self.role}/{self.agency or ''}/{self.email}"

    def is_valid(self, on: date) -> bool:
        """Say whether the entry holds on this day; both ends are included."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)

    def is_away(self, on: date) -> bool:
        """Say whether the list itself says that they are away on this day; both ends are included."""
        began = self.away_from is None or self.away_from <= on
        return self.away_until is not None and began and on <= self.away_until

    def may_answer(self, address: str) -> bool:
        """Say whether mail from this address speaks for the contact."""
        return address in (self.email, *self.deputies, *self.answers_from) and address not in self.unconfirmed


@dataclass(frozen=True, slots=True)
class Partnership:
    """The partnership itself, and what its mail says at its foot."""

    name: str
    short_name: str
    mailbox: str
    urgent_advice: str = ""


@dataclass(frozen=True, slots=True)
class ContactBook:
    """Every contact, and the mail rules that stand beside them in `contacts.toml`."""

    partnership: Partnership
    contacts: tuple[Contact, ...]
    known_domains: tuple[str, ...] = ()
    trusted_authserv_ids: tuple[str, ...] = ()
    dialect: str = "rfc8601"
    secure_domains: tuple[str, ...] = ()
    testing: bool = False

    def holders(self, role: str, agency: str | None, on: date) -> tuple[Contact, ...]:
        """Give who holds a role on a day.

        For `agency` (a duty of one organisation) that is its contact with role `agency`, else whoever carries its key.
        """
        valid = [contact for contact in self.contacts if contact.is_valid(on)]
        if role == "agency":
            own = [contact for contact in valid if contact.agency == agency]
            named = [contact for contact in own if contact.role == "agency"]
            return tuple(named or own[:1])
        return tuple(contact for contact in valid if contact.role == role)

    def of_address(self, address: str, on: date) -> tuple[Contact, ...]:
        """Give the contacts for which mail from this address may answer on this day."""
        return tuple(contact for contact in self.contacts if contact.is_valid(on) and contact.may_answer(address))

    def agencies(self, on: date) -> frozenset[str]:
        """Give the keys of the agencies that have a contact on this day."""
        return frozenset(contact.agency for contact in self.contacts if contact.agency and contact.is_valid(on))

    def lists(self, address: str, on: date) -> bool:
        """Say whether an address stands anywhere on the list today: what the recipient gate asks."""
        return any(address in _addresses(contact) for contact in self.contacts if contact.is_valid(on))

    def has(self, address: str) -> bool:
        """Say whether mail may ever go to an address that stands on the list, today or on another day."""
        return any(address in (contact.email, *contact.deputies, *contact.escalate_to) for contact in self.contacts)

    def without_waiting_for(self, addresses: Iterable[str]) -> "ContactBook":
        """Give the list as it is once the holders of these addresses have said that they read them."""
        known = frozenset(addresses)
        return replace(
            self,
            contacts=tuple(
                replace(contact, unconfirmed=tuple(one for one in contact.unconfirmed if one not in known))
                for contact in self.contacts
            ),
        )

    def knows_domain(self, address: str) -> bool:
        """Say whether who writes from this address may refer and be answered automatically (whole labels)."""
        return is_under(address.rpartition("@")[2], self.known_domains)


def is_under(domain: str, parents: Iterable[str]) -> bool:
    """Say whether a domain is one of these or below one, label by label; `evil-nhs.net` is not under `nhs.net`."""
    labels = domain.lower().rstrip(".").split(".")
    return any(labels[-len(parent.split(".")) :] == parent.lower().split(".") for parent in parents)


def _addresses(contact: Contact) -> tuple[str, ...]:
    own = (contact.email, *contact.deputies, *contact.escalate_to)
    return tuple(address for address in own if address not in contact.unconfirmed)
