"""What mail systems write when a mail of ours does not arrive, or not yet: real shapes, invented people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy

US = "partnership@nsscp.example"
HOST = "mx.police.example"
STAMP = "Tue, 15 Dec 2026 10:12:30 +0000"

# (status, what the server says): 4.x.x may pass, 5.x.x will not.
FOR_NOW = (
    ("4.2.2", "452 4.2.2 The recipient's mailbox is over quota"),
    ("4.4.1", "451 4.4.1 Connection timed out"),
    ("4.4.2", "421 4.4.2 Connection dropped while the message was sent"),
    ("4.4.7", "450 4.4.7 Message delayed: the server does not answer"),
    ("4.7.0", "451 4.7.0 Temporary server error. Please try again later. PRX4"),
    ("4.7.1", "450 4.7.1 Greylisted, please try again in 300 seconds"),
    ("4.3.1", "452 4.3.1 Insufficient system storage"),
    ("4.3.2", "432 4.3.2 STOREDRV.Storage; mailbox server is too busy"),
)
FOR_GOOD = (
    ("5.1.1", "550 5.1.1 The email account that you tried to reach does not exist"),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    ("5.1.351", "550 5.1.351 Remote server returned unknown recipient"),
    ("5.2.1", "550 5.2.1 The mailbox is disabled and not accepting messages"),
    ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied"),
    ("5.4.312", "550 5.4.312 Message expired, DNS query failed"),
    ("5.7.1", "550 5.7.1 Unable to relay"),
    ("5.7.129", "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorised to send to the recipient"),
    ("5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required"),
)


@dataclass(frozen=True)
class Bounced:
    """A bounce and what it means: whether the address is dead, and whether this mail is lost."""

    name: str
    raw: bytes
    is_permanent: bool
    is_lost: bool


Write = Callable[[bytes, str, str, str], bytes]


def for_now(ours: bytes, address: str) -> Iterator[Bounced]:
    """Give delays and failures that may pass, in every dialect."""
    for dialect, write in DELAYS.items():
        for status, words in FOR_NOW:
            yield Bounced(f"{dialect} {status} delayed", write(ours, address, status, words), False, False)
    for dialect, write in FAILURES.items():
        for status, words in FOR_NOW[:4]:
            yield Bounced(f"{dialect} {status} given up", write(ours, address, status, words), False, True)


def for_good(ours: bytes, address: str) -> Iterator[Bounced]:
    """Give failures that will not pass, in every dialect."""
    for dialect, write in FAILURES.items():
        for status, words in FOR_GOOD:
            yield Bounced(f"{dialect} {status}", write(ours, address, status, words), True, True)


def report(  # noqa: PLR0917 - it is a table in disguise
    ours: bytes, prose: str, group: str, sender: str, subject: str, headers: str = "", returned: str = "message/rfc822"
) -> bytes:
    """Write a report by the standard: words for people, fields for programs, and what came back."""
    inner = ours if returned == "message/rfc822" else ours.partition(b"\r\n\r\n")[0] + b"\r\n"
    head = (
        f"Return-Path: <>\r\nReceived: from {HOST} by mx.council.example with ESMTPS; {STAMP}\r\n"
        f"From: {sender}\r\nTo: <{US}>\r\nSubject: {subject}\r\nDate: {STAMP}\r\n{headers}MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"\r\n\r\n'
        f"--=_r\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{prose}\r\n\r\n"
        f"--=_r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {HOST}\r\n"
        f"Arrival-Date: {STAMP}\r\n\r\n{group}\r\n\r\n--=_r\r\nContent-Type: {returned}\r\n\r\n"
    )
    return head.encode() + inner + b"\r\n--=_r--\r\n"


def _group(address: str, action: str, status: str, diagnosis: str, more: str = "") -> str:
    return (
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {diagnosis}{more}"
    )


def _exchange_online(action: str) -> Write:
    def write(ours: bytes, address: str, status: str, words: str) -> bytes:
        subject = "Undeliverable: your message" if action == "failed" else "Delivery delayed: your message"
        prose = f"Your message to {address} couldn't be delivered.\r\n\r\nRemote Server returned '{words}'"
        sender = "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@police.example>"
        headers = "Auto-Submitted: auto-replied\r\nX-MS-Exchange-Message-Is-Ndr:\r\nContent-Language: en-GB\r\n"
        return report(ours, prose, _group(address, action, status, words), sender, subject, headers)

    return write


def _exchange_welsh(action: str) -> Write:
    def write(ours: bytes, address: str, status: str, words: str) -> bytes:
        subject = "=?utf-8?q?Methu_=C3=A2_danfon?= neges" if action == "failed" else "Oedi wrth ddanfon"
        prose = f"Ni ellid danfon eich neges at {address}.\r\n{words}"
        group = _group(address, action, status, words, "\r\nX-Display-Name: Case review")
        return report(ours, prose, group, "Microsoft Outlook <postmaster@police.example>", subject)

    return write


def _postfix(action: str) -> Write:
    def write(ours: bytes, address: str, status: str, words: str) -> bytes:
        is_lost = action == "failed"
        subject = "Undelivered Mail Returned to Sender" if is_lost else "Delayed Mail (still being retried)"
        prose = (
            f"This is the mail system at host {HOST}.\r\n\r\n"
            + ("I'm sorry to have to inform you that your message could not be delivered.\r\n" if is_lost else "")
            + ("" if is_lost else "THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.\r\n")
            + f"\r\n<{address}>: host {HOST}[192.0.2.1] said: {words} (in reply to RCPT TO command)"
        )
        sender = f"MAILER-DAEMON@{HOST} (Mail Delivery System)"
        group = f"Original-Recipient: rfc822;{address}\r\n" + _group(address, action, status, words)
        return report(ours, prose, group, sender, subject, "Auto-Submitted: auto-replied\r\n", "text/rfc822-headers")

    return write


def _gmail(action: str) -> Write:
    def write(ours: bytes, address: str, status: str, words: str) -> bytes:
        subject = f"Delivery Status Notification ({'Failure' if action == 'failed' else 'Delay'})"
        will_retry = "Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently."
        prose = f"** {'Address not found' if action == 'failed' else 'Delivery incomplete'} **\r\n\r\n"
        prose += f"Your message to {address}: {words}\r\n" + ("" if action == "failed" else will_retry)
        sender = "Mail Delivery Subsystem <mailer-daemon@googlemail.example>"
        return report(
            ours, prose, _group(address, action, status, words), sender, subject, "Auto-Submitted: auto-replied\r\n"
        )

    return write


def _gateway(action: str) -> Write:
    """Write as a council's gateway does: a general status, the truth in the diagnosis, and the subject tagged."""

    def write(ours: bytes, address: str, status: str, words: str) -> bytes:
        subject = f"[EXTERNAL] {'Failed' if action == 'failed' else 'Delayed'} delivery notification"
        general = f"{status[0]}.0.0"
        prose = f"The following message was not delivered: {address}\r\nReason: {words}"
        return report(
            ours, prose, _group(address, action, general, words), "postmaster@gateway.police.example", subject
        )

    return write


def _prose(subject: str, opening: str, sender: str = "Mail Delivery System <Mailer-Daemon@mx.police.example>") -> Write:
    """Write as Exim, qmail and sendmail do where nobody set them up for reports: words, and then the mail itself."""

    def write(ours: bytes, address: str, status: str, words: str) -> bytes:
        text = f"{opening}\r\n\r\n  {address}\r\n    host {HOST} [192.0.2.1]: {words}\r\n\r\n"
        head = (
            f"Return-Path: <>\r\nReceived: from {HOST} by mx.council.example with ESMTPS; {STAMP}\r\n"
            f"X-Failed-Recipients: {address}\r\nAuto-Submitted: auto-replied\r\nFrom: {sender}\r\nTo: {US}\r\n"
            f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        )
        copy = b"------ This is a copy of the message, including all the headers. ------\r\n\r\n"
        return (head + text).encode() + copy + _as_text(ours)

    return write


def _as_text(ours: bytes) -> bytes:
    """Give a mail of ours as a reader sees its source, the headers first."""
    mail = message_from_bytes(ours, policy=policy.default)
    head = "".join(f"{name}: {value}\r\n" for name, value in mail.items() if name.lower() != "content-type")
    return f"{head}\r\nThe text of the mail.\r\n".encode("ascii", "replace")


DELAYS: dict[str, Write] = {
    "Exchange Online": _exchange_online("delayed"),
    "Exchange in Welsh": _exchange_welsh("delayed"),
    "Postfix": _postfix("delayed"),
    "Gmail": _gmail("delayed"),
    "gateway": _gateway("delayed"),
    "Exim": _prose(
        "Warning: message 1abc-2 delayed 24 hours",
        "This message was created automatically by mail delivery software.\r\nA message that you sent has not yet "
        "been delivered to one or more of its recipients.\r\nNo action is required on your part: delivery attempts "
        "will continue for some time.",
    ),
    "sendmail": _prose(
        "Warning: could not send message for past 4 hours",
        "    **********************************************\r\n    **      THIS IS A WARNING MESSAGE ONLY      **\r\n"
        "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\r\n    **********************************************\r\n"
        "Will keep trying until message is 5 days old",
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.police.example>",
    ),
}
FAILURES: dict[str, Write] = {
    "Exchange Online": _exchange_online("failed"),
    "Exchange in Welsh": _exchange_welsh("failed"),
    "Postfix": _postfix("failed"),
    "Gmail": _gmail("failed"),
    "gateway": _gateway("failed"),
    "Exim": _prose(
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\r\nA message that you sent could not be "
        "delivered to one or more of its recipients. This is a permanent error. The following address(es) failed:",
    ),
    "qmail": _prose(
        "failure notice",
        "Hi. This is the qmail-send program at mx.police.example.\r\nI'm afraid I wasn't able to deliver your message "
        "to the following addresses.\r\nI've given up. Sorry it didn't work out.",
        "MAILER-DAEMON@mx.police.example",
    ),
}
