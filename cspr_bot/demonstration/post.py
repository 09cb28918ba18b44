"""The mails that people send in the demonstration: as their mail programs and the council's own server write them."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

SERVER = "mx.council.example"
WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
PDF = ("application", "pdf")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes along with a mail."""

    name: str
    kind: tuple[str, str]
    content: bytes


def new_mail(sender: str, to: str, subject: str, text: str, at: datetime, *enclosures: Enclosure) -> bytes:
    """Write a mail as it lies in the mailbox: received by the council's server, which vouches for the sender."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{sha256(f'{sender}{subject}{at}'.encode()).hexdigest()[:24]}@{_domain(sender)}>"
    mail.set_content(text)
    for item in enclosures:
        mail.add_attachment(item.content, maintype=item.kind[0], subtype=item.kind[1], filename=item.name)
    return _received(mail.as_bytes(), sender, at)


def answer(ours: bytes, sender: str, words: str, at: datetime, *enclosures: Enclosure) -> bytes:
    """Answer a mail of ours: the words first, then what Outlook quotes of it, answer code and all."""
    original = message_from_bytes(ours, policy=policy.default)
    body = original.get_body(("plain",))
    quoted = "\n".join(f"> {line}" for line in str(body.get_content() if body else "").splitlines())
    text = f"{words}\n\nKind regards\n\nOn {at:%d %B %Y} at {at:%H:%M}, {original['From']} wrote:\n{quoted}\n"
    mail = message_from_bytes(
        new_mail(sender, str(original["To"]), f"RE: {original['Subject']}", text, at, *enclosures), policy=policy.SMTP
    )
    del mail["To"]
    mail["To"] = str(original["From"])
    mail["In-Reply-To"] = mail["References"] = str(original["Message-ID"])
    return mail.as_bytes()


def newsletter(to: str, at: datetime) -> bytes:
    """Write a circular such as every shared mailbox gets."""
    raw = new_mail(
        "news@training.example",
        to,
        "Winter training programme",
        "Ten new courses. To unsubscribe follow the link.\n",
        at,
    )
    return raw.replace(
        b"Subject: Winter", b"List-Id: <news.training.example>\r\nPrecedence: bulk\r\nSubject: Winter", 1
    )


def out_of_office(sender: str, to: str, at: datetime) -> bytes:
    """Write what a mail system answers while somebody is away."""
    text = "I am away until after the holidays and will read your mail when I am back.\n"
    raw = new_mail(sender, to, "Automatic reply: notice", text, at)
    return raw.replace(b"Subject: Automatic", b"Auto-Submitted: auto-replied\r\nSubject: Automatic", 1)


def _received(raw: bytes, sender: str, at: datetime) -> bytes:
    """Put on top what the receiving server writes: when it came, and that the domain's own policy was met."""
    domain = _domain(sender)
    stamp = format_datetime(at)
    return (
        f"Authentication-Results: {SERVER}; dmarc=pass header.from={domain}\r\n"
        f"Received: from mail.{domain} ([192.0.2.25]) by {SERVER} with ESMTPS; {stamp}\r\n"
    ).encode("ascii") + raw


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].rstrip(">")
