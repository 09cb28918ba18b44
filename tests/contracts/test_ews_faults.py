"""Every way in which Exchange fails: nothing is lost, nothing goes twice, and what nobody can know is told."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from cspr_bot.mail.ews import joined
from cspr_bot.pipeline.ports import MailboxFailure, PermanentFailure, TemporaryFailure
from tests.contracts.ews_world import EwsWorld, ews_world
from tests.contracts.fault_rows import (
    BUSY,
    CUT,
    DAYS,
    FULL,
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
from tests.contracts.fault_runs import HEADING, HandsIn, Run, incoming, outgoing
from tests.ews_simulator.server import EwsFault, Kind
from tests.fakes.store import NOW
from tests.servers.authority import make_authority

READING = ("GetFolder", "FindFolder", "FindItem", "GetItem", "CreateFolder", "MoveItem")
WRITING = ("CreateItem", "UpdateItem")
KINDS: tuple[Kind, ...] = ("drop before", "drop after", "status", "status after", "error", "page", "cut")
SHORT = 0.5  # seconds that are waited for an answer


@dataclass(frozen=True)
class Case:
    """What fails, and how many of the three mails may end unknown or failed for it."""

    faults: tuple[EwsFault, ...]
    unknown: int = 0
    failed: int = 0
    answer_seconds: float = 5
    keeps_drafts: bool = False
    keeps_sent: bool = True
    lists_twice: int = 0
    vanished: int = 0
    kept: int = 3
    renewed: int = 0
    minutes: int = 1
    hand: Callable[[EwsWorld], None] | None = None
    distrusts: bool = False
    away_for: timedelta = timedelta()


CASES = {
    **{
        f"{operation}: {kind}": Case((EwsFault(operation, kind),) * (1 if operation == "CreateFolder" else 2))
        for operation in (*READING, *WRITING)
        for kind in KINDS
    },
    "SendItem: drop before": Case((EwsFault("SendItem", "drop before"),), unknown=1),
    "SendItem: drop after": Case((EwsFault("SendItem", "drop after"),)),
    "SendItem: hang after": Case((EwsFault("SendItem", "hang after"),), answer_seconds=SHORT),
    "SendItem: 500 before": Case((EwsFault("SendItem", "status"),), unknown=1),
    "SendItem: 500 after": Case((EwsFault("SendItem", "status after"),)),
    "SendItem: 503, 50 times": Case((EwsFault("SendItem", "status", status=503),) * 50),
    "SendItem: 503 after": Case((EwsFault("SendItem", "status after", status=503),)),
    "SendItem: 504 after": Case((EwsFault("SendItem", "status after", status=504),)),
    "SendItem: 401": Case((EwsFault("SendItem", "status", status=401),)),
    "SendItem: busy, 50 times": Case((EwsFault("SendItem", "error"),) * 50),
    "SendItem: quota": Case((EwsFault("SendItem", "error", code="ErrorQuotaExceeded"),) * 3),
    "SendItem: no permission": Case((EwsFault("SendItem", "error", code="ErrorAccessDenied"),) * 3),
    "SendItem: recipient refused": Case((EwsFault("SendItem", "error", code="ErrorInvalidRecipients"),), failed=1),
    "SendItem: page of a proxy": Case((EwsFault("SendItem", "page"),), unknown=1),
    "SendItem: answer cut": Case((EwsFault("SendItem", "cut"),)),
    "FindItem: 503, 50 times": Case((EwsFault("FindItem", "status", status=503),) * 50),
    "FindItem: 401 for a while": Case((EwsFault("FindItem", "status", status=401),) * 5),
    "FindItem: mailbox gone for a while": Case((EwsFault("FindItem", "error", code="ErrorNonExistentMailbox"),) * 5),
    "CreateItem: mailbox full": Case((EwsFault("CreateItem", "error", code="ErrorQuotaExceeded"),) * 5),
    "GetItem: mail cut short": Case((EwsFault("GetItem", "cut"),) * 3),
    **{
        f"{operation}: {status}, Retry-After {wait}": Case((EwsFault(operation, "status", status=status, wait=wait),))
        for operation in ("FindItem", "CreateItem", "SendItem", "MoveItem")
        for status, wait in ((503, "120"), (429, "Mon, 23 Nov 2026 09:02:00 GMT"), (503, "1000000000"))
        if (operation, status) != ("SendItem", 429)
    },
    "SendItem: 429, Retry-After 120": Case((EwsFault("SendItem", "status", status=429, wait="120"),), unknown=1),
    "FindItem: busy, BackOffMilliseconds": Case((EwsFault("FindItem", "busy", wait="120000"),) * 2),
    "SendItem: busy, BackOffMilliseconds": Case((EwsFault("SendItem", "busy", wait="120000"),) * 2),
    "SendItem: 503 after, and Sent keeps nothing": Case(
        (EwsFault("SendItem", "status after", status=503),), unknown=1, keeps_sent=False
    ),
    "GetItem: mail cut short, five times and more": Case((EwsFault("GetItem", "short"),) * 18),
    "everything listed twice": Case((), lists_twice=6),
    "a person deletes all": Case((), hand=lambda world: world.remove_all(), vanished=3, kept=0),
    "a person drags all aside": Case((), hand=lambda world: world.drag_all(within_inbox=False), vanished=3, kept=0),
    "a person drags all into a folder of the inbox": Case(
        (), hand=lambda world: world.drag_all(within_inbox=True), vanished=3
    ),
    "three days away": Case((), away_for=timedelta(days=3), minutes=60, renewed=3),
    "its certificate is another's": Case((), distrusts=True),
    "a server that sends, says no, and keeps the draft": Case((), unknown=3, keeps_drafts=True),
}
ROW_OF = rows_of(
    {
        THROTTLED: [name for name in CASES if "Retry-After" in name or "BackOff" in name],
        BUSY: ["SendItem: 503, 50 times", "SendItem: busy, 50 times", "FindItem: 503, 50 times"],
        UNANSWERED: [
            *(name for name in CASES if name.startswith("SendItem: ") and name.endswith((" before", " after"))),
            "SendItem: answer cut",
            "SendItem: 503 after, and Sent keeps nothing",
            "a server that sends, says no, and keeps the draft",
        ],
        CUT: [
            "GetItem: cut",
            "GetItem: mail cut short",
            "GetItem: mail cut short, five times and more",
            "FindItem: cut",
        ],
        LOGIN: ["FindItem: 401 for a while", "SendItem: 401"],
        TWICE: ["everything listed twice"],
        HANDS: [name for name in CASES if name.startswith("a person ")],
        GONE: [
            "FindItem: mailbox gone for a while",
            "SendItem: no permission",
            "CreateFolder: error",
            "FindFolder: error",
        ],
        FULL: ["CreateItem: mailbox full", "SendItem: quota"],
        REFUSED: ["SendItem: recipient refused"],
        DAYS: ["three days away"],
        UNTRUSTED: [
            "its certificate is another's",
            *(name for name in CASES if name.endswith((": page", "page of a proxy"))),
        ],
    },
    CASES,
)
QUICK = {
    "FindItem: 503, Retry-After 120",
    "SendItem: 503 after, and Sent keeps nothing",
    "a person deletes all",
    "its certificate is another's",
    "FindItem: drop before",
    "GetItem: cut",
    "MoveItem: drop after",
    "CreateItem: drop after",
    "SendItem: drop before",
    "SendItem: drop after",
    "SendItem: 503 after",
    "SendItem: quota",
    "SendItem: recipient refused",
    "SendItem: page of a proxy",
    "a server that sends, says no, and keeps the draft",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[EwsWorld]:
    with ews_world(tmp_path / "exchange") as world:
        yield world


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_fault_model_is_tried(row: str) -> None:
    assert row in ROW_OF.values() or ("ews", row) in NONE


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES]
)
def test_after_every_fault_nothing_is_lost_and_nothing_doubled(
    name: str, world: EwsWorld, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    case = CASES[name]
    simulator, mailbox = world.simulator, world.open(case.answer_seconds)
    simulator.exchange.forgets_to_move_drafts = case.keeps_drafts
    simulator.exchange.keeps_sent = case.keeps_sent
    simulator.lists_twice = case.lists_twice
    entered = mailbox if case.hand is None else HandsIn(mailbox, partial(case.hand, world))
    run = Run(tmp_path, entered, world, to_be_kept=case.kept)
    simulator.now = run.clock.now
    simulator.away_until = NOW + case.away_for
    simulator.faults += case.faults
    try:
        if case.distrusts:
            run.open(world.open(ca_file=make_authority(tmp_path).ca_file))
            run.rounds(3)
            run.open(world.open())
        tally = run.until_settled(case.minutes)
    finally:
        run.close()
    assert not world.simulator.faults  # everything that was ordered has happened
    assert world.marked() == (case.unknown if case.keeps_sent else 0)
    record_property("fault", ("ews", HEADING, name, tally.row, ROW_OF[name], tally.counts))
    assert (tally.lost, tally.doubled, tally.left_in_inbox) == (0, 0, 0), tally
    assert (tally.unknown, tally.failed, tally.vanished) == (case.unknown, case.failed, case.vanished), tally
    assert (tally.sent, tally.renewed) == (3 - case.unknown - case.failed - case.renewed, case.renewed)
    assert simulator.too_early == 0
    assert tally.told == case.unknown + case.failed


def test_headers_are_given_as_they_came_though_the_server_makes_the_mail_anew(world: EwsWorld) -> None:
    world.simulator.exchange.regenerates = True
    raw = b"Authentication-Results: mx.example; dmarc=pass\r\nX-Loop: yes\r\n" + incoming(1)
    world.deliver(raw)
    mailbox = world.open()
    (mail,) = mailbox.list_new()
    assert mailbox.download(mail.server_id) == raw


def test_what_describes_the_content_is_the_servers_who_made_it() -> None:
    came = "Received: by x\r\n\tfor y\r\nContent-Type: text/plain\r\nX-Last: z\r\n"
    mime = b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=q\r\n\r\n--q--\r\n"
    assert joined(came, mime) == (
        b"Received: by x\r\n\tfor y\r\nX-Last: z\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed;\r\n boundary=q\r\n\r\n--q--\r\n"
    )
    assert joined(None, mime) == mime


def test_a_list_of_many_pages_is_read_to_its_end(world: EwsWorld) -> None:
    world.simulator.page = 2
    for number in range(1, 8):
        world.deliver(incoming(number))
    assert len(world.open().list_new()) == 7


def test_a_mail_in_a_folder_of_the_inbox_is_read_and_moved_and_what_a_person_filed_elsewhere_is_theirs(
    world: EwsWorld,
) -> None:
    exchange = world.simulator.exchange
    rule = exchange.make_folder(exchange.folder("inbox").id, "By a rule")
    theirs = exchange.make_folder(exchange.folder("msgfolderroot").id, "Theirs")
    exchange.deliver(incoming(1), rule.id)
    mailbox = world.open()
    (mail,) = mailbox.list_new()
    mailbox.file(mail.server_id, "Processed")
    assert world.lying_in("Processed") == [incoming(1)]
    kept = exchange.deliver(incoming(2), theirs.id)
    mailbox.file(kept.id, "Processed")
    assert world.lying_in("Theirs") == [incoming(2)]


def test_a_folder_of_ours_that_a_person_removed_is_made_anew(world: EwsWorld) -> None:
    exchange = world.simulator.exchange
    mailbox = world.open()
    for number in (1, 2):
        world.deliver(incoming(number))
        (mail,) = mailbox.list_new()
        with suppress(TemporaryFailure):
            mailbox.file(mail.server_id, "Processed")
        mailbox.file(mail.server_id, "Processed")
        assert world.lying_in("Processed") == [incoming(number)]
        for item in list(exchange.items.values()):
            exchange.remove(item.id)
        del exchange.folders[exchange.folder("Processed").id]


def test_the_copy_in_sent_is_found_though_its_property_was_lost_on_the_way(world: EwsWorld) -> None:
    world.simulator.exchange.keeps_properties_in_sent = False
    mailbox = world.open()
    mail = outgoing(1)
    draft = mailbox.prepare(mail)
    mailbox.send(mail, draft)
    assert mailbox.trace(mail, draft) == "sent"
    assert world.open().prepare(mail).is_sent


def test_two_drafts_of_one_mail_become_one(world: EwsWorld) -> None:
    mail = outgoing(1)
    world.open().prepare(mail)
    exchange = world.simulator.exchange
    (draft,) = exchange.items.values()
    twin = exchange.add(draft.mime, draft.folder, is_draft=True)
    twin.properties = dict(draft.properties)
    mailbox = world.open()
    mailbox.send(mail, mailbox.prepare(mail))
    assert len(world.arrived()) == 1
    assert world.lying_in("drafts") == []


def test_a_wrong_password_is_a_failure_of_the_mailbox_and_stands_in_no_error(world: EwsWorld) -> None:
    mailbox = world.open()
    mailbox.connection.access = replace(mailbox.connection.access, password="a-wrong-secret")
    with pytest.raises(MailboxFailure) as refused:
        mailbox.list_new()
    assert "a-wrong-secret" not in f"{refused.value!r}{mailbox.connection.access!r}"


def test_one_logs_in_by_ntlm_and_is_refused_with_a_wrong_password(
    world: EwsWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = tmp_path / "people"
    people.write_text("COUNCIL:cspr:an-invented-password\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(people))  # what the other side's library knows people by
    world.simulator.auth = "ntlm"
    world.deliver(incoming(1))
    mailbox = world.open(auth="ntlm")
    (mail,) = mailbox.list_new()
    assert mailbox.download(mail.server_id) == incoming(1)
    mailbox.send(outgoing(1), mailbox.prepare(outgoing(1)))
    assert len(world.arrived()) == 1
    assert world.simulator.operations.count("SendItem") == 1
    with pytest.raises(MailboxFailure, match="refuses the login"):
        world.open(auth="ntlm", password="wrong").list_new()


def test_a_mail_that_a_person_removed_between_the_list_and_the_reading_is_gone(world: EwsWorld) -> None:
    world.deliver(incoming(1))
    mailbox = world.open()
    (mail,) = mailbox.list_new()
    world.remove_all()
    with pytest.raises(PermanentFailure):
        mailbox.download(mail.server_id)
