"""A home opens the mailbox that its settings name, and loads nothing of the others."""

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cspr_bot.bootstrap.mailboxes import open_mailbox
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.settings import EwsMailbox, ImapMailbox, MailboxSettings, TokenSettings
from cspr_bot.mail.ews import EwsMailbox as ExchangeTransport
from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.mail.graph import GraphMailbox as GraphTransport
from cspr_bot.mail.imap import ImapMailbox as ImapTransport
from cspr_bot.pipeline.ports import HoldsLine
from tests.contracts.ews_world import MAILBOX, ews_world
from tests.contracts.fault_runs import incoming, outgoing
from tests.contracts.imap_world import imap_world
from tests.ews_simulator.server import PASSWORD as EXCHANGE_PASSWORD
from tests.ews_simulator.server import USER
from tests.servers.dovecot import PASSWORD
from tests.servers.imap_proxy import ImapFault
from tests.servers.token_server import answering

LIVE = ("imapclient", "imaplib", "smtplib", "exchangelib", "O365", "msal", "requests")


def now() -> datetime:
    return datetime(2026, 11, 23, 12, tzinfo=UTC)


def secret(home: Path, name: str, value: str) -> None:
    path = home / "var" / name
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(value)


def test_a_home_on_imap_reads_and_sends_with_the_secrets_that_it_names(tmp_path: Path) -> None:
    with imap_world() as world:
        secret(tmp_path, "imap-password", f"{PASSWORD}\n")
        secret(tmp_path, "relay-password", "of the relay")
        world.sink.secrets = {"of the relay"}
        imap = ImapMailbox(
            "localhost",
            world.user,
            "localhost",
            password="imap-password",
            port=world.dovecot.port,
            smtp_port=world.sink.port,
            smtp_user="relay",
            smtp_password="relay-password",
            ca_file=str(world.authority.ca_file),
        )
        mailbox = open_mailbox(tmp_path, MailboxSettings("imap", imap=imap), now)
        world.deliver(incoming(1))
        (mail,) = mailbox.list_new()
        assert mailbox.download(mail.server_id) == incoming(1)
        mailbox.send(outgoing(1), mailbox.prepare(outgoing(1)))
        assert len(world.arrived()) == 1
        mailbox.close()  # type: ignore[attr-defined]


def test_a_home_on_exchange_reads_and_sends_with_the_secret_that_it_names(tmp_path: Path) -> None:
    with ews_world(tmp_path / "exchange") as world:
        secret(tmp_path, "ews-password", f"{EXCHANGE_PASSWORD}\n")
        ca_file = str(world.simulator.authority.ca_file)
        ews = EwsMailbox(world.simulator.endpoint, MAILBOX, USER, "ews-password", auth="basic", ca_file=ca_file)
        mailbox = open_mailbox(tmp_path, MailboxSettings("ews", ews=ews), now)
        world.deliver(incoming(1))
        (mail,) = mailbox.list_new()
        assert mailbox.download(mail.server_id) == incoming(1)
        mailbox.send(outgoing(1), mailbox.prepare(outgoing(1)))
        assert len(world.arrived()) == 1
        mailbox.close()  # type: ignore[attr-defined]


def test_a_home_on_exchange_may_enter_by_tokens(tmp_path: Path) -> None:
    with ews_world(tmp_path / "exchange") as world, answering(world.simulator.authority, ["good"]) as tokens:
        world.simulator.auth, world.simulator.tokens = "oauth", {"good"}
        secret(tmp_path, "ews-client-secret", "invented\n")
        oauth = TokenSettings(
            f"https://localhost:{tokens.port}/token", "the bot", "ews-client-secret", resource="https://mail.example/"
        )
        ca_file = str(world.simulator.authority.ca_file)
        ews = EwsMailbox(world.simulator.endpoint, MAILBOX, oauth=oauth, ca_file=ca_file)
        mailbox = open_mailbox(tmp_path, MailboxSettings("ews", ews=ews), now)
        world.deliver(incoming(1))
        assert len(mailbox.list_new()) == 1
        (asked,) = tokens.asked
        assert (asked["client_secret"], asked["resource"]) == ("invented", "https://mail.example/")
        mailbox.close()  # type: ignore[attr-defined]


def test_an_office_that_closes_takes_leave_of_its_mail_server_and_may_be_asked_again(tmp_path: Path) -> None:
    make_home(tmp_path)
    with imap_world() as world, closing(Office(tmp_path)) as office:
        office.mailbox = world.open()
        office.mailbox.list_new()
        world.line.faults.append(ImapFault("LOGOUT", "drop before"))  # a server that does not answer it is no matter
        office.close()
        assert not world.line.faults
        office.mailbox.list_new()


def test_an_office_closes_the_mailbox_of_exchange_and_of_microsoft_365_too() -> None:
    for kind in (ExchangeTransport, GraphTransport, ImapTransport):
        assert issubclass(kind, HoldsLine)
    assert not issubclass(FolderMailbox, HoldsLine)


def test_a_secret_that_is_not_there_is_said_before_anybody_is_called(tmp_path: Path) -> None:
    imap = ImapMailbox("localhost", "us", "localhost", password="imap-password")
    with pytest.raises(NotReadyError, match="there is no such secret"):
        open_mailbox(tmp_path, MailboxSettings("imap", imap=imap), now)


def test_a_home_on_a_folder_loads_nothing_of_a_live_transport(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime;"
        "from cspr_bot.bootstrap.office import Office;"
        "from cspr_bot.bootstrap.mailboxes import open_mailbox;"
        "from cspr_bot.config.settings import MailboxSettings;"
        f"open_mailbox(Path({str(tmp_path)!r}), MailboxSettings(), lambda: datetime.now(UTC)).list_new();"
        f"print(sorted(set({LIVE!r}) & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603
    assert said.stdout == "[]\n"
