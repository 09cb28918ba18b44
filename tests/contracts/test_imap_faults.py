"""Every way in which IMAP and SMTP fail: nothing is lost, nothing goes twice, and what nobody can know is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.contracts.fault_rows import (
    BUSY,
    CUT,
    DAYS,
    GONE,
    HANDS,
    LOGIN,
    NONE,
    REFUSED,
    ROWS,
    THROTTLED,
    TWICE,
    UNANSWERED,
    UNTRUSTED,
    rows_of,
)
from tests.contracts.fault_rows import (
    FULL as FULL_ROW,
)
from tests.contracts.fault_runs import HEADING, HandsIn, Run, Tally
from tests.contracts.imap_world import ImapWorld, imap_world
from tests.fakes.store import NOW
from tests.servers.authority import make_authority
from tests.servers.imap_proxy import ImapFault
from tests.servers.smtp_sink import SmtpFault

Fault = ImapFault | SmtpFault
FULL = (b"NO [OVERQUOTA] Quota exceeded",)
PAGE = (b"* OK", b"HTTP/1.1 200 OK\r\n\r\n<html>")


@dataclass(frozen=True)
class Case:
    """What fails, and how many of the three mails may end unknown or failed for it."""

    faults: tuple[Fault, ...]
    unknown: int = 0
    failed: int = 0
    vanished: int = 0
    kept: int = 3
    renewed: int = 0
    minutes: int = 1
    hand: Callable[[ImapWorld], None] | None = None
    distrusts: bool = False
    away_for: timedelta = timedelta()


CASES = {
    # What goes out, as SMTP has it
    "called in vain, 50 times": Case((SmtpFault("greeting"),) * 50),
    "421 at the greeting": Case((SmtpFault("greeting", "421 4.3.2 closing"),) * 3),
    "login refused": Case((SmtpFault("AUTH", "535 5.7.8 no"),) * 2),
    "login broken off": Case((SmtpFault("AUTH"),)),
    "we may send no more": Case((SmtpFault("MAIL", "550 5.4.5 daily limit exceeded"),) * 3),
    "recipient greylisted": Case((SmtpFault("RCPT", "451 4.7.1 later"),) * 3),
    "recipient unknown": Case((SmtpFault("RCPT", "550 5.1.1 no such user"),), failed=1),
    "recipient: line lost": Case((SmtpFault("RCPT"),)),
    "too large": Case((SmtpFault("MAIL", "552 5.3.4 too big"),), failed=1),
    "data not wanted now": Case((SmtpFault("DATA", "451 4.3.0 busy"),)),
    "line lost at data": Case((SmtpFault("DATA"),)),
    "452 at the end": Case((SmtpFault("end", "452 4.3.1 full"),) * 2),
    "554 at the end": Case((SmtpFault("end", "554 5.6.0 refused"),), failed=1),
    "line lost at the end, not taken": Case((SmtpFault("end"),), unknown=1),
    "line lost after it was taken": Case((SmtpFault("taken"),), unknown=1),
    "no answer after it was taken": Case((SmtpFault("taken", silent=True),), unknown=1),
    "nonsense after it was taken": Case((SmtpFault("taken", "hello"),), unknown=1),
    # What goes out, as the mailbox has it
    "mailbox full when the mail is put there": Case((ImapFault("APPEND", "refuse", FULL),) * 3),
    "line lost before it is put there": Case((ImapFault("APPEND", "drop before"),)),
    "line lost after it is put there": Case((ImapFault("APPEND", "drop after"),)),
    "line lost before it is flagged": Case((ImapFault("STORE", "drop before"),) * 2),
    "line lost after it is flagged": Case((ImapFault("STORE", "drop after"),) * 2),
    "flags refused": Case((ImapFault("STORE", "refuse", (b"NO [NOPERM] no",)),) * 2),
    "sent cannot be searched": Case((ImapFault("SEARCH", "refuse", (b"BAD what",)),)),
    # What comes in
    "server does not greet": Case((ImapFault("GREETING", "drop after"),) * 3),
    "a page of a proxy": Case((ImapFault("GREETING", "garble", PAGE),) * 2),
    "login refused for a while": Case((ImapFault("AUTHENTICATE", "refuse", (b"NO [AUTHENTICATIONFAILED] no",)),) * 3),
    "line lost at the folder": Case((ImapFault("EXAMINE", "drop before"),) * 2),
    "folder not there now": Case((ImapFault("EXAMINE", "refuse", (b"NO [NONEXISTENT] gone",)),) * 2),
    "listed twice": Case((ImapFault("SEARCH", "garble", (b"SEARCH 1 2 3", b"SEARCH 1 2 3 3 2 1")),)),
    "list cut short": Case((ImapFault("SEARCH", "cut"),) * 2),
    "list is nonsense": Case((ImapFault("SEARCH", "garble", (b"* SEARCH 1 2 3", b"* SEARCH one two")),)),
    "mail cut short": Case((*(ImapFault("FETCH", "drop after"),) * 3, *(ImapFault("FETCH", "cut"),) * 9)),
    # The list, and for each of three mails whether it is there and what it is: five times over.
    "mail of another length, five times": Case((ImapFault("FETCH", "garble", (b"SIZE ", b"SIZE 1")),) * 35),
    "too many commands": Case((ImapFault("SEARCH", "refuse", (b"NO [LIMIT] slow down",)),) * 3),
    "server out of order": Case((ImapFault("SEARCH", "refuse", (b"NO [UNAVAILABLE] later",)),) * 50),
    "numbers its mails anew": Case((ImapFault("EXAMINE", "garble", (b"[UIDVALIDITY 1", b"[UIDVALIDITY 2")),)),
    "a person reads all": Case((), hand=lambda world: world.mark_all(r"(\Seen)")),
    "a person marks all as deleted": Case((), hand=lambda world: world.mark_all(r"(\Deleted)")),
    "a person deletes all": Case((), hand=lambda world: world.remove_all(), vanished=3, kept=0),
    "a person drags all aside": Case((), hand=lambda world: world.drag_all(within_inbox=False), vanished=3, kept=0),
    "a person drags all into a folder of the inbox": Case(
        (), hand=lambda world: world.drag_all(within_inbox=True), vanished=3
    ),
    "three days away": Case((), away_for=timedelta(days=3), minutes=60, renewed=3),
    "its certificate is another's": Case((), distrusts=True),
    "line lost before the move": Case((ImapFault("MOVE", "drop before"),) * 2),
    "line lost after the move": Case((ImapFault("MOVE", "drop after"),) * 2),
    "no room to move to": Case((ImapFault("MOVE", "refuse", FULL),) * 2),
}


ROW_OF = rows_of(
    {
        THROTTLED: ["too many commands", "we may send no more", "recipient greylisted", "data not wanted now"],
        BUSY: ["called in vain, 50 times", "421 at the greeting", "452 at the end", "server out of order"],
        UNANSWERED: [name for name in CASES if name.endswith((" at the end, not taken", "after it was taken"))],
        CUT: ["mail cut short", "mail of another length, five times", "list cut short"],
        LOGIN: ["login refused", "login broken off", "login refused for a while"],
        TWICE: ["listed twice", "numbers its mails anew"],
        HANDS: [name for name in CASES if name.startswith("a person ")],
        GONE: ["folder not there now", "flags refused"],
        FULL_ROW: ["mailbox full when the mail is put there", "no room to move to"],
        REFUSED: ["recipient unknown", "too large", "554 at the end"],
        DAYS: ["three days away"],
        UNTRUSTED: ["its certificate is another's", "a page of a proxy", "list is nonsense"],
    },
    CASES,
)
# One of each kind; the others are `slow`.
QUICK = {
    "a person deletes all",
    "its certificate is another's",
    "too many commands",
    "421 at the greeting",
    "we may send no more",
    "recipient unknown",
    "554 at the end",
    "line lost after it was taken",
    "no answer after it was taken",
    "mailbox full when the mail is put there",
    "line lost after it is flagged",
    "a page of a proxy",
    "listed twice",
    "mail cut short",
    "line lost after the move",
}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_fault_model_is_tried(row: str) -> None:
    assert row in ROW_OF.values() or ("imap", row) in NONE


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES]
)
def test_after_every_fault_nothing_is_lost_and_nothing_doubled(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    case = CASES[name]
    with imap_world() as world:
        tally = run_through(world, tmp_path, case)
        assert not world.line.faults
        assert not world.sink.faults  # everything that was ordered has happened
        assert world.flagged() == case.unknown
    record_property("fault", ("imap", HEADING, name, tally.row, ROW_OF[name], tally.counts))
    assert (tally.lost, tally.doubled, tally.left_in_inbox) == (0, 0, 0), tally
    assert (tally.unknown, tally.failed, tally.vanished) == (case.unknown, case.failed, case.vanished), tally
    assert (tally.sent, tally.renewed) == (3 - case.unknown - case.failed - case.renewed, case.renewed)
    assert tally.told == case.unknown + case.failed


def run_through(world: ImapWorld, folder: Path, case: Case) -> Tally:
    mailbox = world.open(verdict_seconds=0.3)
    entered = mailbox if case.hand is None else HandsIn(mailbox, partial(case.hand, world))
    run = Run(folder, entered, world, to_be_kept=case.kept)
    back_at = NOW + case.away_for
    world.line.is_away = lambda: run.clock.now() < back_at
    world.line.faults += [fault for fault in case.faults if isinstance(fault, ImapFault)]
    world.sink.faults += [fault for fault in case.faults if isinstance(fault, SmtpFault)]
    try:
        if case.distrusts:
            run.open(world.open(ca_file=make_authority(folder).ca_file))
            run.rounds(3)
            run.open(mailbox)
        return run.until_settled(case.minutes)
    finally:
        run.close()
