"""What could not be delivered: a mail system's report (RFC 3464), or its prose where it wrote none."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cspr_bot.correspondence.automatic import bare_subject, is_from_a_daemon
from cspr_bot.correspondence.headers import split_headers
from cspr_bot.correspondence.message import ParsedMail

_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"}
)
_FAILED = frozenset({"failed", "failure"})
_GOOD_NEWS = frozenset({"delivered", "relayed", "expanded"})
_MOST_PROSE = 20_000
_MOST_REPORT = 200_000

_BLANK_LINES = re.compile(rb"\n[ \t\r]*\n\s*")
_STATUS = re.compile(r"(?<![\w.])([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![\w.])")
_SMTP_CODE = re.compile(r"(?<![\w.])([45])[0-5][0-9](?=[ -])")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
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
    def is_permanent(self) -> bool:
        """Whether another attempt is hopeless: it gave up, for a reason that will not pass."""
        return self.action in _FAILED and self.status.startswith("5")


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
    failures = tuple(_reported(mail))
    if failures and all(failure.action in _GOOD_NEWS for failure in failures):
        return None
    bad = tuple(failure for failure in failures if failure.action not in _GOOD_NEWS)
    if not bad:
        if not _reads_as_bounce(mail):
            return None
        bad = _from_prose(mail)
    message_id, effect = _returned(mail)
    return Bounce(bad, message_id, effect)


def is_delivery_receipt(mail: ParsedMail) -> bool:
    """Say whether a mail system reports that a mail has arrived."""
    failures = tuple(_reported(mail))
    return bool(failures) and all(failure.action in _GOOD_NEWS for failure in failures)


def _reported(mail: ParsedMail) -> Iterator[Failure]:
    """Read each recipient's group of fields: the first group of a report is about the mail as a whole."""
    for part in mail.attachments:
        if part.media_type in _REPORTS:
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
    status = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
    return Failure(address, _first_word(fields.get("action", "failed")), status[0] if status else "")


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


def _from_prose(mail: ParsedMail) -> tuple[Failure, ...]:
    """Gather what prose says: the status that stands in it, and the addresses before the returned mail begins."""
    text = mail.text[:_MOST_PROSE]
    own, _, _ = text.partition("\nReceived:")
    codes: Sequence[re.Match[str]] = [*_STATUS.finditer(own), *_SMTP_CODE.finditer(own)]
    status = next((code[0] for code in codes if "." in code[0]), next((f"{code[1]}.0.0" for code in codes), ""))
    action = {"5": "failed", "4": "delayed"}.get(status[:1], "unknown")
    failed = mail.first("X-Failed-Recipients") or own
    addresses = dict.fromkeys(address.lower() for address in _ADDRESS.findall(failed)[:20])
    return tuple(Failure(address, action, status) for address in addresses) or (Failure("", action, status),)


def _returned(mail: ParsedMail) -> tuple[str | None, str | None]:
    """Find the Message-ID and the effect key of the mail that came back, in a part of its own or in the text."""
    for part in mail.attachments:
        if part.media_type in _RETURNED:
            block = split_headers(part.content.lstrip())
            return block.first("message-id") or None, block.first("x-cspr-effect") or None
    message_id, effect = _MESSAGE_ID.search(mail.text), _EFFECT.search(mail.text)
    return message_id[1] if message_id else None, effect[1] if effect else None
