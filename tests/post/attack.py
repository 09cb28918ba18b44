"""What an attack is made of, and how a proven mail is bent into one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cspr_bot.demonstration.post import Enclosure, new_mail
from tests.scenarios.people import MAILBOX

# What may become of a mail:
#   "form"    a form may be in it, so it is held and its clocks run; nobody is answered
#   "held"    a person looks at it; nobody is answered
#   "asked"   a person looks at it, and whoever wrote gets the blank form
#   "quiet"   held or passed over, as long as nothing changes and nobody is answered; an absence may be noted
#   "opened"  a case is opened                   "counts"  the answer counts
#   "bounce"  it tells of a mail of ours that did not arrive
Fate = Literal["form", "held", "asked", "quiet", "opened", "counts", "bounce"]
Dialect = Literal["rfc8601", "exchange-online"]

PASS = b"Authentication-Results: mx.council.example; dmarc=pass header.from="
LETTER = "Please find attached a request for a review.\n\nKind regards\n"


@dataclass(frozen=True)
class Attack:
    """A mail, the line of the list that it is for, and what may become of it."""

    line: str
    name: str
    raw: bytes
    fate: Fate
    dialect: Dialect = "rfc8601"


@dataclass(frozen=True)
class Post:
    """What the attacks are made of: a form that nobody has sent yet, and an answer to a question that is open."""

    form: bytes  # a proven mail of a nurse with a complete form
    answer: Callable[[str], bytes]  # a proven answer of the Service Leader to what was asked
    question: bytes  # our own mail that asked
    code: str
    word: Enclosure
    at: datetime

    def letter(self, sender: str, subject: str, text: str, *files: Enclosure) -> bytes:
        """Write a proven mail."""
        return new_mail(sender, MAILBOX, subject, text, self.at, *files)

    @property
    def mails(self) -> tuple[tuple[str, bytes, Fate], ...]:
        """The two mails that an unproven sender would like to be believed in."""
        return (("form", self.form, "form"), ("answer", self.answer("DONE"), "held"))


def with_headers(raw: bytes, *lines: str) -> bytes:
    """Put headers above those of the sender, below those of the receiving server."""
    return raw.replace(b"From: ", "".join(f"{line}\r\n" for line in lines).encode() + b"From: ", 1)


def with_verdict(raw: bytes, verdict: bytes) -> bytes:
    """Put another verdict in the place of the receiving server's."""
    _, _, rest = raw.partition(b"\r\n")
    return verdict + (b"\r\n" if verdict else b"") + rest


def with_subject(subject: str, raw: bytes) -> bytes:
    """Let a mail bear another subject."""
    return re.sub(rb"^Subject: .*", lambda _: b"Subject: " + subject.encode(), raw, count=1, flags=re.MULTILINE)


def with_from(raw: bytes, value: str, domain: str = "") -> bytes:
    """Let another From stand in a mail, and the verdict pass for its domain."""
    found = re.search(r"@([a-z0-9.-]+)>?$", value)
    domain = domain or (found[1] if found else "evil.example")
    raw = re.sub(rb"header\.from=[^\r]*", b"header.from=" + domain.encode(), raw, count=1)
    return re.sub(rb"^From: .*?\r\n", b"From: " + value.encode() + b"\r\n", raw, count=1, flags=re.MULTILINE)
