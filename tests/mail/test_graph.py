"""Microsoft 365: what the contract suite and the table of faults do not ask of every transport."""

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cspr_bot.mail.graph import EFFECT, PAGE, GraphMailbox
from cspr_bot.mail.graph_connection import REQUESTS_IN_TEN_MINUTES, GraphConnection
from cspr_bot.mail.pause import SPARE, seconds_to_wait
from cspr_bot.pipeline.ports import MailboxFailure, OutgoingMail, PermanentFailure, TemporaryFailure
from tests.fakes.store import NOW, new_store
from tests.graph_simulator.certificates import make_pair
from tests.graph_simulator.faults import Fault, ordered
from tests.graph_simulator.server import GraphSimulator, simulated
from tests.pipeline.world import TurnedClock
from tests.transports.graph import MAILBOX, access_to

MAIL = OutgoingMail(
    MAILBOX,
    "chair@council.example",
    "<1@nsscp.example>",
    "effect-1",
    b"From: partnership@nsscp.example\r\nTo: chair@council.example\r\nMessage-ID: <1@nsscp.example>\r\n\r\nHello\r\n",
)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOW)


@pytest.fixture
def server(tmp_path: Path, clock: TurnedClock) -> Iterator[GraphSimulator]:
    with simulated(tmp_path, MAILBOX, clock.now) as simulator:
        yield simulator


@pytest.fixture
def mailbox(server: GraphSimulator, clock: TurnedClock) -> GraphMailbox:
    return GraphMailbox(access_to(server), clock.now)


def ids(mailbox: GraphMailbox) -> list[str]:
    return [mail.server_id for mail in mailbox.list_new()]


# ---------------------------------------------------------------------------------------------------------------------
# In


def test_a_mailbox_that_is_only_made_reaches_nobody(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    assert (server.watch.total, server.sign_in.given) == (0, 0)


def test_every_page_is_read_and_the_empty_ones_too(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    server.most_a_page = 7
    delivered = [server.exchange.deliver(b"Subject: %d\r\n\r\n" % number) for number in range(50)]
    server.plan = ordered(Fault("empty_page", "list", at=3))
    assert ids(mailbox) == delivered


def test_a_folder_in_the_inbox_is_part_of_it_at_any_depth(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    outer = server.exchange.make_folder("From schools", "inbox")
    inner = server.exchange.make_folder("Last week", outer)
    first, second = server.exchange.deliver(b"one", outer), server.exchange.deliver(b"two", inner)
    assert ids(mailbox) == [first, second]
    mailbox.file(second, "Processed")
    assert ids(mailbox) == [first]


def test_a_large_folder_is_asked_only_for_what_has_changed(
    mailbox: GraphMailbox, server: GraphSimulator, clock: TurnedClock
) -> None:
    delivered = [server.exchange.deliver(b"Subject: %d\r\n\r\n" % number) for number in range(PAGE + 20)]
    assert ids(mailbox) == delivered
    listed = server.watch.counts["list"]
    new = server.exchange.deliver(b"new")
    server.exchange.move(delivered[3], "deleteditems")
    server.exchange.remove(delivered[4])
    assert ids(mailbox) == [*delivered[:3], *delivered[5:], new]
    assert server.watch.counts["list"] == listed + 1  # that of the junk
    clock.pass_by(hours=1)
    ids(mailbox)
    assert server.watch.counts["list"] > listed + 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", "delta", at=2, status=410, code="SyncStateNotFound"),
        Fault("status", "delta", at=2, status=500),
        Fault("status", "delta", at=2, status=400, code="ErrorInvalidRequest"),
        Fault("status", "delta", at=1, times=9, status=400, code="ErrorInvalidRequest"),
    ],
)
def test_where_the_changes_cannot_be_had_the_folder_is_listed_whole(
    mailbox: GraphMailbox, server: GraphSimulator, fault: Fault
) -> None:
    delivered = [server.exchange.deliver(b"Subject: %d\r\n\r\n" % number) for number in range(PAGE + 1)]
    server.plan = ordered(fault)
    assert ids(mailbox) == delivered
    delivered.append(server.exchange.deliver(b"new"))
    assert ids(mailbox) == delivered
    assert ids(mailbox) == delivered


def test_what_a_person_has_read_moved_or_deleted_meanwhile_is_theirs(
    mailbox: GraphMailbox, server: GraphSimulator
) -> None:
    read, moved, deleted = (server.exchange.deliver(b"Subject: %d\r\n\r\n" % number) for number in range(3))
    assert ids(mailbox) == [read, moved, deleted]
    server.exchange.messages[read].is_read = True
    archive = server.exchange.make_folder("Archive")
    server.exchange.move(moved, archive)
    server.exchange.remove(deleted)
    assert mailbox.download(moved) == b"Subject: 1\r\n\r\n"
    for server_id in (read, moved, deleted):
        mailbox.file(server_id, "Processed")
    assert server.exchange.lying_in("Processed") == [b"Subject: 0\r\n\r\n"]
    assert server.exchange.lying_in("Archive") == [b"Subject: 1\r\n\r\n"]
    with pytest.raises(PermanentFailure):
        mailbox.download(deleted)


def test_a_folder_of_ours_that_somebody_deleted_is_made_again(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    first = server.exchange.deliver(b"one")
    ids(mailbox)
    mailbox.file(first, "Held")
    for folder in [item for item in server.exchange.folders.values() if item.name == "Held"]:
        del server.exchange.folders[folder.id]
    mailbox.file(server.exchange.deliver(b"two"), "Held")
    assert server.exchange.lying_in("Held") == [b"two"]


def test_a_mail_that_a_person_fetches_out_of_the_junk_is_another_delivery(
    mailbox: GraphMailbox, server: GraphSimulator
) -> None:
    delivered = server.exchange.deliver(b"one", "junkemail")
    (before,) = mailbox.list_new()
    server.exchange.move(delivered, "inbox")
    (after,) = mailbox.list_new()
    assert (before.is_junk, after.is_junk) == (True, False)
    assert before.server_id != after.server_id
    assert mailbox.download(before.server_id) == mailbox.download(after.server_id) == b"one"


# ---------------------------------------------------------------------------------------------------------------------
# Out


def test_of_two_drafts_of_one_effect_the_older_is_sent_and_the_other_goes(
    mailbox: GraphMailbox, server: GraphSimulator
) -> None:
    for _ in range(2):
        server.exchange.create(MAIL.content).properties[EFFECT] = MAIL.effect
    draft = mailbox.prepare(MAIL)
    mailbox.send(MAIL, draft)
    assert len(server.exchange.arrived) == 1
    assert server.exchange.lying_in("drafts") == []
    assert mailbox.prepare(MAIL).is_sent


@pytest.mark.parametrize(
    "header", [b"To: x@y.example", b"Cc: x@y.example\r\nTo: chair@council.example", b"Subject: no recipient"]
)
def test_a_draft_that_would_go_to_anybody_else_is_never_sent(
    mailbox: GraphMailbox, server: GraphSimulator, header: bytes
) -> None:
    draft = server.exchange.create(header + b"\r\nMessage-ID: <1@nsscp.example>\r\n\r\nHello\r\n")
    draft.properties[EFFECT] = MAIL.effect
    with pytest.raises(PermanentFailure, match="draft"):
        mailbox.prepare(MAIL)
    assert server.exchange.arrived == []


def test_a_draft_that_is_on_its_way_out_is_left_alone(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    draft = mailbox.prepare(MAIL)
    server.exchange.move(draft.id, "outbox")
    assert mailbox.trace(MAIL, draft) == "cannot_tell"
    with pytest.raises(TemporaryFailure, match="leaving"):
        mailbox.prepare(MAIL)


def test_the_message_id_that_the_server_gave_is_told(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    server.exchange.gives_own_message_ids = True
    draft = mailbox.prepare(MAIL)
    assert draft.message_id == server.exchange.messages[draft.id].message_id != MAIL.message_id


def test_a_draft_that_was_sent_is_not_sent_a_second_time(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    draft = mailbox.prepare(MAIL)
    mailbox.send(MAIL, draft)
    with pytest.raises(TemporaryFailure):
        mailbox.send(MAIL, draft)
    assert mailbox.trace(MAIL, draft) == "sent"
    assert len(server.exchange.arrived) == 1


# ---------------------------------------------------------------------------------------------------------------------
# The line


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 1),
        ("1000000000", 900),
        ("9" * 400, 900),
        ("Mon, 23 Nov 2026 09:02:00 GMT", 120),
        ("Mon, 23 Nov 2020 09:02:00 GMT", 1),
        ("Mon, 23 Nov 2099 09:02:00 GMT", 900),
        (None, 30),
        ("soon", 30),
        ("-5", 30),
        ("1.5", 30),
        ("", 30),
        ("٣", 30),
    ],
)
def test_how_long_to_wait_is_read_in_every_shape_and_bounded(told: str | None, seconds: float) -> None:
    assert seconds_to_wait(told, datetime(2026, 11, 23, 9, tzinfo=UTC)) == seconds


def test_while_the_server_wants_to_be_left_alone_nothing_is_asked_and_nobody_waits(
    mailbox: GraphMailbox, server: GraphSimulator, clock: TurnedClock
) -> None:
    server.plan = ordered(Fault("status", "list", status=429, headers={"Retry-After": "90"}))
    for _ in range(5):
        with pytest.raises(MailboxFailure) as failure:
            mailbox.list_new()
        assert failure.value.retry_after in {90, 90 + SPARE}
    asked = server.watch.total
    clock.pass_by(seconds=89)
    with pytest.raises(MailboxFailure):
        mailbox.prepare(MAIL)
    assert server.watch.total == asked
    clock.pass_by(seconds=1 + SPARE)
    assert ids(mailbox) == []


def test_a_restart_does_not_forget_that_the_server_wants_to_be_left_alone(
    server: GraphSimulator, clock: TurnedClock, tmp_path: Path
) -> None:
    with closing(new_store(tmp_path)) as store:
        server.plan = ordered(Fault("status", "list", status=429, headers={"Retry-After": "90"}))
        with pytest.raises(MailboxFailure):
            GraphMailbox(access_to(server), clock.now, store.installation).list_new()
        asked = server.watch.total
        clock.pass_by(seconds=89)
        again = GraphMailbox(access_to(server), clock.now, store.installation)
        for work in (again.list_new, lambda: again.prepare(MAIL)):
            with pytest.raises(MailboxFailure, match="left alone"):
                work()
        assert (server.watch.total, server.watch.too_early) == (asked, 0)
        clock.pass_by(seconds=1 + SPARE)
        assert ids(again) == []
        clock.pass_by(days=-30)  # a clock that was put back makes no wait of a month
        assert ids(GraphMailbox(access_to(server), clock.now, store.installation)) == []


def test_a_mailbox_that_was_closed_makes_a_new_line_when_it_is_asked_again(
    mailbox: GraphMailbox, server: GraphSimulator
) -> None:
    first = server.exchange.deliver(b"one")
    for _ in range(2):
        mailbox.close()
        assert ids(mailbox) == [first]


def test_no_more_is_asked_in_ten_minutes_than_is_allowed(server: GraphSimulator, clock: TurnedClock) -> None:
    connection = GraphConnection(access_to(server), clock.now)
    connection._asked.extend([clock.now()] * REQUESTS_IN_TEN_MINUTES)
    with pytest.raises(MailboxFailure, match="as much was asked") as failure:
        connection.get(f"{connection.base}/mailFolders/inbox")
    assert failure.value.retry_after == 600
    clock.pass_by(minutes=10)
    assert connection.get(f"{connection.base}/mailFolders/inbox")["displayName"] == "Inbox"


def test_a_list_that_leads_to_another_server_is_not_followed(server: GraphSimulator, clock: TurnedClock) -> None:
    connection = GraphConnection(access_to(server), clock.now)
    with pytest.raises(TemporaryFailure, match="another server"):
        connection._own("https://elsewhere.example/v1.0/users")


def test_a_token_is_asked_for_once_as_long_as_it_is_good(mailbox: GraphMailbox, server: GraphSimulator) -> None:
    for _ in range(3):
        ids(mailbox)
    assert server.sign_in.given == 1
    server.sign_in.tokens.clear()
    ids(mailbox)
    assert server.sign_in.given == 2


def test_a_client_secret_works_too_and_a_wrong_one_is_named(server: GraphSimulator, clock: TurnedClock) -> None:
    access = access_to(server)
    assert ids(GraphMailbox(replace(access, credential="invented-secret"), clock.now)) == []
    with pytest.raises(MailboxFailure, match=r"AADSTS7000215 \(the client secret is wrong\)"):
        ids(GraphMailbox(replace(access, credential="other"), clock.now))


def test_a_certificate_that_is_not_registered_is_refused_and_named(server: GraphSimulator, clock: TurnedClock) -> None:
    other = make_pair("other", clock.now() + timedelta(days=9))
    credential = {"private_key": other.key.decode(), "public_certificate": other.certificate.decode()}
    with pytest.raises(MailboxFailure, match="AADSTS700027"):
        ids(GraphMailbox(replace(access_to(server), credential=credential), clock.now))


def test_a_server_that_is_not_trusted_is_not_asked(server: GraphSimulator, clock: TurnedClock) -> None:
    with pytest.raises(MailboxFailure):
        ids(GraphMailbox(replace(access_to(server), ca_file=""), clock.now))
    assert server.watch.total == 0


def test_a_variable_that_names_other_authorities_changes_nothing(
    mailbox: GraphMailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(make_pair("other", datetime(2040, 1, 1, tzinfo=UTC)).certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert ids(mailbox) == []


def test_a_server_that_is_not_there_is_a_failure_of_the_mailbox(server: GraphSimulator, clock: TurnedClock) -> None:
    access = replace(access_to(server), endpoint="https://localhost:1", authority="https://localhost:1")
    with pytest.raises(MailboxFailure):
        ids(GraphMailbox(access, clock.now))


@pytest.mark.parametrize("code", ["ErrorInvalidRecipients", "ErrorAccessDenied", "ErrorItemNotFound"])
def test_no_log_and_no_error_holds_an_address_a_token_or_an_effect(
    mailbox: GraphMailbox, server: GraphSimulator, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    caplog.set_level(logging.INFO)
    server.plan = ordered(
        Fault("status", "find", status=400, code=code), Fault("status", "list", status=403, code=code)
    )
    told = []
    for work in (lambda: mailbox.prepare(MAIL), mailbox.list_new):
        with pytest.raises((TemporaryFailure, PermanentFailure)) as failure:
            work()
        told.append(str(failure.value))
    for text in (caplog.text, *told):
        assert not any(secret in text for secret in ("@", "%40", "token-", MAIL.effect, "chair"))
