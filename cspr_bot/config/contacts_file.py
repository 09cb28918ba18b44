"""Reads contacts.toml into the contact book, or notes all that is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from cspr_bot.config.addresses import SECURE_DOMAINS, address_flaw, ascii_domain, domain_flaw, normalise
from cspr_bot.config.contacts_checks import Entry, check_entries
from cspr_bot.config.files import ConfigFile
from cspr_bot.config.problems import Findings, Place, show, suggest
from cspr_bot.config.schema import PLAIN, Schema, read_table, read_value
from cspr_bot.correspondence.contacts import Contact, ContactBook, Partnership

_TABLES = ("partnership", "mail", "contact")
_INVENTED_NUMBERS = ("01632", "07700 900", "07700900")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the same file is judged by: the day, and whether its mails reach real people."""

    today: date
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class ReadContacts:
    """The book, where it is any good, and the entries as they stand in the file."""

    book: ContactBook | None
    entries: tuple[Entry, ...] = ()


def _dialect(value: object, place: Place, findings: Findings) -> object:
    return read_value(Literal["rfc8601", "exchange-online"], value, place, findings)


_MAIL = Schema(by_field={(ContactBook, "dialect"): _dialect})


def read_contacts(file: ConfigFile, circumstances: Circumstances) -> ReadContacts:
    """Read contacts.toml; there is no book where the file or a key that must be there is no good."""
    if not file.is_readable:
        return ReadContacts(None)
    findings, table = file.findings, file.table
    for key in table:
        if key not in _TABLES:
            findings.error((key,), "there is no such table", suggest(key, _TABLES))
    partnership = read_table(Partnership, table.get("partnership", {}), ("partnership",), findings, PLAIN)
    given = {"partnership": partnership, "contacts": ()}
    mail = read_table(ContactBook, table.get("mail", {}), ("mail",), findings, _MAIL, given)
    entries = tuple(_entries(table.get("contact", []), findings))
    if partnership:
        partnership = replace(partnership, mailbox=normalise(partnership.mailbox))
        _check_partnership(partnership, findings, is_live=circumstances.is_live)
    if mail:
        mail = _checked_mail(mail, findings, is_live=circumstances.is_live)
    if not (partnership and mail):
        return ReadContacts(None, entries)
    whole = tuple(entry for entry in entries if entry.is_whole)
    book = replace(mail, partnership=partnership, contacts=tuple(entry.contact for entry in whole))
    check_entries(whole, book, findings, today=circumstances.today, is_live=circumstances.is_live)
    return ReadContacts(book, entries)


def _entries(value: object, findings: Findings) -> Iterator[Entry]:
    if not isinstance(value, list):
        findings.error(
            ("contact",), "contacts must be a list of tables", "write [[contact]], with two brackets, above each"
        )
        return
    for number, table in enumerate(value):
        contact = read_table(Contact, table, ("contact", number), findings)
        if contact is not None:
            yield Entry(("contact", number), contact, _normalised(contact))
        elif isinstance(table, dict):
            role, agency = table.get("role"), table.get("agency")
            known = Contact(str(role), name="", email="", agency=agency if isinstance(agency, str) else None)
            yield Entry(("contact", number), known, known, is_whole=False)


def _normalised(contact: Contact) -> Contact:
    return replace(
        contact,
        email=normalise(contact.email),
        answers_from=tuple(map(normalise, contact.answers_from)),
        deputies=tuple(map(normalise, contact.deputies)),
        escalate_to=tuple(map(normalise, contact.escalate_to)),
        unconfirmed=tuple(map(normalise, contact.unconfirmed)),
    )


def _check_partnership(partnership: Partnership, findings: Findings, *, is_live: bool) -> None:
    for key, text in (("name", partnership.name), ("short_name", partnership.short_name)):
        if not text.strip() or not text.isprintable():
            findings.error(("partnership", key), f"{show(text)} is not a name", "write one line of text")
    if flaw := address_flaw(partnership.mailbox):
        what = f"{show(partnership.mailbox)} is not an address: {flaw}"
        findings.error(("partnership", "mailbox"), what, "write the address of the mailbox alone")
    place: Place = ("partnership", "urgent_advice")
    if not partnership.urgent_advice.strip():
        what = "no acknowledgement could say where to turn when a child is at risk now"
        findings.error(place, what, "write the numbers to ring, and 999")
    elif any(number in partnership.urgent_advice for number in _INVENTED_NUMBERS):
        note = findings.error if is_live else findings.warn
        note(place, "the telephone numbers are still the invented ones", "write those of children's social care")


def _checked_mail(book: ContactBook, findings: Findings, *, is_live: bool) -> ContactBook:
    """Check [mail], and bring its domains into the form in which they are compared."""
    if not book.known_domains:
        what = "without known domains every referral is held for a person"
        findings.warn(("mail", "known_domains"), what, 'write known_domains = ["council.example"], with your own')
    if is_live and not book.trusted_authserv_ids:
        what = "without the name that your mail server gives itself no mail counts as authenticated"
        findings.warn(("mail", "trusted_authserv_ids"), what, "copy it from an Authentication-Results header")
    for number, name in enumerate(book.trusted_authserv_ids):
        if not name or not name.isascii() or not name.isprintable() or " " in name:
            place: Place = ("mail", "trusted_authserv_ids", number)
            findings.error(place, f"{show(name)} is not the name of a server", "copy it from a header")
    if book.testing:
        what = "every mail goes to the partnership's own mailbox instead of its recipient"
        findings.warn(("mail", "testing"), what, "write false once the tests are done")
    secure = _domains(book.secure_domains, "secure_domains", findings)
    return replace(
        book,
        known_domains=_domains(book.known_domains, "known_domains", findings),
        trusted_authserv_ids=tuple(name.lower() for name in book.trusted_authserv_ids),
        secure_domains=tuple(dict.fromkeys((*SECURE_DOMAINS, *secure))),
    )


def _domains(names: tuple[str, ...], key: str, findings: Findings) -> tuple[str, ...]:
    for number, name in enumerate(names):
        flaw = domain_flaw(ascii_domain(name)) if ascii_domain(name) else "it has no ASCII form"
        if flaw and name != "example":
            remedy = 'write the domain alone, such as "council.example"; what is below it is meant as well'
            findings.error(("mail", key, number), f"{show(name)} cannot be a domain here: {flaw}", remedy)
    return tuple(filter(None, map(ascii_domain, names)))
