"""Before something ends without which no mail comes or goes a person is told, at each step once, whatever restarts."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.expiring import AN_HOUR, ExpiryWatch
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.config.settings import EwsMailbox, ImapMailbox, MailboxSettings
from cspr_bot.mail.expiry import step_reached
from tests.contracts.ews_world import MAILBOX, ews_world
from tests.contracts.imap_world import imap_world
from tests.graph_simulator.certificates import make_pair
from tests.pipeline.world import TUESDAY
from tests.servers.authority import NOW
from tests.transports.graph import graph_settings


@contextmanager
def office_with(folder: Path, mailbox: MailboxSettings) -> Iterator[Office]:
    """Open an office with other settings for its mailbox."""
    if not folder.exists():
        make_home(folder)
    with closing(Office(folder)) as office:
        settings = office.home.settings
        object.__setattr__(settings, "mailbox", mailbox)
        yield office


def test_the_steps_are_thirty_fourteen_seven_days_and_one() -> None:
    end = TUESDAY + timedelta(days=40)
    reached = [step_reached(end, TUESDAY + timedelta(days=day)) for day in range(42)]
    assert [reached.index(step) for step in (30, 14, 7, 1)] == [11, 27, 34, 40]
    assert reached[10] is None


class Heard:
    """A person who hears what is told, or whom nobody reaches."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.is_there = True

    def __call__(self, text: str) -> bool:
        self.lines.append(text)
        return self.is_there


def test_of_the_apps_certificate_and_of_a_password_a_person_is_told_at_each_step_and_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_home(home)
    secret = home / "var" / "graph-cert"
    secret.write_bytes(make_pair("app", TUESDAY + timedelta(days=40)).both)
    secret.chmod(0o600)
    heard, on_day = Heard(), dict[str, list[int]]()
    settings = graph_settings(secret_ends=date(2027, 1, 14))
    for day in (0, 1, 11, 12, 16, 23, 27, 29, 34, 40, 41):  # each time the daemon is started anew
        with office_with(home, MailboxSettings("graph", graph=settings)) as office:
            for _ in range(2):
                ExpiryWatch(office).look(TUESDAY + timedelta(days=day), heard)
        for line in heard.lines:
            on_day.setdefault(line.partition(": ")[2], []).append(day)
        heard.lines.clear()
    assert on_day == {
        "the certificate for Microsoft 365 ends on 24 January 2027: renew it before\n": [11, 27, 34, 40],
        "the password or secret for the mailbox ends on 14 January 2027: renew it before\n": [0, 16, 23, 29],
    }


def test_where_nobody_could_be_told_it_is_tried_again_within_the_hour(tmp_path: Path) -> None:
    heard = Heard()
    heard.is_there = False
    ends = graph_settings(certificate="", client_secret="x", secret_ends=date(2026, 12, 20))
    with office_with(tmp_path / "home", MailboxSettings("graph", graph=ends)) as office:
        (office.folder / "var" / "x").write_text("y")
        (office.folder / "var" / "x").chmod(0o600)
        watch = ExpiryWatch(office)
        for moment in (TUESDAY, TUESDAY + AN_HOUR / 2, TUESDAY + AN_HOUR):
            watch.look(moment, heard)
        assert len(heard.lines) == 2
        heard.is_there = True
        watch.look(TUESDAY + 2 * AN_HOUR, heard)
        watch.look(TUESDAY + 50 * AN_HOUR, heard)
        assert len(heard.lines) == 3


@pytest.mark.parametrize("transport", ["ews", "imap"])
def test_of_a_servers_certificate_too_and_a_server_that_is_away_tells_nothing(transport: str, tmp_path: Path) -> None:
    heard = Heard()
    if transport == "ews":
        with ews_world(tmp_path / "exchange") as world:
            ca_file = str(world.simulator.authority.ca_file)
            ews = EwsMailbox(world.simulator.endpoint, MAILBOX, "us", "secret", ca_file=ca_file)
            look(tmp_path, MailboxSettings("ews", ews=ews), heard)
    else:
        with imap_world() as imap_side:
            imap = ImapMailbox(
                "localhost",
                "us",
                "localhost",
                password="secret",
                port=imap_side.dovecot.port,
                smtp_port=imap_side.sink.port,
                ca_file=str(imap_side.authority.ca_file),
            )
            look(tmp_path, MailboxSettings("imap", imap=imap), heard)
    assert len(heard.lines) == {"ews": 1, "imap": 2}[transport]
    assert all("certificate of the" in text for text in heard.lines)
    nobody = EwsMailbox("https://localhost:1/EWS", MAILBOX, "us", "secret")
    look(tmp_path, MailboxSettings("ews", ews=nobody), heard)
    assert len(heard.lines) == {"ews": 1, "imap": 2}[transport]


def look(folder: Path, settings: MailboxSettings, heard: Heard) -> None:
    with office_with(folder / "home", settings) as office:
        ExpiryWatch(office).look(NOW, heard)
