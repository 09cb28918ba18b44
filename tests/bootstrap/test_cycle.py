"""One round of the daemon: what cannot be worked on is no good round, and a person hears of it."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.cycle import AGAIN, PATIENCE, DaemonCycle
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.demonstration.post import WORD, Enclosure, new_mail
from cspr_bot.mail.folder import FolderMailbox
from tests.pipeline.world import TUESDAY, TurnedClock

SENDER, MAILBOX = "rowan.ashdown@council.example", "partnership@nsscp.example"
BROKEN = "{{ nothing.of_that_name }}"


class Bench:
    """A home whose daemon is turned round by round, and whose second channel writes into a file."""

    def __init__(self, folder: Path) -> None:
        make_home(folder)
        self.folder = folder
        self.machine = TurnedClock()
        self.heard = folder / "heard"
        script = folder / "tell.py"
        script.write_text(f"import sys; open({str(self.heard)!r}, 'a').write(sys.stdin.read())", encoding="utf-8")
        self.edit(
            "config/bot.toml", 'command = "" # a program that is run with', f'command = "{sys.executable} {script}" #'
        )

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    def break_template(self) -> None:
        path = self.folder / "mail_templates" / "N4.txt"
        path.write_text(path.read_text(encoding="utf-8") + BROKEN, encoding="utf-8")

    def mend_template(self) -> None:
        self.edit("mail_templates/N4.txt", BROKEN, "")

    def start(self) -> None:
        """Start the daemon, as a restart does: templates are compiled anew."""
        self.office = Office(self.folder)
        self.office.turn(self.machine.at)
        self.cycle = DaemonCycle(self.office, self.machine)

    def pass_by(self, time: timedelta) -> None:
        """Let time pass, for the machine and for the home."""
        self.machine.at += time
        self.office.turn(self.machine.at)

    def said(self) -> str:
        return self.heard.read_text(encoding="utf-8") if self.heard.exists() else ""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    made.office.close()


def refer(bench: Bench) -> None:
    """Let a referral come."""
    form = (Path(__file__).parents[1] / "samples" / "sample-1-word.docx").read_bytes()
    mail = new_mail(SENDER, MAILBOX, "Referral", "Please see the form.", TUESDAY, Enclosure("form.docx", WORD, form))
    mailbox = bench.office.mailbox
    assert isinstance(mailbox, FolderMailbox)
    mailbox.deliver(mail)


def test_a_case_that_waits_for_a_template_is_no_good_round_and_a_person_hears_of_it(bench: Bench) -> None:
    bench.break_template()
    bench.start()
    refer(bench)
    assert not bench.cycle()
    assert bench.said() == ""
    bench.pass_by(PATIENCE)
    assert not bench.cycle()  # nothing was tried again meanwhile, and nothing is well for that
    assert "not working since 2026-12-15T10:12:00+00:00: a case waits" in bench.said()
    assert "N4.txt" in bench.said()
    assert "ashdown" not in bench.said().lower()
    bench.office.close()
    bench.mend_template()
    bench.start()
    bench.pass_by(timedelta(minutes=15))
    assert bench.cycle()
    assert {"N1", "N2", "N3", "N4"} <= {row.notice for row in bench.office.store.reports.outbox_rows()}


def test_a_template_that_is_wrong_is_told_of_before_any_case_needs_it(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.break_template()
    bench.start()
    assert bench.cycle()
    assert bench.said().startswith("cspr-bot nsscp-live: some mails cannot be written: mail_templates/N4.txt, line ")
    assert "a mail cannot be written: mail_templates/N4.txt, line " in caplog.text
    assert bench.cycle()
    assert bench.said().count("cannot be written") == 1


def test_what_was_told_is_taken_back_when_it_works_again(bench: Bench) -> None:
    bench.start()
    assert bench.cycle()
    mailbox = bench.folder / "var" / "mailbox"
    mailbox.rename(bench.folder / "var" / "gone")
    mailbox.touch()
    for time in (timedelta(), PATIENCE, timedelta(minutes=1), AGAIN):
        bench.pass_by(time)
        assert not bench.cycle()
    assert bench.said().count("not working since") == 2  # at once when patience ends, and an hour later
    mailbox.unlink()
    (bench.folder / "var" / "gone").rename(mailbox)
    assert bench.cycle()
    assert bench.said().endswith("working again\n")


def test_every_night_the_end_of_the_log_leaves_the_host_and_mails_that_nobody_read_are_told_of(bench: Bench) -> None:
    bench.start()
    assert bench.cycle()
    head = bench.office.store.installation.audit_head()
    assert f"cspr-bot nsscp-live: audit log {head.seq}:{head.hash.hex()} (please keep this line)\n" in bench.said()
    processed = bench.folder / "var" / "mailbox" / ".Processed" / "cur"
    (processed / "1797400000.M1P1.hand:2,S").write_bytes(b"From: somebody@council.example\n\nPlease see the form.\n")
    bench.pass_by(timedelta(hours=12))  # still the same day
    assert bench.cycle()
    assert bench.said().count("please keep this line") == 1
    bench.pass_by(timedelta(hours=12))
    assert bench.cycle()
    assert bench.said().count("please keep this line") == 2
    assert "mails in Processed or Held that the program has never seen: 1; a referral may be among them" in bench.said()


def test_the_heartbeat_is_a_command_too_and_beats_after_good_rounds_only(bench: Bench) -> None:
    beats = bench.folder / "beats"
    script = bench.folder / "beat.py"
    script.write_text(f"open({str(beats)!r}, 'a').write('x')", encoding="utf-8")
    bench.edit("config/bot.toml", 'command = "" # a program that is run\n', f'command = "{sys.executable} {script}"\n')
    bench.start()
    assert bench.cycle()
    bench.office.close()
    bench.break_template()
    bench.start()
    refer(bench)
    assert not bench.cycle()
    assert beats.read_text(encoding="utf-8") == "x"
    assert bench.cycle.pulse.rounds == {"good": 0, "failed": 1}


def test_a_limit_that_is_reached_is_told_by_the_second_channel_too_and_stops_no_deadline_mail(bench: Bench) -> None:
    bench.edit("config/bot.toml", "automatic_mails_per_hour = 60", "automatic_mails_per_hour = 1")
    bench.start()
    refer(bench)
    assert bench.cycle()
    assert "too many" not in bench.said()
    mailbox = bench.office.mailbox
    assert isinstance(mailbox, FolderMailbox)
    mailbox.deliver(new_mail("teacher@council.example", MAILBOX, "How?", "How do we refer?", TUESDAY))
    form = (Path(__file__).parents[1] / "samples" / "sample-2-word-controls.docx").read_bytes()
    mailbox.deliver(new_mail(SENDER, MAILBOX, "Referral", "See.", TUESDAY, Enclosure("form.docx", WORD, form)))
    assert bench.cycle()
    assert bench.said().count("too many automatic mails since 2026-12-15T10:12:00+00:00: some wait") == 1
    rows = bench.office.store.reports.outbox_rows()
    assert {row.status for row in rows if row.notice in {"N1", "N1-incomplete", "N1-form"}} == {"sent", "waiting"}
    assert {row.status for row in rows if row.notice in {"N2", "N3", "N4", "N28-slowed"}} == {"sent"}
    assert sum(row.notice == "N4" for row in rows) == 2
    assert bench.cycle()
    assert bench.said().count("too many") == 1
    bench.pass_by(AGAIN)
    assert bench.cycle()
    assert bench.said().count("too many") == 2  # one more went, and one waits still
