"""Every way in which IMAP and SMTP fail: nothing is lost, nothing goes twice, and what nobody can know is told."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contracts.fault_runs import HEADING, Run, Tally
from tests.contracts.imap_world import ImapWorld, imap_world
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
    "mail cut short": Case((ImapFault("FETCH", "drop after"), ImapFault("FETCH", "cut"), ImapFault("FETCH", "cut"))),
    "line lost before the move": Case((ImapFault("MOVE", "drop before"),) * 2),
    "line lost after the move": Case((ImapFault("MOVE", "drop after"),) * 2),
    "no room to move to": Case((ImapFault("MOVE", "refuse", FULL),) * 2),
}


# One of each kind; the others are `slow`.
QUICK = {
    "421 at the greeting",
    "we may send no more",
    "recipient unknown",
    "line lost at data",
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


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES]
)
def test_after_every_fault_nothing_is_lost_and_nothing_doubled(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    case = CASES[name]
    with imap_world() as world:
        tally = run_through(world, tmp_path, *case.faults)
        assert not world.line.faults
        assert not world.sink.faults  # everything that was ordered has happened
        assert world.flagged() == case.unknown
    record_property("fault", ("imap", HEADING, name, tally.row))
    assert (tally.lost, tally.doubled, tally.left_in_inbox) == (0, 0, 0), tally
    assert (tally.unknown, tally.failed) == (case.unknown, case.failed), tally
    assert tally.sent == 3 - case.unknown - case.failed
    assert tally.told == case.unknown + case.failed


def run_through(world: ImapWorld, folder: Path, *faults: Fault) -> Tally:
    run = Run(folder, world.open(verdict_seconds=0.3), world)
    world.line.faults += [fault for fault in faults if isinstance(fault, ImapFault)]
    world.sink.faults += [fault for fault in faults if isinstance(fault, SmtpFault)]
    try:
        return run.until_settled()
    finally:
        run.close()
