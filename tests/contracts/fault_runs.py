"""Runs the stations that touch a mailbox through a fault, over a real store, and counts what became of every mail."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path

from cspr_bot.correspondence.contacts import Contact
from cspr_bot.pipeline.dispatch import Dispatch, Limits
from cspr_bot.pipeline.intake import Intake
from cspr_bot.pipeline.kept import Registration
from cspr_bot.pipeline.ports import (
    Draft,
    ListedMail,
    Mailbox,
    MailboxFolder,
    OutgoingMail,
    TemporaryFailure,
    Trace,
)
from tests.contracts.transports import World
from tests.fakes.store import NOW, a_mail, new_store, open_a_case, step
from tests.pipeline.world import TurnedClock, book_of, shipped_rules

US = "partnership@nsscp.example"
CHAIR = Contact("subgroup_chair", "Chair", "chair@council.example")
ROUNDS = 120
SETTLED = {"sent", "failed", "unknown", "cancelled"}  # the last: too old to go as it is, and written anew


@dataclass(frozen=True)
class Tally:
    """What became of the mails: those that came, and those that were to leave (by what the program says of each)."""

    came: int
    kept: int
    kept_twice: int
    left_in_inbox: int
    sent: int
    failed: int
    unknown: int
    lost: int
    doubled: int
    told: int
    renewed: int
    vanished: int
    rounds_failed: int

    @property
    def row(self) -> str:
        return (
            f"{self.came:5} {self.kept:5} {self.vanished:5} | {self.sent:5} {self.renewed:5} {self.failed:6} "
            f"{self.unknown:7} {self.told:5} | {self.lost:4} {self.doubled:7}"
        )

    @property
    def counts(self) -> tuple[int, ...]:
        """What the summary adds up: the mails, what nobody can tell or will never have, and what went wrong."""
        return (
            self.came + self.sent + self.failed + self.unknown + self.renewed,
            self.told + self.vanished,
            self.lost,
            self.doubled,
        )


HEADING = "came  kept  gone |  sent  anew failed unknown  told | lost doubled"


def incoming(number: int) -> bytes:
    return (
        f"Received: from mx.council.example by mx.nsscp.example; Mon, 23 Nov 2026 09:{number:02}:00 +0000\r\n"
        f"From: Rowan Ashdown <r.ashdown@council.example>\r\nTo: {US}\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}@council.example>\r\nDate: Mon, 23 Nov 2026 09:{number:02}:00 +0000\r\n\r\n"
        + f"Hello {number}\r\n"
        * 50
    ).encode()


def outgoing(number: int) -> OutgoingMail:
    effect = f"EFFECT{number}"
    content = (
        f"X-CSPR-Effect: {effect}\r\nFrom: NSSCP <{US}>\r\nTo: {CHAIR.email}\r\nSubject: please reply\r\n"
        f"Message-ID: <{effect}@nsscp.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\nHello\r\n.\r\n..dots\r\n"
    ).encode()
    return OutgoingMail(US, CHAIR.email, f"<{effect}@nsscp.example>", effect, content)


class HandsIn:
    """A mailbox in which a person's hand comes in between: after the list, and before the first mail is read."""

    def __init__(self, mailbox: Mailbox, hand: Callable[[], None]) -> None:
        self._mailbox = mailbox
        self._hands = [hand]

    def list_new(self) -> Sequence[ListedMail]:
        return self._mailbox.list_new()

    def download(self, server_id: str) -> bytes:
        while self._hands:
            self._hands.pop()()
        return self._mailbox.download(server_id)

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        self._mailbox.file(server_id, folder)

    def prepare(self, mail: OutgoingMail) -> Draft:
        return self._mailbox.prepare(mail)

    def send(self, mail: OutgoingMail, draft: Draft) -> None:
        self._mailbox.send(mail, draft)

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:
        return self._mailbox.trace(mail, draft)


class Run:
    """A small office with three mails that wait in the mailbox and three that wait in the outbox."""

    def __init__(
        self, folder: Path, mailbox: Mailbox, world: World, mails: int = 3, to_be_kept: int | None = None
    ) -> None:
        self.world = world
        self.clock = TurnedClock(NOW)
        self.store = new_store(folder)
        self.came = [incoming(number) for number in range(1, mails + 1)]
        for raw in self.came:
            world.deliver(raw)
        self._to_be_kept = len(set(self.came)) if to_be_kept is None else to_be_kept
        open_a_case(self.store)
        self._before = len(self.store.reports.inbox_rows())
        step(self.store, *(a_mail(number, mail=outgoing(number)) for number in range(1, mails + 1)))
        self.open(mailbox)
        self.rounds_failed = 0

    def open(self, mailbox: Mailbox) -> None:
        """Let a process begin with this mailbox."""
        calendar = shipped_rules().calendar
        self.intake = Intake(mailbox, self.store.intake, self.clock)
        self.dispatch = Dispatch(mailbox, self.store.dispatch, self.clock, book_of(CHAIR), calendar, Limits())

    def rounds(self, number: int) -> None:
        """Work so many rounds, a minute apart."""
        for _ in range(number):
            self._round()
            self.clock.pass_by(minutes=1)

    def until_settled(self, minutes: int = 1) -> Tally:
        """Work a round every so many minutes until everything has an end."""
        for _ in range(ROUNDS):
            self._round()
            if self._is_settled():
                return self.tally()
            waiting = [row.not_before for row in self.store.reports.outbox_rows() if row.status == "waiting"]
            self.clock.pass_by(minutes=minutes)
            self.clock.at = max(self.clock.at, min(waiting, default=self.clock.at))
        raise AssertionError(f"not settled after {ROUNDS} rounds: {self.tally()}")

    def _round(self) -> None:
        failures = [
            self._tried(self.dispatch.recover),
            self._tried(self.intake.take),
            self._tried(self._register),
            self._tried(self._send),
            self._tried(self.intake.tidy),
        ]
        self.rounds_failed += any(failures)

    @staticmethod
    def _tried(work: Callable[[], object]) -> bool:
        try:
            work()
        except TemporaryFailure:
            return True
        return False

    def _register(self) -> None:
        while (mail := self.store.registration.claim_mail()) is not None:
            status = "held" if mail.doubt == "cut_short" else "filed"
            self.store.registration.register(mail.id, Registration("enquiry", status), self.clock.now())  # type: ignore[arg-type]

    def _send(self) -> None:
        while self.dispatch.send_next():
            pass

    def _is_settled(self) -> bool:
        raws = self._kept()
        is_taken = len(raws) >= len(set(self.came)) and sum(map(bool, raws)) >= self._to_be_kept
        is_taken = is_taken and not self.world.lying_in("inbox")
        return is_taken and {row.status for row in self.store.reports.outbox_rows()} <= SETTLED

    def _kept(self) -> list[bytes]:
        rows = list(reversed(self.store.reports.inbox_rows()))[self._before :]
        return [self.store.reports.original(row.id) or b"" for row in rows]

    def tally(self) -> Tally:
        raws = self._kept()
        kept = Counter(sha256(raw).digest() for raw in raws if raw)
        vanished = raws.count(b"")  # held, and told of: they were gone before anybody could read them
        rows = self.store.reports.outbox_rows()
        status = Counter(row.status for row in rows)
        arrived = Counter(message_from_bytes(raw)["X-CSPR-Effect"] for raw in self.world.arrived())
        missing = sum(1 for raw in self.came if sha256(raw).digest() not in kept)
        missing = max(0, missing - vanished)
        return Tally(
            came=len(self.came),
            kept=len(kept),
            kept_twice=sum(number - 1 for number in kept.values()),
            left_in_inbox=len(self.world.lying_in("inbox")),
            sent=status["sent"],
            failed=status["failed"],
            unknown=status["unknown"],
            lost=missing + max(0, status["sent"] - len(arrived)),
            doubled=sum(number - 1 for number in arrived.values()) + sum(number - 1 for number in kept.values()),
            told=self._told(),
            renewed=status["cancelled"],
            vanished=vanished,
            rounds_failed=self.rounds_failed,
        )

    def _told(self) -> int:
        """Count what waits for the rules so that a person is told of it."""
        told = 0
        while (pending := self.store.progression.next_event(self.clock.now())) is not None:
            told += pending.event.name in {"mail_unknown", "contact_undeliverable"}
            step(self.store, pending_id=pending.id)
        return told

    def close(self) -> None:
        self.store.close()
