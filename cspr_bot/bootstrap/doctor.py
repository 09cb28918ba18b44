"""Examines the live parts of a home: what a configuration that is right on paper may still find missing."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import TYPE_CHECKING, cast

from cspr_bot.bootstrap.keys import MASTER_KEY
from cspr_bot.bootstrap.office import Office
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import Draft, OutgoingMail, PermanentFailure, TemporaryFailure

if TYPE_CHECKING:
    from cspr_bot.mail.probe import ProbedMailbox

KEPT = timedelta(days=30)
ENOUGH, LITTLE = 2 * 1024**3, 200 * 1024**2


def examine(office: Office, others: tuple[str, ...]) -> Iterator[Finding]:
    """Examine everything without leaving a trace. `others` are mailboxes that must be out of reach."""
    yield _database(office)
    yield from examine_machine(office)
    yield from _mailbox(office, others)
    if office.home.settings.is_live:
        yield from _secret(office)
        yield _sent(office)


def examine_machine(office: Office) -> Iterator[Finding]:
    """Examine what is at hand at once: the key, the disk, and whether somebody would be told."""
    yield _key(office)
    yield _disk(office)
    yield _alarm(office)


def probe(office: Office, pause: Callable[[float], object]) -> Iterator[Finding]:
    """Send a mail to ourselves and follow it, on a live transport."""
    letter = _letter_to_ourselves(office)
    match office.home.settings.mailbox.transport:
        case "graph":
            from cspr_bot.mail.graph import GraphMailbox  # noqa: PLC0415
            from cspr_bot.mail.graph_examination import GraphProbe  # noqa: PLC0415

            if isinstance(office.mailbox, GraphMailbox):
                yield from GraphProbe(office.mailbox, letter, pause).findings()
        case "ews" | "imap" as transport:
            from cspr_bot.mail.probe import MailboxProbe  # noqa: PLC0415

            page = {"ews": "docs/exchange.md", "imap": "docs/imap.md"}[transport]
            mailbox = cast("ProbedMailbox", office.mailbox)
            yield from MailboxProbe(mailbox, letter, office.real_now, pause, page).findings()
        case _:
            yield Finding("probe", "noted", "a folder on this disk needs none")


def _key(office: Office) -> Finding:
    if (office.folder / "var" / MASTER_KEY).exists() and not os.environ.get("CREDENTIALS_DIRECTORY"):
        mend = "give it as a systemd credential, and keep the file away from this disk"
        return Finding("key", "doubtful", "the master key lies beside the data: who takes the disk takes both", mend)
    return Finding("key", "good", "the master key does not lie beside the data")


def _database(office: Office) -> Finding:
    problems = office.store.check_integrity()
    if problems:
        return Finding("database", "bad", problems[0], "stop the bot, and put the last backup back")
    return Finding("database", "good", "it is whole")


def _disk(office: Office) -> Finding:
    free = shutil.disk_usage(office.folder / "var").free
    told = f"{free // 1024**2:,} MB are free"
    if free >= ENOUGH:
        return Finding("disk", "good", told)
    mend = "make room: on a full disk nothing is taken in"
    return Finding("disk", "bad" if free < LITTLE else "doubtful", told, mend)


def _alarm(office: Office) -> Finding:
    alarm = office.home.settings.alarm
    if alarm.command or alarm.url:
        return Finding("second channel", "good", "where the mailbox fails, a person is told by another way")
    told = "nobody hears of it where the mailbox itself fails"
    mend = "fill in command or url under [alarm] in config/bot.toml"
    return Finding("second channel", "bad" if office.home.settings.is_live else "doubtful", told, mend)


def _mailbox(office: Office, others: tuple[str, ...]) -> Iterator[Finding]:
    if office.home.settings.mailbox.transport == "graph":
        from cspr_bot.mail.graph import GraphMailbox  # noqa: PLC0415 - loaded only where it is used
        from cspr_bot.mail.graph_examination import GraphExamination  # noqa: PLC0415

        if isinstance(office.mailbox, GraphMailbox):
            known = {contact.email for contact in office.home.book.contacts}
            strangers = tuple(dict.fromkeys((*others, *sorted(known))))
            yield from GraphExamination(office.mailbox, office.real_now, strangers).findings()
            return
    if office.home.settings.mailbox.transport in {"ews", "imap"}:
        from cspr_bot.bootstrap.examinations import examination  # noqa: PLC0415

        yield from examination(office.mailbox, office.home.book, office.real_now(), others)
        return
    try:
        number = len(office.mailbox.list_new())
    except (TemporaryFailure, PermanentFailure) as failure:
        yield Finding("mailbox", "bad", str(failure), "see [mailbox] in config/bot.toml")
        return
    yield Finding("mailbox", "good", f"it can be read: {number} mails wait in it")


def _secret(office: Office) -> Iterator[Finding]:
    """Say when a password or secret ends, which no server says by itself; a certificate speaks for itself."""
    mailbox = office.home.settings.mailbox
    settings = mailbox.live
    if settings is None or (mailbox.graph is settings and mailbox.graph.certificate):
        return
    from cspr_bot.mail.expiry import ends  # noqa: PLC0415

    if settings.secret_ends is not None:
        end = datetime.combine(settings.secret_ends, time(), UTC)
        yield ends("secret", end, office.real_now(), "make a new one before, and put it in the place of the old")
        return
    told = "nobody here can see when the password or secret ends"
    mend = (
        f"if it ends one day, write secret_ends = 2027-01-31 under [mailbox.{mailbox.transport}]: you are told before"
    )
    yield Finding("secret", "noted", told, mend)


def _sent(office: Office) -> Finding:
    """Look whether Sent still has what left last, and what left first within thirty days: it tells lost answers."""
    now, reports = office.real_now(), office.store.reports
    left = [row for row in reports.outbox_rows() if row.status == "sent" and row.sent_at and now - row.sent_at < KEPT]
    left.sort(key=lambda row: row.sent_at or now)
    mails = [(row, raw) for row in dict.fromkeys((*left[:1], *left[-1:])) if (raw := reports.outgoing(row.id))]
    if not mails:
        return Finding("Sent", "noted", "no mail has left yet that could be looked for; doctor --probe sends one")
    try:
        lost = [row for row, raw in mails if office.mailbox.trace(_as_it_left(row.to, raw), Draft()) != "sent"]
    except (TemporaryFailure, PermanentFailure) as failure:
        return Finding("Sent", "doubtful", f"it cannot be looked into: {failure}")
    if not lost:
        return Finding("Sent", "good", "it keeps what was sent, the newest and the oldest of the last thirty days")
    mend = "does a rule, a setting or a person empty it? Without copies a lost answer leaves mails `unknown`"
    return Finding("Sent", "bad", f"a mail that left on {lost[0].sent_at:%d %B} is not there any more", mend)


def _as_it_left(recipient: str, raw: bytes) -> OutgoingMail:
    bears = BytesHeaderParser().parsebytes(raw)
    ours = str(bears["From"])
    return OutgoingMail(ours, recipient, str(bears["Message-ID"]), str(bears["X-CSPR-Effect"]), raw)


def _letter_to_ourselves(office: Office) -> OutgoingMail:
    ours, effect, message_id = office.home.book.partnership.mailbox, office.chance.effect(), office.chance.message_id()
    lines = (
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        f"X-CSPR-Bot: {office.home.settings.installation}",
        f"X-CSPR-Effect: {effect}",
        f"From: <{ours}>",
        f"To: <{ours}>",
        "Subject: cspr-bot doctor: a mail to ourselves",
        f"Message-ID: {message_id}",
        f"In-Reply-To: {office.chance.message_id()}",
        f"Date: {format_datetime(office.real_now())}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "This mail was sent by `cspr-bot doctor --probe`. It asks nothing of anybody, and is deleted when it is found.",
        "",
    )
    return OutgoingMail(ours, ours, message_id, effect, "\r\n".join(lines).encode())
