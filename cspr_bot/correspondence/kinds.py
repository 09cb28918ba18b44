"""What kind of mail this is: never noise while it may hold a referral, and never an answer while a machine wrote it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cspr_bot.correspondence.address import Mailbox, parse_from
from cspr_bot.correspondence.automatic import Sign, signs_of_a_machine
from cspr_bot.correspondence.bounces import Bounce, is_delivery_receipt, what_bounced
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.correspondence.references import find_references

MailKind = Literal[
    "referral", "reply", "enquiry", "bounce", "auto_reply", "receipt", "calendar", "list", "own", "unreadable"
]

NO_FORM = "no form in it"
NOTHING_IN_IT = "nothing in it can be read, neither words nor a file: ask its sender what was to be in it"
_A_REFERRAL: tuple[MailKind, tuple[str, ...]] = ("referral", ("it holds a referral form",))
_RECEIPTS = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_SEALED_TYPES = {
    "application/pkcs7-mime": "S/MIME",
    "application/x-pkcs7-mime": "S/MIME",
    "application/pgp-encrypted": "PGP",
    "application/x-microsoft-rpmsg-message": "Microsoft rights management",
}
_SEALED_NAMES = re.compile(
    r"(?:\.rpmsg|\.p7m|securemessage\w*\.\w+|securedoc.*\.html?|encrypted[-_ ]?message.*|\.switch)$", re.IGNORECASE
)
# What a service writes that keeps the mail itself behind a link; the link is never followed.
_BEHIND_A_LINK = re.compile(
    r"(?:you(?:['’]ve| have) (?:received|been sent)|has sent you) an? (?:new )?(?:secure|encrypted|protected|egress\w*)"
    r"(?: \w+)? (?:e-?mail|message)"
    r"|(?:read|open|view) (?:the|your|this) (?:secure|encrypted|protected) (?:e-?mail|message)",
    re.IGNORECASE,
)
_MOST_OF_A_NOTE = 3_000
_PGP = "-----BEGIN PGP MESSAGE-----"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a mail is and why. `is_automatic`: a machine sent it, or none reads the answer, so none is ever written."""

    kind: MailKind
    reasons: tuple[str, ...] = ()
    is_automatic: bool = False
    bounce: Bounce | None = None


def what_is(
    mail: ParsedMail,
    *,
    own_address: str,
    has_form: bool,
    is_reply: bool,
    is_empty: bool = False,
    is_illegible: bool = False,
) -> Kind:
    """Say what a mail is.

    `has_form`: it holds a referral form, or a file that may be one. `is_reply`: it carries a code or a Message-ID of
    ours. `is_empty`: nothing in it can be read; `is_illegible`: and something is in it, so it is never noise. Our own
    mark in it proves nothing, for anybody can write it: `own` needs our own address in `From` too.
    """
    signs = signs_of_a_machine(mail)
    bounce = what_bounced(mail)
    reasons = tuple(dict.fromkeys(sign.reason for sign in signs))
    hidden = tuple(_what_hides_its_content(mail)) or ((NOTHING_IN_IT,) if is_illegible else ())
    if has_form:
        kind, why = _A_REFERRAL
    elif hidden:
        kind, why = "unreadable", hidden
    else:
        kind, why = _kind(mail, signs, bounce, own_address=own_address, is_reply=is_reply)
    if kind == "enquiry" and is_empty:
        kind, why = "unreadable", (NOTHING_IN_IT,)
    is_automatic = bool(signs) or kind not in {"referral", "reply", "enquiry", "unreadable"}
    return Kind(kind, tuple(dict.fromkeys((*why, *reasons))), is_automatic, bounce if kind == "bounce" else None)


def _kind(
    mail: ParsedMail, signs: tuple[Sign, ...], bounce: Bounce | None, *, own_address: str, is_reply: bool
) -> tuple[MailKind, tuple[str, ...]]:
    noise = _noise(mail, signs, bounce, own_address)
    if noise and mail.is_damaged and noise[0] != "bounce":
        return "unreadable", (*mail.problems, *noise[1])
    named = is_reply or bool(find_references(f"{mail.first('Subject')}\n{mail.text}"))
    if noise and not (noise[0] == "list" and named):
        return noise
    return ("reply", ("it names a case or answers a mail of ours",)) if named else ("enquiry", (NO_FORM,))


def _what_hides_its_content(mail: ParsedMail) -> Iterator[str]:
    """Find what keeps the content from us: a form may be inside, so a person has to look."""
    if not mail.is_readable:
        yield from mail.problems
    whole = mail.first("Content-Type").partition(";")[0].strip().lower()
    for media_type in (whole, *(part.media_type for part in mail.attachments)):
        if media_type in _SEALED_TYPES:
            yield f"it is sealed ({_SEALED_TYPES[media_type]})"
    if any(_SEALED_NAMES.search(part.name) for part in mail.attachments):
        yield "it is sealed (a secure mail service)"
    if _BEHIND_A_LINK.search(" ".join(mail.text[:_MOST_OF_A_NOTE].split())):
        yield "it is sealed (a secure mail service keeps it behind a link)"
    if _PGP in mail.text:
        yield "it is sealed (PGP)"


def _noise(
    mail: ParsedMail, signs: tuple[Sign, ...], bounce: Bounce | None, own_address: str
) -> tuple[MailKind, tuple[str, ...]] | None:
    """Find what the mail is where no person wrote it to us."""
    if _is_own(mail, own_address):
        return "own", ("it is our own mail, come back",)
    if bounce:
        return "bounce", ("a mail system says that a mail did not arrive",)
    if _is_receipt(mail):
        return "receipt", ("it is a receipt",)
    if _is_calendar(mail):
        return "calendar", ("it belongs to a calendar",)
    for kind in ("auto_reply", "list"):
        if any(sign.kind == kind for sign in signs):
            return kind, ()
    return None


def _is_own(mail: ParsedMail, own_address: str) -> bool:
    if not mail.all("X-CSPR-Bot"):
        return False
    sender = parse_from(mail.first("From"))
    return isinstance(sender, Mailbox) and sender.address == own_address.lower()


def _is_receipt(mail: ParsedMail) -> bool:
    content_type = mail.first("Content-Type").lower()
    is_report = content_type.startswith("multipart/report") and "disposition-notification" in content_type
    return is_report or is_delivery_receipt(mail) or any(part.media_type in _RECEIPTS for part in mail.attachments)


def _is_calendar(mail: ParsedMail) -> bool:
    """Say whether it is a meeting; a person who sends an .ics as a file wrote a mail."""
    return any(part.media_type == "text/calendar" and not part.name for part in mail.attachments)
