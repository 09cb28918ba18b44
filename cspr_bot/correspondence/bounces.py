"""What could not be delivered: a mail system's report (RFC 3464), or its prose where it wrote none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cspr_bot.correspondence.automatic import bare_subject, is_challenge, is_from_a_daemon
from cspr_bot.correspondence.headers import split_headers
from cspr_bot.correspondence.message import ParsedMail

REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"}
)
_FAILED = frozenset({"failed", "failure", "error"})  # OpenSMTPD has its own word
_GOOD_NEWS = frozenset({"delivered", "relayed", "expanded"})
_MOST_PROSE = 20_000
_MOST_REPORT = 200_000

_BLANK_LINES = re.compile(rb"\n[ \t\r]*\n\s*")
_STATUS = re.compile(r"(?<![\w.])([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![\w.])")
_GENERAL = re.compile(r"[245]\.0\.0")
_SMTP_CODE = re.compile(r"(?<![\w.])([45])[0-5][0-9](?=[ -])")
_COPY_BEGINS = re.compile(
    r"^[>\s]*(?:Received|Return-Path|Message-ID):|^-{2,}.{0,20}(?:copy|original|returned) ",
    re.IGNORECASE | re.MULTILINE,
)
# What says without a number whether another attempt may help.
_FOR_NOW = re.compile(
    r"\b(?:temporar|transient|deferred|over ?quota|quota exceeded|exceeded .{0,20}quota|(?:mail)?box (?:is )?full"
    r"|try again later|too busy)",
    re.IGNORECASE,
)
_TRIES_AGAIN = re.compile(
    r"\b(?:will (?:continue|keep|be re-?tried|re-?try|try again)|continue to be attempted|attempts will continue"
    r"|(?:still|being) retried|this is a warning|not yet (?:been )?delivered|delayed|do not (?:need to )?resend"
    r"|warning (?:message )?only)",
    re.IGNORECASE,
)
_HAS_GIVEN_UP = re.compile(
    r"\b(?:giv(?:ing|en) up|gave up|permanent (?:fatal )?error|not able to deliver|could not be delivered|undelivered)",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"\b(?:user unknown|unknown (?:user|recipient|address|local part|mailbox)|no mailbox"
    r"|no such (?:user|mailbox|address|recipient|person)|invalid (?:recipient|address|mailbox|user)"
    r"|(?:does ?n[o']t|do(?:es)? not) (?:exist|have an? .{0,20}account)"
    r"|account .{0,20}(?:disabled|closed|suspended|inactive)|not (?:listed|found) in|bad (?:address|destination)"
    r"|(?:recipient|address|user|mailbox) .{0,40}(?:rejected|not found|unknown|invalid|disabled)|unrouteable"
    r"|not our customer|relaying denied|unable to relay|host (?:not found|unknown)|permanent (?:fatal )?error)",
    re.IGNORECASE,
)
_NEAR = 400
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DAEMONS = re.compile(r"(?:postmaster|mailer-daemon|root|abuse)@")
_EFFECT = re.compile(r"^[>\s]*X-CSPR-Effect:\s*(\S{1,200})", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(r"^[>\s]*Message-ID:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(
    r"undeliver(?:ed|able)|delivery (?:status|failure|has failed|problem|report|notification|failed|error)"
    r"|mail delivery (?:failed|failure|system|problem|status)|failure notice|failed delivery|mail system error"
    r"|returning message|returned mail|non[- ]?deliver(?:y|able)|permanent delivery|delayed mail|user unknown|rejected:"
    r"|message (?:undeliverable|not delivered|status|could not be delivered)|(?:could|can)(?:not| not) (?:be )?deliver"
    r"|warning: (?:could not|message)|unzustellbar|methu (?:â )?(?:danfon|dosbarthu)|dsn:",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"could ?n[o']t be delivered|(?:was|were) not able to (?:be )?deliver|unable to deliver|undeliver|failed to deliver"
    r"|delivery (?:has )?failed|delivery error|permanent (?:fatal )?error|fatal errors|returned to sender|user unknown"
    r"|unknown user|no such (?:user|address)|mailbox (?:is )?(?:full|unavailable)|over quota|transcript of session"
    r"|does not exist|(?:can|could)(?:not| not) (?:be )?deliver|not be delivered|address(?:es)? had .*errors|rejected",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a mail system says of one recipient: `status` such as "5.1.1", or "" where it gives none."""

    address: str
    action: str
    status: str

    @property
    def is_final(self) -> bool:
        """Whether the mail system gave up: this mail will not arrive, though a later one may."""
        return self.action in _FAILED

    @property
    def is_permanent(self) -> bool:
        """Whether another attempt is hopeless: it gave up, for a reason that will not pass."""
        return self.is_final and self.status.startswith("5")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that did not arrive, or not yet. `effect` and `original_message_id` are those of the mail returned.

    Anybody can write such a thing. It counts for one of ours only where the effect key in it is ours.
    """

    failures: tuple[Failure, ...]
    original_message_id: str | None = None
    effect: str | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses that it speaks of."""
        return tuple(dict.fromkeys(failure.address for failure in self.failures if failure.address))

    @property
    def permanent(self) -> bool:
        """Whether any of its recipients is lost for good; a delay is not."""
        return any(failure.is_permanent for failure in self.failures)


def what_bounced(mail: ParsedMail) -> Bounce | None:
    """Read a report of failure; None where the mail is none, or brings good news only."""
    reported = tuple(_reported(mail))
    bad = tuple(failure for failure in reported if failure.action not in _GOOD_NEWS)
    if (reported and not bad) or (is_challenge(mail) and not is_from_a_daemon(mail)):
        return None
    if not bad:
        bad = tuple(_unreached(mail))
    if not bad:
        if not _reads_as_bounce(mail):
            return None
        bad = _from_prose(mail)
    message_id, effect = _returned(mail)
    return Bounce(bad, message_id, effect)


def has_report(mail: ParsedMail) -> bool:
    """Say whether a mail system's report by the standard tells of at least one recipient."""
    return any(True for _ in _reported(mail))


def is_delivery_receipt(mail: ParsedMail) -> bool:
    """Say whether a mail system reports that a mail has arrived."""
    failures = tuple(_reported(mail))
    return bool(failures) and all(failure.action in _GOOD_NEWS for failure in failures)


def _reported(mail: ParsedMail) -> Iterator[Failure]:
    """Read each recipient's group of fields: the first group of a report is about the mail as a whole."""
    for part in mail.attachments:
        if part.media_type in REPORTS:
            for fields in _groups(part.content):
                if "final-recipient" in fields or "action" in fields:
                    yield _failure(fields)


def _groups(content: bytes) -> Iterator[dict[str, str]]:
    """Split a report at its blank lines. What is no field is passed over: a group is looked at once."""
    for group in _BLANK_LINES.split(content[:_MOST_REPORT].strip()):
        yield {name.lower(): value for name, value in reversed(split_headers(group).fields)}


def _failure(fields: dict[str, str]) -> Failure:
    recipient = fields.get("original-recipient") or fields.get("final-recipient") or ""
    address = recipient.rpartition(";")[2].strip(" <>").lower()
    return Failure(address, _first_word(fields.get("action", "failed")), _status_in(fields))


def _status_in(fields: dict[str, str]) -> str:
    """Give the status of a group; the server's own words where the status says nothing but good or bad."""
    stated, diagnosis = _STATUS.search(fields.get("status", "")), fields.get("diagnostic-code", "")
    if stated and not _GENERAL.fullmatch(stated[0]):
        return stated[0]
    return _code_in(diagnosis) or (stated[0] if stated else "")


def _code_in(text: str) -> str:
    """Find the first status in a text, else what the first reply code of SMTP comes to."""
    enhanced, plain = _STATUS.search(text), _SMTP_CODE.search(text)
    return enhanced[0] if enhanced else f"{plain[1]}.0.0" if plain else ""


def _first_word(value: str) -> str:
    return (value.split() or [""])[0].lower().strip(".;,")


def _reads_as_bounce(mail: ParsedMail) -> bool:
    """Say whether a mail without a report is one all the same: a mail system speaks, and of a failure."""
    content_type = mail.first("Content-Type").lower()
    if "multipart/report" in content_type and "delivery-status" in content_type:
        return True
    if not is_from_a_daemon(mail):
        return False
    return bool(_SUBJECT.search(bare_subject(mail.first("Subject"))) or _PROSE.search(mail.text[:_MOST_PROSE]))


def _unreached(mail: ParsedMail) -> Iterator[Failure]:
    """Weigh the addresses that a library found in prose: whether for good, the numbers and words beside them say."""
    own = _own_words(mail)
    for address in mail.delayed:
        yield Failure(address, "delayed", _status_near(address, own, worst="4"))
    for address in mail.failed:
        yield _weighed(address, own)


def _from_prose(mail: ParsedMail) -> tuple[Failure, ...]:
    """Gather what prose says: the status that stands in it, and the addresses before the returned mail begins."""
    own = _own_words(mail)
    failed = mail.first("X-Failed-Recipients") or own
    found = (address.lower() for address in _ADDRESS.findall(failed)[:20])
    addresses = dict.fromkeys(address for address in found if not _DAEMONS.match(address))
    return tuple(_weighed(address, own) for address in addresses) or (_weighed("", own),)


def _own_words(mail: ParsedMail) -> str:
    """Give what the mail system itself says, without the mail that it returns."""
    text = mail.text[:_MOST_PROSE]
    copy = _COPY_BEGINS.search(text)
    return text[: copy.start()] if copy and copy.start() else text


def _weighed(address: str, own: str) -> Failure:
    """Say of an address in prose whether it is lost: by a number near it, else by the words, else nobody knows.

    Only what says that it will be tried again is a delay: a person hears of all else.
    """
    tries_again = bool(_TRIES_AGAIN.search(own)) and not _HAS_GIVEN_UP.search(own)
    status = _status_near(address, own) or _status_in_words(own)
    if tries_again and not status.startswith("5"):
        return Failure(address, "delayed", status)
    return Failure(address, "failed" if status else "unknown", status)


def _status_near(address: str, own: str, worst: str = "5") -> str:
    """Find the status behind an address, else the first in the text; none that is worse than may be."""
    place = own.lower().find(address) if address else -1
    near = _code_in(own[place + len(address) : place + len(address) + _NEAR]) if place >= 0 else ""
    found = near or _code_in(own)
    return found if found[:1] <= worst else ""


def _status_in_words(own: str) -> str:
    if _FOR_NOW.search(own):
        return "4.0.0"
    return "5.0.0" if _FOR_GOOD.search(own) else ""


def _returned(mail: ParsedMail) -> tuple[str | None, str | None]:
    """Find the Message-ID and the effect key of the mail that came back, in a part of its own or in the text."""
    for part in mail.attachments:
        if part.media_type in RETURNED:
            block = split_headers(part.content.lstrip())
            return block.first("message-id") or None, block.first("x-cspr-effect") or None
    message_id, effect = _MESSAGE_ID.search(mail.text), _EFFECT.search(mail.text)
    return message_id[1] if message_id else None, effect[1] if effect else None
