"""Those who write to the partnership: they refer, ask, forge, answer in time, late, wrongly or never, or are away."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from random import Random
from urllib.parse import parse_qs, urlsplit

from cspr_bot.demonstration.post import new_mail, newsletter, out_of_office
from cspr_bot.pipeline.ports import OutgoingMail
from tests.post.bounces import FAILURES
from tests.scenarios.people import COORDINATOR, MAILBOX, STRANGER, TEACHER
from tests.simulation.ground import file_of, form_of

LETTER = "Please find attached a request for a review.\n\nKind regards\n"
_LINK = re.compile(rb"mailto:[^\s>\"]+")
_BLANK = re.compile(r"\[[^\]]*\]")
DEAD = "550 5.1.1 The email account that you tried to reach does not exist"


@dataclass(frozen=True, slots=True)
class Post:
    """A mail on its way to us. `form` is the number of the child whose form is in it.

    `is_proven`: it comes from who it says, by a domain that may refer, and from a person. `is_junk`: the server has put
    it among the junk.
    """

    what: str
    raw: bytes
    sender: str
    form: int | None = None
    is_proven: bool = True
    is_junk: bool = False


def referral(number: int, at: datetime, *, says: str = LETTER, is_junk: bool = False) -> Post:
    """Refer a child."""
    sender = form_of(number).referrer.email
    raw = new_mail(f"A Colleague <{sender}>", MAILBOX, "Referral", says, at, file_of(number))
    return Post("referral", raw, sender, number, is_junk=is_junk)


def forged_referral(number: int, at: datetime) -> Post:
    """Refer a child in somebody's name, without the verdict of our server."""
    post = referral(number, at)
    return Post("forgery", post.raw.replace(b"dmarc=pass", b"dmarc=fail"), post.sender, number, is_proven=False)


def other_mail(at: datetime, chance: Random) -> Post:
    """Write what a shared mailbox gets besides."""
    match chance.randrange(8):
        case 0:
            return Post("newsletter", newsletter(MAILBOX, at), "news@training.example", is_proven=False)
        case 1:
            return Post("question", new_mail(TEACHER, MAILBOX, "A question", "How do I refer?", at), TEACHER)
        case 2:
            raw = new_mail(STRANGER, MAILBOX, "A question", "Who are you?", at)
            return Post("stranger", raw, STRANGER, is_proven=False)
        case 3:
            number = chance.randrange(8, 16)
            raw = new_mail(STRANGER, MAILBOX, "Referral", LETTER, at, file_of(number))
            return Post("form of a stranger", raw, STRANGER, number, is_proven=False)
        case 4:
            raw = new_mail(COORDINATOR, MAILBOX, "RE: NSSCP", "DONE\n", at).replace(b"dmarc=pass", b"dmarc=none")
            return Post("forged answer", raw, COORDINATOR, is_proven=False)
        case 5:
            return Post("absence", out_of_office(TEACHER, MAILBOX, at), TEACHER, is_proven=False)
        case 6:
            return Post("own", new_mail(MAILBOX, MAILBOX, "Note", "To ourselves.\n", at), MAILBOX, is_proven=False)
        case _:
            return Post("broken", b"From: nobody\r\n\xff\x00\r\n", "", is_proven=False)


def reactions(ours: OutgoingMail, at: datetime, chance: Random) -> Iterator[tuple[timedelta, Post]]:
    """Give what the recipient of a mail of ours does about it, and how long after it came."""
    delay = timedelta(minutes=chance.choice((3, 20, 90, 240, 1500, 6000)) + chance.randrange(60))
    when, who = at + delay, ours.recipient
    match chance.randrange(24):
        case 0 | 1 | 2 | 3 if post := _answer(ours, when, chance):
            yield delay, post
        case 4 if post := _answer(ours, when, chance):  # twice, for nothing seemed to happen
            yield delay, post
            yield delay + timedelta(minutes=5), post
        case 5:
            yield delay, _reply(ours, who, "I shall look at it on Monday.", when)
        case 6 if post := _answer(ours, when, chance):  # somebody else answers in their place
            yield delay, Post("answer of another", post.raw.replace(who.encode(), STRANGER.encode()), STRANGER)
        case 7:
            raw = FAILURES[chance.choice(sorted(FAILURES))](ours.content, who, "5.1.1", DEAD)
            yield timedelta(minutes=1), Post("bounce", raw, "", is_proven=False)
        case 8:
            away = out_of_office(who, MAILBOX, when).replace(
                b"Subject:", f"In-Reply-To: {ours.message_id}\r\nSubject:".encode(), 1
            )
            yield timedelta(minutes=1), Post("absence", away, who, is_proven=False)
        case _:
            return


def _answer(ours: OutgoingMail, at: datetime, chance: Random) -> Post | None:
    """Answer by one of the replies that a mail offers, as a click on it does; None where it offers none."""
    plain = next(part for part in message_from_bytes(ours.content).walk() if part.get_content_type() == "text/plain")
    links = _LINK.findall(bytes(plain.get_payload(decode=True)))
    if not links:
        return None
    asked = parse_qs(urlsplit(chance.choice(links).decode()).query)
    words, _, rest = asked["body"][0].partition("\r\n")
    words = _BLANK.sub("the criteria are not met", words)
    if words.startswith("RAPID REVIEW: YES"):
        words = f"RAPID REVIEW: YES {chance.choice(('police, health', 'police, health, education', ''))}"
    raw = new_mail(ours.recipient, MAILBOX, asked["subject"][0], f"{words.strip()}\n{rest}".replace("\r\n", "\n"), at)
    return Post("answer", raw, ours.recipient)


def _reply(ours: OutgoingMail, who: str, words: str, at: datetime) -> Post:
    raw = new_mail(who, MAILBOX, "RE: NSSCP", f"{words}\n", at)
    raw = raw.replace(b"MIME-Version", f"In-Reply-To: {ours.message_id}\r\nMIME-Version".encode(), 1)
    return Post("prose", raw, who)
