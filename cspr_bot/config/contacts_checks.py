"""What is wrong with the entries of the contact list, each by itself and against the others (reliability, 3e)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cspr_bot.config.addresses import (
    LEGACY_DOMAINS,
    RETIRED_DOMAINS,
    address_flaw,
    nearest_domain,
    never_written_to,
    normalise,
    unattended,
)
from cspr_bot.config.problems import Findings, Place, show, suggest
from cspr_bot.config.vocabulary import AGENCY_KEY, ROLES, ROLES_OF_A_CASE
from cspr_bot.correspondence.contacts import Contact, ContactBook, is_under

# Bodies, families and the media are told by a person, never by the program.
_NEVER_AGENCIES = frozenset({"panel", "national_panel", "ofsted", "dfe", "family", "families", "media", "press"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: where it stands, as it is written, and with its addresses in the spelling that is compared.

    One that could not be read is not whole: it only holds its role, so that nobody is told that the role is missing.
    """

    place: Place
    written: Contact
    contact: Contact
    is_whole: bool = True

    def addresses(self) -> Iterator[tuple[Place, str]]:
        """Give every address as it is written, with its place."""
        yield (*self.place, "email"), self.written.email
        for key in ("deputies", "escalate_to", "answers_from"):
            for number, address in enumerate(getattr(self.written, key)):
                yield (*self.place, key, number), address


def check_entries(
    entries: tuple[Entry, ...], book: ContactBook, findings: Findings, *, today: date, is_live: bool
) -> None:
    """Note everything that is wrong with the entries, one by one and together."""
    for entry in entries:
        _check_words(entry, findings)
        _check_days(entry, findings, today=today, is_live=is_live)
        for place, address in entry.addresses():
            _check_address(place, address, entry.contact, book, findings)
        _check_deputies(entry, findings)
        _check_unconfirmed(entry, findings)
    _check_spelling(entries, findings)
    if is_live:
        _check_somebody_hears(entries, findings, today)
    for number, entry in enumerate(entries):
        _check_against(entry, entries[:number], findings)


def _check_words(entry: Entry, findings: Findings) -> None:
    contact, place = entry.contact, entry.place
    if contact.role not in ROLES:
        findings.error((*place, "role"), f"there is no role {show(contact.role)}", suggest(contact.role, ROLES))
    if contact.role in ROLES_OF_A_CASE:
        what = f'who is "{contact.role}" stands in each case, not on this list'
        findings.error((*place, "role"), what, "leave this contact out")
    if not contact.name.strip() or not contact.name.isprintable():
        findings.error((*place, "name"), f"{show(contact.name)} is not a name", "write whom a mail should greet")
    if contact.agency is None:
        if contact.role == "agency":
            what = 'a contact with role "agency" must say which'
            findings.error((*place, "agency"), what, 'write its key, such as agency = "police"')
    elif not AGENCY_KEY.fullmatch(contact.agency):
        what = f"{show(contact.agency)} is not a key: one word in small letters"
        findings.error((*place, "agency"), what, 'write a word such as "local_authority"')
    elif contact.agency in _NEVER_AGENCIES:
        what = f'"{contact.agency}" is told by a person, never by the program'
        findings.error((*place, "agency"), what, "leave this contact out")


def _check_days(entry: Entry, findings: Findings, *, today: date, is_live: bool) -> None:
    contact, place = entry.contact, entry.place
    if contact.valid_from and contact.valid_to and contact.valid_from > contact.valid_to:
        what = f"it would be valid from {contact.valid_from} to {contact.valid_to}, which is no day at all"
        findings.error((*place, "valid_to"), what, "let valid_from be the earlier of the two")
    if contact.away_from and contact.away_until is None:
        what = "nobody says until when they are away"
        findings.error((*place, "away_from"), what, "add away_until = the last day of the absence")
    elif contact.away_from and contact.away_until and contact.away_from > contact.away_until:
        what = f"they would be away from {contact.away_from} to {contact.away_until}, which is no day at all"
        findings.error((*place, "away_until"), what, "let away_from be the earlier of the two")
    elif contact.away_until and contact.away_until >= today and not contact.deputies:
        what = "nobody stands in: mails go to them all the same, and the co-ordinator hears of each"
        findings.warn((*place, "away_until"), what, 'add deputies = ["..."]')
    if contact.confirmed is None and contact.email not in contact.unconfirmed:
        note = findings.error if is_live else findings.warn
        what = f"nobody has confirmed {show(contact.email)}"
        note(place, what, "ring or write to them, then add confirmed = the day on which they answered")
    elif contact.confirmed is not None and contact.confirmed > today:
        what = f"{contact.confirmed} has not come yet"
        findings.error((*place, "confirmed"), what, "write the day on which the address was confirmed")


def _check_address(place: Place, address: str, contact: Contact, book: ContactBook, findings: Findings) -> None:
    if flaw := address_flaw(address):
        findings.error(place, f"{show(address)} is not an address: {flaw}", "write the address alone: name@domain")
        return
    plain = normalise(address)
    if plain == book.partnership.mailbox:
        _own_mailbox(place, contact, findings)
    elif reason := unattended(plain):
        findings.error(place, f"{show(address)}: {reason}", "write the address of a person or a team that reads it")
    elif body := never_written_to(plain):
        what = f"{show(address)} belongs to {body}, to whom only a person writes"
        findings.error(place, what, "leave this address out; the program prepares the task for a person")
    else:
        _check_domain(place, plain.rpartition("@")[2], contact, book, findings)


def _own_mailbox(place: Place, contact: Contact, findings: Findings) -> None:
    if contact.role == "coordinator":
        what = (
            "the co-ordinator cannot be the partnership's own mailbox: mail from there is our own and is never "
            "answered, so no answer of the co-ordinator would count, and what is sent there comes back as new mail"
        )
        findings.error(place, what, "write the co-ordinator's personal or another team mailbox")
        return
    findings.error(
        place, "this is the partnership's own mailbox: mail would go round in a loop", "write another address"
    )


def _check_domain(place: Place, domain: str, contact: Contact, book: ContactBook, findings: Findings) -> None:
    """Check where mail goes to: retired, legacy, secure, or allowed by name (procedure 6.2).

    What only answers may still do so from an old domain; nothing is sent there.
    """
    if "answers_from" in place and is_under(domain, (*RETIRED_DOMAINS, *LEGACY_DOMAINS)):
        return
    if is_under(domain, RETIRED_DOMAINS):
        findings.error(
            place, f'"{domain}" has been retired, mail to it is lost', "ask for the address that replaced it"
        )
    elif is_under(domain, LEGACY_DOMAINS):
        findings.warn(place, f'"{domain}" is a legacy domain', "ask the force for the address that replaced it")
    elif not is_under(domain, book.secure_domains) and not contact.allow_insecure.strip():
        nearest = nearest_domain(domain, (*book.known_domains, *book.secure_domains, *LEGACY_DOMAINS))
        hint = f"nearest: {nearest}" if nearest else "write a secure address"
        what = f'"{domain}" is not on the secure-domain list'
        findings.error(place, what, f'{hint}; or say why it may be used: allow_insecure = "reason"')


def _check_deputies(entry: Entry, findings: Findings) -> None:
    contact = entry.contact
    for key in ("deputies", "escalate_to", "answers_from"):
        addresses: tuple[str, ...] = getattr(contact, key)
        for number, address in enumerate(addresses):
            if address in addresses[:number]:
                findings.error((*entry.place, key, number), f"{show(address)} stands twice here", "leave one out")
            elif address == contact.email and key == "deputies":
                what = f"{show(address)} cannot be its own deputy"
                findings.error((*entry.place, key, number), what, "write who stands in when nobody reads it")


def _check_unconfirmed(entry: Entry, findings: Findings) -> None:
    """Name each address whose holder's word is waited for: on a live mailbox no mail of a case goes there before."""
    contact = entry.contact
    places = {normalise(address): place for place, address in entry.addresses() if "answers_from" not in place}
    for number, address in enumerate(contact.unconfirmed):
        if address not in places:
            what = f"{show(address)} is no address to which mail of this contact goes"
            findings.error((*entry.place, "unconfirmed", number), what, "leave it out")
        elif address == contact.email and contact.confirmed:
            what = f"{show(address)} cannot be both confirmed and unconfirmed"
            findings.error((*entry.place, "unconfirmed", number), what, "leave one of the two out")
        else:
            what = f"{show(address)} is unconfirmed: until its holder answers, whoever stands in is written to instead"
            remedy = f"`contacts` shows who has answered; if you rang them: `contacts confirm {address} --by NAME`"
            findings.warn(places[address], what, remedy)


def _check_somebody_hears(entries: tuple[Entry, ...], findings: Findings, today: date) -> None:
    """See that the co-ordinator can be reached: it is they who hear of what reaches nobody else."""
    holders = [entry for entry in entries if entry.contact.role == "coordinator" and entry.contact.is_valid(today)]
    if holders and not any(entry.contact.reached_at or entry.contact.stand_ins for entry in holders):
        what = "no address of the co-ordinator is confirmed: nobody would hear of what reaches nobody else"
        remedy = "ring them; then write confirmed = the day, and leave unconfirmed out"
        findings.error((*holders[0].place, "email"), what, remedy)


def _check_spelling(entries: tuple[Entry, ...], findings: Findings) -> None:
    """Note an address that is written in two ways: one of them is a slip, and nobody can tell which."""
    first: dict[str, tuple[Place, str]] = {}
    for entry in entries:
        for place, address in entry.addresses():
            other_place, other = first.setdefault(normalise(address), (place, address))
            if other != address:
                what = f"{show(address)} stands {findings.where(other_place)} as {show(other)}"
                findings.error(place, what, "write one address in one way")


def _check_against(entry: Entry, earlier: tuple[Entry, ...], findings: Findings) -> None:
    """Compare an entry with those above it that are valid at the same time."""
    contact = entry.contact
    for other in earlier:
        if other.contact.email != contact.email or not _overlap(contact, other.contact):
            continue
        where = findings.where((*other.place, "email"))
        agencies = {contact.agency, other.contact.agency} - {None}
        if len(agencies) > 1:
            what = f'{show(contact.email)} answers for "{other.contact.agency}" already ({where})'
            findings.error((*entry.place, "email"), what, "one address speaks for one agency: write another one")
        elif other.contact.key == contact.key:
            what = f'{show(contact.email)} holds "{contact.role}" already ({where})'
            findings.error((*entry.place, "email"), what, "leave one of the two out, or let one end before the other")


def _overlap(one: Contact, other: Contact) -> bool:
    start = max(one.valid_from or date.min, other.valid_from or date.min)
    return start <= min(one.valid_to or date.max, other.valid_to or date.max)
