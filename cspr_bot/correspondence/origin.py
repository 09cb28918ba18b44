"""Who wrote a mail, and whether that is proven: the one place in the house where trust is made.

Only the receiving server's own verdict counts. What follows from a mail whose sender is not authenticated is always the
same: it is held, never answered, and changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cspr_bot.correspondence.address import Mailbox, lookalike_of, parse_from
from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.correspondence.message import BROKEN_HEADERS, ParsedMail
from cspr_bot.correspondence.route import house_of, is_foreign
from cspr_bot.correspondence.verdicts import Verdict, parse_verdict, server_of

_EXCHANGE_ONLINE = "exchange-online"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail says it is from, whether that is proven, and why.

    `address` is lower-case ASCII, or None where `From` is not one plain address. `why` is for a person, and names no
    other person. `display` is the name shown beside the address: the sender's own choice, proven by nothing.
    """

    address: str | None
    is_authenticated: bool
    why: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class _Finding:
    is_proof: bool
    why: str


def who_wrote(mail: ParsedMail, book: ContactBook, *, by_hand: bool) -> Sender:
    """Say who wrote a mail. `by_hand`: the mailbox is a folder into which only people who may put anything.

    In such a folder a mail that no server ever received was put there by one of them, and its `From` is believed.
    """
    values = mail.all("From")
    if len(values) != 1:
        return Sender(None, False, "it has no From" if not values else "it has more than one From")
    mailbox = parse_from(values[0])
    if isinstance(mailbox, str):
        return Sender(None, False, mailbox)
    finding = _doubt(mail, mailbox, book) or _proof(mail, mailbox, book, by_hand=by_hand)
    return Sender(mailbox.address, finding.is_proof, finding.why, mailbox.display)


def _doubt(mail: ParsedMail, mailbox: Mailbox, book: ContactBook) -> _Finding | None:
    """Find what no verdict can heal."""
    if not mail.is_readable or BROKEN_HEADERS in mail.problems:
        return _Finding(False, "the mail is damaged, and another program may read another sender in it")
    if mailbox.address == book.partnership.mailbox:  # whoever may send as it: an answer would come back to us
        return _Finding(False, "it bears the partnership's own address, which is never answered")
    addresses = (book.partnership.mailbox, *(contact.email for contact in book.contacts))
    known = (*book.known_domains, *(address.rpartition("@")[2] for address in addresses))
    if "xn--" in mailbox.domain and not book.knows_domain(mailbox.address):
        return _Finding(False, "the domain of the address is not plain ASCII")
    twin = lookalike_of(mailbox.domain, known)
    return _Finding(False, f"the domain of the address looks like {twin} and is not") if twin else None


def _proof(mail: ParsedMail, mailbox: Mailbox, book: ContactBook, *, by_hand: bool) -> _Finding:
    verdict = _trusted_verdict(mail, book)
    internal = _internal(mail, mailbox, book)
    if verdict is None:
        return internal or _without_verdict(mail, by_hand=by_hand)
    if isinstance(verdict, str):
        return _Finding(False, verdict)
    # Exchange Online writes "dmarc=none" on some mail that never left the house; a failure it never does.
    has_failed = any(result.result not in {"pass", "none"} for result in verdict.of("dmarc") + verdict.of("compauth"))
    return internal if internal and not has_failed else _dmarc(verdict, mailbox)


def _without_verdict(mail: ParsedMail, *, by_hand: bool) -> _Finding:
    if by_hand and not mail.all("Received"):
        return _Finding(True, "no server received it: a person put it into the folder")
    return _Finding(False, "no verdict of a trusted server stands above the point where it came in")


def _trusted_verdict(mail: ParsedMail, book: ContactBook) -> Verdict | str | None:
    """Find the topmost verdict of a trusted server above every foreign `Received`; a reason where it is unreadable.

    What stands below the line where the mail came in was written by whoever sent it.
    """
    trusted = {server.lower() for server in book.trusted_authserv_ids}
    if book.dialect == _EXCHANGE_ONLINE:
        trusted.add("")  # its verdicts name no server
    for value in _verdicts_above_the_border(mail, book):
        if server_of(value) in trusted:
            return parse_verdict(value) or "the verdict of the receiving server cannot be read"
    return None


def _verdicts_above_the_border(mail: ParsedMail, book: ContactBook) -> Iterator[str]:
    house = house_of(book.trusted_authserv_ids, book.dialect)
    for header, value in mail.headers:
        name = header.lower()
        if name == "received" and is_foreign(value, house):
            return
        if name == "authentication-results":
            yield value


def _dmarc(verdict: Verdict, mailbox: Mailbox) -> _Finding:
    results = verdict.of("dmarc")
    if not results:
        return _Finding(False, "the receiving server says nothing of DMARC")
    if any(result.result != "pass" for result in results):
        return _Finding(False, f"DMARC: {_word(next(r.result for r in results if r.result != 'pass'))}")
    domains = [value.rpartition("@")[2] for result in results for value in result.values("header.from")]
    if not domains or any(domain != mailbox.domain for domain in domains):
        return _Finding(False, "DMARC passed for another domain than that of From")
    return _Finding(True, f"DMARC passed for {mailbox.domain}")


def _word(result: str) -> str:
    """Keep a result's own word only where it is one of the standard's, for a stranger may have chosen it."""
    return result if result in {"fail", "none", "temperror", "permerror", "bestguesspass"} else "not passed"


def _internal(mail: ParsedMail, mailbox: Mailbox, book: ContactBook) -> _Finding | None:
    """Believe Exchange Online that a mail never left the house; only where not one server on its way is a stranger."""
    if book.dialect != _EXCHANGE_ONLINE or mail.all("X-MS-Exchange-Organization-AuthAs") != ("Internal",):
        return None
    house = house_of(book.trusted_authserv_ids, book.dialect)
    is_own = book.knows_domain(mailbox.address) or mailbox.domain == book.partnership.mailbox.rpartition("@")[2]
    if not is_own or any(is_foreign(value, house) for value in mail.all("Received")):
        return None
    return _Finding(True, "it was written inside the organisation, and no foreign server passed it on")
