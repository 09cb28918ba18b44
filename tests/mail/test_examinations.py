"""The doctor of Exchange and of IMAP: what it looks at, and what it says of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cspr_bot.mail.ews_examination import EwsExamination
from cspr_bot.mail.imap_examination import ImapExamination
from cspr_bot.pipeline.findings import Finding
from tests.contracts.ews_world import ews_world
from tests.contracts.fault_runs import incoming
from tests.contracts.imap_world import imap_world
from tests.servers.authority import NOW

OTHER = "other@nsscp.example"


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
        "other mailboxes": "good",
        "sending": "good",
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
        mailbox, exchange = world.open(), world.simulator.exchange
        assert verdicts(EwsExamination(mailbox, far, (OTHER,)).findings()) == {
            "certificate": "good",
            "mailbox": "good",
            "other mailboxes": "doubtful",
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
