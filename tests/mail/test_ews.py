"""An Exchange server: tokens in the place of a password, being left alone, and who may enter which mailbox."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from cspr_bot.correspondence.receipt import head_mark
from cspr_bot.mail.login import TokenLogin
from cspr_bot.mail.pause import SPARE
from cspr_bot.pipeline.ports import Draft, MailboxFailure, NothingLeft, TemporaryFailure
from tests.contracts.ews_world import EwsWorld, ews_world
from tests.contracts.fault_runs import incoming, outgoing
from tests.ews_simulator.server import NOON, EwsFault
from tests.fakes.store import new_store
from tests.pipeline.world import TurnedClock
from tests.servers.authority import make_authority
from tests.servers.token_server import TokenServer, answering

OTHER = "other@nsscp.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[EwsWorld]:
    with ews_world(tmp_path / "exchange") as world:
        yield world


@contextmanager
def tokens_of(world: EwsWorld, *tokens: str) -> Iterator[tuple[TokenServer, TokenLogin]]:
    """Run a token server that gives these, one after the other; Exchange wants the last of them."""
    world.simulator.auth = "oauth"
    world.simulator.tokens = {tokens[-1]} if tokens else set()
    authority = world.simulator.authority
    with answering(authority, list(tokens)) as server:
        fields = {"client_id": "bot", "client_secret": "invented", "scope": "https://mail.example/.default"}
        url = f"https://localhost:{server.port}/token"
        yield server, TokenLogin("partnership@nsscp.example", url, fields, authority.ca_file)


def test_with_a_token_of_a_program_one_reads_and_sends_in_the_mailboxs_own_name(world: EwsWorld) -> None:
    with tokens_of(world, "good") as (server, login):
        world.deliver(incoming(1))
        mailbox = world.open(token=login)
        (mail,) = mailbox.list_new()
        assert mailbox.download(mail.server_id) == incoming(1)
        mailbox.send(outgoing(1), mailbox.prepare(outgoing(1)))
        assert len(world.arrived()) == 1
    assert [asked["grant_type"] for asked in server.asked] == ["client_credentials"]
    assert server.asked[0]["client_secret"] == "invented"
    assert all(b"ExchangeImpersonation" in body for body in world.simulator.exchanged[::2])


def test_a_token_that_exchange_refuses_is_renewed_once_and_nothing_is_sent_twice(world: EwsWorld) -> None:
    with tokens_of(world, "first", "second") as (server, login):
        world.simulator.tokens = {"first"}
        mailbox = world.open(token=login)
        draft = mailbox.prepare(outgoing(1))
        world.simulator.tokens = {"second"}  # the first is worth nothing from now on
        mailbox.send(outgoing(1), draft)
        assert (len(world.arrived()), len(server.asked)) == (1, 2)
        world.simulator.tokens = set()
        with pytest.raises(MailboxFailure):
            mailbox.list_new()


def test_a_token_server_that_refuses_is_named_and_no_secret_is(world: EwsWorld) -> None:
    with tokens_of(world) as (_, login):
        mailbox = world.open(token=login)
        with pytest.raises(MailboxFailure, match=r"the token server refuses \(invalid_grant\)"):
            mailbox.list_new()
        assert "invented" not in repr(mailbox.connection.access)


@pytest.mark.parametrize(("server", "reason"), [("off", "refuses to be called"), ("mute", "does not answer in time")])
def test_a_server_that_is_not_reached_is_a_failure_of_the_mailbox_and_of_no_mail(
    world: EwsWorld, server: str, reason: str
) -> None:
    mailbox = world.open(answer_seconds=0.3)
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        if server == "mute":
            line.listen()
        endpoint = f"https://127.0.0.1:{line.getsockname()[1]}/EWS/Exchange.asmx"
        mailbox.connection.access = replace(mailbox.connection.access, endpoint=endpoint)
        for ask in (
            mailbox.list_new,
            lambda: mailbox.prepare(outgoing(1)),
            lambda: mailbox.send(outgoing(1), Draft("made before")),  # it is to be marked first
        ):
            with pytest.raises(MailboxFailure, match=reason):
                ask()


def test_a_server_whose_certificate_is_anothers_is_not_reached(world: EwsWorld, tmp_path: Path) -> None:
    with pytest.raises(MailboxFailure, match="is not to be trusted"):
        world.open(ca_file=make_authority(tmp_path).ca_file).prepare(outgoing(1))


@pytest.mark.parametrize("operation", ["CreateItem", "SendItem"])
@pytest.mark.parametrize("kind", ["drop before", "drop after"])
def test_a_line_that_is_cut_when_a_request_has_left_tells_nothing(
    world: EwsWorld, operation: str, kind: Literal["drop before", "drop after"]
) -> None:
    mailbox = world.open()
    world.simulator.faults.append(EwsFault(operation, kind))
    with pytest.raises(TemporaryFailure) as failure:
        mailbox.send(outgoing(1), mailbox.prepare(outgoing(1)))
    assert not isinstance(failure.value, NothingLeft)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (EwsFault("FindItem", "status", status=503, wait="90"), 90),
        (EwsFault("FindItem", "status", status=429, wait="Mon, 23 Nov 2026 12:01:30 GMT"), 90),
        (EwsFault("FindItem", "busy", wait="90000"), 90),
        (EwsFault("FindItem", "status", status=503, wait="1000000000"), 900),
    ],
    ids=["seconds", "date", "BackOffMilliseconds", "absurd"],
)
def test_while_exchange_wants_to_be_left_alone_nothing_is_asked_not_even_after_a_restart(
    world: EwsWorld, tmp_path: Path, fault: EwsFault, seconds: int
) -> None:
    clock = TurnedClock(NOON)
    world.simulator.now = clock.now
    with closing(new_store(tmp_path)) as store:
        mailbox = world.open(note=store.installation)
        world.simulator.faults.append(fault)
        with pytest.raises(TemporaryFailure):
            mailbox.list_new()
        asked = len(world.simulator.operations)
        clock.pass_by(seconds=seconds - 1)
        for again in (mailbox, world.open(note=store.installation)):
            with pytest.raises(MailboxFailure, match="left alone"):
                again.list_new()
        assert (len(world.simulator.operations), world.simulator.too_early) == (asked, 0)
        clock.pass_by(seconds=1 + SPARE)
        assert list(world.open(note=store.installation).list_new()) == []


def test_what_exchange_had_no_time_to_send_is_known_not_to_have_left_when_it_may_be_asked_again(
    world: EwsWorld,
) -> None:
    clock = TurnedClock(NOON)
    world.simulator.now = clock.now
    mailbox, mail = world.open(), outgoing(1)
    draft = mailbox.prepare(mail)
    world.simulator.faults.append(EwsFault("SendItem", "status", status=503, wait="120"))
    with pytest.raises(TemporaryFailure) as failure:
        mailbox.send(mail, draft)
    assert failure.value.retry_after == 120 + SPARE
    clock.at += timedelta(minutes=3)
    assert mailbox.trace(mail, draft) == "not_sent"
    assert (world.marked(), world.simulator.too_early) == (0, 0)


def test_a_login_that_may_act_in_anothers_name_reaches_their_mailbox(world: EwsWorld) -> None:
    exchange = world.simulator.exchange
    mailbox = world.open()
    assert mailbox.connection.knock(OTHER) == "absent"
    exchange.refused = {OTHER}
    assert mailbox.connection.knock(OTHER) == "refused"
    exchange.may_impersonate.add(OTHER)
    exchange.readable = {OTHER}
    assert mailbox.connection.knock(OTHER) == "open"
    exchange.readable = set()
    assert mailbox.connection.knock(OTHER) == "refused"


def test_after_a_restore_a_mail_whose_content_was_made_anew_is_known_by_its_head(world: EwsWorld) -> None:
    for number in (1, 2):
        world.deliver(incoming(number))
    mailbox = world.open()
    first, second = mailbox.list_new()
    mailbox.file(second.server_id, "Held")
    mailbox.file(first.server_id, "Processed")
    world.simulator.exchange.regenerates = True
    known = {head_mark(incoming(number)) for number in (1, 2)}
    filed = world.open().list_filed()
    assert {head_mark(mailbox.download(mail.server_id)) for mail in filed} == known
    assert not {mail.server_id for mail in filed} & {first.server_id, second.server_id}
