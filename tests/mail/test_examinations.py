"""The doctor of Exchange and of IMAP: what it looks at, and what it says of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from cspr_bot.mail.ews_examination import EwsExamination
from cspr_bot.mail.imap_examination import ImapExamination
from cspr_bot.mail.probe import MailboxProbe
from cspr_bot.mail.server import Server
from cspr_bot.mail.server_certificate import expiry
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import OutgoingMail
from tests.contracts.ews_world import MAILBOX, ews_world
from tests.contracts.fault_runs import incoming
from tests.contracts.imap_world import imap_world
from tests.contracts.transports import opened
from tests.ews_simulator.server import EwsFault
from tests.servers.authority import NOW, Authority

OTHER = "other@nsscp.example"


def real_now() -> datetime:
    """Give the moment that a server writes in the head of its answers."""
    return datetime.now(UTC)  # noqa: TID251 - the simulated Exchange writes the machine's own


def verdicts(findings: Iterable[Finding]) -> dict[str, str]:
    return {finding.what: finding.verdict for finding in findings}


def test_a_sound_imap_mailbox_is_found_so_but_for_its_certificates_which_end_soon() -> None:
    with imap_world() as world:
        mailbox = world.open()
        world.deliver(incoming(1))
        found = verdicts(ImapExamination(mailbox, NOW, "nsscp.example").findings())
        assert world.lying_in("inbox") == [incoming(1)]
    assert found == {
        "IMAP certificate": "bad",
        "SMTP certificate": "bad",
        "mailbox": "good",
        "sizes": "good",
        "junk": "good",
        "marks": "good",
        "folders": "good",
        "other mailboxes": "good",
        "sending": "good",
        "clock": "noted",
        "quarantine": "doubtful",
    }


def test_a_certificate_is_good_until_thirty_days_before_its_end_and_doubtful_until_seven() -> None:
    with imap_world() as world:
        mailbox = world.open()
        for days, verdict in ((40, "good"), (20, "doubtful"), (3, "bad")):
            then = NOW + timedelta(days=2) - timedelta(days=days)
            assert verdicts(ImapExamination(mailbox, then, "x.example").findings())["IMAP certificate"] == verdict


def test_what_imap_and_smtp_refuse_is_told_with_what_to_do() -> None:
    with imap_world() as world:
        mailbox = world.open()
        world.sink.secrets.clear()
        world.line.port = 1
        mailbox.session.server = type(mailbox.session.server)("localhost", 1, "tls", world.authority.ca_file)
        findings = {finding.what: finding for finding in ImapExamination(mailbox, NOW, "x.example").findings()}
    assert findings["mailbox"].verdict == findings["sending"].verdict == "bad"
    assert "docs/imap.md" in findings["mailbox"].mend
    assert "refuses the login" in findings["sending"].told


def test_a_mailbox_on_exchange_that_reaches_no_other_is_good_and_one_that_does_is_bad(tmp_path: Path) -> None:
    far = datetime(2026, 1, 1, tzinfo=UTC)
    with ews_world(tmp_path / "exchange") as world:
        world.simulator.now = real_now
        mailbox, exchange = world.open(), world.simulator.exchange
        assert verdicts(EwsExamination(mailbox, far, (OTHER,)).findings()) == {
            "certificate": "good",
            "mailbox": "good",
            "clock": "good",
            "other mailboxes": "doubtful",
            "EWS": "noted",
            "quarantine": "doubtful",
        }
        exchange.refused = {OTHER}
        assert verdicts(EwsExamination(mailbox, far, (OTHER,)).findings())["other mailboxes"] == "good"
        exchange.readable = {OTHER}
        (bad,) = (found for found in EwsExamination(mailbox, far, (OTHER,)).findings() if found.verdict == "bad")
        assert OTHER in bad.told


def test_many_old_mails_are_a_doubt_before_the_first_start(tmp_path: Path) -> None:
    with ews_world(tmp_path / "exchange") as world:
        for number in range(60):
            world.deliver(incoming(number))
        assert verdicts(EwsExamination(world.open(), NOW).findings())["mailbox"] == "doubtful"


@pytest.mark.parametrize(("minutes", "verdict"), [(0, "good"), (3, "doubtful"), (10, "bad")])
def test_a_clock_that_is_not_exchanges_is_found_out(tmp_path: Path, minutes: int, verdict: str) -> None:
    with ews_world(tmp_path / "exchange") as world:
        world.simulator.now = lambda: real_now() + timedelta(minutes=minutes)
        assert verdicts(EwsExamination(world.open(), NOW).findings())["clock"] == verdict


def test_behind_starttls_the_end_of_a_certificate_is_seen_too() -> None:
    with imap_world() as world:
        imap = Server("localhost", world.dovecot.plain_port, "starttls", world.authority.ca_file)
        with greeting_as_smtp(world.authority) as port:
            smtp = Server("localhost", port, "starttls", world.authority.ca_file)
            for server, speech in ((imap, "imap"), (smtp, "smtp")):
                assert expiry("it", server, NOW - timedelta(days=60), speech).verdict == "good"  # type: ignore[arg-type]
                assert expiry("it", server, NOW, speech).verdict == "bad"  # type: ignore[arg-type]
    assert expiry("it", Server("localhost", 1, "starttls"), NOW, "smtp").verdict == "bad"


@contextmanager
def greeting_as_smtp(authority: Authority) -> Iterator[int]:
    """Greet on loopback as an SMTP server that begins TLS, and say no more."""

    class Greeter(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mx ESMTP\r\n")
            self.rfile.readline()
            self.wfile.write(b"250-mx\r\n250 STARTTLS\r\n")
            self.rfile.readline()
            self.wfile.write(b"220 go on\r\n")
            with suppress(OSError), authority.server_context().wrap_socket(self.request, server_side=True) as secured:
                secured.recv(1000)

    class Listener(ThreadingTCPServer):
        daemon_threads, block_on_close = True, False

    with Listener(("127.0.0.1", 0), Greeter) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def test_where_every_folder_bears_the_inboxs_name_the_doctor_tells_of_mail_that_is_not_read() -> None:
    with imap_world(separator=".", prefix="INBOX.") as world:
        assert verdicts(ImapExamination(world.open(), NOW, "x.example").findings())["folders"] == "good"
        world.make("INBOX.From schools")
        world.put("INBOX.From schools", incoming(1))
        found = {found.what: found for found in ImapExamination(world.open(), NOW, "x.example").findings()}
    assert found["folders"].verdict == "doubtful"
    assert "1 mails lie in" in found["folders"].told


# ---------------------------------------------------------------------------------------------------------------------
# The probe

LETTER = OutgoingMail(
    MAILBOX,
    MAILBOX,
    "<probe@nsscp.example>",
    "effect-of-a-probe",
    f"Auto-Submitted: auto-generated\r\nX-CSPR-Effect: effect-of-a-probe\r\nFrom: <{MAILBOX}>\r\nTo: <{MAILBOX}>\r\n"
    "Subject: probe\r\nMessage-ID: <probe@nsscp.example>\r\n\r\nHello\r\n".encode(),
)


@pytest.mark.parametrize("name", ["imap", "ews"])
@pytest.mark.parametrize("way", ["home", "late", "lost"])
def test_the_probe_follows_a_mail_to_ourselves_and_takes_itself_away(name: str, way: str, tmp_path: Path) -> None:
    with opened(name, tmp_path / "server") as transport:
        world, came = transport.world, NOW - timedelta(minutes=10 if way == "late" else 0)

        def pause(_seconds: float) -> None:
            if way != "lost" and not world.lying_in("inbox"):
                stamp = f"Received: from us by us; {format_datetime(came)}\r\n".encode()
                world.deliver(stamp + world.arrived()[-1])

        world.deliver(incoming(1))  # another's mail is none of its business
        probe = MailboxProbe(transport.mailbox, LETTER, lambda: NOW, pause, "docs/x.md")  # type: ignore[arg-type]
        world.remove_all()
        found = {finding.what: finding for finding in probe.findings()}
        assert found["probe: sending"].verdict == found["probe: Sent"].verdict == "good"
        if way == "lost":
            assert found["probe: arrival"].verdict == "doubtful"
        else:
            assert found["probe: clock"].verdict == {"home": "good", "late": "bad"}[way]
            assert found["probe: headers"].verdict == "noted"
        assert [world.lying_in(place) for place in ("inbox", "Processed")] == [[], []]
        assert world.kept_in_sent() == []


def test_a_probe_that_may_not_send_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with ews_world(tmp_path / "exchange") as world:
        world.simulator.faults = [EwsFault("SendItem", "error", code="ErrorSendAsDenied")]
        probe = MailboxProbe(world.open(), LETTER, lambda: NOW, lambda _: None, "docs/exchange.md")
        (broken,) = probe.findings()
        assert (broken.what, broken.verdict) == ("probe", "bad")
        assert world.lying_in("drafts") == []
