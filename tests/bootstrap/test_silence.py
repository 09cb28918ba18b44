"""Silence is the worst failure: where the mailbox fails a person hears of it by another way, in time and again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.cycle import DaemonCycle
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.pipeline.ports import MailboxFailure
from tests.fakes.mailbox import FakeMailbox, Fault
from tests.pipeline.world import TUESDAY, TurnedClock

CAUSES = (
    "Microsoft refuses the sign-in: invalid_client AADSTS7000222 (the client secret has expired)",
    "the app may not do this in the mailbox: Microsoft answers 403 ErrorAccessDenied",
    "the mailbox is not there: Microsoft answers 404 ErrorInvalidUser",
    "the mailbox is full, or its store is away: Microsoft answers 507",
)


class Watched:
    """A daemon's rounds on a mailbox that fails, and what came through by the second channel."""

    def __init__(self, folder: Path, poll_seconds: int, command: str | None = None) -> None:
        make_home(folder)
        self.heard = folder / "heard"
        bot = folder / "config" / "bot.toml"
        text = bot.read_text(encoding="utf-8").replace("poll_seconds = 60", f"poll_seconds = {poll_seconds}")
        told = f"tee -a {self.heard}" if command is None else command
        bot.write_text(text.replace('command = ""', f'command = "{told}"', 1), encoding="utf-8")
        self.office = Office(folder)
        self.clock = TurnedClock(TUESDAY)
        self.mailbox = FakeMailbox()
        self.office.mailbox = self.mailbox
        self.cycle = DaemonCycle(self.office, self.clock)
        self.poll = timedelta(seconds=poll_seconds)

    def fail(self, why: str, until: datetime) -> None:
        while self.clock.now() < until:
            at = 1 + self.mailbox.calls.count("list_new")
            self.mailbox.faults = [Fault(at, "before", "list_new", MailboxFailure(why))]
            assert not self.cycle()
            self.clock.at += self.poll

    @property
    def told(self) -> list[str]:
        """Every line, but the end of the audit log that comes each night."""
        lines = self.heard.read_text(encoding="utf-8").splitlines() if self.heard.exists() else []
        return [line for line in lines if "please keep this line" not in line]


@pytest.mark.parametrize(("why", "poll_seconds"), list(zip(CAUSES, (30, 60, 120, 290), strict=True)))
def test_a_failure_of_the_mailbox_reaches_a_person_within_five_minutes(
    tmp_path: Path, why: str, poll_seconds: int
) -> None:
    watched = Watched(tmp_path / "home", poll_seconds)
    watched.cycle()
    broke_at = watched.clock.now()
    watched.clock.at += watched.poll
    watched.fail(why, until=broke_at + timedelta(minutes=5))
    assert len(watched.told) == 1
    assert why in watched.told[0]
    watched.office.close()


def test_it_is_said_again_every_hour_and_once_when_it_is_mended(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "home", 60)
    watched.fail("no", until=watched.clock.now() + timedelta(hours=2, minutes=30))
    assert len(watched.told) == 3
    assert watched.cycle()
    assert [line.endswith("working again") for line in watched.told] == [False, False, False, True]
    watched.cycle()
    assert len(watched.told) == 4
    watched.office.close()


def test_a_hiccup_wakes_nobody(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "home", 60)
    watched.fail("once", until=watched.clock.now() + timedelta(minutes=1))
    watched.cycle()
    assert watched.told == []
    watched.office.close()


def test_where_the_second_channel_fails_too_it_is_tried_every_round(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(tmp_path / "home", 60, command="false")
    watched.fail("no", until=watched.clock.now() + timedelta(minutes=8))
    assert caplog.text.count("nobody could be told") >= 4
    watched.office.close()
